//! Members of load balancers: endpoints, by their addresses where ids tell them.

use std::cmp::Ordering;
use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::name::printable;
use crate::net::Family;
use crate::platform::hns::model::{Address, Endpoint, EndpointRef, Guid, Parts};

/// A member of a load balancer.
#[derive(Debug, Clone)]
pub(in crate::platform::hns) struct Member {
    pub(in crate::platform::hns) name: MemberName,
    /// The id of its endpoint, where the load balancer has one.
    pub(super) id: Option<Guid>,
    /// Whether its endpoint is remote, where that is told.
    pub(in crate::platform::hns) is_remote: Option<bool>,
    /// Whether the network of its endpoint is gone.
    pub(in crate::platform::hns) is_lost: bool,
}

/// What a member is on both sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::platform::hns) enum MemberName {
    At(Address),
    /// An endpoint without an address, by its name.
    Named(Box<str>),
    /// An endpoint of which only the id is told.
    Unknown(Guid),
    /// The id of an endpoint that is not there.
    Dangling(Guid),
}

/// Who an id stands for.
pub(super) struct Resolved {
    addresses: [Option<Address>; 2],
    /// Whether the addresses are all it has.
    tells_addresses: bool,
    name: Box<str>,
    is_remote: Option<bool>,
    is_lost: bool,
}

impl Resolved {
    pub(super) fn of(endpoint: &Endpoint, lost: &FxHashSet<Guid>) -> Option<(Guid, Self)> {
        let mut addresses = endpoint.addresses().cloned();
        let addresses = [addresses.next(), addresses.next()];
        let id = endpoint.id?;
        let resolved = Self {
            addresses,
            tells_addresses: endpoint.gaps.tells(Parts::ADDRESSES),
            name: endpoint.name.clone(),
            is_remote: endpoint.place(),
            is_lost: lost.contains(&id),
        };
        Some((id, resolved))
    }

    /// The address of a family, or whichever there is.
    fn address(&self, family: Option<Family>) -> Option<&Address> {
        let of_family = |address: &&Address| address.ip().map(Family::of) == family;
        self.addresses.iter().flatten().find(of_family).or(self.addresses[0].as_ref())
    }
}

impl Member {
    pub(super) fn of(
        reference: &EndpointRef,
        family: Option<Family>,
        by_id: &FxHashMap<Guid, Resolved>,
        tells: bool,
    ) -> Self {
        let (name, is_remote, is_lost) = match reference {
            EndpointRef::Local(address) => (MemberName::At(address.clone()), Some(false), false),
            EndpointRef::Named(name) => (MemberName::Named(name.clone()), Some(false), false),
            EndpointRef::Id(id) => match by_id.get(id) {
                Some(found) => {
                    let name = match found.address(family) {
                        Some(address) => MemberName::At(address.clone()),
                        None if found.name.is_empty() || !found.tells_addresses => MemberName::Unknown(*id),
                        None => MemberName::Named(found.name.clone()),
                    };
                    (name, found.is_remote, found.is_lost)
                }
                None if tells => (MemberName::Dangling(*id), None, false),
                None => (MemberName::Unknown(*id), None, false),
            },
        };
        Self { name, id: reference.id(), is_remote, is_lost }
    }

    /// Whether nothing but the id of its endpoint is told.
    pub(in crate::platform::hns) fn is_unknown(&self) -> bool {
        matches!(self.name, MemberName::Unknown(_))
    }

    pub(in crate::platform::hns) fn ip(&self) -> Option<IpAddr> {
        match &self.name {
            MemberName::At(address) => address.ip(),
            _ => None,
        }
    }
}

impl std::fmt::Display for MemberName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At(address) => f.write_str(&printable(&address.to_string())),
            Self::Named(name) => write!(f, "name:{}", printable(name)),
            Self::Unknown(id) | Self::Dangling(id) => write!(f, "{id}"),
        }
    }
}

// A member is its name: whether it is remote is a matter of its endpoint.
impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Member {}

impl PartialOrd for Member {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Member {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }
}
