//! Whether a packet meets a condition: yes, no, or a reason why that cannot be told.

use std::net::IpAddr;

use super::address::covers;
use super::hooks::Stage;
use super::state::View;
use crate::net::Family;
use crate::platform::iptables::model::{
    Address, ConntrackStates, Foreign, ForeignOption, Interface, Is, Match, Recent, RecentOperation,
};
use crate::platform::netfilter::{self, Source, input_interface};

/// Whether a condition holds.
pub(super) type Answer = netfilter::Answer<Why>;

/// Why it cannot be told whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It is of a kind that this program does not evaluate.
    Foreign,
    /// The interface by which the packet comes in was not told.
    Interface,
    /// The address is one that iptables does not load, or a name.
    Address,
    /// The packet carries an address of the node, but which one depends on its routes.
    NodeAddress,
}

impl Why {
    /// The end of the sentence "… cannot be evaluated: ".
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Foreign => "it is not known to hnsplan",
            Self::Interface => "the interface by which the packet comes in is not told",
            Self::Address => "it is no address that iptables loads",
            Self::NodeAddress => "which address of the node the packet carries is not told",
        }
    }
}

/// Whether a condition is about the packet's header, which the kernel compares before all modules (Linux,
/// `ipt_do_table`).
pub(super) fn is_header(condition: &Match) -> bool {
    match condition {
        Match::Source(_) | Match::Destination(_) | Match::InInterface(_) | Match::Protocol(_) => true,
        Match::Unknown(foreign) => {
            matches!(first(foreign).name(), "-s" | "-d" | "-i" | "-o" | "-p" | "-f")
        }
        _ => false,
    }
}

/// Whether a condition holds, without the effect of asking.
///
/// Chance is not asked here: a `statistic` match may hold, so it does.
pub(super) fn answer(condition: &Match, view: View<'_>) -> Answer {
    let View { packet, locality, state, .. } = view;
    match condition {
        Match::Comment(_) | Match::Accounting(_) | Match::Statistic(_) => Answer::Yes,
        Match::Protocol(is) => Answer::of(is.value == packet.protocol).negated_if(is.not),
        Match::Source(is) => source(&is.value, view).negated_if(is.not),
        Match::Destination(is) => covered(&is.value, state.header.destination).negated_if(is.not),
        Match::InInterface(is) => interface(&is.value, view).negated_if(is.not),
        Match::DestinationPort(is) => Answer::of(is.value == state.header.port).negated_if(is.not),
        Match::ConntrackState(is) => connection(*is, state.connection()),
        Match::SourceIsLocal(is) => {
            Answer::of(state.header.is_from_node(packet, locality)).negated_if(is.not)
        }
        Match::DestinationIsLocal(is) => {
            Answer::of(locality.is_local(state.header.destination)).negated_if(is.not)
        }
        Match::Mark(is) => Answer::of(state.header.mark & is.value.mask == is.value.value).negated_if(is.not),
        Match::Recent(recent) => Answer::of(remembered(recent, view)),
        Match::Unknown(foreign) => unknown(foreign),
    }
}

fn covered(address: &Address, ip: IpAddr) -> Answer {
    covers(address, ip).map_or(Answer::Unknown(Why::Address), Answer::of)
}

fn source(address: &Address, view: View<'_>) -> Answer {
    match view.state.header.source {
        Source::Known(ip) => covered(address, ip),
        Source::Node => {
            let family = Family::of(view.state.header.destination);
            let addresses = view.locality.host().addresses(family);
            Answer::of_one_among(addresses.map(|ip| covered(address, ip)), Why::NodeAddress)
        }
    }
}

fn interface(interface: &Interface, view: View<'_>) -> Answer {
    let Stage { hook, came_back, .. } = view.state.stage;
    // Only the empty prefix matches an interface without a name.
    let Some(name) = input_interface(view.packet, hook.knows_input(), came_back) else {
        return Answer::Unknown(Why::Interface);
    };
    let wanted = interface.name.as_str();
    Answer::of(if interface.prefix { name.starts_with(wanted) } else { name == wanted })
}

fn connection(is: Is<ConntrackStates>, states: ConntrackStates) -> Answer {
    Answer::of(is.value.intersects(states)).negated_if(is.not)
}

/// Whether the client is on a list; putting it there always holds.
fn remembered(recent: &Recent, view: View<'_>) -> bool {
    match recent.operation {
        RecentOperation::Set => true,
        RecentOperation::Check { .. } => {
            let before =
                view.packet.remembered.is_some_and(|endpoint| view.lists.remembers(recent.list, endpoint));
            before || view.state.listed.contains(&recent.list)
        }
    }
}

/// What can be said of a condition that the model does not know.
fn unknown(foreign: &Foreign) -> Answer {
    let option = first(foreign);
    match (option.name(), option.values().next()) {
        _ if foreign.always_matches() => Answer::Yes,
        ("-p", Some(protocol)) if is_other_protocol(protocol) => Answer::No.negated_if(option.not()),
        _ => Answer::Unknown(Why::Foreign),
    }
}

fn first(foreign: &Foreign) -> &ForeignOption {
    foreign.options().first().expect("an unknown condition has an option")
}

/// Whether this is a protocol by name or number, and none that Services have.
fn is_other_protocol(text: &str) -> bool {
    const NAMES: [&str; 14] = [
        "icmp",
        "icmpv6",
        "ipv6-icmp",
        "igmp",
        "ipv4",
        "ipv6",
        "ipip",
        "esp",
        "ah",
        "gre",
        "dccp",
        "udplite",
        "ospf",
        "vrrp",
    ];
    let number = text.parse::<u8>().is_ok_and(|number| ![0, 6, 17, 132].contains(&number));
    number || NAMES.contains(&text)
}
