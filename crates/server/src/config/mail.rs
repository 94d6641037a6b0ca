//! How mail leaves: through which server, in whose name, and to whom alerts go.

use std::fmt;
use std::str::FromStr;

use rafiq_domain::text::EmailAddress;
use rafiq_domain::vocabulary::{Coded as _, Language};
use url::Url;

/// What stands in the place of a password.
const REDACTED: &str = "***";

/// Where mail is handed over.
#[derive(Clone, PartialEq, Eq)]
pub enum MailServer {
    /// To nobody: it is written to the log, links and all. For a developer's machine.
    Log,
    /// To an SMTP server: `smtps://user:password@host`, `smtp://user:password@host?tls=required`, or
    /// without encryption `smtp://host`.
    Smtp(Box<Url>),
}

impl MailServer {
    /// Whether the address carries a password, and so must not stand where others can read it.
    #[must_use]
    pub fn holds_password(&self) -> bool {
        match self {
            Self::Log => false,
            Self::Smtp(url) => url.password().is_some(),
        }
    }

    /// Whether mail really leaves, and nobody on the way reads it.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        match self {
            Self::Log => false,
            Self::Smtp(url) => url.scheme() == "smtps" || url.query() == Some("tls=required"),
        }
    }
}

impl FromStr for MailServer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "log" {
            return Ok(Self::Log);
        }
        let fits = |url: &Url| {
            let encrypted = match url.scheme() {
                "smtps" => url.query().is_none(),
                "smtp" => matches!(url.query(), None | Some("tls=required")),
                _ => false,
            };
            encrypted && url.has_host() && matches!(url.path(), "" | "/") && url.fragment().is_none()
        };
        let url = Url::parse(text).ok().filter(fits);
        url.map(|url| Self::Smtp(Box::new(url))).ok_or(
            "must be `log`, smtps://user:password@host, smtp://user:password@host?tls=required or smtp://host; \
             encode reserved characters of the password, as in %40 for @",
        )
    }
}

impl fmt::Display for MailServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Smtp(url) = self else { return formatter.write_str("log") };
        let mut shown = Url::clone(url);
        if shown.password().is_some() && shown.set_password(Some(REDACTED)).is_err() {
            return formatter.write_str(REDACTED);
        }
        shown.fmt(formatter)
    }
}

impl fmt::Debug for MailServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "MailServer({self})")
    }
}

/// An address of the operator's, or none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Address(pub(super) Option<EmailAddress>);

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        EmailAddress::parse(text).map(|address| Self(Some(address))).map_err(|_| "must be an e-mail address")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_ref().map_or("", EmailAddress::as_str))
    }
}

/// A language of the product, by its code.
pub(super) struct LanguageCode(pub(super) Language);

impl FromStr for LanguageCode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Language::from_code(text).map(Self).ok_or("must be `en`, `ar` or `tr`")
    }
}

impl fmt::Display for LanguageCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.tag())
    }
}
