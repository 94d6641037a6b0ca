//! When someone leaves: everything of theirs ends in one unit, and what they cared for has someone else.

use rafiq_domain::grants::GrantEnd;
use rafiq_domain::ids::UserId;
use rafiq_domain::off_boarding::Successors;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, Permitted, permit};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::roles::RoleEnd;
use rafiq_domain::teams::HandOverNote;
use rafiq_domain::text::Login;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::{Role, UserState};
use rafiq_persistence::store::Tx;
use rafiq_persistence::{cases, delegations, devices, grants, links, roles, sessions, users};

use crate::cases::expect_role;
use crate::roles::keep_an_administrator;
use crate::{App, Caller, Refused, teams};

/// Someone who has left, and what that ended.
#[derive(Debug, Clone)]
pub struct OffBoarded {
    /// Who.
    pub user: User,
    /// How many roles ended.
    pub roles_ended: u64,
    /// How many cases others took over.
    pub cases_handed_over: u64,
}

/// Off-boards a user: disables them, ends their sessions, roles, delegations and grants, voids their links and
/// forgets their devices, and hands the cases in their care over. All of it happens, or nothing.
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
        let cases_handed_over = hand_over(app, tx, &user, to, note).await?;
        let roles_ended = end_everything(app, tx, &user).await?;
        let user = user.map(|user| User { state: UserState::Disabled, ..user });
        let version = users::update(tx, &user).await?;
        let left = |user| OffBoarded { user: User { version, ..user }, roles_ended, cases_handed_over };
        Ok(user.map(left))
    })
    .await
}

async fn hand_over(
    app: &App,
    tx: &Tx,
    user: &Permitted<User>,
    to: Successors,
    note: Option<&HandOverNote>,
) -> Result<u64, Refused> {
    cases::in_care_of(tx, user.id).await?.pass_to(to, user.id)?;
    expect_role(app, tx, "/hand_over_to/coordinator_id", to.coordinator, teams::COORDINATING).await?;
    expect_role(app, tx, "/hand_over_to/doctor_id", to.doctor, &[Role::Doctor]).await?;
    teams::hand_over_all(app, tx, user, user.id, to, note).await
}

/// Ends what opens anything to a user; answers how many roles there were.
async fn end_everything(app: &App, tx: &Tx, user: &Permitted<User>) -> Result<u64, Refused> {
    let now = app.now();
    sessions::revoke_all(tx, user, now).await?;
    links::void_all(tx, user).await?;
    devices::forget_all(tx, user).await?;
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
