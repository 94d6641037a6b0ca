//! Reports: the facts that a hospital tells us on its referral, and which steps of the case follow (domain §4.4).

mod check;
mod details;

use chrono::{DateTime, NaiveDate, Utc};

pub use details::{Detail, Details};

use crate::cases::{CaseFile, Party, Stage, Target, Trigger, has_edge};
use crate::ids::{ReferralId, ReportId, UserId};
use crate::money::Money;
use crate::referrals::{Acceptance, Referral, ReportRefused, Schedule, after_loss};
use crate::refusal::WrongState;
use crate::surgery::{OperationRecord, Procedure};
use crate::text::{Line, Prose};
use crate::vocabulary::{
    CancellationClass, ClavienDindo, Coded, ComplicationPhase, ComplicationType, Disposition, HearingStatus,
    HouseBrackmannGrade, InformationItemKind, Laterality, PostponementReason, PreOpResult, ProcedureKind,
    ProcedureState, ReferralDeclineReason, ReferralState, ReportKind, SpasmStatus, SpokenLanguage, WoundStatus, coded,
};

/// A report. Its id is the hospital's own, so that a report sent twice is taken once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The hospital's id of the event.
    pub id: ReportId,
    /// The referral.
    pub referral_id: ReferralId,
    /// The medical record number of the patient whom the hospital means.
    pub mrn: String,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When we were told.
    pub recorded_at: DateTime<Utc>,
    /// Who told us.
    pub reported_by: UserId,
    /// What happened.
    pub fact: Fact,
    /// Where it left the referral: the answer, told again when the report is sent twice.
    pub led_to: ReferralState,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The referral arrived.
    Received,
    /// The hospital needs more.
    InfoRequested {
        /// What it needs.
        items: Vec<(InformationItemKind, Line)>,
        /// By which day.
        due_on: NaiveDate,
    },
    /// The hospital accepts.
    Accepted(Acceptance),
    /// The hospital declines.
    Declined {
        /// Why.
        reason: ReferralDeclineReason,
        /// In words.
        text: Option<Line>,
    },
    /// The dates are fixed.
    Scheduled(Schedule),
    /// The dates are changed.
    Rescheduled {
        /// The new dates.
        schedule: Schedule,
        /// Why.
        reason: Line,
    },
    /// The hospital goes back on its acceptance.
    SlotWithdrawn {
        /// Why.
        reason: Line,
    },
    /// The letter for the visa is issued.
    InvitationLetterIssued {
        /// Its number.
        reference: Line,
    },
    /// The patient came for tests.
    ArrivedPreop {
        /// Whether they are fit.
        result: PreOpResult,
        /// What was found.
        finding: Line,
    },
    /// The patient is admitted.
    Admitted {
        /// The hospital's number for the stay.
        admission_number: Line,
        /// The ward.
        ward: Option<Line>,
    },
    /// Knife to skin.
    SurgeryStarted {
        /// The operated side.
        side: Laterality,
        /// The kind of operation.
        kind: ProcedureKind,
    },
    /// The operation ended.
    SurgeryEnded {
        /// The operated side.
        side: Laterality,
        /// What was found and done.
        record: OperationRecord,
    },
    /// The operation was broken off, or found nothing.
    SurgeryAborted {
        /// Why.
        reason: Line,
    },
    /// The operation is put off; the patient leaves the ward.
    SurgeryPostponed {
        /// Why.
        reason: PostponementReason,
        /// To when, if that is known.
        new_date: Option<NaiveDate>,
    },
    /// The operation is cancelled on the day.
    SurgeryCancelled {
        /// On whose side the cause lies.
        class: CancellationClass,
        /// The ICD-10-CM code of the cause, Z53.x.
        icd10: Line,
        /// Where the patient goes.
        whereabouts: Whereabouts,
    },
    /// The patient refuses the operation.
    SurgeryRefused {
        /// Why.
        reason: Line,
        /// Where the patient goes.
        whereabouts: Whereabouts,
    },
    /// How the patient fares today.
    DailyStatus {
        /// Facial function.
        facial_function: HouseBrackmannGrade,
        /// The spasm.
        spasm: SpasmStatus,
        /// The hearing.
        hearing: HearingStatus,
        /// The wound.
        wound: WoundStatus,
        /// Pain, 0–10.
        pain: u8,
    },
    /// Something went wrong.
    Complication {
        /// What.
        kind: ComplicationType,
        /// When it began.
        onset_on: NaiveDate,
        /// In which phase.
        phase: ComplicationPhase,
        /// How severe.
        grade: ClavienDindo,
    },
    /// The patient is operated on again.
    Reoperation {
        /// Why.
        indication: Line,
        /// The kind of operation.
        kind: ProcedureKind,
        /// The operated side.
        side: Laterality,
    },
    /// The patient is moved to intensive care.
    IcuTransfer {
        /// Why.
        reason: Line,
    },
    /// The patient is moved to another hospital.
    TransferOut {
        /// Where to.
        receiving_hospital: Line,
        /// Why.
        reason: Line,
    },
    /// The patient leaves, well.
    Discharged(DischargeFacts),
    /// The patient leaves against advice.
    LeftAgainstAdvice {
        /// The documented refusal.
        documentation: Line,
    },
    /// The patient leaves without an operation and stays in the country.
    DischargedWithoutSurgery(DischargeFacts),
    /// The patient is back.
    Readmitted {
        /// Why.
        reason: Line,
        /// The hospital's number for the stay.
        admission_number: Line,
    },
    /// The patient died.
    Died {
        /// Where.
        place: Line,
    },
    /// The bill.
    InvoiceFinal {
        /// Its number.
        reference: Line,
        /// The sum.
        total: Money,
    },
    /// What a visit at the hospital found.
    FollowupResult {
        /// The hospital's record of it.
        reference: Line,
        /// What was found.
        finding: Prose,
    },
}

coded! {
    /// Where a patient goes whose operation does not take place.
    pub enum Whereabouts: "whereabouts" {
        Convalescence = "convalescence" => "Out of the hospital, to rest in the country", "خارج المستشفى للنقاهة داخل البلد", "Hastaneden çıkıp ülkede dinlenmeye";
        Arrived = "arrived" => "Back to waiting for the operation", "العودة إلى انتظار العملية", "Ameliyatı beklemeye";
    }
}

/// How a patient leaves the hospital.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DischargeFacts {
    /// Where to.
    pub disposition: Disposition,
    /// Facial function.
    pub facial_function: HouseBrackmannGrade,
    /// The spasm.
    pub spasm: SpasmStatus,
    /// The hearing.
    pub hearing: HearingStatus,
    /// The wound.
    pub wound: WoundStatus,
    /// The medicines to take.
    pub medication: Prose,
    /// The language in which the advice on warning signs was given.
    pub advice_language: SpokenLanguage,
    /// Through whom it was understood.
    pub advice_understood_through: Option<Line>,
    /// When the patient is seen next.
    pub follow_up_on: NaiveDate,
    /// Where the discharge summary lies.
    pub summary_reference: Option<Line>,
}

impl Fact {
    /// The kind of report.
    #[must_use]
    pub const fn kind(&self) -> ReportKind {
        match self {
            Self::Received => ReportKind::Received,
            Self::InfoRequested { .. } => ReportKind::InfoRequested,
            Self::Accepted(_) => ReportKind::Accepted,
            Self::Declined { .. } => ReportKind::Declined,
            Self::Scheduled(_) => ReportKind::Scheduled,
            Self::Rescheduled { .. } => ReportKind::Rescheduled,
            Self::SlotWithdrawn { .. } => ReportKind::SlotWithdrawn,
            Self::InvitationLetterIssued { .. } => ReportKind::InvitationLetterIssued,
            Self::ArrivedPreop { .. } => ReportKind::ArrivedPreop,
            Self::Admitted { .. } => ReportKind::Admitted,
            Self::SurgeryStarted { .. } => ReportKind::SurgeryStarted,
            Self::SurgeryEnded { .. } => ReportKind::SurgeryEnded,
            Self::SurgeryAborted { .. } => ReportKind::SurgeryAborted,
            Self::SurgeryPostponed { .. } => ReportKind::SurgeryPostponed,
            Self::SurgeryCancelled { .. } => ReportKind::SurgeryCancelled,
            Self::SurgeryRefused { .. } => ReportKind::SurgeryRefused,
            Self::DailyStatus { .. } => ReportKind::DailyStatus,
            Self::Complication { .. } => ReportKind::Complication,
            Self::Reoperation { .. } => ReportKind::Reoperation,
            Self::IcuTransfer { .. } => ReportKind::IcuTransfer,
            Self::TransferOut { .. } => ReportKind::TransferOut,
            Self::Discharged(_) => ReportKind::Discharged,
            Self::LeftAgainstAdvice { .. } => ReportKind::LeftAgainstAdvice,
            Self::DischargedWithoutSurgery(_) => ReportKind::DischargedWithoutSurgery,
            Self::Readmitted { .. } => ReportKind::Readmitted,
            Self::Died { .. } => ReportKind::Died,
            Self::InvoiceFinal { .. } => ReportKind::InvoiceFinal,
            Self::FollowupResult { .. } => ReportKind::FollowupResult,
        }
    }

    /// The side that the hospital names, where it names one.
    #[must_use]
    pub const fn side(&self) -> Option<Laterality> {
        match self {
            Self::Accepted(acceptance) => Some(acceptance.side),
            Self::SurgeryStarted { side, .. } | Self::SurgeryEnded { side, .. } | Self::Reoperation { side, .. } => {
                Some(*side)
            }
            Self::Received
            | Self::InfoRequested { .. }
            | Self::Declined { .. }
            | Self::Scheduled(_)
            | Self::Rescheduled { .. }
            | Self::SlotWithdrawn { .. }
            | Self::InvitationLetterIssued { .. }
            | Self::ArrivedPreop { .. }
            | Self::Admitted { .. }
            | Self::SurgeryAborted { .. }
            | Self::SurgeryPostponed { .. }
            | Self::SurgeryCancelled { .. }
            | Self::SurgeryRefused { .. }
            | Self::DailyStatus { .. }
            | Self::Complication { .. }
            | Self::IcuTransfer { .. }
            | Self::TransferOut { .. }
            | Self::Discharged(_)
            | Self::LeftAgainstAdvice { .. }
            | Self::DischargedWithoutSurgery(_)
            | Self::Readmitted { .. }
            | Self::Died { .. }
            | Self::InvoiceFinal { .. }
            | Self::FollowupResult { .. } => None,
        }
    }

    /// Whether it cannot be told of a patient who lies on the table: while an operation goes on nobody
    /// leaves, and nothing is put off. That it ended, or was broken off, is told first.
    const fn waits_for_the_end(&self) -> bool {
        match self {
            Self::SurgeryPostponed { .. }
            | Self::SurgeryCancelled { .. }
            | Self::SurgeryRefused { .. }
            | Self::TransferOut { .. }
            | Self::Discharged(_)
            | Self::LeftAgainstAdvice { .. }
            | Self::DischargedWithoutSurgery(_)
            | Self::Readmitted { .. } => true,
            Self::Received
            | Self::InfoRequested { .. }
            | Self::Accepted(_)
            | Self::Declined { .. }
            | Self::Scheduled(_)
            | Self::Rescheduled { .. }
            | Self::SlotWithdrawn { .. }
            | Self::InvitationLetterIssued { .. }
            | Self::ArrivedPreop { .. }
            | Self::Admitted { .. }
            | Self::SurgeryStarted { .. }
            | Self::SurgeryEnded { .. }
            | Self::SurgeryAborted { .. }
            | Self::DailyStatus { .. }
            | Self::Complication { .. }
            | Self::Reoperation { .. }
            | Self::IcuTransfer { .. }
            | Self::Died { .. }
            | Self::InvoiceFinal { .. }
            | Self::FollowupResult { .. } => false,
        }
    }

    /// The triggers of the case machine that the fact sets off, in order, as [`ReferralsExhausted`]
    /// and the like depend on what else is open. Each is taken if the table has an edge for it from
    /// where the case then stands; the table alone knows the stages.
    ///
    /// [`ReferralsExhausted`]: Trigger::ReferralsExhausted
    #[must_use]
    pub fn triggers(&self, file: &CaseFile) -> Vec<(Trigger, Option<Target>)> {
        let plain = |triggers: Vec<Trigger>| triggers.into_iter().map(|trigger| (trigger, None)).collect();
        let slot = || if rests_on_hand(file) { vec![Trigger::MoveSlot] } else { Vec::new() };
        match self {
            Self::InfoRequested { .. } => plain(vec![Trigger::HospitalAsks]),
            Self::Accepted(_) => plain(vec![Trigger::ReferralAccepted]),
            Self::Declined { .. } => plain(after_loss(file)),
            Self::Rescheduled { .. } => plain(slot()),
            Self::SlotWithdrawn { .. } => plain([slot(), after_loss(file)].concat()),
            Self::ArrivedPreop { result: PreOpResult::Unfit, .. } => plain(vec![Trigger::PreOpUnfit]),
            Self::Admitted { .. } => plain(vec![Trigger::Admit]),
            Self::SurgeryStarted { .. } => plain(vec![Trigger::StartSurgery]),
            Self::SurgeryEnded { .. } => plain(vec![Trigger::EndSurgery]),
            Self::SurgeryAborted { .. } => plain(vec![Trigger::AbortSurgery]),
            Self::SurgeryPostponed { .. } => plain(vec![Trigger::PostponeSurgery]),
            Self::SurgeryCancelled { whereabouts, .. } => vec![(Trigger::CancelSurgery, Some(whereabouts.target()))],
            Self::SurgeryRefused { whereabouts, .. } => vec![(Trigger::RefuseSurgery, Some(whereabouts.target()))],
            Self::Complication { .. } => plain(vec![Trigger::RecordComplication]),
            Self::Reoperation { .. } => plain(vec![Trigger::Reoperate]),
            Self::TransferOut { .. } => plain(vec![Trigger::TransferOut]),
            // Who was readmitted leaves without another operation, or refuses it.
            Self::Discharged(_) => plain(vec![Trigger::Discharge, Trigger::DischargeWithoutSurgery]),
            Self::LeftAgainstAdvice { .. } => vec![
                (Trigger::LeaveAgainstAdvice, None),
                (Trigger::RefuseSurgery, Some(Whereabouts::Convalescence.target())),
            ],
            Self::DischargedWithoutSurgery(_) => plain(vec![Trigger::DischargeWithoutSurgery]),
            Self::Readmitted { .. } => plain(vec![Trigger::Readmit]),
            Self::Died { .. } => plain(vec![Trigger::DeathInHospital, Trigger::Death]),
            Self::FollowupResult { .. }
            | Self::Received
            | Self::Scheduled(_)
            | Self::InvitationLetterIssued { .. }
            | Self::ArrivedPreop { .. }
            | Self::DailyStatus { .. }
            | Self::IcuTransfer { .. }
            | Self::InvoiceFinal { .. } => Vec::new(),
        }
    }

    /// The reason in words that the timeline shows.
    #[must_use]
    pub fn reason(&self) -> Option<Line> {
        match self {
            Self::Rescheduled { reason, .. }
            | Self::SlotWithdrawn { reason }
            | Self::SurgeryAborted { reason }
            | Self::SurgeryRefused { reason, .. }
            | Self::IcuTransfer { reason }
            | Self::TransferOut { reason, .. }
            | Self::Readmitted { reason, .. } => Some(reason.clone()),
            Self::Reoperation { indication, .. } => Some(indication.clone()),
            Self::LeftAgainstAdvice { documentation } => Some(documentation.clone()),
            Self::Declined { text, reason } => text.clone().or_else(|| coded_line(*reason)),
            Self::SurgeryPostponed { reason, .. } => coded_line(*reason),
            Self::SurgeryCancelled { icd10, .. } => Some(icd10.clone()),
            Self::Received
            | Self::InfoRequested { .. }
            | Self::Accepted(_)
            | Self::Scheduled(_)
            | Self::InvitationLetterIssued { .. }
            | Self::ArrivedPreop { .. }
            | Self::Admitted { .. }
            | Self::SurgeryStarted { .. }
            | Self::SurgeryEnded { .. }
            | Self::DailyStatus { .. }
            | Self::Complication { .. }
            | Self::Discharged(_)
            | Self::DischargedWithoutSurgery(_)
            | Self::Died { .. }
            | Self::InvoiceFinal { .. }
            | Self::FollowupResult { .. } => None,
        }
    }
}

/// The steps that a case owes to what the hospital told before our staff recorded the arrival: the
/// admission, and what of the stay has happened since (domain §4.4). None unless the patient has arrived.
#[must_use]
pub fn owed_on_arrival(file: &CaseFile) -> Vec<Trigger> {
    let told = |referral: &Referral| matches!(referral.state, ReferralState::InProgress | ReferralState::Completed);
    let arrived = has_edge(&file.case, Trigger::Admit, &[Party::System]);
    if !arrived || !file.accepted_referral().is_some_and(told) {
        return Vec::new();
    }
    let operation = file.procedure().map_or(ProcedureState::Planned, |operation| operation.state);
    let stay: &[Trigger] = match operation {
        ProcedureState::Planned | ProcedureState::Cancelled => &[],
        ProcedureState::Started => &[Trigger::StartSurgery],
        ProcedureState::Completed => &[Trigger::StartSurgery, Trigger::EndSurgery],
        ProcedureState::Aborted => &[Trigger::StartSurgery, Trigger::AbortSurgery],
    };
    let left = file.discharge.as_ref().map(|_| Trigger::Discharge);
    [Trigger::Admit].into_iter().chain(stay.iter().copied()).chain(left).collect()
}

/// Whether the patient's quote rests on the referral in hand, or there is none yet: what another
/// hospital does with its dates does not touch it.
#[must_use]
pub fn rests_on_hand(file: &CaseFile) -> bool {
    let in_hand = file.referral_in_hand.as_ref().map(|referral| referral.id);
    file.issued_quote().is_none_or(|quote| Some(quote.referral_id) == in_hand)
}

fn coded_line(reason: impl Coded) -> Option<Line> {
    Line::parse(reason.code(), 200).ok()
}

impl Whereabouts {
    const fn target(self) -> Target {
        match self {
            Self::Convalescence => Target::To(Stage::Convalescence),
            Self::Arrived => Target::To(Stage::Arrived),
        }
    }
}

impl Referral {
    /// Takes what a hospital reports: the state that follows, and what the referral keeps of it.
    ///
    /// # Errors
    /// [`WrongState`] when the report cannot come now.
    pub fn take(self, fact: &Fact, at: DateTime<Utc>) -> Result<Self, WrongState> {
        let mut referral = self.take_report(fact.kind(), at)?;
        match fact {
            Fact::Accepted(acceptance) => referral.acceptance = Some(acceptance.clone()),
            Fact::Declined { reason, text } => {
                referral.decline_reason = Some(*reason);
                referral.reason.clone_from(text);
            }
            Fact::Scheduled(schedule) | Fact::Rescheduled { schedule, .. } => {
                referral.schedule = Some(schedule.clone());
            }
            Fact::Admitted { admission_number, ward } => {
                referral.admission_number = Some(admission_number.clone());
                if let Some(schedule) = referral.schedule.as_mut().filter(|_| ward.is_some()) {
                    schedule.ward.clone_from(ward);
                }
            }
            Fact::Readmitted { admission_number, .. } => referral.admission_number = Some(admission_number.clone()),
            Fact::SlotWithdrawn { .. } | Fact::SurgeryCancelled { .. } | Fact::SurgeryRefused { .. } => {
                referral.reason = fact.reason();
            }
            Fact::Received
            | Fact::InfoRequested { .. }
            | Fact::InvitationLetterIssued { .. }
            | Fact::ArrivedPreop { .. }
            | Fact::SurgeryStarted { .. }
            | Fact::SurgeryEnded { .. }
            | Fact::SurgeryAborted { .. }
            | Fact::SurgeryPostponed { .. }
            | Fact::DailyStatus { .. }
            | Fact::Complication { .. }
            | Fact::Reoperation { .. }
            | Fact::IcuTransfer { .. }
            | Fact::TransferOut { .. }
            | Fact::Discharged(_)
            | Fact::LeftAgainstAdvice { .. }
            | Fact::DischargedWithoutSurgery(_)
            | Fact::Died { .. }
            | Fact::InvoiceFinal { .. }
            | Fact::FollowupResult { .. } => {}
        }
        Ok(referral)
    }
}

impl Report {
    /// Whether `other` says the same: a hospital that got no answer sends its report again.
    ///
    /// # Errors
    /// [`ReportRefused::EventIdReused`] when the id stands for something else already.
    pub fn repeats(&self, other: &Self) -> Result<(), ReportRefused> {
        let same = self.mrn == other.mrn && self.occurred_at == other.occurred_at && self.fact == other.fact;
        if same { Ok(()) } else { Err(ReportRefused::EventIdReused) }
    }

    /// Checks that nobody leaves, and nothing is put off, while the last operation still goes on:
    /// after that its end could no longer be told.
    ///
    /// # Errors
    /// [`WrongState`] of the operation.
    pub fn follows(&self, last: Option<&Procedure>) -> Result<(), WrongState> {
        let running = last.map(|operation| operation.state).filter(|state| *state == ProcedureState::Started);
        match running {
            Some(state) if self.fact.waits_for_the_end() => Err(WrongState::new(state, self.fact.kind().code())),
            Some(_) | None => Ok(()),
        }
    }

    /// Checks that the report is about this patient, by one of their record numbers, and this side: the only
    /// facts that are refused.
    ///
    /// # Errors
    /// [`ReportRefused`].
    pub fn concerns(&self, mrns: &[String], side: Option<Laterality>) -> Result<(), ReportRefused> {
        if !mrns.contains(&self.mrn) {
            return Err(ReportRefused::WrongPatient);
        }
        let agrees = |reported: Laterality| side.is_some_and(|side| side.agrees_with(reported));
        if self.fact.side().is_none_or(agrees) { Ok(()) } else { Err(ReportRefused::WrongSide) }
    }
}

#[cfg(test)]
mod tests;
