//! Use cases: what the product does. Each is one function that authorizes, transacts and records.
//!
//! A use case knows neither transport nor tables. Its change is one unit of work, whose audit row
//! is made from the permit that allowed it; nothing outside the database is called inside a unit.

pub mod accounts;
pub mod assessments;
pub mod bookings;
pub mod cases;
pub mod clearances;
pub mod complications;
pub mod confirmations;
pub mod consents;
pub mod expiry;
pub mod follow_up;
pub mod hospitals;
pub mod idempotency;
pub mod information;
pub mod interpreters;
pub mod notes;
pub mod passwords;
pub mod patients;
pub mod quotes;
mod reading;
pub mod referrals;
pub mod refused;
pub mod reports;
pub mod reviews;
pub mod sessions;
mod steps;
pub mod surgery;
pub mod tasks;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::ids::{AuditId, Ids};
use rafiq_domain::policy::{Action, Actor, Permitted, Resource, permit};
use rafiq_domain::time::Clock;
use rafiq_persistence::audit::{self, Stamp};
use rafiq_persistence::store::{Store, Tx};
use uuid::Uuid;

pub use passwords::PasswordSettings;
use passwords::Passwords;
use reading::ReadLog;
pub use refused::Refused;

/// The product: its storage, its clock, and its settings. Cheap to clone; all clones share them.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    settings: Settings,
    passwords: Passwords,
    reads: ReadLog,
}

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How passwords are hashed.
    pub passwords: PasswordSettings,
    /// How long a session lives between two uses of its refresh token.
    pub session_idle: TimeDelta,
    /// How long a session lives at the most.
    pub session_absolute: TimeDelta,
    /// How long a hospital has to answer a referral.
    pub referral_answer: TimeDelta,
    /// How long after that a referral still waits before it expires.
    pub referral_grace: TimeDelta,
}

/// Who calls a use case, and in which request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who acts.
    pub actor: Actor,
    /// The request, for the audit trail.
    pub request_id: Option<Uuid>,
}

impl Caller {
    /// The product itself: a job, a command of the operator, the start-up.
    #[must_use]
    pub const fn system() -> Self {
        Self { actor: Actor::System, request_id: None }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("App").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

impl App {
    /// Puts the product together. Must be called inside a tokio runtime: recording reads is a task of its own.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>, settings: Settings) -> Self {
        let passwords = Passwords::new(&settings.passwords);
        let reads = ReadLog::start(store.clone());
        Self(Arc::new(Parts { store, clock, ids, settings, passwords, reads }))
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// Where new ids come from.
    #[must_use]
    pub fn ids(&self) -> &dyn Ids {
        self.0.ids.as_ref()
    }

    /// Whether the product can answer: the database is there, and has every table that it needs.
    ///
    /// # Errors
    /// [`Refused`] when the database does not answer.
    pub async fn is_ready(&self) -> Result<bool, Refused> {
        Ok(self.0.store.pending_migrations().await?.is_empty())
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Runs a change as one unit: what it wrote, its timeline and its audit row are kept together or not at all.
    pub(crate) async fn write<T>(
        &self,
        caller: &Caller,
        work: impl AsyncFnOnce(&Tx) -> Result<Permitted<T>, Refused>,
    ) -> Result<Permitted<T>, Refused> {
        let result = self.store().write(self.stamp(caller), work).await;
        self.record_denial(caller, result).await
    }

    /// Runs a read; that it was allowed is on record before the answer leaves.
    pub(crate) async fn read<T>(
        &self,
        caller: &Caller,
        work: impl AsyncFnOnce(&Store) -> Result<Permitted<T>, Refused>,
    ) -> Result<Permitted<T>, Refused> {
        let result = work(self.store()).await;
        let permitted = self.record_denial(caller, result).await?;
        self.0.reads.record(permitted.permit().clone(), self.stamp(caller)).await?;
        Ok(permitted)
    }

    /// Asks the policy before anything is done; a no is on record.
    pub(crate) async fn ask<T: Resource>(
        &self,
        caller: &Caller,
        action: Action,
        resource: T,
    ) -> Result<Permitted<T>, Refused> {
        self.record_denial(caller, permit(&caller.actor, action, resource).map_err(Refused::from)).await
    }

    async fn record_denial<T>(&self, caller: &Caller, result: Result<T, Refused>) -> Result<T, Refused> {
        if let Err(refused) = &result
            && let Some(denied) = refused.denial()
        {
            audit::denied(self.store(), denied, self.stamp(caller)).await?;
        }
        result
    }

    fn stamp(&self, caller: &Caller) -> Stamp {
        Stamp { id: AuditId::new(self.ids()), at: self.now(), request_id: caller.request_id }
    }
}
