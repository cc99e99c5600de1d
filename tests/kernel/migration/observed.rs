//! What became of packets before and after a change.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;

use hnsplan::answer::verdict::Packet;
use hnsplan::ir::{RuleSet, ServicePort};
use hnsplan::net::Family;

use crate::case_packets::host;
use crate::client::Reply;
use crate::probe::{Asked, Probe};

/// Packets of one class.
pub(super) struct Observed {
    pub(super) packet: Packet,
    /// The service ports that listen where they are sent to.
    pub(super) services: Vec<String>,
    /// Whether the cluster IP of some Service is where they are sent to.
    pub(super) is_to_cluster_ip: bool,
    /// What was not as the rules of the time say.
    pub(super) faults: Vec<String>,
    replies: [BTreeSet<Reply>; 2],
    /// Whether chance alone tells which endpoint they meet, as few were sent.
    is_sample: bool,
}

impl Observed {
    pub(super) fn new(probe: &Probe, rules: &RuleSet, asked: [Asked; 2]) -> Self {
        let packet = probe.packet.clone();
        let listening = rules.services.iter().filter(|port| listens(port, &packet));
        Self {
            services: listening.map(|port| port.id.to_string()).collect(),
            is_to_cluster_ip: rules
                .services
                .iter()
                .any(|port| port.cluster_ip().address == Some(packet.destination)),
            packet,
            faults: asked.iter().filter_map(|of| of.fault.clone()).collect(),
            replies: asked.map(|of| of.replies.into_iter().collect()),
            is_sample: probe.has_affinity(),
        }
    }

    /// The same, had the node not changed.
    pub(super) fn unchanged(&self) -> Self {
        let [before, _] = &self.replies;
        Self {
            packet: self.packet.clone(),
            services: self.services.clone(),
            faults: Vec::new(),
            replies: [before.clone(), before.clone()],
            ..*self
        }
    }

    pub(super) fn to(&self) -> SocketAddr {
        SocketAddr::new(self.packet.destination, self.packet.port)
    }

    /// What becomes of the packets, in the words of the report.
    pub(super) fn ends(&self) -> [&'static str; 2] {
        let end = |replies: &BTreeSet<Reply>| {
            let is =
                |wanted: fn(&Reply, SocketAddr) -> bool| replies.iter().any(|reply| wanted(reply, self.to()));
            if is(|reply, to| matches!(reply, Reply::From { server, .. } if *server != to)) {
                "delivered"
            } else if is(|reply, _| matches!(reply, Reply::From { .. })) {
                "unhandled"
            } else if is(|reply, _| *reply == Reply::Refused) {
                "rejected"
            } else {
                "dropped"
            }
        };
        self.replies.each_ref().map(end)
    }

    /// Whether something else became of them after the change.
    pub(super) fn differs(&self) -> bool {
        let [before, after] = &self.replies;
        if self.is_sample { self.ends()[0] != self.ends()[1] || self.seen_differs() } else { before != after }
    }

    /// Whether servers see other clients.
    pub(super) fn seen_differs(&self) -> bool {
        let seen = |replies: &BTreeSet<Reply>| -> BTreeSet<bool> {
            let own = |reply: &Reply| match reply {
                Reply::From { client, .. } => Some(*client == self.packet.source),
                _ => None,
            };
            replies.iter().filter_map(own).collect()
        };
        let [before, after] = self.replies.each_ref().map(seen);
        before != after
    }
}

/// Whether a service port has a frontend, or a health check, where a packet is sent to.
fn listens(port: &ServicePort, packet: &Packet) -> bool {
    let to = packet.destination;
    let is_at_node = (to.is_loopback() || host().is_local(to)) && Family::of(to) == port.family;
    let is_frontend = port.frontends.iter().any(|frontend| {
        frontend.port == packet.port && frontend.address.map_or(is_at_node, |address| address == to)
    });
    port.protocol == packet.protocol && is_frontend
        || is_at_node && port.health_check_node_port == Some(packet.port)
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Packet { source, protocol, .. } = &self.packet;
        let [before, after] = &self.replies;
        write!(
            f,
            "{protocol} from {source} to {} ({:?}): {before:?}, then {after:?}",
            self.to(),
            self.services
        )
    }
}
