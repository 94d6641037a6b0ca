//! Moving a case: the one place where a decided step is carried out and recorded.
//!
//! Other aggregates that may move a case call [`take`] (the step must be possible) or [`follow`]
//! (each step is taken if the table has it from where the case stands) inside their own unit.

use chrono::{DateTime, Utc};
use rafiq_domain::cases::{Ask, Case, CaseEvent, CaseFile, Party, Step, Target, Trigger, decide, has_edge};
use rafiq_domain::ids::{CaseEventId, CaseId, TaskId};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, Actor, CaseInCare, Permitted, permit};
use rafiq_domain::referrals::owed_after_wait;
use rafiq_domain::reports::owed_on_arrival;
use rafiq_domain::tasks::{Task, TaskKind, work_after};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{Coded, OnBehalfOf, Role, TaskState};
use rafiq_persistence::store::Tx;
use rafiq_persistence::{cases, tasks};

use crate::{App, Refused};

/// When something happened, and for whom it was recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Occurrence {
    pub(crate) at: DateTime<Utc>,
    pub(crate) on_behalf_of: Option<OnBehalfOf>,
}

impl Occurrence {
    /// Now, for nobody else.
    pub(crate) fn now(app: &App) -> Self {
        Self { at: app.now(), on_behalf_of: None }
    }
}

/// Takes a step: decides it, saves the case, writes the timeline and raises the tasks that follow.
///
/// `permitted` is any proof that lets the caller act on the case; its parties and its user are the
/// ones that ask, whatever `ask` says. `file.case` is the case as it then stands.
pub(crate) async fn take<T: Sync>(
    app: &App,
    tx: &Tx,
    permitted: &Permitted<T>,
    file: &mut CaseFile,
    ask: Ask<'_>,
    occurrence: Occurrence,
) -> Result<(), Refused> {
    let parties = permitted.permit().parties();
    let ask = Ask { parties: &parties, user: permitted.permit().actor().user_id(), ..ask };
    let step = decide(file, &ask, app.now())?;
    let case = permitted.with(file.case.clone().after(&step, &ask, app.now()));
    let version = cases::update(tx, &case).await?;
    file.case = Case { version, ..case.into_inner() };
    record(app, tx, permitted, &file.case, &step, &ask, occurrence).await
}

/// Takes those of `triggers` that the table has from where the case stands, one after the other.
pub(crate) async fn follow<T: Sync>(
    app: &App,
    tx: &Tx,
    permitted: &Permitted<T>,
    file: &mut CaseFile,
    triggers: Vec<(Trigger, Option<Target>)>,
    reason: Option<&Line>,
    occurrence: Occurrence,
) -> Result<(), Refused> {
    let parties = permitted.permit().parties();
    for (trigger, target) in triggers {
        if has_edge(&file.case, trigger, &parties) {
            take(app, tx, permitted, file, Ask { target, reason, ..Ask::new(trigger, &parties) }, occurrence).await?;
        }
    }
    Ok(())
}

/// Takes the steps that hospitals reported while the case waited for information, or before our staff
/// recorded the arrival: reports may come out of order, and the history they leave is a legal one all the same (domain §4.4).
pub(crate) async fn catch_up(app: &App, tx: &Tx, file: &mut CaseFile, occurrence: Occurrence) -> Result<(), Refused> {
    let owed = [owed_after_wait(file), owed_on_arrival(file)].concat();
    if owed.is_empty() {
        return Ok(());
    }
    // The product moves any case: no grant has a say.
    let unopened = CaseInCare { case: file.case.clone(), grants: Vec::new() };
    let system = permit(&Actor::System, Action::MoveCase, unopened)?;
    let reason = file.procedure().and_then(|operation| operation.abort_reason.clone());
    let owed = owed.into_iter().map(|trigger| (trigger, None)).collect();
    follow(app, tx, &system, file, owed, reason.as_ref(), occurrence).await
}

/// Writes the entry of the timeline, and raises the tasks that follow from the step.
pub(crate) async fn record<T: Sync>(
    app: &App,
    tx: &Tx,
    permitted: &Permitted<T>,
    case: &Case,
    step: &Step,
    ask: &Ask<'_>,
    occurrence: Occurrence,
) -> Result<(), Refused> {
    let party = step.edge.actors.iter().copied().find(|party| ask.parties.contains(party)).unwrap_or(Party::System);
    let event = CaseEvent {
        id: CaseEventId::new(app.ids()),
        case_id: case.id,
        edge: step.edge.id.to_owned(),
        trigger: step.edge.trigger,
        from: step.from,
        to: step.to,
        actor_id: ask.user,
        party,
        on_behalf_of: occurrence.on_behalf_of,
        occurred_at: occurrence.at,
        recorded_at: app.now(),
        closure_reason: match step.target {
            Target::End(reason) => Some(reason),
            Target::To(_) | Target::Stay | Target::Back | Target::Hold | Target::Resume => None,
        },
        reason: ask.reason.cloned(),
        gates: step.gates.clone(),
        override_reason: ask.override_reason.cloned(),
    };
    cases::append_event(tx, &permitted.with(event)).await?;
    raise_tasks(app, tx, permitted, case, step).await
}

async fn raise_tasks<T: Sync>(
    app: &App,
    tx: &Tx,
    permitted: &Permitted<T>,
    case: &Case,
    step: &Step,
) -> Result<(), Refused> {
    let violated: Vec<_> = step.violations().map(|gate| gate.code().to_owned()).collect();
    if !violated.is_empty() {
        raise(app, tx, permitted, case, TaskKind::GateViolation, violated).await?;
    }
    if let Some(kind) = work_after(step.edge.trigger) {
        raise(app, tx, permitted, case, kind, Vec::new()).await?;
    }
    Ok(())
}

/// Raises a task on the case.
pub(crate) async fn raise<T: Sync>(
    app: &App,
    tx: &Tx,
    permitted: &Permitted<T>,
    case: &Case,
    kind: TaskKind,
    about: Vec<String>,
) -> Result<(), Refused> {
    Ok(tasks::insert(tx, &permitted.with(task(app, case.id, kind, about))).await?)
}

/// A task on a case, for the role and the time that its kind sets.
pub(crate) fn task(app: &App, case_id: CaseId, kind: TaskKind, about: Vec<String>) -> Task {
    let (role, within): (Role, _) = kind.assignment();
    Task {
        id: TaskId::new(app.ids()),
        case_id,
        kind,
        about,
        role,
        due_at: app.now() + within,
        state: TaskState::Open,
        review_of: None,
        done_by: None,
        version: Version::FIRST,
    }
}
