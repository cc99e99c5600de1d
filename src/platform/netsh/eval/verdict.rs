//! What becomes of a packet on a node that netsh has set up, in the words that all platforms share.
//!
//! What nobody could verify about Windows is tried in every combination; where the answers differ, the
//! verdict is undecided.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use super::{Answer, Connection};
use crate::answer::verdict::{
    Delivery, Fate, Packet, Rewrite, Sender, SourceAddress, Telling, TraceStep, Verdict,
};
use crate::net::{Family, Protocol};
use crate::platform::netsh::model::{
    Connect, Endpoints, FirewallRule, Host, Listen, Listener, Object, PortProxy, Remote, Transport,
};
use crate::platform::netsh::options::Mode;
use crate::platform::netsh::plan::Plan;
use crate::platform::netsh::state::NodeState;
use crate::source::Origin;

/// A node after a plan, made ready for any number of packets.
#[derive(Debug)]
pub struct Evaluator<'p> {
    plan: &'p Plan,
    /// The node by all that Windows might do, where that makes a difference.
    nodes: Vec<NodeState>,
    own: BTreeSet<IpAddr>,
    /// The first service port that needs a listener, as `namespace/name:port`.
    owners: BTreeMap<Listener, &'p str>,
    origins: BTreeMap<&'p str, Origin>,
}

impl<'p> Evaluator<'p> {
    /// Makes a node ready that holds what a plan wants, and has the addresses that the plan knows of.
    #[must_use]
    pub fn new(plan: &'p Plan) -> Self {
        let owner = |planned: &'p crate::platform::netsh::Planned| match &planned.object {
            Object::PortProxy(proxy) => Some((proxy.listener.clone(), &**planned.owners.first()?)),
            _ => None,
        };
        Self {
            plan,
            nodes: NodeState::all_after(plan),
            own: plan.own_addresses.iter().copied().collect(),
            owners: plan.objects.iter().filter_map(owner).collect(),
            origins: BTreeMap::new(),
        }
    }

    /// Lets steps tell where Services were read, by service port: `namespace/name:port`.
    #[must_use]
    pub fn with_origins(self, origins: impl IntoIterator<Item = (&'p str, Origin)>) -> Self {
        Self { origins: origins.into_iter().collect(), ..self }
    }

    /// Where TCP connections are taken or kept out: the port, and the address or, without one, the family of
    /// all that the node has. A rule of the firewall without an address may be for both families.
    pub fn frontends(&self) -> impl Iterator<Item = (Option<IpAddr>, Option<Family>, u16)> + '_ {
        self.plan.objects.iter().filter_map(|planned| match &planned.object {
            Object::PortProxy(PortProxy { listener: Listener { relay, address, port }, .. }) => {
                let ip = match address {
                    Listen::Ip(ip) => Some(*ip).filter(|ip| !ip.is_unspecified()),
                    Listen::Any => None,
                    Listen::Name(_) => return None,
                };
                Some((ip, Some(relay.from), *port))
            }
            Object::Firewall(rule) if rule.protocol == Transport::Tcp => {
                Some((rule.local_ip, rule.remote.family(), rule.local_port))
            }
            _ => None,
        })
    }

    /// The addresses that the node has for Services.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.plan.objects.iter().filter_map(|planned| match &planned.object {
            Object::Address(address) => Some(address.address.ip()),
            _ => None,
        })
    }

    /// What each rule of the firewall compares the sources of connections to an address and port with, from
    /// the first address to the last.
    #[must_use]
    pub fn sources(&self, ip: IpAddr, port: u16) -> Vec<Vec<(IpAddr, IpAddr)>> {
        let rules = self.nodes.iter().flat_map(|node| node.firewall.rules_of(ip, port, Transport::Tcp));
        let compared = rules.filter_map(|rule| match &rule.remote {
            Remote::Any => None,
            Remote::Only(some) => Some(some.iter().map(Endpoints::ends).collect()),
        });
        compared.collect()
    }

    /// What becomes of a packet.
    #[must_use]
    pub fn verdict(&self, packet: &Packet) -> Verdict {
        Asked { evaluator: self, packet, telling: Telling::Steps }.verdict()
    }

    /// What becomes of a packet, and nothing of the way to it.
    #[must_use]
    pub fn effect(&self, packet: &Packet) -> Verdict {
        Asked { evaluator: self, packet, telling: Telling::Effect }.verdict()
    }
}

/// A packet that is asked about.
#[derive(Clone, Copy)]
struct Asked<'e, 'p> {
    evaluator: &'e Evaluator<'p>,
    packet: &'e Packet,
    telling: Telling,
}

impl Asked<'_, '_> {
    fn verdict(self) -> Verdict {
        let mut verdicts = self.evaluator.nodes.iter().map(|node| self.on(node));
        let first = verdicts.next().unwrap_or_else(|| unreachable!("Windows does something"));
        let differs = |other: Verdict| other.effect() != first.effect();
        if verdicts.any(differs) {
            let why = "it depends on what Windows does with listeners, which is not verified";
            return Verdict::certain(Fate::Undecided(why.into()), Vec::new());
        }
        first
    }

    fn on(self, node: &NodeState) -> Verdict {
        let packet = self.packet;
        if packet.protocol != Protocol::Tcp {
            return self.not_forwarded(node);
        }
        let source = (packet.sender != Sender::Node).then_some(packet.source);
        let (destination, port) = (packet.destination, packet.port);
        match node.answer(Connection { source, destination, port }) {
            Answer::Relayed { listener, to } => self.relayed(listener, to),
            Answer::Dropped { rule } => self.certain(Fate::Dropped, || vec![dropped(rule)]),
            Answer::NobodyListens { silent: Some(listener) } => {
                let why = "a listener is set there that does not listen, as its address or port was taken";
                self.certain(Fate::Undecided(why.into()), || vec![self.listener(listener)])
            }
            Answer::NobodyListens { silent: None } => self.not_forwarded(node),
            Answer::NotHere => Verdict::certain(Fate::Unhandled(SourceAddress::Kept), Vec::new()),
        }
    }

    fn relayed(self, listener: &Listener, to: &Connect) -> Verdict {
        let takes = || {
            let step = self.listener(listener);
            TraceStep { rule: format!("{} → {}", step.rule, target(to)).into(), ..step }
        };
        let Host::Ip(ip) = to.host else {
            let why = "the port proxy connects to a name, whose address is not known";
            return self.certain(Fate::Undecided(why.into()), || vec![takes()]);
        };
        if ip.is_loopback() || self.evaluator.plan.mode == Mode::LegacyPortproxy {
            let why =
                "the port proxy connects to a process of the node, and what that does netsh does not say";
            return self.certain(Fate::Undecided(why.into()), || vec![takes()]);
        }
        let endpoint = SocketAddr::new(ip, to.port);
        let source = SourceAddress::Masqueraded;
        let connects = || TraceStep {
            rewrite: Some(Rewrite::Source(source)),
            ..plain("port proxy", "a connection of the node's own".to_owned())
        };
        let delivery = Delivery { endpoint, source, affinity: None };
        self.certain(Fate::Endpoint(delivery), || {
            vec![TraceStep { rewrite: Some(Rewrite::Destination(endpoint)), ..takes() }, connects()]
        })
    }

    /// Nobody forwards the packet. At an address that the node has for a Service only, it ends.
    fn not_forwarded(self, node: &NodeState) -> Verdict {
        let ip = self.packet.destination;
        if !node.has(ip) || self.evaluator.own.contains(&ip) || ip.is_loopback() {
            return Verdict::certain(Fate::Unhandled(SourceAddress::Kept), Vec::new());
        }
        let has = || plain("addresses", format!("{ip} on {}", self.evaluator.plan.interface.as_str()));
        let why = "the node has the address and no listener for the port: Windows drops or refuses it";
        self.certain(Fate::Undecided(why.into()), || vec![has()])
    }

    fn listener(self, listener: &Listener) -> TraceStep {
        let Listener { relay, address, port } = listener;
        let address = match address {
            Listen::Any => "*".to_owned(),
            Listen::Ip(ip) => bracketed(*ip),
            Listen::Name(name) => name.as_str().to_owned(),
        };
        let owner = self.evaluator.owners.get(listener);
        TraceStep {
            origin: owner.and_then(|owner| self.evaluator.origins.get(owner).copied()),
            ..plain("port proxy", format!("{} {address}:{port}", relay.as_str()))
        }
    }

    /// A verdict without alternatives, with its steps if they are told.
    fn certain(self, fate: Fate, steps: impl FnOnce() -> Vec<TraceStep>) -> Verdict {
        Verdict::certain(fate, if self.telling == Telling::Steps { steps() } else { Vec::new() })
    }
}

fn plain(within: &str, rule: String) -> TraceStep {
    TraceStep {
        within: within.into(),
        number: None,
        rule: rule.into(),
        origin: None,
        rewrite: None,
        ground: None,
    }
}

fn dropped(rule: Option<&FirewallRule>) -> TraceStep {
    let text = match rule {
        Some(rule) => format!("{} {}", rule.action.as_str(), rule.name.as_str()),
        None => "no rule allows it, and the firewall blocks by default".to_owned(),
    };
    plain("firewall", text)
}

fn target(to: &Connect) -> String {
    match &to.host {
        Host::Ip(ip) => format!("{}:{}", bracketed(*ip), to.port),
        Host::Name(name) => format!("{}:{}", name.as_str(), to.port),
    }
}

fn bracketed(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}
