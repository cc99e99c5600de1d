//! The settings of the nftables mode.

use ipnet::IpNet;

use super::inputs::Inputs;
use super::iptables::masquerade_bit;
use super::node_ports::OfNftables;
use crate::diagnostics::Diagnostic;
use crate::name::printable;
use crate::net::parse_cidr;
use crate::node::codes;
use crate::node::context::NftablesSettings;

pub(super) fn settings(inputs: &mut Inputs<'_>, node_ports: OfNftables) -> NftablesSettings {
    let (config, overrides) = (inputs.config, inputs.overrides);
    NftablesSettings {
        masquerade_all: overrides.masquerade_all.or(config.nftables.masquerade_all).unwrap_or(false),
        // The flag for iptables says nothing about it.
        masquerade_bit: masquerade_bit(inputs, config.nftables.masquerade_bit),
        node_port_addresses: node_ports.addresses,
        localhost_node_ports: node_ports.on_localhost,
        service_cidrs: service_cidrs(inputs),
    }
}

/// The networks of the facts file, in the order in which they are written.
fn service_cidrs(inputs: &mut Inputs<'_>) -> Vec<IpNet> {
    let mut cidrs = Vec::new();
    for text in inputs.facts.service_cidrs.iter().flatten() {
        if let Some(net) = parse_cidr(text) {
            cidrs.push(net);
            continue;
        }
        let message = format!("serviceCIDRs entry `{}` cannot be read", printable(text));
        let found = Diagnostic::new(codes::FACTS_INVALID, message).allowed("a CIDR, as in 10.96.0.0/12");
        inputs.diagnostics.push(found.help("it is ignored"));
    }
    cidrs.sort_by_cached_key(ToString::to_string);
    cidrs.dedup();
    cidrs
}
