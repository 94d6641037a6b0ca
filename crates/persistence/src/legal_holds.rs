//! Legal holds: who must not be erased, and why.

use rafiq_domain::erasure::LegalHold;
use rafiq_domain::ids::{LegalHoldId, PatientId, UserId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::Permitted;
use rafiq_domain::text::Line;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, SelectExt};

use crate::entity::legal_hold::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// One page of the holds that ever lay on a patient's record, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list_of_patient(
    db: &impl Reader,
    patient_id: PatientId,
    page: Page,
) -> Result<Slice<LegalHold>, StoreError> {
    let select = Entity::find().filter(Column::PatientId.eq(patient_id.uuid()));
    row::page(db, select, Column::Id, page, |hold: &LegalHold| hold.id.uuid(), |row| read(&row)).await
}

/// One hold of a patient.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, patient_id: PatientId, id: LegalHoldId) -> Result<Option<LegalHold>, StoreError> {
    let of_patient = Entity::find_by_id(id.uuid()).filter(Column::PatientId.eq(patient_id.uuid()));
    of_patient.one(db.connection()).await?.as_ref().map(read).transpose()
}

/// Whether a hold lies on one of these records.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn in_force(db: &impl Reader, patients: &[PatientId]) -> Result<bool, StoreError> {
    let of_patients = Entity::find().filter(Column::PatientId.is_in(patients.iter().copied().map(PatientId::uuid)));
    Ok(of_patients.filter(Column::LiftedAt.is_null()).exists(db.connection()).await?)
}

/// Adds a hold.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, hold: &Permitted<LegalHold>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(hold.id.uuid()),
        patient_id: Set(hold.patient_id.uuid()),
        reason: Set(hold.reason.as_str().to_owned()),
        placed_by: Set(hold.placed_by.uuid()),
        placed_at: Set(hold.placed_at),
        version: Set(hold.version.0),
        ..lifting(hold)
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves whether a hold was lifted; what was said of it never changes.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, hold: &Permitted<LegalHold>) -> Result<Version, StoreError> {
    let next = Version(hold.version.0 + 1);
    let changed = Entity::update_many()
        .set(ActiveModel { version: Set(next.0), ..lifting(hold) })
        .filter(Column::Id.eq(hold.id.uuid()))
        .filter(Column::Version.eq(hold.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn lifting(hold: &LegalHold) -> ActiveModel {
    ActiveModel {
        lifted_by: Set(hold.lifted.map(|(by, _)| UserId::uuid(by))),
        lifted_at: Set(hold.lifted.map(|(_, at)| at)),
        ..Default::default()
    }
}

fn read(row: &Model) -> Result<LegalHold, StoreError> {
    let place = Place { table: "legal_holds", id: row.id };
    Ok(LegalHold {
        id: row.id.into(),
        patient_id: row.patient_id.into(),
        reason: place.read("reason", Line::parse(&row.reason, Line::LONGEST))?,
        placed_by: row.placed_by.into(),
        placed_at: row.placed_at,
        lifted: row.lifted_by.map(UserId::from).zip(row.lifted_at),
        version: Version(row.version),
    })
}
