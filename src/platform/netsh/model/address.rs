//! Addresses of interfaces.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::ConnectionName;
use crate::net::Family;

/// An address of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The interface.
    pub interface: ConnectionName,
    /// The address, with its network if one is said.
    pub address: Assigned,
    /// The gateway that is added with it (IPv4 only).
    pub gateway: Option<IpAddr>,
    /// Where it is kept; a command that says nothing means [`Store::Persistent`], a dump never says it.
    pub store: Option<Store>,
    /// Whether Windows leaves it out when it chooses the source of a connection; it does not, unless said.
    pub skip_as_source: Option<bool>,
}

/// An address as a command says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assigned {
    /// Without a mask: Windows fills one in.
    Bare(IpAddr),
    /// With a mask or prefix length; the host bits are the address.
    InNet(IpNet),
}

/// What tells addresses apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressKey {
    /// The interface.
    pub interface: ConnectionName,
    /// The address.
    pub ip: IpAddr,
}

/// Where Windows keeps a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Store {
    /// Until the next start of the node.
    Active,
    /// Now and after every start.
    Persistent,
}

impl Store {
    /// The word of netsh.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Persistent => "persistent",
        }
    }
}

impl Assigned {
    /// The address as the only one of its network.
    #[must_use]
    pub fn host(ip: IpAddr) -> Self {
        Self::InNet(IpNet::from(ip))
    }

    /// The address.
    #[must_use]
    pub fn ip(self) -> IpAddr {
        match self {
            Self::Bare(ip) => ip,
            Self::InNet(net) => net.addr(),
        }
    }

    /// The network that Windows takes it for: where none is said, that of the address class, or 64 bits.
    /// Class A is seen on real nodes; B and C follow the same rule, and the IPv6 default is documented.
    #[must_use]
    pub fn net(self) -> IpNet {
        match self {
            Self::InNet(net) => net,
            Self::Bare(IpAddr::V4(ip)) => {
                let length = match ip.octets()[0] {
                    0..=127 => 8,
                    128..=191 => 16,
                    192..=255 => 24,
                };
                Ipv4Net::new_assert(ip, length).into()
            }
            Self::Bare(ip @ IpAddr::V6(_)) => IpNet::new_assert(ip, 64),
        }
    }
}

impl Address {
    /// What tells it from other addresses.
    #[must_use]
    pub fn key(&self) -> AddressKey {
        AddressKey { interface: self.interface.clone(), ip: self.address.ip() }
    }

    /// Its family.
    #[must_use]
    pub fn family(&self) -> Family {
        Family::of(self.address.ip())
    }

    /// Where it is kept, said or not.
    #[must_use]
    pub fn kept(&self) -> Store {
        self.store.unwrap_or(Store::Persistent)
    }
}

impl AddressKey {
    /// The key with the name of the interface as Windows compares it.
    #[must_use]
    pub fn folded(&self) -> (String, IpAddr) {
        (self.interface.folded(), self.ip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_fills_in_the_mask_of_the_class() {
        let mask = |ip: &str| Assigned::Bare(ip.parse().unwrap()).net().netmask().to_string();
        assert_eq!(mask("100.2.2.1"), "255.0.0.0");
        assert_eq!(mask("127.0.0.1"), "255.0.0.0");
        assert_eq!(mask("128.0.0.1"), "255.255.0.0");
        assert_eq!(mask("191.9.0.1"), "255.255.0.0");
        assert_eq!(mask("192.0.2.1"), "255.255.255.0");
    }
}
