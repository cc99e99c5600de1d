//! Listeners and addresses of all Services, each once, with those who need it; and the objects they become.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::firewall::{allows, blocks};
use super::pick::Target;
use crate::net::Family;
use crate::platform::netsh::model::{
    Address, Assigned, Connect, FirewallRule, Host, Listen, Listener, Object, PortProxy, Relay,
};
use crate::platform::netsh::options::Options;
use crate::platform::netsh::plan::Planned;

/// Where connections arrive. The unspecified address is any.
pub(super) type Place = (IpAddr, u16);

/// What is needed, in the order of families, addresses and ports.
#[derive(Default)]
pub(super) struct Claims<'r> {
    pub(super) listeners: BTreeMap<Place, Claim<'r>>,
    /// Addresses that are claimed although nothing listens on them.
    pub(super) bare: BTreeMap<IpAddr, BTreeSet<&'r str>>,
}

/// Who needs a listener, and where it connects to.
pub(super) struct Claim<'r> {
    /// Position of the Service that came first.
    pub(super) service: usize,
    pub(super) target: Target,
    /// Whether the address must be added for it.
    pub(super) needs_address: bool,
    /// Who may connect; `None` is anybody.
    pub(super) allowed: Option<Vec<IpNet>>,
    /// The service ports, with the kind of frontend that each uses it as.
    pub(super) uses: BTreeSet<(&'r str, &'static str)>,
}

impl<'r> Claims<'r> {
    /// Adds a listener. Where there is one already that connects elsewhere, nothing changes, and the service
    /// port that has it is returned: kube-proxy, too, lets the first one win.
    pub(super) fn add(&mut self, place: Place, claim: Claim<'r>) -> Result<(), &'r str> {
        let Some(present) = self.listeners.get_mut(&place) else {
            self.listeners.insert(place, claim);
            return Ok(());
        };
        if present.target != claim.target {
            return Err(present.uses.first().map_or("", |(id, _)| id));
        }
        present.allowed = both(present.allowed.take(), claim.allowed);
        present.needs_address |= claim.needs_address;
        present.uses.extend(claim.uses);
        Ok(())
    }

    /// The addresses to add, with their owners.
    pub(super) fn addresses(&self) -> BTreeMap<IpAddr, BTreeSet<&'r str>> {
        let mut addresses = self.bare.clone();
        for ((ip, _), claim) in self.listeners.iter().filter(|(_, claim)| claim.needs_address) {
            addresses.entry(*ip).or_default().extend(claim.owners());
        }
        addresses
    }

    /// The objects of a plan, in the order in which they are created.
    pub(super) fn objects(&self, options: &Options) -> Vec<Planned> {
        let mut objects = Vec::new();
        for (ip, owners) in self.addresses() {
            objects.push(Planned { object: Object::Address(address(ip, options)), owners: owned(owners) });
        }
        objects.extend(self.each_listener(|place, claim| firewall(blocks(place, claim, options))));
        objects.extend(self.each_listener(|place, claim| vec![Object::PortProxy(proxy(place, claim))]));
        objects.extend(self.each_listener(|place, claim| firewall(allows(place, claim, options))));
        objects
    }

    fn each_listener(
        &self,
        objects: impl Fn(Place, &Claim<'r>) -> Vec<Object>,
    ) -> impl Iterator<Item = Planned> {
        self.listeners.iter().flat_map(move |(place, claim)| {
            let owners = owned(claim.owners().collect());
            let planned = move |object| Planned { object, owners: owners.clone() };
            objects(*place, claim).into_iter().map(planned)
        })
    }
}

impl<'r> Claim<'r> {
    fn owners(&self) -> impl Iterator<Item = &'r str> {
        self.uses.iter().map(|(id, _)| *id)
    }
}

fn firewall(rules: Vec<FirewallRule>) -> Vec<Object> {
    rules.into_iter().map(Object::Firewall).collect()
}

fn owned(owners: BTreeSet<&str>) -> Vec<Box<str>> {
    owners.into_iter().map(Box::from).collect()
}

/// Whom both lists allow.
fn both(a: Option<Vec<IpNet>>, b: Option<Vec<IpNet>>) -> Option<Vec<IpNet>> {
    let (a, b) = match (a, b) {
        (None, only) | (only, None) => return only,
        (Some(a), Some(b)) => (a, b),
    };
    let inside = |nets: &[IpNet], others: &[IpNet]| -> Vec<IpNet> {
        nets.iter().copied().filter(|net| others.iter().any(|other| other.contains(net))).collect()
    };
    let mut common = inside(&a, &b);
    common.extend(inside(&b, &a));
    common.sort_unstable();
    common.dedup();
    Some(common)
}

fn address(ip: IpAddr, options: &Options) -> Address {
    Address {
        interface: options.interface.clone(),
        // Without a mask Windows would route the whole class of the address to this interface.
        address: Assigned::host(ip),
        gateway: None,
        store: Some(options.store),
        // Without this, Windows may connect from a service address.
        skip_as_source: Some(true),
    }
}

fn proxy((ip, port): Place, claim: &Claim<'_>) -> PortProxy {
    let relay = Relay { from: Family::of(ip), to: Family::of(claim.target.ip) };
    PortProxy {
        listener: Listener { relay, address: Listen::Ip(ip), port },
        connect: Connect { host: Host::Ip(claim.target.ip), port: claim.target.port },
    }
}
