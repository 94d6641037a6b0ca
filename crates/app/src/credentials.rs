//! Whether a login and a password belong together.
//!
//! Unknown, disabled, held back, without a password, or wrong: each attempt that is refused has cost the
//! same work and the same statements, and reads alike (security §2 "enumeration").

use std::net::IpAddr;

use rafiq_domain::ids::UserId;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, Actor, Assurance, Denied, Object, ObjectKind, Permitted};
use rafiq_domain::refusal::{ProblemCode, Refusal};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::throttling::{Counter, KnownDevice};
use rafiq_domain::users::User;
use rafiq_persistence::passwords::Credentials;
use rafiq_persistence::store::Tx;
use rafiq_persistence::throttles::{self as counters, Attempt, Key};
use rafiq_persistence::{devices, passwords, sessions};
use uuid::Uuid;

use crate::links::written;
use crate::passwords::Password;
use crate::refused::DeniedBecause;
use crate::sessions::Opened;
use crate::{App, Caller, Refused, devices as known_devices, secrets, throttles};

/// The login or the password is wrong; which of them is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("login or password is wrong")]
pub struct InvalidCredentials;

impl Refusal for InvalidCredentials {
    fn code(&self) -> ProblemCode {
        ProblemCode::InvalidCredentials
    }
}

/// What someone shows who wants to sign in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The login, as it was typed.
    pub login: String,
    /// The password, as it was typed.
    pub password: Sensitive<String>,
    /// The token of a device from which they signed in before.
    pub device_token: Option<Sensitive<String>>,
    /// Where they ask from.
    pub address: IpAddr,
}

/// A sign-in whose password was right.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Who signs in.
    pub(crate) user_id: UserId,
    /// Which of their passwords it was.
    version: Version,
    /// The device, if it is known, with its token.
    device: Option<(KnownDevice, Sensitive<String>)>,
    /// What counted this attempt as one that fails.
    counter: Key,
    address: Option<Key>,
    /// The password with its hash, when that is cheaper than new ones are.
    outdated: Option<(Password, Sensitive<String>)>,
}

/// Checks a password. The attempt is counted before it is made.
///
/// # Errors
/// [`InvalidCredentials`] whatever is wrong; another [`Refused`] when too many attempts come from the
/// address, whoever they are for.
pub(crate) async fn check(app: &App, sign_in: &SignIn, request_id: Option<Uuid>) -> Result<Checked, Refused> {
    let place = app.passwords().place()?;
    let known = passwords::credentials(app.store(), &written(&sign_in.login), app.now()).await?;
    let user_id = known.as_ref().map(|known| known.user_id);
    let device = known_device(app, user_id, sign_in.device_token.as_ref()).await?;
    // Whoever shares their address with a guesser still signs in from where they did before.
    let address = device.is_none().then(|| throttles::of_address(Counter::Address, sign_in.address));
    if let Some(address) = address {
        throttles::attempt(app, &Caller::visitor(request_id), address, || denied(user_id)).await?;
    }
    let counter = match user_id {
        Some(id) => throttles::of_sign_in(id, device.as_ref().map(|(device, _)| device.id)),
        None => throttles::of_unknown(Counter::UnknownLogin, &sign_in.login),
    };
    let open = counters::attempt(app.store(), counter, app.now()).await?;
    let Some(typed) = Password::typed(&sign_in.password) else {
        return Err(refuse(app, user_id, request_id).await?);
    };
    let judged = known.filter(|known| open == Attempt::Open && known.active);
    let stored = judged.and_then(|Credentials { user_id, password, .. }| Some((user_id, password?)));
    let hash = stored.as_ref().map(|(_, password)| password.hash.clone());
    let matches = app.passwords().verify(&place, typed.clone(), hash).await?;
    let Some((user_id, password)) = stored.filter(|_| matches) else {
        return Err(refuse(app, user_id, request_id).await?);
    };
    let outdated = (!app.passwords().is_current(&password.hash)).then_some((typed, password.hash));
    Ok(Checked { user_id, version: password.version, device, counter, address, outdated })
}

/// Puts on record that someone could not sign in; what they typed as a login is not.
pub(crate) async fn refuse(app: &App, user_id: Option<UserId>, request_id: Option<Uuid>) -> Result<Refused, Refused> {
    app.note_denial(&Caller::visitor(request_id), &denied(user_id)).await?;
    Ok(InvalidCredentials.into())
}

/// What is on record of a sign-in that is refused.
fn denied(user_id: Option<UserId>) -> Denied {
    let object = Object { kind: ObjectKind::User, id: user_id.map(UserId::uuid), case_id: None };
    Denied { actor: Box::new(Actor::System), action: Action::SignIn, object, hidden: false }
}

/// The device behind a token, if it is this user's. Nobody's is asked for too, for the sake of the work.
async fn known_device(
    app: &App,
    user_id: Option<UserId>,
    token: Option<&Sensitive<String>>,
) -> Result<Option<(KnownDevice, Sensitive<String>)>, Refused> {
    let Some(token) = token else { return Ok(None) };
    let user_id = user_id.unwrap_or(Uuid::nil().into());
    let device = devices::behind(app.store(), user_id, secrets::hash(token), app.now()).await?;
    Ok(device.map(|device| (device, token.clone())))
}

impl Checked {
    /// Whether the password still is the one that was checked. From here on it stays so until the unit ends.
    ///
    /// # Errors
    /// [`InvalidCredentials`] when it has been changed since.
    pub(crate) async fn still_holds(&self, tx: &Tx) -> Result<(), Refused> {
        let held = passwords::hold(tx, self.user_id).await?;
        let same = held.is_some_and(|held| held.version == self.version);
        if same { Ok(()) } else { Err(self.too_late()) }
    }

    /// The refusal of whoever was shut out, or whose password changed, since the password was checked. It is on record.
    pub(crate) fn too_late(&self) -> Refused {
        DeniedBecause { why: InvalidCredentials, denied: denied(Some(self.user_id)) }.into()
    }

    /// Takes the attempt out of the counters, and knows the device from now on if nothing more is owed. Answers the
    /// token of a device that is known.
    ///
    /// # Errors
    /// [`Refused`] when it cannot be written.
    pub(crate) async fn settle(
        &self,
        app: &App,
        tx: &Tx,
        own: &Permitted<User>,
        opened: &Opened,
    ) -> Result<Option<Sensitive<String>>, Refused> {
        if let Some(address) = self.address {
            counters::give_back(tx, address).await?;
        }
        if let Some((device, _)) = &self.device {
            sessions::note_device(tx, opened.session_id, &own.with(device.clone())).await?;
        }
        match opened.standing.assurance {
            // It was no failure, and makes none before it good.
            Assurance::Partial => {
                counters::give_back(tx, self.counter).await?;
                Ok(None)
            }
            Assurance::Full => {
                let drawn = known_devices::know(app, tx, own, opened.session_id).await?;
                Ok(drawn.or_else(|| self.device.as_ref().map(|(_, token)| token.clone())))
            }
        }
    }

    /// Hashes the password anew when its hash is cheaper than new ones are. A change of the password
    /// meanwhile stays as it is. Whoever signs in need not know that it fails: their next sign-in tries again.
    pub(crate) async fn renew_hash(self, app: &App) {
        let Some((password, old)) = self.outdated else { return };
        if let Err(refused) = rehash(app, self.user_id, password, &old).await {
            tracing::warn!(error = %refused.chain(), "a password could not be hashed anew");
        }
    }
}

async fn rehash(app: &App, user_id: UserId, password: Password, old: &Sensitive<String>) -> Result<(), Refused> {
    let new = app.passwords().hash(&app.passwords().place()?, password).await?;
    Ok(passwords::rehash(app.store(), user_id, old, &new).await?)
}
