//! The store's address: which database it names, how it is printed, and whether it is safe enough.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use url::Url;

/// Parameters that the PostgreSQL driver understands; it would log the value of any other.
const POSTGRES_PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// What stands in the place of a password.
const REDACTED: &str = "***";

/// The address of a SQLite or PostgreSQL database; printing it hides the password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite://path?mode=rwc` or `sqlite::memory:`.
    Sqlite(String),
    /// `postgres://…`, with parameters that the driver knows.
    Postgres(Box<Url>),
}

/// Why an address of a database is refused. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseUrlError {
    /// Neither of the two supported databases.
    Scheme,
    /// Not an address at all.
    Malformed,
    /// A parameter that the driver does not know.
    UnknownParameter,
    /// A remote PostgreSQL whose certificate would not be verified.
    UnverifiedTls,
    /// A database that forgets everything when the process ends.
    InMemory,
}

impl DatabaseUrl {
    /// A SQLite file that is created when absent.
    #[must_use]
    pub fn sqlite_file(path: &Path) -> Self {
        // The driver decodes the path and takes the rest after `?` for parameters.
        let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        Self::Sqlite(format!("sqlite://{path}?mode=rwc"))
    }

    /// The whole address with its password, for the driver alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Sqlite(text) => text,
            Self::Postgres(url) => url.as_str(),
        }
    }

    /// Whether the address carries a password, and so must not stand where others can read it.
    #[must_use]
    pub fn holds_password(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(url) => url.password().is_some() || url.query_pairs().any(|(key, _)| key == "password"),
        }
    }

    /// Whether patients' data may be kept there.
    ///
    /// # Errors
    /// `UnverifiedTls` unless every `sslmode` is `verify-full` or every host is a Unix socket;
    /// `InMemory` for a SQLite database without a file.
    pub fn fit_for_production(&self) -> Result<(), DatabaseUrlError> {
        match self {
            Self::Sqlite(text) if text.contains(":memory:") || text.contains("mode=memory") => {
                Err(DatabaseUrlError::InMemory)
            }
            Self::Postgres(url) if !over_socket(url) && !verified(url) => Err(DatabaseUrlError::UnverifiedTls),
            Self::Sqlite(_) | Self::Postgres(_) => Ok(()),
        }
    }
}

/// Whether every host that the address names is a folder of Unix sockets. Without a host the driver decides.
fn over_socket(url: &Url) -> bool {
    let hosts =
        url.host_str().filter(|host| !host.is_empty()).map(|host| host.to_ascii_lowercase().replace("%2f", "/"));
    let named = url.query_pairs().filter(|(key, _)| matches!(&**key, "host" | "hostaddr"));
    let mut hosts = hosts.into_iter().chain(named.map(|(_, value)| value.into_owned())).peekable();
    hosts.peek().is_some() && hosts.all(|host| host.starts_with('/'))
}

/// Whether the certificate and its name are checked. The driver takes the last of several modes, so all must agree.
fn verified(url: &Url) -> bool {
    let mut modes = url.query_pairs().filter(|(key, _)| matches!(&**key, "sslmode" | "ssl-mode")).peekable();
    modes.peek().is_some() && modes.all(|(_, mode)| mode == "verify-full")
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Self::Sqlite(text.to_owned())),
            Some("postgres" | "postgresql") => {
                let url = Url::parse(text).map_err(|_| DatabaseUrlError::Malformed)?;
                let known = |key: &str| POSTGRES_PARAMETERS.contains(&key) || key.starts_with("options[");
                if url.query_pairs().all(|(key, _)| known(&key)) {
                    Ok(Self::Postgres(Box::new(url)))
                } else {
                    Err(DatabaseUrlError::UnknownParameter)
                }
            }
            _ => Err(DatabaseUrlError::Scheme),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = match self {
            Self::Sqlite(text) => return formatter.write_str(text),
            Self::Postgres(url) => url,
        };
        let mut shown = Url::clone(url);
        if shown.password().is_some() && shown.set_password(Some(REDACTED)).is_err() {
            return formatter.write_str(REDACTED);
        }
        if url.query().is_some() {
            let pairs = url.query_pairs();
            let redacted =
                pairs.map(|(key, value)| if key == "password" { (key, REDACTED.into()) } else { (key, value) });
            shown.query_pairs_mut().clear().extend_pairs(redacted);
        }
        shown.fmt(formatter)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DatabaseUrl({self})")
    }
}

impl fmt::Display for DatabaseUrlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Scheme => "must begin with sqlite: or postgres:",
            Self::Malformed => "is not a valid address; encode reserved characters of the password, as in %40 for @",
            Self::UnknownParameter => "has a parameter that the PostgreSQL driver does not know",
            Self::UnverifiedTls => {
                "must say sslmode=verify-full in the production profile, unless every host is a Unix socket folder"
            }
            Self::InMemory => "must name a file in the production profile: a database in memory is lost at the end",
        })
    }
}

impl std::error::Error for DatabaseUrlError {}
