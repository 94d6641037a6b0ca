//! Use cases: what the product does. Each is one function that authorizes, transacts and records.
//!
//! A use case knows neither transport nor tables. Its change is one unit of work, whose audit row
//! is made from the permit that allowed it; nothing outside the database is called inside a unit.

pub mod access;
pub mod access_reviews;
pub mod accounts;
pub mod approvals;
pub mod assessments;
pub mod bookings;
pub mod cases;
pub mod clearances;
pub mod clients;
pub mod complications;
pub mod confirmations;
pub mod consents;
pub mod credentials;
pub mod delegations;
mod devices;
pub mod emergency;
pub mod erasure;
pub mod expiry;
pub mod exports;
pub mod follow_up;
pub mod hospitals;
pub mod idempotency;
pub mod information;
pub mod interpreters;
pub mod links;
pub mod mail;
pub mod merging;
pub mod notes;
pub mod off_boarding;
pub mod passkeys;
pub mod passwords;
pub mod patients;
pub mod quotes;
mod reading;
pub mod referrals;
pub mod refused;
pub mod reports;
pub mod reviews;
pub mod roles;
pub mod second_factor;
mod secrets;
pub mod sessions;
mod steps;
pub mod surgery;
pub mod tasks;
pub mod teams;
mod throttles;
pub mod tidying;
pub mod vault;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rafiq_domain::ids::{AuditId, Ids, Moment};
use rafiq_domain::paging::Slice;
use rafiq_domain::policy::{Action, Actor, Denied, Permit, Permitted, Resource, permit};
use rafiq_domain::second_factor::SecondFactorRule;
use rafiq_domain::time::Clock;
use rafiq_persistence::audit::{self, Stamp};
use rafiq_persistence::store::{Store, Tx};
use uuid::Uuid;

pub use approvals::ApprovalSettings;
use mail::MailSettings;
use passkeys::RelyingParty;
pub use passwords::PasswordSettings;
use passwords::Passwords;
use reading::ReadLog;
pub use refused::Refused;
use vault::Vault;

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
    /// How mail leaves the product.
    pub mail: MailSettings,
    /// Whether everyone needs a second factor.
    pub second_factor: SecondFactorRule,
    /// For which address passkeys are made.
    pub relying_party: RelyingParty,
    /// What seals secrets at rest.
    pub vault: Vault,
    /// How long a session lives between two uses of its refresh token.
    pub session_idle: TimeDelta,
    /// How long a session lives at the most.
    pub session_absolute: TimeDelta,
    /// How the two-person rule is set.
    pub approvals: ApprovalSettings,
    /// How long a hospital has to answer a referral.
    pub referral_answer: TimeDelta,
    /// How long after that a referral still waits before it expires.
    pub referral_grace: TimeDelta,
    /// How long a review of someone's access is good.
    pub access_review_after: TimeDelta,
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
        Self::visitor(None)
    }

    /// Someone who has not signed in: what follows from their request, the product does.
    #[must_use]
    pub(crate) const fn visitor(request_id: Option<Uuid>) -> Self {
        Self { actor: Actor::System, request_id }
    }
}

/// Asks about each of several things by itself; what may not be seen is left out.
pub(crate) fn permit_each<T: Resource>(
    caller: &Caller,
    action: Action,
    found: impl IntoIterator<Item = T>,
) -> Vec<Permitted<T>> {
    found.into_iter().filter_map(|found| permit(&caller.actor, action, found).ok()).collect()
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
        let passwords = Passwords::new(&settings);
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

    /// The present instant, for what is written now and gives rise to more.
    pub(crate) fn moment(&self) -> Moment<'_> {
        Moment { at: self.now(), ids: self.ids() }
    }

    /// Where people and machines find the product, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.settings().mail.public_url
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

    pub(crate) fn relying_party(&self) -> &RelyingParty {
        &self.settings().relying_party
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.settings().vault
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
        self.record_reads(caller, [permitted.permit()]).await?;
        Ok(permitted)
    }

    /// As [`App::read`], for a page of which each row was asked about by itself: each that is shown is on record.
    pub(crate) async fn read_each<T: Send + Sync>(
        &self,
        caller: &Caller,
        work: impl AsyncFnOnce(&Store) -> Result<Permitted<Slice<Permitted<T>>>, Refused>,
    ) -> Result<Slice<Permitted<T>>, Refused> {
        let result = work(self.store()).await;
        let page = self.record_denial(caller, result).await?;
        let shown = page.items.iter().map(Permitted::permit);
        self.record_reads(caller, [page.permit()].into_iter().chain(shown)).await?;
        Ok(page.into_inner())
    }

    /// Puts on record what is about to be shown, and waits until it is kept.
    pub(crate) async fn record_reads(
        &self,
        caller: &Caller,
        shown: impl IntoIterator<Item = &Permit>,
    ) -> Result<(), Refused> {
        let reads = shown.into_iter().map(|permit| (permit.clone(), self.stamp(caller))).collect();
        self.0.reads.record(reads).await
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
        if let Err(refused) = &result {
            self.note_denials(caller, &refused.denials()).await?;
        }
        result
    }

    /// Puts a no on record that leads to a refusal of another kind.
    pub(crate) async fn note_denial(&self, caller: &Caller, denied: &Denied) -> Result<(), Refused> {
        self.note_denials(caller, &[denied]).await
    }

    async fn note_denials(&self, caller: &Caller, denied: &[&Denied]) -> Result<(), Refused> {
        let denied: Vec<_> = denied.iter().map(|denied| (*denied, self.stamp(caller))).collect();
        if denied.is_empty() { Ok(()) } else { Ok(audit::denied(self.store(), &denied).await?) }
    }

    fn stamp(&self, caller: &Caller) -> Stamp {
        Stamp { id: AuditId::new(self.ids()), at: self.now(), request_id: caller.request_id }
    }
}
