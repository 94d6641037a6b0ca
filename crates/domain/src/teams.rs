//! The team of a case: who coordinates it and who is its doctor, and how it goes from one to the next
//! (FHIR `CareTeam`).

use chrono::{DateTime, Utc};

use crate::cases::{Case, CaseIsFinal};
use crate::ids::{CaseId, NoteId, UserId};
use crate::notes::{Note, NoteAudience, NoteState};
use crate::paging::Version;
use crate::policy::Permit;
use crate::refusal::{FieldCode, FieldError, FieldResult, Fields, Invalid, ProblemCode, Refusal};
use crate::text::Prose;
use crate::vocabulary::{NoteType, SpokenLanguage};

/// The most cases that one request hands over.
pub const MOST_AT_ONCE: usize = 100;

/// Who cares for a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Team {
    /// The coordinator, who owns it.
    pub coordinator_id: UserId,
    /// The doctor, if one is assigned.
    pub doctor_id: Option<UserId>,
}

/// What becomes of a seat on a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat<T> {
    /// It stays with whoever has it.
    Stays,
    /// It goes to someone.
    Goes(T),
}

impl<T> Seat<T> {
    fn after(self, before: T) -> T {
        match self {
            Self::Stays => before,
            Self::Goes(to) => to,
        }
    }
}

/// What is to become of a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamChange {
    /// The coordinator's seat.
    pub coordinator: Seat<UserId>,
    /// The doctor's seat, which may be left empty.
    pub doctor: Seat<Option<UserId>>,
}

impl TeamChange {
    /// Both seats, whoever has them.
    #[must_use]
    pub const fn to(team: Team) -> Self {
        Self { coordinator: Seat::Goes(team.coordinator_id), doctor: Seat::Goes(team.doctor_id) }
    }

    fn after(self, before: Team) -> Team {
        Team {
            coordinator_id: self.coordinator.after(before.coordinator_id),
            doctor_id: self.doctor.after(before.doctor_id),
        }
    }

    /// Whether `permit` allows the change of the team that a case has. What is lent ends with the absence: whoever
    /// stands in gives seats of the team to others, and takes none.
    ///
    /// # Errors
    /// [`Invalid`] for someone who acts for another and would take a seat by it.
    pub fn expect_lent(self, before: Team, permit: &Permit) -> Result<(), Invalid> {
        let Some(stand_in) = permit.lent_until().and(permit.actor().user_id()) else { return Ok(()) };
        let after = self.after(before);
        let takes = |before: Option<UserId>, after| before != after && after == Some(stand_in);
        let coordinates = takes(Some(before.coordinator_id), Some(after.coordinator_id));
        let mut fields = Fields::new();
        fields.require("/coordinator_id", !coordinates, FieldCode::Contradicts);
        fields.require("/doctor_id", !takes(before.doctor_id, after.doctor_id), FieldCode::Contradicts);
        fields.finish(|| Some(()))
    }
}

/// What the next owner of a case has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOverNote {
    body: Prose,
    language: SpokenLanguage,
}

impl HandOverNote {
    /// The longest note, in code points: what does not fit is in the case.
    pub const LONGEST: usize = 2_000;

    /// A note in a language.
    ///
    /// # Errors
    /// As for [`Prose::parse`].
    pub fn parse(text: &str, language: SpokenLanguage) -> FieldResult<Self> {
        Ok(Self { body: Prose::parse(text, Self::LONGEST)?, language })
    }

    /// The note as it stands in the case: signed by the one who hands it over.
    #[must_use]
    pub fn signed(&self, id: NoteId, case_id: CaseId, author_id: UserId, now: DateTime<Utc>) -> Note {
        Note {
            id,
            case_id,
            author_id,
            kind: NoteType::Handover,
            language: self.language,
            body: self.body.clone(),
            audience: NoteAudience::Team,
            state: NoteState::Signed,
            written_at: now,
            signed_at: Some(now),
            addendum_of: None,
            version: Version::FIRST,
        }
    }
}

/// A case after it was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// The case with its new team.
    pub case: Case,
    /// Who is new on it.
    pub new: NewOnTeam,
}

/// Who is new on a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewOnTeam {
    /// Nobody.
    Nobody,
    /// The doctor alone, or nobody where there was one.
    Doctor,
    /// The coordinator, who owns the case, and perhaps the doctor.
    Owner,
}

/// Whether a word goes with a hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A note does.
    Given,
    /// None does, although somebody could have written one.
    Missing,
    /// The product hands over, and signs nothing.
    NotAsked,
}

/// Why a case is not handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandOverRefused {
    /// The case has ended for good.
    #[error(transparent)]
    Final(#[from] CaseIsFinal),
    /// The note is missing.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl Refusal for HandOverRefused {
    fn code(&self) -> ProblemCode {
        match self {
            Self::Final(refusal) => refusal.code(),
            Self::Invalid(refusal) => refusal.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Final(refusal) => refusal.fields(),
            Self::Invalid(refusal) => refusal.fields(),
        }
    }
}

impl Case {
    /// Who cares for it.
    #[must_use]
    pub const fn team(&self) -> Team {
        Team { coordinator_id: self.coordinator_id, doctor_id: self.doctor_id }
    }

    /// Gives it to another team. A case that goes to a new owner goes with a note.
    ///
    /// # Errors
    /// [`HandOverRefused`] for a case that takes no entries, and for a note that is missing.
    pub fn hand_over(self, change: TeamChange, word: Word) -> Result<HandedOver, HandOverRefused> {
        self.takes_entries()?;
        let before = self.team();
        let after = change.after(before);
        let new = match word {
            _ if before == after => NewOnTeam::Nobody,
            _ if before.coordinator_id == after.coordinator_id => NewOnTeam::Doctor,
            Word::Missing => return Err(Invalid::at("/note", FieldCode::Required).into()),
            Word::Given | Word::NotAsked => NewOnTeam::Owner,
        };
        let Team { coordinator_id, doctor_id } = after;
        Ok(HandedOver { case: Self { coordinator_id, doctor_id, ..self }, new })
    }
}

#[cfg(test)]
mod tests;
