//! The graph of netsh: addresses, listeners and firewall rules, and the endpoints behind listeners.

use std::net::{IpAddr, SocketAddr};

use petgraph::graph::NodeIndex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::answer::picture::builder::{Builder, FrontendKey};
use crate::answer::picture::reach::cycles;
use crate::answer::picture::{self, Node, NodeKind, RuleGraph};
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::net::{Family, Protocol};
use crate::platform::netsh::model::{Action, FirewallRule, Host, Listen, Object, PortProxy, Remote};
use crate::platform::netsh::{Plan, Planned};

impl RuleGraph {
    /// The graph of what a plan for netsh sets up. Of families that are `open` there may be more.
    #[must_use]
    pub fn of_netsh(rules: &RuleSet, plan: &Plan, open: &[Family]) -> Self {
        let mut builder = Builder::new(rules, &Family::ALL);
        for planned in &plan.objects {
            if let Some((node, served)) = add(&mut builder, &planned.object) {
                link(&mut builder, planned, node, &served);
            }
        }
        link_listeners(&mut builder, plan);
        tell_unserved(&mut builder, plan);
        for cycle in cycles(&builder.graph().graph) {
            let titles: Vec<&str> = cycle.iter().map(|at| &*builder.graph().graph[*at].title).collect();
            let message = format!("connections run in a circle: {}", titles.join(", "));
            let help = "an endpoint is an address that the port proxy listens on";
            builder.find_fault(cycle[0], Diagnostic::new(picture::codes::CYCLE, message).help(help));
        }
        builder.leave_open(open);
        builder.finish()
    }
}

/// Adds an object, and says which frontends are served through it.
fn add(builder: &mut Builder<'_>, object: &Object) -> Option<(NodeIndex, Vec<NodeIndex>)> {
    match object {
        Object::Address(address) => {
            let ip = address.address.ip();
            let node = builder.node(NodeKind::Address, &ip.to_string(), || {
                let interface = address.interface.as_str();
                Node::new(NodeKind::Address, format!("address {ip}"), Some(interface.into()))
            });
            Some((node, builder.frontends_at(ip)))
        }
        Object::PortProxy(proxy) => {
            let node = add_listener(builder, proxy);
            let frontend =
                frontend(builder, proxy.listener.relay.from, listen_ip(proxy), proxy.listener.port);
            Some((node, frontend.into_iter().collect()))
        }
        Object::Firewall(rule) => {
            let node = builder.node(NodeKind::FirewallRule, rule.name.as_str(), || firewall(rule));
            let family = rule.local_ip.map(Family::of);
            let families = family.map_or(Family::ALL.to_vec(), |family| vec![family]);
            let frontends = families
                .into_iter()
                .filter_map(|family| frontend(builder, family, rule.local_ip, rule.local_port));
            Some((node, frontends.collect()))
        }
        Object::Interface(_) | Object::Route(_) => None,
    }
}

/// A frontend at an address, or the node port where the address is none of a Service.
fn frontend(builder: &Builder<'_>, family: Family, ip: Option<IpAddr>, port: u16) -> Option<NodeIndex> {
    let at = |ip| FrontendKey { family, ip, port, protocol: Protocol::Tcp.as_str() };
    builder.known_frontend(at(ip)).or_else(|| builder.known_frontend(at(None)))
}

fn listen_ip(proxy: &PortProxy) -> Option<IpAddr> {
    match &proxy.listener.address {
        Listen::Ip(ip) if !ip.is_unspecified() => Some(*ip),
        Listen::Ip(_) | Listen::Any | Listen::Name(_) => None,
    }
}

fn add_listener(builder: &mut Builder<'_>, proxy: &PortProxy) -> NodeIndex {
    let title = listener_title(proxy);
    let relay = proxy.listener.relay.as_str();
    let node = builder.node(NodeKind::Listener, &format!("{relay} {title}"), || {
        Node::new(NodeKind::Listener, format!("listener {title}"), Some(relay.into()))
    });
    let to = match &proxy.connect.host {
        Host::Ip(ip) => SocketAddr::new(*ip, proxy.connect.port).to_string(),
        Host::Name(name) => format!("{name}:{}", proxy.connect.port),
    };
    let endpoint = builder.node(NodeKind::Endpoint, &to, || Node::new(NodeKind::Endpoint, &*to, None));
    builder.edge(node, endpoint, "");
    node
}

fn listener_title(proxy: &PortProxy) -> String {
    let port = proxy.listener.port;
    match &proxy.listener.address {
        Listen::Any => format!("*:{port}"),
        Listen::Ip(ip) => SocketAddr::new(*ip, port).to_string(),
        Listen::Name(name) => format!("{name}:{port}"),
    }
}

fn firewall(rule: &FirewallRule) -> Node {
    let action = match rule.action {
        Action::Allow => "allows",
        Action::Block => "blocks",
    };
    let whom = match &rule.remote {
        Remote::Any => "everybody".to_owned(),
        Remote::Only(some) if some.len() == 1 => "one range of addresses".to_owned(),
        Remote::Only(some) => format!("{} ranges of addresses", some.len()),
    };
    Node::new(
        NodeKind::FirewallRule,
        format!("firewall {}", rule.name),
        Some(format!("{action} {whom}").into()),
    )
}

/// Leads from the frontends that an object is there for, or from its service ports where it has no frontend.
fn link(builder: &mut Builder<'_>, planned: &Planned, node: NodeIndex, frontends: &[NodeIndex]) {
    for frontend in frontends {
        builder.edge(*frontend, node, "");
    }
    if frontends.is_empty() {
        for owner in &planned.owners {
            for service in builder.services_with(owner) {
                builder.edge(service, node, "");
            }
        }
    }
}

/// Who claims an address takes it from everybody, on the ports that nothing listens on as well.
fn tell_unserved(builder: &mut Builder<'_>, plan: &Plan) {
    for planned in &plan.objects {
        let Object::Address(address) = &planned.object else { continue };
        for frontend in builder.frontends_at(address.address.ip()) {
            let graph = &builder.graph().graph;
            if !graph.neighbors(frontend).any(|to| graph[to].kind == NodeKind::Listener) {
                builder.detail(frontend, "address claimed, nothing listens");
            }
        }
    }
}

/// An endpoint that is itself listened on leads on: listened on at its own address, or on all addresses where
/// it is one of the node's.
fn link_listeners(builder: &mut Builder<'_>, plan: &Plan) {
    let mut claimed: FxHashSet<IpAddr> = FxHashSet::default();
    let mut proxies: Vec<&PortProxy> = Vec::new();
    for planned in &plan.objects {
        match &planned.object {
            Object::Address(address) => drop(claimed.insert(address.address.ip())),
            Object::PortProxy(proxy) => proxies.push(proxy),
            Object::Firewall(_) | Object::Interface(_) | Object::Route(_) => {}
        }
    }
    let mut listeners: FxHashMap<(Family, Option<IpAddr>, u16), NodeIndex> = FxHashMap::default();
    for proxy in &proxies {
        let key = format!("{} {}", proxy.listener.relay.as_str(), listener_title(proxy));
        let node = builder.find(NodeKind::Listener, &key);
        let node = node.filter(|_| !matches!(proxy.listener.address, Listen::Name(_)));
        if let Some(node) = node {
            listeners.insert((proxy.listener.relay.from, listen_ip(proxy), proxy.listener.port), node);
        }
    }
    for proxy in proxies {
        let Host::Ip(ip) = proxy.connect.host else { continue };
        let port = proxy.connect.port;
        let at = |address| listeners.get(&(Family::of(ip), address, port));
        let is_of_node = claimed.contains(&ip) || ip.is_loopback();
        let listener = at(Some(ip)).or_else(|| at(None).filter(|_| is_of_node));
        let endpoint = builder.find(NodeKind::Endpoint, &SocketAddr::new(ip, port).to_string());
        if let Some((from, to)) = endpoint.zip(listener) {
            builder.edge(from, *to, "listens as well");
        }
    }
}
