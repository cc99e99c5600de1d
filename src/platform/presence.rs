//! What clients notice of the frontends of one family: found by sending packets to each that Services want, through what
//! the node holds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::known_services::name_of;
use super::timeline::{
    Basis, CallAt, Client, ClientReach, Disturbance, Established, ServiceName, Trouble, texts,
};
use super::wanted_frontends::WantedFrontends;
use crate::answer::verdict::{Chance, Fate, Host, Packet, Sender, Verdict};
use crate::ir::{Frontend, RuleSet, ServicePort};
use crate::net::{Family, Protocol};
use crate::node::NodePortMatch;

/// Addresses for documentation, which no client of a cluster has.
const SOMEBODY: (Ipv4Addr, Ipv6Addr) =
    (Ipv4Addr::new(192, 0, 2, 1), Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

/// Which frontends of one family have rules, and whether these lead where they should.
#[derive(Debug)]
pub(super) struct Presence {
    family: Family,
    /// What is wrong now, by frontend.
    open: BTreeMap<(Box<str>, Trouble), Disturbance>,
    over: Vec<Disturbance>,
    /// The frontends that led to endpoints when last looked at.
    serving: BTreeSet<Box<str>>,
    /// The frontends that were wanted at the end of the last sync.
    wanted: WantedFrontends,
}

/// What is looked at, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'l> {
    /// After which call.
    pub(super) at: CallAt,
    /// What Services want now.
    pub(super) rules: &'l RuleSet,
    /// The address by which node ports are reached; none where the family has no such address.
    pub(super) node_address: Option<IpAddr>,
    /// The Services that may have other rules than before; all where nothing is told.
    pub(super) only: Option<&'l BTreeSet<ServiceName>>,
    /// Whether a sync is halfway: what led to endpoints has to lead there still, and what did not is in order at its end.
    pub(super) is_halfway: bool,
}

impl<'l> Look<'l> {
    /// A look at all frontends of a family. `serving` are the addresses that serve node ports; loopback addresses do not
    /// for others.
    pub(super) fn new(at: CallAt, rules: &'l RuleSet, serving: &NodePortMatch, family: Family) -> Self {
        let ip = match serving {
            NodePortMatch::All => Some(*rules.node.ips.get(family)),
            NodePortMatch::Only(ips) => ips.first().copied(),
        };
        let node_address = ip.filter(|ip| !ip.is_loopback());
        Self { at, rules, node_address, only: None, is_halfway: false }
    }

    /// A packet to a frontend; none where nothing tells an address.
    fn packet(&self, port: &ServicePort, frontend: &Frontend, sender: Sender) -> Option<Packet> {
        let somebody = somebody(port.family);
        Some(Packet {
            sender,
            source: self.node_address.filter(|_| sender == Sender::Node).unwrap_or(somebody),
            destination: frontend.address.or(self.node_address)?,
            protocol: port.protocol,
            port: frontend.port,
            interface: None,
            remembered: None,
        })
    }

    /// Where packets come from.
    pub(super) fn sources(&self, family: Family) -> Vec<IpAddr> {
        self.node_address.into_iter().chain([somebody(family)]).collect()
    }

    /// The node that packets meet.
    pub(super) fn host(&self) -> Host {
        Host::new(self.node_address)
    }
}

fn somebody(family: Family) -> IpAddr {
    match family {
        Family::Ipv4 => SOMEBODY.0.into(),
        Family::Ipv6 => SOMEBODY.1.into(),
    }
}

/// A frontend that packets are to be sent to.
pub(super) struct Due<'l> {
    port: &'l ServicePort,
    of: &'l Frontend,
    /// The frontend, in words.
    frontend: Box<str>,
}

impl Due<'_> {
    /// Where the packets go; nowhere if nothing tells an address.
    pub(super) fn site(&self, look: &Look<'_>) -> Option<(IpAddr, Protocol, u16)> {
        Some((self.of.address.or(look.node_address)?, self.port.protocol, self.of.port))
    }
}

/// A frontend that is looked at, and what becomes of a packet to it.
struct Seen<'s> {
    port: &'s ServicePort,
    /// The frontend, in words.
    frontend: Box<str>,
    verdict: Verdict,
    /// What becomes of packets of other senders.
    of_sender: &'s dyn Fn(Sender) -> Option<Verdict>,
}

impl Seen<'_> {
    /// The clients whose packets come to that.
    fn clients(&self, is_it: impl Fn(&Verdict) -> bool) -> Vec<ClientReach> {
        let all =
            [(Client::Pod, Sender::Pod), (Client::Node, Sender::Node), (Client::Outside, Sender::Outside)];
        let reached =
            all.into_iter().filter(|(_, sender)| (self.of_sender)(*sender).is_some_and(|of| is_it(&of)));
        // What is loaded says all.
        let reach = |client| ClientReach { client, is_served: Some(true), basis: Basis::default() };
        reached.map(|(client, _)| reach(client)).collect()
    }
}

impl Presence {
    /// Nothing is known of a family yet.
    pub(super) fn new(family: Family) -> Self {
        let wanted = WantedFrontends::default();
        Self { family, open: BTreeMap::new(), over: Vec::new(), serving: BTreeSet::new(), wanted }
    }

    /// Whether a look would find anything to send packets to.
    pub(super) fn is_due(&self, look: &Look<'_>) -> bool {
        !self.open.is_empty() || look.only.is_none_or(|only| !only.is_empty())
    }

    /// The frontends that packets are to be sent to.
    pub(super) fn due<'l>(&self, look: &Look<'l>) -> Vec<Due<'l>> {
        let ports: Vec<&ServicePort> = match look.only {
            None => look.rules.services_of(self.family).collect(),
            Some(only) => {
                // What is open is looked at again by whichever Service wants it.
                let open = self.open.keys().filter(|_| !look.is_halfway);
                let others = open.flat_map(|(frontend, _)| self.wanted.services_of(frontend));
                let services: BTreeSet<&ServiceName> = only.iter().chain(others).collect();
                let ports = look.rules.ports_of_all(texts(services));
                ports.into_iter().filter(|port| port.family == self.family).collect()
            }
        };
        let mut due = Vec::new();
        for port in ports {
            let may_differ = look.only.is_none_or(|only| only.contains(&name_of(port)));
            for of in port.frontends.iter().filter(|frontend| frontend.served) {
                let frontend = text_of(port, of);
                let is_open = |what| self.open.contains_key(&(frontend.clone(), what));
                let is_due = if look.is_halfway {
                    may_differ && self.serving.contains(&frontend)
                } else {
                    may_differ || is_open(Trouble::NoRules) || is_open(Trouble::WrongMembers)
                };
                if is_due {
                    due.push(Due { port, of, frontend });
                }
            }
        }
        due
    }

    /// Sends packets to the frontends that are due, and keeps in mind what became of them.
    pub(super) fn look(&mut self, look: &Look<'_>, due: Vec<Due<'_>>, effect: impl Fn(&Packet) -> Verdict) {
        for Due { port, of, frontend } in due {
            // Of two Services that want the same one, the first may have lost it just now.
            if look.is_halfway && !self.serving.contains(&frontend) {
                continue;
            }
            let of_sender = |sender| look.packet(port, of, sender).map(|packet| effect(&packet));
            if let Some(verdict) = of_sender(Sender::Outside) {
                self.note(look, &Seen { port, frontend, verdict, of_sender: &of_sender });
            }
        }
        if !look.is_halfway {
            self.drop_unwanted(look);
        }
    }

    /// What no Service wants any more is nobody's trouble.
    fn drop_unwanted(&mut self, look: &Look<'_>) {
        let Self { family, open, serving, wanted, .. } = self;
        let add = |wanted: &mut WantedFrontends, port: &ServicePort| {
            for of in port.frontends.iter().filter(|frontend| frontend.served) {
                wanted.add(name_of(port), text_of(port, of));
            }
        };
        let Some(only) = look.only else {
            *wanted = WantedFrontends::default();
            look.rules.services_of(*family).for_each(|port| add(wanted, port));
            open.retain(|(frontend, _), _| wanted.has(frontend));
            serving.retain(|frontend| wanted.has(frontend));
            return;
        };
        let before: Vec<Box<str>> = only.iter().flat_map(|service| wanted.forget(service)).collect();
        let ports = look.rules.ports_of_all(texts(only));
        ports.into_iter().filter(|port| port.family == *family).for_each(|port| add(wanted, port));
        for frontend in before.into_iter().filter(|frontend| !wanted.has(frontend)) {
            serving.remove(&frontend);
            for what in [Trouble::NoRules, Trouble::WrongMembers] {
                open.remove(&(frontend.clone(), what));
            }
        }
    }

    fn note(&mut self, look: &Look<'_>, seen: &Seen<'_>) {
        let Seen { port, frontend, verdict, .. } = seen;
        let has_ready_endpoints = port.endpoints.iter().any(|of| look.rules.backend(of.backend).ready);
        let trouble =
            |what| Disturbance { has_ready_endpoints, ..Disturbance::new(what, &port.id, frontend, look.at) };
        if is_unhandled(verdict) {
            self.close(frontend, Trouble::WrongMembers, look.at);
            let was_serving = self.serving.remove(frontend);
            let unknown = Established { is_kept: None, basis: Basis::default() };
            let begun =
                self.open.entry((frontend.clone(), Trouble::NoRules)).or_insert_with(|| Disturbance {
                    clients: seen.clients(is_unhandled),
                    established: was_serving.then_some(unknown),
                    ..trouble(Trouble::NoRules)
                });
            begun.has_ready_endpoints |= has_ready_endpoints;
            return;
        }
        self.close(frontend, Trouble::NoRules, look.at);
        if look.is_halfway {
            return;
        }
        if verdict.endpoints().next().is_some() {
            self.serving.insert(frontend.clone());
        } else {
            self.serving.remove(frontend);
        }
        let (members, share) = wrong_members(verdict, port, look.rules);
        let place = (frontend.clone(), Trouble::WrongMembers);
        if self.open.get(&place).is_some_and(|known| known.members == members) {
            return;
        }
        self.close(frontend, Trouble::WrongMembers, look.at);
        if !members.is_empty() {
            let clients = seen.clients(|verdict| !wrong_members(verdict, port, look.rules).0.is_empty());
            let begun = Disturbance { members, share, clients, ..trouble(Trouble::WrongMembers) };
            self.open.insert(place, begun);
        }
    }

    fn close(&mut self, frontend: &str, what: Trouble, at: CallAt) {
        let closed = self.open.remove(&(frontend.into(), what));
        let lasted = closed.filter(|begun| begun.from != at);
        self.over.extend(lasted.map(|begun| Disturbance { to: Some(at), ..begun }));
    }

    /// All that was noticed; what lasts has no end.
    pub(super) fn all(&self) -> impl Iterator<Item = Disturbance> {
        self.over.iter().chain(self.open.values()).cloned()
    }
}

fn is_unhandled(verdict: &Verdict) -> bool {
    verdict.outcomes().iter().any(|of| matches!(of.fate, Fate::Unhandled(_)))
}

/// Pods that get packets although they neither serve nor are wanted, and their share of new connections.
fn wrong_members(verdict: &Verdict, port: &ServicePort, rules: &RuleSet) -> (Vec<String>, Option<String>) {
    let wanted = port.cluster.members.iter().chain(&port.local.members).map(|id| port.endpoint(*id));
    let serving = port.endpoints.iter().filter(|of| rules.backend(of.backend).serving);
    let fine: BTreeSet<SocketAddr> = wanted
        .chain(serving)
        .filter_map(|of| Some(SocketAddr::new(rules.backend(of.backend).address.ip()?, of.port)))
        .collect();
    let mut members = BTreeSet::new();
    let mut share = Some(Chance::NEVER);
    for outcome in verdict.outcomes() {
        if let Fate::Endpoint(delivery) = &outcome.fate
            && !fine.contains(&delivery.endpoint)
        {
            members.insert(delivery.endpoint.ip().to_string());
            share = share.and_then(|share| share.or(outcome.chance));
        }
    }
    let share = share.filter(|_| !members.is_empty()).map(|share| share.to_string());
    (members.into_iter().collect(), share)
}

/// `TCP 10.96.0.10:80`, `TCP *:30080` for a node port.
fn text_of(port: &ServicePort, frontend: &Frontend) -> Box<str> {
    let family = if port.family == Family::Ipv6 { " IPv6" } else { "" };
    let text = match frontend.address {
        Some(ip) => format!("{} {}{family}", port.protocol, SocketAddr::new(ip, frontend.port)),
        None => format!("{} *:{}{family}", port.protocol, frontend.port),
    };
    text.into()
}
