//! Cases and their timelines.

use rafiq_domain::cases::{Case, CaseEvent, GateResult, Hold, Stage};
use rafiq_domain::ids::{CaseId, Moment, PatientId, UserId};
use rafiq_domain::off_boarding::OpenCases;
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{CaseInCare, Permitted, Scope};
use rafiq_domain::teams::{Seat, TeamChange};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::Coded;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::column::{Code, Json};
use crate::entity::case::{ActiveModel, Column, Entity, Model};
use crate::entity::case_event::{self, GateDocument};
use crate::error::StoreError;
use crate::grants;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// What narrows a list of cases.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// Only those in this stage.
    pub stage: Option<Stage>,
    /// Only those of this patient.
    pub patient_id: Option<PatientId>,
    /// Only those on hold.
    pub held: Option<Held>,
}

/// Whether cases on hold are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Only those on hold.
    Yes,
    /// Only those not on hold.
    No,
}

/// A case with the grants that open it.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, id: CaseId) -> Result<Option<CaseInCare>, StoreError> {
    let Some(row) = Entity::find_by_id(id.uuid()).one(db.connection()).await? else { return Ok(None) };
    Ok(Some(CaseInCare { case: read(row)?, grants: grants::of_case(db, id).await? }))
}

/// The case of something that refers to it.
///
/// # Errors
/// [`StoreError::Missing`] never in a sound database.
pub async fn get(db: &impl Reader, id: CaseId) -> Result<Case, StoreError> {
    read(Entity::find_by_id(id.uuid()).one(db.connection()).await?.ok_or(StoreError::Missing)?)
}

/// Several cases of things that refer to them, with the grants that open them, in two statements.
///
/// # Errors
/// [`StoreError`] of reading.
pub(crate) async fn get_in_care(
    db: &impl Reader,
    ids: impl IntoIterator<Item = CaseId>,
) -> Result<Vec<CaseInCare>, StoreError> {
    let select = Entity::find().filter(Column::Id.is_in(ids.into_iter().map(CaseId::uuid)));
    let cases = select.all(db.connection()).await?.into_iter().map(read).collect::<Result<_, _>>()?;
    in_care(db, cases).await
}

/// One page of the cases in `scope`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(
    db: &impl Reader,
    scope: &Permitted<Scope>,
    filter: &CaseFilter,
    page: Page,
) -> Result<Slice<Case>, StoreError> {
    let select = selected(scope, filter);
    row::page(db, select, Column::Id, page, |case: &Case| case.id.uuid(), read).await
}

/// The same cases with the grants that open them, in one statement: how much each of them shows is said by its own.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn in_care(db: &impl Reader, cases: Vec<Case>) -> Result<Vec<CaseInCare>, StoreError> {
    let mut grants = grants::of_cases(db, cases.iter().map(|case| case.id)).await?;
    let mut of = |case: &Case| grants.extract_if(.., |grant| grant.case_id == case.id).collect();
    Ok(cases.into_iter().map(|case| CaseInCare { grants: of(&case), case }).collect())
}

/// How many cases there are in `scope`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn count(db: &impl Reader, scope: &Permitted<Scope>, filter: &CaseFilter) -> Result<u64, StoreError> {
    Ok(selected(scope, filter).count(db.connection()).await?)
}

fn selected(scope: &Scope, filter: &CaseFilter) -> Select<Entity> {
    let mut select = Entity::find().filter(in_scope(scope));
    if let Some(stage) = filter.stage {
        select = select.filter(Column::Stage.eq(Code(stage)));
    }
    if let Some(patient) = filter.patient_id {
        select = select.filter(Column::PatientId.eq(patient.uuid()));
    }
    match filter.held {
        Some(Held::Yes) => select.filter(Column::HeldSince.is_not_null()),
        Some(Held::No) => select.filter(Column::HeldSince.is_null()),
        None => select,
    }
}

/// What [`Scope::holds_case`] says.
fn in_scope(scope: &Scope) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Own(own) => Condition::all().add(Column::Id.in_subquery(grants::cases_opened(own))),
    }
}

/// Adds a case; its coordinator and doctor are its team from now on.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn insert(tx: &Tx, case: &Permitted<Case>, moment: Moment<'_>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(case.id.uuid()),
        number: Set(case.number.clone()),
        patient_id: Set(case.patient_id.uuid()),
        source: Set(Code(case.source)),
        agency: Set(case.agency.as_ref().map(|agency| agency.as_str().to_owned())),
        payer: Set(Code(case.payer)),
        received_at: Set(case.received_at),
        coordinator_id: Set(case.coordinator_id.uuid()),
        doctor_id: Set(case.doctor_id.map(UserId::uuid)),
        created_at: Set(moment.at),
        version: Set(case.version.0),
        ..columns(case)
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    grants::follow_teams(tx, &case.with(vec![(**case).clone()]), TeamChange::to(case.team()), moment).await
}

/// Waits until no other unit has its turn on the case, and keeps the turn until the end of this one. For
/// what follows from several rows of a case together: on PostgreSQL two units that each change one of
/// them do not see each other's change, and neither would draw the conclusion.
///
/// Consents, referrals, bookings and quotes are written in turn, and the turn is always taken before the
/// row: of two units of which each waits for what the other holds, one would fail.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn take_turn(tx: &Tx, id: CaseId) -> Result<(), StoreError> {
    Entity::find_by_id(id.uuid()).lock(LockType::NoKeyUpdate).one(tx.connection()).await?;
    Ok(())
}

/// Saves a changed case, but for its team.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster.
pub async fn update(tx: &Tx, case: &Permitted<Case>) -> Result<Version, StoreError> {
    save(tx, case, columns(case)).await
}

/// Several cases with the grants that open them, in order of their ids and held until the unit ends: of two
/// units that hand over the same case the later decides on what the earlier left. Two statements.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn lock(tx: &Tx, ids: &[CaseId]) -> Result<Vec<CaseInCare>, StoreError> {
    lock_those(tx, Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))).await
}

/// As [`lock`], for cases that `user_id` coordinates and that still take entries; at most `limit`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn lock_of_coordinator(tx: &Tx, user_id: UserId, limit: u64) -> Result<Vec<CaseInCare>, StoreError> {
    lock_of_member(tx, Column::CoordinatorId, user_id, limit).await
}

/// As [`lock`], for cases whose doctor `user_id` is and that still take entries; at most `limit`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn lock_of_doctor(tx: &Tx, user_id: UserId, limit: u64) -> Result<Vec<CaseInCare>, StoreError> {
    lock_of_member(tx, Column::DoctorId, user_id, limit).await
}

async fn lock_of_member(tx: &Tx, seat: Column, user_id: UserId, limit: u64) -> Result<Vec<CaseInCare>, StoreError> {
    lock_those(tx, Entity::find().filter(seat.eq(user_id.uuid())).filter(takes_entries()).limit(limit)).await
}

/// How many cases that are not closed a user coordinates, and how many they are the doctor of.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn in_care_of(db: &impl Reader, user_id: UserId) -> Result<OpenCases, StoreError> {
    let open = || Stage::ALL.iter().copied().filter(|stage| !stage.is_final()).map(Code);
    let as_member =
        |column: Column| Entity::find().filter(column.eq(user_id.uuid())).filter(Column::Stage.is_in(open()));
    Ok(OpenCases {
        coordinating: as_member(Column::CoordinatorId).count(db.connection()).await?,
        treating: as_member(Column::DoctorId).count(db.connection()).await?,
    })
}

/// What [`Case::takes_entries`] says.
fn takes_entries() -> Expr {
    Column::Stage.is_not_in([Stage::Deceased, Stage::Merged].map(Code)).and(Column::AnonymizedAt.is_null())
}

async fn lock_those(tx: &Tx, which: Select<Entity>) -> Result<Vec<CaseInCare>, StoreError> {
    let rows = which.order_by_asc(Column::Id).lock(LockType::NoKeyUpdate).all(tx.connection()).await?;
    in_care(tx, rows.into_iter().map(read).collect::<Result<_, _>>()?).await
}

/// Saves who cares for cases that are [locked](lock), the same change for all: whoever no longer does loses
/// access with this unit. Four statements, however many cases there are.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn assign(
    tx: &Tx,
    cases: &Permitted<Vec<Case>>,
    change: TeamChange,
    moment: Moment<'_>,
) -> Result<(), StoreError> {
    let mut update = Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.is_in(cases.iter().map(|case| case.id.uuid())));
    if let Seat::Goes(coordinator) = change.coordinator {
        update = update.col_expr(Column::CoordinatorId, Expr::value(coordinator.uuid()));
    }
    if let Seat::Goes(doctor) = change.doctor {
        update = update.col_expr(Column::DoctorId, Expr::value(doctor.map(UserId::uuid)));
    }
    update.exec(tx.connection()).await?;
    grants::follow_teams(tx, cases, change, moment).await
}

async fn save(tx: &Tx, case: &Permitted<Case>, change: ActiveModel) -> Result<Version, StoreError> {
    let next = Version(case.version.0 + 1);
    let changed = Entity::update_many()
        .set(ActiveModel { version: Set(next.0), ..change })
        .filter(Column::Id.eq(case.id.uuid()))
        .filter(Column::Version.eq(case.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn columns(case: &Case) -> ActiveModel {
    ActiveModel {
        stage: Set(Code(case.stage)),
        stage_since: Set(case.stage_since),
        return_to: Set(case.return_to.map(Code)),
        hold_reason: Set(case.hold.as_ref().map(|hold| hold.reason.as_str().to_owned())),
        held_since: Set(case.hold.as_ref().map(|hold| hold.since)),
        review_at: Set(case.hold.as_ref().map(|hold| hold.review_at)),
        priority: Set(Code(case.priority)),
        laterality: Set(case.laterality.map(Code)),
        surgery_cycle: Set(case.surgery_cycle),
        closed_at: Set(case.closed_at),
        closure_reason: Set(case.closure_reason.map(Code)),
        reopened_count: Set(case.reopened_count),
        merged_into: Set(case.merged_into.map(CaseId::uuid)),
        ..Default::default()
    }
}

/// Appends an entry to the timeline.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn append_event(tx: &Tx, event: &Permitted<CaseEvent>) -> Result<(), StoreError> {
    let gates = event
        .gates
        .iter()
        .map(|found| GateDocument { gate: found.gate.code().to_owned(), outcome: found.outcome.code().to_owned() });
    let row = case_event::ActiveModel {
        id: Set(event.id.uuid()),
        case_id: Set(event.case_id.uuid()),
        edge: Set(event.edge.clone()),
        trigger: Set(Code(event.trigger)),
        from_stage: Set(event.from.map(Code)),
        to_stage: Set(Code(event.to)),
        actor_id: Set(event.actor_id.map(UserId::uuid)),
        party: Set(Code(event.party)),
        on_behalf_of: Set(event.on_behalf_of.map(Code)),
        occurred_at: Set(event.occurred_at),
        recorded_at: Set(event.recorded_at),
        closure_reason: Set(event.closure_reason.map(Code)),
        reason: Set(event.reason.as_ref().map(|reason| reason.as_str().to_owned())),
        gates: Set(Json(gates.collect())),
        override_reason: Set(event.override_reason.as_ref().map(|reason| reason.as_str().to_owned())),
    };
    case_event::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// One page of a case's timeline, newest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn timeline(db: &impl Reader, case: &Permitted<Case>, page: Page) -> Result<Slice<CaseEvent>, StoreError> {
    let select = case_event::Entity::find().filter(case_event::Column::CaseId.eq(case.id.uuid()));
    row::page(db, select, case_event::Column::Id, page, |event: &CaseEvent| event.id.uuid(), read_event).await
}

fn read(row: Model) -> Result<Case, StoreError> {
    let place = Place { table: "cases", id: row.id };
    let hold = match (row.hold_reason, row.held_since, row.review_at) {
        (None, None, None) => None,
        (Some(reason), Some(since), Some(review_at)) => {
            Some(Hold { reason: place.read("hold_reason", Line::parse(&reason, Line::LONGEST))?, since, review_at })
        }
        _ => return Err(place.corrupt("hold_reason")),
    };
    Ok(Case {
        id: row.id.into(),
        number: row.number,
        patient_id: row.patient_id.into(),
        stage: row.stage.0,
        stage_since: row.stage_since,
        return_to: row.return_to.map(|stage| stage.0),
        hold,
        priority: row.priority.0,
        coordinator_id: row.coordinator_id.into(),
        doctor_id: row.doctor_id.map(UserId::from),
        laterality: row.laterality.map(|side| side.0),
        surgery_cycle: row.surgery_cycle,
        source: row.source.0,
        agency: place
            .read_optional("agency", row.agency.as_deref().map(|agency| Line::parse(agency, Line::LONGEST)))?,
        payer: row.payer.0,
        received_at: row.received_at,
        closed_at: row.closed_at,
        closure_reason: row.closure_reason.map(|reason| reason.0),
        reopened_count: row.reopened_count,
        merged_into: row.merged_into.map(CaseId::from),
        anonymized_at: row.anonymized_at,
        version: Version(row.version),
    })
}

fn read_event(row: case_event::Model) -> Result<CaseEvent, StoreError> {
    let place = Place { table: "case_events", id: row.id };
    let gates = row.gates.0.iter().map(|found| {
        Ok::<_, StoreError>(GateResult {
            gate: place.code("gates", &found.gate)?,
            outcome: place.code("gates", &found.outcome)?,
        })
    });
    Ok(CaseEvent {
        id: row.id.into(),
        case_id: row.case_id.into(),
        edge: row.edge,
        trigger: row.trigger.0,
        from: row.from_stage.map(|stage| stage.0),
        to: row.to_stage.0,
        actor_id: row.actor_id.map(UserId::from),
        party: row.party.0,
        on_behalf_of: row.on_behalf_of.map(|whom| whom.0),
        occurred_at: row.occurred_at,
        recorded_at: row.recorded_at,
        closure_reason: row.closure_reason.map(|reason| reason.0),
        reason: place
            .read_optional("reason", row.reason.as_deref().map(|reason| Line::parse(reason, Line::LONGEST)))?,
        gates: gates.collect::<Result<_, _>>()?,
        override_reason: place.read_optional(
            "override_reason",
            row.override_reason.as_deref().map(|reason| Line::parse(reason, Line::LONGEST)),
        )?,
    })
}
