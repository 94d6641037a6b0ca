//! Confirmations on cases.

use rafiq_domain::confirmations::{Confirmation, Statement};
use rafiq_domain::ids::{CaseId, ConfirmationId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::text::Line;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::column::Code;
use crate::entity::confirmation::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// All confirmations of a case, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<Confirmation>, StoreError> {
    let rows =
        Entity::find().filter(Column::CaseId.eq(case_id.uuid())).order_by_asc(Column::Id).all(db.connection()).await?;
    rows.iter().map(read).collect()
}

/// One confirmation of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// Adds a confirmation.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, confirmation: &Permitted<Confirmation>) -> Result<(), StoreError> {
    let said = &confirmation.statement;
    let row = ActiveModel {
        id: Set(confirmation.id.uuid()),
        case_id: Set(confirmation.case_id.uuid()),
        cycle: Set(confirmation.cycle),
        kind: Set(Code(said.kind)),
        occurred_at: Set(said.occurred_at),
        reference: Set(said.reference.as_str().to_owned()),
        channel: Set(said.channel.map(Code)),
        valid_from: Set(said.valid_from),
        valid_until: Set(said.valid_until),
        recorded_by: Set(confirmation.recorded_by.map(UserId::uuid)),
        recorded_at: Set(confirmation.recorded_at),
        retracted_at: Set(confirmation.retracted_at),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves a retraction; nothing else of a confirmation changes.
///
/// # Errors
/// [`StoreError::Stale`] when someone else retracted it.
pub async fn retract(tx: &Tx, confirmation: &Permitted<Confirmation>) -> Result<(), StoreError> {
    let changed = Entity::update_many()
        .set(ActiveModel { retracted_at: Set(confirmation.retracted_at), ..Default::default() })
        .filter(Column::Id.eq(confirmation.id.uuid()))
        .filter(Column::RetractedAt.is_null())
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected)
}

fn read(row: &Model) -> Result<Confirmation, StoreError> {
    let place = Place { table: "confirmations", id: row.id };
    Ok(Confirmation {
        id: row.id.into(),
        case_id: row.case_id.into(),
        cycle: row.cycle,
        statement: Statement {
            kind: row.kind.0,
            occurred_at: row.occurred_at,
            reference: place.read("reference", Line::parse(&row.reference, Line::LONGEST))?,
            channel: row.channel.map(|channel| channel.0),
            valid_from: row.valid_from,
            valid_until: row.valid_until,
        },
        recorded_by: row.recorded_by.map(UserId::from),
        recorded_at: row.recorded_at,
        retracted_at: row.retracted_at,
    })
}
