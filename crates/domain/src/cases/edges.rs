//! The table of edges: every way in which a case may move, in the order of domain §6.3.
//!
//! No second place knows a stage change. The `next` endpoint, the interface document, the
//! generated `docs/case-machine.md` and the tests all read this table.

use super::gates::Gate;
use super::stage::Stage::{
    self, Accepted, Admitted, Arrived, AwaitingPatientInfo, Closed, Confirmed, ConservativeCare, Convalescence,
    Deceased, FollowUp, InSurgery, InpatientRecovery, Inquiry, Intake, MedicalReview, Merged, PreArrival, Quoted,
    ReferralPreparation, Referred,
};
use super::stage::{BEFORE_ARRIVAL, OPEN, WITH_SLOT};
use super::trigger::{Party, Trigger};
use crate::vocabulary::ClosureReason as Why;

/// Where an edge leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To a stage.
    To(Stage),
    /// To the end of the journey, for a reason.
    End(Why),
    /// Nowhere: the step is recorded and the stage stays.
    Stay,
    /// Back to the stage that the case came from.
    Back,
    /// Onto hold; the stage stays beneath.
    Hold,
    /// Off hold.
    Resume,
}

/// Whether an edge is taken because someone decides it or because it has already happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// A decision: a shut gate blocks it.
    Command,
    /// A decision that the product derives from another aggregate of ours; a shut gate blocks it.
    Derived,
    /// Reality: what a hospital or the system reports is recorded whatever the gates say, and a
    /// shut gate becomes a violation with a task. Our own staff are still blocked.
    Fact,
}

/// What the caller must say with the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Why, in words.
    Reason,
    /// When the case is looked at again.
    ReviewAt,
    /// The case that survives a merge.
    Survivor,
}

impl Input {
    /// The name of the request's field.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::ReviewAt => "review_at",
            Self::Survivor => "survivor_case_id",
        }
    }
}

/// One way in which a case may move.
#[derive(Debug)]
pub struct Edge {
    /// The number in domain §6.3; an edge that differs by origin has several rows of one number.
    pub id: &'static str,
    /// The stages it leaves from; empty for the creation of a case.
    pub from: &'static [Stage],
    /// Where it may lead; the caller chooses when there are several.
    pub to: &'static [Target],
    /// What sets it off.
    pub trigger: Trigger,
    /// Who may take it.
    pub actors: &'static [Party],
    /// Decision or reality.
    pub basis: Basis,
    /// What the caller must say with it.
    pub inputs: &'static [Input],
    /// The gates that nobody may override.
    pub hard: &'static [Gate],
    /// The gates that a lead or a doctor may override with a reason.
    pub soft: &'static [Gate],
}

impl Edge {
    /// Whether the edge may be taken while the case is on hold (domain §6.1, principle 2): the few
    /// things that a hold allows, and what happens in spite of it.
    #[must_use]
    pub fn runs_while_held(&self) -> bool {
        self.ignores_hold() || self.basis == Basis::Fact
    }

    /// Whether a hold is no rule against the edge. A withdrawn consent counts on a hold as ever.
    #[must_use]
    pub fn ignores_hold(&self) -> bool {
        const ALLOWED: &[Trigger] = &[
            Trigger::Merge,
            Trigger::Withdraw,
            Trigger::Death,
            Trigger::DeathInHospital,
            Trigger::Resume,
            Trigger::ConsentWithdrawn,
        ];
        ALLOWED.contains(&self.trigger)
    }
}

macro_rules! edges {
    ($( $id:ident $basis:ident $from:expr => [$($to:expr),+], $trigger:ident by [$($party:ident),+]
        $(, says [$($input:ident),+])? $(, hard [$($hard:ident),+])? $(, soft [$($soft:ident),+])? ; )+) => {
        /// All edges.
        pub static EDGES: &[Edge] = &[$( Edge {
            id: stringify!($id),
            from: $from,
            to: &[$($to),+],
            trigger: Trigger::$trigger,
            actors: &[$(Party::$party),+],
            basis: Basis::$basis,
            inputs: &[$($(Input::$input),+)?],
            hard: &[$($(Gate::$hard),+)?],
            soft: &[$($(Gate::$soft),+)?],
        } ),+];
    };
}

use Target::{Back, End, Hold, Resume, Stay, To};

edges! {
    T01 Command &[] => [To(Inquiry)], OpenCase by [Coordinator, System], hard [ContactOrAgency, NameGiven, DuplicateCheckDecided];
    T02 Command &[Inquiry] => [To(Intake)], Register by [Coordinator],
        hard [FirstResponseLogged, PrivacyNoticeGiven, ConsentHealthData, PatientIdentified, GuardianKnown];
    T03 Command &[Inquiry] => [End(Why::NoResponse), End(Why::NotInterested), End(Why::OutOfScope), End(Why::EnteredInError)],
        Dismiss by [Coordinator], says [Reason], soft [ContactAttempted];
    T04 Command &[Inquiry, Intake, AwaitingPatientInfo, MedicalReview, ConservativeCare, ReferralPreparation, Referred, Accepted,
        Quoted, Confirmed, PreArrival, Arrived, Admitted, InSurgery, InpatientRecovery, Convalescence, FollowUp, Closed]
        => [To(Merged)], Merge by [Lead], says [Reason, Survivor], hard [SamePersonVerified, NothingLeftOpen, AdministratorAgreed];
    T05 Command &[Intake] => [To(AwaitingPatientInfo)], RequestInformation by [Coordinator, Doctor], hard [InformationAsked];
    T06 Command &[AwaitingPatientInfo] => [Back], InformationComplete by [Coordinator, Doctor], hard [InformationAnswered];
    T07 Command &[AwaitingPatientInfo] => [End(Why::NoResponse)], GiveUpWaiting by [Coordinator], says [Reason], hard [RemindersSent];
    T08 Command &[Intake] => [To(MedicalReview)], SubmitForReview by [Coordinator],
        hard [SideKnown, OnsetKnown, SymptomsComplete, HistoryAnswered, DoctorAssigned], soft [VideoOrExamination];
    T09 Command &[MedicalReview] => [To(AwaitingPatientInfo)], RequestInformation by [Doctor], hard [InformationAsked];
    T10 Command &[MedicalReview] => [To(ConservativeCare)], PlanConservativeCare by [Doctor],
        hard [ConservativePlanMade, PatientInformed], soft [HlaAnswered];
    T11 Command &[MedicalReview] => [To(ReferralPreparation)], RecommendSurgery by [Doctor],
        hard [NotOperatedInCycle, SurgeryRecommended, DiagnosisAndSideConfirmed, ChecklistAnswered, RedFlagsAddressed], soft [ImagingAdequate];
    T12 Command &[MedicalReview] => [End(Why::Unsuitable)], RejectUnsuitable by [Doctor], hard [UnsuitabilityReasoned, PatientInformed];
    T13 Command &[MedicalReview] => [End(Why::OtherDiagnosis)], RejectOtherDiagnosis by [Doctor], hard [OtherDiagnosisCoded, PatientInformed];
    T14 Command BEFORE_ARRIVAL => [Hold], HoldForRedFlag by [Doctor], says [Reason, ReviewAt], hard [UrgentAdviceAcknowledged];
    T15 Command &[ConservativeCare] => [To(MedicalReview)], ReturnToReview by [Coordinator, Doctor, System], says [Reason];
    T16 Command &[ConservativeCare] => [End(Why::ConservativeCompleted)], FinishConservativeCare by [Doctor],
        hard [ConservativeOutcomeRecorded, PatientInformed];
    T17 Derived &[ReferralPreparation] => [To(Referred)], ReferralSent by [Coordinator],
        hard [PassportNameKnown, SurgeryRecommended, DiagnosisAndSideConfirmed, ConsentShareWithHospital, HospitalLicensed, OptionsOffered];
    T18 Fact &[Referred] => [To(Accepted)], ReferralAccepted by [Hospital, System], hard [AcceptedReferralValid];
    T19 Fact &[Referred] => [To(AwaitingPatientInfo)], HospitalAsks by [Hospital];
    T20 Fact &[Referred] => [To(ReferralPreparation)], ReferralsExhausted by [System, Hospital];
    T21 Command &[ReferralPreparation] => [End(Why::HospitalDeclinedAll)], GiveUpOnHospitals by [Lead], says [Reason],
        hard [HospitalDeclined, NoOtherHospital, PatientInformed, DoctorAgreed];
    T22 Derived &[Accepted] => [To(Quoted)], IssueQuote by [Coordinator, Finance], hard [AcceptedReferralValid, QuoteIssued, QuoteInPatientLanguage];
    T23 Derived &[Quoted] => [Stay], ReviseQuote by [Coordinator, Finance], hard [QuoteIssued, QuoteInPatientLanguage];
    T24 Fact &[Quoted] => [To(Accepted)], QuoteLapsed by [System, Hospital, Coordinator];
    T25 Command &[Quoted] => [To(Confirmed)], Confirm by [Coordinator],
        hard [QuoteAccepted, TermsAcknowledged, DepositOrGuarantee, ConsentShareWithHospital], soft [SlotReconfirmed];
    T26 Fact &[Accepted] => [To(ReferralPreparation)], AcceptanceLost by [System, Hospital, Coordinator], says [Reason];
    T27 Command &[Confirmed] => [To(PreArrival)], FixDates by [Coordinator], hard [DatesFixed, TravelChecklist];
    T28 Command &[PreArrival] => [To(Arrived)], RecordArrival by [Coordinator], hard [ArrivalRecorded],
        soft [PassportVerified, VisaSettled, AccommodationBooked, TransferBooked, InterpreterAccepted, InsuranceCoversSurgery, ReturnTicket];
    T29 Command &[Confirmed, PreArrival] => [End(Why::VisaRefused), End(Why::WithdrawnBeforeTravel), End(Why::Financial), Hold],
        CancelTravel by [Coordinator], says [Reason], hard [ReferralsEnded, RefundComputed];
    T30 Fact &[Arrived, Admitted] => [To(MedicalReview)], PreOpUnfit by [Hospital, Doctor], hard [PreOpFindingRecorded];
    T31 Fact &[Arrived] => [To(Admitted)], Admit by [Hospital, System], hard [AdmissionRecorded, ReferralScheduled], soft [InsuranceCoversSurgery];
    T32 Fact &[Admitted] => [To(InSurgery)], StartSurgery by [Hospital, System],
        hard [SideMatches, SurgeryCleared, SurgicalConsent, InsuranceCoversSurgery, AllergiesKnown, AnticoagulantDecided],
        soft [BaselineAudiometry, MonitoringPlanned];
    T33 Fact &[Admitted] => [To(Arrived)], PostponeSurgery by [Hospital], hard [ReasonReported];
    T34 Fact &[Admitted] => [To(Convalescence), To(Arrived)], CancelSurgery by [Hospital], hard [ReasonReported];
    T35 Fact &[InSurgery] => [To(InpatientRecovery)], EndSurgery by [Hospital, System], hard [OperationDocumented];
    T36 Fact &[InSurgery] => [To(InpatientRecovery)], AbortSurgery by [Hospital, System], hard [ReasonReported];
    T37 Fact &[InSurgery, InpatientRecovery] => [To(Deceased)], DeathInHospital by [Hospital], hard [DeathRecorded];
    T38 Fact &[InpatientRecovery] => [To(InSurgery)], Reoperate by [Hospital], hard [ComplicationRecorded, ReasonReported];
    T39 Fact &[InpatientRecovery, Convalescence, FollowUp] => [Stay], RecordComplication by [Hospital, Doctor, Coordinator],
        hard [ComplicationRecorded];
    T40 Fact &[InpatientRecovery] => [To(Convalescence)], Discharge by [Hospital, System],
        hard [DischargeDocumented, DischargeAdviceInArabic], soft [SummaryDelivered, NoSevereComplicationOpen];
    T41 Fact &[InpatientRecovery] => [Stay], TransferOut by [Hospital], hard [ReasonReported];
    T42 Fact &[InpatientRecovery] => [To(Convalescence)], LeaveAgainstAdvice by [Hospital], hard [ReasonReported];
    T43 Fact &[Convalescence] => [To(Admitted)], Readmit by [Hospital, Coordinator], hard [ReasonReported];
    T44 Command &[Convalescence] => [To(FollowUp)], RecordDeparture by [Coordinator],
        hard [DepartureRecorded, TravelPackGiven, HomeContactVerified, FollowUpPlanned], soft [FitToFly];
    T45 Fact &[FollowUp] => [Stay], RecordVisit by [Doctor, Coordinator, Hospital], hard [VisitDocumented];
    T46 Command &[FollowUp] => [To(MedicalReview)], ReportProblem by [Coordinator, Doctor], says [Reason], hard [ProblemClassified];
    T47 Command &[MedicalReview] => [To(ReferralPreparation)], RecommendReoperation by [Doctor],
        hard [OperatedInCycle, SurgeryRecommended, DiagnosisAndSideConfirmed, ChecklistAnswered, RedFlagsAddressed],
        soft [ImagingAdequate, YearSinceOperation, PriorReportAttached];
    T48 Command &[FollowUp, Convalescence] => [End(Why::Completed)], Complete by [Coordinator],
        hard [FinalOutcome, NoComplicationOpen, MoneySettled, ComplaintsClosed, DoctorAgreed];
    T49 Command &[FollowUp] => [End(Why::LostToFollowUp)], LoseToFollowUp by [Coordinator], says [Reason], hard [FollowUpAttempted];
    T50 Command BEFORE_ARRIVAL => [End(Why::WithdrawnBeforeTravel)], Withdraw by [Coordinator], says [Reason], hard [ReferralsEnded, BookingsReleased, RefundComputed];
    T50 Command &[Arrived] => [End(Why::WithdrawnAfterArrival)], Withdraw by [Coordinator], says [Reason], hard [ReferralsEnded, BookingsReleased, RefundComputed];
    T51 Fact &[Admitted] => [To(Convalescence), To(Arrived)], RefuseSurgery by [Hospital], hard [ReasonReported];
    T51 Fact &[InpatientRecovery] => [To(Convalescence)], RefuseSurgery by [Hospital], hard [ReasonReported];
    T52 Command &[Arrived] => [To(ConservativeCare)], AdviseConservativeCare by [Doctor], hard [ConservativePlanMade];
    T53 Fact OPEN => [To(Deceased)], Death by [Hospital, Doctor, Lead], hard [DeathRecorded];
    T54 Command &[Deceased] => [Back], CorrectDeath by [Administrator], says [Reason], hard [DeathErrorProven, AdministratorAgreed];
    T55 Command &[Closed] => [To(Intake)], Reopen by [Lead], says [Reason], hard [ClosedThisYear, ConsentHealthData, StaleDataRechecked];
    T55 Command &[Closed] => [To(MedicalReview), To(ReferralPreparation), To(FollowUp)], Reopen by [Lead, Doctor], says [Reason],
        hard [ClosedThisYear, ReviewedBefore, ConsentHealthData, StaleDataRechecked];
    T56 Command OPEN => [Hold], Pause by [Coordinator, Doctor], says [Reason, ReviewAt];
    T57 Command OPEN => [Resume], Resume by [Coordinator, Doctor], hard [StaleDataRechecked];
    T58 Derived OPEN => [Stay], ConsentWithdrawn by [Coordinator];
    T59 Fact WITH_SLOT => [To(Accepted)], MoveSlot by [Hospital], hard [ReasonReported];
    T60 Command &[Convalescence] => [Stay], LostInCountry by [Coordinator], soft [PatientUnreachable];
    T61 Command &[Arrived, Convalescence] => [End(Why::TransferredElsewhere)], HandOverCare by [Doctor], says [Reason], hard [HandoverSent];
    T62 Command &[Confirmed, PreArrival] => [To(ReferralPreparation)], ChangeHospital by [Coordinator], says [Reason],
        hard [ReferralsEnded, DepositDecided, OptionsOffered];
    T63 Command &[PreArrival] => [Hold, End(Why::WithdrawnBeforeTravel)], MissTravel by [Coordinator], says [Reason],
        hard [ContactedToday, PartiesTold];
    T64 Command &[Confirmed] => [To(Quoted)], ReverseFunding by [Finance], says [Reason], hard [FundingReversed];
    T65 Fact &[Admitted] => [To(Convalescence)], DischargeWithoutSurgery by [Hospital], hard [DischargeDocumented];
}
