//! Follow-up visits, planned and done.

use rafiq_domain::cases::Case;
use rafiq_domain::discharge::{FollowUpVisit, KondoScore, VisitFindings};
use rafiq_domain::ids::{CaseId, FollowUpVisitId};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::Permitted;
use rafiq_domain::text::Prose;
use rafiq_domain::vocabulary::Coded;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use crate::column::{Code, Json};
use crate::entity::follow_up_visit::{ActiveModel, Column, Entity, FindingsDocument, Model, OutcomeDocument};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// All visits of a case, in every cycle, by due day.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<FollowUpVisit>, StoreError> {
    all(db, Condition::all().add(Column::CaseId.eq(case_id.uuid()))).await
}

/// The visits that follow the operation that the case is about now, by due day.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_cycle(db: &impl Reader, case: &Case) -> Result<Vec<FollowUpVisit>, StoreError> {
    let present = Condition::all().add(Column::CaseId.eq(case.id.uuid())).add(Column::Cycle.eq(case.surgery_cycle));
    all(db, present).await
}

async fn all(db: &impl Reader, which: Condition) -> Result<Vec<FollowUpVisit>, StoreError> {
    let rows =
        Entity::find().filter(which).order_by_asc(Column::DueOn).order_by_asc(Column::Id).all(db.connection()).await?;
    rows.into_iter().map(read).collect()
}

/// One visit of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: FollowUpVisitId) -> Result<Option<FollowUpVisit>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.map(read).transpose()
}

/// Adds a visit.
///
/// # Errors
/// [`StoreError::Taken`] by `uq_follow_up_visits_case_id_cycle_timepoint` when the point is planned already.
pub async fn insert(tx: &Tx, visit: &Permitted<FollowUpVisit>) -> Result<(), StoreError> {
    Entity::insert(whole(visit)).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Adds the visits whose points are not planned yet: who is discharged twice keeps the first plan.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert_missing(tx: &Tx, visits: &Permitted<Vec<FollowUpVisit>>) -> Result<(), StoreError> {
    let planned = OnConflict::columns([Column::CaseId, Column::Cycle, Column::Timepoint]).do_nothing().to_owned();
    Entity::insert_many(visits.iter().map(whole)).on_conflict(planned).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves what a visit found.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, visit: &Permitted<FollowUpVisit>) -> Result<Version, StoreError> {
    let next = Version(visit.version.0 + 1);
    let changed = Entity::update_many()
        .set(ActiveModel { due_on: Set(visit.due_on), version: Set(next.0), ..found(visit) })
        .filter(Column::Id.eq(visit.id.uuid()))
        .filter(Column::Version.eq(visit.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn whole(visit: &FollowUpVisit) -> ActiveModel {
    ActiveModel {
        id: Set(visit.id.uuid()),
        case_id: Set(visit.case_id.uuid()),
        cycle: Set(visit.cycle),
        timepoint: Set(Code(visit.timepoint)),
        due_on: Set(visit.due_on),
        version: Set(visit.version.0),
        ..found(visit)
    }
}

fn found(visit: &FollowUpVisit) -> ActiveModel {
    let findings = visit.findings.as_ref();
    ActiveModel {
        seen_at: Set(findings.map(|findings| findings.seen_at)),
        recorded_by: Set(findings.map(|findings| findings.recorded_by.uuid())),
        findings: Set(findings.map(write_findings).map(Json)),
        ..Default::default()
    }
}

fn write_findings(findings: &VisitFindings) -> FindingsDocument {
    FindingsDocument {
        mode: findings.mode.code().to_owned(),
        improvement_percent: findings.improvement_percent,
        course: findings.course.code().to_owned(),
        facial_function: findings.facial_function.code().to_owned(),
        hearing: findings.hearing.code().to_owned(),
        note: findings.note.as_ref().map(|note| note.as_str().to_owned()),
        outcome: findings
            .outcome
            .map(|score| OutcomeDocument { efficacy: score.efficacy, complications: score.complications }),
    }
}

fn read(row: Model) -> Result<FollowUpVisit, StoreError> {
    const COLUMN: &str = "findings";
    let place = Place { table: "follow_up_visits", id: row.id };
    let findings = match (row.seen_at, row.recorded_by, row.findings) {
        (None, None, None) => None,
        (Some(seen_at), Some(recorded_by), Some(Json(found))) => Some(VisitFindings {
            seen_at,
            recorded_by: recorded_by.into(),
            mode: place.code(COLUMN, &found.mode)?,
            improvement_percent: found.improvement_percent,
            course: place.code(COLUMN, &found.course)?,
            facial_function: place.code(COLUMN, &found.facial_function)?,
            hearing: place.code(COLUMN, &found.hearing)?,
            note: place.read_optional(COLUMN, found.note.as_deref().map(|note| Prose::parse(note, Prose::LONGEST)))?,
            outcome: found
                .outcome
                .map(|score| KondoScore { efficacy: score.efficacy, complications: score.complications }),
        }),
        _ => return Err(place.corrupt(COLUMN)),
    };
    Ok(FollowUpVisit {
        id: row.id.into(),
        case_id: row.case_id.into(),
        cycle: row.cycle,
        timepoint: row.timepoint.0,
        due_on: row.due_on,
        findings,
        version: Version(row.version),
    })
}
