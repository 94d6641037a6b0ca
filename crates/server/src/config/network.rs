//! Network addresses: where to listen, and the ranges of proxies whose headers are believed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
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

/// A single address or a CIDR range, as in `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    network: IpAddr,
    prefix: u8,
}

/// Why a text is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressRangeError {
    /// Not an address, or its prefix is no number that fits the family.
    Malformed,
    /// Prefix 0, which would believe the whole Internet.
    Everyone,
    /// Bits after the prefix are set; carries the range that was probably meant.
    HostBits(AddressRange),
}

impl AddressRange {
    /// Whether the range holds an address; IPv4 in IPv6 form counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.network.is_ipv4() && masked(address, self.prefix) == self.network
    }
}

/// Clears the bits after the prefix.
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(prefix.into())).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(prefix.into())).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| AddressRangeError::Malformed)?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(widest), str::parse).map_err(|_| AddressRangeError::Malformed)?;
        let range = Self { network: masked(address, prefix), prefix };
        match prefix {
            0 => Err(AddressRangeError::Everyone),
            _ if prefix > widest => Err(AddressRangeError::Malformed),
            _ if range.network != address => Err(AddressRangeError::HostBits(range)),
            _ => Ok(range),
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.network, self.prefix)
    }
}

impl fmt::Display for AddressRangeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => formatter.write_str("must hold addresses or ranges such as 10.0.0.0/8"),
            Self::Everyone => formatter.write_str("must not hold a range of prefix 0: it would believe everyone"),
            Self::HostBits(meant) => write!(formatter, "has bits after a prefix; write {meant}"),
        }
    }
}

impl std::error::Error for AddressRangeError {}
