//! How cases, their next actions and their timelines are shown.

use chrono::{DateTime, Utc};
use rafiq_app::cases::{CaseWithPatient, Happened};
use rafiq_domain::cases::{Case, Edge, GateResult, NextAction, Strength, Target, UnmetGate, Via};
use rafiq_domain::ids::{CaseId, UserId};
use rafiq_domain::policy::{Audience, Permit, Permitted};
use rafiq_domain::vocabulary::{Coded, Language};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::code::{
    CaseSourceCode, ClosureReasonCode, Code, GateCode, GateOutcomeCode, LateralityCode, OnBehalfOfCode, PartyCode,
    PayerTypeCode, PriorityCode, StageCode, StrengthCode, TriggerCode,
};

/// A case, with as much of its patient as the caller may read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PatientCase)]
pub(crate) struct CaseView {
    /// The id.
    id: Uuid,
    /// The number that people use.
    #[schema(example = "C-2026-000017-5")]
    number: String,
    /// Where the case stands.
    stage: StageCode,
    /// Since when.
    stage_since: DateTime<Utc>,
    /// The hold that lies over the stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hold: Option<HoldView>,
    /// The patient.
    patient: CasePatientView,
    /// How soon it must be dealt with.
    priority: PriorityCode,
    /// The coordinator.
    coordinator_id: Uuid,
    /// The doctor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    doctor_id: Option<Uuid>,
    /// The side of the spasm. Left out for readers without access to clinical data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    laterality: Option<LateralityCode>,
    /// Which operation the case is about, from 1.
    surgery_cycle: i16,
    /// How the patient found us.
    source: CaseSourceCode,
    /// The agency that referred the patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    agency: Option<String>,
    /// Who pays.
    payer: PayerTypeCode,
    /// When the inquiry came.
    received_at: DateTime<Utc>,
    /// When the case was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    closed_at: Option<DateTime<Utc>>,
    /// Why the case was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    closure_reason: Option<ClosureReasonCode>,
    /// The case that survived a merge.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    merged_into: Option<Uuid>,
}

/// A hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hold)]
struct HoldView {
    /// Why, in words. Left out for readers without access to clinical data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// Since when.
    since: DateTime<Utc>,
    /// When the case is looked at again.
    review_at: DateTime<Utc>,
}

/// A patient beside a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CasePatient)]
struct CasePatientView {
    /// The id.
    id: Uuid,
    /// The medical record number.
    mrn: String,
    /// The name in Arabic, or as in the passport; left out for masked readers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
}

impl From<Permitted<CaseWithPatient>> for CaseView {
    fn from(seen: Permitted<CaseWithPatient>) -> Self {
        let permit = seen.permit().clone();
        let CaseWithPatient { case, patient } = seen.into_inner();
        let name = patient.details.arabic_name.as_ref().map(|name| name.as_str().to_owned());
        let latin = patient
            .details
            .passport_name
            .as_ref()
            .map(|name| format!("{} {}", name.given.as_str(), name.surname.as_str()));
        let patient = CasePatientView {
            id: patient.id.uuid(),
            mrn: patient.mrn,
            name: name.or(latin).filter(|_| permit.audience() > Audience::Masked),
        };
        Self::of(case, patient, &permit)
    }
}

impl CaseView {
    fn of(case: Case, patient: CasePatientView, permit: &Permit) -> Self {
        let hold = case.hold.map(|hold| HoldView {
            reason: permit.reads_words().then(|| hold.reason.as_str().to_owned()),
            since: hold.since,
            review_at: hold.review_at,
        });
        Self {
            id: case.id.uuid(),
            number: case.number,
            stage: Code(case.stage),
            stage_since: case.stage_since,
            hold,
            patient,
            priority: Code(case.priority),
            coordinator_id: case.coordinator_id.uuid(),
            doctor_id: case.doctor_id.map(UserId::uuid),
            laterality: case.laterality.filter(|_| permit.reads_clinical()).map(Code),
            surgery_cycle: case.surgery_cycle,
            source: Code(case.source),
            agency: case.agency.map(|agency| agency.as_str().to_owned()),
            payer: Code(case.payer),
            received_at: case.received_at,
            closed_at: case.closed_at,
            closure_reason: case.closure_reason.map(Code),
            merged_into: case.merged_into.map(CaseId::uuid),
        }
    }
}

/// What the caller may do now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NextActions)]
pub(super) struct NextActionsView {
    /// Where the case stands.
    stage: StageCode,
    /// The stage in words.
    stage_label: &'static str,
    /// Whether the case is on hold.
    held: bool,
    /// The actions, in the order of the table of edges.
    actions: Vec<NextActionView>,
}

/// Something the caller may do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NextAction)]
struct NextActionView {
    /// The number of the edge in the table, such as `T08`.
    edge: &'static str,
    /// What sets it off.
    trigger: TriggerCode,
    /// The action in words.
    label: &'static str,
    /// The operation of this document by which it is done.
    operation_id: &'static str,
    /// The stage that it would lead to; left out when the stage stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    to: Option<StageCode>,
    /// Why the case would be closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    closure_reason: Option<ClosureReasonCode>,
    /// Whether it would put the case on hold.
    holds: bool,
    /// The fields that the request must carry.
    inputs: Vec<&'static str>,
    /// Whether nothing is in the way.
    open: bool,
    /// The gates still shut.
    unmet_gates: Vec<ShutGateView>,
}

/// A gate that is shut.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShutGate)]
struct ShutGateView {
    /// The gate.
    gate: GateCode,
    /// What must hold, in words.
    label: &'static str,
    /// Whether a lead or a doctor may override it with a reason.
    strength: StrengthCode,
    /// What is missing: names of fields, confirmations and records.
    missing: Vec<&'static str>,
}

impl NextActionsView {
    pub(super) fn of(actions: Permitted<(Case, Vec<NextAction>)>, language: Language) -> Self {
        let (case, actions) = actions.into_inner();
        Self {
            stage: Code(case.stage),
            stage_label: case.stage.label(language),
            held: case.hold.is_some(),
            actions: actions.into_iter().map(|action| NextActionView::of(action, &case, language)).collect(),
        }
    }
}

impl NextActionView {
    fn of(action: NextAction, case: &Case, language: Language) -> Self {
        let to = match action.target {
            Target::To(stage) => Some(stage),
            Target::End(_) => Some(rafiq_domain::cases::Stage::Closed),
            Target::Back => case.return_to,
            Target::Stay | Target::Hold | Target::Resume => None,
        };
        let closure_reason = match action.target {
            Target::End(reason) => Some(Code(reason)),
            Target::To(_) | Target::Back | Target::Stay | Target::Hold | Target::Resume => None,
        };
        let edge: &Edge = action.edge;
        Self {
            edge: edge.id,
            trigger: Code(edge.trigger),
            label: edge.trigger.label(language),
            operation_id: operation_of(edge.trigger.via()),
            to: to.map(Code),
            closure_reason,
            holds: action.target == Target::Hold,
            inputs: edge.inputs.iter().map(|input| input.field()).collect(),
            open: action.is_open(),
            unmet_gates: action.unmet.into_iter().map(|unmet| ShutGateView::of(unmet, language)).collect(),
        }
    }
}

/// The operation that pulls a trigger; the document's own test holds each name to an operation.
const fn operation_of(via: Via) -> &'static str {
    match via {
        Via::Step => "take_step",
        Via::Operation(name) => name,
        Via::Report => "view_own_referral",
    }
}

impl ShutGateView {
    fn of(unmet: UnmetGate, language: Language) -> Self {
        let strength: Strength = unmet.strength;
        Self {
            gate: Code(unmet.gate),
            label: unmet.gate.label(language),
            strength: Code(strength),
            missing: unmet.missing,
        }
    }
}

/// An entry of the timeline.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaseEvent)]
pub(super) struct CaseEventView {
    /// The id.
    id: Uuid,
    /// The number of the edge in the table.
    edge: String,
    /// What set it off.
    trigger: TriggerCode,
    /// What happened, in words.
    label: &'static str,
    /// Where the case stood; left out for its opening.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    from: Option<StageCode>,
    /// Where it stands since.
    to: StageCode,
    /// That stage in words.
    to_label: &'static str,
    /// Who did it; left out when the product did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    actor_id: Option<Uuid>,
    /// The name of who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    actor_name: Option<String>,
    /// In which capacity.
    party: PartyCode,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on_behalf_of: Option<OnBehalfOfCode>,
    /// When it happened.
    occurred_at: DateTime<Utc>,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Why the case was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    closure_reason: Option<ClosureReasonCode>,
    /// Why, in the words of the one who did it. Left out for readers without access to clinical data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// The gates as they were found.
    gates: Vec<GateResultView>,
    /// Why gates were overridden. Left out for readers without access to clinical data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    override_reason: Option<String>,
}

/// A gate as it was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GateResult)]
struct GateResultView {
    /// The gate.
    gate: GateCode,
    /// What it asks for, in words.
    label: &'static str,
    /// How it was found.
    outcome: GateOutcomeCode,
}

impl CaseEventView {
    /// Shows an entry.
    pub(super) fn of(happened: Permitted<Happened>, language: Language) -> Self {
        let words = happened.permit().reads_words();
        let Happened { event, actor_name } = happened.into_inner();
        let gate = |found: GateResult| GateResultView {
            gate: Code(found.gate),
            label: found.gate.label(language),
            outcome: Code(found.outcome),
        };
        Self {
            id: event.id.uuid(),
            edge: event.edge,
            trigger: Code(event.trigger),
            label: event.trigger.label(language),
            from: event.from.map(Code),
            to: Code(event.to),
            to_label: event.to.label(language),
            actor_id: event.actor_id.map(UserId::uuid),
            actor_name: actor_name.map(|name| name.as_str().to_owned()),
            party: Code(event.party),
            on_behalf_of: event.on_behalf_of.map(Code),
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
            closure_reason: event.closure_reason.map(Code),
            reason: event.reason.filter(|_| words).map(|reason| reason.as_str().to_owned()),
            gates: event.gates.into_iter().map(gate).collect(),
            override_reason: event.override_reason.filter(|_| words).map(|reason| reason.as_str().to_owned()),
        }
    }
}
