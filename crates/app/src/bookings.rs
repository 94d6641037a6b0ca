//! Bookings of interpreters: our staff ask, offer and call off; the interpreter answers.

use chrono::{DateTime, Utc};
use rafiq_domain::cases::Case;
use rafiq_domain::ids::{BookingId, CaseId, InterpreterId};
use rafiq_domain::interpreters::{Booking, Job};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::patients::{NameInPassport, Patient, PatientLanguage};
use rafiq_domain::policy::{Action, Audience, BookingInCase, ObjectKind, Permitted, permit, scope};
use rafiq_domain::refusal::{FieldCode, Invalid, NotFound, ProblemCode, Refusal};
use rafiq_domain::text::{ArabicName, Line};
use rafiq_domain::vocabulary::BookingState;
use rafiq_persistence::cases::take_turn;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Tx;
use rafiq_persistence::{bookings, interpreters, patients};

use crate::{App, Caller, Refused, cases, permit_each};

/// The interpreter accepted another job at this time, or is on the way to or from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the interpreter is taken at this time")]
pub struct InterpreterTaken;

impl Refusal for InterpreterTaken {
    fn code(&self) -> ProblemCode {
        ProblemCode::InterpreterOverlaps
    }
}

/// What a job needs to be known of the patient, and nothing else (domain §6.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientAtJob {
    /// The name in Arabic.
    pub arabic_name: Option<ArabicName>,
    /// The name as printed in the passport, by which the hospital knows the patient.
    pub passport_name: Option<NameInPassport>,
    /// The languages and dialects, best first.
    pub languages: Vec<PatientLanguage>,
}

impl From<Patient> for PatientAtJob {
    fn from(patient: Patient) -> Self {
        let details = patient.details;
        Self { arabic_name: details.arabic_name, passport_name: details.passport_name, languages: details.languages }
    }
}

/// A booking as the one who does the job reads it.
#[derive(Debug, Clone)]
pub struct OwnBooking {
    /// The booking.
    pub booking: Booking,
    /// The patient: while the job is near and not over, and never for eyes that see no names.
    pub patient: Option<PatientAtJob>,
}

impl OwnBooking {
    fn of(patient: Patient, found: Permitted<BookingInCase>) -> Permitted<Self> {
        let needed = !found.booking.is_final() && found.permit().audience() != Audience::Masked;
        found.map(|found| Self { booking: found.booking, patient: needed.then(|| patient.into()) })
    }
}

/// Asks for an interpreter for an encounter of a case.
///
/// # Errors
/// [`Refused`] when there is no such case, the caller may not, or the job's time makes no sense.
pub async fn request_booking(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    job: Job,
) -> Result<Permitted<Booking>, Refused> {
    let job = job.check(app.now())?;
    let requested_by = caller.actor.user_id().ok_or(NotFound)?;
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::BookInterpreter, case_id).await?;
        case.takes_entries()?;
        let booking = case.with(Booking::request(BookingId::new(app.ids()), &case, job, requested_by));
        bookings::insert(tx, &booking, app.moment()).await?;
        Ok(booking)
    })
    .await
}

/// Offers a booking to an interpreter who fits it.
///
/// # Errors
/// [`Refused`] when there is none, it is not merely requested, or the interpreter does not fit.
pub async fn offer_booking(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: BookingId,
    decided_on: Version,
    to: InterpreterId,
) -> Result<Permitted<Booking>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::BookInterpreter, case_id).await?;
        let booking = find(tx, &case, id, decided_on).await?;
        case.takes_entries()?;
        take_turn(tx, case_id).await?;
        let unknown = || Invalid::at("/interpreter_id", FieldCode::NotKnownHere);
        let to = interpreters::hold(tx, to).await?.ok_or_else(unknown)?;
        save(app, tx, booking.try_map(|booking| booking.offer(&to, app.now()))?).await
    })
    .await
}

/// Calls a booking off. A case that has ended takes it too: the interpreter's time is freed, and
/// nothing is added to the case (domain §6.3 T53). Of one whose patient was forgotten no reason is kept.
///
/// # Errors
/// [`Refused`] when there is none, or it is over already.
pub async fn cancel_booking(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: BookingId,
    decided_on: Version,
    reason: Line,
) -> Result<Permitted<Booking>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::BookInterpreter, case_id).await?;
        let booking = find(tx, &case, id, decided_on).await?;
        save(app, tx, booking.try_map(|booking| booking.cancel(kept(&case, Some(reason)), app.now()))?).await
    })
    .await
}

/// All bookings of a case, oldest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of its bookings.
pub async fn list_bookings(app: &App, caller: &Caller, case_id: CaseId) -> Result<Permitted<Vec<Booking>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewBooking, case_id).await?;
        let bookings = bookings::of_case(db, case_id).await?;
        Ok(case.with(bookings))
    })
    .await
}

/// One booking of a case.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_booking(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: BookingId,
) -> Result<Permitted<Booking>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewBooking, case_id).await?;
        let booking = bookings::find(db, case_id, id).await?.ok_or(NotFound)?;
        Ok(case.with(booking))
    })
    .await
}

/// One page of the caller's own bookings: an interpreter's from the offer on, or those of the cases that our staff see.
///
/// # Errors
/// [`Refused`] when the caller may see none.
pub async fn list_own_bookings(
    app: &App,
    caller: &Caller,
    state: Option<BookingState>,
    page: Page,
) -> Result<Slice<Permitted<OwnBooking>>, Refused> {
    app.read_each(caller, async |db| {
        let scope = scope(&caller.actor, Action::ViewBooking, ObjectKind::Booking)?;
        let Slice { items, next } = bookings::list(db, &scope, state, page).await?;
        let people = patients::of_case_ids(db, items.iter().map(|booking| booking.case_id)).await?;
        // How much each of them shows is said by its own grants, not by the list.
        let seen = permit_each(caller, Action::ViewBooking, bookings::in_cases(db, items).await?);
        let with_patient = |seen: Permitted<BookingInCase>| {
            let (_, patient) = people.iter().find(|(case_id, _)| *case_id == seen.case.id)?;
            Some(OwnBooking::of(patient.clone(), seen))
        };
        Ok(scope.with(Slice { items: seen.into_iter().filter_map(with_patient).collect(), next }))
    })
    .await
}

/// One of the caller's own bookings.
///
/// # Errors
/// [`Refused`] when there is none, or it is not the caller's.
pub async fn view_own_booking(app: &App, caller: &Caller, id: BookingId) -> Result<Permitted<OwnBooking>, Refused> {
    app.read(caller, async |db| {
        let found = bookings::find_in_case(db, id).await?.ok_or(NotFound)?;
        let found = permit(&caller.actor, Action::ViewBooking, found)?;
        let patient = patients::get(db, found.case.patient_id).await?;
        Ok(OwnBooking::of(patient, found))
    })
    .await
}

/// The interpreter accepts a job; from now on it is firm.
///
/// # Errors
/// [`InterpreterTaken`] when another firm job overlaps, also one accepted at the same moment.
pub async fn accept_booking(
    app: &App,
    caller: &Caller,
    id: BookingId,
    decided_on: Version,
) -> Result<Permitted<OwnBooking>, Refused> {
    answer(app, caller, id, decided_on, |found, now| {
        found.case.takes_entries()?;
        Ok(found.booking.accept(now)?)
    })
    .await
}

/// The interpreter declines a job; a conflict of interest is a normal reason.
///
/// # Errors
/// [`Refused`] when it is not the caller's, or not on offer.
pub async fn decline_booking(
    app: &App,
    caller: &Caller,
    id: BookingId,
    decided_on: Version,
    reason: Option<Line>,
) -> Result<Permitted<OwnBooking>, Refused> {
    answer(app, caller, id, decided_on, |found, now| Ok(found.booking.decline(kept(&found.case, reason), now)?)).await
}

/// The interpreter says that the job is done.
///
/// # Errors
/// [`Refused`] when it is not the caller's, was never accepted, or has not begun.
pub async fn complete_booking(
    app: &App,
    caller: &Caller,
    id: BookingId,
    decided_on: Version,
) -> Result<Permitted<OwnBooking>, Refused> {
    answer(app, caller, id, decided_on, |found, now| Ok(found.booking.complete(now)?)).await
}

async fn answer(
    app: &App,
    caller: &Caller,
    id: BookingId,
    decided_on: Version,
    operation: impl FnOnce(BookingInCase, DateTime<Utc>) -> Result<Booking, Refused> + Send,
) -> Result<Permitted<OwnBooking>, Refused> {
    app.write(caller, async |tx| {
        let found = bookings::find_in_case(tx, id).await?.ok_or(NotFound)?;
        let found = permit(&caller.actor, Action::AnswerBooking, found)?;
        found.booking.version.expect(decided_on)?;
        let patient = patients::get(tx, found.case.patient_id).await?;
        let answered = save(app, tx, found.try_map(|found| operation(found, app.now()))?).await?;
        // The answer may have opened more of the patient, or closed everything.
        let after = bookings::find_in_case(tx, id).await?.ok_or(NotFound)?;
        let own = match permit(&caller.actor, Action::ViewBooking, after) {
            Ok(after) => OwnBooking::of(patient, after).into_inner(),
            Err(_) => OwnBooking { booking: (*answered).clone(), patient: None },
        };
        Ok(answered.with(own))
    })
    .await
}

/// The reason, unless it could tell again whose the case was.
fn kept(case: &Case, reason: Option<Line>) -> Option<Line> {
    reason.filter(|_| case.takes_last_entries().is_ok())
}

async fn find(
    tx: &Tx,
    case: &Permitted<Case>,
    id: BookingId,
    decided_on: Version,
) -> Result<Permitted<Booking>, Refused> {
    let booking = bookings::find(tx, case.id, id).await?.ok_or(NotFound)?;
    booking.version.expect(decided_on)?;
    Ok(case.with(booking))
}

pub(crate) async fn save(app: &App, tx: &Tx, booking: Permitted<Booking>) -> Result<Permitted<Booking>, Refused> {
    let refused = |error: StoreError| {
        if error.is_constraint(bookings::OVERLAP) { Refused::from(InterpreterTaken) } else { error.into() }
    };
    let version = bookings::update(tx, &booking, app.moment()).await.map_err(refused)?;
    Ok(booking.map(|booking| Booking { version, ..booking }))
}
