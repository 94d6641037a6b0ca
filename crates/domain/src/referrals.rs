//! Referrals: the closed loop with one hospital (domain §4).
//!
//! A hospital reports facts; what a fact means for the referral is decided here, and which step of
//! the case it sets off is derived in [`crate::reports`]. Hospitals never write a stage.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::cases::{Ask, Case, CaseFile, EDGES, Gate, Stage, Strength, Trigger, UnmetGate};
use crate::ids::{CaseId, HospitalId, ReferralId, UserId};
use crate::money::Money;
use crate::paging::Version;
use crate::refusal::{FieldCode, FieldError, Fields, Invalid, ProblemCode, Refusal, WrongState};
use crate::text::{Line, Prose};
use crate::vocabulary::{Laterality, ReferralDeclineReason, ReferralQuestion, ReferralState, ReportKind};

/// Longer than any code.
const MAX_CODE: usize = 100;
/// How long a hospital may leave a cancellation unanswered before the product confirms it (domain §4.2).
pub const CANCEL_WITHIN: TimeDelta = TimeDelta::hours(72);

/// A referral to one hospital (FHIR `ServiceRequest` and `Task`). One open one per case and
/// hospital; the database holds that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral {
    /// Its id.
    pub id: ReferralId,
    /// The case.
    pub case_id: CaseId,
    /// The hospital.
    pub hospital_id: HospitalId,
    /// Which operation of the case it is about.
    pub cycle: i16,
    /// What is asked.
    pub question: ReferralQuestion,
    /// What the hospital should know besides the clinical summary.
    pub message: Option<Prose>,
    /// Where it stands.
    pub state: ReferralState,
    /// When it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// Until when the hospital should answer.
    pub respond_by: Option<DateTime<Utc>>,
    /// When the hospital received it.
    pub received_at: Option<DateTime<Utc>>,
    /// What the hospital accepted; it never changes.
    pub acceptance: Option<Acceptance>,
    /// Why the hospital declined.
    pub decline_reason: Option<ReferralDeclineReason>,
    /// The dates.
    pub schedule: Option<Schedule>,
    /// How often the dates were changed.
    pub reschedules: i16,
    /// The hospital's number for the stay.
    pub admission_number: Option<Line>,
    /// Why it was cancelled, withdrawn or failed.
    pub reason: Option<Line>,
    /// When a cancellation was asked for.
    pub cancel_requested_at: Option<DateTime<Utc>>,
    /// When nothing more was to happen with it: the end of what its hospital reads of the case.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who drew it up.
    pub created_by: UserId,
    /// How often the row was changed.
    pub version: Version,
}

/// What a hospital accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// Who would operate.
    pub surgeon: Line,
    /// The side that the hospital accepted.
    pub side: Laterality,
    /// The first day on which the operation is possible.
    pub earliest_on: NaiveDate,
    /// The last day on which the operation is possible.
    pub latest_on: NaiveDate,
    /// The price; none while it is pending.
    pub price: Option<Money>,
    /// What is planned.
    pub plan: Prose,
    /// The last day on which the acceptance holds.
    pub valid_until: NaiveDate,
}

impl Acceptance {
    /// Checks the acceptance.
    ///
    /// # Errors
    /// [`Invalid`] for a reversed window, an acceptance already over, or a price below zero.
    pub fn check(self, today: NaiveDate) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.require("/latest_on", self.earliest_on <= self.latest_on, FieldCode::OutOfOrder);
        fields.require("/valid_until", self.valid_until >= today, FieldCode::InThePast);
        fields.require("/price", self.price.is_none_or(|price| price.minor >= 0), FieldCode::OutOfRange);
        fields.finish(|| Some(self))
    }
}

/// The dates that a hospital fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The day of admission.
    pub admission_on: NaiveDate,
    /// The day of the operation.
    pub surgery_on: NaiveDate,
    /// The ward.
    pub ward: Option<Line>,
}

impl Schedule {
    /// Checks the dates.
    ///
    /// # Errors
    /// [`Invalid`] for an admission that is past, or an operation before it.
    pub fn check(self, today: NaiveDate) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.require("/admission_on", self.admission_on >= today, FieldCode::InThePast);
        fields.require("/surgery_on", self.surgery_on >= self.admission_on, FieldCode::OutOfOrder);
        fields.finish(|| Some(self))
    }
}

use ReferralState::{
    Accepted, CancelRequested, Cancelled, Completed, Declined, Draft, Expired, Failed, InProgress, InfoRequested,
    OnHold, Received, Scheduled, Sent, WithdrawnByHospital,
};

/// The states in which a report may come, and the state that it leads to; none leaves it as it is.
fn effect_of(kind: ReportKind) -> (&'static [ReferralState], Option<ReferralState>) {
    const RUNNING: &[ReferralState] = &[Accepted, Scheduled, InProgress, OnHold, Completed];
    const IN_HOUSE: &[ReferralState] = &[InProgress];
    const AFTER_ADMISSION: &[ReferralState] = &[InProgress, OnHold, Completed];
    match kind {
        ReportKind::Received => (&[Sent], Some(Received)),
        ReportKind::InfoRequested => (&[Sent, Received], Some(InfoRequested)),
        ReportKind::Accepted => (&[Sent, Received], Some(Accepted)),
        ReportKind::Declined => (&[Sent, Received, InfoRequested], Some(Declined)),
        ReportKind::Scheduled => (&[Accepted], Some(Scheduled)),
        ReportKind::Rescheduled => (&[Scheduled, OnHold], Some(Scheduled)),
        ReportKind::SlotWithdrawn => (&[Accepted, Scheduled], Some(WithdrawnByHospital)),
        ReportKind::ArrivedPreop | ReportKind::InvitationLetterIssued => {
            (&[Accepted, Scheduled, InProgress, OnHold], None)
        }
        ReportKind::Admitted => (&[Accepted, Scheduled, OnHold], Some(InProgress)),
        ReportKind::SurgeryStarted
        | ReportKind::SurgeryEnded
        | ReportKind::SurgeryAborted
        | ReportKind::DailyStatus
        | ReportKind::Reoperation
        | ReportKind::IcuTransfer
        | ReportKind::TransferOut => (IN_HOUSE, None),
        ReportKind::SurgeryPostponed => (IN_HOUSE, Some(OnHold)),
        ReportKind::SurgeryCancelled | ReportKind::SurgeryRefused | ReportKind::DischargedWithoutSurgery => {
            (IN_HOUSE, Some(Failed))
        }
        ReportKind::Discharged | ReportKind::LeftAgainstAdvice => (IN_HOUSE, Some(Completed)),
        ReportKind::Readmitted => (&[Completed], Some(InProgress)),
        ReportKind::Complication | ReportKind::InvoiceFinal | ReportKind::FollowupResult => (AFTER_ADMISSION, None),
        ReportKind::Died => (RUNNING, None),
    }
}

/// What is said of a new referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReferral {
    /// The hospital.
    pub hospital_id: HospitalId,
    /// What is asked.
    pub question: ReferralQuestion,
    /// What the hospital should know besides the clinical summary.
    pub message: Option<Prose>,
}

impl Case {
    /// Whether a referral may be drawn up or sent now: while hospitals are looked for, and at home
    /// when another operation is thought of (domain §4.2).
    ///
    /// # Errors
    /// [`WrongState`] in every other stage.
    pub fn takes_referrals(&self, operation: &'static str) -> Result<(), WrongState> {
        let looking =
            matches!(self.stage, Stage::ReferralPreparation | Stage::Referred | Stage::Accepted | Stage::FollowUp);
        if looking { Ok(()) } else { Err(WrongState::new(self.stage, operation)) }
    }
}

impl NewReferral {
    /// The referral as it begins.
    ///
    /// # Errors
    /// [`WrongState`] when the case is in no stage for it.
    pub fn draw_up(self, id: ReferralId, case: &Case, created_by: UserId) -> Result<Referral, WrongState> {
        case.takes_referrals("draw_up_referral")?;
        Ok(Referral {
            id,
            case_id: case.id,
            hospital_id: self.hospital_id,
            cycle: case.surgery_cycle,
            question: self.question,
            message: self.message,
            state: Draft,
            sent_at: None,
            respond_by: None,
            received_at: None,
            acceptance: None,
            decline_reason: None,
            schedule: None,
            reschedules: 0,
            admission_number: None,
            reason: None,
            cancel_requested_at: None,
            ended_at: None,
            created_by,
            version: Version::FIRST,
        })
    }
}

/// What keeps the referral in hand from being sent: the gates of the step that the first sending
/// takes. They guard every sending, because each shows the patient to one more hospital.
#[must_use]
pub fn unmet_for_sending(file: &CaseFile, now: DateTime<Utc>) -> Vec<UnmetGate> {
    let ask = Ask::new(Trigger::ReferralSent, &[]);
    let gates = EDGES.iter().filter(|edge| edge.trigger == ask.trigger).flat_map(|edge| edge.hard);
    shut(gates.chain(&[Gate::NotOnHold]), file, &ask, now)
}

/// What keeps our answer from going back to the hospital: questions that are still open.
#[must_use]
pub fn unmet_for_answering(file: &CaseFile, now: DateTime<Utc>) -> Vec<UnmetGate> {
    shut([&Gate::InformationAnswered], file, &Ask::new(Trigger::InformationComplete, &[]), now)
}

fn shut<'a>(
    gates: impl IntoIterator<Item = &'a Gate>,
    file: &CaseFile,
    ask: &Ask<'_>,
    now: DateTime<Utc>,
) -> Vec<UnmetGate> {
    gates
        .into_iter()
        .map(|gate| UnmetGate { gate: *gate, strength: Strength::Hard, missing: gate.missing(file, ask, now) })
        .filter(|unmet| !unmet.missing.is_empty())
        .collect()
}

/// The triggers that a lost referral sets off: none while another hospital may still lead on.
#[must_use]
pub fn after_loss(file: &CaseFile) -> Vec<Trigger> {
    let lost = !file.referrals.iter().any(Referral::may_lead_on);
    if lost { vec![Trigger::AcceptanceLost, Trigger::ReferralsExhausted] } else { Vec::new() }
}

/// The steps that a case owes to what hospitals answered while it waited for information (domain §6.3
/// T18 to T20). None unless it stands where hospitals are waited for again.
#[must_use]
pub fn owed_after_wait(file: &CaseFile) -> Vec<Trigger> {
    if file.case.stage != Stage::Referred {
        return Vec::new();
    }
    if file.accepted_referral().is_some() { vec![Trigger::ReferralAccepted] } else { after_loss(file) }
}

/// The kinds of report that a hospital may send now.
pub fn reports_possible_in(state: ReferralState) -> impl Iterator<Item = ReportKind> {
    use crate::vocabulary::Coded;
    ReportKind::ALL.iter().copied().filter(move |kind| effect_of(*kind).0.contains(&state))
}

impl ReferralState {
    /// Whether the hospital treats the patient or has: then it sees and reports without any consent,
    /// since care and its record go on.
    #[must_use]
    pub const fn treats(self) -> bool {
        matches!(self, InProgress | OnHold | Completed)
    }
}

impl Referral {
    /// The states in which the hospital's answer is waited for, and its clock runs.
    pub const AWAITED: &[ReferralState] = &[Sent, Received];

    /// Sends the draft to its hospital, which has the time `within` to answer.
    ///
    /// # Errors
    /// [`WrongState`] unless it is a draft.
    pub fn send(mut self, now: DateTime<Utc>, within: TimeDelta) -> Result<Self, WrongState> {
        self.expect(&[Draft], "send")?;
        self.state = Sent;
        self.sent_at = Some(now);
        self.respond_by = Some(now + within);
        Ok(self)
    }

    /// Takes what a hospital reports.
    ///
    /// # Errors
    /// [`WrongState`] when the report cannot come now.
    pub fn take_report(mut self, kind: ReportKind, at: DateTime<Utc>) -> Result<Self, WrongState> {
        let (from, to) = effect_of(kind);
        self.expect(from, crate::vocabulary::Coded::code(kind))?;
        if self.received_at.is_none() {
            self.received_at = Some(at);
        }
        if kind == ReportKind::Rescheduled {
            self.reschedules = self.reschedules.saturating_add(1);
        }
        self.state = to.unwrap_or(self.state);
        Ok(self)
    }

    /// Our answers have gone back to the hospital; its clock runs again, for the time `within`.
    ///
    /// # Errors
    /// [`WrongState`] unless the hospital asked.
    pub fn answer(mut self, now: DateTime<Utc>, within: TimeDelta) -> Result<Self, WrongState> {
        self.expect(&[InfoRequested], "answer")?;
        self.state = Received;
        self.respond_by = Some(now + within);
        Ok(self)
    }

    /// Asks the hospital to cancel; the slot is released when it confirms.
    ///
    /// # Errors
    /// [`WrongState`] for a draft, and once the patient is admitted.
    pub fn request_cancellation(mut self, reason: Line, now: DateTime<Utc>) -> Result<Self, WrongState> {
        self.expect(&[Sent, Received, InfoRequested, Accepted, Scheduled], "request_cancellation")?;
        self.state = CancelRequested;
        self.reason = Some(reason);
        self.cancel_requested_at = Some(now);
        Ok(self)
    }

    /// The hospital confirms the cancellation.
    ///
    /// # Errors
    /// [`WrongState`] unless it was asked for.
    pub fn confirm_cancellation(mut self) -> Result<Self, WrongState> {
        self.expect(&[CancelRequested], "confirm_cancellation")?;
        self.state = Cancelled;
        Ok(self)
    }

    /// The hospital has left the cancellation unanswered for too long: the slot counts as released.
    ///
    /// # Errors
    /// [`WrongState`] unless it was asked for, longer ago than [`CANCEL_WITHIN`].
    pub fn presume_cancelled(self, now: DateTime<Utc>) -> Result<Self, WrongState> {
        if self.cancel_requested_at.is_none_or(|asked| now <= asked + CANCEL_WITHIN) {
            return Err(WrongState::new(self.state, "presume_cancelled"));
        }
        self.confirm_cancellation()
    }

    /// The hospital has not answered in time, nor within the grace after it.
    ///
    /// # Errors
    /// [`WrongState`] unless it is waited for, and both have passed.
    pub fn expire(mut self, now: DateTime<Utc>, grace: TimeDelta) -> Result<Self, WrongState> {
        self.expect(Self::AWAITED, "expire")?;
        if self.respond_by.is_none_or(|until| now <= until + grace) {
            return Err(WrongState::new(self.state, "expire"));
        }
        self.state = Expired;
        Ok(self)
    }

    /// What the timeline says of its end: the reason that was given, else the state that it came to.
    #[must_use]
    pub fn end_reason(&self) -> Option<Line> {
        use crate::vocabulary::Coded;
        self.reason.clone().or_else(|| Line::parse(self.state.code(), MAX_CODE).ok())
    }

    /// Whether nothing more will happen with it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self.state,
            Declined
                | Expired
                | Cancelled
                | WithdrawnByHospital
                | ReferralState::NoShow
                | Completed
                | Failed
                | ReferralState::EnteredInError
        )
    }

    /// Notes when it came to its end; one that goes on again has none.
    #[must_use]
    pub fn ending(mut self, now: DateTime<Utc>) -> Self {
        self.ended_at = self.is_final().then(|| self.ended_at.unwrap_or(now));
        self
    }

    /// Whether the hospital has accepted, and has not gone back on it.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self.state, Accepted | Scheduled | InProgress | OnHold | Completed)
    }

    /// Whether the hospital may still accept it, or has.
    #[must_use]
    pub fn may_lead_on(&self) -> bool {
        matches!(self.state, Sent | Received | InfoRequested | Accepted | Scheduled | InProgress | OnHold)
    }

    /// Whether the acceptance holds on `today`; once the patient is in, it does.
    #[must_use]
    pub fn acceptance_valid_on(&self, today: NaiveDate) -> bool {
        let holds = self.acceptance.as_ref().is_some_and(|acceptance| today <= acceptance.valid_until);
        self.is_accepted() && (holds || matches!(self.state, InProgress | Completed))
    }

    /// Whether the hospital may read it: drafts are ours.
    #[must_use]
    pub fn is_visible_to_hospital(&self) -> bool {
        self.state != Draft
    }

    fn expect(&self, states: &[ReferralState], operation: &'static str) -> Result<(), WrongState> {
        if states.contains(&self.state) { Ok(()) } else { Err(WrongState::new(self.state, operation)) }
    }
}

/// A fact that a hospital reported cannot be true of this case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReportRefused {
    /// It speaks of the other side.
    #[error("the report is about another side")]
    WrongSide,
    /// It speaks of another patient.
    #[error("the report is about another patient")]
    WrongPatient,
    /// Its event id stands for another report already.
    #[error("the event id was used for another report")]
    EventIdReused,
}

impl Refusal for ReportRefused {
    fn code(&self) -> ProblemCode {
        match self {
            Self::WrongSide => ProblemCode::WrongSide,
            Self::WrongPatient => ProblemCode::WrongPatient,
            Self::EventIdReused => ProblemCode::IdempotencyKeyReused,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = |pointer: &str, code| vec![FieldError { pointer: pointer.to_owned(), code }];
        match self {
            Self::WrongSide => field("/side", FieldCode::Contradicts),
            Self::WrongPatient => field("/patient_mrn", FieldCode::Contradicts),
            Self::EventIdReused => field("/event_id", FieldCode::Duplicate),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
