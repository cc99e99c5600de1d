//! What is wrong with a text although kube-proxy writes it: what nft refuses, and with it the whole transaction; rules of a
//! node that has none; elements that two service ports claim.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use rustc_hash::FxHashMap;

use super::codes;
use super::model::Comment;
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::ir::{FrontendKind, RuleSet, ServicePort};
use crate::net::{Family, Protocol};
use crate::node::{LocalDetector, LocalhostNodePorts};

/// All that is wrong with the texts of these families.
#[must_use]
pub fn problems(rules: &RuleSet, families: &[Family]) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = not_linux(rules).into_iter().collect();
    found.extend(pods_not_recognized(rules));
    found.extend(service_networks_unknown(rules));
    found.extend(interface_by_number(rules));
    found.extend(served_by_proxy(rules, families));
    for family in families {
        found.extend(rules.services_of(*family).filter_map(|port| refused_address(port, rules)));
        found.extend(long_comments(rules, *family));
        found.extend(contested(rules, *family));
    }
    found
}

/// A warning when the node cannot have these rules at all.
fn not_linux(rules: &RuleSet) -> Option<Diagnostic> {
    let name = rules.node.name.as_ref().filter(|_| rules.node.runs_windows)?;
    let message = format!("node {name} runs Windows, where kube-proxy writes no nftables rules");
    Some(
        Diagnostic::new(codes::WINDOWS_NODE, message)
            .help("these are the rules of a Linux node in its place"),
    )
}

/// A note when rules depend on the network of the pods, which nobody has given.
pub(super) fn pods_not_recognized(rules: &RuleSet) -> Option<Diagnostic> {
    let node = &rules.node;
    let is_open =
        node.local_traffic_is_assumed && !node.nftables.masquerade_all && !rules.services.is_empty();
    is_open.then(|| {
        let message = "no configuration of kube-proxy is given, so rules do not tell pods from other clients";
        Diagnostic::new(codes::PODS_NOT_RECOGNIZED, message)
            .help("name it with --config, or the network of the pods with --cluster-cidr")
    })
}

fn service_networks_unknown(rules: &RuleSet) -> Option<Diagnostic> {
    let node = &rules.node;
    let is_open = node.behavior.nftables.drops_unallocated
        && node.nftables.service_cidrs.is_empty()
        && !rules.services.is_empty();
    is_open.then(|| {
        let message = "the networks of cluster IPs are not given, so the rule for addresses without a Service is left out";
        Diagnostic::new(codes::SERVICE_NETWORKS_UNKNOWN, message)
            .help("add the output of kubectl get servicecidrs -o yaml to the input, or name them as serviceCIDRs in a facts file")
    })
}

/// Node ports on loopback addresses that no rule shows (N16).
fn served_by_proxy(rules: &RuleSet, families: &[Family]) -> Option<Diagnostic> {
    let is_served = |family: &&Family| {
        *rules.node.nftables.localhost_node_ports.get(**family) == LocalhostNodePorts::ServedByProxy
    };
    let ports = families.iter().filter(is_served).flat_map(|family| rules.services_of(*family));
    let of_tcp = ports.filter(|port| port.protocol == Protocol::Tcp);
    let served: BTreeSet<u16> = of_tcp
        .flat_map(|port| port.frontends_of(FrontendKind::NodePort))
        .map(|frontend| frontend.port)
        .collect();
    let first = served.first()?;
    let more = if served.len() > 1 { format!(" and {} more", served.len() - 1) } else { String::new() };
    let message = format!("kube-proxy itself listens on loopback addresses for node port {first}{more}");
    Some(
        Diagnostic::new(codes::LOCALHOST_SERVED, message)
            .help("no rule is about it: packets there are shown as not handled by rules"),
    )
}

fn interface_by_number(rules: &RuleSet) -> Option<Diagnostic> {
    if rules.node.behavior.nftables.interfaces_by_name {
        return None;
    }
    let families = [&rules.node.local_traffic.ipv4, &rules.node.local_traffic.ipv6];
    let what = families.into_iter().find_map(|detector| match detector {
        LocalDetector::Interface(name) => Some(format!("`{}`, which must exist", name.as_str())),
        LocalDetector::InterfacePrefix(name) => {
            Some(format!("`{}*`, which nft takes for the name of one interface", name.as_str()))
        }
        LocalDetector::None | LocalDetector::Source(_) => None,
    })?;
    let message = format!("kube-proxy {} compares the number of the interface {what}", rules.node.version);
    Some(
        Diagnostic::new(codes::INTERFACE_BY_NUMBER, message)
            .help("without it nft refuses all rules; upgrade kube-proxy, or set clusterCIDR"),
    )
}

fn refused_address(port: &ServicePort, rules: &RuleSet) -> Option<Diagnostic> {
    let of_frontends =
        port.frontends.iter().filter(|frontend| frontend.served).filter_map(|frontend| frontend.address);
    let refused_frontend =
        of_frontends.filter(|ip| Family::of(*ip) != port.family).map(|ip| ip.to_string()).next();
    let text = refused_frontend.or_else(|| refused_endpoint(port, rules))?;
    let message = format!(
        "kube-proxy {} writes address {text} into the {} rules of {}, which nft refuses or takes for another one",
        rules.node.version, port.family, port.id
    );
    Some(
        about(port, codes::ADDRESS_REFUSED, message)
            .help("on a real node no rule of this family would be loaded; mend the address"),
    )
}

/// Only endpoints in a pool are written.
fn refused_endpoint(port: &ServicePort, rules: &RuleSet) -> Option<String> {
    let canonical = rules.node.behavior.canonical_endpoints;
    let members = port.cluster.members.iter().chain(&port.local.members);
    let addresses = members.map(|&id| &rules.backend(port.endpoint(id).backend).address);
    addresses.into_iter().find_map(|address| match (address.spelling(), address.ip()) {
        // An IPv6 address may have any spelling; octets with leading zeros are octal.
        (Some(spelling), Some(ip)) if !canonical && ip.is_ipv6() && Family::of(ip) == port.family => {
            spelling.contains('.').then(|| spelling.to_owned())
        }
        (Some(spelling), _) if !canonical => Some(spelling.to_owned()),
        (_, Some(ip)) if Family::of(ip) == port.family => None,
        (_, Some(ip)) => Some(ip.to_string()),
        (_, None) => Some("<nil>".to_owned()),
    })
}

/// Service ports whose name stands in a comment that is too long.
fn long_comments(rules: &RuleSet, family: Family) -> Vec<Diagnostic> {
    if rules.node.behavior.nftables.cut_comments {
        return Vec::new();
    }
    let long = rules.services_of(family).filter(|port| port.id.len() > Comment::LONGEST);
    let named = long.filter(|port| {
        let is_refused = |route| port.pool(route).is_none();
        port.frontends.iter().any(|frontend| is_refused(frontend.outside) || is_refused(frontend.inside))
    });
    named
        .map(|port| {
            let message = format!(
                "the comment `{}` has {} bytes, and nft takes {}",
                port.id,
                port.id.len(),
                Comment::LONGEST
            );
            about(port, codes::COMMENT_TOO_LONG, message)
                .help("nft refuses every transaction of the family with it; use shorter names")
        })
        .collect()
}

/// Elements that service ports claim with different verdicts: the last one has them. Those without endpoints stand in a
/// map of their own, which is asked later.
fn contested(rules: &RuleSet, family: Family) -> Vec<Diagnostic> {
    let mut owners: FxHashMap<(Option<IpAddr>, Protocol, u16), &ServicePort> = FxHashMap::default();
    let mut found = Vec::new();
    for port in rules.services_of(family) {
        for frontend in port.frontends.iter().filter(|frontend| frontend.served) {
            let Some(before) = owners.insert((frontend.address, port.protocol, frontend.port), port) else {
                continue;
            };
            if before.id == port.id || !before.has_endpoints || !port.has_endpoints {
                continue;
            }
            let at = match frontend.address {
                Some(ip) => SocketAddr::new(ip, frontend.port).to_string(),
                None => format!("node port {}", frontend.port),
            };
            let message =
                format!("{at}/{} belongs to {} as well, which gets its traffic", port.protocol, port.id);
            found.push(
                about(before, codes::CONTESTED, message)
                    .help("which of them wins is random on a node, and may change with every sync"),
            );
        }
    }
    found
}

fn about(port: &ServicePort, code: crate::diagnostics::Code, message: String) -> Diagnostic {
    Diagnostic::new(code, message)
        .about(ObjectRef::new("Service", port.namespace.as_str(), port.name.as_str()))
        .at(port.origin.field("metadata.name"))
}
