//! What becomes of a packet, by the objects that HNS holds: those of a dump, or of a plan that was applied.
//!
//! ```text
//! asked ─► one packet, from the load balancer that takes it to its members
//! frontends ─► the load balancer that answers to the packet
//! reach ─► whether it takes packets of this sender
//! delivery ─► its members, how likely each is, and whom it sees
//! switch, by_switch ─► what rules of the virtual switch say, where a dump has them: they are what packets meet
//! established ─► what becomes of connections that are open while it is deleted and made anew
//! rules, table ─► what all of it rests on: each row with its source and how sure it is
//! releases ─► what a rule says of the release of Windows that the node has
//! ```
//!
//! Each step names the row of [`RULES`] that it follows. What depends on an open question is undecided and
//! never guessed, and a caller chooses how sure a rule must be to build on it. Two things are not looked at: the routes
//! of the node, and what the network plugin does with packets that no load balancer takes (`OutBoundNAT`, access lists).
//!
//! ```
//! use hnsplan::net::Protocol;
//! use hnsplan::platform::hns::{eval::Evaluator, read};
//! use hnsplan::answer::verdict::{Host, Packet, Sender};
//!
//! let dump = r#"[
//!   {"ID": "3f0a8c1e-5b7d-4a52-9c3e-1d2f3a4b5c01", "IpConfigurations": [{"IpAddress": "10.244.1.5"}]},
//!   {"ID": "a335d997-4160-44f9-9f72-1087a2cba45e", "FrontendVIPs": ["10.96.0.10"],
//!    "HostComputeEndpoints": ["3f0a8c1e-5b7d-4a52-9c3e-1d2f3a4b5c01"], "Flags": 0,
//!    "PortMappings": [{"Protocol": 17, "InternalPort": 53, "ExternalPort": 53}]}]"#;
//! let (state, problems) = read::read(dump);
//! let host = Host::new(["192.168.10.21".parse()?]);
//! let packet = Packet {
//!     sender: Sender::Pod,
//!     source: "10.244.1.20".parse()?,
//!     destination: "10.96.0.10".parse()?,
//!     protocol: Protocol::Udp,
//!     port: 53,
//!     interface: None,
//!     remembered: None,
//! };
//! let verdict = Evaluator::new(&state, &host).verdict(&packet);
//! assert_eq!(verdict.endpoints().collect::<Vec<_>>(), ["10.244.1.5:53".parse()?]);
//! # assert!(problems.is_empty(), "{problems:?}");
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

mod asked;
mod by_switch;
mod delivery;
mod established;
mod frontends;
mod reach;
mod releases;
mod rules;
mod switch;
mod table;

use std::cell::Cell;

use rustc_hash::{FxHashMap, FxHashSet};

use self::asked::Asked;
use self::frontends::Frontends;
use self::releases::Known;
use self::rules::Rule;
use self::switch::SwitchRules;
use super::model::{Address, Endpoint, Guid, LoadBalancer, LoadBalancerFlags, NodePort, RemoteSubnet, State};
use super::providers::ProviderAddresses;
use super::windows_release;
use crate::answer::verdict::{Confidence, Fate, Ground, Host, Outcome, Packet, Telling, Verdict};
use crate::node::{HnsVersion, Loopback, NetworkType, NodeContext};
use crate::source::Origin;

pub(super) use established::established;
pub(super) use switch::HostRules;
pub use table::RULES;

/// What HNS holds, made ready for any number of packets.
#[derive(Debug)]
pub struct Evaluator<'s> {
    balancers: &'s [LoadBalancer],
    frontends: Frontends,
    endpoints: FxHashMap<Guid, &'s Endpoint>,
    overlays: FxHashSet<Guid>,
    version: Option<HnsVersion>,
    known: Known,
    loopback: Loopback,
    /// How sure a rule must be that a verdict is built on.
    trusted: Confidence,
    /// Whether the dump has endpoints, and none of a pod on this node.
    lacks_pods: bool,
    /// Who serves Services in place of kube-proxy, in a sentence.
    other_proxy: Option<String>,
    /// The ports of the node that endpoints take.
    owners: Vec<(NodePort, &'s Endpoint)>,
    state: &'s State,
    /// The rules of the virtual switch, where they are looked at.
    switch: SwitchRules<'s>,
    /// What those at the port of the host say of the node.
    host_rules: HostRules,
    /// Which node carries which addresses, where that is known.
    carriers: ProviderAddresses,
    host: &'s Host,
    origins: FxHashMap<Guid, Origin>,
}

impl<'s> Evaluator<'s> {
    /// Makes ready what HNS holds on a node with the addresses of `host`.
    #[must_use]
    pub fn new(state: &'s State, host: &'s Host) -> Self {
        let overlays = state.networks.iter().filter(|network| network.type_ == NetworkType::Overlay);
        Self {
            balancers: &state.load_balancers,
            frontends: Frontends::new(&state.load_balancers),
            endpoints: state.endpoints.iter().filter_map(|of| Some((of.id?, of))).collect(),
            overlays: overlays.map(|network| network.id).collect(),
            version: state.hns_version,
            known: Known { build: None, dsr: has_dsr(state) },
            loopback: Loopback::default(),
            trusted: Confidence::Believed,
            lacks_pods: false,
            other_proxy: None,
            owners: owners(&state.endpoints),
            state,
            switch: SwitchRules::default(),
            host_rules: HostRules::default(),
            carriers: ProviderAddresses::default(),
            host,
            origins: FxHashMap::default(),
        }
    }

    /// Uses what else is known of the node: the build of Windows, that of the version of HNS if somebody told this
    /// one, and what its network plugin does.
    #[must_use]
    pub fn on(self, node: &NodeContext, version: Option<HnsVersion>) -> Self {
        let build = windows_release::told(node, version).map(|told| told.build);
        let dsr = self.known.dsr || node.windows.enable_dsr;
        Self { known: Known { build, dsr }, loopback: node.windows.loopback, ..self }
    }

    /// Knows that what HNS holds is what it holds on the node, its pods among it.
    #[must_use]
    pub fn with_pods_of(self, node: &NodeContext) -> Self {
        Self { lacks_pods: lacks_pods(node, self.state), ..self }
    }

    /// Lets the rules of the virtual switch decide, where the dump has them.
    #[must_use]
    pub fn with_switch(self) -> Self {
        let (switch, host_rules) = (SwitchRules::new(self.state), HostRules::of(self.state));
        Self { switch, host_rules, ..self }
    }

    /// Knows what the port of the host says of the node, whatever HNS will hold.
    #[must_use]
    pub(super) fn with_host_rules(self, host_rules: HostRules) -> Self {
        Self { host_rules, ..self }
    }

    /// Knows who serves Services in place of kube-proxy, if anybody does: what becomes of packets is not known then.
    #[must_use]
    pub fn beside(self, other_proxy: Option<String>) -> Self {
        Self { other_proxy, ..self }
    }

    /// Builds on rules that are at least as sure.
    #[must_use]
    pub fn trusting(self, trusted: Confidence) -> Self {
        Self { trusted, ..self }
    }

    /// Lets steps tell where the Services behind load balancers were read.
    #[must_use]
    pub fn with_origins(self, origins: impl IntoIterator<Item = (Guid, Origin)>) -> Self {
        Self { origins: origins.into_iter().collect(), ..self }
    }

    /// Knows which node carries which addresses: what HNS is told otherwise leads nowhere.
    #[must_use]
    pub fn with_carriers(self, subnets: &[RemoteSubnet]) -> Self {
        Self { carriers: ProviderAddresses::new(subnets), ..self }
    }

    /// What becomes of a packet.
    #[must_use]
    pub fn verdict(&self, packet: &Packet) -> Verdict {
        self.answer(packet, Telling::Steps)
    }

    /// What becomes of a packet, and nothing of the way to it.
    #[must_use]
    pub fn effect(&self, packet: &Packet) -> Verdict {
        self.answer(packet, Telling::Effect)
    }

    /// Whether a load balancer takes a packet, whoever its members are; `None` where that is not known. With the rule
    /// that it rests on.
    pub(super) fn is_taken(&self, packet: &Packet) -> (Option<bool>, Option<&'static Ground>) {
        let weakest = Cell::new(None);
        let locality = self.host.locality();
        let telling = Telling::Effect;
        let asked = Asked { evaluator: self, packet, locality: &locality, telling, weakest: &weakest };
        let is_taken = match asked.taker() {
            Ok(_) => Some(true),
            Err(verdict) if verdict.outcomes().iter().any(Outcome::is_undecided) => None,
            Err(_) => Some(false),
        };
        let ground = weakest.get().map(Rule::ground);
        let is_trusted = ground.is_none_or(|ground| ground.confidence <= self.trusted);
        (is_taken.filter(|_| is_trusted), ground)
    }

    fn answer(&self, packet: &Packet, telling: Telling) -> Verdict {
        self.host.verdict(packet.destination, |locality| {
            let weakest = Cell::new(None);
            let verdict = Asked { evaluator: self, packet, locality, telling, weakest: &weakest }.verdict();
            self.trusted_part(&verdict, weakest.get())
        })
    }

    /// The verdict without what rests on rules that are less sure than the trusted ones. `rule` is what a verdict
    /// without members rests on.
    fn trusted_part(&self, verdict: &Verdict, rule: Option<Rule>) -> Verdict {
        let trusted = |outcome: &Outcome| {
            let ground = outcome.rests_on.or(rule.map(Rule::ground)).filter(|_| !outcome.is_undecided());
            let fate = match ground.filter(|ground| ground.confidence > self.trusted) {
                Some(Ground { id, confidence, .. }) => Fate::Undecided(
                    format!(
                        "it rests on {id}, which is {}; --confidence {} builds on it",
                        confidence.as_str(),
                        confidence.as_str()
                    )
                    .into(),
                ),
                None => outcome.fate.clone(),
            };
            Outcome { fate, rests_on: ground, ..outcome.clone() }
        };
        Verdict::new(verdict.outcomes().iter().map(trusted).collect())
    }
}

fn owners(endpoints: &[Endpoint]) -> Vec<(NodePort, &Endpoint)> {
    let local = endpoints.iter().filter(|endpoint| !endpoint.is_remote());
    local.flat_map(|endpoint| endpoint.node_ports().map(move |port| (port, endpoint))).collect()
}

/// Whether any load balancer has direct server return.
fn has_dsr(state: &State) -> bool {
    state.load_balancers.iter().any(|balancer| balancer.flags.contains(LoadBalancerFlags::DSR))
}

/// Whether a dump has all endpoints, and every endpoint is of another node, of the host or of kube-proxy.
pub(super) fn lacks_pods(node: &NodeContext, state: &State) -> bool {
    let source_vips: FxHashSet<&Address> =
        state.load_balancers.iter().filter_map(|of| of.source_vip.as_ref()).collect();
    let is_pod = |endpoint: &Endpoint| {
        !endpoint.is_remote()
            && *endpoint.name != *node.windows.root_endpoint_name
            && endpoint.addresses().next().is_none_or(|address| {
                !source_vips.contains(address)
                    && address.ip().is_none_or(|ip| Some(ip) != node.windows.source_vip)
            })
    };
    !state.endpoints.is_empty() && state.tells_all_endpoints() && !state.endpoints.iter().any(is_pod)
}

#[cfg(test)]
mod tests;
