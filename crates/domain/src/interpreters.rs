//! Interpreters and their bookings: a booking is firm only once it is accepted (domain §3, §6.5).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::cases::Case;
use crate::ids::{BookingId, CaseId, InterpreterId, UserId};
use crate::paging::Version;
use crate::refusal::{FieldCode, Fields, Invalid, ProblemCode, Refusal, WrongState};
use crate::text::{Line, PersonName};
use crate::vocabulary::{
    BookingState, Dialect, EncounterKind, InterpreterQualification, InterpreterState, InterpretingModality, Sex,
    SpokenLanguage,
};

/// The time that an interpreter needs after a job on site before the next one (domain §3).
const TRAVEL_BUFFER: TimeDelta = TimeDelta::minutes(30);
/// The longest single job.
const LONGEST_JOB: TimeDelta = TimeDelta::hours(12);
/// How far ahead a job is planned: the check-ups after an operation go on for five years (domain §1.13).
const FARTHEST_JOB: TimeDelta = TimeDelta::days(6 * 365);
/// A cancellation this long before the job is an early one (domain §6.5).
const EARLY: TimeDelta = TimeDelta::hours(24);
/// How long an interpreter has to answer an offer (domain §6.4).
pub const RESPOND_WITHIN: TimeDelta = TimeDelta::hours(4);

/// A medical interpreter (ISO 21998).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// Their id.
    pub id: InterpreterId,
    /// What is known of them.
    pub profile: InterpreterProfile,
    /// Whether they take jobs.
    pub state: InterpreterState,
    /// How often the row was changed.
    pub version: Version,
}

/// What is known of an interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterpreterProfile {
    /// Their name.
    pub name: PersonName,
    /// Their sex; some patients ask for the same.
    pub sex: Sex,
    /// The languages between which they interpret; at least two.
    pub languages: Vec<SpokenLanguage>,
    /// The Arabic dialect groups that they master.
    pub dialects: Vec<Dialect>,
    /// Their medical qualification.
    pub qualification: InterpreterQualification,
    /// Hours of interpreter training, 0–10,000; under 100 a warning.
    pub training_hours: u16,
    /// How they work.
    pub modalities: Vec<InterpretingModality>,
    /// The last day on which their signed confidentiality holds.
    pub confidential_until: NaiveDate,
}

impl InterpreterProfile {
    /// Checks the profile.
    ///
    /// # Errors
    /// [`Invalid`] for fewer than two languages, no modality, or more than 10,000 hours of training.
    pub fn check(self) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let mut distinct = self.languages.clone();
        distinct.sort_unstable();
        distinct.dedup();
        fields.require("/languages", distinct.len() >= 2, FieldCode::TooShort);
        fields.require("/modalities", !self.modalities.is_empty(), FieldCode::Empty);
        fields.require("/training_hours", self.training_hours <= 10_000, FieldCode::OutOfRange);
        fields.finish(|| Some(self))
    }
}

/// A span of time; it has a beginning before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

/// What an interpreter is needed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The kind of encounter.
    pub encounter: EncounterKind,
    /// How it is interpreted.
    pub modality: InterpretingModality,
    /// When.
    pub window: Window,
    /// The IANA time zone of the place.
    pub time_zone: Tz,
    /// Where: a ward, an address, a link. No personal data.
    pub place: Line,
    /// The language that the patient speaks.
    pub language: SpokenLanguage,
}

impl Job {
    /// Checks a new job.
    ///
    /// # Errors
    /// [`Invalid`] for a window that is reversed, longer than twelve hours, in the past, or years away.
    pub fn check(self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        let length = self.window.ends_at - self.window.starts_at;
        fields.require("/ends_at", length > TimeDelta::zero(), FieldCode::OutOfOrder);
        fields.require("/ends_at", length <= LONGEST_JOB, FieldCode::OutOfRange);
        fields.require("/starts_at", self.window.starts_at >= now, FieldCode::InThePast);
        fields.require("/starts_at", self.window.starts_at - now <= FARTHEST_JOB, FieldCode::OutOfRange);
        fields.finish(|| Some(self))
    }

    /// The time for which the interpreter is taken: on site the way to the next job is part of it.
    #[must_use]
    pub fn occupies(&self) -> Window {
        let travel = match self.modality {
            InterpretingModality::InPerson => TRAVEL_BUFFER,
            InterpretingModality::Video | InterpretingModality::Phone => TimeDelta::zero(),
        };
        Window { starts_at: self.window.starts_at, ends_at: self.window.ends_at + travel }
    }
}

/// Why an interpreter does not fit a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the interpreter does not fit the job: {0:?}")]
pub struct Unsuitable(pub Vec<&'static str>);

impl Refusal for Unsuitable {
    fn code(&self) -> ProblemCode {
        ProblemCode::InterpreterUnsuitable
    }

    fn detail(&self, _language: crate::vocabulary::Language) -> Option<String> {
        Some(self.0.join(", "))
    }
}

impl Interpreter {
    /// Checks the hard rules of matching (domain §3): active, language, modality, confidentiality.
    ///
    /// # Errors
    /// [`Unsuitable`] naming every rule that fails.
    pub fn suits(&self, job: &Job) -> Result<(), Unsuitable> {
        let rules = [
            (self.state == InterpreterState::Active, "state"),
            (self.profile.languages.contains(&job.language), "languages"),
            (self.profile.modalities.contains(&job.modality), "modalities"),
            (self.profile.confidential_until >= job.window.ends_at.date_naive(), "confidential_until"),
        ];
        let failed: Vec<_> = rules.into_iter().filter_map(|(holds, rule)| (!holds).then_some(rule)).collect();
        if failed.is_empty() { Ok(()) } else { Err(Unsuitable(failed)) }
    }
}

/// A booking of one interpreter for one job. Two accepted ones never overlap; the database holds that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// The case.
    pub case_id: CaseId,
    /// The surgery cycle in which it was asked for.
    pub cycle: i16,
    /// The interpreter; a re-offer to another one is a new booking.
    pub interpreter_id: Option<InterpreterId>,
    /// What for.
    pub job: Job,
    /// Where it stands.
    pub state: BookingState,
    /// When it was offered.
    pub offered_at: Option<DateTime<Utc>>,
    /// Until when the interpreter must answer.
    pub respond_by: Option<DateTime<Utc>>,
    /// When it was accepted or declined.
    pub answered_at: Option<DateTime<Utc>>,
    /// Why it was declined or cancelled.
    pub reason: Option<Line>,
    /// Who asked for it.
    pub requested_by: UserId,
    /// How often the row was changed.
    pub version: Version,
}

impl Booking {
    /// A booking as it begins: a wish, of which no interpreter knows yet.
    #[must_use]
    pub const fn request(id: BookingId, case: &Case, job: Job, requested_by: UserId) -> Self {
        Self {
            id,
            case_id: case.id,
            cycle: case.surgery_cycle,
            interpreter_id: None,
            job,
            state: BookingState::Requested,
            offered_at: None,
            respond_by: None,
            answered_at: None,
            reason: None,
            requested_by,
            version: Version::FIRST,
        }
    }

    /// Offers the job to an interpreter who fits it.
    ///
    /// # Errors
    /// [`OfferBookingError`] when it is not merely requested, or the interpreter does not fit.
    pub fn offer(mut self, to: &Interpreter, now: DateTime<Utc>) -> Result<Self, OfferBookingError> {
        self.expect(&[BookingState::Requested], "offer")?;
        to.suits(&self.job)?;
        self.interpreter_id = Some(to.id);
        self.state = BookingState::Offered;
        self.offered_at = Some(now);
        self.respond_by = Some((now + RESPOND_WITHIN).min(self.job.window.starts_at));
        Ok(self)
    }

    /// The interpreter accepts: from now on the booking is firm.
    ///
    /// # Errors
    /// [`WrongState`] unless it is offered, and answered in time: an offer past its hour has expired.
    pub fn accept(mut self, now: DateTime<Utc>) -> Result<Self, WrongState> {
        self.expect(&[BookingState::Offered], "accept")?;
        if !self.may_be_answered(now) {
            return Err(WrongState::new(BookingState::Expired, "accept"));
        }
        self.state = BookingState::Accepted;
        self.answered_at = Some(now);
        Ok(self)
    }

    /// The interpreter declines; a conflict of interest is a normal reason.
    ///
    /// # Errors
    /// [`WrongState`] unless it is offered.
    pub fn decline(mut self, reason: Option<Line>, now: DateTime<Utc>) -> Result<Self, WrongState> {
        self.expect(&[BookingState::Offered], "decline")?;
        self.state = BookingState::Declined;
        self.answered_at = Some(now);
        self.reason = reason;
        Ok(self)
    }

    /// The interpreter has not answered in time.
    ///
    /// # Errors
    /// [`WrongState`] unless it is offered, and its time has passed.
    pub fn expire(mut self, now: DateTime<Utc>) -> Result<Self, WrongState> {
        self.expect(&[BookingState::Offered], "expire")?;
        if self.may_be_answered(now) {
            return Err(WrongState::new(self.state, "expire"));
        }
        self.state = BookingState::Expired;
        Ok(self)
    }

    /// The job was done.
    ///
    /// # Errors
    /// [`CompleteBookingError`] unless it is accepted and has begun.
    pub fn complete(mut self, now: DateTime<Utc>) -> Result<Self, CompleteBookingError> {
        self.expect(&[BookingState::Accepted, BookingState::CheckedIn], "complete")?;
        if now < self.job.window.starts_at {
            return Err(CompleteBookingError::NotBegun);
        }
        self.state = BookingState::Completed;
        Ok(self)
    }

    /// The job is called off, for a reason if there is one to tell; whether early or late follows from the clock.
    ///
    /// # Errors
    /// [`WrongState`] when it is over already.
    pub fn cancel(mut self, reason: Option<Line>, now: DateTime<Utc>) -> Result<Self, WrongState> {
        self.expect(&[BookingState::Requested, BookingState::Offered, BookingState::Accepted], "cancel")?;
        let early = self.job.window.starts_at - now >= EARLY;
        self.state = if early { BookingState::CancelledEarly } else { BookingState::CancelledLate };
        self.reason = reason;
        Ok(self)
    }

    /// The states in which something may still happen with it.
    pub const OPEN: &[BookingState] =
        &[BookingState::Requested, BookingState::Offered, BookingState::Accepted, BookingState::CheckedIn];

    /// Whether nothing more will happen with it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !Self::OPEN.contains(&self.state)
    }

    /// Whether the interpreter's time is taken by it.
    #[must_use]
    pub const fn is_firm(&self) -> bool {
        matches!(self.state, BookingState::Accepted | BookingState::CheckedIn)
    }

    /// Whether the interpreter may still answer.
    fn may_be_answered(&self, now: DateTime<Utc>) -> bool {
        self.respond_by.is_none_or(|until| now <= until)
    }

    fn expect(&self, states: &[BookingState], operation: &'static str) -> Result<(), WrongState> {
        if states.contains(&self.state) { Ok(()) } else { Err(WrongState::new(self.state, operation)) }
    }
}

/// Why a booking is not offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfferBookingError {
    /// It is not merely requested.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// The interpreter does not fit.
    #[error(transparent)]
    Unsuitable(#[from] Unsuitable),
}

impl Refusal for OfferBookingError {
    fn code(&self) -> ProblemCode {
        match self {
            Self::WrongState(refusal) => refusal.code(),
            Self::Unsuitable(refusal) => refusal.code(),
        }
    }

    fn detail(&self, language: crate::vocabulary::Language) -> Option<String> {
        match self {
            Self::WrongState(refusal) => refusal.detail(language),
            Self::Unsuitable(refusal) => refusal.detail(language),
        }
    }
}

/// Why a booking is not completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompleteBookingError {
    /// It was never accepted, or is over.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// It has not begun.
    #[error("the job has not begun")]
    NotBegun,
}

impl Refusal for CompleteBookingError {
    fn code(&self) -> ProblemCode {
        ProblemCode::WrongState
    }
}

#[cfg(test)]
mod tests;
