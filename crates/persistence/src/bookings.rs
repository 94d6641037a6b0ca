//! Bookings of interpreters. That two firm ones never overlap is the database's own rule.

use chrono::{DateTime, Utc};
use rafiq_domain::cases::Case;
use rafiq_domain::ids::{BookingId, CaseId, InterpreterId, Moment, UserId};
use rafiq_domain::interpreters::{Booking, Job, Window};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{BookingInCase, Permitted, Scope};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::BookingState;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::column::Code;
use crate::entity::interpreter;
use crate::entity::interpreter_booking::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};
use crate::{cases, grants};

/// The rule that two firm bookings of one interpreter never overlap, the way to the next job included.
pub const OVERLAP: &str = "ex_interpreter_bookings_overlap";

/// All bookings of a case, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<Booking>, StoreError> {
    let rows =
        Entity::find().filter(Column::CaseId.eq(case_id.uuid())).order_by_asc(Column::Id).all(db.connection()).await?;
    rows.into_iter().map(read).collect()
}

/// The bookings that a case's gates look at, oldest first: those of the present surgery cycle, and
/// whatever of an earlier one still holds an interpreter.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_cycle(db: &impl Reader, case: &Case) -> Result<Vec<Booking>, StoreError> {
    let mut bookings = of_case(db, case.id).await?;
    bookings.retain(|booking| booking.cycle == case.surgery_cycle || !booking.is_final());
    Ok(bookings)
}

/// One booking of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: BookingId) -> Result<Option<Booking>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.map(read).transpose()
}

/// A booking with its case and the grants that open it, for those who know of no case: the policy decides on the pair.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find_in_case(db: &impl Reader, id: BookingId) -> Result<Option<BookingInCase>, StoreError> {
    let Some(row) = Entity::find_by_id(id.uuid()).one(db.connection()).await? else { return Ok(None) };
    let booking = read(row)?;
    let case = cases::get(db, booking.case_id).await?;
    let grants = grants::of_case(db, booking.case_id).await?;
    Ok(Some(BookingInCase { case, booking, grants }))
}

/// One page of the bookings in `scope`: an interpreter's own, and those of the cases that the scope holds.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn list(
    db: &impl Reader,
    scope: &Permitted<Scope>,
    state: Option<BookingState>,
    page: Page,
) -> Result<Slice<Booking>, StoreError> {
    let wanted = Condition::all().add_option(state.map(|state| Column::State.eq(Code(state))));
    let select = Entity::find().filter(in_scope(scope)).filter(wanted);
    row::page(db, select, Column::Id, page, |booking: &Booking| booking.id.uuid(), read).await
}

/// The same bookings with their cases and the grants that open them, in two statements: how much of the patient
/// each of them shows depends on its own grants.
///
/// # Errors
/// [`StoreError::Missing`] never in a sound database: a booking refers to its case.
pub async fn in_cases(db: &impl Reader, bookings: Vec<Booking>) -> Result<Vec<BookingInCase>, StoreError> {
    let found = cases::get_in_care(db, bookings.iter().map(|booking| booking.case_id)).await?;
    let whole = |booking: Booking| {
        let its = found.iter().find(|found| found.case.id == booking.case_id).ok_or(StoreError::Missing)?.clone();
        Ok(BookingInCase { case: its.case, booking, grants: its.grants })
    };
    bookings.into_iter().map(whole).collect()
}

/// What [`Scope::holds_booking`] says.
fn in_scope(scope: &Scope) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Own(own) => row::any_of([
            Some(Column::Id.in_subquery(grants::bookings_opened(own))),
            Some(Column::CaseId.in_subquery(grants::cases_opened(own))),
        ]),
    }
}

/// At most `limit` bookings whose interpreter should have answered before `then`, the longest due first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn unanswered_since(db: &impl Reader, then: DateTime<Utc>, limit: u64) -> Result<Vec<BookingId>, StoreError> {
    let offered = Column::State.eq(Code(BookingState::Offered)).and(Column::RespondBy.lt(then));
    let select = Entity::find().select_only().column(Column::Id).filter(offered).order_by_asc(Column::RespondBy);
    let ids: Vec<Uuid> = select.order_by_asc(Column::Id).limit(limit).into_tuple().all(db.connection()).await?;
    Ok(ids.into_iter().map(BookingId::from).collect())
}

/// What an interpreter was asked to do, and what they are to do and is not over at `now`.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn open_of_interpreter(
    db: &impl Reader,
    id: InterpreterId,
    now: DateTime<Utc>,
) -> Result<Vec<Booking>, StoreError> {
    let firm = Column::State.eq(Code(BookingState::Accepted)).and(Column::EndsAt.gt(now));
    let open = Condition::any().add(Column::State.eq(Code(BookingState::Offered))).add(firm);
    let rows = Entity::find().filter(Column::InterpreterId.eq(id.uuid())).filter(open).order_by_asc(Column::CaseId);
    rows.order_by_asc(Column::Id).all(db.connection()).await?.into_iter().map(read).collect()
}

/// Adds a booking, in [turn](cases::take_turn).
///
/// # Errors
/// [`StoreError`] of writing, with [`OVERLAP`] broken when it is firm already and the interpreter is taken.
pub async fn insert(tx: &Tx, booking: &Permitted<Booking>, moment: Moment<'_>) -> Result<(), StoreError> {
    let job = &booking.job;
    let occupied = job.occupies();
    let row = ActiveModel {
        id: Set(booking.id.uuid()),
        case_id: Set(booking.case_id.uuid()),
        cycle: Set(booking.cycle),
        encounter: Set(Code(job.encounter)),
        modality: Set(Code(job.modality)),
        starts_at: Set(job.window.starts_at),
        ends_at: Set(job.window.ends_at),
        occupied_from: Set(occupied.starts_at),
        occupied_until: Set(occupied.ends_at),
        time_zone: Set(job.time_zone.name().to_owned()),
        place: Set(job.place.as_str().to_owned()),
        language: Set(Code(job.language)),
        requested_by: Set(booking.requested_by.uuid()),
        created_at: Set(moment.at),
        version: Set(booking.version.0),
        ..columns(booking)
    };
    take_turns(tx, booking).await?;
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    grants::follow_booking(tx, booking, moment).await
}

/// Saves what became of a booking, in [turn](cases::take_turn), and what its interpreter may read by it; its job
/// never changes.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster, or [`OVERLAP`] broken when it is firm now and
/// the interpreter is taken.
pub async fn update(tx: &Tx, booking: &Permitted<Booking>, moment: Moment<'_>) -> Result<Version, StoreError> {
    take_turns(tx, booking).await?;
    let next = Version(booking.version.0 + 1);
    let changed = Entity::update_many()
        .set(ActiveModel { version: Set(next.0), ..columns(booking) })
        .filter(Column::Id.eq(booking.id.uuid()))
        .filter(Column::Version.eq(booking.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected)?;
    grants::follow_booking(tx, booking, moment).await?;
    Ok(next)
}

/// Firm bookings of one interpreter are written one after another, too. Without it two at once would wait
/// for each other inside PostgreSQL's constraint, and one would hear of a deadlock instead of the overlap.
async fn take_turns(tx: &Tx, booking: &Booking) -> Result<(), StoreError> {
    cases::take_turn(tx, booking.case_id).await?;
    let Some(interpreter_id) = booking.interpreter_id.filter(|_| booking.is_firm()) else { return Ok(()) };
    interpreter::Entity::find_by_id(interpreter_id.uuid()).lock(LockType::NoKeyUpdate).one(tx.connection()).await?;
    Ok(())
}

fn columns(booking: &Booking) -> ActiveModel {
    ActiveModel {
        interpreter_id: Set(booking.interpreter_id.map(InterpreterId::uuid)),
        state: Set(Code(booking.state)),
        offered_at: Set(booking.offered_at),
        respond_by: Set(booking.respond_by),
        answered_at: Set(booking.answered_at),
        reason: Set(booking.reason.as_ref().map(|reason| reason.as_str().to_owned())),
        ..Default::default()
    }
}

fn read(row: Model) -> Result<Booking, StoreError> {
    let place = Place { table: "interpreter_bookings", id: row.id };
    Ok(Booking {
        id: row.id.into(),
        case_id: row.case_id.into(),
        cycle: row.cycle,
        interpreter_id: row.interpreter_id.map(InterpreterId::from),
        job: Job {
            encounter: row.encounter.0,
            modality: row.modality.0,
            window: Window { starts_at: row.starts_at, ends_at: row.ends_at },
            time_zone: row.time_zone.parse().map_err(|_| place.corrupt("time_zone"))?,
            place: place.read("place", Line::parse(&row.place, Line::LONGEST))?,
            language: row.language.0,
        },
        state: row.state.0,
        offered_at: row.offered_at,
        respond_by: row.respond_by,
        answered_at: row.answered_at,
        reason: place.read_optional("reason", row.reason.map(|reason| Line::parse(&reason, Line::LONGEST)))?,
        requested_by: UserId::from(row.requested_by),
        version: Version(row.version),
    })
}
