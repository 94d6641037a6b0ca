//! Invitations and resets: a password is chosen by whoever opens a one-time link from their mailbox, and
//! by nobody else.

use std::net::IpAddr;

use rafiq_domain::ids::UserId;
use rafiq_domain::links::{HasPassword, InvalidLink, LinkPurpose, OneTimeLink};
use rafiq_domain::mail::{MailKind, Notice, Recipient};
use rafiq_domain::policy::{Action, Denied, Object, ObjectKind, Principal, Relation, Resource, permit};
use rafiq_domain::refusal::{Invalid, NotFound};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::Login;
use rafiq_domain::throttling::Counter;
use rafiq_domain::users::User;
use rafiq_domain::vocabulary::Role;
use rafiq_persistence::store::{Reader, Tx};
use rafiq_persistence::throttles::Attempt;
use rafiq_persistence::{devices, links, passwords, second_factors, sessions, users};
use uuid::Uuid;

use crate::passwords::{after_change, tell_of_change, words_of};
use crate::{App, Caller, Refused, mail, secrets, throttles};

/// Sends a user who has no password yet another invitation; an earlier one is void once it is sent.
///
/// # Errors
/// [`Refused`] when there is no such user, the caller may not, or the user cannot be invited.
pub async fn invite_user(app: &App, caller: &Caller, id: UserId) -> Result<(), Refused> {
    let invited = app.write(caller, async |tx| {
        let user = users::find(tx, id, app.now()).await?.ok_or(NotFound)?;
        let user = permit(&caller.actor, Action::ManageUsers, user)?;
        let password = passwords::find(tx, id).await?.map_or(HasPassword::No, |_| HasPassword::Yes);
        user.invitable(password)?;
        mail::enqueue(app, tx, &user, Notice::new(MailKind::Invitation, Recipient::User(id))).await?;
        Ok(user)
    });
    invited.await.map(|_| ())
}

/// Chooses the first password by the link of an invitation. It does not sign in.
///
/// # Errors
/// [`InvalidLink`] for a link that is not good; [`Invalid`] for a password that breaks a rule.
pub async fn accept_invitation(
    app: &App,
    token: &str,
    password: &str,
    request_id: Option<Uuid>,
) -> Result<(), Refused> {
    set_by_link(app, LinkPurpose::Invitation, token, password, request_id).await
}

/// Chooses a new password by the link of a reset. Every session ends, and nothing is signed in: a second
/// factor is asked for as ever.
///
/// # Errors
/// As for [`accept_invitation`].
pub async fn complete_reset(app: &App, token: &str, password: &str, request_id: Option<Uuid>) -> Result<(), Refused> {
    set_by_link(app, LinkPurpose::PasswordReset, token, password, request_id).await
}

async fn set_by_link(
    app: &App,
    purpose: LinkPurpose,
    token: &str,
    password: &str,
    request_id: Option<Uuid>,
) -> Result<(), Refused> {
    let token = secrets::hash(token);
    let link = links::find(app.store(), purpose, token, app.now()).await?.ok_or(InvalidLink)?;
    let user = holder(app, app.store(), &link).await?;
    let chosen = app.passwords().choose(password, &words_of(&user));
    let chosen = chosen.map_err(|code| Invalid::at("/password", code))?;
    let hash = app.passwords().hash(&app.passwords().place()?, chosen).await?;
    let caller = Caller::visitor(request_id);
    let set = app.write(&caller, async |tx| {
        // Of two links that are opened at once the later one finds the password that the earlier one set.
        second_factors::hold(tx, link.user_id).await?;
        let user = permit(&caller.actor, Action::SetPassword, holder(app, tx, &link).await?)?;
        if !links::spend(tx, &user.with(link.clone()), token, app.now()).await? {
            return Err(InvalidLink.into());
        }
        passwords::set(tx, &user, &hash, app.now()).await?;
        sessions::revoke_all(tx, &user, app.now()).await?;
        after_change(tx, &user).await?;
        devices::forget_all(tx, &user).await?;
        match purpose {
            // Whoever chose their first password knows it.
            LinkPurpose::Invitation => {}
            LinkPurpose::PasswordReset => tell_of_change(app, tx, &user).await?,
        }
        Ok(user)
    });
    set.await.map(|_| ())
}

async fn holder(app: &App, db: &impl Reader, link: &OneTimeLink) -> Result<User, Refused> {
    let user = users::find(db, link.user_id, app.now()).await?;
    let user = user.filter(|user| user.may_act() && user.may_have_password()).ok_or(InvalidLink)?;
    if may_use(db, link.purpose, link.user_id).await? { Ok(user) } else { Err(InvalidLink.into()) }
}

/// Whether a link of this purpose is of use to a user: an invitation chooses a first password, and replaces none.
pub(crate) async fn may_use(db: &impl Reader, purpose: LinkPurpose, user_id: UserId) -> Result<bool, Refused> {
    Ok(match purpose {
        LinkPurpose::Invitation => passwords::find(db, user_id).await?.is_none(),
        LinkPurpose::PasswordReset => true,
    })
}

/// Whoever may stand behind a login, for the record: nobody is told whether it is anyone.
struct Named(Option<UserId>);

impl Resource for Named {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::User, id: self.0.map(UserId::uuid), case_id: None }
    }

    fn relation(&self, _who: &Principal, _role: Role) -> Relation {
        Relation::Stranger
    }
}

/// Asks for a link to choose a new password. Whatever `login` is, the same is done and the same is
/// answered: what becomes of it shows in a mailbox only.
///
/// # Errors
/// [`Refused`] when too many are asked for from this address, whoever they are for.
pub async fn request_reset(
    app: &App,
    login: &Sensitive<String>,
    address: IpAddr,
    request_id: Option<Uuid>,
) -> Result<(), Refused> {
    let caller = Caller::visitor(request_id);
    let from = throttles::of_address(Counter::ResetsFromAddress, address);
    throttles::attempt(app, &caller, from, || refused(&caller)).await?;
    let known = passwords::credentials(app.store(), &written(login), app.now()).await?.map(|known| known.user_id);
    let counter = match known {
        Some(id) => throttles::key(Counter::ResetsOfAccount, id.uuid().as_bytes()),
        None => throttles::of_unknown(Counter::ResetsOfAccount, login),
    };
    let open = rafiq_persistence::throttles::attempt(app.store(), counter, app.now()).await?;
    let to = known.filter(|_| open == Attempt::Open).map_or(Recipient::Nobody, Recipient::User);
    let noted = app.write(&caller, async |tx: &Tx| {
        let named = permit(&caller.actor, Action::RequestPasswordReset, Named(known))?;
        mail::enqueue(app, tx, &named, Notice::new(MailKind::PasswordReset, to)).await?;
        Ok(named)
    });
    noted.await.map(|_| ())
}

/// What is on record of a request for a link that may not be made now.
fn refused(caller: &Caller) -> Denied {
    let (actor, object) = (Box::new(caller.actor.clone()), Named(None).object());
    Denied { actor, action: Action::RequestPasswordReset, object, hidden: false }
}

/// A login as it is stored; what is none becomes a text that nobody has as one.
pub(crate) fn written(login: &str) -> String {
    Login::parse(login).map_or_else(|_| String::new(), |login| login.as_str().to_owned())
}
