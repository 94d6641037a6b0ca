//! How a password is hashed: a port, so that the work done for an attempt can be counted.

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

/// Hashes passwords, and compares them with their hashes. Slow on purpose.
pub trait Hashing: fmt::Debug + Send + Sync {
    /// The hash of a new password; none when it could not be made.
    fn hash(&self, password: &[u8]) -> Option<String>;

    /// Whether a password is the one behind a hash, by the parameters that stand in the hash.
    fn verify(&self, password: &[u8], stored: &str) -> bool;

    /// Whether a hash is at least as dear as those that are made now.
    fn is_current(&self, stored: &str) -> bool;
}

/// Argon2id (RFC 9106).
pub struct Argon2id(Argon2<'static>);

impl fmt::Debug for Argon2id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Argon2id({:?})", self.0.params())
    }
}

impl Argon2id {
    /// Hashes over `memory_kib` KiB (19,456 at least outside tests), in `iterations` passes and `lanes`.
    #[must_use]
    pub fn new(memory_kib: u32, iterations: u32, lanes: u32) -> Self {
        // The settings were checked when they were read; the library's default is the floor.
        let params = Params::new(memory_kib, iterations, lanes, None).unwrap_or_default();
        Self(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

impl Hashing for Argon2id {
    fn hash(&self, password: &[u8]) -> Option<String> {
        self.0.hash_password(password).ok().map(|hash| hash.to_string())
    }

    fn verify(&self, password: &[u8], stored: &str) -> bool {
        PasswordHash::new(stored).is_ok_and(|hash| self.0.verify_password(password, &hash).is_ok())
    }

    fn is_current(&self, stored: &str) -> bool {
        let Ok(hash) = PasswordHash::new(stored) else { return false };
        let Ok(params) = Params::try_from(&hash) else { return false };
        let wanted = self.0.params();
        hash.algorithm == Algorithm::Argon2id.ident()
            && hash.version == Some(Version::V0x13.into())
            && params.m_cost() >= wanted.m_cost()
            && params.t_cost() >= wanted.t_cost()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_matches_its_own_password_whatever_its_parameters() {
        let (cheap, dear) = (Argon2id::new(8, 1, 1), Argon2id::new(16, 2, 1));
        for (made_by, checked_by) in [(&cheap, &dear), (&dear, &cheap)] {
            let hash = made_by.hash(b"a password").unwrap();
            assert!(checked_by.verify(b"a password", &hash));
            assert!(!checked_by.verify(b"another", &hash));
        }
        assert!(!cheap.verify(b"", "") && !cheap.verify(b"", "nonsense"));
    }

    #[test]
    fn a_hash_is_outdated_when_new_ones_cost_more() {
        let hash = |memory, iterations| Argon2id::new(memory, iterations, 1).hash(b"a password").unwrap();
        let now = Argon2id::new(16, 2, 1);
        assert!(now.is_current(&hash(16, 2)) && now.is_current(&hash(32, 3)));
        assert!(!now.is_current(&hash(8, 2)) && !now.is_current(&hash(16, 1)));
        assert!(!now.is_current(&hash(16, 2).replace("argon2id", "argon2i")) && !now.is_current(""));
    }
}
