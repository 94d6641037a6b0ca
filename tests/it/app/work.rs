//! What an attempt costs: the hashes that are computed and the statements that are sent for it. And a hand on the
//! hasher, to keep it busy or to break it.

use std::sync::{Arc, Condvar, Mutex};

use rafiq_app::passwords::{Argon2id, Hashing};
use tokio::sync::Semaphore;

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

/// What a test does to the hasher.
#[derive(Debug, Clone)]
pub(crate) struct Hand(Arc<Grip>);

#[derive(Debug)]
struct Grip {
    state: Mutex<State>,
    changed: Condvar,
    /// One permit for each password that came while the hasher was kept.
    came: Semaphore,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    kept: bool,
    broken: bool,
}

/// Keeps the hasher: a password that is to be checked waits until this is dropped, also by a test that fails.
#[must_use]
pub(crate) struct Kept(Hand);

impl Hand {
    /// Keeps away from the hasher.
    pub(crate) fn off() -> Self {
        Self(Arc::new(Grip { state: Mutex::default(), changed: Condvar::new(), came: Semaphore::new(0) }))
    }

    /// Keeps the hasher from checking.
    pub(crate) fn keep(&self) -> Kept {
        self.0.state.lock().unwrap().kept = true;
        Kept(self.clone())
    }

    /// No password is hashed any more; they are checked as ever.
    pub(crate) fn break_it(&self) {
        self.0.state.lock().unwrap().broken = true;
    }

    fn is_broken(&self) -> bool {
        self.0.state.lock().unwrap().broken
    }

    fn wait(&self) {
        let mut state = self.0.state.lock().unwrap();
        if state.kept {
            self.0.came.add_permits(1);
        }
        while state.kept {
            state = self.0.changed.wait(state).unwrap();
        }
    }
}

impl Kept {
    /// Until a password has come to be checked.
    pub(crate) async fn came(&self) {
        self.0.0.came.acquire().await.unwrap().forget();
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.0.state.lock().unwrap().kept = false;
        self.0.0.changed.notify_all();
    }
}

/// Hashes cheaply, and notes each hash with its parameters.
#[derive(Debug)]
pub(crate) struct CountedHashing {
    argon2id: Argon2id,
    ledger: Ledger,
    hand: Hand,
}

impl CountedHashing {
    /// As cheap as the algorithm gets, but for what `dearer` adds to its memory.
    pub(crate) fn new(dearer: u32, ledger: Ledger, hand: Hand) -> Self {
        Self { argon2id: Argon2id::new(8 + dearer, 1, 1), ledger, hand }
    }
}

impl Hashing for CountedHashing {
    fn hash(&self, password: &[u8]) -> Option<String> {
        self.ledger.note(format!("hash by {:?}", self.argon2id));
        self.argon2id.hash(password).filter(|_| !self.hand.is_broken())
    }

    fn verify(&self, password: &[u8], stored: &str) -> bool {
        let parameters: Vec<_> = stored.split('$').take(4).collect();
        self.ledger.note(format!("verify {} bytes by {}", password.len(), parameters.join("$")));
        self.hand.wait();
        self.argon2id.verify(password, stored)
    }

    fn is_current(&self, stored: &str) -> bool {
        self.argon2id.is_current(stored)
    }
}
