//! `nodePortAddresses`: which addresses of the node serve node ports.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::inputs::Inputs;
use crate::diagnostics::Diagnostic;
use crate::net::{Family, PerFamily, parse_cidr};
use crate::node::addresses::NodeAddresses;
use crate::node::behavior::{Behavior, MatchAll, NodePortKeywords};
use crate::node::codes;
use crate::node::context::{NodeIps, NodePortAddresses, NodePortMatch};

/// Which addresses of the node serve node ports: in all modes but one, and in nftables mode.
pub(super) struct Serving {
    pub usual: PerFamily<NodePortAddresses>,
    pub nftables: PerFamily<NodePortMatch>,
}

/// Which addresses of the node serve node ports, in each family.
pub(super) fn addresses(
    inputs: &mut Inputs<'_>,
    ips: &NodeIps,
    interfaces: Option<Vec<IpAddr>>,
    own: &NodeAddresses,
    behavior: &Behavior,
) -> Serving {
    let given = inputs
        .overrides
        .node_port_addresses
        .clone()
        .unwrap_or_else(|| inputs.config.node_port_addresses.clone());
    let mut entries = Vec::new();
    if behavior.node_port_keywords == NodePortKeywords::Primary && given == ["primary"] {
        entries.extend(primary(ips).filter(|entry| !entry.net.addr().is_loopback()));
    } else {
        for text in &given {
            match parse_cidr(text) {
                Some(net) => entries.push(Entry::read(text, net, behavior.match_all)),
                None => inputs.refuse("nodePortAddresses", text, "CIDRs, or from 1.31 on `primary` alone"),
            }
        }
    }
    let is_listed = interfaces.is_some();
    let candidates = interfaces
        .unwrap_or_else(|| [ips.ipv4, ips.ipv6].into_iter().chain(own.own.iter().copied()).collect());
    let of = |entries: &[Entry], family| {
        let entries: Vec<Entry> =
            entries.iter().copied().filter(|entry| Family::of_net(&entry.net) == family).collect();
        of_family(&entries, &candidates, family)
    };
    let usual = PerFamily::of(|family| of(&entries, family));
    let nftables = PerFamily::of(|family| {
        let entries = nftables_entries(&entries, given.is_empty(), ips, family, behavior);
        match of(&entries, family).serving {
            NodePortMatch::All => NodePortMatch::All,
            // Rules for loopback addresses would not work, and kube-proxy leaves them out.
            NodePortMatch::Only(ips) => {
                NodePortMatch::Only(ips.into_iter().filter(|ip| !ip.is_loopback()).collect())
            }
        }
    });
    let chooses = |of: &NodePortAddresses| matches!(of.serving, NodePortMatch::Only(_));
    if !is_listed && (chooses(&usual.ipv4) || chooses(&usual.ipv6)) {
        let message = "nodePortAddresses is set, but the addresses of the interfaces are not known";
        inputs.diagnostics.push(
            Diagnostic::new(codes::INTERFACES_UNKNOWN, message)
                .help("the node's own addresses are used; give --interface-address or a facts file"),
        );
    }
    Serving { usual, nftables }
}

/// The node's own address in each family.
fn primary(ips: &NodeIps) -> impl Iterator<Item = Entry> {
    Family::ALL.map(|family| *ips.get(family)).into_iter().map(|ip| Entry::of(IpNet::from(ip)))
}

/// What counts in nftables mode (N11): up to 1.30 a family without entries has its own address; since then a list
/// without any entry is `primary`, and of other lists a family without entries has all addresses, as in other modes.
fn nftables_entries(
    entries: &[Entry],
    is_empty: bool,
    ips: &NodeIps,
    family: Family,
    behavior: &Behavior,
) -> Vec<Entry> {
    let own = || primary(ips).filter(|entry| Family::of_net(&entry.net) == family);
    let has_entry = entries.iter().any(|entry| Family::of_net(&entry.net) == family);
    if !behavior.nftables.primary_node_ports && !has_entry {
        return own().collect();
    }
    if behavior.nftables.primary_node_ports && is_empty {
        return own().filter(|entry| !entry.net.addr().is_loopback()).collect();
    }
    entries.to_vec()
}

/// kube-proxy goes through the entries up to the first that matches everything.
fn of_family(entries: &[Entry], candidates: &[IpAddr], family: Family) -> NodePortAddresses {
    if entries.is_empty() {
        return NodePortAddresses { serving: NodePortMatch::All, includes_loopback: family == Family::Ipv4 };
    }
    let all = entries.iter().position(|entry| entry.matches_all);
    let considered = &entries[..all.map_or(entries.len(), |at| at + 1)];
    let loopback = IpAddr::from(Ipv4Addr::new(127, 0, 0, 0));
    let includes_loopback =
        considered.iter().any(|entry| entry.net.addr().is_loopback() || entry.net.contains(&loopback));
    let serving = if all.is_some() {
        NodePortMatch::All
    } else {
        let mut serving = candidates.to_vec();
        serving
            .retain(|ip| Family::of(*ip) == family && considered.iter().any(|entry| entry.net.contains(ip)));
        serving.sort();
        serving.dedup();
        NodePortMatch::Only(serving)
    };
    NodePortAddresses { serving, includes_loopback }
}

/// An entry of `nodePortAddresses`.
#[derive(Debug, Clone, Copy)]
struct Entry {
    net: IpNet,
    matches_all: bool,
}

impl Entry {
    fn of(net: IpNet) -> Self {
        Self { net, matches_all: net.prefix_len() == 0 }
    }

    fn read(text: &str, net: IpNet, match_all: MatchAll) -> Self {
        match match_all {
            MatchAll::Text => Self { net, matches_all: matches!(text, "0.0.0.0/0" | "::/0") },
            MatchAll::Length => Self::of(net),
        }
    }
}
