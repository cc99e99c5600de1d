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
    Address, Detail, Endpoint, Guid, Listed, LoadBalancer, Network, NetworkRef, Parts, State, SwitchList,
    SwitchPort, Telling, protocol_number,
};
use crate::platform::hns::{Desired, FrontendKey, Object, other_proxy};
use crate::scope::Selector;

/// What HNS holds, or should hold.
#[derive(Debug)]
pub struct HnsSide {
    pub(in crate::platform::hns) standing: Standing,
    pub(in crate::platform::hns) balancers: Vec<Balancer>,
    pub(in crate::platform::hns) endpoints: Vec<Known>,
    /// How much is told of load balancers.
    pub(in crate::platform::hns) balancers_told: Telling,
    /// How much is told of endpoints and their addresses.
    pub(super) endpoints_told: Telling,
    pub(in crate::platform::hns) is_overlay: bool,
    /// The network of the pods, where it is known which one that is.
    pub(super) network: Option<NetworkRef>,
    /// Networks, for what HNS says about their condition.
    pub(super) networks: Vec<Network>,
    /// The names of networks by their ids.
    pub(super) network_names: FxHashMap<Guid, Box<str>>,
    /// Rules of the virtual switch, where a dump has them.
    pub(super) switch: Vec<SwitchList>,
    pub(super) switch_ports: Vec<SwitchPort>,
    /// Who serves Services on the node in place of kube-proxy, in a sentence.
    pub(in crate::platform::hns) other_proxy: Option<String>,
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
    /// The dump leaves out what it answers to.
    NotTold,
}

/// An endpoint.
#[derive(Debug)]
pub(in crate::platform::hns) struct Known {
    pub(in crate::platform::hns) address: Address,
    pub(in crate::platform::hns) object: Endpoint,
    pub(in crate::platform::hns) number: u32,
    /// How many load balancers it is a member of.
    pub(super) references: usize,
    /// Whether its network is gone.
    pub(super) is_lost: bool,
}

impl HnsSide {
    /// Members of what is left stay as well, whatever Service they should be of.
    pub(in crate::platform::hns) fn keep_selected(&mut self, directory: &Directory<'_>, selector: &Selector) {
        // One that leaves out what it answers to may be of any Service.
        let is_kept = |balancer: &Balancer| {
            balancer.key == BalancerKey::NotTold || selector.selects_any(balancer.services(directory))
        };
        self.balancers.retain(is_kept);
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
        Self { endpoints_told: Telling::Whole, ..Self::of(state, Standing::Wanted) }
    }

    fn of(state: State, standing: Standing) -> Self {
        let network = match &state.networks[..] {
            [only] => Some(NetworkRef::Id(only.id)),
            _ => None,
        };
        let other_proxy = other_proxy::of_network(&state);
        let network_names = state.networks.iter().map(|network| (network.id, network.name.clone())).collect();
        let is_overlay = state.networks.iter().any(|network| network.type_ == NetworkType::Overlay);
        let endpoints_told = telling_of_addresses(&state.endpoints);
        let lost: FxHashSet<Guid> = state
            .endpoints
            .iter()
            .filter(|endpoint| standing == Standing::Held && state.has_lost_network_of(endpoint))
            .filter_map(|endpoint| endpoint.id)
            .collect();
        let mut by_id: FxHashMap<Guid, Resolved> = FxHashMap::default();
        by_id.extend(state.endpoints.iter().filter_map(|endpoint| Resolved::of(endpoint, &lost)));
        let tells_ids = state.endpoints.is_whole();
        let balancers_told = state.load_balancers.telling();
        Self {
            standing,
            balancers: balancers(state.load_balancers.into_objects(), &by_id, tells_ids),
            balancers_told,
            endpoints_told,
            is_overlay,
            network,
            networks: state.networks.to_vec(),
            network_names,
            other_proxy,
            switch: state.switch,
            switch_ports: state.switch_ports,
            endpoints: Vec::new(),
        }
        .with_endpoints(state.endpoints.into_objects(), &lost)
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
        let lost = FxHashSet::default();
        let mut by_id: FxHashMap<Guid, Resolved> = FxHashMap::default();
        by_id.extend(present.iter().chain(&endpoints).filter_map(|endpoint| Resolved::of(endpoint, &lost)));
        let is_used = |endpoint: &&Endpoint| endpoint.id.is_some_and(|id| used.contains(&id));
        endpoints.extend(present.iter().filter(is_used).cloned());
        Self {
            standing: Standing::Wanted,
            balancers: balancers(load_balancers, &by_id, true),
            balancers_told: Telling::Whole,
            endpoints_told: Telling::Whole,
            is_overlay: network.type_ == NetworkType::Overlay,
            network: Some(network.reference),
            networks: Vec::new(),
            network_names: FxHashMap::default(),
            other_proxy: None,
            switch: Vec::new(),
            switch_ports: Vec::new(),
            endpoints: Vec::new(),
        }
        .with_endpoints(endpoints, &lost)
    }

    fn with_endpoints(mut self, endpoints: Vec<Endpoint>, lost: &FxHashSet<Guid>) -> Self {
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
            let is_lost = object.id.is_some_and(|id| lost.contains(&id));
            Some(Known { number: numbering.next(address.clone()), address, object, references, is_lost })
        });
        self.endpoints = known.collect();
        self
    }

    /// Whether ports are not told of any load balancer, as in a table.
    pub(super) fn is_table(&self) -> bool {
        let is_row = |balancer: &Balancer| matches!(balancer.key, BalancerKey::Address(_));
        self.balancers.iter().any(is_row)
            && self.balancers.iter().all(|balancer| is_row(balancer) || balancer.key == BalancerKey::NotTold)
    }

    /// Whether a load balancer is a row of a table.
    pub(super) fn has_rows(&self) -> bool {
        self.balancers.iter().any(|balancer| balancer.object.detail == Detail::Table)
    }

    /// Takes rows of tables among load balancers that tell their ports for what they are: told in part.
    pub(super) fn forget_rows(&mut self) {
        for balancer in &mut self.balancers {
            if matches!(balancer.key, BalancerKey::Address(_)) {
                balancer.key = BalancerKey::NotTold;
            }
        }
    }

    /// The name of the network of an endpoint, or its id where it has no known name; safe to print.
    pub(super) fn network_of(&self, known: &Known) -> String {
        match &known.object.network {
            Some(NetworkRef::Id(id)) => {
                self.network_names.get(id).map_or_else(|| id.to_string(), |name| printable(name))
            }
            Some(NetworkRef::Named(name)) => printable(name),
            None => "that the dump does not contain".to_owned(),
        }
    }

    /// Whether the dump shows that no endpoint has an address: all are told, with their addresses.
    pub(super) fn tells_endpoints(&self) -> bool {
        self.endpoints_told == Telling::Whole
    }

    /// Whether the dump leaves out the family of some load balancer: the old schema has none, and it is in the flags.
    pub(super) fn leaves_out_families(&self) -> bool {
        self.balancers.iter().any(|balancer| !balancer.object.gaps.tells(Parts::FAMILY))
    }

    /// Tells the family of load balancers by their addresses, which every dump has.
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
        // Where members are ids on one side only, their number is all that both sides tell.
        self.balancers.sort_by(|one, other| {
            let of = |balancer: &Balancer| (balancer.members.len(), balancer.members.clone());
            of(one).cmp(&of(other))
        });
        let mut numbering = Numbering::new();
        for balancer in self.balancers.iter_mut().filter(|of| of.key != BalancerKey::NotTold) {
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

/// How much is told of endpoints and their addresses: a table lists them without.
fn telling_of_addresses(endpoints: &Listed<Endpoint>) -> Telling {
    let are_told = endpoints.iter().all(|endpoint| endpoint.gaps.tells(Parts::ADDRESSES));
    let is_any_told = endpoints.iter().any(|endpoint| !endpoint.ip_configurations.is_empty());
    match endpoints.telling() {
        Telling::Whole if !are_told && is_any_told => Telling::InPart,
        Telling::Whole | Telling::InPart if !are_told => Telling::NotTold,
        told => told,
    }
}

fn family_of(ipv6: bool) -> Family {
    if ipv6 { Family::Ipv6 } else { Family::Ipv4 }
}

impl BalancerKey {
    fn of(object: &LoadBalancer, members: &[Member]) -> Self {
        if object.is_incomplete() {
            return Self::Portless;
        }
        if !object.gaps.tells(Parts::VIPS) {
            return Self::NotTold;
        }
        let key = match FrontendKey::of(object) {
            Some(key) if object.gaps.tells(Parts::PORTS) => key,
            _ if object.detail == Detail::Table => {
                return Self::Address(object.frontend_vips.first().cloned());
            }
            _ => return Self::NotTold,
        };
        if object.gaps.tells(Parts::FAMILY) {
            Self::Frontend(key)
        } else {
            Self::Frontend(by_address(key, members))
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

    /// Whether it may be a load balancer that is wanted, as far as its source tells.
    pub(super) fn may_be(&self, wanted: &Self) -> bool {
        let gaps = self.object.gaps;
        let port =
            |balancer: &Self| balancer.object.port_mappings.first().map(|of| (of.protocol, of.external_port));
        let vip = |balancer: &Self| balancer.object.frontend_vips.first().cloned();
        (!gaps.tells(Parts::VIPS) || vip(self) == vip(wanted))
            && (!gaps.tells(Parts::PORTS) || port(self) == port(wanted))
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
            BalancerKey::NotTold => match self.object.frontend_vips.first() {
                Some(vip) => printable(&vip.to_string()),
                None => "whose address is not in the dump".to_owned(),
            },
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
