//! Listeners and addresses of all Services, each once, with those who need it; and the objects they become.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::complement::complement;
use super::pick::Target;
use crate::net::Family;
use crate::target::netsh::model::{
    Action, Address, Assigned, Connect, Description, Endpoints, FirewallRule, Host, Listen, Listener, Object,
    PortProxy, Relay, Remote, RuleName, Transport,
};
use crate::target::netsh::options::{FirewallUse, Options};
use crate::target::netsh::plan::Planned;

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
        objects
            .extend(self.each_listener(|place, claim| blocks(place, claim, options).map(Object::Firewall)));
        objects.extend(self.each_listener(|place, claim| Some(Object::PortProxy(proxy(place, claim)))));
        objects
            .extend(self.each_listener(|place, claim| allows(place, claim, options).map(Object::Firewall)));
        objects
    }

    fn each_listener(
        &self,
        object: impl Fn(Place, &Claim<'r>) -> Option<Object>,
    ) -> impl Iterator<Item = Planned> {
        self.listeners.iter().filter_map(move |(place, claim)| {
            Some(Planned { object: object(*place, claim)?, owners: owned(claim.owners().collect()) })
        })
    }
}

impl<'r> Claim<'r> {
    fn owners(&self) -> impl Iterator<Item = &'r str> {
        self.uses.iter().map(|(id, _)| *id)
    }

    /// `namespace/name:port kind`, as the description of its firewall rule has it.
    fn description(&self) -> String {
        let uses: Vec<String> = self.uses.iter().map(|(id, kind)| format!("{id} {kind}")).collect();
        uses.join(", ")
    }
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

/// The rule that lets connections in.
fn allows(place: Place, claim: &Claim<'_>, options: &Options) -> Option<FirewallRule> {
    if options.firewall == FirewallUse::None {
        return None;
    }
    let remote = match &claim.allowed {
        None => Remote::Any,
        // An empty list would be no list: nobody is allowed, and nobody is by default.
        Some(nets) if nets.is_empty() => return None,
        Some(nets) => Remote::Only(nets.iter().copied().map(Endpoints::Net).collect()),
    };
    let description = Description::of(&claim.description());
    Some(rule(place, Action::Allow, remote, description))
}

/// The rule that keeps everybody else out.
fn blocks(place: Place, claim: &Claim<'_>, options: &Options) -> Option<FirewallRule> {
    let allowed = claim.allowed.as_ref().filter(|_| options.firewall == FirewallUse::AllowAndBlock)?;
    let others = complement(allowed, Family::of(place.0));
    let description = Description::of(&format!("{} not in ranges", claim.description()));
    (!others.is_empty()).then(|| rule(place, Action::Block, Remote::Only(others), description))
}

fn rule((ip, port): Place, action: Action, remote: Remote, description: Description) -> FirewallRule {
    let local_ip = Some(ip).filter(|ip| !ip.is_unspecified());
    let name = RuleName::of_listener(Family::of(ip), local_ip, port);
    FirewallRule {
        name: if action == Action::Block { name.blocking() } else { name },
        action,
        protocol: Transport::Tcp,
        local_ip,
        local_port: port,
        remote,
        description,
    }
}
