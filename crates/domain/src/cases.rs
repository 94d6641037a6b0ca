//! A case: one journey of a patient, and the machine that moves it.

mod edges;
mod file;
mod gates;
mod machine;
mod stage;
mod trigger;

use chrono::{DateTime, Utc};

pub use edges::{Basis, EDGES, Edge, Input, Target};
pub use file::CaseFile;
pub use gates::Gate;
pub use machine::{
    Ask, GateOutcome, GateResult, NextAction, Step, StepRefused, Strength, UnmetGate, decide, has_edge, illegal, next,
    open,
};
pub use stage::Stage;
pub use trigger::{Party, Trigger, Via};

use crate::ids::{CaseEventId, CaseId, PatientId, UserId};
use crate::paging::Version;
use crate::text::Line;
use crate::vocabulary::{CaseSource, ClosureReason, Laterality, OnBehalfOf, PayerType, Priority};

/// One journey of a patient (FHIR `EpisodeOfCare`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// The number that people use, such as `C-2026-000017-5`.
    pub number: String,
    /// Whose journey it is.
    pub patient_id: PatientId,
    /// Where it stands.
    pub stage: Stage,
    /// Since when it stands there.
    pub stage_since: DateTime<Utc>,
    /// The stage that an interruption leads back to.
    pub return_to: Option<Stage>,
    /// The hold that lies over the stage.
    pub hold: Option<Hold>,
    /// How soon it must be dealt with.
    pub priority: Priority,
    /// The coordinator who answers for the patient (never none: Turkish rules ask for a responsible person).
    pub coordinator_id: UserId,
    /// The doctor who assesses and decides.
    pub doctor_id: Option<UserId>,
    /// The side of the spasm, and so of the operation.
    pub laterality: Option<Laterality>,
    /// Which operation the case is about, from 1; a re-operation counts on.
    pub surgery_cycle: i16,
    /// How the patient found us.
    pub source: CaseSource,
    /// The agency that referred the patient.
    pub agency: Option<Line>,
    /// Who pays.
    pub payer: PayerType,
    /// When the inquiry came.
    pub received_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Why it was closed.
    pub closure_reason: Option<ClosureReason>,
    /// How often it was re-opened.
    pub reopened_count: i16,
    /// The case that survived a merge.
    pub merged_into: Option<CaseId>,
    /// When it was taken from the case whose it was.
    pub anonymized_at: Option<DateTime<Utc>>,
    /// How often the row was changed.
    pub version: Version,
}

/// A hold: the case rests, and someone looks at it again on a set day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub reason: Line,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it is looked at again, at most 90 days ahead.
    pub review_at: DateTime<Utc>,
}

/// What is said of a new case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCase {
    /// Whose journey it is.
    pub patient_id: PatientId,
    /// How the patient found us.
    pub source: CaseSource,
    /// The agency that referred the patient.
    pub agency: Option<Line>,
    /// Who pays.
    pub payer: PayerType,
    /// How soon it must be dealt with.
    pub priority: Priority,
    /// When the inquiry came.
    pub received_at: DateTime<Utc>,
    /// Who will answer for the patient; the caller when not named.
    pub coordinator_id: Option<UserId>,
}

impl NewCase {
    /// The case as it begins.
    #[must_use]
    pub fn begin(self, id: CaseId, number: String, coordinator_id: UserId, now: DateTime<Utc>) -> Case {
        Case {
            id,
            number,
            patient_id: self.patient_id,
            stage: Stage::Inquiry,
            stage_since: now,
            return_to: None,
            hold: None,
            priority: self.priority,
            coordinator_id: self.coordinator_id.unwrap_or(coordinator_id),
            doctor_id: None,
            laterality: None,
            surgery_cycle: 1,
            source: self.source,
            agency: self.agency,
            payer: self.payer,
            received_at: self.received_at,
            closed_at: None,
            closure_reason: None,
            reopened_count: 0,
            merged_into: None,
            anonymized_at: None,
            version: Version::FIRST,
        }
    }
}

impl Case {
    /// Whether the case still takes entries other than corrections.
    ///
    /// # Errors
    /// [`CaseIsFinal`] after a death or a merge (domain §6.3, illegal by design), and once it is anonymous.
    pub fn takes_entries(&self) -> Result<(), CaseIsFinal> {
        self.takes_last_entries()?;
        if matches!(self.stage, Stage::Deceased | Stage::Merged) { Err(CaseIsFinal) } else { Ok(()) }
    }

    /// Whether the case takes what is written even after a death or a merge, such as a bill.
    ///
    /// # Errors
    /// [`CaseIsFinal`] once it is anonymous: any word could tell again whose it was.
    pub const fn takes_last_entries(&self) -> Result<(), CaseIsFinal> {
        if self.anonymized_at.is_some() { Err(CaseIsFinal) } else { Ok(()) }
    }

    /// Whether a referral has named the side to a hospital: from then on only a doctor corrects it.
    #[must_use]
    pub fn side_is_published(&self, any_referral_sent: bool) -> bool {
        any_referral_sent && self.laterality.is_some()
    }
}

/// The case has ended for good; nothing but a correction is written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the case is final")]
pub struct CaseIsFinal;

impl crate::refusal::Refusal for CaseIsFinal {
    fn code(&self) -> crate::refusal::ProblemCode {
        crate::refusal::ProblemCode::CaseIsFinal
    }
}

/// One entry of the timeline: append-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEvent {
    /// Its id.
    pub id: CaseEventId,
    /// The case.
    pub case_id: CaseId,
    /// The edge's number, such as `T08`.
    pub edge: String,
    /// What set it off.
    pub trigger: Trigger,
    /// Where the case stood; none for its creation.
    pub from: Option<Stage>,
    /// Where it stands since.
    pub to: Stage,
    /// Who did it; none when the product did.
    pub actor_id: Option<UserId>,
    /// In which capacity.
    pub party: Party,
    /// For whom.
    pub on_behalf_of: Option<OnBehalfOf>,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Why the case was closed, if it was.
    pub closure_reason: Option<ClosureReason>,
    /// Why, in words.
    pub reason: Option<Line>,
    /// The gates as they were found.
    pub gates: Vec<GateResult>,
    /// Why soft gates were overridden.
    pub override_reason: Option<Line>,
}
