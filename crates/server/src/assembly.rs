//! The product put together from its configuration.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use rafiq_app::mail::{MailSettings, Mailer};
use rafiq_app::passkeys::RelyingParty;
use rafiq_app::passwords::Argon2id;
use rafiq_app::{App, ApprovalSettings, PasswordSettings, Settings};
use rafiq_domain::ids::Ids;
use rafiq_domain::time::{Clock, in_microseconds};
use rafiq_domain::users::Contact;
use rafiq_http::Api;
use rafiq_http::token::{AccessTokens, SigningKeys};
use rafiq_persistence::store::{Backend, DatabaseUrl, Durability, Store, StoreConfig};
use uuid::Uuid;

use crate::config::{Config, MailServer};
use crate::mail::{LogMailer, SmtpMailer};
use crate::vault;

/// Who issues access tokens, and who they are for: one service is both.
const ISSUER: &str = "rafiq";

/// The clock of the machine, in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock of the machine")]
    fn now(&self) -> DateTime<Utc> {
        in_microseconds(Utc::now())
    }
}

/// Ids by the clock and the randomness of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws ids")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Opens the configured database.
///
/// # Errors
/// When the address is wrong or the database does not answer.
pub async fn connect(config: &Config) -> anyhow::Result<Store> {
    let folder = &config.data_dir;
    std::fs::create_dir_all(folder).with_context(|| format!("the data folder {}", folder.display()))?;
    let settings = StoreConfig {
        url: DatabaseUrl::parse(config.database.url.expose())?,
        max_connections: config.database.pool_size,
        acquire_timeout: config.database.acquire_timeout,
        durability: Durability::Full,
    };
    Store::connect(&settings).await.context("the database cannot be opened")
}

/// Brings an embedded database up to date, and refuses a served one that is not: several instances
/// may run on it, and an operator decides when it changes.
///
/// # Errors
/// When migrations are pending on PostgreSQL, or one fails.
pub async fn bring_up_to_date(store: &Store) -> anyhow::Result<()> {
    let pending = store.pending_migrations().await?;
    if pending.is_empty() {
        return Ok(());
    }
    match store.backend() {
        Backend::Sqlite => Ok(store.migrate().await?),
        Backend::Postgres => anyhow::bail!("{} migration(s) are pending; run `rafiq migrate` first", pending.len()),
    }
}

/// The product on an open database.
///
/// # Errors
/// When a lifetime does not fit, or the keys of secrets can neither be read nor made.
pub fn product(config: &Config, store: Store) -> anyhow::Result<App> {
    let passwords = &config.passwords;
    let settings = Settings {
        passwords: PasswordSettings {
            hashing: Arc::new(Argon2id::new(passwords.memory_kib, passwords.iterations, passwords.parallelism)),
            at_once: passwords.concurrent_hashes,
            waiting: passwords.queued_hashes,
        },
        mail: mail_settings(config)?,
        second_factor: config.second_factor,
        relying_party: RelyingParty::new(config.public_url.as_str())?,
        vault: vault::open(&config.data_dir, SystemClock.now())?,
        session_idle: TimeDelta::from_std(config.tokens.refresh_idle)?,
        session_absolute: TimeDelta::from_std(config.tokens.refresh_absolute)?,
        approvals: ApprovalSettings {
            wait: TimeDelta::from_std(config.approvals.expire_after)?,
            retention_years: config.approvals.retention_years,
            export_rows: config.approvals.export_rows,
        },
        referral_answer: TimeDelta::from_std(config.referrals.respond_within)?,
        referral_grace: TimeDelta::from_std(config.referrals.grace)?,
        access_review_after: TimeDelta::from_std(config.access.review_after)?,
    };
    Ok(App::new(store, Arc::new(SystemClock), Arc::new(SystemIds), settings))
}

fn mail_settings(config: &Config) -> anyhow::Result<MailSettings> {
    let mail = &config.mail;
    let mailer: Arc<dyn Mailer> = match (&mail.server, &mail.from) {
        (MailServer::Smtp(url), Some(from)) => Arc::new(SmtpMailer::new(url, from)?),
        // Without a sender's address only the log takes mail; the configuration was checked for that.
        (MailServer::Smtp(_) | MailServer::Log, _) => Arc::new(LogMailer),
    };
    let data_protection_officer =
        Contact { email: mail.data_protection_officer.clone(), language: mail.data_protection_language };
    Ok(MailSettings { mailer, public_url: config.public_url.as_str().to_owned(), data_protection_officer })
}

/// The whole service.
///
/// # Errors
/// When a lifetime does not fit.
pub fn service(config: &Config, app: App, keys: SigningKeys) -> anyhow::Result<Router> {
    let lifetime = TimeDelta::from_std(config.tokens.access)?;
    let tokens = AccessTokens::new(keys, ISSUER.to_owned(), ISSUER.to_owned(), lifetime);
    let limits = rafiq_http::Limits {
        time_out: config.limits.request_timeout,
        body_bytes: config.limits.body_bytes,
        ..rafiq_http::Limits::default()
    };
    Ok(rafiq_http::router(
        Api::new(app, tokens).behind(config.network.trusted_proxies.clone()),
        Arc::new(SystemIds),
        limits,
    ))
}
