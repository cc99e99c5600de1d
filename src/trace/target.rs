//! The rules of the platforms, held ready to be asked.

use std::net::{IpAddr, SocketAddr};

use crate::answer::verdict::{Fate, Host, Packet, Verdict};
use crate::ir::RuleSet;
use crate::net::{Family, PerFamily, Protocol};
use crate::node::NodePortMatch;
use crate::platform::hns::model::{Address, LoadBalancer, State, protocol_number};
use crate::platform::hns::{self, After};
use crate::platform::iptables::model::Ruleset;
use crate::platform::iptables::{self, Frontends};
use crate::platform::netsh;
use crate::source::Origin;
use rayon::prelude::*;

/// Whose rules are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetName {
    /// Those that kube-proxy writes on Linux.
    Iptables,
    /// What a Linux node has loaded, by a dump.
    IptablesSave,
    /// What HNS holds once kube-proxy on Windows has done its work.
    Hns,
    /// What HNS holds now, by a dump.
    HnsState,
    /// What netsh does for the Services.
    Netsh,
}

/// The models of the asked targets.
#[derive(Debug)]
pub struct Models<'r> {
    rules: &'r RuleSet,
    host: Host,
    asked: Vec<Model<'r>>,
}

#[derive(Debug)]
enum Model<'r> {
    Iptables(PerFamily<Ruleset>),
    IptablesSave(PerFamily<Option<Ruleset>>),
    Hns(After),
    HnsState(&'r State),
    Netsh(Box<netsh::Plan>),
}

/// An address and port that rules are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frontend {
    /// The address.
    pub at: At,
    /// The port.
    pub port: u16,
    /// Its protocol.
    pub protocol: Protocol,
}

/// The addresses of a frontend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// This one.
    Address(IpAddr),
    /// All that the node has for itself, of one family or of both.
    Node(Option<Family>),
}

/// A target, made ready for any number of packets.
#[derive(Debug)]
pub struct Target<'m> {
    /// Which one.
    pub name: TargetName,
    evaluator: Evaluator<'m>,
    /// What HNS holds, where it is asked.
    state: Option<&'m State>,
    /// What the rules of each family are about, where a dump of iptables is asked.
    dumped: Vec<(Family, Frontends)>,
}

#[derive(Debug)]
enum Evaluator<'m> {
    /// Of a dump there may be one family only.
    Iptables(Box<PerFamily<Option<iptables::eval::Evaluator<'m>>>>),
    Hns(Box<hns::eval::Evaluator<'m>>),
    Netsh(netsh::Evaluator<'m>),
}

impl TargetName {
    /// The name, as a flag spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iptables => "iptables",
            Self::IptablesSave => "iptables-save",
            Self::Hns => "hns",
            Self::HnsState => "hns-state",
            Self::Netsh => "netsh",
        }
    }
}

impl<'r> Models<'r> {
    /// Starts with the rules of a node, and asks nobody yet.
    #[must_use]
    pub fn new(rules: &'r RuleSet) -> Self {
        let serving = Family::ALL.iter().flat_map(|family| {
            match &rules.node.iptables.node_port_addresses.get(*family).serving {
                NodePortMatch::All => &[],
                NodePortMatch::Only(ips) => ips.as_slice(),
            }
        });
        let ips = Family::ALL.map(|family| *rules.node.ips.get(family));
        let known = ips.into_iter().chain(serving.copied()).filter(|ip| !ip.is_unspecified());
        Self { rules, host: Host::new(known), asked: Vec::new() }
    }

    /// Asks the rules that kube-proxy writes on Linux.
    #[must_use]
    pub fn iptables(self) -> Self {
        let rules = PerFamily::of(|family| iptables::lower(self.rules, family));
        self.with(Model::Iptables(rules))
    }

    /// Asks what a Linux node has loaded.
    #[must_use]
    pub fn iptables_save(self, rules: PerFamily<Option<Ruleset>>) -> Self {
        self.with(Model::IptablesSave(rules))
    }

    /// Asks what HNS holds after a plan.
    #[must_use]
    pub fn hns(self, plan: &hns::Plan, state: Option<&State>) -> Self {
        let after = plan.after(self.rules, state);
        self.with(Model::Hns(after))
    }

    /// Asks what HNS holds now.
    #[must_use]
    pub fn hns_state(self, state: &'r State) -> Self {
        self.with(Model::HnsState(state))
    }

    /// Asks what netsh does by a plan.
    #[must_use]
    pub fn netsh(self, plan: netsh::Plan) -> Self {
        self.with(Model::Netsh(Box::new(plan)))
    }

    fn with(mut self, model: Model<'r>) -> Self {
        self.asked.push(model);
        self
    }

    /// What HNS holds once kube-proxy on Windows has done its work, if that is asked.
    #[must_use]
    pub fn after(&self) -> Option<&State> {
        self.asked.iter().find_map(|model| match model {
            Model::Hns(after) => Some(&after.state),
            _ => None,
        })
    }

    /// What HNS would have refused of plans.
    pub fn refused(&self) -> impl Iterator<Item = &hns::Refusal> {
        let after = self.asked.iter().filter_map(|model| match model {
            Model::Hns(after) => Some(after),
            _ => None,
        });
        after.flat_map(|after| after.refused.iter().map(|(_, refusal)| refusal))
    }

    /// The targets, in the order in which they were added.
    #[must_use]
    pub fn targets(&self) -> Vec<Target<'_>> {
        self.asked.par_iter().map(|model| self.target(model)).collect()
    }

    fn target<'m>(&'m self, model: &'m Model<'r>) -> Target<'m> {
        let host = &self.host;
        let (name, evaluator) = match model {
            Model::Iptables(rules) => {
                let of = |family| Some(self.iptables_evaluator(rules.get(family)));
                (TargetName::Iptables, Evaluator::Iptables(Box::new(PerFamily::of(of))))
            }
            Model::IptablesSave(rules) => {
                let of = |family| rules.get(family).as_ref().map(|rules| self.iptables_evaluator(rules));
                (TargetName::IptablesSave, Evaluator::Iptables(Box::new(PerFamily::of(of))))
            }
            Model::Hns(after) => {
                let evaluator =
                    hns::eval::Evaluator::new(&after.state, host).with_origins(after.origins.iter().copied());
                (TargetName::Hns, Evaluator::Hns(Box::new(evaluator)))
            }
            Model::HnsState(state) => {
                let evaluator = hns::eval::Evaluator::new(state, host);
                (TargetName::HnsState, Evaluator::Hns(Box::new(evaluator)))
            }
            Model::Netsh(plan) => {
                let evaluator = netsh::Evaluator::new(plan).with_origins(self.origins());
                (TargetName::Netsh, Evaluator::Netsh(evaluator))
            }
        };
        let state = match model {
            Model::Hns(after) => Some(&after.state),
            Model::HnsState(state) => Some(*state),
            Model::Iptables(_) | Model::IptablesSave(_) | Model::Netsh(_) => None,
        };
        let dumped = match model {
            Model::IptablesSave(rules) => {
                let of = |family| Some((family, Frontends::of(rules.get(family).as_ref()?)));
                Family::ALL.into_iter().filter_map(of).collect()
            }
            _ => Vec::new(),
        };
        Target { name, evaluator, state, dumped }
    }

    fn iptables_evaluator<'m>(&'m self, rules: &'m Ruleset) -> iptables::eval::Evaluator<'m> {
        iptables::eval::Evaluator::new(rules, &self.host).with_origins(self.origins())
    }

    fn origins(&self) -> impl Iterator<Item = (&str, Origin)> {
        self.rules.services.iter().map(|port| (&*port.id, port.origin))
    }
}

impl Target<'_> {
    /// Whether it is what a node holds, whoever made it.
    #[must_use]
    pub fn is_dump(&self) -> bool {
        matches!(self.name, TargetName::IptablesSave | TargetName::HnsState)
    }

    /// What its rules are about, whatever Services want. The rules that kube-proxy writes for iptables are
    /// about what Services want and nothing else, so those are left out.
    #[must_use]
    pub fn frontends(&self) -> Vec<Frontend> {
        let at = |address: Option<IpAddr>, family| address.map_or(At::Node(family), At::Address);
        let dumped = self.dumped.iter().flat_map(|(family, dumped)| {
            dumped.iter().map(|of| Frontend {
                at: at(of.address, Some(*family)),
                port: of.port,
                protocol: of.protocol,
            })
        });
        let balanced = self.state.map(frontends).unwrap_or_default().into_iter();
        let balanced =
            balanced.map(|(address, port, protocol)| Frontend { at: at(address, None), port, protocol });
        let taken = self.netsh().into_iter().flat_map(netsh::Evaluator::frontends);
        let taken = taken.map(|(address, family, port)| Frontend {
            at: at(address, family),
            port,
            protocol: Protocol::Tcp,
        });
        dumped.chain(balanced).chain(taken).collect()
    }

    /// Whether rules of a dump may treat the packets of an endpoint to itself otherwise than those of its
    /// neighbours; in what other targets hold, all endpoints are alike.
    #[must_use]
    pub fn is_odd(&self, endpoint: IpAddr) -> bool {
        self.dumped.iter().any(|(_, dumped)| dumped.is_odd(endpoint))
    }

    /// Addresses that its rules are about whatever the port is.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let dumped = self.dumped.iter().flat_map(|(_, dumped)| dumped.addresses());
        dumped.chain(self.netsh().into_iter().flat_map(netsh::Evaluator::addresses))
    }

    /// What its rules compare the sources of packets to a destination with, each time from the first address
    /// to the last. The rules that kube-proxy writes for iptables compare them with what the Service says, so
    /// those are left out; HNS compares no sources.
    #[must_use]
    pub fn compared_sources(&self, to: SocketAddr, protocol: Protocol) -> Vec<Vec<(IpAddr, IpAddr)>> {
        let dumped = self.dumped.iter().filter(|(family, _)| *family == Family::of(to.ip()));
        let networks = dumped.flat_map(|(_, dumped)| dumped.sources(to.ip(), to.port(), protocol));
        let compared = networks.map(|net| vec![(net.network(), net.broadcast())]);
        let by_firewall = self.netsh().filter(|_| protocol == Protocol::Tcp);
        compared.chain(by_firewall.into_iter().flat_map(|netsh| netsh.sources(to.ip(), to.port()))).collect()
    }

    fn netsh(&self) -> Option<&netsh::Evaluator<'_>> {
        match &self.evaluator {
            Evaluator::Netsh(evaluator) => Some(evaluator),
            Evaluator::Iptables(_) | Evaluator::Hns(_) => None,
        }
    }

    /// Whether any of its rules could forward a protocol. The port proxy of Windows takes TCP only.
    #[must_use]
    pub fn forwards(&self, protocol: Protocol) -> bool {
        match self.name {
            TargetName::Iptables | TargetName::IptablesSave | TargetName::Hns | TargetName::HnsState => true,
            TargetName::Netsh => protocol == Protocol::Tcp,
        }
    }

    /// What becomes of a packet.
    #[must_use]
    pub fn verdict(&self, packet: &Packet) -> Verdict {
        match &self.evaluator {
            Evaluator::Iptables(evaluators) => match evaluators.get(packet.family()) {
                Some(evaluator) => evaluator.verdict(packet),
                None => not_dumped(packet.family()),
            },
            Evaluator::Hns(evaluator) => evaluator.verdict(packet),
            Evaluator::Netsh(evaluator) => evaluator.verdict(packet),
        }
    }

    /// What becomes of a packet, and nothing of the way to it.
    #[must_use]
    pub fn effect(&self, packet: &Packet) -> Verdict {
        match &self.evaluator {
            Evaluator::Iptables(evaluators) => match evaluators.get(packet.family()) {
                Some(evaluator) => evaluator.effect(packet),
                None => not_dumped(packet.family()),
            },
            Evaluator::Hns(evaluator) => evaluator.effect(packet),
            Evaluator::Netsh(evaluator) => evaluator.effect(packet),
        }
    }
}

fn not_dumped(family: Family) -> Verdict {
    let reason = format!("the rules of {family} are in no dump that was given");
    Verdict::certain(Fate::Undecided(reason.into()), Vec::new())
}

fn frontends(state: &State) -> Vec<(Option<IpAddr>, u16, Protocol)> {
    let protocol = |number: u32| {
        [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter().find(|of| protocol_number(*of) == number)
    };
    let of_balancer = |balancer: &LoadBalancer| -> Vec<_> {
        let ips: Vec<Option<IpAddr>> = match &*balancer.frontend_vips {
            [] => vec![None],
            vips => vips.iter().filter_map(Address::ip).map(Some).collect(),
        };
        let ports = balancer.port_mappings.iter();
        let ports = ports.filter_map(|of| Some((of.external_port, protocol(of.protocol)?)));
        ports
            .flat_map(|(port, protocol)| ips.iter().map(move |ip| (*ip, port, protocol)).collect::<Vec<_>>())
            .collect()
    };
    state.load_balancers.iter().flat_map(of_balancer).collect()
}
