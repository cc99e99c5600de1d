//! One side of HNS: load balancers and endpoints, with members resolved to addresses.
//!
//! HNS gives each object an id by chance, so ids say nothing about what two sides have in common: a load
//! balancer is what answers to its address and port, a member is the address of its endpoint.

use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};

use super::member::{Member, MemberName, Resolved};
use crate::answer::change::join::Numbering;
use crate::answer::change::{ObjectKind, Standing, Subject};
use crate::answer::directory::Directory;
use crate::answer::frontend::FrontendAt;
use crate::name::printable;
use crate::net::{Family, Protocol};
use crate::node::NetworkType;
use crate::platform::hns::model::{
    Address, Detail, Endpoint, Guid, LoadBalancer, NetworkRef, State, protocol_number,
};
use crate::platform::hns::{Desired, FrontendKey, Object};
use crate::scope::Selector;

/// What HNS holds, or should hold.
#[derive(Debug)]
pub struct HnsSide {
    pub(in crate::platform::hns) standing: Standing,
    pub(in crate::platform::hns) balancers: Vec<Balancer>,
    pub(in crate::platform::hns) endpoints: Vec<Known>,
    /// Whether endpoints are told at all; a dump of load balancers alone tells none.
    pub(super) tells_endpoints: bool,
    pub(in crate::platform::hns) is_overlay: bool,
    /// The network of the pods, where it is known which one that is.
    pub(super) network: Option<NetworkRef>,
}

/// A load balancer.
#[derive(Debug)]
pub(in crate::platform::hns) struct Balancer {
    pub(in crate::platform::hns) key: BalancerKey,
    pub(in crate::platform::hns) object: LoadBalancer,
    /// Sorted.
    pub(in crate::platform::hns) members: Vec<Member>,
    /// How many that stand before it have the same key.
    pub(in crate::platform::hns) number: u32,
}

/// What tells a load balancer from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::platform::hns) enum BalancerKey {
    /// What it answers to.
    Frontend(FrontendKey),
    /// Its address, where a table tells no port.
    Address(Option<Address>),
    /// It has no port.
    Portless,
}

/// An endpoint.
#[derive(Debug)]
pub(in crate::platform::hns) struct Known {
    pub(in crate::platform::hns) address: Address,
    pub(in crate::platform::hns) object: Endpoint,
    pub(in crate::platform::hns) number: u32,
    /// How many load balancers it is a member of.
    pub(super) references: usize,
}

impl HnsSide {
    /// Members of what is left stay as well, whatever Service they should be of.
    pub(in crate::platform::hns) fn keep_selected(&mut self, directory: &Directory<'_>, selector: &Selector) {
        self.balancers.retain(|balancer| selector.selects_any(balancer.services(directory)));
        let members = self.balancers.iter().flat_map(|balancer| &balancer.members);
        let members: FxHashSet<&MemberName> = members.map(|member| &member.name).collect();
        self.endpoints.retain(|known| {
            members.contains(&MemberName::At(known.address.clone()))
                || selector.selects_any(known.services(directory))
        });
    }

    /// What HNS holds, by a dump.
    #[must_use]
    pub fn held(state: State) -> Self {
        Self::of(state, Standing::Held)
    }

    /// What a plan makes, by its text.
    #[must_use]
    pub fn planned(state: State) -> Self {
        Self { tells_endpoints: true, ..Self::of(state, Standing::Wanted) }
    }

    fn of(state: State, standing: Standing) -> Self {
        let State { networks, endpoints, load_balancers, .. } = state;
        let network = match &*networks {
            [only] => Some(NetworkRef::Id(only.id)),
            _ => None,
        };
        let tells_endpoints = endpoints.iter().any(|endpoint| !endpoint.ip_configurations.is_empty());
        let mut by_id: FxHashMap<Guid, Resolved> = FxHashMap::default();
        by_id.extend(endpoints.iter().filter_map(Resolved::of));
        Self {
            standing,
            balancers: balancers(load_balancers, &by_id, tells_endpoints),
            tells_endpoints,
            is_overlay: networks.iter().any(|network| network.type_ == NetworkType::Overlay),
            network,
            endpoints: Vec::new(),
        }
        .with_endpoints(endpoints)
    }

    /// What kube-proxy wants on a node of which HNS may have told its state.
    #[must_use]
    pub fn wanted(desired: Desired, state: Option<&State>) -> Self {
        let Desired { network, objects, used, .. } = desired;
        let (mut endpoints, mut load_balancers) = (Vec::new(), Vec::new());
        for wanted in objects {
            match wanted.object {
                Object::Endpoint(endpoint) => endpoints.push(Endpoint { id: Some(wanted.id), ..*endpoint }),
                Object::LoadBalancer(balancer) => {
                    load_balancers.push(LoadBalancer { id: Some(wanted.id), ..*balancer });
                }
            }
        }
        let present = state.map_or(&[][..], |state| &state.endpoints);
        let mut by_id: FxHashMap<Guid, Resolved> = FxHashMap::default();
        by_id.extend(present.iter().chain(&endpoints).filter_map(Resolved::of));
        let is_used = |endpoint: &&Endpoint| endpoint.id.is_some_and(|id| used.contains(&id));
        endpoints.extend(present.iter().filter(is_used).cloned());
        Self {
            standing: Standing::Wanted,
            balancers: balancers(load_balancers, &by_id, true),
            tells_endpoints: true,
            is_overlay: network.type_ == NetworkType::Overlay,
            network: Some(network.reference),
            endpoints: Vec::new(),
        }
        .with_endpoints(endpoints)
    }

    fn with_endpoints(mut self, endpoints: Vec<Endpoint>) -> Self {
        let mut references: FxHashMap<&Address, usize> = FxHashMap::default();
        for balancer in &self.balancers {
            for member in &balancer.members {
                if let MemberName::At(address) = &member.name {
                    *references.entry(address).or_default() += 1;
                }
            }
        }
        let mut numbering = Numbering::new();
        let known = endpoints.into_iter().filter_map(|object| {
            let address = object.addresses().next()?.clone();
            let count = |address| references.get(address).copied().unwrap_or_default();
            let references = object.addresses().map(count).sum();
            Some(Known { number: numbering.next(address.clone()), address, object, references })
        });
        self.endpoints = known.collect();
        self
    }

    /// Whether ports are not told of any load balancer, as in a table.
    pub(super) fn is_table(&self) -> bool {
        self.balancers.iter().any(|balancer| balancer.object.detail == Detail::Table)
    }

    /// Whether the family of load balancers is not told, as in the old schema.
    pub(super) fn is_old_schema(&self) -> bool {
        self.balancers.iter().any(|balancer| balancer.object.detail == Detail::OldSchema)
    }

    /// Tells the family of load balancers by what the old schema tells.
    pub(super) fn tell_family_by_address(&mut self) {
        let mut numbering = Numbering::new();
        for balancer in &mut self.balancers {
            if let BalancerKey::Frontend(key) = &balancer.key {
                balancer.key = BalancerKey::Frontend(by_address(key.clone(), &balancer.members));
            }
            balancer.number = numbering.next(balancer.key.clone());
        }
    }

    /// Tells load balancers by their address alone, those with the same members alike on both sides.
    pub(super) fn tell_by_address(&mut self) {
        self.balancers.sort_by(|one, other| one.members.cmp(&other.members));
        let mut numbering = Numbering::new();
        for balancer in &mut self.balancers {
            let address = balancer.object.frontend_vips.first().cloned();
            balancer.number = numbering.next(address.clone());
            balancer.key = BalancerKey::Address(address);
        }
    }
}

fn balancers(objects: Vec<LoadBalancer>, by_id: &FxHashMap<Guid, Resolved>, tells: bool) -> Vec<Balancer> {
    let mut numbering = Numbering::new();
    let make = |object: LoadBalancer| {
        let vip = object.frontend_vips.first().and_then(Address::ip);
        let family = vip.map(Family::of).or_else(|| FrontendKey::of(&object).map(|key| family_of(key.ipv6)));
        let mut members: Vec<Member> =
            object.endpoints.iter().map(|member| Member::of(member, family, by_id, tells)).collect();
        members.sort_unstable();
        let key = BalancerKey::of(&object, &members);
        Balancer { number: numbering.next(key.clone()), key, object, members }
    };
    objects.into_iter().map(make).collect()
}

fn family_of(ipv6: bool) -> Family {
    if ipv6 { Family::Ipv6 } else { Family::Ipv4 }
}

impl BalancerKey {
    fn of(object: &LoadBalancer, members: &[Member]) -> Self {
        let Some(key) = FrontendKey::of(object) else {
            return if object.detail == Detail::Table {
                Self::Address(object.frontend_vips.first().cloned())
            } else {
                Self::Portless
            };
        };
        if object.detail == Detail::OldSchema {
            Self::Frontend(by_address(key, members))
        } else {
            Self::Frontend(key)
        }
    }
}

/// The family of a key by what the old schema tells: its address, or else its members.
fn by_address(key: FrontendKey, members: &[Member]) -> FrontendKey {
    let ip = key.vip.as_ref().and_then(Address::ip).or_else(|| members.iter().find_map(Member::ip));
    FrontendKey { ipv6: ip.is_some_and(|ip| ip.is_ipv6()), ..key }
}

impl Balancer {
    /// Where clients reach it, if that is an address and port of the usual kind.
    pub(in crate::platform::hns) fn at(&self) -> Option<FrontendAt> {
        let BalancerKey::Frontend(key) = &self.key else { return None };
        let protocol = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
            .into_iter()
            .find(|protocol| protocol_number(*protocol) == key.protocol)?;
        let address = match &key.vip {
            Some(vip) => Some(vip.ip()?),
            None => None,
        };
        let family = address.map_or(family_of(key.ipv6), Family::of);
        Some(FrontendAt { address, port: key.port, protocol, family })
    }

    /// The service ports that it is for; where none has its port, those that have its address.
    pub(super) fn services(&self, directory: &Directory<'_>) -> Vec<String> {
        let exact = self.at().map(|at| directory.services_at(&at)).unwrap_or_default();
        if !exact.is_empty() {
            return exact;
        }
        let vip = self.object.frontend_vips.first().and_then(Address::ip);
        vip.map(|vip| directory.services_of_address(vip)).unwrap_or_default()
    }

    pub(super) fn subject(&self, directory: &Directory<'_>) -> Subject {
        let name = match &self.key {
            BalancerKey::Frontend(key) => key.to_string(),
            BalancerKey::Address(Some(vip)) => printable(&vip.to_string()),
            BalancerKey::Address(None) => "of a node port".to_owned(),
            BalancerKey::Portless => "without a port".to_owned(),
        };
        Subject::new(ObjectKind::LoadBalancer, name, self.services(directory)).with_id(self.object.id)
    }
}

impl Known {
    pub(super) fn ip(&self) -> Option<IpAddr> {
        self.address.ip()
    }

    /// The service ports that it is an endpoint of; on overlay networks cluster IPs have endpoints as well.
    pub(super) fn services(&self, directory: &Directory<'_>) -> Vec<String> {
        let Some(ip) = self.ip() else { return Vec::new() };
        let services = directory.services_of_endpoint(ip);
        if services.is_empty() { directory.services_of_address(ip) } else { services }
    }

    pub(super) fn subject(&self, directory: &Directory<'_>) -> Subject {
        let place = if self.object.is_remote() { "remote" } else { "local" };
        let name = format!("{} ({place})", printable(&self.address.to_string()));
        Subject::new(ObjectKind::Endpoint, name, self.services(directory)).with_id(self.object.id)
    }
}
