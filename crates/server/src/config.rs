//! The configuration: one value, read once from file, environment and arguments, checked as a whole.
//!
//! Later sources win: built-in default, configuration file, `DATABASE_URL`, `RAFIQ_…` variables
//! (nested keys with `__`), arguments. Every key is named in exactly one place, the [`Config::from_sources`]
//! function; the printed form, the list of known keys and the faults all come from those lines.
//! Nothing else in the product reads the environment.

mod database;
mod mail;
mod network;
mod reader;
mod sources;
#[cfg(test)]
mod tests;

pub use database::{DatabaseUrl, DatabaseUrlError};
pub use mail::MailServer;
pub use network::PublicUrl;
pub use reader::{ConfigFaults, Fault};
pub use sources::{ConfigArguments, Sources};

use crate::telemetry::{LogFilter, LogFormat};
use mail::{Address, LanguageCode};
use network::ListenAddress;
use rafiq_domain::second_factor::SecondFactorRule;
use rafiq_domain::text::EmailAddress;
use rafiq_domain::vocabulary::Language;
use rafiq_http::TrustedProxies;
use reader::{Reader, Setting};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// The longest that a session may rest unused where patients' data is (NIST SP 800-63B-4 §2.2.3 wants no more than an
/// hour).
const PRODUCTION_SESSION_IDLE: Duration = Duration::from_mins(30);

/// The longest that a session may run there, however busy.
const PRODUCTION_SESSION_ABSOLUTE: Duration = Duration::from_hours(12);

/// What OWASP asks of Argon2id, in KiB; `docs/operations.md` names the measured cost.
const ARGON2_PRODUCTION_MEMORY_KIB: u32 = 19_456;

/// What OWASP asks of Argon2id with that memory, in passes.
const ARGON2_PRODUCTION_ITERATIONS: u32 = 2;

/// Everything that a deployment may choose, already checked: a value that exists is usable.
///
/// `Display` prints it as TOML with the source of each value; secrets are redacted there and in `Debug`.
#[derive(Debug, Clone)]
pub struct Config {
    /// How strict the start-up checks are.
    pub profile: Profile,
    /// Where the server listens; loopback unless told otherwise.
    pub listen: SocketAddr,
    /// Where people find the service: links lead there, and passkeys are made for it.
    pub public_url: PublicUrl,
    /// Folder of the embedded database, keys and files; relative to the working folder.
    pub data_dir: PathBuf,
    /// Whether everyone needs a second factor; always in the production profile.
    pub second_factor: SecondFactorRule,
    /// How long requests in flight may still run after a stop signal; 0 to 300 s.
    pub shutdown_grace: Duration,
    /// The store.
    pub database: DatabaseConfig,
    /// Bounds on what one client can take.
    pub limits: LimitsConfig,
    /// Cost of a password hash, and how many may run.
    pub passwords: PasswordConfig,
    /// Lifetimes of sessions.
    pub tokens: TokenConfig,
    /// How long hospitals have to answer.
    pub referrals: ReferralConfig,
    /// What takes two people.
    pub approvals: ApprovalConfig,
    /// How often people's access is looked at.
    pub access: AccessConfig,
    /// How mail leaves.
    pub mail: MailConfig,
    /// What stands between clients and the server.
    pub network: NetworkConfig,
    /// What is logged, and how.
    pub log: LogConfig,
    /// Whether a demo database may be served.
    pub demo: DemoConfig,
    /// Each key as it was read, for `rafiq config check`.
    settings: Vec<Setting>,
}

/// How strict the start-up checks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// For a developer's machine: cheap hashes and unencrypted databases are allowed.
    Development,
    /// For patients' data: weak settings are refused at start-up.
    Production,
}

/// The store's address and its pool.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `sqlite:` or `postgres:`; by default the file `rafiq.db` in the data folder.
    pub url: DatabaseUrl,
    /// Connections kept at most, 1 to 200; on SQLite the readers, as there is always one writer.
    pub pool_size: u32,
    /// How long a request waits for a connection before it is answered 503; 1 to 60 s.
    pub acquire_timeout: Duration,
}

/// Bounds on what one client can take.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// Largest request body unless a route says otherwise, in bytes; 1 KiB to 64 MiB.
    pub body_bytes: usize,
    /// How long a handler may run, reading the body included; 1 to 300 s.
    pub request_timeout: Duration,
    /// How long a client may take for a request's head; 1 to 60 s.
    pub header_timeout: Duration,
    /// How long a client may take for a request's body; 1 to 300 s.
    pub body_timeout: Duration,
    /// How long a connection may go without progress while no handler runs; 1 to 600 s.
    ///
    /// Ends idle HTTP/2 connections and clients that stop reading their answer.
    pub idle_timeout: Duration,
    /// Connections open at once, 1 to 65,536; more wait in the system's queue.
    pub max_connections: usize,
}

/// Cost of a password hash (Argon2id), and how many may run: a hash is the dearest thing a stranger can ask for.
#[derive(Debug, Clone)]
pub struct PasswordConfig {
    /// Hashes computed at once; 1 to 64.
    pub concurrent_hashes: usize,
    /// Log-ins that wait for a hash before the next is answered 503; 0 to 1,024.
    pub queued_hashes: usize,
    /// Memory of one hash in KiB; at least 19,456 in the production profile.
    pub memory_kib: u32,
    /// Passes over that memory; at least 2 in the production profile.
    pub iterations: u32,
    /// Lanes; 1 to 16.
    pub parallelism: u32,
}

/// Lifetimes of sessions; access ≤ idle ≤ absolute.
#[derive(Debug, Clone)]
pub struct TokenConfig {
    /// Of an access token; 30 s to 5 min.
    pub access: Duration,
    /// Of a refresh token that is not used; 5 min to 12 h.
    pub refresh_idle: Duration,
    /// Of a session, however busy; 1 to 24 h.
    pub refresh_absolute: Duration,
}

/// What takes two people, and what the law keeps from erasure.
#[derive(Debug, Clone)]
pub struct ApprovalConfig {
    /// How long a request waits for a second person; 1 to 720 h.
    pub expire_after: Duration,
    /// For how many years after its case ended a clinical record is kept; 1 to 100.
    pub retention_years: u32,
    /// The most rows of one export; 1 to 100,000.
    pub export_rows: u32,
}

/// How long hospitals have to answer a referral.
#[derive(Debug, Clone)]
pub struct ReferralConfig {
    /// From sending to the expected answer; 1 to 720 h.
    pub respond_within: Duration,
    /// From then until the referral lapses; 0 to 720 h.
    pub grace: Duration,
}

/// How often people's access is looked at.
#[derive(Debug, Clone)]
pub struct AccessConfig {
    /// From one review of a user's access until the next is due; 30 to 366 days.
    pub review_after: Duration,
}

/// How mail leaves.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The server that takes it; by default the log, which the production profile refuses.
    pub server: MailServer,
    /// In whose name; needed as soon as there is a server.
    pub from: Option<EmailAddress>,
    /// Who is told of emergency access and the like; needed in the production profile.
    pub data_protection_officer: Option<EmailAddress>,
    /// In which language.
    pub data_protection_language: Language,
}

/// What stands between clients and the server.
#[derive(Debug, Clone)]
pub struct NetworkConfig {
    /// The proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: TrustedProxies,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// Lines for people or objects for machines.
    pub format: LogFormat,
    /// Which events are written.
    pub filter: LogFilter,
}

/// Whether a demo database may be served.
#[derive(Debug, Clone)]
pub struct DemoConfig {
    /// `rafiq serve` refuses a database with demo log-ins unless this is true; never in production.
    pub allow_demo_database: bool,
}

impl Config {
    /// Reads the process's sources: the file that the arguments name, the environment, the arguments.
    ///
    /// # Errors
    /// All faults at once, each with its key and the source of the value.
    pub fn load(arguments: &ConfigArguments) -> Result<Self, ConfigFaults> {
        Self::from_sources(Sources::of_process(arguments))
    }

    /// Reads given sources, so that tests need not touch the process's environment.
    ///
    /// # Errors
    /// All faults at once, each with its key and the source of the value.
    pub fn from_sources(sources: Sources) -> Result<Self, ConfigFaults> {
        let mut read = Reader::new(sources);
        let data_dir = PathBuf::from(read.text("data_dir", "data".to_owned()));
        let profile = read.text("profile", Profile::Development);
        let config = Self {
            profile,
            listen: read.text("listen", ListenAddress(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)))).0,
            public_url: read.text("public_url", PublicUrl::local()),
            shutdown_grace: read.seconds("shutdown_grace_seconds", 25, 0..=300),
            second_factor: read.text("second_factor", profile.second_factor()).0,
            database: DatabaseConfig {
                url: read.text("database.url", DatabaseUrl::sqlite_file(&data_dir.join("rafiq.db"))),
                pool_size: read.number("database.pool_size", 8, 1..=200),
                acquire_timeout: read.seconds("database.acquire_timeout_seconds", 5, 1..=60),
            },
            limits: LimitsConfig {
                body_bytes: read.number("limits.body_bytes", 1 << 20, 1 << 10..=64 << 20),
                request_timeout: read.seconds("limits.request_timeout_seconds", 30, 1..=300),
                header_timeout: read.seconds("limits.header_timeout_seconds", 10, 1..=60),
                body_timeout: read.seconds("limits.body_timeout_seconds", 30, 1..=300),
                idle_timeout: read.seconds("limits.idle_timeout_seconds", 60, 1..=600),
                max_connections: read.number("limits.max_connections", 1_024, 1..=65_536),
            },
            passwords: PasswordConfig {
                concurrent_hashes: read.number("passwords.concurrent_hashes", 2, 1..=64),
                queued_hashes: read.number("passwords.queued_hashes", 16, 0..=1_024),
                memory_kib: read.number("passwords.memory_kib", ARGON2_PRODUCTION_MEMORY_KIB, 8..=1 << 20),
                iterations: read.number("passwords.iterations", ARGON2_PRODUCTION_ITERATIONS, 1..=16),
                parallelism: read.number("passwords.parallelism", 1, 1..=16),
            },
            tokens: TokenConfig {
                access: read.seconds("tokens.access_seconds", 300, 30..=300),
                refresh_idle: read.minutes("tokens.refresh_idle_minutes", 30, 5..=720),
                refresh_absolute: read.hours("tokens.refresh_absolute_hours", 12, 1..=24),
            },
            approvals: ApprovalConfig {
                expire_after: read.hours("approvals.expire_after_hours", 72, 1..=720),
                retention_years: read.number("retention.clinical_record_years", 20, 1..=100),
                export_rows: read.number("exports.max_rows", 10_000, 1..=100_000),
            },
            referrals: ReferralConfig {
                respond_within: read.hours("referrals.respond_within_hours", 48, 1..=720),
                grace: read.hours("referrals.grace_hours", 24, 0..=720),
            },
            access: AccessConfig { review_after: read.days("access.review_after_days", 180, 30..=366) },
            mail: MailConfig {
                server: read.text("mail.server", MailServer::Log),
                from: read.text("mail.from", Address::default()).0,
                data_protection_officer: read.text("mail.data_protection_officer", Address::default()).0,
                data_protection_language: read.text("mail.data_protection_language", LanguageCode(Language::English)).0,
            },
            network: NetworkConfig { trusted_proxies: read.text("network.trusted_proxies", TrustedProxies::default()) },
            log: LogConfig {
                format: read.text("log.format", LogFormat::Text),
                filter: read.text("log.filter", LogFilter::default()),
            },
            demo: DemoConfig { allow_demo_database: read.flag("demo.allow_demo_database", false) },
            data_dir,
            settings: Vec::new(),
        };
        config.cross_check(&mut read);
        let settings = read.finish()?;
        Ok(Self { settings, ..config })
    }

    /// What no single key can say about itself.
    fn cross_check(&self, read: &mut Reader) {
        if self.data_dir.as_os_str().is_empty() {
            read.fault("data_dir", "must name a folder");
        }
        if self.database.url.holds_password() && read.source("database.url").starts_with(sources::ARGUMENT) {
            read.fault("database.url", "must not bring a password as an argument, which every user can read");
        }
        if self.mail.server.holds_password() && read.source("mail.server").starts_with(sources::ARGUMENT) {
            read.fault("mail.server", "must not bring a password as an argument, which every user can read");
        }
        if self.mail.server != MailServer::Log && self.mail.from.is_none() {
            read.fault("mail.from", "must be given when mail.server is an SMTP server");
        }
        if self.tokens.refresh_idle > self.tokens.refresh_absolute {
            read.fault("tokens.refresh_idle_minutes", "must not be longer than tokens.refresh_absolute_hours");
        }
        if self.passwords.memory_kib < self.passwords.parallelism.saturating_mul(8) {
            read.fault("passwords.memory_kib", "must be at least 8 KiB for each lane of passwords.parallelism");
        }
        match self.profile {
            Profile::Development => {}
            Profile::Production => self.check_production(read),
        }
    }

    /// What is too weak for patients' data.
    fn check_production(&self, read: &mut Reader) {
        if let Err(fault) = self.database.url.fit_for_production() {
            read.fault("database.url", &fault.to_string());
        }
        if self.passwords.memory_kib < ARGON2_PRODUCTION_MEMORY_KIB {
            read.fault("passwords.memory_kib", "must be at least 19456 in the production profile");
        }
        if self.passwords.iterations < ARGON2_PRODUCTION_ITERATIONS {
            read.fault("passwords.iterations", "must be at least 2 in the production profile");
        }
        if self.tokens.refresh_idle > PRODUCTION_SESSION_IDLE {
            read.fault("tokens.refresh_idle_minutes", "must be at most 30 in the production profile");
        }
        if self.tokens.refresh_absolute > PRODUCTION_SESSION_ABSOLUTE {
            read.fault("tokens.refresh_absolute_hours", "must be at most 12 in the production profile");
        }
        if !self.public_url.is_encrypted() {
            read.fault("public_url", "must begin with https in the production profile");
        }
        if self.second_factor != SecondFactorRule::Required {
            read.fault("second_factor", "must be `required` in the production profile");
        }
        if !self.mail.server.is_encrypted() {
            let problem =
                "must be an SMTP server with TLS in the production profile: smtps://…, or smtp://…?tls=required";
            read.fault("mail.server", problem);
        }
        if self.mail.data_protection_officer.is_none() {
            read.fault("mail.data_protection_officer", "must be given in the production profile");
        }
        if self.demo.allow_demo_database {
            read.fault("demo.allow_demo_database", "must be false in the production profile: demo log-ins are public");
        }
    }
}

impl fmt::Display for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.iter().try_for_each(|setting| writeln!(formatter, "{setting}"))
    }
}

impl Profile {
    /// What is asked of those who sign in when nobody says so.
    const fn second_factor(self) -> SecondFactor {
        SecondFactor(match self {
            Self::Development => SecondFactorRule::Optional,
            Self::Production => SecondFactorRule::Required,
        })
    }
}

/// The rule as it is written.
struct SecondFactor(SecondFactorRule);

impl FromStr for SecondFactor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "optional" => Ok(Self(SecondFactorRule::Optional)),
            "required" => Ok(Self(SecondFactorRule::Required)),
            _ => Err("must be `optional` or `required`"),
        }
    }
}

impl fmt::Display for SecondFactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            SecondFactorRule::Optional => "optional",
            SecondFactorRule::Required => "required",
        })
    }
}

impl FromStr for Profile {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            _ => Err("must be `development` or `production`"),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Development => "development",
            Self::Production => "production",
        })
    }
}
