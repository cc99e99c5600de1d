//! What a plan wants against what a dump shows.
//!
//! A dump does not show everything: no firewall rules, perhaps no addresses of the active store. What it
//! cannot show is undecided, not missing. What nobody planned is ours only inside the networks of Services;
//! everything else on the node belongs to others.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::model::{Address, Listen, Object, PortProxy, Relay};
use super::plan::{Plan, Planned};
use super::read::Captured;
use crate::answer::telling::Telling;

/// Something that a plan and a dump do not agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference<'c> {
    /// In which way.
    pub kind: Kind,
    /// What the plan wants.
    pub wanted: Option<&'c Object>,
    /// What the dump shows.
    pub found: Option<&'c Object>,
}

/// In which way a plan and a dump do not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Wanted, and not there.
    Missing,
    /// There, but otherwise.
    Changed,
    /// There and ours, but not wanted.
    Extra,
    /// Wanted; the dump cannot show whether it is there.
    Undecided,
}

/// Compares in the order of the plan; what nobody wants comes last. `service_networks` are those that
/// addresses of Services come from.
#[must_use]
pub fn compare<'c>(plan: &'c Plan, found: &'c Captured, service_networks: &[IpNet]) -> Vec<Difference<'c>> {
    let present: BTreeMap<Identity, &Object> =
        found.objects().filter_map(|object| Some((identity(object)?, object))).collect();
    let mut wanted = BTreeSet::new();
    let mut differences = Vec::new();
    for object in plan.objects.iter().map(|planned| &planned.object) {
        let Some(key) = identity(object) else { continue };
        let there = present.get(&key).copied();
        wanted.insert(key);
        let kind = match there {
            Some(there) if is_same(object, there) => continue,
            Some(_) => Kind::Changed,
            None if is_shown(object, found) => Kind::Missing,
            None => Kind::Undecided,
        };
        differences.push(Difference { kind, wanted: Some(object), found: there });
    }
    let interface = plan.interface.folded();
    let extra = present.iter().filter(|(key, _)| !wanted.contains(key));
    let ours = extra.filter(|(_, object)| is_ours(object, &interface, service_networks));
    differences.extend(ours.map(|(_, object)| Difference {
        kind: Kind::Extra,
        wanted: None,
        found: Some(object),
    }));
    differences
}

impl Plan {
    /// What a node has by a text: what it shows, and of this plan what a dump cannot show. What a script makes is
    /// all that it says.
    #[must_use]
    pub fn as_shown(self, found: &Captured) -> Self {
        let mut owners: BTreeMap<Identity, Vec<Box<str>>> = BTreeMap::new();
        let mut objects: BTreeMap<Identity, Planned> = BTreeMap::new();
        for planned in self.objects {
            let Some(key) = identity(&planned.object) else { continue };
            if found.is_of_node() && !is_shown(&planned.object, found) {
                objects.insert(key, planned);
            } else {
                owners.insert(key, planned.owners);
            }
        }
        let is_own = |object: &Object| matches!(object, Object::Address(address) if self.own_addresses.contains(&address.address.ip()));
        for object in found.objects().filter(|object| !is_own(object)) {
            let Some(key) = identity(object) else { continue };
            let owners = owners.remove(&key).unwrap_or_default();
            objects.insert(key, Planned { object: object.clone(), owners });
        }
        // Identities are in the order in which objects are created: addresses, listeners, firewall rules.
        Self { objects: objects.into_values().collect(), ..self }
    }

    /// How many firewall rules are taken for granted, since no dump can show them.
    #[must_use]
    pub fn taken_for_granted(&self, found: &Captured) -> usize {
        let rules = self.objects.iter().filter(|planned| matches!(planned.object, Object::Firewall(_)));
        if found.is_of_node() { rules.count() } else { 0 }
    }

    /// The same plan without what a text might have shown and did not: whether that is there is not known. `None` where
    /// it shows all of it.
    #[must_use]
    pub fn without_untold(&self, found: &Captured) -> Option<Self> {
        if !found.is_of_node() {
            return None;
        }
        let shown: BTreeSet<Identity> = found.objects().filter_map(identity).collect();
        let is_told = |object: &Object| {
            matches!(object, Object::Firewall(_))
                || is_shown(object, found)
                || identity(object).is_some_and(|key| shown.contains(&key))
        };
        let told: Vec<Planned> = self.objects.iter().filter(|of| is_told(&of.object)).cloned().collect();
        (told.len() < self.objects.len()).then(|| Self { objects: told, ..self.clone() })
    }
}

/// What tells objects apart, however they are spelled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// Of an address: the name of the interface as Windows compares it, and the address.
    Address(String, IpAddr),
    /// Of a listener. No address and the unspecified one are the same one.
    Listener(Relay, Option<Listen>, u16),
    /// Of a firewall rule: its name as Windows compares it, and its port.
    Firewall(String, u16),
}

/// What tells an object apart; routes and settings of interfaces are none of a plan's.
#[must_use]
pub fn identity(object: &Object) -> Option<Identity> {
    match object {
        Object::Address(address) => {
            let (interface, ip) = address.key().folded();
            Some(Identity::Address(interface, ip))
        }
        Object::PortProxy(PortProxy { listener, .. }) => {
            let address = Some(&listener.address).filter(|address| !address.is_wildcard());
            Some(Identity::Listener(listener.relay, address.cloned(), listener.port))
        }
        Object::Firewall(rule) => {
            Some(Identity::Firewall(rule.name.as_str().to_ascii_lowercase(), rule.local_port))
        }
        Object::Route(_) | Object::Interface(_) => None,
    }
}

/// Whether two objects of one identity mean the same. What a dump leaves out cannot differ.
#[must_use]
pub fn is_same(wanted: &Object, found: &Object) -> bool {
    match (wanted, found) {
        (Object::Address(wanted), Object::Address(found)) => {
            let agree = |wanted: bool, found: Option<bool>| found.is_none_or(|found| found == wanted);
            wanted.address.net() == found.address.net()
                && found.store.is_none_or(|store| store == wanted.kept())
                && agree(wanted.skip_as_source.unwrap_or(false), found.skip_as_source)
        }
        (Object::PortProxy(wanted), Object::PortProxy(found)) => wanted.connect == found.connect,
        (wanted, found) => wanted == found,
    }
}

/// Whether a text would show an object if the node had it.
#[must_use]
pub fn is_shown(object: &Object, found: &Captured) -> bool {
    found.tellings.of(object) == Telling::Whole
}

fn is_ours(object: &Object, interface: &str, service_networks: &[IpNet]) -> bool {
    let of_services = |ip: IpAddr| service_networks.iter().any(|net| net.contains(&ip));
    match object {
        Object::Address(Address { interface: name, address, .. }) => {
            name.folded() == interface && of_services(address.ip())
        }
        Object::PortProxy(proxy) => matches!(proxy.listener.address, Listen::Ip(ip) if of_services(ip)),
        Object::Firewall(rule) => rule.name.is_ours(),
        Object::Route(_) | Object::Interface(_) => false,
    }
}
