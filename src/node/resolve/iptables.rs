//! The settings of the iptables mode.

use super::inputs::Inputs;
use crate::node::context::IptablesSettings;

pub(super) fn settings(inputs: &mut Inputs<'_>) -> IptablesSettings {
    let (config, facts, overrides) = (inputs.config, inputs.facts, inputs.overrides);
    let existing = facts.existing_nat_chains.iter().chain(&overrides.existing_nat_chains);
    IptablesSettings {
        masquerade_bit: masquerade_bit(
            inputs,
            "iptables.masqueradeBit",
            overrides.masquerade_bit.or(config.iptables.masquerade_bit),
        ),
        localhost_node_ports: overrides
            .localhost_node_ports
            .or(config.iptables.localhost_node_ports)
            .unwrap_or(true),
        random_fully: overrides.random_fully.or(facts.iptables_random_fully).unwrap_or(true),
        tcp_be_liberal: overrides.tcp_be_liberal.or(config.conntrack.tcp_be_liberal).unwrap_or(false),
        nfacct: overrides.nfacct.or(facts.nfacct).unwrap_or(false),
        existing_nat_chains: existing.cloned().collect(),
    }
}

/// The bit of a mode's mark; the default where it is not given, or is none.
pub(super) fn masquerade_bit(inputs: &mut Inputs<'_>, field: &str, bit: Option<i64>) -> u8 {
    const DEFAULT: u8 = 14;
    let Some(bit) = bit else { return DEFAULT };
    let valid = u8::try_from(bit).ok().filter(|bit| *bit < 32);
    if valid.is_none() {
        inputs.refuse(field, &bit.to_string(), "0 to 31", "the default is used, 14");
    }
    valid.unwrap_or(DEFAULT)
}
