//! Discharges. They are facts, and never change.

use rafiq_domain::cases::Case;
use rafiq_domain::discharge::Discharge;
use rafiq_domain::ids::CaseId;
use rafiq_domain::policy::Permitted;
use rafiq_domain::text::{Line, Prose};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::column::Code;
use crate::entity::discharge::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::Place;
use crate::store::{Reader, Tx};

/// All discharges of a case, in every cycle, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<Discharge>, StoreError> {
    let rows =
        Entity::find().filter(Column::CaseId.eq(case_id.uuid())).order_by_asc(Column::Id).all(db.connection()).await?;
    rows.iter().map(read).collect()
}

/// The latest discharge after the operation that the case is about now. Who was readmitted has several.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn latest_of_cycle(db: &impl Reader, case: &Case) -> Result<Option<Discharge>, StoreError> {
    let row = Entity::find()
        .filter(Column::CaseId.eq(case.id.uuid()))
        .filter(Column::Cycle.eq(case.surgery_cycle))
        .order_by_desc(Column::DischargedAt)
        .order_by_desc(Column::Id)
        .one(db.connection())
        .await?;
    row.as_ref().map(read).transpose()
}

/// Adds a discharge.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, discharge: &Permitted<Discharge>) -> Result<(), StoreError> {
    let written = |line: &Option<Line>| line.as_ref().map(|line| line.as_str().to_owned());
    let row = ActiveModel {
        id: Set(discharge.id.uuid()),
        case_id: Set(discharge.case_id.uuid()),
        referral_id: Set(discharge.referral_id.uuid()),
        cycle: Set(discharge.cycle),
        kind: Set(Code(discharge.kind)),
        discharged_at: Set(discharge.discharged_at),
        disposition: Set(Code(discharge.disposition)),
        facial_function: Set(Code(discharge.facial_function)),
        spasm: Set(Code(discharge.spasm)),
        hearing: Set(Code(discharge.hearing)),
        wound: Set(Code(discharge.wound)),
        medication: Set(discharge.medication.as_str().to_owned()),
        advice_language: Set(Code(discharge.advice_language)),
        advice_understood_through: Set(written(&discharge.advice_understood_through)),
        follow_up_on: Set(discharge.follow_up_on),
        summary_reference: Set(written(&discharge.summary_reference)),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

fn read(row: &Model) -> Result<Discharge, StoreError> {
    let place = Place { table: "discharges", id: row.id };
    let line =
        |column, text: Option<&str>| place.read_optional(column, text.map(|text| Line::parse(text, Line::LONGEST)));
    Ok(Discharge {
        id: row.id.into(),
        case_id: row.case_id.into(),
        referral_id: row.referral_id.into(),
        cycle: row.cycle,
        kind: row.kind.0,
        discharged_at: row.discharged_at,
        disposition: row.disposition.0,
        facial_function: row.facial_function.0,
        spasm: row.spasm.0,
        hearing: row.hearing.0,
        wound: row.wound.0,
        medication: place.read("medication", Prose::parse(&row.medication, Prose::LONGEST))?,
        advice_language: row.advice_language.0,
        advice_understood_through: line("advice_understood_through", row.advice_understood_through.as_deref())?,
        follow_up_on: row.follow_up_on,
        summary_reference: line("summary_reference", row.summary_reference.as_deref())?,
    })
}
