//! Ranges of addresses that a load balancer may give.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::net::{Family, parse_cidr, parse_ip};

/// Consecutive addresses of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

/// The text is no range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address, a network as in 203.0.113.0/28, or FIRST-LAST of one family")]
pub struct NotAnAddressRange;

impl AddressRange {
    /// Its lowest address.
    #[must_use]
    pub fn first(self) -> IpAddr {
        self.first
    }

    /// Its highest address.
    #[must_use]
    pub fn last(self) -> IpAddr {
        self.last
    }

    /// The family of its addresses.
    #[must_use]
    pub fn family(self) -> Family {
        Family::of(self.first)
    }
}

impl From<IpNet> for AddressRange {
    fn from(network: IpNet) -> Self {
        Self { first: network.network(), last: network.broadcast() }
    }
}

impl FromStr for AddressRange {
    type Err = NotAnAddressRange;

    fn from_str(text: &str) -> Result<Self, NotAnAddressRange> {
        if text.contains('/') {
            return parse_cidr(text).map(Self::from).ok_or(NotAnAddressRange);
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let ends = parse_ip(first.trim()).zip(parse_ip(last.trim()));
        let is_range =
            |(first, last): &(IpAddr, IpAddr)| Family::of(*first) == Family::of(*last) && first <= last;
        let (first, last) = ends.filter(is_range).ok_or(NotAnAddressRange)?;
        Ok(Self { first, last })
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(f, "{}", self.first);
        }
        write!(f, "{}-{}", self.first, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_an_address_a_network_or_two_ends() {
        for (text, written) in [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.0/30", "203.0.113.0-203.0.113.3"),
            ("203.0.113.7/32", "203.0.113.7"),
            ("203.0.113.7 - 203.0.113.9", "203.0.113.7-203.0.113.9"),
            ("2001:db8::1-2001:db8::f", "2001:db8::1-2001:db8::f"),
        ] {
            let range: AddressRange = text.parse().expect(text);
            assert_eq!(range.to_string(), written);
            assert_eq!(written.parse(), Ok(range));
        }
        for bad in ["", "203.0.113.9-203.0.113.7", "203.0.113.1-2001:db8::1", "a", "1.2.3.4/33", "1.2.3.4-"] {
            assert_eq!(bad.parse::<AddressRange>(), Err(NotAnAddressRange), "{bad}");
        }
    }
}
