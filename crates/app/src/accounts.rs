//! Users: who may sign in, and as what.

use rafiq_domain::ids::UserId;
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, ObjectKind, Permitted, Whole, permit, scope};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::text::Login;
use rafiq_domain::users::{User, UserProfile};
use rafiq_domain::vocabulary::{Role, UserState};
use rafiq_persistence::users;

use crate::passwords::Password;
use crate::{App, Caller, Refused};

/// Creates a user.
///
/// # Errors
/// [`Refused`] when the caller may not, the profile is not sound, or the login is in use.
pub async fn create_user(
    app: &App,
    caller: &Caller,
    login: Login,
    profile: UserProfile,
    password: Password,
) -> Result<Permitted<User>, Refused> {
    let profile = profile.check()?;
    // Hashing is work that only those entitled may cause, and no work for a unit.
    let permitted = app.ask(caller, Action::ManageUsers, Whole(ObjectKind::User)).await?;
    let hash = app.passwords().hash(password).await?;
    let user = User { id: UserId::new(app.ids()), login, profile, state: UserState::Active, version: Version::FIRST };
    app.write(caller, async |tx| {
        let user = permitted.with(user);
        users::insert(tx, &user, &hash, app.now()).await?;
        Ok(user)
    })
    .await
}

/// Disables a user: every session ends with its next request, and does not come back with the user.
///
/// # Errors
/// [`Refused`] when the caller may not, is the user, or decided on an older version.
pub async fn disable_user(
    app: &App,
    caller: &Caller,
    id: UserId,
    decided_on: Version,
) -> Result<Permitted<User>, Refused> {
    set_state(app, caller, id, decided_on, UserState::Disabled).await
}

/// Lets a disabled user sign in again.
///
/// # Errors
/// As for [`disable_user`].
pub async fn enable_user(
    app: &App,
    caller: &Caller,
    id: UserId,
    decided_on: Version,
) -> Result<Permitted<User>, Refused> {
    set_state(app, caller, id, decided_on, UserState::Active).await
}

async fn set_state(
    app: &App,
    caller: &Caller,
    id: UserId,
    decided_on: Version,
    state: UserState,
) -> Result<Permitted<User>, Refused> {
    app.write(caller, async |tx| {
        let user = users::find(tx, id).await?.ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::ManageUsers, user)?;
        if caller.actor.user_id() == Some(id) {
            // Whoever disables the last administrator is another one.
            return Err(user.permit().deny().into());
        }
        user.version.expect(decided_on)?;
        let user = user.map(|user| User { state, ..user });
        let version = users::update(tx, &user).await?;
        if state == UserState::Disabled {
            users::revoke_sessions(tx, &user, app.now()).await?;
        }
        Ok(user.map(|user| User { version, ..user }))
    })
    .await
}

/// One page of users.
///
/// # Errors
/// [`Refused`] when the caller may not.
pub async fn list_users(app: &App, caller: &Caller, page: Page) -> Result<Permitted<Slice<User>>, Refused> {
    app.read(caller, async |db| {
        let scope = scope(&caller.actor, Action::ViewUsers, ObjectKind::User)?;
        let users = users::list(db, &scope, page).await?;
        Ok(scope.with(users))
    })
    .await
}

/// One user.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not.
pub async fn view_user(app: &App, caller: &Caller, id: UserId) -> Result<Permitted<User>, Refused> {
    app.read(caller, async |db| {
        let user = users::find(db, id).await?.ok_or(NotFound)?;
        Ok(permit(&caller.actor, Action::ViewUsers, user)?)
    })
    .await
}

/// Whether `id` names an active user who holds one of `roles`.
pub(crate) async fn holds(
    db: &impl rafiq_persistence::store::Reader,
    id: UserId,
    roles: &[Role],
) -> Result<bool, Refused> {
    let user = users::find(db, id).await?.filter(|user| user.state == UserState::Active);
    Ok(user.is_some_and(|user| user.profile.roles.iter().any(|role| roles.contains(role))))
}
