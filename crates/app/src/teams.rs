//! The team of a case: who is on it, how it is handed over, and whom it asks for a second opinion.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rafiq_domain::cases::{Case, CaseIsFinal};
use rafiq_domain::grants::{Grant, GrantBasis, GrantEnd, GrantTerms};
use rafiq_domain::ids::{CaseId, GrantId, NoteId, UserId};
use rafiq_domain::off_boarding::Successors;
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, CaseInCare, Denied, ObjectKind, Permit, Permitted, Resource, Whole, permit};
use rafiq_domain::refusal::{FieldCode, FieldError, Invalid, NotFound, ProblemCode, Refusal};
use rafiq_domain::tasks::TaskKind;
use rafiq_domain::teams::{HandOverNote, NewOnTeam, Seat, TeamChange, Word};
use rafiq_domain::text::Line;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::Tx;
use rafiq_persistence::{audit, cases, grants, notes, patients, tasks, users};

use crate::access::NamedGrant;
use crate::cases::{CaseWithPatient, expect_role};
use crate::{App, Caller, Refused, access, steps};

pub use rafiq_domain::teams::Team;

/// How many cases are handed over by one set of statements when someone leaves.
const AT_A_TIME: u64 = 200;

/// The roles of those who coordinate.
pub(crate) const COORDINATING: &[Role] = &[Role::Coordinator, Role::Lead];

/// Those who ever were on the team of a case.
#[derive(Debug, Clone)]
pub struct TeamHistory {
    /// The version of the case.
    pub version: Version,
    /// The memberships, newest first.
    pub members: Slice<NamedGrant>,
}

/// The doctor has been asked already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the doctor has been asked for a second opinion already")]
pub struct AskedAlready;

impl Refusal for AskedAlready {
    fn code(&self) -> ProblemCode {
        ProblemCode::AlreadyExists
    }
}

/// Some of the cases are not there or the caller may not know of them, which read the same, or they may not hand
/// them over. Each denial is on record, whichever of them is answered.
#[derive(Debug, thiserror::Error)]
#[error("{} of the cases are not known here, {} denied", .unknown.len(), .denied.len())]
struct RefusedCases {
    unknown: Vec<FieldError>,
    denied: Vec<Denied>,
}

impl RefusedCases {
    fn forbidden(&self) -> Option<&Denied> {
        self.denied.iter().find(|denied| !denied.hidden)
    }
}

impl Refusal for RefusedCases {
    fn code(&self) -> ProblemCode {
        self.forbidden().map_or(ProblemCode::InvalidInput, Refusal::code)
    }

    fn fields(&self) -> Vec<FieldError> {
        if self.forbidden().is_some() { Vec::new() } else { self.unknown.clone() }
    }

    fn denial(&self) -> Option<&Denied> {
        self.denied.first()
    }

    fn denials(&self) -> Vec<&Denied> {
        self.denied.iter().collect()
    }
}

/// Some of the cases have ended for good.
#[derive(Debug, thiserror::Error)]
#[error("{} of the cases are final", .0.len())]
struct FinalCases(Vec<FieldError>);

impl Refusal for FinalCases {
    fn code(&self) -> ProblemCode {
        CaseIsFinal.code()
    }

    fn fields(&self) -> Vec<FieldError> {
        self.0.clone()
    }
}

/// One page of those who are or were on the team of a case, newest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn view_team(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    page: Page,
) -> Result<Permitted<TeamHistory>, Refused> {
    app.read(caller, async |db| {
        let case = crate::cases::find(db, caller, Action::ViewCase, case_id).await?;
        let Slice { items, next } = grants::memberships(db, &case, page).await?;
        let members = Slice { items: access::with_names(app, db, items).await?, next };
        Ok(case.map(|case| TeamHistory { version: case.version, members }))
    })
    .await
}

/// Assigns coordinator and doctor. A new coordinator gets the case with a note.
///
/// # Errors
/// [`Refused`] when the caller may not, decided on an older version, named someone without the role or
/// themselves while they stand in for another, or left out the note.
pub async fn assign_case(
    app: &App,
    caller: &Caller,
    id: CaseId,
    decided_on: Version,
    team: Team,
    note: Option<&HandOverNote>,
) -> Result<Permitted<CaseWithPatient>, Refused> {
    app.write(caller, async |tx| {
        let change = TeamChange::to(team);
        let held = hold_named(app, tx, change).await?;
        let found = cases::lock(tx, &[id]).await?.pop().ok_or(NotFound)?;
        let case = permit(&caller.actor, Action::AssignCase, found)?.map(|found| found.case);
        case.version.expect(decided_on)?;
        change.expect_lent(case.team(), case.permit())?;
        expect_seats(&held, change)?;
        if note.is_some() && case.team() == team {
            return Err(Invalid::at("/note", FieldCode::Contradicts).into());
        }
        let handed = hand_over(app, tx, &case, vec![(*case).clone()], change, note).await?.pop().ok_or(NotFound)?;
        let patient = patients::get(tx, handed.patient_id).await?;
        Ok(case.with(CaseWithPatient { case: handed, patient }))
    })
    .await
}

/// Hands several cases over at once: all of them or none, each as if it were handed over by itself.
///
/// # Errors
/// [`Refused`] when the caller may not for one of them, one of them takes no entries, someone named lacks
/// the role, or the caller would take a seat for standing in.
pub async fn reassign_cases(
    app: &App,
    caller: &Caller,
    ids: &[CaseId],
    change: TeamChange,
    note: &HandOverNote,
) -> Result<Permitted<Vec<Case>>, Refused> {
    app.write(caller, async |tx| {
        let all = permit(&caller.actor, Action::AssignCase, Whole(ObjectKind::Case))?;
        let held = hold_named(app, tx, change).await?;
        let found = cases::lock(tx, ids).await?;
        let permitted = permit_all(caller, ids, found)?;
        expect_open(&permitted)?;
        permitted.iter().try_for_each(|case| change.expect_lent(case.team(), case.permit()))?;
        expect_seats(&held, change)?;
        let decisions: Vec<_> = permitted.iter().map(|case| (case.permit().clone(), app.stamp(caller))).collect();
        audit::allowed_within(tx, &decisions).await?;
        let cases = permitted.into_iter().map(Permitted::into_inner).collect();
        let handed = hand_over(app, tx, &all, cases, change, Some(note)).await?;
        Ok(all.with(handed))
    })
    .await
}

/// Asks for each case by itself, in the order in which they were named.
fn permit_all(caller: &Caller, ids: &[CaseId], mut found: Vec<CaseInCare>) -> Result<Vec<Permitted<Case>>, Refused> {
    let (mut permitted, mut refused) = (Vec::new(), RefusedCases { unknown: Vec::new(), denied: Vec::new() });
    for (index, id) in ids.iter().enumerate() {
        let at = found.iter().position(|case| case.case.id == *id);
        let asked = at.map(|at| permit(&caller.actor, Action::AssignCase, found.swap_remove(at)));
        let denied = match asked {
            Some(Ok(case)) => {
                permitted.push(case.map(|found| found.case));
                continue;
            }
            Some(Err(denied)) => Some(denied),
            None => None,
        };
        if denied.as_ref().is_none_or(|denied| denied.hidden) {
            let pointer = format!("/case_ids/{index}");
            refused.unknown.push(FieldError { pointer, code: FieldCode::NotKnownHere });
        }
        refused.denied.extend(denied);
    }
    if permitted.len() == ids.len() { Ok(permitted) } else { Err(refused.into()) }
}

fn expect_open(cases: &[Permitted<Case>]) -> Result<(), FinalCases> {
    let closed = cases.iter().enumerate().filter(|(_, case)| case.takes_entries().is_err());
    let field = |(index, _)| FieldError { pointer: format!("/case_ids/{index}"), code: FieldCode::Contradicts };
    let fields: Vec<_> = closed.map(field).collect();
    if fields.is_empty() { Ok(()) } else { Err(FinalCases(fields)) }
}

/// Those who are named, as they stay until the unit ends. They are held before any case is, in the order in which
/// whoever leaves is off-boarded.
async fn hold_named(app: &App, tx: &Tx, change: TeamChange) -> Result<Vec<User>, Refused> {
    let coordinator = if let Seat::Goes(coordinator) = change.coordinator { Some(coordinator) } else { None };
    let doctor = if let Seat::Goes(doctor) = change.doctor { doctor } else { None };
    Ok(users::hold(tx, coordinator.into_iter().chain(doctor), app.now()).await?)
}

/// Those who are named must hold the role of their seat.
fn expect_seats(held: &[User], change: TeamChange) -> Result<(), Invalid> {
    if let Seat::Goes(coordinator) = change.coordinator {
        expect_role(held, "/coordinator_id", Some(coordinator), COORDINATING)?;
    }
    if let Seat::Goes(doctor) = change.doctor {
        expect_role(held, "/doctor_id", doctor, &[Role::Doctor])?;
    }
    Ok(())
}

/// Gives cases to another team: who is new on it has access with this unit, who is not any more has none. The
/// note stands signed in each case that changes, and a new owner finds a task, unless the case is closed. The
/// number of statements does not depend on the number of cases.
async fn hand_over<T: Sync>(
    app: &App,
    tx: &Tx,
    by: &Permitted<T>,
    cases: Vec<Case>,
    change: TeamChange,
    note: Option<&HandOverNote>,
) -> Result<Vec<Case>, Refused> {
    let author = by.permit().actor().user_id();
    let word = match (note, author) {
        (_, None) => Word::NotAsked,
        (Some(_), Some(_)) => Word::Given,
        (None, Some(_)) => Word::Missing,
    };
    let handed = cases.into_iter().map(|case| case.hand_over(change, word)).collect::<Result<Vec<_>, _>>()?;
    let changed: Vec<_> = handed.iter().filter(|handed| handed.new != NewOnTeam::Nobody).collect();
    if changed.is_empty() {
        return Ok(handed.into_iter().map(|handed| handed.case).collect());
    }
    let moved = by.with(changed.iter().map(|handed| handed.case.clone()).collect());
    cases::assign(tx, &moved, change, app.moment()).await?;
    let signed = note.zip(author).map(|(note, author)| {
        moved.iter().map(|case| note.signed(NoteId::new(app.ids()), case.id, author, app.now())).collect()
    });
    notes::insert_all(tx, &by.with(signed.unwrap_or_default())).await?;
    let owned = changed.iter().filter(|handed| handed.new == NewOnTeam::Owner && !handed.case.stage.is_final());
    let take_over = owned.map(|handed| steps::task(app, handed.case.id, TaskKind::TakeOverCase, Vec::new())).collect();
    tasks::insert_all(tx, &by.with(take_over)).await?;
    let saved = |handed: rafiq_domain::teams::HandedOver| match handed.new {
        NewOnTeam::Nobody => handed.case,
        NewOnTeam::Doctor | NewOnTeam::Owner => Case { version: handed.case.version.next(), ..handed.case },
    };
    Ok(handed.into_iter().map(saved).collect())
}

/// Hands over the cases of someone who leaves, as far as they take entries and there is who takes them; answers
/// how many that were. Each of them tells by its own record who handed it over. A doctor's seat without a successor
/// stays empty. With the product itself as the one who acts no note is asked for.
///
/// # Errors
/// [`Refused`] when the note is missing. Whether the successors can take over is for the caller to ask first.
pub(crate) async fn hand_over_all<T: Sync>(
    app: &App,
    tx: &Tx,
    caller: &Caller,
    by: &Permitted<T>,
    leaver: UserId,
    to: Successors,
    note: Option<&HandOverNote>,
) -> Result<u64, Refused> {
    let mut handed: HashSet<CaseId> = HashSet::new();
    // Nobody succeeds themselves: the work would never end.
    if let Some(coordinator) = to.coordinator.filter(|id| *id != leaver) {
        let change = TeamChange { coordinator: Seat::Goes(coordinator), doctor: Seat::Stays };
        loop {
            let cases = cases::lock_of_coordinator(tx, leaver, AT_A_TIME).await?;
            record_handed(app, tx, caller, by.permit(), &cases, &mut handed).await?;
            if hand_over_found(app, tx, by, cases, change, note).await? == 0 {
                break;
            }
        }
    }
    let doctor = to.doctor.filter(|id| *id != leaver);
    let change = TeamChange { coordinator: Seat::Stays, doctor: Seat::Goes(doctor) };
    loop {
        let cases = cases::lock_of_doctor(tx, leaver, AT_A_TIME).await?;
        record_handed(app, tx, caller, by.permit(), &cases, &mut handed).await?;
        if hand_over_found(app, tx, by, cases, change, note).await? == 0 {
            return Ok(handed.len().try_into().unwrap_or(u64::MAX));
        }
    }
}

/// Puts on record each case that was not handed over before in this unit.
async fn record_handed(
    app: &App,
    tx: &Tx,
    caller: &Caller,
    by: &Permit,
    found: &[CaseInCare],
    handed: &mut HashSet<CaseId>,
) -> Result<(), Refused> {
    let new = found.iter().filter(|found| handed.insert(found.case.id));
    let decisions: Vec<_> = new.map(|found| (by.reaching(found.object()), app.stamp(caller))).collect();
    Ok(audit::allowed_within(tx, &decisions).await?)
}

async fn hand_over_found<T: Sync>(
    app: &App,
    tx: &Tx,
    by: &Permitted<T>,
    found: Vec<CaseInCare>,
    change: TeamChange,
    note: Option<&HandOverNote>,
) -> Result<usize, Refused> {
    let cases = found.into_iter().map(|found| found.case).collect();
    Ok(hand_over(app, tx, by, cases, change, note).await?.len())
}

/// Asks another doctor for an opinion: until then they read the case and write notes on it.
///
/// # Errors
/// [`Refused`] when the caller may not, the doctor is none or is on the team, the time is out of bounds, or
/// the caller stands in for another and asks themselves, or for longer than that.
pub async fn ask_second_opinion(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    doctor_id: UserId,
    until: DateTime<Utc>,
    reason: Line,
) -> Result<Permitted<NamedGrant>, Refused> {
    let terms = GrantTerms::of_second_opinion(doctor_id, until, reason, app.now())?;
    app.write(caller, async |tx| {
        let held = users::hold(tx, [doctor_id], app.now()).await?;
        let case = crate::cases::find(tx, caller, Action::AskSecondOpinion, case_id).await?;
        case.takes_entries()?;
        terms.expect_lent(case.permit())?;
        expect_role(&held, "/doctor_id", Some(doctor_id), &[Role::Doctor])?;
        if case.doctor_id == Some(doctor_id) {
            return Err(Invalid::at("/doctor_id", FieldCode::Contradicts).into());
        }
        let granted_by = caller.actor.user_id();
        let grant = case.with(Grant { id: GrantId::new(app.ids()), case_id, terms, granted_by, ended: None });
        grants::insert(tx, &grant).await.map_err(refused_opinion)?;
        access::named(app, tx, grant).await
    })
    .await
}

fn refused_opinion(error: StoreError) -> Refused {
    if error.is_constraint(grants::ASKED_TWICE) { AskedAlready.into() } else { error.into() }
}

/// Ends the time of a second opinion.
///
/// # Errors
/// [`Refused`] when there is none, or it is over.
pub async fn end_second_opinion(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: GrantId,
) -> Result<Permitted<NamedGrant>, Refused> {
    app.write(caller, async |tx| {
        let case = crate::cases::find(tx, caller, Action::AskSecondOpinion, case_id).await?;
        let grant = grants::find(tx, case_id, id).await?;
        let grant = grant.filter(|grant| grant.terms.basis == GrantBasis::SecondOpinion).ok_or(NotFound)?;
        let ended = case.with(grant).try_map(|grant| grant.end(GrantEnd::NoLongerWanted, app.now()))?;
        grants::end(tx, &ended).await?;
        access::named(app, tx, ended).await
    })
    .await
}
