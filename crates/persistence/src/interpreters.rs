//! Interpreters.

use chrono::{DateTime, Utc};
use rafiq_domain::ids::InterpreterId;
use rafiq_domain::interpreters::{Interpreter, InterpreterProfile};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Permitted, Scope};
use rafiq_domain::text::PersonName;
use rafiq_domain::vocabulary::{Coded, InterpreterState, SpokenLanguage};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use crate::column::{Code, Codes};
use crate::entity::interpreter::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// What narrows a list of interpreters.
#[derive(Debug, Clone, Copy, Default)]
pub struct InterpreterFilter {
    /// Only those who interpret this language.
    pub language: Option<SpokenLanguage>,
    /// Only those in this state.
    pub state: Option<InterpreterState>,
}

/// An interpreter.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, id: InterpreterId) -> Result<Option<Interpreter>, StoreError> {
    Entity::find_by_id(id.uuid()).one(db.connection()).await?.map(read).transpose()
}

/// As [`find`], of an interpreter who then stays as they are until the unit ends: a job is either there when they
/// take none any more, or not offered.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn hold(tx: &Tx, id: InterpreterId) -> Result<Option<Interpreter>, StoreError> {
    Entity::find_by_id(id.uuid()).lock(LockType::Share).one(tx.connection()).await?.map(read).transpose()
}

/// One page of the interpreters.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(
    db: &impl Reader,
    scope: &Permitted<Scope>,
    filter: InterpreterFilter,
    page: Page,
) -> Result<Slice<Interpreter>, StoreError> {
    // A code inside the stored list stands between quotation marks, so that no code is part of another.
    let speaks = |language: SpokenLanguage| Column::Languages.contains(format!("\"{}\"", language.code()));
    let wanted = Condition::all()
        .add_option(filter.language.map(speaks))
        .add_option(filter.state.map(|state| Column::State.eq(Code(state))));
    let select = Entity::find().filter(in_scope(scope)).filter(wanted);
    row::page(db, select, Column::Id, page, |interpreter: &Interpreter| interpreter.id.uuid(), read).await
}

fn in_scope(scope: &Scope) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        // No role lists only its own.
        Scope::Own(_) => row::any_of([]),
    }
}

/// The names of several interpreters, in one query.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn names(
    db: &impl Reader,
    ids: impl IntoIterator<Item = InterpreterId>,
) -> Result<Vec<(InterpreterId, PersonName)>, StoreError> {
    let select = Entity::find().filter(Column::Id.is_in(ids.into_iter().map(InterpreterId::uuid)));
    let rows = select.all(db.connection()).await?;
    rows.into_iter().map(|row| read(row).map(|interpreter| (interpreter.id, interpreter.profile.name))).collect()
}

/// Adds an interpreter.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, interpreter: &Permitted<Interpreter>, now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(interpreter.id.uuid()),
        created_at: Set(now),
        version: Set(interpreter.version.0),
        ..columns(interpreter)
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves a changed interpreter.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, interpreter: &Permitted<Interpreter>) -> Result<Version, StoreError> {
    let next = Version(interpreter.version.0 + 1);
    let changed = Entity::update_many()
        .set(ActiveModel { version: Set(next.0), ..columns(interpreter) })
        .filter(Column::Id.eq(interpreter.id.uuid()))
        .filter(Column::Version.eq(interpreter.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn columns(interpreter: &Interpreter) -> ActiveModel {
    let profile = &interpreter.profile;
    ActiveModel {
        name: Set(profile.name.as_str().to_owned()),
        sex: Set(Code(profile.sex)),
        languages: Set(Codes(profile.languages.clone())),
        dialects: Set(Codes(profile.dialects.clone())),
        qualification: Set(Code(profile.qualification)),
        training_hours: Set(i32::from(profile.training_hours)),
        modalities: Set(Codes(profile.modalities.clone())),
        confidential_until: Set(profile.confidential_until),
        state: Set(Code(interpreter.state)),
        ..Default::default()
    }
}

fn read(row: Model) -> Result<Interpreter, StoreError> {
    let place = Place { table: "interpreters", id: row.id };
    Ok(Interpreter {
        id: row.id.into(),
        profile: InterpreterProfile {
            name: place.read("name", PersonName::parse(&row.name))?,
            sex: row.sex.0,
            languages: row.languages.0,
            dialects: row.dialects.0,
            qualification: row.qualification.0,
            training_hours: u16::try_from(row.training_hours).map_err(|_| place.corrupt("training_hours"))?,
            modalities: row.modalities.0,
            confidential_until: row.confidential_until,
        },
        state: row.state.0,
        version: Version(row.version),
    })
}
