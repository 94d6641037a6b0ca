//! Surgery clearances.

use rafiq_domain::cases::Case;
use rafiq_domain::ids::{CaseId, ClearanceId, UserId};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::Permitted;
use rafiq_domain::surgery::Clearance;
use rafiq_domain::text::Line;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::column::Code;
use crate::entity::surgery_clearance::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// All clearances of a case, in every cycle, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<Clearance>, StoreError> {
    let rows =
        Entity::find().filter(Column::CaseId.eq(case_id.uuid())).order_by_asc(Column::Id).all(db.connection()).await?;
    rows.iter().map(read).collect()
}

/// The latest clearance of the operation that the case is about now.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn latest_of_cycle(db: &impl Reader, case: &Case) -> Result<Option<Clearance>, StoreError> {
    let row = Entity::find()
        .filter(Column::CaseId.eq(case.id.uuid()))
        .filter(Column::Cycle.eq(case.surgery_cycle))
        .order_by_desc(Column::Id)
        .one(db.connection())
        .await?;
    row.as_ref().map(read).transpose()
}

/// One clearance of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: ClearanceId) -> Result<Option<Clearance>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// Adds a clearance.
///
/// # Errors
/// [`StoreError::Taken`] by `uq_surgery_clearances_case_id_cycle` when one is requested or given already.
pub async fn insert(tx: &Tx, clearance: &Permitted<Clearance>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(clearance.id.uuid()),
        case_id: Set(clearance.case_id.uuid()),
        cycle: Set(clearance.cycle),
        requested_by: Set(clearance.requested_by.uuid()),
        requested_at: Set(clearance.requested_at),
        version: Set(clearance.version.0),
        ..decision(clearance)
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves a decided or revoked clearance.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, clearance: &Permitted<Clearance>) -> Result<Version, StoreError> {
    let next = Version(clearance.version.0 + 1);
    let changed = Entity::update_many()
        .set(ActiveModel { version: Set(next.0), ..decision(clearance) })
        .filter(Column::Id.eq(clearance.id.uuid()))
        .filter(Column::Version.eq(clearance.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn decision(clearance: &Clearance) -> ActiveModel {
    ActiveModel {
        state: Set(Code(clearance.state)),
        decided_by: Set(clearance.decided_by.map(UserId::uuid)),
        decided_at: Set(clearance.decided_at),
        reason: Set(clearance.reason.as_ref().map(|reason| reason.as_str().to_owned())),
        ..Default::default()
    }
}

fn read(row: &Model) -> Result<Clearance, StoreError> {
    let place = Place { table: "surgery_clearances", id: row.id };
    Ok(Clearance {
        id: row.id.into(),
        case_id: row.case_id.into(),
        cycle: row.cycle,
        state: row.state.0,
        requested_by: row.requested_by.into(),
        requested_at: row.requested_at,
        decided_by: row.decided_by.map(UserId::from),
        decided_at: row.decided_at,
        reason: place
            .read_optional("reason", row.reason.as_deref().map(|reason| Line::parse(reason, Line::LONGEST)))?,
        version: Version(row.version),
    })
}
