//! The signing keys of a story: what the instances of a service read from a folder that they share.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use rafiq_http::token::{KeyRing, KeySource, KeysUnreadable, SigningKey};

/// The keys that all instances read; a test adds and removes them.
#[derive(Clone, Default)]
pub(crate) struct KeyShelf(Arc<Mutex<Vec<KeptKey>>>);

/// A key, with the secret that a test may forge with.
#[derive(Clone)]
pub(crate) struct KeptKey {
    /// As the server reads it.
    pub(crate) key: SigningKey,
    /// The same in PKCS#8.
    pub(crate) pkcs8: Vec<u8>,
}

impl KeyShelf {
    /// Adds a key that signs from an instant on.
    pub(crate) fn add(&self, signs_from: DateTime<Utc>) -> KeptKey {
        let pkcs8 = SigningKey::generate().unwrap();
        let kept = KeptKey { key: SigningKey::read(&pkcs8, signs_from).unwrap(), pkcs8 };
        self.0.lock().unwrap().push(kept.clone());
        kept
    }

    /// The key that was added last.
    pub(crate) fn last(&self) -> KeptKey {
        self.0.lock().unwrap().last().unwrap().clone()
    }

    /// Takes away all but the key that was added last.
    pub(crate) fn keep_only_last(&self) {
        let mut keys = self.0.lock().unwrap();
        let older = keys.len() - 1;
        keys.drain(..older);
    }
}

impl KeySource for KeyShelf {
    fn read(&self) -> Result<KeyRing, KeysUnreadable> {
        let keys = self.0.lock().unwrap().iter().map(|kept| kept.key.clone()).collect();
        KeyRing::of(keys).ok_or_else(|| KeysUnreadable("no keys".into()))
    }
}
