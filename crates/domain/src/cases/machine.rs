//! The machine that reads the table: what may happen now, and what follows when it does.

use chrono::{DateTime, NaiveDate, Utc};

use super::edges::{Basis, EDGES, Edge, Input, Target};
use super::file::CaseFile;
use super::gates::Gate;
use super::stage::Stage;
use super::trigger::{Party, Trigger};
use super::{Case, Hold};
use crate::ids::{CaseId, UserId};
use crate::refusal::{FieldCode, FieldError, ProblemCode, Refusal};
use crate::text::Line;
use crate::vocabulary::{ClosureReason, coded};

/// What someone wants to happen to a case.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What sets the step off.
    pub trigger: Trigger,
    /// The capacities in which the caller acts.
    pub parties: &'a [Party],
    /// Who asks; none for the product itself.
    pub user: Option<UserId>,
    /// Where it should lead, when the edge leaves a choice.
    pub target: Option<Target>,
    /// Why, in words.
    pub reason: Option<&'a Line>,
    /// When the case is looked at again.
    pub review_at: Option<DateTime<Utc>>,
    /// The case that survives a merge.
    pub survivor: Option<CaseId>,
    /// Why soft gates may be overridden.
    pub override_reason: Option<&'a Line>,
}

impl<'a> Ask<'a> {
    /// Asks for `trigger` in the capacities `parties`, without anything more.
    #[must_use]
    pub const fn new(trigger: Trigger, parties: &'a [Party]) -> Self {
        Self {
            trigger,
            parties,
            user: None,
            target: None,
            reason: None,
            review_at: None,
            survivor: None,
            override_reason: None,
        }
    }
}

coded! {
    /// Whether a gate may be overridden on the way it guards.
    pub enum Strength: "gate_strength" {
        Hard = "hard" => "Required", "إلزامي", "Zorunlu";
        Soft = "soft" => "Can be overridden with a reason", "يمكن تجاوزه بسبب", "Gerekçeyle aşılabilir";
    }

    /// How a gate was met when a step was taken.
    pub enum GateOutcome: "gate_outcome" {
        Met = "met" => "Met", "مستوفى", "Karşılandı";
        Overridden = "overridden" => "Overridden with a reason", "جرى تجاوزه بسبب", "Gerekçeyle aşıldı";
        Violated = "violated" => "Not met, yet it had already happened", "غير مستوفى لكن الحدث وقع", "Karşılanmadı, ancak olay gerçekleşmişti";
    }
}

/// A gate that is still shut, and what would open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetGate {
    /// The gate.
    pub gate: Gate,
    /// Whether it may be overridden here.
    pub strength: Strength,
    /// What is missing, as names of fields, confirmations and records.
    pub missing: Vec<&'static str>,
}

/// A gate as it was found when a step was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateResult {
    /// The gate.
    pub gate: Gate,
    /// How it was found.
    pub outcome: GateOutcome,
}

/// A step that the domain has allowed.
#[derive(Debug, Clone)]
pub struct Step {
    /// The row of the table.
    pub edge: &'static Edge,
    /// Where the case stood.
    pub from: Option<Stage>,
    /// Where it stands now.
    pub to: Stage,
    /// Which of the edge's targets it was.
    pub target: Target,
    /// The gates as they were found.
    pub gates: Vec<GateResult>,
}

impl Step {
    /// The gates that were shut although the thing had already happened.
    pub fn violations(&self) -> impl Iterator<Item = Gate> {
        self.gates.iter().filter(|found| found.outcome == GateOutcome::Violated).map(|found| found.gate)
    }
}

/// Something a caller may do now, with all that is still in the way.
#[derive(Debug, Clone)]
pub struct NextAction {
    /// The row of the table.
    pub edge: &'static Edge,
    /// Where it would lead.
    pub target: Target,
    /// The gates still shut.
    pub unmet: Vec<UnmetGate>,
}

impl NextAction {
    /// Whether nothing is in the way but what may be overridden.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.unmet.is_empty()
    }
}

/// Why a case does not take a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepRefused {
    /// The table has no such edge from here for this caller.
    #[error("the stage does not allow this step")]
    Illegal {
        /// The triggers that the table has for this caller.
        legal: Vec<Trigger>,
    },
    /// Gates are shut.
    #[error("{} gate(s) are shut", .0.len())]
    Unmet(Vec<UnmetGate>),
    /// The caller did not say what the step needs.
    #[error("the step needs more input")]
    Incomplete(Vec<FieldError>),
    /// The caller may not override soft gates.
    #[error("only a lead or a doctor may override")]
    OverrideRefused(Vec<UnmetGate>),
}

impl Refusal for StepRefused {
    fn code(&self) -> ProblemCode {
        match self {
            Self::Illegal { .. } => ProblemCode::IllegalTransition,
            Self::Unmet(_) => ProblemCode::GatesUnmet,
            Self::Incomplete(_) => ProblemCode::InvalidInput,
            Self::OverrideRefused(_) => ProblemCode::OverrideRefused,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Incomplete(fields) => fields.clone(),
            Self::Illegal { .. } | Self::Unmet(_) | Self::OverrideRefused(_) => Vec::new(),
        }
    }

    fn unmet(&self) -> Vec<UnmetGate> {
        match self {
            Self::Unmet(gates) | Self::OverrideRefused(gates) => gates.clone(),
            Self::Illegal { .. } | Self::Incomplete(_) => Vec::new(),
        }
    }

    fn legal(&self) -> Vec<Trigger> {
        match self {
            Self::Illegal { legal } => legal.clone(),
            Self::Unmet(_) | Self::Incomplete(_) | Self::OverrideRefused(_) => Vec::new(),
        }
    }
}

/// Decides whether the case takes the step that is asked for.
///
/// # Errors
/// [`StepRefused`]: the table has no such edge, the input is incomplete, or gates are shut. All
/// shut gates are named at once. A fact that a hospital or the product reports is never refused
/// for a shut gate: it has already happened, and the step names it as violated.
pub fn decide(file: &CaseFile, ask: &Ask<'_>, now: DateTime<Utc>) -> Result<Step, StepRefused> {
    let edges: Vec<_> = open_edges(&file.case, ask.parties).filter(|edge| edge.trigger == ask.trigger).collect();
    if edges.is_empty() {
        return Err(illegal(&file.case, ask.parties));
    }
    let (edge, target) = choose(&edges, ask)?;
    let ask = Ask { target: Some(target), ..*ask };
    require_inputs(edge, &file.case, &ask, now)?;
    let unmet = unmet_gates(edge, file, &ask, now);
    let outcome = settle(edge, &ask, &unmet)?;
    let gates = guards(edge, file)
        .map(|(gate, _)| GateResult {
            gate,
            outcome: if unmet.iter().any(|shut| shut.gate == gate) { outcome } else { GateOutcome::Met },
        })
        .collect();
    Ok(Step { edge, from: Some(file.case.stage), to: destination(&file.case, target), target, gates })
}

/// Decides whether a new case may be opened from `draft`.
///
/// # Errors
/// [`StepRefused::Illegal`] for a caller who opens no cases, else [`StepRefused::Unmet`] with all
/// gates of the first edge that are shut.
pub fn open(draft: &CaseFile, ask: &Ask<'_>, now: DateTime<Utc>) -> Result<Step, StepRefused> {
    let edge = EDGES
        .iter()
        .find(|edge| edge.from.is_empty() && edge.actors.iter().any(|party| ask.parties.contains(party)))
        .ok_or(StepRefused::Illegal { legal: Vec::new() })?;
    let unmet = unmet_gates(edge, draft, ask, now);
    if !unmet.is_empty() {
        return Err(StepRefused::Unmet(unmet));
    }
    let gates = edge.hard.iter().map(|gate| GateResult { gate: *gate, outcome: GateOutcome::Met }).collect();
    Ok(Step { edge, from: None, to: draft.case.stage, target: Target::To(draft.case.stage), gates })
}

/// Lists what a caller acting as `parties` may do now, each with all gates still shut.
#[must_use]
pub fn next(file: &CaseFile, parties: &[Party], user: Option<UserId>, now: DateTime<Utc>) -> Vec<NextAction> {
    let mut actions = Vec::new();
    for edge in open_edges(&file.case, parties) {
        for target in edge.to {
            let ask = Ask { target: Some(*target), user, ..Ask::new(edge.trigger, parties) };
            let unmet = unmet_gates(edge, file, &ask, now);
            actions.push(NextAction { edge, target: *target, unmet });
        }
    }
    actions
}

/// The refusal of a step that the table does not have, naming those that it has.
#[must_use]
pub fn illegal(case: &Case, parties: &[Party]) -> StepRefused {
    let mut legal: Vec<_> = open_edges(case, parties).map(|edge| edge.trigger).collect();
    legal.dedup();
    StepRefused::Illegal { legal }
}

/// Whether a caller acting as `parties` has an edge for `trigger` from where the case stands.
#[must_use]
pub fn has_edge(case: &Case, trigger: Trigger, parties: &[Party]) -> bool {
    open_edges(case, parties).any(|edge| edge.trigger == trigger)
}

/// The rows of the table that a caller acting as `parties` has from where the case stands.
fn open_edges<'a>(case: &'a Case, parties: &'a [Party]) -> impl Iterator<Item = &'static Edge> + 'a {
    let held = case.hold.is_some();
    // Nobody's case goes nowhere: it is neither re-opened nor corrected (domain §6.3 T55).
    let edges = if case.anonymized_at.is_some() { &[] } else { EDGES };
    edges
        .iter()
        .filter(|edge| edge.from.contains(&case.stage))
        .filter(|edge| edge.actors.iter().any(|party| parties.contains(party)))
        .filter(move |edge| if held { edge.runs_while_held() } else { edge.trigger != Trigger::Resume })
        .filter(|edge| !edge.to.contains(&Target::Back) || way_back(case).is_some())
}

fn choose(edges: &[&'static Edge], ask: &Ask<'_>) -> Result<(&'static Edge, Target), StepRefused> {
    let offered: Vec<_> = edges.iter().flat_map(|edge| edge.to.iter().map(|target| (*edge, *target))).collect();
    let chosen = match ask.target {
        Some(wanted) => offered.iter().find(|(_, target)| *target == wanted),
        None => offered.first().filter(|_| offered.len() == 1),
    };
    chosen.copied().ok_or_else(|| {
        let (pointer, code) =
            if ask.target.is_some() { ("/to", FieldCode::Contradicts) } else { ("/to", FieldCode::Required) };
        StepRefused::Incomplete(vec![FieldError { pointer: pointer.to_owned(), code }])
    })
}

/// Checks what the caller must say. Only a hold is looked at again, whichever edge leads to it.
fn require_inputs(edge: &Edge, case: &Case, ask: &Ask<'_>, now: DateTime<Utc>) -> Result<(), StepRefused> {
    let holds = ask.target == Some(Target::Hold);
    let wrong = |input: Input| match input {
        Input::Reason => ask.reason.is_none().then_some(FieldCode::Required),
        Input::Survivor => match ask.survivor {
            None => Some(FieldCode::Required),
            Some(survivor) if survivor == case.id => Some(FieldCode::Contradicts),
            Some(_) => None,
        },
        Input::ReviewAt => match ask.review_at {
            None => Some(FieldCode::Required),
            Some(at) if at < now => Some(FieldCode::InThePast),
            Some(at) if !Case::may_rest_until(at.date_naive(), now.date_naive()) => Some(FieldCode::OutOfRange),
            Some(_) => None,
        },
    };
    let named = edge.inputs.iter().copied().filter(|input| *input != Input::ReviewAt);
    let faults: Vec<_> = named
        .chain(holds.then_some(Input::ReviewAt))
        .filter_map(|input| Some(FieldError { pointer: format!("/{}", input.field()), code: wrong(input)? }))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(StepRefused::Incomplete(faults)) }
}

/// The gates of an edge with their strength. Reality is not stopped by a hold, but it violates it.
fn guards(edge: &'static Edge, file: &CaseFile) -> impl Iterator<Item = (Gate, Strength)> {
    let hold = (file.case.hold.is_some() && !edge.ignores_hold()).then_some((Gate::NotOnHold, Strength::Soft));
    let hard = edge.hard.iter().map(|gate| (*gate, Strength::Hard));
    let soft = edge.soft.iter().map(|gate| (*gate, Strength::Soft));
    hard.chain(soft).chain(hold)
}

fn unmet_gates(edge: &'static Edge, file: &CaseFile, ask: &Ask<'_>, now: DateTime<Utc>) -> Vec<UnmetGate> {
    guards(edge, file)
        .map(|(gate, strength)| UnmetGate { gate, strength, missing: gate.missing(file, ask, now) })
        .filter(|unmet| !unmet.missing.is_empty())
        .collect()
}

/// How the shut gates are passed: as violations of reality, by an override, or not at all.
fn settle(edge: &Edge, ask: &Ask<'_>, unmet: &[UnmetGate]) -> Result<GateOutcome, StepRefused> {
    let reported =
        edge.basis == Basis::Fact && ask.parties.iter().all(|party| matches!(party, Party::Hospital | Party::System));
    if reported || unmet.is_empty() {
        return Ok(GateOutcome::Violated);
    }
    if ask.override_reason.is_none() {
        return Err(StepRefused::Unmet(unmet.to_vec()));
    }
    let entitled = ask.parties.iter().any(|party| matches!(party, Party::Lead | Party::Doctor));
    let all_soft = unmet.iter().all(|shut| shut.strength == Strength::Soft);
    if entitled && all_soft { Ok(GateOutcome::Overridden) } else { Err(StepRefused::OverrideRefused(unmet.to_vec())) }
}

/// Where an interruption leads back to. A wait whose origin was overwritten, as by a wrongly
/// recorded death, leads back to intake (domain §6.3 T06).
fn way_back(case: &Case) -> Option<Stage> {
    case.return_to.or((case.stage == Stage::AwaitingPatientInfo).then_some(Stage::Intake))
}

fn destination(case: &Case, target: Target) -> Stage {
    match target {
        Target::To(stage) => stage,
        Target::End(_) => Stage::Closed,
        Target::Back => way_back(case).unwrap_or(case.stage),
        Target::Stay | Target::Hold | Target::Resume => case.stage,
    }
}

impl Case {
    /// The case after `step`.
    #[must_use]
    pub fn after(mut self, step: &Step, ask: &Ask<'_>, now: DateTime<Utc>) -> Self {
        match step.target {
            Target::Hold => {
                let reason = ask.reason.cloned();
                self.hold = reason.zip(ask.review_at).map(|(reason, review_at)| Hold { reason, since: now, review_at });
                return self;
            }
            Target::Resume => {
                self.hold = None;
                return self;
            }
            Target::Stay => return self,
            Target::End(reason) => self.close(reason, now),
            Target::To(_) | Target::Back => self.leave_closed(step),
        }
        if step.to == Stage::Merged {
            self.merged_into = ask.survivor;
        }
        if step.edge.trigger == Trigger::RecommendReoperation {
            self.surgery_cycle = self.surgery_cycle.saturating_add(1);
        }
        let interrupts = matches!(step.target, Target::To(Stage::AwaitingPatientInfo | Stage::Deceased));
        self.return_to = interrupts.then_some(self.stage);
        if step.to.is_final() {
            self.hold = None;
        }
        self.stage = step.to;
        self.stage_since = now;
        self
    }

    fn close(&mut self, reason: ClosureReason, now: DateTime<Utc>) {
        self.closure_reason = Some(reason);
        self.closed_at = Some(now);
    }

    fn leave_closed(&mut self, step: &Step) {
        self.closure_reason = None;
        self.closed_at = None;
        if step.edge.trigger == Trigger::Reopen {
            self.reopened_count = self.reopened_count.saturating_add(1);
        }
    }

    /// Since when nobody worked on the case: its hold, its closing, or its arrival in the stage.
    #[must_use]
    pub fn idle_since(&self) -> DateTime<Utc> {
        self.hold.as_ref().map(|hold| hold.since).or(self.closed_at).unwrap_or(self.stage_since)
    }

    /// Whether `day` is a possible day for the case to be looked at again (at most 90 days ahead, domain T56).
    #[must_use]
    pub fn may_rest_until(day: NaiveDate, today: NaiveDate) -> bool {
        day >= today && day - today <= chrono::TimeDelta::days(90)
    }
}
