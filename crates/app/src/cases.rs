//! Cases: opening, reading and moving them.

use chrono::{DateTime, Utc};
use rafiq_domain::cases::{
    Ask, Case, CaseEvent, CaseFile, NextAction, Stage, Target, Trigger, Via, illegal, next, open,
};
use rafiq_domain::confirmations::{Confirmation, ConfirmationKind, Statement};
use rafiq_domain::ids::{CaseId, ConfirmationId, PatientId, UserId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::patients::Patient;
use rafiq_domain::policy::{
    Action, CaseInCare, Decision, Object, ObjectKind, Permitted, Scope, Whole, can, parties_of, permit, scope,
};
use rafiq_domain::refusal::{FieldCode, Fields, Invalid, NotFound};
use rafiq_domain::text::{Line, PersonName};
use rafiq_domain::time::happened;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::{OnBehalfOf, Role};
use rafiq_persistence::cases::{CaseFilter, Held};
use rafiq_persistence::store::{Reader, Tx};
use rafiq_persistence::{case_files, cases, confirmations, numbers, patients, users};

use crate::refused::NotKnownHere;
use crate::steps::{self, Occurrence};
use crate::teams::COORDINATING;
use crate::{App, Caller, Refused, permit_each, quotes};

pub use rafiq_domain::cases::NewCase;

/// A case with its patient, as a person reads it.
#[derive(Debug, Clone)]
pub struct CaseWithPatient {
    /// The case.
    pub case: Case,
    /// The patient.
    pub patient: Patient,
}

/// An entry of the timeline with the name of the one who acted.
#[derive(Debug, Clone)]
pub struct Happened {
    /// The entry.
    pub event: CaseEvent,
    /// Who it was; none when the product acted.
    pub actor_name: Option<PersonName>,
}

/// A step that someone wants a case to take.
#[derive(Debug, Clone)]
pub struct StepRequest {
    /// What sets it off.
    pub trigger: Trigger,
    /// Where it should lead, when there is a choice.
    pub target: Option<Target>,
    /// Why.
    pub reason: Option<Line>,
    /// When a case on hold is looked at again.
    pub review_at: Option<DateTime<Utc>>,
    /// The case that survives a merge.
    pub survivor: Option<CaseId>,
    /// Why soft gates are overridden.
    pub override_reason: Option<Line>,
    /// When it happened; now when not said.
    pub occurred_at: Option<DateTime<Utc>>,
    /// For whom it is recorded.
    pub on_behalf_of: Option<OnBehalfOf>,
}

/// Opens a case for a registered patient.
///
/// # Errors
/// [`Refused`] when the caller may not, the patient is unknown, or the gates of the first edge are shut.
pub async fn open_case(app: &App, caller: &Caller, new: NewCase) -> Result<Permitted<CaseWithPatient>, Refused> {
    let now = app.now();
    let opener = caller.actor.user_id().ok_or(NotFound)?;
    happened(new.received_at, now).map_err(|code| Invalid::at("/received_at", code))?;
    app.write(caller, async |tx| {
        let permitted = permit(&caller.actor, Action::OpenCase, Whole(ObjectKind::Case))?;
        let coordinator = new.coordinator_id.unwrap_or(opener);
        let held = users::hold(tx, [coordinator], now).await?;
        let patient = patients::find(tx, new.patient_id).await?.ok_or(NotKnownHere::absent("/patient_id"))?;
        let hidden = |denied| NotKnownHere::hidden("/patient_id", denied);
        let patient = permit(&caller.actor, Action::ViewPatient, patient).map_err(hidden)?;
        // A merge or an erasure under way goes first, and leaves nobody to open a case for.
        patients::take_turn(tx, new.patient_id).await?.expect_active("open_case")?;
        expect_role(&held, "/coordinator_id", Some(coordinator), COORDINATING)?;
        let number = numbers::next(tx, "C", chrono::Datelike::year(&now)).await?;
        let case = new.begin(CaseId::new(app.ids()), number, opener, now);
        let check = duplicate_check(app, &case, now)?;
        let mut file = case_files::assemble(tx, case).await?;
        file.confirmations.push(check.clone());
        let parties = permitted.permit().parties();
        let ask = Ask { user: Some(opener), ..Ask::new(Trigger::OpenCase, &parties) };
        let step = open(&file, &ask, now)?;
        let case = permitted.with(file.case);
        cases::insert(tx, &case, app.moment()).await?;
        confirmations::insert(tx, &permitted.with(check)).await?;
        steps::record(app, tx, &permitted, &case, &step, &ask, Occurrence::now(app)).await?;
        let object = Object { kind: ObjectKind::Case, id: Some(case.id.uuid()), case_id: Some(case.id) };
        Ok(case.made(object).map(|case| CaseWithPatient { case, patient: patient.into_inner().patient }))
    })
    .await
}

/// The check for duplicates ran, and was decided, when the patient was registered.
fn duplicate_check(app: &App, case: &Case, now: DateTime<Utc>) -> Result<Confirmation, Refused> {
    let reference =
        Line::parse("decided when the patient was registered", 200).map_err(|code| Invalid::at("", code))?;
    Ok(Confirmation {
        id: ConfirmationId::new(app.ids()),
        case_id: case.id,
        cycle: case.surgery_cycle,
        statement: Statement {
            kind: ConfirmationKind::DuplicateCheck,
            occurred_at: now,
            reference,
            channel: None,
            valid_from: None,
            valid_until: None,
        },
        recorded_by: None,
        recorded_at: now,
        retracted_at: None,
    })
}

/// One case.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of it.
pub async fn view_case(app: &App, caller: &Caller, id: CaseId) -> Result<Permitted<CaseWithPatient>, Refused> {
    app.read(caller, async |db| {
        let case = find(db, caller, Action::ViewCase, id).await?;
        let patient = patients::get(db, case.patient_id).await?;
        Ok(case.map(|case| CaseWithPatient { case, patient }))
    })
    .await
}

/// One page of the cases that the caller may see, each as by itself.
///
/// # Errors
/// [`Refused`] when the caller may see none.
pub async fn list_cases(
    app: &App,
    caller: &Caller,
    filter: &CaseFilter,
    page: Page,
) -> Result<Slice<Permitted<CaseWithPatient>>, Refused> {
    app.read_each(caller, async |db| {
        let scope = scope(&caller.actor, Action::ViewCase, ObjectKind::Case)?;
        let page = page_of(db, caller, &scope, filter, page).await?;
        Ok(scope.with(page))
    })
    .await
}

/// One page of cases with their patients: each shows as much as it does by itself, whatever else is in the list.
pub(crate) async fn page_of(
    db: &impl Reader,
    caller: &Caller,
    scope: &Permitted<Scope>,
    filter: &CaseFilter,
    page: Page,
) -> Result<Slice<Permitted<CaseWithPatient>>, Refused> {
    let Slice { items, next } = cases::list(db, scope, filter, page).await?;
    let mut people = patients::of_cases(db, &items).await?;
    let seen = permit_each(caller, Action::ViewCase, cases::in_care(db, items).await?);
    let with_patient = |seen: Permitted<CaseInCare>| {
        let at = people.iter().position(|(case_id, _)| *case_id == seen.case.id)?;
        let (_, patient) = people.swap_remove(at);
        Some(seen.map(|found| CaseWithPatient { case: found.case, patient }))
    };
    Ok(Slice { items: seen.into_iter().filter_map(with_patient).collect(), next })
}

/// Narrows a list of cases.
#[must_use]
pub fn filter(stage: Option<Stage>, patient_id: Option<PatientId>, held: Option<bool>) -> CaseFilter {
    let held = held.map(|held| if held { Held::Yes } else { Held::No });
    CaseFilter { stage, patient_id, held }
}

/// What the caller may do with the case now, and for each action all gates still shut.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn next_actions(
    app: &App,
    caller: &Caller,
    id: CaseId,
) -> Result<Permitted<(Case, Vec<NextAction>)>, Refused> {
    app.read(caller, async |db| {
        let case = find_in_care(db, caller, Action::ViewCase, id).await?;
        let roles = match can(&caller.actor, Action::MoveCase, &*case) {
            Decision::Allow(roles) => roles,
            Decision::Forbid | Decision::Hide => Vec::new(),
        };
        let parties: Vec<_> = roles.iter().flat_map(|role| parties_of(*role)).copied().collect();
        let file = case_files::assemble(db, case.case.clone()).await?;
        let actions = next(&file, &parties, caller.actor.user_id(), app.now());
        Ok(case.map(|found| (found.case, actions)))
    })
    .await
}

/// One page of the case's timeline, newest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn view_timeline(
    app: &App,
    caller: &Caller,
    id: CaseId,
    page: Page,
) -> Result<Permitted<Slice<Happened>>, Refused> {
    app.read(caller, async |db| {
        let case = find(db, caller, Action::ViewCase, id).await?;
        let events = cases::timeline(db, &case, page).await?;
        let names = users::names(db, events.items.iter().filter_map(|event| event.actor_id)).await?;
        let name_of = |id| names.iter().find(|(known, _)| Some(*known) == id).map(|(_, name)| name.clone());
        Ok(case.with(events.map(|event| Happened { actor_name: name_of(event.actor_id), event })))
    })
    .await
}

/// Takes a step with the case.
///
/// # Errors
/// [`Refused`] when the table has no such step, gates are shut, or the input is incomplete.
pub async fn take_step(
    app: &App,
    caller: &Caller,
    id: CaseId,
    decided_on: Version,
    request: &StepRequest,
) -> Result<Permitted<CaseWithPatient>, Refused> {
    check(app, request)?;
    app.write(caller, async |tx| {
        let case = find(tx, caller, Action::MoveCase, id).await?;
        case.version.expect(decided_on)?;
        if request.trigger.via() != Via::Step {
            return Err(illegal(&case, &case.permit().parties()).into());
        }
        expect_survivor(tx, caller, &case, request.survivor).await?;
        if request.trigger == Trigger::Reopen {
            // Who has left meanwhile coordinates nothing: the case is handed over first.
            let owner = users::hold(tx, [case.coordinator_id], app.now()).await?.pop().ok_or(NotFound)?;
            owner.expect_active("reopen")?;
        }
        let mut file = case_files::assemble(tx, (*case).clone()).await?;
        let ask = Ask {
            target: request.target,
            reason: request.reason.as_ref(),
            review_at: request.review_at,
            survivor: request.survivor,
            override_reason: request.override_reason.as_ref(),
            ..Ask::new(request.trigger, &[])
        };
        let occurrence =
            Occurrence { at: request.occurred_at.unwrap_or(app.now()), on_behalf_of: request.on_behalf_of };
        steps::take(app, tx, &case, &mut file, ask, occurrence).await?;
        steps::catch_up(app, tx, &mut file, occurrence).await?;
        if request.trigger == Trigger::ChangeHospital {
            quotes::cancel_running(tx, &case, None).await?;
        }
        let CaseFile { case: moved, patient, .. } = file;
        Ok(case.with(CaseWithPatient { case: moved, patient }))
    })
    .await
}

/// What can be said of a step's input without the case.
fn check(app: &App, request: &StepRequest) -> Result<(), Invalid> {
    let mut fields = Fields::new();
    fields.take_optional("/occurred_at", request.occurred_at.map(|at| happened(at, app.now())));
    let today = app.now().date_naive();
    let rests = request.review_at.is_none_or(|at| Case::may_rest_until(at.date_naive(), today));
    fields.require("/review_at", rests, FieldCode::OutOfRange);
    fields.finish(|| Some(()))
}

/// A case is merged into another one of the same patient: that two patients are one is for two people to say
/// first, by a merge of their records (domain §6.3 T04).
async fn expect_survivor(tx: &Tx, caller: &Caller, merged: &Case, survivor: Option<CaseId>) -> Result<(), Refused> {
    let Some(id) = survivor else { return Ok(()) };
    let pointer = "/survivor_case_id";
    let survivor = cases::find(tx, id).await?.ok_or(NotKnownHere::absent(pointer))?;
    let hidden = |denied| NotKnownHere::hidden(pointer, denied);
    let survivor = permit(&caller.actor, Action::ViewCase, survivor).map_err(hidden)?;
    let same_patient = survivor.case.patient_id == merged.patient_id;
    if id == merged.id || !same_patient || survivor.case.merged_into.is_some() {
        return Err(Invalid::at(pointer, FieldCode::Contradicts).into());
    }
    Ok(())
}

/// The case, with the proof that the caller may do `action` to it.
pub(crate) async fn find(
    db: &impl Reader,
    caller: &Caller,
    action: Action,
    id: CaseId,
) -> Result<Permitted<Case>, Refused> {
    Ok(find_in_care(db, caller, action, id).await?.map(|found| found.case))
}

/// As [`find`], with the grants that open the case.
pub(crate) async fn find_in_care(
    db: &impl Reader,
    caller: &Caller,
    action: Action,
    id: CaseId,
) -> Result<Permitted<CaseInCare>, Refused> {
    let found = cases::find(db, id).await?.ok_or(NotFound)?;
    Ok(permit(&caller.actor, action, found)?)
}

/// Whoever is named must be active and hold one of `roles`, and stay so until the unit ends: they are among those
/// whom it [holds](users::hold).
pub(crate) fn expect_role(held: &[User], pointer: &str, id: Option<UserId>, roles: &[Role]) -> Result<(), Invalid> {
    let fits = |user: &User| user.may_act() && user.profile.roles.iter().any(|role| roles.contains(role));
    match id {
        Some(id) if !held.iter().any(|user| user.id == id && fits(user)) => {
            Err(Invalid::at(pointer, FieldCode::NotKnownHere))
        }
        Some(_) | None => Ok(()),
    }
}
