//! All addresses of the node that the input tells, and those that it certainly has not.

use std::net::IpAddr;

use super::inputs::Inputs;
use crate::diagnostics::Diagnostic;
use crate::manifest::{Cluster, Node};
use crate::name::printable;
use crate::net::parse_ip;
use crate::node::addresses::NodeAddresses;
use crate::node::codes;
use crate::node::context::NodeIps;

/// The internal addresses of its Node object, the ones that kube-proxy uses, and those of its interfaces.
pub(super) fn all(
    ips: &NodeIps,
    interfaces: Option<&[IpAddr]>,
    node: Option<&Node>,
    cluster: &Cluster,
) -> NodeAddresses {
    let internal = node.map_or(&[][..], Node::internal_addresses);
    let mut own: Vec<IpAddr> = [ips.ipv4, ips.ipv6]
        .into_iter()
        .chain(internal.iter().copied())
        .chain(interfaces.into_iter().flatten().copied())
        .filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
        .collect();
    own.sort_unstable();
    own.dedup();
    let name = node.map(|node| &node.name);
    let others = || cluster.nodes.iter().filter(|other| Some(&other.name) != name);
    let of_other_nodes = others().flat_map(|other| &other.addresses).copied();
    NodeAddresses {
        of_other_nodes: of_other_nodes.filter(|ip| own.binary_search(ip).is_err()).collect(),
        other_pods: match node {
            Some(_) => others().flat_map(|other| &other.pod_cidrs).copied().collect(),
            // Any of them may be this one.
            None => Vec::new(),
        },
        is_complete: interfaces.is_some(),
        own,
    }
}

/// The addresses of the interfaces; `None` where the input does not list them.
pub(super) fn of_interfaces(inputs: &mut Inputs<'_>) -> Option<Vec<IpAddr>> {
    let given =
        inputs.overrides.interface_addresses.as_ref().or(inputs.facts.interface_addresses.as_ref())?;
    let mut addresses = Vec::new();
    let of_flags = inputs.overrides.interface_addresses.is_some();
    for (index, text) in (0..).zip(given) {
        if let Some(ip) = parse_ip(text.split('/').next().unwrap_or(text)) {
            addresses.push(ip);
            continue;
        }
        let message = format!("interface address `{}` cannot be read", printable(text));
        let found = Diagnostic::new(codes::FACTS_INVALID, message)
            .allowed("an address, with or without prefix length")
            .help("it is ignored");
        let field = if of_flags { String::new() } else { format!("interfaceAddresses[{index}]") };
        inputs.tell_fact(found, &field);
    }
    Some(addresses)
}
