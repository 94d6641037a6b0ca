//! Discharge and follow-up: how the patient left, and how they fare at home (domain §1.11, §1.13, §7.4).

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::ids::{CaseId, DischargeId, FollowUpVisitId, ReferralId, UserId};
use crate::paging::Version;
use crate::refusal::{ChangeRefused, FieldCode, Fields, Invalid, WrongState};
use crate::text::{Line, Prose};
use crate::time::happened;
use crate::vocabulary::{
    DischargeKind, Disposition, HearingStatus, HouseBrackmannGrade, OutcomeCourse, SpasmStatus, SpokenLanguage,
    Timepoint, VisitMode, WoundStatus,
};

/// How the patient left the hospital.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discharge {
    /// Its id.
    pub id: DischargeId,
    /// The case.
    pub case_id: CaseId,
    /// The hospital's referral.
    pub referral_id: ReferralId,
    /// Which operation of the case it follows.
    pub cycle: i16,
    /// In which way.
    pub kind: DischargeKind,
    /// When.
    pub discharged_at: DateTime<Utc>,
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
    /// Through whom it was understood: the interpreter's booking, or the Arabic-speaking doctor.
    pub advice_understood_through: Option<Line>,
    /// When the patient is seen next.
    pub follow_up_on: NaiveDate,
    /// Where the discharge summary lies.
    pub summary_reference: Option<Line>,
}

impl Discharge {
    /// Checks the discharge against the operation.
    ///
    /// # Errors
    /// [`Invalid`] for a discharge in the future or before the operation ended, or a follow-up before it.
    pub fn check(self, surgery_ended_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.take("/occurred_at", happened(self.discharged_at, now));
        let after_surgery = surgery_ended_at.is_none_or(|ended| self.discharged_at >= ended);
        fields.require("/occurred_at", after_surgery, FieldCode::OutOfOrder);
        fields.require("/follow_up_on", self.follow_up_on >= self.discharged_at.date_naive(), FieldCode::OutOfOrder);
        fields.finish(|| Some(self))
    }
}

/// A planned or done follow-up visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpVisit {
    /// Its id.
    pub id: FollowUpVisitId,
    /// The case.
    pub case_id: CaseId,
    /// Which operation of the case it follows.
    pub cycle: i16,
    /// Which point of the plan.
    pub timepoint: Timepoint,
    /// When it is due.
    pub due_on: NaiveDate,
    /// What was found, once it is done.
    pub findings: Option<VisitFindings>,
    /// How often the row was changed.
    pub version: Version,
}

/// What a visit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitFindings {
    /// When the patient was seen.
    pub seen_at: DateTime<Utc>,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// How they were seen.
    pub mode: VisitMode,
    /// How much better the spasm is, 0–100 %, as the patient says.
    pub improvement_percent: u8,
    /// How the spasm went on. Relief often comes late: persistent and delayed are different.
    pub course: OutcomeCourse,
    /// Facial function.
    pub facial_function: HouseBrackmannGrade,
    /// The hearing.
    pub hearing: HearingStatus,
    /// What else was found.
    pub note: Option<Prose>,
    /// The outcome by the Kondo score, when it is judged.
    pub outcome: Option<KondoScore>,
}

/// The score of the Japan Society for Microvascular Decompression: efficacy and complications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KondoScore {
    /// Efficacy, 0 (spasm gone) to 3.
    pub efficacy: u8,
    /// Complications, 0 (none) to 3.
    pub complications: u8,
}

impl KondoScore {
    /// The total `T = E + C`.
    #[must_use]
    pub const fn total(self) -> u8 {
        self.efficacy.saturating_add(self.complications)
    }
}

/// When visits are due after the discharge, in days (domain §1.13).
const PLAN: &[(Timepoint, u64)] = &[
    (Timepoint::W1, 7),
    (Timepoint::W2, 14),
    (Timepoint::M1, 30),
    (Timepoint::M3, 91),
    (Timepoint::M6, 183),
    (Timepoint::M12, 365),
];

/// The visits that follow an operation, by timepoint and due day.
pub fn plan_after(discharged_on: NaiveDate) -> impl Iterator<Item = (Timepoint, NaiveDate)> {
    PLAN.iter()
        .filter_map(move |(timepoint, days)| Some((*timepoint, discharged_on.checked_add_days(Days::new(*days))?)))
}

impl VisitFindings {
    /// Checks what was found.
    ///
    /// # Errors
    /// [`Invalid`] for a visit in the future, or scores out of range.
    pub fn check(self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.take("/seen_at", happened(self.seen_at, now));
        fields.require("/improvement_percent", self.improvement_percent <= 100, FieldCode::OutOfRange);
        let in_range = |score: KondoScore| score.efficacy <= 3 && score.complications <= 3;
        fields.require("/outcome", self.outcome.is_none_or(in_range), FieldCode::OutOfRange);
        fields.finish(|| Some(self))
    }
}

impl FollowUpVisit {
    /// The visit took place.
    ///
    /// # Errors
    /// [`ChangeRefused`] when it was recorded before, or lies before the discharge.
    pub fn record(
        mut self,
        findings: VisitFindings,
        discharged_at: Option<DateTime<Utc>>,
    ) -> Result<Self, ChangeRefused> {
        if self.findings.is_some() {
            return Err(WrongState { machine: "follow_up_visit", state: "done", operation: "record" }.into());
        }
        if discharged_at.is_some_and(|discharged| findings.seen_at < discharged) {
            return Err(Invalid::at("/seen_at", FieldCode::OutOfOrder).into());
        }
        self.findings = Some(findings);
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
