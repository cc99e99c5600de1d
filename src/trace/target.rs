//! The rules of sides, held ready to be asked.

use std::net::{IpAddr, SocketAddr};

use rayon::prelude::*;

use super::listeners::Listeners;
use crate::answer::verdict::{Elsewhere, Host, Packet, Verdict};
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::net::Protocol;
use crate::node::NodeContext;
use crate::platform::{Context, Evaluate, Model, Side, Site};

/// The models of the sides that are asked.
pub struct Models<'c> {
    context: Context<'c>,
    host: Host,
    listeners: Listeners,
    asked: Vec<(Side, Box<dyn Model + 'c>)>,
}

/// A side, made ready for any number of packets.
pub struct Target<'m> {
    /// Which one.
    pub side: Side,
    host: &'m Host,
    node: &'m NodeContext,
    listeners: &'m Listeners,
    evaluator: Box<dyn Evaluate + 'm>,
}

impl<'c> Models<'c> {
    /// Starts with the rules of a node, and no side yet.
    #[must_use]
    pub fn new(context: Context<'c>) -> Self {
        let host = host(context.rules);
        Self { context, host, listeners: Listeners::of(context.rules), asked: Vec::new() }
    }

    /// Adds a side; what was found while its model was made is added to `found`. One that a node holds, and of
    /// which no dump tells, is left out.
    #[must_use]
    pub fn with(mut self, side: Side, found: &mut Vec<Diagnostic>) -> Self {
        if let Some(model) = side.model(self.context) {
            self.asked.push((side, model.into_value(found)));
        }
        self
    }

    /// The same for several sides, each once.
    #[must_use]
    pub fn with_each(self, sides: &[Side], found: &mut Vec<Diagnostic>) -> Self {
        let first = sides.iter().enumerate().filter(|(at, side)| !sides[..*at].contains(side));
        first.fold(self, |models, (_, side)| models.with(*side, found))
    }

    /// Adds a model that was made elsewhere.
    #[must_use]
    pub fn with_model(mut self, side: Side, model: Box<dyn Model + 'c>) -> Self {
        self.asked.push((side, model));
        self
    }

    /// The model of a side, if it is asked.
    #[must_use]
    pub fn model(&self, side: Side) -> Option<&(dyn Model + 'c)> {
        self.asked.iter().find(|(asked, _)| *asked == side).map(|(_, model)| &**model)
    }

    /// The rules that everything is about.
    #[must_use]
    pub fn rules(&self) -> &'c RuleSet {
        self.context.rules
    }

    /// What a person should know about the models themselves, one sentence each; safe to print.
    pub fn remarks(&self) -> impl Iterator<Item = String> {
        self.asked.iter().flat_map(|(_, model)| model.remarks(self.context.rules))
    }

    /// The sides, in the order in which they were added.
    #[must_use]
    pub fn targets(&self) -> Vec<Target<'_>> {
        self.asked.par_iter().map(|(side, model)| self.target(*side, &**model)).collect()
    }

    fn target<'m>(&'m self, side: Side, model: &'m (dyn Model + 'c)) -> Target<'m> {
        let (host, listeners, rules) = (&self.host, &self.listeners, self.context.rules);
        Target { side, host, node: &rules.node, listeners, evaluator: model.evaluator(host, rules) }
    }
}

/// The node, as far as the input tells: it may have more addresses, but not those of endpoints on other nodes, of
/// cluster IPs and of other nodes.
fn host(rules: &RuleSet) -> Host {
    let addresses = &rules.node.addresses;
    let host = Host::new(addresses.own.iter().copied());
    if addresses.is_complete {
        return host;
    }
    let endpoints = rules.backends.iter().filter_map(|backend| backend.address.ip());
    let cluster_ips = rules.services.iter().filter_map(|port| port.cluster_ip().address);
    host.with_more_unless(Elsewhere {
        addresses: endpoints.chain(cluster_ips).chain(addresses.of_other_nodes.iter().copied()).collect(),
        networks: addresses.other_pods.iter().copied().collect(),
    })
}

impl Target<'_> {
    /// Whether it is what a node holds, whoever made it.
    #[must_use]
    pub fn is_dump(&self) -> bool {
        self.side.standing == crate::answer::change::Standing::Held
    }

    /// What its rules are about, whatever Services want.
    #[must_use]
    pub fn sites(&self) -> Vec<Site> {
        self.evaluator.sites()
    }

    /// Whether it may treat the packets of an endpoint to itself otherwise than those of its neighbours.
    #[must_use]
    pub fn is_odd(&self, endpoint: IpAddr) -> bool {
        self.evaluator.is_odd(endpoint)
    }

    /// Addresses that its rules are about whatever the port is.
    #[must_use]
    pub fn addresses(&self) -> Vec<IpAddr> {
        self.evaluator.addresses()
    }

    /// What its rules compare the sources of packets to a destination with, each time from the first address
    /// to the last.
    #[must_use]
    pub fn compared_sources(&self, to: SocketAddr, protocol: Protocol) -> Vec<Vec<(IpAddr, IpAddr)>> {
        self.evaluator.compared_sources(to, protocol)
    }

    /// Whether any of its rules could forward a protocol.
    #[must_use]
    pub fn forwards(&self, protocol: Protocol) -> bool {
        self.evaluator.forwards(protocol)
    }

    /// What becomes of a packet.
    #[must_use]
    pub fn verdict(&self, packet: &Packet) -> Verdict {
        self.answered(packet, self.evaluator.verdict(packet))
    }

    /// What becomes of a packet, and nothing of the way to it.
    #[must_use]
    pub fn effect(&self, packet: &Packet) -> Verdict {
        self.answered(packet, self.evaluator.effect(packet))
    }

    /// A verdict of rules with what kube-proxy answers itself.
    fn answered(&self, packet: &Packet, verdict: Verdict) -> Verdict {
        let serving = self.side.platform.node_port_addresses(self.node, packet.family());
        self.listeners.answer(packet, self.host, serving, verdict)
    }
}

impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("side", &self.side).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Models<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sides: Vec<Side> = self.asked.iter().map(|(side, _)| *side).collect();
        f.debug_struct("Models").field("sides", &sides).finish_non_exhaustive()
    }
}
