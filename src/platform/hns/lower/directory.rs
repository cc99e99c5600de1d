//! The endpoints of the network by address: those that HNS has, and those that a plan makes.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use crate::node::{MacAddress, SameAddress};
use crate::platform::hns::model::{Address, Endpoint, EndpointRef, Guid};

/// Endpoints by address, as kube-proxy's map of them.
#[derive(Debug, Default)]
pub(in crate::platform::hns) struct Directory {
    entries: FxHashMap<Address, Entry>,
    /// Remote endpoints whose address a local one has as well, in the order of HNS.
    pub(in crate::platform::hns) hidden: Vec<Hidden>,
}

/// What an address leads to.
#[derive(Debug, Clone)]
pub(in crate::platform::hns) struct Entry {
    /// How load balancers refer to it.
    pub(in crate::platform::hns) reference: EndpointRef,
    /// Whether HNS takes it to be on another node; `None` where the dump does not tell.
    pub(in crate::platform::hns) is_remote: Option<bool>,
    /// Its position among the objects of the plan, if the plan makes it.
    pub(in crate::platform::hns) planned: Option<u32>,
}

/// An address that a local and a remote endpoint have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform::hns) struct Hidden {
    pub(in crate::platform::hns) address: Address,
    /// The remote endpoint.
    pub(in crate::platform::hns) remote: Guid,
}

impl Directory {
    /// Lists what HNS has.
    pub(in crate::platform::hns) fn new(endpoints: &[&Endpoint], rule: SameAddress) -> Self {
        let mut directory = Self::default();
        for endpoint in endpoints {
            let Some(id) = endpoint.id else { continue };
            let entry = Entry { reference: EndpointRef::Id(id), is_remote: endpoint.place(), planned: None };
            for address in endpoint.addresses() {
                directory.insert_listed(address, &entry, rule);
            }
        }
        directory
    }

    fn insert_listed(&mut self, address: &Address, entry: &Entry, rule: SameAddress) {
        let Some(present) = self.entries.get(address) else {
            self.entries.insert(address.clone(), entry.clone());
            return;
        };
        let is_remote = |entry: &Entry| entry.is_remote == Some(true);
        // One is plainly remote, and the other one is not: what is local has no mark in many dumps.
        if is_remote(present) != is_remote(entry) {
            let remote = if is_remote(present) { present } else { entry };
            let id = remote.reference.id().expect("what HNS lists has an id");
            self.hidden.push(Hidden { address: address.clone(), remote: id });
        }
        let replaces = match rule {
            SameAddress::LastListed => true,
            // The local one is passed over whenever the address is known; a remote one is not.
            SameAddress::Remote => is_remote(entry),
            SameAddress::Local => is_remote(present) || !is_remote(entry),
        };
        if replaces {
            self.entries.insert(address.clone(), entry.clone());
        }
    }

    /// Makes room for so many more addresses.
    pub(in crate::platform::hns) fn reserve(&mut self, more: usize) {
        self.entries.reserve(more);
    }

    /// The endpoint with an address.
    pub(in crate::platform::hns) fn get(&self, address: &Address) -> Option<&Entry> {
        self.entries.get(address)
    }

    /// Adds an endpoint that the plan makes, or that is taken to be there.
    pub(in crate::platform::hns) fn insert(&mut self, address: Address, entry: Entry) -> Entry {
        self.entries.insert(address, entry.clone());
        entry
    }
}

/// The MAC address that kube-proxy makes up for an endpoint on another node: `02-11` and the four bytes
/// of an IPv4 address, or the last four of an IPv6 address in reverse (all versions).
#[must_use]
pub(in crate::platform::hns) fn conjured_mac(ip: Option<IpAddr>) -> MacAddress {
    let [a, b, c, d] = match ip {
        Some(IpAddr::V4(ip)) => ip.octets(),
        Some(IpAddr::V6(ip)) => {
            let octets = ip.octets();
            [octets[15], octets[14], octets[13], octets[12]]
        }
        None => [0x22, 0x33, 0x44, 0x55],
    };
    MacAddress::dashed([0x02, 0x11, a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::hns::model::{EndpointFlags, IpConfiguration};

    fn endpoint(id: u128, remote: bool, address: &str) -> Endpoint {
        Endpoint {
            id: Some(uuid::Uuid::from_u128(id).into()),
            flags: if remote { EndpointFlags::REMOTE } else { EndpointFlags::empty() },
            ip_configurations: vec![IpConfiguration { ip_address: Address::of(address), prefix_length: 0 }],
            ..Endpoint::default()
        }
    }

    #[test]
    fn which_of_two_endpoints_with_one_address_counts_depends_on_the_version() {
        let (local, remote) = (endpoint(1, false, "10.1.1.1"), endpoint(2, true, "10.1.1.1"));
        let is_remote = |endpoints: &[&Endpoint], rule| {
            let directory = Directory::new(endpoints, rule);
            assert_eq!(directory.hidden.len(), 1);
            assert_eq!(directory.hidden[0].remote, remote.id.unwrap());
            directory.get(&Address::of("10.1.1.1")).unwrap().is_remote == Some(true)
        };
        assert!(is_remote(&[&local, &remote], SameAddress::LastListed));
        assert!(!is_remote(&[&remote, &local], SameAddress::LastListed));
        for order in [[&local, &remote], [&remote, &local]] {
            assert!(is_remote(&order, SameAddress::Remote));
            assert!(!is_remote(&order, SameAddress::Local));
        }
    }

    #[test]
    fn made_up_mac_addresses() {
        let mac = |ip: &str| conjured_mac(ip.parse().ok()).to_string();
        assert_eq!(mac("10.244.2.7"), "02-11-0a-f4-02-07");
        assert_eq!(mac("fd00:10:244:2::7"), "02-11-07-00-00-00");
        assert_eq!(mac("10.244.002.007"), "02-11-22-33-44-55");
    }
}
