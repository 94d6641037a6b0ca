//! Secrets at rest: sealed with keys that the database never sees, and bound to the row they stand in.
//!
//! AES-256-GCM-SIV (RFC 8452), which forgives a nonce that is drawn twice. Of several keys one seals
//! and all open, so that a new key can be brought in while older values are still about.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use chrono::{DateTime, Utc};
use rafiq_domain::refusal::{ProblemCode, Refusal};
use rafiq_domain::sensitive::{Sealed, Sensitive};
use sha2::{Digest, Sha256};

/// How long a key is, in bytes.
pub const KEY_LENGTH: usize = 32;

/// A key of the vault.
#[derive(Debug, Clone)]
pub struct VaultKey {
    /// From when it seals, until the next one does; the earliest also seals before. It opens what it sealed at any time.
    pub seals_from: DateTime<Utc>,
    /// The key itself.
    pub bytes: Sensitive<[u8; KEY_LENGTH]>,
}

/// What seals and opens secrets. Cheap to clone; all clones share the keys.
#[derive(Clone)]
pub struct Vault(Arc<Vec<Key>>);

struct Key {
    id: String,
    seals_from: DateTime<Utc>,
    cipher: RandomizedNonceKey,
}

/// Why a secret can be neither sealed nor opened. It says no more, for the secret's sake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The system gives no randomness.
    #[error("no randomness to be had")]
    NoRandomness,
    /// There is no key.
    #[error("the vault has no key")]
    NoKey,
    /// It was sealed with a key that is not here.
    #[error("the key {key_id} of the vault is not here")]
    UnknownKey {
        /// Which.
        key_id: String,
    },
    /// It was changed, or sealed for another place.
    #[error("a sealed value is not what was sealed there")]
    Forged,
}

impl Refusal for VaultError {
    fn code(&self) -> ProblemCode {
        ProblemCode::Internal
    }
}

/// Where a sealed value stands: anywhere else it does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place(String);

impl Place {
    /// A column of one row of a table.
    pub(crate) fn new(table: &'static str, column: &'static str, row: impl fmt::Display) -> Self {
        Self(format!("{table}.{column}/{row}"))
    }
}

impl Vault {
    /// Draws a new key, to be kept where only the server reads it.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`].
    pub fn generate() -> Result<Sensitive<[u8; KEY_LENGTH]>, VaultError> {
        let mut key = [0_u8; KEY_LENGTH];
        getrandom::fill(&mut key).map_err(|_| VaultError::NoRandomness)?;
        Ok(Sensitive(key))
    }

    /// Takes the keys in any order.
    ///
    /// # Errors
    /// [`VaultError::NoKey`] without any.
    pub fn new(keys: impl IntoIterator<Item = VaultKey>) -> Result<Self, VaultError> {
        let cipher = |key: &VaultKey| RandomizedNonceKey::new(&AES_256_GCM_SIV, key.bytes.as_slice());
        let read = |key: VaultKey| {
            let cipher = cipher(&key).map_err(|_| VaultError::NoKey)?;
            Ok(Key { id: key_id(key.bytes.as_slice()), seals_from: key.seals_from, cipher })
        };
        let mut keys = keys.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by_key(|key| key.seals_from);
        if keys.is_empty() { Err(VaultError::NoKey) } else { Ok(Self(Arc::new(keys))) }
    }

    /// The id of the key that seals at `now`.
    pub(crate) fn current(&self, now: DateTime<Utc>) -> Result<&str, VaultError> {
        Ok(&self.sealing(now)?.id)
    }

    /// Seals a secret for its place.
    pub(crate) fn seal(&self, place: &Place, secret: &[u8], now: DateTime<Utc>) -> Result<Sealed, VaultError> {
        let key = self.sealing(now)?;
        let mut sealed = secret.to_vec();
        let nonce = key.cipher.seal_in_place_append_tag(Aad::from(&place.0), &mut sealed);
        let nonce = nonce.map_err(|_| VaultError::NoRandomness)?;
        Ok(Sealed { key_id: key.id.clone(), bytes: [nonce.as_ref().as_slice(), &sealed].concat() })
    }

    /// Opens what was sealed for this place.
    pub(crate) fn open(&self, place: &Place, sealed: &Sealed) -> Result<Sensitive<Vec<u8>>, VaultError> {
        let key = self.0.iter().find(|key| key.id == sealed.key_id);
        let key = key.ok_or_else(|| VaultError::UnknownKey { key_id: sealed.key_id.clone() })?;
        let (nonce, body) = sealed.bytes.split_first_chunk::<NONCE_LEN>().ok_or(VaultError::Forged)?;
        let mut body = body.to_vec();
        let opened = key.cipher.open_in_place(Nonce::from(nonce), Aad::from(&place.0), &mut body);
        opened.map(|secret| Sensitive(secret.to_vec())).map_err(|_| VaultError::Forged)
    }

    fn sealing(&self, now: DateTime<Utc>) -> Result<&Key, VaultError> {
        let begun = self.0.iter().rfind(|key| key.seals_from <= now);
        // The first key may have been made by an instance whose clock is a little ahead.
        begun.or(self.0.first()).ok_or(VaultError::NoKey)
    }
}

/// The first 16 hexadecimal digits of a hash of the key, which tell nothing about it.
fn key_id(key: &[u8]) -> String {
    let hash = Sha256::new().chain_update(b"rafiq vault key\0").chain_update(key).finalize();
    hash.iter().take(8).fold(String::new(), |mut id, byte| {
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    })
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|key| (&key.id, key.seals_from))).finish()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn place(row: u8) -> Place {
        Place::new("people", "secret", row)
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    /// A vault of keys that are this many days old.
    fn vault(keys: &[(u8, i64)]) -> Vault {
        let key = |(byte, age): &(u8, i64)| VaultKey {
            seals_from: now() - TimeDelta::days(*age),
            bytes: Sensitive([*byte; KEY_LENGTH]),
        };
        Vault::new(keys.iter().map(key)).unwrap()
    }

    fn sealed(vault: &Vault) -> Sealed {
        vault.seal(&place(1), b"a secret", now()).unwrap()
    }

    #[test]
    fn a_secret_opens_in_its_place_and_nowhere_else() {
        let vault = vault(&[(1, 0)]);
        let sealed = sealed(&vault);
        assert_eq!(vault.open(&place(1), &sealed).unwrap().0, b"a secret");
        for elsewhere in [place(2), Place::new("people", "other", 1), Place::new("others", "secret", 1)] {
            assert_eq!(vault.open(&elsewhere, &sealed), Err(VaultError::Forged));
        }
        assert!(!sealed.bytes.windows(8).any(|part| part == b"a secret"));
    }

    #[test]
    fn a_changed_secret_does_not_open() {
        let vault = vault(&[(1, 0)]);
        let sealed = sealed(&vault);
        for at in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[at] ^= 1;
            assert_eq!(vault.open(&place(1), &changed), Err(VaultError::Forged), "byte {at}");
        }
        for length in [0, NONCE_LEN, NONCE_LEN + 15] {
            let cut = Sealed { bytes: sealed.bytes[..length].to_vec(), ..sealed.clone() };
            assert_eq!(vault.open(&place(1), &cut), Err(VaultError::Forged), "{length} bytes");
        }
    }

    #[test]
    fn two_seals_of_one_secret_differ() {
        let vault = vault(&[(1, 0)]);
        assert_ne!(sealed(&vault), sealed(&vault));
    }

    #[test]
    fn every_key_opens_and_the_newest_whose_time_has_come_seals() {
        let old = sealed(&vault(&[(1, 9)]));
        let rotated = vault(&[(3, -1), (1, 9), (2, 0)]);
        assert_eq!(rotated.open(&place(1), &old).unwrap().0, b"a secret");
        assert_eq!(sealed(&rotated).key_id, sealed(&vault(&[(2, 0)])).key_id);
        assert_eq!(rotated.current(now() + TimeDelta::days(1)), vault(&[(3, 0)]).current(now()));
        let bereft = vault(&[(2, 0)]);
        assert_eq!(bereft.open(&place(1), &old), Err(VaultError::UnknownKey { key_id: old.key_id.clone() }));
        assert_eq!(Vault::new([]).unwrap_err(), VaultError::NoKey);
    }

    #[test]
    fn before_any_key_has_begun_the_earliest_seals() {
        let ahead = vault(&[(3, -2), (2, -1)]);
        assert_eq!(sealed(&ahead).key_id, sealed(&vault(&[(2, 0)])).key_id);
        assert_eq!(ahead.open(&place(1), &sealed(&ahead)).unwrap().0, b"a secret");
    }

    #[test]
    fn no_key_is_printed() {
        let shown = format!("{:?} {:?}", vault(&[(7, 0)]), Vault::generate());
        assert!(shown.contains("Ok(***)") && !shown.contains("7, 7"), "{shown}");
    }
}
