//! The graph of HNS: load balancers, the endpoints that they need, the networks that these need.

use std::net::IpAddr;

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::answer::picture::builder::{Builder, FrontendKey};
use crate::answer::picture::{self, Node, NodeKind, RuleGraph};
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::name::printable;
use crate::net::Family;
use crate::platform::hns::codes;
use crate::platform::hns::model::{
    Address, Detail, Distribution, Endpoint, EndpointRef, Guid, LoadBalancer, LoadBalancerFlags, Network,
    NetworkRef, Parts, PortFlags, State,
};

/// How many digits of an id are shown; nodes with more than one object of the same digits are rare.
const ID_DIGITS: usize = 8;

/// What flags of a port say.
const PORT_FLAGS: [(PortFlags, &str); 5] = [
    (PortFlags::ILB, "internal load balancer"),
    (PortFlags::LOCAL_ROUTED_VIP, "local routed VIP"),
    (PortFlags::USE_MUX, "multiplexed"),
    (PortFlags::PRESERVE_DIP, "preserves the destination"),
    (PortFlags::VIP_EXTERNAL_IP, "external VIP"),
];

impl RuleGraph {
    /// The graph of what HNS holds.
    ///
    /// `owners` are the service ports that load balancers are there for, by position in the rule set, where
    /// a plan says so; all others are found by what they answer to.
    #[must_use]
    pub fn of_hns(rules: &RuleSet, state: &State, owners: &[(Guid, Vec<u32>)]) -> Self {
        let mut builder = Builder::new(rules, &Family::ALL);
        let mut objects = Objects { networks: FxHashMap::default(), endpoints: FxHashMap::default() };
        for network in &state.networks {
            objects.add_network(&mut builder, network);
        }
        for endpoint in &state.endpoints {
            objects.add_endpoint(&mut builder, endpoint);
        }
        let owners: FxHashMap<Guid, &[u32]> = owners.iter().map(|(id, of)| (*id, &**of)).collect();
        for balancer in &state.load_balancers {
            let at = objects.add_balancer(&mut builder, balancer);
            let of = balancer.id.and_then(|id| owners.get(&id)).copied().unwrap_or_default();
            link_owners(&mut builder, rules, at, of);
        }
        find_unused(&mut builder, rules, state, &objects);
        if !tells_frontends(state) {
            builder.leave_open(&Family::ALL);
        }
        builder.finish()
    }
}

/// Whether each load balancer is there, with what it answers to.
fn tells_frontends(state: &State) -> bool {
    let is_told = |balancer: &LoadBalancer| {
        balancer.gaps.tells(Parts::VIPS | Parts::PORTS) && balancer.detail != Detail::Table
    };
    state.load_balancers.is_whole() && state.load_balancers.iter().all(is_told)
}

/// Objects by id.
struct Objects {
    networks: FxHashMap<Guid, NodeIndex>,
    endpoints: FxHashMap<Guid, NodeIndex>,
}

impl Objects {
    fn add_network(&mut self, builder: &mut Builder<'_>, network: &Network) {
        let mut node = Node::new(
            NodeKind::Network,
            printable(&network.name),
            Some(printable(network.type_.as_str()).into()),
        );
        node.details.extend(network.subnets.iter().map(|net| net.to_string().into()));
        let at = builder.add(node);
        self.networks.insert(network.id, at);
    }

    fn add_endpoint(&mut self, builder: &mut Builder<'_>, endpoint: &Endpoint) {
        let addresses: Vec<String> = endpoint.addresses().map(|ip| printable(&ip.to_string())).collect();
        let id = endpoint.id.map(short).unwrap_or_default();
        let title = if addresses.is_empty() { format!("endpoint {id}") } else { addresses.join(", ") };
        let mut node = Node::new(NodeKind::Endpoint, title, None);
        let place = if endpoint.is_remote() { "remote" } else { "local" };
        node.details.push(if id.is_empty() { place.into() } else { format!("{place}, {id}").into() });
        if !endpoint.name.is_empty() {
            node.details.push(printable(&endpoint.name).into());
        }
        if let Some(provider) = endpoint.provider_address() {
            node.details.push(format!("on node {}", printable(&provider.to_string())).into());
        }
        let at = builder.add(node);
        if let Some(id) = endpoint.id {
            self.endpoints.insert(id, at);
        }
        match &endpoint.network {
            Some(NetworkRef::Id(id)) => {
                let network = self.networks.get(id).copied();
                // A dump of endpoints alone does not say that their network is gone.
                if network.is_some() || !self.networks.is_empty() {
                    let to = network.unwrap_or_else(|| missing(builder, at, "network", *id));
                    builder.edge(at, to, "");
                }
            }
            Some(NetworkRef::Named(name)) => builder.detail(at, format!("network {}", printable(name))),
            None => {}
        }
    }

    fn add_balancer(&self, builder: &mut Builder<'_>, balancer: &LoadBalancer) -> NodeIndex {
        let title = balancer
            .id
            .map_or_else(|| "load balancer".to_owned(), |id| format!("load balancer {}", short(id)));
        let at = builder
            .add(Node { details: details(balancer), ..Node::new(NodeKind::LoadBalancer, title, None) });
        for key in frontends(balancer) {
            let frontend = builder.frontend(key);
            builder.edge(frontend, at, "");
        }
        for member in &balancer.endpoints {
            let to = match member {
                EndpointRef::Id(id) => self.endpoints.get(id).copied(),
                EndpointRef::Local(_) | EndpointRef::Named(_) => None,
            };
            let to = match (to, member) {
                (Some(to), _) => Some(to),
                // A dump of load balancers alone does not say that their members are gone.
                (None, EndpointRef::Id(id)) if !self.endpoints.is_empty() => {
                    Some(missing(builder, at, "endpoint", *id))
                }
                (None, other) => {
                    let text = printable(&other.to_string());
                    Some(
                        builder
                            .node(NodeKind::Endpoint, &text, || Node::new(NodeKind::Endpoint, &*text, None)),
                    )
                }
            };
            if let Some(to) = to {
                builder.edge(at, to, "");
            }
        }
        at
    }
}

/// Names the service ports of a load balancer that answers to something else than their frontends.
fn link_owners(builder: &mut Builder<'_>, rules: &RuleSet, balancer: NodeIndex, owners: &[u32]) {
    let graph = &builder.graph().graph;
    let frontends: Vec<_> = graph.neighbors_directed(balancer, Direction::Incoming).collect();
    let has_service = |at: &NodeIndex| graph.neighbors_directed(*at, Direction::Incoming).next().is_some();
    let open: Vec<_> = frontends.into_iter().filter(|at| !has_service(at)).collect();
    for port in owners.iter().filter_map(|at| rules.services.get(*at as usize)) {
        let service = builder.service_named(&port.id, port.protocol.as_str(), port.family);
        for frontend in &open {
            builder.edge(service, *frontend, "");
        }
    }
}

/// What a load balancer answers to.
fn frontends(balancer: &LoadBalancer) -> Vec<FrontendKey> {
    let is_ipv6 = balancer.flags.contains(LoadBalancerFlags::IPV6);
    let node_family = if is_ipv6 { Family::Ipv6 } else { Family::Ipv4 };
    let ips: Vec<_> = match &*balancer.frontend_vips {
        // A cut address is not the lack of one, which a node port has.
        [] if !balancer.gaps.tells(Parts::VIPS) => Vec::new(),
        [] => vec![(node_family, None)],
        vips => vips.iter().filter_map(Address::ip).map(|ip| (Family::of(ip), Some(ip))).collect(),
    };
    let mappings = balancer.port_mappings.iter();
    let keys = mappings.flat_map(|mapping| {
        let protocol = match mapping.protocol {
            6 => "TCP",
            17 => "UDP",
            132 => "SCTP",
            _ => "other",
        };
        ips.iter().map(move |&(family, ip)| FrontendKey { family, ip, port: mapping.external_port, protocol })
    });
    keys.collect()
}

fn details(balancer: &LoadBalancer) -> Vec<Box<str>> {
    let mut details: Vec<Box<str>> = Vec::new();
    for mapping in &balancer.port_mappings {
        details.push(format!("to port {}", mapping.internal_port).into());
        match mapping.distribution {
            Distribution::TUPLE => {}
            Distribution::SOURCE_IP => details.push("by source address".into()),
            Distribution::SOURCE_IP_PROTOCOL => details.push("by source address and protocol".into()),
            Distribution(other) => details.push(format!("distribution {other}").into()),
        }
        details.extend(
            PORT_FLAGS
                .iter()
                .filter(|(flag, _)| mapping.flags.contains(*flag))
                .map(|(_, name)| (*name).into()),
        );
    }
    if balancer.flags.contains(LoadBalancerFlags::DSR) {
        details.push("direct server return".into());
    }
    if let Some(vip) = &balancer.source_vip {
        details.push(format!("source VIP {}", printable(&vip.to_string())).into());
    }
    if !balancer.gaps.tells(Parts::VIPS) {
        details.push("the dump does not tell its address".into());
    }
    if balancer.detail == Detail::Table {
        let vips: Vec<_> = balancer.frontend_vips.iter().map(|vip| printable(&vip.to_string())).collect();
        details.push(format!("for {}; a table has no ports", vips.join(", ")).into());
    }
    details
}

fn short(id: Guid) -> String {
    id.to_string().chars().take(ID_DIGITS).collect()
}

/// The node of something that an object needs and that is not there.
fn missing(builder: &mut Builder<'_>, from: NodeIndex, what: &str, id: Guid) -> NodeIndex {
    let identity = format!("{what} {id}");
    if let Some(known) = builder.find(NodeKind::Missing, &identity) {
        return known;
    }
    let title = format!("{what} {}", short(id));
    let message = format!("{} refers to {identity}, which is not there", builder.graph().graph[from].title);
    let at = builder.node(NodeKind::Missing, &identity, || {
        Node::new(NodeKind::Missing, title, Some("not in HNS".into()))
    });
    let help = "connections that go there are lost; hnsplan compile -t hns --hns-state plans what to change";
    builder.find_fault(at, Diagnostic::new(picture::codes::DANGLING, message).help(help));
    at
}

/// Endpoints for pods of other nodes exist for load balancers alone; those of local pods belong to pods.
/// On an overlay network, kube-proxy makes one for each cluster IP besides, which no load balancer has as a member.
fn find_unused(builder: &mut Builder<'_>, rules: &RuleSet, state: &State, objects: &Objects) {
    if state.load_balancers.is_empty() || !state.load_balancers.is_whole() {
        return;
    }
    let cluster_ips: FxHashSet<IpAddr> =
        rules.services.iter().filter_map(|port| port.cluster_ip().address).collect();
    let is_cluster_ip = |endpoint: &Endpoint| {
        endpoint.addresses().filter_map(Address::ip).any(|ip| cluster_ips.contains(&ip))
    };
    let remote = state.endpoints.iter().filter(|endpoint| endpoint.is_remote() && !is_cluster_ip(endpoint));
    for endpoint in remote {
        let Some((id, at)) = endpoint.id.and_then(|id| Some((id, *objects.endpoints.get(&id)?))) else {
            continue;
        };
        if builder.graph().graph.neighbors_directed(at, Direction::Incoming).next().is_none() {
            let title = &builder.graph().graph[at].title;
            let message = format!("no load balancer uses the remote endpoint {title} ({id})");
            let help =
                "its Service keeps traffic on the node, or it is left over, or a load balancer is missing";
            builder.find_fault(at, Diagnostic::new(codes::UNUSED_ENDPOINT, message).help(help));
            builder.detail(at, "unused");
        }
    }
}
