//! The settings of the nftables mode.

use ipnet::IpNet;

use super::inputs::Inputs;
use super::iptables::masquerade_bit;
use super::node_ports::OfNftables;
use crate::diagnostics::Diagnostic;
use crate::manifest::Cluster;
use crate::name::printable;
use crate::net::parse_cidr;
use crate::node::codes;
use crate::node::context::NftablesSettings;

pub(super) fn settings(
    inputs: &mut Inputs<'_>,
    node_ports: OfNftables,
    cluster: &Cluster,
) -> NftablesSettings {
    let (config, overrides) = (inputs.config, inputs.overrides);
    NftablesSettings {
        masquerade_all: overrides.masquerade_all.or(config.nftables.masquerade_all).unwrap_or(false),
        // The flag for iptables says nothing about it.
        masquerade_bit: masquerade_bit(inputs, "nftables.masqueradeBit", config.nftables.masquerade_bit),
        node_port_addresses: node_ports.addresses,
        localhost_node_ports: node_ports.on_localhost,
        service_cidrs: service_cidrs(inputs, cluster),
    }
}

/// The networks of the `ServiceCIDR` objects, which kube-proxy reads; where there are none, those of the facts file.
fn service_cidrs(inputs: &mut Inputs<'_>, cluster: &Cluster) -> Vec<IpNet> {
    let told = of_facts(inputs);
    if cluster.service_cidrs.is_empty() {
        return told;
    }
    let cidrs = sorted(cluster.service_cidrs.iter().flat_map(|of| &of.cidrs).copied().collect());
    if inputs.facts.service_cidrs.is_some() && cidrs != told {
        let list = |cidrs: &[IpNet]| {
            let texts: Vec<String> = cidrs.iter().map(ToString::to_string).collect();
            if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
        };
        let message = format!(
            "the ServiceCIDR objects name {}, and serviceCIDRs of the facts {}",
            list(&cidrs),
            list(&told)
        );
        let first = &cluster.service_cidrs[0];
        let found = Diagnostic::new(codes::SERVICE_CIDRS_DIFFER, message).about(first.reference());
        inputs.diagnostics.push(found.at(first.origin.field("spec.cidrs")).help("the objects are used"));
    }
    cidrs
}

/// The networks of the facts file.
fn of_facts(inputs: &mut Inputs<'_>) -> Vec<IpNet> {
    let mut cidrs = Vec::new();
    let facts = inputs.facts;
    for (index, text) in (0..).zip(facts.service_cidrs.iter().flatten()) {
        if let Some(net) = parse_cidr(text) {
            cidrs.push(net);
            continue;
        }
        let message = format!("serviceCIDRs entry `{}` cannot be read", printable(text));
        let found = Diagnostic::new(codes::FACTS_INVALID, message).allowed("a CIDR, as in 10.96.0.0/12");
        inputs.tell_fact(found.help("it is ignored"), &format!("serviceCIDRs[{index}]"));
    }
    sorted(cidrs)
}

fn sorted(mut cidrs: Vec<IpNet>) -> Vec<IpNet> {
    cidrs.sort_by_cached_key(ToString::to_string);
    cidrs.dedup();
    cidrs
}
