//! Notes. Once signed, the database refuses to change them.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::{CaseId, NoteId};
use rafiq_domain::notes::{Note, NoteAudience, NoteState};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::Permitted;
use rafiq_domain::text::Prose;
use rafiq_domain::vocabulary::NoteType;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, SelectExt};

use crate::column::Code;
use crate::entity::note::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// One page of a case's notes, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list_of_case(db: &impl Reader, case_id: CaseId, page: Page) -> Result<Slice<Note>, StoreError> {
    let select = Entity::find().filter(Column::CaseId.eq(case_id.uuid()));
    row::page(db, select, Column::Id, page, |note: &Note| note.id.uuid(), |row| read(&row)).await
}

/// Whether a signed note of a kind exists for a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn signed_exists(db: &impl Reader, case_id: CaseId, kind: NoteType) -> Result<bool, StoreError> {
    let select = Entity::find()
        .filter(Column::CaseId.eq(case_id.uuid()))
        .filter(Column::Kind.eq(Code(kind)))
        .filter(Column::State.eq(Code(NoteState::Signed)));
    Ok(select.exists(db.connection()).await?)
}

/// The signed notes of a case that a hospital may read whose part in it ended at `until`, if it did, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn shared_with_hospitals(
    db: &impl Reader,
    case_id: CaseId,
    until: Option<DateTime<Utc>>,
) -> Result<Vec<Note>, StoreError> {
    let in_time = until.map(|until| Column::SignedAt.lte(until));
    let select = Entity::find()
        .filter(Column::CaseId.eq(case_id.uuid()))
        .filter(Condition::all().add_option(in_time))
        .filter(Column::Audience.eq(Code(NoteAudience::Hospital)))
        .filter(Column::State.eq(Code(NoteState::Signed)))
        .order_by_asc(Column::Id);
    select.all(db.connection()).await?.iter().map(read).collect()
}

/// One note of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: NoteId) -> Result<Option<Note>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// Adds a note.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, note: &Permitted<Note>) -> Result<(), StoreError> {
    Entity::insert(whole(note)).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Adds several notes in one statement.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert_all(tx: &Tx, notes: &Permitted<Vec<Note>>) -> Result<(), StoreError> {
    if !notes.is_empty() {
        Entity::insert_many(notes.iter().map(whole)).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

fn whole(note: &Note) -> ActiveModel {
    ActiveModel {
        id: Set(note.id.uuid()),
        case_id: Set(note.case_id.uuid()),
        author_id: Set(note.author_id.uuid()),
        kind: Set(Code(note.kind)),
        language: Set(Code(note.language)),
        body: Set(note.body.as_str().to_owned()),
        audience: Set(Code(note.audience)),
        state: Set(Code(note.state)),
        written_at: Set(note.written_at),
        signed_at: Set(note.signed_at),
        addendum_of: Set(note.addendum_of.map(NoteId::uuid)),
        version: Set(note.version.0),
    }
}

/// Saves a draft that was rewritten or signed; author, kind, language and audience never change.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster; [`StoreError::Broken`] by
/// `ck_notes_signed_stay` when the stored note is signed.
pub async fn update(tx: &Tx, note: &Permitted<Note>) -> Result<Version, StoreError> {
    let next = Version(note.version.0 + 1);
    let change = ActiveModel {
        body: Set(note.body.as_str().to_owned()),
        state: Set(Code(note.state)),
        signed_at: Set(note.signed_at),
        version: Set(next.0),
        ..Default::default()
    };
    let changed = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(note.id.uuid()))
        .filter(Column::Version.eq(note.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn read(row: &Model) -> Result<Note, StoreError> {
    let place = Place { table: "notes", id: row.id };
    Ok(Note {
        id: row.id.into(),
        case_id: row.case_id.into(),
        author_id: row.author_id.into(),
        kind: row.kind.0,
        language: row.language.0,
        body: place.read("body", Prose::parse(&row.body, Prose::LONGEST))?,
        audience: row.audience.0,
        state: row.state.0,
        written_at: row.written_at,
        signed_at: row.signed_at,
        addendum_of: row.addendum_of.map(NoteId::from),
        version: Version(row.version),
    })
}
