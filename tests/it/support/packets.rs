//! The packets that the tests of a case follow: every client that can send against all that its Services listen on.
//!
//! The tests on the kernel ask the same of a node with these addresses, so this file is a part of both.

use std::net::{IpAddr, SocketAddr};

use hnsplan::answer::verdict::{Host, Packet, Sender};
use hnsplan::ir::{RuleSet, ServicePort};
use hnsplan::name::InterfaceName;
use hnsplan::net::{Family, PerFamily, Protocol};

/// Who sends: an address in each family, and the interface of the node that it comes in by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    sender: Sender,
    ips: PerFamily<Option<&'static str>>,
    interface: Option<&'static str>,
}

const fn client(
    sender: Sender,
    interface: Option<&'static str>,
    ipv4: &'static str,
    ipv6: Option<&'static str>,
) -> Client {
    Client { sender, ips: PerFamily { ipv4: Some(ipv4), ipv6 }, interface }
}

/// A pod that is no endpoint.
pub(crate) const POD: Client = client(Sender::Pod, Some("cni0"), "10.244.1.20", Some("fd00:244:0:1::20"));
/// A pod that is an endpoint of many cases.
pub(crate) const POD_A: Client = client(Sender::Pod, Some("cni0"), "10.244.1.5", Some("fd00:244:0:1::5"));
/// Another one.
pub(crate) const POD_B: Client = client(Sender::Pod, Some("cni0"), "10.244.1.6", Some("fd00:244:0:1::6"));
/// The node, from the address that the Node object has.
pub(crate) const NODE: Client = client(Sender::Node, None, "192.168.10.11", Some("fd00:10::11"));
/// The node, from the address of its other interface.
pub(crate) const NODE_ETH1: Client = client(Sender::Node, None, "10.0.5.4", Some("fd00:5::4"));
/// A process of the node that talks to localhost.
pub(crate) const LOCALHOST: Client = client(Sender::Node, None, "127.0.0.1", Some("::1"));
/// A host outside the cluster, in no source range of any case.
pub(crate) const OUTSIDE: Client = client(Sender::Outside, Some("eth1"), "10.0.5.50", Some("fd00:5::50"));
/// A host outside, in 203.0.113.0/24.
pub(crate) const OUTSIDE_203: Client = client(Sender::Outside, Some("eth1"), "203.0.113.50", None);
/// A host outside, in 192.0.2.0/24.
pub(crate) const OUTSIDE_192: Client = client(Sender::Outside, Some("eth1"), "192.0.2.50", None);
/// A pod of another node.
pub(crate) const POD_OF_NODE_B: Client =
    client(Sender::Outside, Some("eth0"), "10.244.2.77", Some("fd00:244:0:2::77"));

/// All of them.
pub(crate) const CLIENTS: [Client; 10] =
    [POD, POD_A, POD_B, NODE, NODE_ETH1, LOCALHOST, OUTSIDE, OUTSIDE_203, OUTSIDE_192, POD_OF_NODE_B];

/// The addresses of the node, without loopback.
pub(crate) const NODE_IPS: [&str; 6] =
    ["192.168.10.11", "10.0.5.4", "10.244.1.1", "fd00:10::11", "fd00:5::4", "fd00:244:0:1::1"];

/// The node with its addresses.
pub(crate) fn host() -> Host {
    Host::new(NODE_IPS.map(ip))
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

impl Client {
    /// A packet of this client, if it has an address of the family.
    pub(crate) fn packet(&self, protocol: Protocol, destination: SocketAddr) -> Option<Packet> {
        let source = ip((*self.ips.get(Family::of(destination.ip())))?);
        Some(Packet {
            sender: self.sender,
            source,
            destination: destination.ip(),
            protocol,
            port: destination.port(),
            interface: self.interface.map(|name| InterfaceName::new(name).expect("a name")),
            remembered: None,
        })
    }
}

/// Where the Services of one family listen, each once.
pub(crate) fn frontends(rules: &RuleSet, family: Family) -> Vec<(Protocol, SocketAddr)> {
    let mut found: Vec<_> = rules
        .services_of(family)
        .flat_map(|port| frontends_of(port).into_iter().map(|frontend| (port.protocol, frontend)))
        .filter(|(_, frontend)| Family::of(frontend.ip()) == family)
        .collect();
    found.sort();
    found.dedup();
    found
}

fn frontends_of(port: &ServicePort) -> Vec<SocketAddr> {
    let at_node = |number| {
        let loopback = if port.family == Family::Ipv4 { "127.0.0.1" } else { "::1" };
        let addresses = NODE_IPS.into_iter().chain([loopback]).map(ip);
        addresses
            .filter(|address| Family::of(*address) == port.family)
            .map(|address| SocketAddr::new(address, number))
            .collect::<Vec<_>>()
    };
    let of_services = port.frontends.iter().flat_map(|frontend| match frontend.address {
        Some(address) => vec![SocketAddr::new(address, frontend.port)],
        None => at_node(frontend.port),
    });
    of_services.chain(port.health_check_node_port.map(at_node).into_iter().flatten()).collect()
}

/// All packets of one family to follow through the rules of a case: also such as no Service waits for, and such as come
/// from a client that was served before.
pub(crate) fn packets(rules: &RuleSet, family: Family) -> Vec<Packet> {
    /// Of a case with more Services a part is followed, spread over all of them.
    const MOST_FRONTENDS: usize = 24;
    let mut packets = Vec::new();
    let frontends = frontends(rules, family);
    let every = frontends.len().div_ceil(MOST_FRONTENDS).max(1);
    for (protocol, frontend) in frontends.into_iter().step_by(every) {
        let other = if protocol == Protocol::Udp { Protocol::Tcp } else { Protocol::Udp };
        let beside = SocketAddr::new(frontend.ip(), frontend.port() + 1);
        for client in &CLIENTS {
            let questions = [(protocol, frontend), (other, frontend), (protocol, beside)];
            packets.extend(questions.iter().filter_map(|(protocol, to)| client.packet(*protocol, *to)));
        }
        packets.extend(returning(rules, family).filter_map(|endpoint| {
            let packet = POD.packet(protocol, frontend)?;
            Some(Packet { remembered: Some(endpoint), ..packet })
        }));
    }
    packets
}

/// Some endpoints that clients were sent to before.
fn returning(rules: &RuleSet, family: Family) -> impl Iterator<Item = SocketAddr> {
    let sticky = rules.services_of(family).filter(|port| port.affinity_seconds.is_some());
    sticky.flat_map(|port| &port.endpoints).filter_map(|endpoint| endpoint.text.parse().ok()).take(3)
}
