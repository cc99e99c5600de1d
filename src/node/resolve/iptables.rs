//! The settings of the iptables mode.

use super::inputs::Inputs;
use super::{local_traffic, node_ports};
use crate::manifest::Node;
use crate::node::behavior::NodePortKeywords;
use crate::node::context::{IptablesSettings, NodeIps};

pub(super) fn settings(
    inputs: &mut Inputs<'_>,
    node: Option<&Node>,
    ips: &NodeIps,
    keywords: NodePortKeywords,
) -> IptablesSettings {
    let (config, facts, overrides) = (inputs.config, inputs.facts, inputs.overrides);
    let existing = facts.existing_nat_chains.iter().chain(&overrides.existing_nat_chains);
    IptablesSettings {
        masquerade_all: overrides.masquerade_all.or(config.iptables.masquerade_all).unwrap_or(false),
        masquerade_bit: masquerade_bit(inputs),
        localhost_node_ports: overrides
            .localhost_node_ports
            .or(config.iptables.localhost_node_ports)
            .unwrap_or(true),
        random_fully: overrides.random_fully.or(facts.iptables_random_fully).unwrap_or(true),
        tcp_be_liberal: overrides.tcp_be_liberal.or(config.conntrack.tcp_be_liberal).unwrap_or(false),
        nfacct: overrides.nfacct.or(facts.nfacct).unwrap_or(false),
        local_traffic: local_traffic::detectors(inputs, node),
        node_port_addresses: node_ports::addresses(inputs, ips, keywords),
        existing_nat_chains: existing.cloned().collect(),
    }
}

fn masquerade_bit(inputs: &mut Inputs<'_>) -> u8 {
    const DEFAULT: u8 = 14;
    let bit = inputs.overrides.masquerade_bit.or(inputs.config.iptables.masquerade_bit);
    let Some(bit) = bit else { return DEFAULT };
    let valid = u8::try_from(bit).ok().filter(|bit| *bit < 32);
    if valid.is_none() {
        inputs.refuse("masqueradeBit", &bit.to_string(), "0 to 31");
    }
    valid.unwrap_or(DEFAULT)
}
