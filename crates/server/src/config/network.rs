//! Network addresses: where to listen, and where people find the service.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use url::{Host, Url};

/// Where to listen; refused with an example instead of the standard library's terse words.
pub(super) struct ListenAddress(pub(super) SocketAddr);

impl FromStr for ListenAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "must be an address and a port such as 127.0.0.1:8080")
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Where people find the service: scheme, host and port, and nothing behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// A developer's own machine.
    pub(super) fn local() -> Self {
        Self("http://localhost:8080".to_owned())
    }

    /// The address, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the way there is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Browsers make no passkeys for a number.
        let fits = |url: &Url| {
            let named = matches!(url.host(), Some(Host::Domain(_)));
            let bare = url.username().is_empty() && url.password().is_none();
            let whole = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            matches!(url.scheme(), "http" | "https") && named && bare && whole
        };
        let url = Url::parse(text).ok().filter(fits);
        url.map(|url| Self(url.as_str().trim_end_matches('/').to_owned()))
            .ok_or("must be an address with a host name and nothing behind it, such as https://rafiq.example")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
