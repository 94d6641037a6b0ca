//! Passwords: hashed with Argon2id, off the runtime, and never more at once than the machine bears.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use rafiq_domain::refusal::{FieldCode, FieldResult, ProblemCode, Refusal};
use rafiq_domain::sensitive::Sensitive;
use tokio::sync::Semaphore;

use crate::Refused;

/// The shortest password; a second factor will allow fewer (NIST SP 800-63B-4).
const SHORTEST: usize = 15;
/// The longest password; beyond it hashing is only work for an attacker to cause.
const LONGEST: usize = 256;

/// How passwords are hashed.
#[derive(Debug, Clone)]
pub struct PasswordSettings {
    /// Memory of one hash in KiB; 19,456 at least outside tests.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// How many hashes run at once.
    pub at_once: usize,
    /// How many may wait; more are turned away.
    pub waiting: usize,
}

/// A password that was typed in, of an acceptable length. Never printed.
#[derive(Debug, Clone)]
pub struct Password(Sensitive<String>);

impl Password {
    /// Accepts a new password.
    ///
    /// # Errors
    /// [`FieldCode::TooShort`] below 15 characters, [`FieldCode::TooLong`] above 256.
    pub fn choose(text: &str) -> FieldResult<Self> {
        match text.chars().count() {
            ..SHORTEST => Err(FieldCode::TooShort),
            SHORTEST..=LONGEST => Ok(Self(Sensitive(text.to_owned()))),
            _ => Err(FieldCode::TooLong),
        }
    }

    /// Takes a password for checking; one that is too long was never chosen.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        (text.len() <= LONGEST * 4).then(|| Self(Sensitive(text.to_owned())))
    }
}

/// The hasher: one for the whole process, since it guards its memory.
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    at_once: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    nobody: Arc<std::sync::OnceLock<String>>,
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
    pub(crate) fn new(settings: &PasswordSettings) -> Self {
        // The settings were checked when they were read; the library's default is the floor.
        let params =
            Params::new(settings.memory_kib, settings.iterations, settings.parallelism, None).unwrap_or_default();
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            at_once: Arc::new(Semaphore::new(settings.at_once)),
            waiting: Arc::new(Semaphore::new(settings.at_once.saturating_add(settings.waiting))),
            nobody: Arc::default(),
        }
    }

    /// Hashes a new password.
    pub(crate) async fn hash(&self, password: Password) -> Result<Sensitive<String>, Refused> {
        let argon2 = self.argon2.clone();
        self.run(move || hash(&argon2, &password)).await?.map(Sensitive).ok_or_else(|| Unhashable.into())
    }

    /// Whether `password` is the one behind `stored`. Without a stored one the same work is done
    /// and the answer is no, so that nobody learns from the time who exists.
    pub(crate) async fn verify(&self, password: Password, stored: Option<Sensitive<String>>) -> Result<bool, Refused> {
        let argon2 = self.argon2.clone();
        let nobody = Arc::clone(&self.nobody);
        self.run(move || {
            let decoy = || {
                nobody.get_or_init(|| hash(&argon2, &Password(Sensitive(String::new()))).unwrap_or_default()).clone()
            };
            let exists = stored.is_some();
            let text = stored.map_or_else(decoy, |stored| stored.0);
            let matches =
                PasswordHash::new(&text).is_ok_and(|hash| argon2.verify_password(password.0.as_bytes(), &hash).is_ok());
            matches && exists
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refused> {
        let _place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| Busy)?;
        let turn = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| Unhashable.into())
    }
}

fn hash(argon2: &Argon2<'_>, password: &Password) -> Option<String> {
    argon2.hash_password(password.0.as_bytes()).ok().map(|hash| hash.to_string())
}
