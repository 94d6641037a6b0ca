//! When someone leaves: everything of theirs ends in one unit, and what they cared for has someone else.

use rafiq_domain::grants::GrantEnd;
use rafiq_domain::ids::{InterpreterId, UserId};
use rafiq_domain::interpreters::{Booking, Interpreter};
use rafiq_domain::off_boarding::Successors;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, Object, ObjectKind, Permitted, permit};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::roles::RoleEnd;
use rafiq_domain::tasks::TaskKind;
use rafiq_domain::teams::HandOverNote;
use rafiq_domain::text::Login;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::{InterpreterState, Role, UserState};
use rafiq_persistence::store::Tx;
use rafiq_persistence::{
    audit, bookings, cases, clients, delegations, devices, grants, interpreters, links, passwords, roles,
    second_factors, sessions, users,
};

use crate::cases::expect_role;
use crate::roles::keep_an_administrator;
use crate::{App, Caller, Refused, steps, teams};

/// Someone who has left, and what that ended.
#[derive(Debug, Clone)]
pub struct OffBoarded {
    /// Who.
    pub user: User,
    /// How many roles ended.
    pub roles_ended: u64,
    /// How many cases others took over.
    pub cases_handed_over: u64,
    /// How many jobs and offers of theirs as an interpreter were called off.
    pub bookings_called_off: u64,
}

/// Off-boards a user: disables them, ends their sessions, roles, delegations and grants, takes away all by which they
/// sign in, hands the cases in their care over, and calls their jobs as an interpreter off. All of it happens, or
/// nothing.
///
/// # Errors
/// [`Refused`] when there is no such user, the caller may not, is the user or decided on an older version,
/// nobody would be left to administer the product, or cases would be left to nobody.
pub async fn off_board_user(
    app: &App,
    caller: &Caller,
    id: UserId,
    decided_on: Version,
    to: Successors,
    note: Option<&HandOverNote>,
) -> Result<Permitted<OffBoarded>, Refused> {
    app.write(caller, async |tx| {
        let user = users::find(tx, id, app.now()).await?.ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::OffBoardUser, user)?;
        if caller.actor.user_id() == Some(id) {
            return Err(user.permit().deny().into());
        }
        user.version.expect(decided_on)?;
        keep_an_administrator(tx, id).await?;
        // From here on nobody gives them a case, a role or a session: what there is to end is all there.
        let held = users::take_turn(tx, [Some(id), to.coordinator, to.doctor].into_iter().flatten(), app.now()).await?;
        let cases_handed_over = hand_over(app, tx, caller, &user, to, &held, note).await?;
        let bookings_called_off = call_off_jobs(app, tx, caller, &user).await?;
        let roles_ended = end_everything(app, tx, &user).await?;
        let user = user.map(|user| User { state: UserState::Disabled, ..user });
        let version = users::update(tx, &user).await?;
        Ok(user.map(|user| OffBoarded {
            user: User { version, ..user },
            roles_ended,
            cases_handed_over,
            bookings_called_off,
        }))
    })
    .await
}

async fn hand_over(
    app: &App,
    tx: &Tx,
    caller: &Caller,
    user: &Permitted<User>,
    to: Successors,
    held: &[User],
    note: Option<&HandOverNote>,
) -> Result<u64, Refused> {
    cases::in_care_of(tx, user.id).await?.pass_to(to, user.id)?;
    expect_role(held, "/hand_over_to/coordinator_id", to.coordinator, teams::COORDINATING)?;
    expect_role(held, "/hand_over_to/doctor_id", to.doctor, &[Role::Doctor])?;
    teams::hand_over_all(app, tx, caller, user, user.id, to, note).await
}

/// Calls off what someone was to do or asked to do as an interpreter, who takes no jobs any more, unless somebody
/// else still answers in their name. For each firm job somebody has to find another one.
async fn call_off_jobs(app: &App, tx: &Tx, caller: &Caller, user: &Permitted<User>) -> Result<u64, Refused> {
    let Some(id) = user.profile.interpreter_id else { return Ok(0) };
    if users::is_answered_for(tx, id, user.id).await? {
        return Ok(0);
    }
    // In the order in which a job is offered and accepted: first the case, then the interpreter.
    for booking in bookings::open_of_interpreter(tx, id, app.now()).await? {
        cases::take_turn(tx, booking.case_id).await?;
    }
    retire(tx, user, id).await?;
    let open = bookings::open_of_interpreter(tx, id, app.now()).await?;
    let called_off = open.len().try_into().unwrap_or(u64::MAX);
    let case_of = |booking: &Booking| {
        let case_id = booking.case_id;
        Object { kind: ObjectKind::Case, id: Some(case_id.uuid()), case_id: Some(case_id) }
    };
    let decisions: Vec<_> =
        open.iter().map(|booking| (user.permit().reaching(case_of(booking)), app.stamp(caller))).collect();
    audit::allowed_within(tx, &decisions).await?;
    for booking in open {
        call_off(app, tx, user, booking).await?;
    }
    Ok(called_off)
}

async fn retire(tx: &Tx, user: &Permitted<User>, id: InterpreterId) -> Result<(), Refused> {
    let interpreter = interpreters::find(tx, id).await?.ok_or(NotFound)?;
    interpreters::update(tx, &user.with(Interpreter { state: InterpreterState::Inactive, ..interpreter })).await?;
    Ok(())
}

async fn call_off(app: &App, tx: &Tx, user: &Permitted<User>, booking: Booking) -> Result<(), Refused> {
    let (firm, case) = (booking.is_firm(), cases::get(tx, booking.case_id).await?);
    crate::bookings::save(app, tx, user.with(booking).try_map(|booking| booking.cancel(None, app.now()))?).await?;
    if firm && !case.stage.is_final() {
        steps::raise(app, tx, user, &case, TaskKind::ReplaceInterpreter, Vec::new()).await?;
    }
    Ok(())
}

/// Ends what opens anything to a user, and by what they sign in: whoever comes back is invited again. Answers how many
/// roles there were.
async fn end_everything(app: &App, tx: &Tx, user: &Permitted<User>) -> Result<u64, Refused> {
    let now = app.now();
    // In the order in which a change of the password and a sign-in that is proven touch them.
    passwords::remove(tx, user).await?;
    second_factors::remove_all(tx, user).await?;
    sessions::revoke_all(tx, user, now).await?;
    links::void_all(tx, user).await?;
    devices::forget_all(tx, user).await?;
    clients::revoke_all(tx, user, now).await?;
    delegations::end_all_of_user(tx, user, user.id, now).await?;
    grants::end_all_of_user(tx, user, user.id, now, GrantEnd::OffBoarded).await?;
    let end = RoleEnd { at: now, by: user.permit().actor().user_id(), reason: None };
    Ok(roles::end_all(tx, user, &end).await?)
}

/// The user of this login, for the operator.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not.
pub async fn find_by_login(app: &App, caller: &Caller, login: &Login) -> Result<Permitted<User>, Refused> {
    app.read(caller, async |db| {
        let user = users::find_by_login(db, login, app.now()).await?.ok_or(NotFound)?;
        Ok(permit(&caller.actor, Action::ManageUsers, user)?)
    })
    .await
}
