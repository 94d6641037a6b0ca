//! Network addresses: where to listen.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

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
