//! What is wrong with a text although kube-proxy writes it: addresses that `iptables-restore` refuses, and
//! with them the whole text; rules of a node that has none.

use std::net::IpAddr;

use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::ir::{RuleSet, ServicePort};
use crate::net::Family;
use crate::node::{FAULTS, Fault, Meets};
use crate::platform::iptables::codes;
use crate::platform::{Context, Totals};

/// All that is wrong with the texts of these families.
#[must_use]
pub fn problems(rules: &RuleSet, families: &[Family]) -> Vec<Diagnostic> {
    let of_node = not_linux(rules).into_iter().chain(pods_not_recognized(rules));
    of_node.chain(families.iter().flat_map(|family| refused_addresses(rules, *family))).collect()
}

/// Known faults of the node's kube-proxy that Services of the input meet, and the first release without each.
pub(super) fn known_faults(context: Context<'_>) -> Vec<Diagnostic> {
    let met = met_faults(context);
    let report = |fault: &Fault| {
        let services = met.names(fault.id).chain(context.rest.names(fault.id)).cloned().collect();
        fault.report(context.rules.node.version, &services)
    };
    FAULTS.iter().filter(|fault| !fault.is_of_windows).filter_map(report).collect()
}

/// The Services that meet each of these faults.
pub(super) fn met_faults(context: Context<'_>) -> Totals {
    let Context { rules, families, .. } = context;
    let mut met = Totals::default();
    if rules.node.runs_windows {
        return met;
    }
    let meets = |port: &&ServicePort, fault: &Fault| match fault.meets {
        Meets::OddSpelling => has_leading_zeros(port, rules),
        _ => false,
    };
    for fault in FAULTS.iter().filter(|fault| !fault.is_of_windows) {
        let ports = families.iter().flat_map(|family| rules.services_of(*family));
        let concerned = ports.filter(|port| meets(port, fault));
        met.name(fault.id, concerned.map(|port| format!("{}/{}", port.namespace, port.name)));
    }
    met
}

/// Whether an endpoint that is written has an address with leading zeros. IPv6 addresses may have any spelling.
fn has_leading_zeros(port: &ServicePort, rules: &RuleSet) -> bool {
    let members = port.cluster.members.iter().chain(&port.local.members);
    members
        .map(|&id| &rules.backend(port.endpoint(id).backend).address)
        .any(|address| address.spelling().is_some_and(|text| !text.contains(':')) && address.ip().is_some())
}

/// A warning when the node cannot have these rules at all.
fn not_linux(rules: &RuleSet) -> Option<Diagnostic> {
    let name = rules.node.name.as_ref().filter(|_| rules.node.runs_windows)?;
    let message = format!("node {name} runs Windows, where kube-proxy writes no iptables rules");
    Some(
        Diagnostic::new(codes::WINDOWS_NODE, message)
            .help("these are the rules of a Linux node in its place"),
    )
}

/// A note when rules depend on the network of the pods, which nobody has given.
#[must_use]
pub fn pods_not_recognized(rules: &RuleSet) -> Option<Diagnostic> {
    let is_open =
        rules.node.local_traffic_is_assumed && !rules.node.masquerade_all && !rules.services.is_empty();
    is_open.then(|| {
        let message = "no configuration of kube-proxy is given, so rules do not tell pods from other clients";
        Diagnostic::new(codes::PODS_NOT_RECOGNIZED, message)
            .help("name it with --config, or the network of the pods with --cluster-cidr")
    })
}

/// An error for each service port that makes the text of its family unusable.
fn refused_addresses(rules: &RuleSet, family: Family) -> Vec<Diagnostic> {
    rules.services_of(family).filter_map(|port| refused(port, rules)).collect()
}

fn refused(port: &ServicePort, rules: &RuleSet) -> Option<Diagnostic> {
    let text = refused_frontend(port).or_else(|| refused_endpoint(port, rules))?;
    let message = format!(
        "kube-proxy {} writes address {text} into the {} rules of {}, which iptables refuses",
        rules.node.version, port.family, port.id
    );
    Some(
        Diagnostic::new(codes::ADDRESS_REFUSED, message)
            .about(ObjectRef::new("Service", port.namespace.as_str(), port.name.as_str()))
            .at(port.origin.field("metadata.name"))
            .help("on a real node no rule of this family would be loaded; mend the address"),
    )
}

fn refused_frontend(port: &ServicePort) -> Option<String> {
    let addresses =
        port.frontends.iter().filter(|frontend| frontend.served).filter_map(|frontend| frontend.address);
    addresses.filter(|ip| Family::of(*ip) != port.family).map(|ip| ip.to_string()).next()
}

/// Only endpoints in a pool are written.
fn refused_endpoint(port: &ServicePort, rules: &RuleSet) -> Option<String> {
    let canonical = rules.node.behavior.canonical_endpoints;
    let members = port.cluster.members.iter().chain(&port.local.members);
    members.map(|&id| &rules.backend(port.endpoint(id).backend).address).find_map(|address| {
        let of_family = |ip: IpAddr| Family::of(ip) == port.family;
        match (address.spelling(), address.ip()) {
            (Some(spelling), _) if !canonical => Some(spelling.to_owned()),
            (_, Some(ip)) if of_family(ip) => None,
            (_, Some(ip)) => Some(ip.to_string()),
            (_, None) => Some("<nil>".to_owned()),
        }
    })
}
