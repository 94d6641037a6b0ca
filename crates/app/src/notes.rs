//! Notes: written as drafts by their author, signed by the author, then never changed.

use rafiq_domain::cases::Case;
use rafiq_domain::ids::{CaseId, NoteId};
use rafiq_domain::notes::{Note, NoteAudience, NoteState};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::refusal::{FieldCode, Invalid, NotFound, WrongState};
use rafiq_domain::text::Prose;
use rafiq_domain::vocabulary::{NoteType, SpokenLanguage};
use rafiq_persistence::notes;
use rafiq_persistence::store::Tx;

use crate::{App, Caller, Refused, cases};

/// A note to be written.
#[derive(Debug, Clone)]
pub struct NewNote {
    /// What kind of note.
    pub kind: NoteType,
    /// The language of the body.
    pub language: SpokenLanguage,
    /// The text.
    pub body: Prose,
    /// Who reads it.
    pub audience: NoteAudience,
    /// The signed note that it adds to.
    pub addendum_of: Option<NoteId>,
}

/// Writes a draft, or the draft of an addendum to a signed note.
///
/// # Errors
/// [`Refused`] when there is no such case, the caller may not, or the note to add to is not known
/// or not signed.
pub async fn write_note(app: &App, caller: &Caller, case_id: CaseId, new: NewNote) -> Result<Permitted<Note>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::WriteNote, case_id).await?;
        case.takes_entries()?;
        if let Some(original) = new.addendum_of {
            let unknown = || Invalid::at("/addendum_of", FieldCode::NotKnownHere);
            notes::find(tx, case_id, original).await?.ok_or_else(unknown)?.takes_addendum()?;
        }
        let note = case.with(Note {
            id: NoteId::new(app.ids()),
            case_id,
            author_id: caller.actor.user_id().ok_or(NotFound)?,
            kind: new.kind,
            language: new.language,
            body: new.body,
            audience: new.audience,
            state: NoteState::Draft,
            written_at: app.now(),
            signed_at: None,
            addendum_of: new.addendum_of,
            version: Version::FIRST,
        });
        notes::insert(tx, &note).await?;
        Ok(note)
    })
    .await
}

/// Replaces the text of a draft.
///
/// # Errors
/// [`Refused`] when there is none, the caller did not write it or decided on an older version, or
/// it is signed.
pub async fn rewrite_note(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: NoteId,
    decided_on: Version,
    body: Prose,
) -> Result<Permitted<Note>, Refused> {
    change(app, caller, case_id, id, decided_on, |note| note.rewrite(body)).await
}

/// Signs a draft for good.
///
/// # Errors
/// [`Refused`] when there is none, the caller did not write it or decided on an older version, or
/// it is signed.
pub async fn sign_note(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: NoteId,
    decided_on: Version,
) -> Result<Permitted<Note>, Refused> {
    let now = app.now();
    change(app, caller, case_id, id, decided_on, |note| note.sign(now)).await
}

async fn change(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: NoteId,
    decided_on: Version,
    operation: impl FnOnce(Note) -> Result<Note, WrongState> + Send,
) -> Result<Permitted<Note>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::WriteNote, case_id).await?;
        case.takes_entries()?;
        let note = find_own(tx, caller, &case, id).await?;
        note.version.expect(decided_on)?;
        let changed = case.with(note).try_map(operation)?;
        let version = notes::update(tx, &changed).await?;
        Ok(changed.map(|note| Note { version, ..note }))
    })
    .await
}

async fn find_own(tx: &Tx, caller: &Caller, case: &Permitted<Case>, id: NoteId) -> Result<Note, Refused> {
    let note = notes::find(tx, case.id, id).await?.ok_or(NotFound)?;
    if caller.actor.user_id() == Some(note.author_id) { Ok(note) } else { Err(case.permit().deny().into()) }
}

/// One note of a case.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_note(app: &App, caller: &Caller, case_id: CaseId, id: NoteId) -> Result<Permitted<Note>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let note = notes::find(db, case_id, id).await?.ok_or(NotFound)?;
        Ok(case.with(note))
    })
    .await
}

/// One page of a case's notes, newest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not.
pub async fn list_notes(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    page: Page,
) -> Result<Permitted<Slice<Note>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewClinical, case_id).await?;
        let notes = notes::list_of_case(db, case_id, page).await?;
        Ok(case.with(notes))
    })
    .await
}
