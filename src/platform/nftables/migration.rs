//! What changes for a cluster whose kube-proxy moves to nftables mode, besides what packets show: facts about the modes, each
//! with the Services that it is about, an example, and what to do.
//!
//! The facts are those of the documentation and enhancement proposals of Kubernetes (KEP-3866, KEP-5343, KEP-5495,
//! KEP-6032), and of kube-proxy's sources; dates of plans may change.

use std::net::IpAddr;

use super::codes;
use crate::diagnostics::{Code, Diagnostic, ObjectRef};
use crate::ir::{FrontendKind, RuleSet, ServicePort};
use crate::net::{Family, Protocol};
use crate::node::{LocalhostNodePorts, NodePortMatch};
use crate::platform::Former;

/// The modes that a cluster may come from. Packets of ipvs mode are compared as those of iptables mode: both choose the same
/// endpoints and masquerade alike, and what ipvs does otherwise is told here.
pub(super) const FORMERS: &[Former] =
    &[Former { name: "iptables", stands_in: "iptables" }, Former { name: "ipvs", stands_in: "iptables" }];

/// All that changes, coming from a mode.
pub(super) fn findings(rules: &RuleSet, from: &str) -> Vec<Diagnostic> {
    let is_ipvs = from == "ipvs";
    let mut found = Vec::new();
    for port in &rules.services {
        found.extend(node_ports(port, rules));
        if !is_ipvs {
            found.extend(localhost(port, rules));
        }
        found.extend(refused_source(port));
        found.extend(health_check(port));
    }
    found.extend(other_ports(rules, is_ipvs));
    found.extend(unallocated(rules));
    found.extend(settings(rules, is_ipvs));
    found.push(note(
        codes::MIGRATION_REQUIREMENTS,
        "nftables mode needs Linux 5.13 and nft 1.0.1 or later on every node",
        "check with uname -r and nft --version; the kernel needs the modules nft_fib, nft_numgen and nft_masq",
    ));
    found.push(note(
        codes::MIGRATION_FIREWALLS,
        "kube-proxy accepts nothing in nftables mode: a firewall that drops forwarded packets drops those of Services, too",
        "accept forwarded packets of pods and Services in the firewall itself; an accept in one table never overrides a drop in \
         another",
    ));
    found.push(note(
        codes::MIGRATION_INVALID,
        "packets that connection tracking takes for invalid are no longer dropped",
        "set conntrack.tcpBeLiberal on kernels before 6.1, if long-lived connections are reset",
    ));
    if is_ipvs {
        found.extend(of_ipvs(rules));
    }
    found.push(dates(is_ipvs));
    found
}

fn note(code: Code, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(code, message).help(help)
}

fn about(port: &ServicePort, code: Code, field: &str, message: String) -> Diagnostic {
    Diagnostic::new(code, message)
        .about(ObjectRef::new("Service", port.namespace.as_str(), port.name.as_str()))
        .at(port.origin.field(field))
}

fn node_port(port: &ServicePort) -> Option<u16> {
    port.frontends_of(FrontendKind::NodePort).next().map(|frontend| frontend.port)
}

/// Node ports answer on fewer addresses, unless nodePortAddresses says otherwise.
fn node_ports(port: &ServicePort, rules: &RuleSet) -> Option<Diagnostic> {
    let number = node_port(port)?;
    let node = &rules.node;
    let (before, after) = (
        &node.node_port_addresses.get(port.family).serving,
        node.nftables.node_port_addresses.get(port.family),
    );
    let NodePortMatch::Only(serving) = after else { return None };
    if before == after {
        return None;
    }
    let own = node.addresses.own.iter().filter(|ip| Family::of(**ip) == port.family);
    let lost: Vec<IpAddr> = own.copied().filter(|ip| !serving.contains(ip)).collect();
    let example = match lost.first() {
        Some(ip) => format!("{}/{} is refused", std::net::SocketAddr::new(*ip, number), port.protocol),
        None => format!("port {number}/{} is refused at every other address of the node", port.protocol),
    };
    let serving: Vec<String> = serving.iter().map(ToString::to_string).collect();
    let message = format!(
        "node port {number} of {} answers at {} only: {example}",
        port.id,
        if serving.is_empty() { "no address".to_owned() } else { serving.join(", ") }
    );
    Some(
        about(port, codes::MIGRATION_NODE_PORTS, "spec.ports", message)
            .help("to keep all addresses, set nodePortAddresses: [0.0.0.0/0, \"::/0\"] before the change"),
    )
}

/// Node ports no longer answer on loopback addresses.
fn localhost(port: &ServicePort, rules: &RuleSet) -> Option<Diagnostic> {
    let number = node_port(port)?;
    // Since 1.37 kube-proxy can serve those of TCP itself (N16).
    let on_localhost = *rules.node.nftables.localhost_node_ports.get(port.family);
    if on_localhost == LocalhostNodePorts::ServedByProxy && port.protocol == Protocol::Tcp {
        return None;
    }
    let serves = port.family == Family::Ipv4
        && rules.node.iptables.localhost_node_ports
        && rules.node.node_port_addresses.ipv4.includes_loopback;
    let message =
        format!("node port {number} of {} no longer answers on the node at 127.0.0.1:{number}", port.id);
    serves.then(|| {
        about(port, codes::MIGRATION_LOCALHOST, "spec.ports", message).help(
            "connect to the node's address; the metric kubeproxy_iptables_localhost_nodeports_accepted_packets_total counts \
             such connections, and from 1.37 on kube-proxy can serve those of TCP itself (feature gate \
             KubeProxyNFTablesLocalhostNodePorts, with nodePortAddresses: [primary, localhost])",
        )
    })
}

/// Source ranges hold for a Service without endpoints as well.
fn refused_source(port: &ServicePort) -> Option<Diagnostic> {
    let vip = port.frontends_of(FrontendKind::LoadBalancerIp).find(|frontend| frontend.restricted)?.address?;
    (!port.has_endpoints).then(|| {
        let message = format!(
            "{} has no endpoints: clients outside of its source ranges time out at {vip}, where they were refused",
            port.id
        );
        about(port, codes::MIGRATION_SOURCE_RANGES, "spec.loadBalancerSourceRanges", message)
            .help("nothing is to be done; clients see it only while there are no endpoints")
    })
}

/// The health check port gets no rule that accepts it.
fn health_check(port: &ServicePort) -> Option<Diagnostic> {
    let number = port.health_check_node_port?;
    let message = format!("no rule accepts the health check node port {number} of {}", port.id);
    Some(
        about(port, codes::MIGRATION_HEALTH_CHECK, "spec.healthCheckNodePort", message)
            .help("open the port in the firewall of the nodes, if that drops what it does not accept"),
    )
}

/// What no Service declares is refused at cluster IPs.
fn other_ports(rules: &RuleSet, is_ipvs: bool) -> Option<Diagnostic> {
    let port = rules.services.iter().find(|port| port.cluster_ip().address.is_some())?;
    let ip = port.cluster_ip().address?;
    let before = if is_ipvs {
        "they were delivered to the node itself"
    } else {
        "they left the node, and clients timed out"
    };
    let message = format!(
        "packets to other ports of cluster IPs are refused: {} for example; {before}",
        std::net::SocketAddr::new(ip, port.cluster_ip().port.wrapping_add(1).max(1))
    );
    Some(note(
        codes::MIGRATION_OTHER_PORTS,
        &message,
        if is_ipvs {
            "find clients of processes of the node that answered at addresses of Services"
        } else {
            "nothing is to be done; ping gets \"port unreachable\" as well"
        },
    ))
}

/// Addresses without a Service are dropped.
fn unallocated(rules: &RuleSet) -> Option<Diagnostic> {
    let cidr = rules.node.nftables.service_cidrs.first()?;
    rules.node.behavior.nftables.drops_unallocated.then(|| {
        let message = format!("packets to addresses in {cidr} that no Service has are dropped on the node");
        note(codes::MIGRATION_UNALLOCATED, &message, "nothing is to be done; before, they left the node")
    })
}

/// Settings that are not taken over.
fn settings(rules: &RuleSet, is_ipvs: bool) -> Vec<Diagnostic> {
    let node = &rules.node;
    let mut found = Vec::new();
    if node.iptables.masquerade_bit != node.nftables.masquerade_bit && !is_ipvs {
        let message = format!(
            "iptables.masqueradeBit is {}, and nftables mode has its own: {}",
            node.iptables.masquerade_bit, node.nftables.masquerade_bit
        );
        found.push(note(
            codes::MIGRATION_SETTINGS,
            &message,
            "set nftables.masqueradeBit to the same number",
        ));
    }
    if node.masquerade_all != node.nftables.masquerade_all {
        let message = format!(
            "iptables.masqueradeAll is {}, and nftables mode has its own: {}",
            node.masquerade_all, node.nftables.masquerade_all
        );
        found.push(note(codes::MIGRATION_SETTINGS, &message, "set nftables.masqueradeAll to the same value"));
    }
    found
}

/// What the data plane of ipvs did besides.
fn of_ipvs(rules: &RuleSet) -> Vec<Diagnostic> {
    let vip = rules.services.iter().find_map(|port| port.cluster_ip().address);
    let vip = vip.map_or_else(|| "a cluster IP".to_owned(), |ip| ip.to_string());
    vec![
        note(
            codes::MIGRATION_IPVS_ADDRESSES,
            &format!(
                "addresses of Services are no longer on the interface kube-ipvs0: ping {vip} gets no answer any more, and nothing \
                 answers ARP or is announced for them by kube-proxy"
            ),
            "let the load balancer announce its addresses itself; strictARP has no meaning any more",
        ),
        note(
            codes::MIGRATION_IPVS_SCHEDULERS,
            "endpoints are chosen at random for each connection: ipvs.scheduler and its timeouts have no effect",
            "connections drain by connection tracking; its timeouts are those of the kernel and of the block conntrack",
        ),
    ]
}

/// When the modes come and go.
fn dates(is_ipvs: bool) -> Diagnostic {
    let message = if is_ipvs {
        "ipvs mode is deprecated since 1.35; it is planned to be off by default in 1.40 and removed in 1.43 (KEP-5495)"
    } else {
        "nftables mode is stable since 1.33, and planned to be the default from 1.40 on (KEP-3866, KEP-5343)"
    };
    note(
        codes::MIGRATION_DATES,
        message,
        "set mode explicitly; a kube-proxy that starts in another mode deletes the rules of the one before, and connections go on",
    )
}
