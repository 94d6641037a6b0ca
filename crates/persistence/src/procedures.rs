//! Operations.

use chrono::NaiveDate;
use rafiq_domain::cases::Case;
use rafiq_domain::ids::CaseId;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::Permitted;
use rafiq_domain::surgery::{OperationRecord, Procedure};
use rafiq_domain::text::{Line, Prose};
use rafiq_domain::vocabulary::{Coded, ProcedureState};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use crate::column::{Code, Json};
use crate::entity::procedure::{ActiveModel, Column, Entity, Model, RecordDocument};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// All operations of a case, in every cycle, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<Procedure>, StoreError> {
    all(db, Condition::all().add(Column::CaseId.eq(case_id.uuid()))).await
}

/// The operations of the present cycle of a case, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_cycle(db: &impl Reader, case: &Case) -> Result<Vec<Procedure>, StoreError> {
    let present = Condition::all().add(Column::CaseId.eq(case.id.uuid())).add(Column::Cycle.eq(case.surgery_cycle));
    all(db, present).await
}

async fn all(db: &impl Reader, which: Condition) -> Result<Vec<Procedure>, StoreError> {
    let rows = Entity::find()
        .filter(which)
        .order_by_asc(Column::StartedAt)
        .order_by_asc(Column::Id)
        .all(db.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The day of the last completed operation of a case, in whichever cycle.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn last_completed_on(db: &impl Reader, case_id: CaseId) -> Result<Option<NaiveDate>, StoreError> {
    let row = Entity::find()
        .filter(Column::CaseId.eq(case_id.uuid()))
        .filter(Column::State.eq(Code(ProcedureState::Completed)))
        .order_by_desc(Column::EndedAt)
        .one(db.connection())
        .await?;
    Ok(row.and_then(|row| row.ended_at).map(|ended_at| ended_at.date_naive()))
}

/// Adds an operation.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, procedure: &Permitted<Procedure>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(procedure.id.uuid()),
        case_id: Set(procedure.case_id.uuid()),
        referral_id: Set(procedure.referral_id.uuid()),
        cycle: Set(procedure.cycle),
        kind: Set(Code(procedure.kind)),
        side: Set(Code(procedure.side)),
        started_at: Set(procedure.started_at),
        version: Set(procedure.version.0),
        ..outcome(procedure)
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves an operation that ended; its side and its start stay as reported.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, procedure: &Permitted<Procedure>) -> Result<Version, StoreError> {
    let next = Version(procedure.version.0 + 1);
    let changed = Entity::update_many()
        .set(ActiveModel { version: Set(next.0), ..outcome(procedure) })
        .filter(Column::Id.eq(procedure.id.uuid()))
        .filter(Column::Version.eq(procedure.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn outcome(procedure: &Procedure) -> ActiveModel {
    ActiveModel {
        state: Set(Code(procedure.state)),
        ended_at: Set(procedure.ended_at),
        record: Set(procedure.record.as_ref().map(write_record).map(Json)),
        abort_reason: Set(procedure.abort_reason.as_ref().map(|reason| reason.as_str().to_owned())),
        ..Default::default()
    }
}

fn write_record(record: &OperationRecord) -> RecordDocument {
    RecordDocument {
        vessels: record.vessels.iter().map(|vessel| vessel.code().to_owned()).collect(),
        method: record.method.code().to_owned(),
        materials: record.materials.iter().map(|material| material.code().to_owned()).collect(),
        lsr_event: record.lsr_event.code().to_owned(),
        baep_final: record.baep_final.code().to_owned(),
        blood_loss_ml: record.blood_loss_ml,
        note: record.note.as_ref().map(|note| note.as_str().to_owned()),
    }
}

fn read(row: Model) -> Result<Procedure, StoreError> {
    let place = Place { table: "procedures", id: row.id };
    Ok(Procedure {
        id: row.id.into(),
        case_id: row.case_id.into(),
        referral_id: row.referral_id.into(),
        cycle: row.cycle,
        kind: row.kind.0,
        side: row.side.0,
        state: row.state.0,
        started_at: row.started_at,
        ended_at: row.ended_at,
        record: row.record.map(|record| read_record(place, &record.0)).transpose()?,
        abort_reason: place.read_optional(
            "abort_reason",
            row.abort_reason.as_deref().map(|reason| Line::parse(reason, Line::LONGEST)),
        )?,
        version: Version(row.version),
    })
}

fn read_record(place: Place, record: &RecordDocument) -> Result<OperationRecord, StoreError> {
    const COLUMN: &str = "record";
    Ok(OperationRecord {
        vessels: record.vessels.iter().map(|code| place.code(COLUMN, code)).collect::<Result<_, _>>()?,
        method: place.code(COLUMN, &record.method)?,
        materials: record.materials.iter().map(|code| place.code(COLUMN, code)).collect::<Result<_, _>>()?,
        lsr_event: place.code(COLUMN, &record.lsr_event)?,
        baep_final: place.code(COLUMN, &record.baep_final)?,
        blood_loss_ml: record.blood_loss_ml,
        note: place.read_optional(COLUMN, record.note.as_deref().map(|note| Prose::parse(note, Prose::LONGEST)))?,
    })
}
