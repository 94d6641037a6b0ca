//! The keys of access tokens: which of them signs, which still verify, and when each is done with.
//!
//! What follows from the time is pure and stands in [`KeyRing`]. [`SigningKeys`] holds the ring in
//! force, and exchanges it for what its [`KeySource`] reads, while requests are served.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::{LEEWAY, LONGEST};

/// From one look for a key that is not known here to the next, so that invented key ids cost little.
const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// One key: it signs from an instant until the next one takes over.
#[derive(Clone)]
pub struct SigningKey {
    id: String,
    signs_from: DateTime<Utc>,
    public: Vec<u8>,
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("SigningKey");
        shown.field("id", &self.id).field("signs_from", &self.signs_from).finish_non_exhaustive()
    }
}

/// A signing key could not be made or read. It says no more, for the key's sake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 key in PKCS#8")]
pub struct KeyError;

impl SigningKey {
    /// Makes a new key, in PKCS#8 (RFC 5958) DER, to be kept where only the server reads it.
    ///
    /// # Errors
    /// [`KeyError`] when the system gives no randomness.
    pub fn generate() -> Result<Vec<u8>, KeyError> {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyError)?;
        Ok(key.as_ref().to_vec())
    }

    /// Takes a key in PKCS#8 DER that signs from an instant on.
    ///
    /// # Errors
    /// [`KeyError`] when it is not an Ed25519 key.
    pub fn read(pkcs8: &[u8], signs_from: DateTime<Utc>) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError)?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self {
            id: id_of(&public)?,
            signs_from,
            signing: EncodingKey::from_ed_der(pkcs8),
            verifying: DecodingKey::from_ed_der(&public),
            public,
        })
    }

    /// Its id, which the header of each token names.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// From when it signs.
    #[must_use]
    pub const fn signs_from(&self) -> DateTime<Utc> {
        self.signs_from
    }

    /// The public half: 32 bytes (RFC 8032 §5.1.5).
    #[must_use]
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    pub(super) const fn signing(&self) -> &EncodingKey {
        &self.signing
    }

    pub(super) const fn verifying(&self) -> &DecodingKey {
        &self.verifying
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of the public half.
fn id_of(public: &[u8]) -> Result<String, KeyError> {
    let hash: [u8; 32] = Sha256::digest(public).into();
    let (first, _) = hash.split_first_chunk().ok_or(KeyError)?;
    Ok(format!("{:016x}", u64::from_be_bytes(*first)))
}

/// What a key is good for at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It is published, and signs later.
    Waiting,
    /// It signs.
    Signs,
    /// It has signed; its last token is refused from the instant on.
    VerifiesUntil(DateTime<Utc>),
    /// Everything that it signed has expired.
    Retired,
}

/// All keys, in the order in which they sign. There is at least one.
#[derive(Debug, Clone)]
pub struct KeyRing {
    first: SigningKey,
    later: Vec<SigningKey>,
}

impl KeyRing {
    /// Puts keys in their order; none when there are none.
    #[must_use]
    pub fn of(mut keys: Vec<SigningKey>) -> Option<Self> {
        keys.sort_by(|one, other| (one.signs_from, &one.id).cmp(&(other.signs_from, &other.id)));
        let mut keys = keys.into_iter();
        Some(Self { first: keys.next()?, later: keys.collect() })
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl Iterator<Item = &SigningKey> {
        [&self.first].into_iter().chain(&self.later)
    }

    /// The key that signs at an instant: the latest whose time has come. Before the time of the first
    /// one that signs all the same, as another machine's clock, a little ahead, may have set it.
    #[must_use]
    pub fn signing_at(&self, now: DateTime<Utc>) -> &SigningKey {
        self.later.iter().rev().find(|key| key.signs_from <= now).unwrap_or(&self.first)
    }

    /// Each key with what it is good for at an instant.
    pub fn states(&self, now: DateTime<Utc>) -> impl Iterator<Item = (&SigningKey, KeyState)> {
        let signing = self.signing_at(now);
        let successors = self.later.iter().map(Some).chain([None]);
        self.keys().zip(successors).map(move |(key, successor)| {
            let state = match successor {
                _ if std::ptr::eq(key, signing) => KeyState::Signs,
                Some(successor) if successor.signs_from <= now => outlived(successor.signs_from, now),
                Some(_) | None => KeyState::Waiting,
            };
            (key, state)
        })
    }

    /// The key of this id, if tokens that it signed may still be good at an instant.
    #[must_use]
    pub fn verifying(&self, id: &str, now: DateTime<Utc>) -> Option<&SigningKey> {
        let good = self.states(now).filter(|(_, state)| *state != KeyState::Retired);
        good.map(|(key, _)| key).find(|key| key.id == id)
    }

    /// The keys whose public halves others may need: all but those that are done with.
    pub fn published(&self, now: DateTime<Utc>) -> impl Iterator<Item = &SigningKey> {
        self.states(now).filter(|(_, state)| *state != KeyState::Retired).map(|(key, _)| key)
    }
}

/// The state of a key whose successor signs since an instant: its tokens outlive it by their own time.
fn outlived(since: DateTime<Utc>, now: DateTime<Utc>) -> KeyState {
    let until = since + LONGEST + LEEWAY;
    if now < until { KeyState::VerifiesUntil(until) } else { KeyState::Retired }
}

/// Where the keys are kept.
pub trait KeySource: Send + Sync {
    /// Reads all keys anew. May block.
    ///
    /// # Errors
    /// [`KeysUnreadable`] when one of them cannot be read, or there is none.
    fn read(&self) -> Result<KeyRing, KeysUnreadable>;
}

/// The signing keys could not be read; those known before stay in force.
#[derive(Debug, thiserror::Error)]
#[error("the signing keys could not be read")]
pub struct KeysUnreadable(#[source] pub Box<dyn Error + Send + Sync>);

/// The keys in force. Cheap to clone; all clones share them.
#[derive(Clone)]
pub struct SigningKeys(Arc<Shared>);

struct Shared {
    ring: RwLock<Arc<KeyRing>>,
    source: Box<dyn KeySource>,
    /// When a key was last looked for that is not known here. Held while looking, so that others wait for the outcome.
    looked_at: Mutex<DateTime<Utc>>,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("SigningKeys").field(&self.ring()).finish()
    }
}

impl SigningKeys {
    /// Reads the keys for the first time. May block.
    ///
    /// # Errors
    /// As for [`KeySource::read`].
    pub fn open(source: impl KeySource + 'static) -> Result<Self, KeysUnreadable> {
        let ring = RwLock::new(Arc::new(source.read()?));
        let looked_at = Mutex::new(DateTime::UNIX_EPOCH);
        Ok(Self(Arc::new(Shared { ring, source: Box::new(source), looked_at })))
    }

    /// The keys as they are now; those of a moment later may be others.
    #[must_use]
    pub fn ring(&self) -> Arc<KeyRing> {
        self.0.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the keys anew. May block.
    ///
    /// # Errors
    /// As for [`KeySource::read`]; then the keys stay as they were.
    pub fn reload(&self) -> Result<(), KeysUnreadable> {
        let ring = Arc::new(self.0.source.read()?);
        *self.0.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    /// Looks whether a key came that is not known here, but not again within [`PAUSE`].
    pub(super) async fn look_again(&self, now: DateTime<Utc>) {
        let mut looked_at = self.0.looked_at.lock().await;
        if (now - *looked_at).abs() < PAUSE {
            return;
        }
        *looked_at = now;
        let keys = self.clone();
        let looked = tokio::task::spawn_blocking(move || keys.reload()).await;
        if let Ok(Err(error)) = looked {
            tracing::error!(error = %error.0, "the signing keys could not be read; those known stay in force");
        }
    }
}

#[cfg(test)]
mod tests;
