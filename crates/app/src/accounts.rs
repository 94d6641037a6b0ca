//! Users: who may sign in, and as what.

use rafiq_domain::ids::UserId;
use rafiq_domain::links::HasPassword;
use rafiq_domain::mail::{MailKind, Notice, Recipient};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, Actor, ObjectKind, Permitted, Whole, permit, scope};
use rafiq_domain::refusal::{Invalid, NotFound};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::Login;
use rafiq_domain::users::{Contact, User, UserProfile};
use rafiq_domain::vocabulary::UserState;
use rafiq_persistence::{passwords, sessions, users};

use crate::passwords::words_of;
use crate::{App, Caller, Refused, mail, roles};

/// How a new user comes to a password.
#[derive(Debug, Clone)]
pub enum FirstPassword {
    /// The operator has chosen it, at the machine itself.
    Chosen(Sensitive<String>),
    /// They choose it themselves, by the link of an invitation: nobody else ever knows it.
    Invited,
    /// They have none: a machine signs in otherwise.
    None,
}

/// Creates a user.
///
/// # Errors
/// [`Refused`] when the caller may not, or may not give one of the roles, the profile is not sound, the password
/// breaks a rule, or the login is in use.
pub async fn create_user(
    app: &App,
    caller: &Caller,
    login: Login,
    profile: UserProfile,
    contact: Contact,
    first: FirstPassword,
) -> Result<Permitted<User>, Refused> {
    let profile = match &caller.actor {
        Actor::System => profile.of_operator(),
        Actor::User(_) => profile,
    };
    let profile = profile.check()?;
    // Hashing is work that only those entitled may cause, and no work for a unit.
    let permitted = app.ask(caller, Action::ManageUsers, Whole(ObjectKind::User)).await?;
    let id = UserId::new(app.ids());
    let given = roles::expect_all_given(&permitted, id, &profile);
    app.record_denial(caller, given).await?;
    let state = UserState::Active;
    let user = User { id, login, profile, contact, state, hospital_state: None, version: Version::FIRST };
    let hash = match &first {
        FirstPassword::Chosen(text) => Some(hash_first(app, &user, text).await?),
        FirstPassword::Invited | FirstPassword::None => None,
    };
    app.write(caller, async |tx| {
        let user = permitted.with(user);
        users::insert(tx, &user, app.moment()).await?;
        if let Some(hash) = &hash {
            passwords::set(tx, &user, hash, app.now()).await?;
        }
        if let FirstPassword::Invited = first {
            user.invitable(HasPassword::No)?;
            mail::enqueue(app, tx, &user, Notice::new(MailKind::Invitation, Recipient::User(id))).await?;
        }
        Ok(user)
    })
    .await
}

async fn hash_first(app: &App, user: &User, text: &str) -> Result<Sensitive<String>, Refused> {
    let chosen = app.passwords().choose(text, &words_of(user));
    let chosen = chosen.map_err(|code| Invalid::at("/password", code))?;
    app.passwords().hash(&app.passwords().place()?, chosen).await
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
        let user = users::find(tx, id, app.now()).await?.ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::ManageUsers, user)?;
        if caller.actor.user_id() == Some(id) {
            return Err(user.permit().deny().into());
        }
        user.version.expect(decided_on)?;
        if state == UserState::Disabled {
            roles::keep_an_administrator(tx, id).await?;
        }
        let user = user.map(|user| User { state, ..user });
        let version = users::update(tx, &user).await?;
        if state == UserState::Disabled {
            sessions::revoke_all(tx, &user, app.now()).await?;
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
        let users = users::list(db, &scope, page, app.now()).await?;
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
        let user = users::find(db, id, app.now()).await?.ok_or(NotFound)?;
        Ok(permit(&caller.actor, Action::ViewUsers, user)?)
    })
    .await
}
