//! What an attempt costs: the hashes that are computed and the statements that are sent for it.

use std::sync::{Arc, Mutex};

use rafiq_app::passwords::{Argon2id, Hashing};

/// A list of what was done, in its order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Vec<String>>>);

impl Ledger {
    /// Notes something that was done.
    pub(crate) fn note(&self, done: impl Into<String>) {
        self.0.lock().unwrap().push(done.into());
    }

    /// What was done since this was last asked.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Hashes cheaply, and notes each hash with its parameters.
#[derive(Debug)]
pub(crate) struct CountedHashing {
    argon2id: Argon2id,
    ledger: Ledger,
}

impl CountedHashing {
    /// As cheap as the algorithm gets, but for what `dearer` adds to its memory.
    pub(crate) fn new(dearer: u32, ledger: Ledger) -> Self {
        Self { argon2id: Argon2id::new(8 + dearer, 1, 1), ledger }
    }
}

impl Hashing for CountedHashing {
    fn hash(&self, password: &[u8]) -> Option<String> {
        self.ledger.note(format!("hash by {:?}", self.argon2id));
        self.argon2id.hash(password)
    }

    fn verify(&self, password: &[u8], stored: &str) -> bool {
        let parameters: Vec<_> = stored.split('$').take(4).collect();
        self.ledger.note(format!("verify {} bytes by {}", password.len(), parameters.join("$")));
        self.argon2id.verify(password, stored)
    }

    fn is_current(&self, stored: &str) -> bool {
        self.argon2id.is_current(stored)
    }
}
