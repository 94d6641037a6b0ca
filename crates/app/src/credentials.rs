//! Whether a login and a password belong together.
//!
//! Unknown, disabled, held back, without a password, or wrong: each attempt that is refused has cost the
//! same work and the same statements, and reads alike (security §2 "enumeration").

use std::net::IpAddr;

use rafiq_domain::ids::{DeviceId, UserId};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, Actor, Denied, Object, ObjectKind, Permitted};
use rafiq_domain::refusal::{ProblemCode, Refusal};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::throttling::{Counter, DEVICE_KNOWN_FOR, KnownDevice};
use rafiq_persistence::passwords::Credentials;
use rafiq_persistence::store::Tx;
use rafiq_persistence::throttles::{self as counters, Attempt, Key};
use rafiq_persistence::{devices, passwords};
use uuid::Uuid;

use crate::links::written;
use crate::passwords::Password;
use crate::{App, Caller, Refused, secrets, throttles};

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
    address: Key,
    /// The password with its hash, when that is cheaper than new ones are.
    outdated: Option<(Password, Sensitive<String>)>,
}

/// Checks a password. The attempt is counted before it is made.
///
/// # Errors
/// [`InvalidCredentials`] whatever is wrong; another [`Refused`] when too many attempts come from the
/// address, whoever they are for.
pub(crate) async fn check(app: &App, sign_in: &SignIn, request_id: Option<Uuid>) -> Result<Checked, Refused> {
    let typed = Password::typed(&sign_in.password).ok_or(InvalidCredentials)?;
    let address = throttles::of_address(Counter::Address, sign_in.address);
    throttles::attempt(app, address).await?;
    let known = passwords::credentials(app.store(), &written(&sign_in.login), app.now()).await?;
    let user_id = known.as_ref().map(|known| known.user_id);
    let device = known_device(app, user_id, sign_in.device_token.as_ref()).await?;
    let counter = match (user_id, &device) {
        (Some(_), Some((device, _))) => throttles::key(Counter::Device, device.id.uuid().as_bytes()),
        (Some(id), None) => throttles::key(Counter::Account, id.uuid().as_bytes()),
        (None, _) => throttles::of_unknown(Counter::UnknownLogin, &sign_in.login),
    };
    let open = counters::attempt(app.store(), counter, app.now()).await?;
    let judged = known.filter(|known| open == Attempt::Open && known.active);
    let stored = judged.and_then(|Credentials { user_id, password, .. }| Some((user_id, password?)));
    let hash = stored.as_ref().map(|(_, password)| password.hash.clone());
    let matches = app.passwords().verify(typed.clone(), hash).await?;
    let Some((user_id, password)) = stored.filter(|_| matches) else {
        return Err(refuse(app, user_id, request_id).await?);
    };
    let outdated = (!app.passwords().is_current(&password.hash)).then_some((typed, password.hash));
    Ok(Checked { user_id, version: password.version, device, counter, address, outdated })
}

/// Puts on record that someone could not sign in; what they typed as a login is not.
pub(crate) async fn refuse(app: &App, user_id: Option<UserId>, request_id: Option<Uuid>) -> Result<Refused, Refused> {
    let object = Object { kind: ObjectKind::User, id: user_id.map(UserId::uuid), case_id: None };
    let denied = Denied { actor: Box::new(Actor::System), action: Action::SignIn, object, hidden: false };
    app.note_denial(&Caller { actor: Actor::System, request_id }, &denied).await?;
    Ok(InvalidCredentials.into())
}

/// The device behind a token, if it is this user's. Nobody's is asked for too, for the sake of the work.
async fn known_device(
    app: &App,
    user_id: Option<UserId>,
    token: Option<&Sensitive<String>>,
) -> Result<Option<(KnownDevice, Sensitive<String>)>, Refused> {
    let Some(token) = token else { return Ok(None) };
    let user_id = user_id.unwrap_or(Uuid::nil().into());
    let device = devices::find(app.store(), user_id, secrets::hash(token), app.now()).await?;
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
        if same { Ok(()) } else { Err(InvalidCredentials.into()) }
    }

    /// Takes the attempt out of the counters and knows the device from now on. Answers its token.
    ///
    /// # Errors
    /// [`Refused`] when it cannot be written.
    pub(crate) async fn settle<T: Sync>(
        &self,
        app: &App,
        tx: &Tx,
        permitted: &Permitted<T>,
    ) -> Result<Sensitive<String>, Refused> {
        counters::forget(tx, &[self.counter]).await?;
        counters::give_back(tx, self.address).await?;
        let expires_at = app.now() + DEVICE_KNOWN_FOR;
        if let Some((device, token)) = &self.device {
            devices::extend(tx, &permitted.with(KnownDevice { expires_at, ..device.clone() })).await?;
            return Ok(token.clone());
        }
        let (id, known_since, token) = (DeviceId::new(app.ids()), app.now(), secrets::draw()?);
        let device = KnownDevice { id, user_id: self.user_id, known_since, expires_at };
        devices::remember(tx, &permitted.with(device), secrets::hash(&token)).await?;
        Ok(token)
    }

    /// Hashes the password anew when its hash is cheaper than new ones are. A change of the password
    /// meanwhile stays as it is.
    ///
    /// # Errors
    /// [`Refused`] when it cannot be hashed or written.
    pub(crate) async fn renew_hash(self, app: &App) -> Result<(), Refused> {
        let Some((password, old)) = self.outdated else { return Ok(()) };
        let new = app.passwords().hash(password).await?;
        Ok(passwords::rehash(app.store(), self.user_id, &old, &new).await?)
    }
}
