//! Where a request comes from: the peer of its connection, or whom a proxy of ours names.
//!
//! Anyone can write a forwarding header. It is read only on connections from proxies that the operator
//! has named, and only as far back as those reach.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

use crate::problem::{Fault, Problem};
use crate::state::Api;

/// The addresses through which a request came, oldest first.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose word counts: addresses and networks, as in `127.0.0.1, 10.0.0.0/8`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[Network]>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    /// How many of its first bits count.
    length: u8,
}

impl TrustedProxies {
    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }

    /// Who asks: the last address that is not a proxy of ours.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let fields = headers.get_all(X_FORWARDED_FOR).iter().filter_map(|field| field.to_str().ok());
        let named: Vec<_> = fields.flat_map(|field| field.split(',')).map(str::trim).collect();
        let mut client = peer.to_canonical();
        for name in named.into_iter().rev() {
            if !self.trust(client) {
                break;
            }
            // A proxy of ours that writes nonsense is the last that is known.
            let Some(address) = address(name) else { break };
            client = address;
        }
        client
    }
}

/// An address as proxies write it, some with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    bare.map(|address| address.to_canonical())
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differing = (own.to_bits() ^ other.to_bits()).leading_zeros();
                differing >= u32::from(self.length)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differing = (own.to_bits() ^ other.to_bits()).leading_zeros();
                differing >= u32::from(self.length)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be addresses and networks with commas between them, as in 127.0.0.1, 10.0.0.0/8";
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().map_err(|_| FORM)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Ok(most), str::parse).map_err(|_| FORM)?;
        if length > most { Err(FORM) } else { Ok(Self { address, length }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.length)
    }
}

impl FromStr for TrustedProxies {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let networks = text.split(',').map(str::trim).filter(|network| !network.is_empty()).map(str::parse);
        networks.collect::<Result<Vec<_>, _>>().map(|networks| Self(networks.into()))
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&networks.join(", "))
    }
}

/// The address that a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl<S: Sync> FromRequestParts<S> for ClientAddress
where
    Api: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // The accept loop notes it; a request without one was not accepted by us.
        let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>().ok_or(Fault::MissingPart)?;
        Ok(Self(Api::from_ref(state).proxies().client(peer.ip(), &parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let proxies: TrustedProxies = proxies.parse().unwrap();
        let fields = forwarded.iter().map(|field| (X_FORWARDED_FOR, field.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for (name, field) in fields {
            headers.append(name, field);
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn nobody_names_an_address_but_a_proxy_of_ours() {
        assert_eq!(client("", "203.0.113.9", &["198.51.100.7"]), "203.0.113.9");
        assert_eq!(client("10.0.0.0/8", "203.0.113.9", &["198.51.100.7"]), "203.0.113.9");
        assert_eq!(client("10.0.0.0/8", "10.1.2.3", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("10.0.0.0/8", "::ffff:10.1.2.3", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("::1", "::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(client("10.0.0.0/8", "10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn what_the_client_wrote_before_the_proxies_does_not_count() {
        let spoofed = ["127.0.0.1, 198.51.100.7, 10.9.9.9"];
        assert_eq!(client("10.0.0.0/8", "10.1.2.3", &spoofed), "198.51.100.7");
        assert_eq!(client("10.0.0.0/8", "10.1.2.3", &["127.0.0.1", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("10.0.0.0/8", "10.1.2.3", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(client("10.0.0.0/8", "10.1.2.3", &["198.51.100.7, unknown"]), "10.1.2.3");
    }

    #[test]
    fn networks_are_read_and_shown() {
        let proxies: TrustedProxies = " 127.0.0.1 ,10.0.0.0/8, fd00::/8 ".parse().unwrap();
        assert_eq!(proxies.to_string(), "127.0.0.1/32, 10.0.0.0/8, fd00::/8");
        assert_eq!("".parse(), Ok(TrustedProxies::default()));
        for bad in ["here", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0.1 10.0.0.2"] {
            assert!(bad.parse::<TrustedProxies>().is_err(), "{bad}");
        }
    }
}
