//! Notes: what someone wrote, in any language; signed, they never change (domain §7.3).

use chrono::{DateTime, Utc};

use crate::ids::{CaseId, NoteId, UserId};
use crate::paging::Version;
use crate::refusal::WrongState;
use crate::text::Prose;
use crate::vocabulary::{NoteType, SpokenLanguage, coded};

/// The longest note, in code points.
pub const LONGEST_NOTE: usize = Prose::LONGEST;

coded! {
    /// Whether a note may still be changed.
    pub enum NoteState: "note_state" {
        Draft = "draft" => "Draft", "مسودة", "Taslak";
        Signed = "signed" => "Signed", "موقّعة", "İmzalı";
    }

    /// Who besides the case team reads a note.
    pub enum NoteAudience: "note_audience" {
        Team = "team" => "Case team only", "فريق الحالة فقط", "Yalnızca vaka ekibi";
        Hospital = "hospital" => "Shared with the hospital", "مشتركة مع المستشفى", "Hastaneyle paylaşılır";
    }
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The case.
    pub case_id: CaseId,
    /// Who wrote it; nobody else changes or signs it.
    pub author_id: UserId,
    /// What kind of note.
    pub kind: NoteType,
    /// The language of the body.
    pub language: SpokenLanguage,
    /// The text, in logical order as typed.
    pub body: Prose,
    /// Who reads it.
    pub audience: NoteAudience,
    /// Whether it may still be changed.
    pub state: NoteState,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// When it was signed.
    pub signed_at: Option<DateTime<Utc>>,
    /// The signed note that it adds to.
    pub addendum_of: Option<NoteId>,
    /// How often the row was changed.
    pub version: Version,
}

impl Note {
    /// Replaces the text.
    ///
    /// # Errors
    /// [`WrongState`] once signed: what is to be added goes into an addendum.
    pub fn rewrite(mut self, body: Prose) -> Result<Self, WrongState> {
        self.expect_draft("rewrite")?;
        self.body = body;
        Ok(self)
    }

    /// Signs the note for good.
    ///
    /// # Errors
    /// [`WrongState`] once signed.
    pub fn sign(mut self, now: DateTime<Utc>) -> Result<Self, WrongState> {
        self.expect_draft("sign")?;
        self.state = NoteState::Signed;
        self.signed_at = Some(now);
        Ok(self)
    }

    /// Whether an addendum may be written to it.
    ///
    /// # Errors
    /// [`WrongState`] while it is a draft: it can still be rewritten.
    pub fn takes_addendum(&self) -> Result<(), WrongState> {
        match self.state {
            NoteState::Signed => Ok(()),
            NoteState::Draft => Err(WrongState::new(self.state, "add_addendum")),
        }
    }

    fn expect_draft(&self, operation: &'static str) -> Result<(), WrongState> {
        match self.state {
            NoteState::Draft => Ok(()),
            NoteState::Signed => Err(WrongState::new(self.state, operation)),
        }
    }
}

#[cfg(test)]
mod tests;
