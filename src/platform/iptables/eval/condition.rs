//! Whether a packet meets a condition: yes, no, or a reason why that cannot be told.

use std::net::IpAddr;

use super::address::covers;
use super::state::{Source, View};
use crate::answer::verdict::Sender;
use crate::net::Family;
use crate::platform::iptables::model::{
    Address, ConntrackStates, Foreign, ForeignOption, Interface, Is, Match, Recent, RecentOperation,
};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Unknown(Why),
}

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

impl Answer {
    fn of(is: bool) -> Self {
        if is { Self::Yes } else { Self::No }
    }

    /// The answer to the condition, given that to what it compares.
    fn negated_if(self, not: bool) -> Self {
        match self {
            Self::Yes | Self::No => Self::of((self == Self::Yes) != not),
            Self::Unknown(_) => self,
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
        Match::Destination(is) => covered(&is.value, state.destination).negated_if(is.not),
        Match::InInterface(is) => interface(&is.value, view).negated_if(is.not),
        Match::DestinationPort(is) => Answer::of(is.value == state.port).negated_if(is.not),
        Match::ConntrackState(is) => connection(*is, state.connection()),
        Match::SourceIsLocal(is) => Answer::of(match state.source {
            Source::Known(ip) => packet.sender == Sender::Node || locality.host().is_local(ip),
            Source::Node => true,
        })
        .negated_if(is.not),
        Match::DestinationIsLocal(is) => Answer::of(locality.is_local(state.destination)).negated_if(is.not),
        Match::Mark(is) => Answer::of(state.mark & is.value.mask == is.value.value).negated_if(is.not),
        Match::Recent(recent) => Answer::of(remembered(recent, view)),
        Match::Unknown(foreign) => unknown(foreign),
    }
}

fn covered(address: &Address, ip: IpAddr) -> Answer {
    covers(address, ip).map_or(Answer::Unknown(Why::Address), Answer::of)
}

fn source(address: &Address, view: View<'_>) -> Answer {
    match view.state.source {
        Source::Known(ip) => covered(address, ip),
        // It can be told only if it is the same for all of them.
        Source::Node => {
            let family = Family::of(view.state.destination);
            let mut answers = view.locality.host().addresses(family).map(|ip| covered(address, ip));
            let first = answers.next().unwrap_or(Answer::Unknown(Why::NodeAddress));
            if answers.all(|answer| answer == first) { first } else { Answer::Unknown(Why::NodeAddress) }
        }
    }
}

fn interface(interface: &Interface, view: View<'_>) -> Answer {
    let name = match (&view.packet.interface, view.packet.sender) {
        // What does not come in has an interface without a name, which only the empty prefix matches.
        _ if !view.state.stage.hook.knows_input() => "",
        _ if view.state.stage.came_back => "lo",
        (Some(name), _) => name.as_str(),
        (None, Sender::Node) => "",
        (None, Sender::Pod | Sender::Outside) => return Answer::Unknown(Why::Interface),
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
