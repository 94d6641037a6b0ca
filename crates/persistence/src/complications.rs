//! Complications.

use rafiq_domain::ids::{CaseId, ComplicationId};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::Permitted;
use rafiq_domain::surgery::Complication;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::column::Code;
use crate::entity::complication::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row;
use crate::store::{Reader, Tx};

/// All complications of a case, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<Complication>, StoreError> {
    let rows =
        Entity::find().filter(Column::CaseId.eq(case_id.uuid())).order_by_asc(Column::Id).all(db.connection()).await?;
    Ok(rows.into_iter().map(Complication::from).collect())
}

/// One complication of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: ComplicationId) -> Result<Option<Complication>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    Ok(row.map(Complication::from))
}

/// Adds a complication.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, complication: &Permitted<Complication>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(complication.id.uuid()),
        case_id: Set(complication.case_id.uuid()),
        kind: Set(Code(complication.kind)),
        onset_on: Set(complication.onset_on),
        phase: Set(Code(complication.phase)),
        grade: Set(Code(complication.grade)),
        state: Set(Code(complication.state)),
        recorded_by: Set(complication.recorded_by.uuid()),
        recorded_at: Set(complication.recorded_at),
        version: Set(complication.version.0),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves a changed complication; what was recorded of its beginning stays.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, complication: &Permitted<Complication>) -> Result<Version, StoreError> {
    let next = Version(complication.version.0 + 1);
    let change = ActiveModel {
        grade: Set(Code(complication.grade)),
        state: Set(Code(complication.state)),
        version: Set(next.0),
        ..Default::default()
    };
    let changed = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(complication.id.uuid()))
        .filter(Column::Version.eq(complication.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

impl From<Model> for Complication {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            case_id: row.case_id.into(),
            kind: row.kind.0,
            onset_on: row.onset_on,
            phase: row.phase.0,
            grade: row.grade.0,
            state: row.state.0,
            recorded_by: row.recorded_by.into(),
            recorded_at: row.recorded_at,
            version: Version(row.version),
        }
    }
}
