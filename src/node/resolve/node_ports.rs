//! `nodePortAddresses`: which addresses of the node serve node ports.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::inputs::Inputs;
use crate::diagnostics::Diagnostic;
use crate::net::{Family, PerFamily, parse_cidr};
use crate::node::addresses::NodeAddresses;
use crate::node::behavior::{Behavior, MatchAll, NodePortKeywords};
use crate::node::codes;
use crate::node::config::NODE_PORT_ADDRESSES;
use crate::node::context::{LocalhostNodePorts, NodeIps, NodePortAddresses, NodePortMatch};

/// Which addresses of the node serve node ports: in all modes but one, and in nftables mode.
pub(super) struct Serving {
    pub usual: PerFamily<NodePortAddresses>,
    pub nftables: OfNftables,
}

/// What nftables mode makes of the setting.
pub(super) struct OfNftables {
    pub addresses: PerFamily<NodePortMatch>,
    pub on_localhost: PerFamily<LocalhostNodePorts>,
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
    let entries = entries(&given, inputs, ips, behavior);
    let is_listed = interfaces.is_some();
    // Every node has loopback addresses.
    let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    let candidates = interfaces.unwrap_or_else(|| {
        [ips.ipv4, ips.ipv6].into_iter().chain(own.own.iter().copied()).chain(loopback).collect()
    });
    let usual = PerFamily::of(|family| of_family(&of(&entries, family), &candidates, family));
    let nftables = PerFamily::of(|family| {
        let entries = nftables_entries(&entries, given.is_empty(), ips, family, behavior);
        match of_family(&of(&entries, family), &candidates, family).serving {
            NodePortMatch::All => NodePortMatch::All,
            // Rules for loopback addresses would not work, and kube-proxy leaves them out.
            NodePortMatch::Only(ips) => {
                NodePortMatch::Only(ips.into_iter().filter(|ip| !ip.is_loopback()).collect())
            }
        }
    });
    let on_localhost = PerFamily::of(|family| on_localhost(&of(&entries, family), behavior));
    let chooses = |of: &NodePortAddresses| matches!(of.serving, NodePortMatch::Only(_));
    if !is_listed && (chooses(&usual.ipv4) || chooses(&usual.ipv6)) {
        let message = "nodePortAddresses is set, but the addresses of the interfaces are not known";
        let help = "the node's own addresses are used; give --interface-address or a facts file";
        inputs.tell(Diagnostic::new(codes::INTERFACES_UNKNOWN, message).help(help), "nodePortAddresses");
    }
    Serving { usual, nftables: OfNftables { addresses: nftables, on_localhost } }
}

/// The entries of the setting, with the words that the version takes (V10) in their places.
fn entries(given: &[String], inputs: &mut Inputs<'_>, ips: &NodeIps, behavior: &Behavior) -> Vec<Entry> {
    let keywords = behavior.node_port_keywords;
    let takes_words = match keywords {
        NodePortKeywords::None => false,
        NodePortKeywords::Primary => given == ["primary"],
        NodePortKeywords::Mixed => true,
    };
    let mut entries = Vec::new();
    let of_flags = inputs.overrides.node_port_addresses.is_some();
    for (index, text) in (0..).zip(given) {
        match (text.as_str(), parse_cidr(text)) {
            ("primary", _) if takes_words => {
                entries.extend(primary(ips).filter(|entry| !entry.net.addr().is_loopback()));
            }
            ("localhost", _) if keywords == NodePortKeywords::Mixed => {
                entries.extend(LOCALHOST.map(Entry::of));
            }
            ("all", _) if keywords == NodePortKeywords::Mixed => entries.extend(ALL.map(Entry::of)),
            (_, Some(net)) => entries.push(Entry::read(text, net, behavior.match_all)),
            (_, None) => {
                let field = if of_flags {
                    "nodePortAddresses".to_owned()
                } else {
                    format!("nodePortAddresses[{index}]")
                };
                inputs.refuse(&field, text, NODE_PORT_ADDRESSES, "the entry is left out");
            }
        }
    }
    entries
}

/// The loopback addresses of both families.
const LOCALHOST: [IpNet; 2] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
];

/// The addresses of both families.
const ALL: [IpNet; 2] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0)),
];

/// The entries of one family.
fn of(entries: &[Entry], family: Family) -> Vec<Entry> {
    entries.iter().copied().filter(|entry| Family::of_net(&entry.net) == family).collect()
}

/// Whether kube-proxy in nftables mode serves loopback addresses itself (N16): with the gate, and where an entry of the
/// family is a loopback network. One of all addresses is none.
fn on_localhost(entries: &[Entry], behavior: &Behavior) -> LocalhostNodePorts {
    let is_loopback = |entry: &&Entry| entry.net.network().is_loopback() && entry.net.prefix_len() > 0;
    match (behavior.nftables.localhost_node_ports, considered(entries).iter().find(is_loopback)) {
        (false, _) => LocalhostNodePorts::Unhandled,
        (true, None) => LocalhostNodePorts::Rejected,
        (true, Some(_)) => LocalhostNodePorts::ServedByProxy,
    }
}

/// kube-proxy goes through the entries up to the first that matches everything.
fn considered(entries: &[Entry]) -> &[Entry] {
    let all = entries.iter().position(|entry| entry.matches_all);
    &entries[..all.map_or(entries.len(), |at| at + 1)]
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

/// Which addresses the entries of a family choose.
fn of_family(entries: &[Entry], candidates: &[IpAddr], family: Family) -> NodePortAddresses {
    if entries.is_empty() {
        return NodePortAddresses { serving: NodePortMatch::All, includes_loopback: family == Family::Ipv4 };
    }
    let considered = considered(entries);
    let loopback = IpAddr::from(Ipv4Addr::new(127, 0, 0, 0));
    let includes_loopback =
        considered.iter().any(|entry| entry.net.addr().is_loopback() || entry.net.contains(&loopback));
    let serving = if considered.last().is_some_and(|entry| entry.matches_all) {
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
