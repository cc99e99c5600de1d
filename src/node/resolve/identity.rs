//! Which node it is: its name, its object, its addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::inputs::Inputs;
use crate::diagnostics::Diagnostic;
use crate::manifest::{Cluster, Node};
use crate::name::Subdomain;
use crate::net::{Family, parse_ip};
use crate::node::codes;
use crate::node::context::NodeIps;

/// The node's name, in lower case (kube-proxy, all versions), and its object.
pub(super) fn choose<'c>(
    inputs: &mut Inputs<'_>,
    cluster: &'c Cluster,
) -> (Option<Subdomain>, Option<&'c Node>) {
    let given = inputs.overrides.node.as_deref().unwrap_or(&inputs.config.hostname_override);
    let given = given.trim().to_lowercase();
    if given.is_empty() {
        let [only] = cluster.nodes.as_slice() else {
            let help = match cluster.nodes.first() {
                Some(node) => format!("for example --node {}", node.name),
                None => "name it with --node".to_owned(),
            };
            let message = "the node is not named, so no endpoint is local";
            inputs.diagnostics.push(Diagnostic::new(codes::NODE_NOT_NAMED, message).help(help));
            return (None, None);
        };
        let message = format!("compiled for node {}, the only one in the input", only.name);
        inputs.diagnostics.push(Diagnostic::new(codes::NODE_CHOSEN, message));
        return (Some(only.name.clone()), Some(only));
    }
    let Ok(name) = Subdomain::new(&given) else {
        let field = if inputs.overrides.node.is_some() { "the node's name" } else { "hostnameOverride" };
        let instead = "no node is chosen, and no endpoint counts as local";
        inputs.refuse(field, &given, "lower-case letters, digits, `-` and `.`", instead);
        return (None, None);
    };
    let node = cluster.node(name.as_str());
    if node.is_none() {
        let message = format!("node {name} is not in the input");
        inputs.diagnostics.push(
            Diagnostic::new(codes::NODE_NOT_FOUND, message)
                .help("its zone and addresses are unknown; add the output of kubectl get nodes -o yaml"),
        );
    }
    (Some(name), node)
}

/// The first address of each family, internal ones before external ones; then the bind address. The
/// family of a specific bind address, or else of the first address, is the primary one.
pub(super) fn addresses(inputs: &mut Inputs<'_>, node: Option<&Node>) -> (NodeIps, Family) {
    let addresses = node.map_or(&[][..], |node| &node.addresses);
    let first = |family| addresses.iter().copied().find(|ip| Family::of(*ip) == family);
    let mut ips = NodeIps {
        ipv4: first(Family::Ipv4).unwrap_or(Ipv4Addr::LOCALHOST.into()),
        ipv6: first(Family::Ipv6).unwrap_or(Ipv6Addr::LOCALHOST.into()),
    };
    let bind = inputs.overrides.bind_address.as_ref().unwrap_or(&inputs.config.bind_address);
    let mut primary = addresses.first().copied().map_or(Family::Ipv4, Family::of);
    match parse_ip(bind) {
        _ if bind.is_empty() => {}
        None => {
            inputs.refuse(
                "bindAddress",
                &bind.clone(),
                "an IP address",
                "the addresses of the node are used",
            );
        }
        Some(ip) if ip.is_unspecified() => {}
        Some(ip) => {
            primary = Family::of(ip);
            match ip {
                IpAddr::V4(_) => ips.ipv4 = ip,
                IpAddr::V6(_) => ips.ipv6 = ip,
            }
        }
    }
    (ips, primary)
}
