//! Passwords: judged when they are chosen, hashed off the runtime, never more at once than the machine bears.

mod common;
mod hashing;

use std::sync::Arc;

use rafiq_domain::ids::SessionId;
use rafiq_domain::mail::{MailKind, Notice, Recipient};
use rafiq_domain::passwords::{LONGEST, OwnWords, SHORTEST_ALONE, SHORTEST_OF_TWO, judge, normalized};
use rafiq_domain::policy::{Action, Actor, Permitted, permit};
use rafiq_domain::refusal::{FieldCode, FieldResult, Invalid, NotFound, ProblemCode, Refusal};
use rafiq_domain::second_factor::SecondFactorRule;
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::throttling::Counter;
use rafiq_domain::users::User;
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::{Reader, Tx};
use rafiq_persistence::{devices, links, passwords, second_factors, sessions, users};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use self::hashing::{Argon2id, Hashing};
use crate::{App, Caller, Refused, Settings, mail, throttles};

/// How passwords are chosen and hashed.
#[derive(Debug, Clone)]
pub struct PasswordSettings {
    /// How they are hashed.
    pub hashing: Arc<dyn Hashing>,
    /// How many hashes run at once.
    pub at_once: usize,
    /// How many may wait; more are turned away.
    pub waiting: usize,
}

/// A password that was typed in, in the one form in which passwords are compared. Never printed.
#[derive(Debug, Clone)]
pub struct Password(Sensitive<String>);

impl Password {
    /// Takes a password for checking; one that is too long was never chosen.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        // Some letters arrive in several parts.
        (text.len() <= LONGEST * 16).then(|| Self(Sensitive(normalized(text))))
    }
}

/// The words that nobody's own password may be made of.
#[must_use]
pub(crate) fn words_of(user: &User) -> OwnWords {
    OwnWords::of(&user.login, user.contact.email.as_ref(), &user.profile.name)
}

/// The hasher: one for the whole process, since it guards its memory.
pub(crate) struct Passwords {
    hashing: Arc<dyn Hashing>,
    shortest: usize,
    at_once: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// What is compared with where there is nothing to compare with: the same work, and never a match.
    decoy: Arc<str>,
}

/// A place in the queue, of which there are so many. An attempt that counts is made with one in hand: that we are
/// busy is no failure of whoever asks.
pub(crate) struct Place {
    _held: OwnedSemaphorePermit,
}

/// Too many people sign in at once.
#[derive(Debug, thiserror::Error)]
#[error("too many passwords wait to be checked")]
struct Busy;

impl Refusal for Busy {
    fn code(&self) -> ProblemCode {
        ProblemCode::Unavailable
    }
}

/// Hashing itself failed.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
struct Unhashable;

impl Refusal for Unhashable {
    fn code(&self) -> ProblemCode {
        ProblemCode::Internal
    }
}

impl Passwords {
    pub(crate) fn new(settings: &Settings) -> Self {
        let shortest = match settings.second_factor {
            SecondFactorRule::Required => SHORTEST_OF_TWO,
            SecondFactorRule::Optional => SHORTEST_ALONE,
        };
        let settings = &settings.passwords;
        Self {
            decoy: settings.hashing.hash(b"nobody").unwrap_or_default().into(),
            hashing: Arc::clone(&settings.hashing),
            shortest,
            at_once: Arc::new(Semaphore::new(settings.at_once)),
            waiting: Arc::new(Semaphore::new(settings.at_once.saturating_add(settings.waiting))),
        }
    }

    /// Accepts a new password of someone of whom these words are known.
    ///
    /// # Errors
    /// The rule that it breaks, as [`judge`] names it.
    pub(crate) fn choose(&self, text: &str, words: &OwnWords) -> FieldResult<Password> {
        let password = Password::typed(text).ok_or(FieldCode::TooLong)?;
        judge(&password.0, self.shortest, words, common::is_common)?;
        Ok(password)
    }

    /// Takes a place among those whose passwords are hashed, for as long as it is held.
    ///
    /// # Errors
    /// [`Busy`] when there is none left: nothing has been counted or looked at then.
    pub(crate) fn place(&self) -> Result<Place, Refused> {
        Ok(Place { _held: Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| Busy)? })
    }

    /// Hashes a new password.
    pub(crate) async fn hash(&self, place: &Place, password: Password) -> Result<Sensitive<String>, Refused> {
        let hashing = Arc::clone(&self.hashing);
        let hash = self.run(place, move || hashing.hash(password.0.as_bytes())).await?;
        hash.map(Sensitive).ok_or_else(|| Unhashable.into())
    }

    /// Whether `password` is the one behind `stored`. Without a stored one the same work is done
    /// and the answer is no, so that nobody learns from the time who exists.
    pub(crate) async fn verify(
        &self,
        place: &Place,
        password: Password,
        stored: Option<Sensitive<String>>,
    ) -> Result<bool, Refused> {
        let (hashing, decoy) = (Arc::clone(&self.hashing), Arc::clone(&self.decoy));
        self.run(place, move || {
            let text = stored.as_ref().map_or(&*decoy, |stored| stored.0.as_str());
            hashing.verify(password.0.as_bytes(), text) && stored.is_some()
        })
        .await
    }

    /// Whether a hash is at least as dear as those that are made now.
    pub(crate) fn is_current(&self, stored: &Sensitive<String>) -> bool {
        self.hashing.is_current(&stored.0)
    }

    async fn run<T: Send + 'static>(
        &self,
        _held: &Place,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let turn = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| Unhashable.into())
    }
}

/// Changes the caller's own password. Every other session of theirs ends, every other device is unknown again, and every
/// link is void.
///
/// # Errors
/// [`Invalid`] for a wrong present password or a new one that breaks a rule; [`Refused`] when the caller
/// may not, or has been wrong too often.
pub async fn change_password(app: &App, caller: &Caller, current: &str, new: &str) -> Result<(), Refused> {
    let own = app.record_denial(caller, own_account(app, app.store(), caller).await).await?;
    let choose = app.passwords().choose(new, &words_of(&own));
    let new = choose.map_err(|code| Invalid::at("/new_password", code))?;
    let place = app.passwords().place()?;
    let seen = confirm(app, caller, &own, &place, current).await?;
    let hash = app.passwords().hash(&place, new).await?;
    let changed = app.write(caller, async |tx| {
        second_factors::hold(tx, own.id).await?;
        let own = own_account(app, tx, caller).await?;
        let replaced = passwords::replace(tx, &own, seen.version, &hash, app.now()).await;
        // Changed between the look at it and now: what was typed is not it any more.
        replaced
            .map_err(|error| if let StoreError::Stale = error { incorrect().into() } else { Refused::from(error) })?;
        let session_id = session_of(caller).ok_or(NotFound)?;
        sessions::revoke_others(tx, &own, session_id, app.now()).await?;
        after_change(tx, &own).await?;
        devices::forget_others(tx, &own, sessions::device_of(tx, session_id).await?).await?;
        tell_of_change(app, tx, &own).await?;
        Ok(own)
    });
    changed.await.map(|_| ())
}

fn incorrect() -> Invalid {
    Invalid::at("/current_password", FieldCode::Incorrect)
}

/// What every change of a password brings with it.
pub(crate) async fn after_change(tx: &Tx, user: &Permitted<User>) -> Result<(), Refused> {
    links::void_all(tx, user).await?;
    // Whoever knew the old password may have used the tries of codes up.
    second_factors::lift_wait(tx, user).await?;
    Ok(rafiq_persistence::throttles::forget(tx, &throttles::of_account(user.id)).await?)
}

/// Tells the owner, for the case that it was not they who changed it.
pub(crate) async fn tell_of_change(app: &App, tx: &Tx, user: &Permitted<User>) -> Result<(), Refused> {
    let notice = Notice::new(MailKind::PasswordChanged, Recipient::User(user.id)).at(app.now());
    mail::enqueue(app, tx, user, notice).await
}

/// Checks that the caller knows their present password; how often they may be wrong has its bounds.
async fn confirm(
    app: &App,
    caller: &Caller,
    own: &Permitted<User>,
    place: &Place,
    typed: &str,
) -> Result<passwords::Password, Refused> {
    let counter = throttles::key(Counter::OwnPassword, own.id.uuid().as_bytes());
    throttles::attempt(app, caller, counter, || own.permit().deny()).await?;
    let stored = passwords::find(app.store(), own.id).await?;
    let matches = match Password::typed(typed) {
        Some(typed) => app.passwords().verify(place, typed, stored.as_ref().map(|stored| stored.hash.clone())).await?,
        None => false,
    };
    if let Some(stored) = stored.filter(|_| matches) {
        return Ok(stored);
    }
    app.note_denial(caller, &own.permit().deny()).await?;
    Err(incorrect().into())
}

async fn own_account(app: &App, db: &impl Reader, caller: &Caller) -> Result<Permitted<User>, Refused> {
    let id = caller.actor.user_id().ok_or(NotFound)?;
    let user = users::find(db, id, app.now()).await?.ok_or(NotFound)?;
    Ok(permit(&caller.actor, Action::ChangePassword, user)?)
}

fn session_of(caller: &Caller) -> Option<SessionId> {
    match &caller.actor {
        Actor::User(principal) => Some(principal.session_id),
        Actor::System => None,
    }
}
