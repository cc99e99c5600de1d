//! The port proxy: a process that listens and connects onwards.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::HostName;
use crate::net::Family;

/// A listener and where it connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortProxy {
    /// The listener.
    pub listener: Listener,
    /// Where its connections go.
    pub connect: Connect,
}

/// What tells listeners apart. Windows keeps the address as it was spelled, and deletes by this spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listener {
    /// The families.
    pub relay: Relay,
    /// The address.
    pub address: Listen,
    /// The port, 1 to 65535.
    pub port: u16,
}

/// The family that is listened on, and the one that is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relay {
    /// Of the listener.
    pub from: Family,
    /// Of the endpoint.
    pub to: Family,
}

/// The address of a listener.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listen {
    /// None was said; shown as `*`.
    Any,
    /// This one; the unspecified address is any as well, but spelled.
    Ip(IpAddr),
    /// That of a name.
    Name(HostName),
}

/// Where a listener connects to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Connect {
    /// The host.
    pub host: Host,
    /// The port, 1 to 65535.
    pub port: u16,
}

/// A host that is connected to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// By its address.
    Ip(IpAddr),
    /// By its name; plans never have one.
    Name(HostName),
}

impl Listener {
    /// All listeners that could take a connection, the most exact first; without an address, those on all.
    pub fn taking(family: Family, ip: Option<IpAddr>, port: u16) -> impl Iterator<Item = Self> {
        let any: IpAddr = match family {
            Family::Ipv4 => Ipv4Addr::UNSPECIFIED.into(),
            Family::Ipv6 => Ipv6Addr::UNSPECIFIED.into(),
        };
        let addresses = ip.map(Listen::Ip).into_iter().chain([Listen::Ip(any), Listen::Any]);
        addresses.flat_map(move |address| {
            let relays = Relay::ALL.into_iter().filter(move |relay| relay.from == family);
            relays.map(move |relay| Self { relay, address: address.clone(), port })
        })
    }
}

impl Relay {
    /// All four, in the order in which netsh shows them.
    pub const ALL: [Self; 4] = [
        Self { from: Family::Ipv4, to: Family::Ipv4 },
        Self { from: Family::Ipv4, to: Family::Ipv6 },
        Self { from: Family::Ipv6, to: Family::Ipv4 },
        Self { from: Family::Ipv6, to: Family::Ipv6 },
    ];

    /// The word of netsh.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match (self.from, self.to) {
            (Family::Ipv4, Family::Ipv4) => "v4tov4",
            (Family::Ipv4, Family::Ipv6) => "v4tov6",
            (Family::Ipv6, Family::Ipv4) => "v6tov4",
            (Family::Ipv6, Family::Ipv6) => "v6tov6",
        }
    }
}

impl Listen {
    /// Whether it is not one address alone.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        match self {
            Self::Any => true,
            Self::Ip(ip) => ip.is_unspecified(),
            Self::Name(_) => false,
        }
    }
}

impl Host {
    /// This computer, which netsh means when it is told no host.
    #[must_use]
    pub fn local(family: Family) -> Self {
        Self::Ip(match family {
            Family::Ipv4 => Ipv4Addr::LOCALHOST.into(),
            Family::Ipv6 => Ipv6Addr::LOCALHOST.into(),
        })
    }
}
