//! Whether a packet meets a condition: yes, no, or a reason why that cannot be told.

use std::net::IpAddr;

use super::hooks::Stage;
use super::tables::Tables;
use crate::answer::verdict::{Locality, Packet};
use crate::net::Family;
use crate::platform::netfilter::{self, Header, Source, input_interface};
use crate::platform::nftables::model::{
    Address, AddressRange, Foreign, Interface, Key, Lookup, Name, Operation, Side, Statement, States,
};

/// What changes while a packet passes rules.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) stage: Stage,
    pub(super) header: Header,
    /// The sets that the client was looked for in.
    pub(super) looked_in: Vec<Name>,
    /// The sets that the client was added to.
    pub(super) added_to: Vec<Name>,
}

/// All that a condition can look at.
#[derive(Clone, Copy)]
pub(super) struct View<'v> {
    pub(super) packet: &'v Packet,
    pub(super) locality: &'v Locality<'v>,
    pub(super) tables: &'v Tables<'v>,
    pub(super) state: &'v State,
}

/// Whether a condition holds.
pub(super) type Answer = netfilter::Answer<Why>;

/// Why it cannot be told whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It is of a kind that this program does not evaluate.
    Foreign,
    /// The interface by which the packet comes in was not told.
    Interface,
    /// The address is one that nft does not load.
    Address,
    /// The packet carries an address of the node, but which one depends on its routes.
    NodeAddress,
    /// The set or map is not in the text.
    NoContainer,
    /// The set or map has elements that this program does not know.
    ForeignElements,
}

impl Why {
    /// The end of the sentence "… cannot be evaluated: ".
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Foreign => "it is not known to hnsplan",
            Self::Interface => "the interface by which the packet comes in is not told",
            Self::Address => "it has an address that nft does not load",
            Self::NodeAddress => "which address of the node the packet carries is not told",
            Self::NoContainer => "the set or map is not in this text",
            Self::ForeignElements => "the set or map has elements that are not known to hnsplan",
        }
    }
}

impl State {
    pub(super) fn new(packet: &Packet, stage: Stage) -> Self {
        Self { stage, header: Header::of(packet), looked_in: Vec::new(), added_to: Vec::new() }
    }

    pub(super) fn set_mark(&mut self, operation: Operation, mask: u32) {
        match operation {
            Operation::Or => self.header.mark |= mask,
            Operation::Xor => self.header.mark ^= mask,
        }
    }
}

/// Whether a condition holds; statements that do something always do.
pub(super) fn answer(statement: &Statement, view: View<'_>) -> Answer {
    let View { packet, locality, state, tables } = view;
    let header = &state.header;
    match statement {
        Statement::Addresses { side, not, ranges, .. } => addresses(*side, ranges, view).negated_if(*not),
        Statement::InSet { lookup, not, set } => in_set(*lookup, set, view).negated_if(*not),
        Statement::IsLocal(Side::Destination) => Answer::of(locality.is_local(header.destination)),
        Statement::IsLocal(Side::Source) => Answer::of(header.is_from_node(packet, locality)),
        Statement::InInterface(interface) => in_interface(interface, view),
        Statement::Protocol(protocol) => Answer::of(*protocol == packet.protocol),
        Statement::Port(protocol, port) => Answer::of(*protocol == packet.protocol && *port == header.port),
        Statement::State(states) => Answer::of(states.contains(States::NEW)),
        Statement::IsTranslated => Answer::of(header.endpoint.is_some()),
        Statement::Mark { mask, is_set } => Answer::of((header.mark & mask != 0) == *is_set),
        Statement::VerdictMap { lookup, map } => match tables.container(map.as_str()) {
            None => Answer::Unknown(Why::NoContainer),
            Some(of) => match key(*lookup, view) {
                Err(why) => Answer::Unknown(why),
                Ok(key) => found(of.get(&key)),
            },
        },
        Statement::Foreign(foreign) => foreign_answer(foreign),
        Statement::SetMark(..)
        | Statement::Choose(_)
        | Statement::Translate(_)
        | Statement::Remember(_)
        | Statement::Masquerade { .. }
        | Statement::Reject
        | Statement::Verdict(_)
        | Statement::Counter(_) => Answer::Yes,
    }
}

fn found<T>(element: Result<Option<T>, ()>) -> Answer {
    element.map_or(Answer::Unknown(Why::ForeignElements), |element| Answer::of(element.is_some()))
}

/// What is looked up in sets and maps.
pub(super) fn key(lookup: Lookup, view: View<'_>) -> Result<Key, Why> {
    let header = &view.state.header;
    let source = || match header.source {
        Source::Known(ip) => Ok(Address::Ip(ip)),
        Source::Node => Err(Why::NodeAddress),
    };
    let destination = Address::Ip(header.destination);
    let protocol = view.packet.protocol;
    Ok(match lookup {
        Lookup::Source => Key::Address(source()?),
        Lookup::Destination => Key::Address(destination),
        Lookup::Service => Key::Service(destination, protocol, header.port),
        Lookup::NodePort => Key::NodePort(protocol, header.port),
        Lookup::Pair => Key::Pair([source()?, destination], protocol, header.port),
    })
}

fn in_set(lookup: Lookup, set: &Name, view: View<'_>) -> Answer {
    let Some(of) = view.tables.container(set.as_str()) else { return Answer::Unknown(Why::NoContainer) };
    if lookup == Lookup::Source && of.is_of_clients() {
        // What it holds now is no rule: clients come and go.
        let before = view.packet.remembered.is_some_and(|endpoint| of.remembers(endpoint));
        return Answer::of(before || view.state.added_to.contains(set));
    }
    match key(lookup, view) {
        Err(why) => Answer::Unknown(why),
        Ok(key) => found(of.get(&key)),
    }
}

fn addresses(side: Side, ranges: &[AddressRange], view: View<'_>) -> Answer {
    let covered = |ip: IpAddr| {
        let mut is_unknown = false;
        for range in ranges {
            match covers(range, ip) {
                Some(true) => return Answer::Yes,
                Some(false) => {}
                None => is_unknown = true,
            }
        }
        if is_unknown { Answer::Unknown(Why::Address) } else { Answer::No }
    };
    let header = &view.state.header;
    match (side, header.source) {
        (Side::Destination, _) => covered(header.destination),
        (Side::Source, Source::Known(ip)) => covered(ip),
        (Side::Source, Source::Node) => {
            let addresses = view.locality.host().addresses(Family::of(header.destination));
            Answer::of_one_among(addresses.map(covered), Why::NodeAddress)
        }
    }
}

/// Whether addresses contain one; `None` where nft would not load them.
pub(super) fn covers(range: &AddressRange, ip: IpAddr) -> Option<bool> {
    Some(match range {
        AddressRange::Ip(one) => *one == ip,
        AddressRange::Net(net) => net.contains(&ip),
        AddressRange::Range(first, last) => (*first..=*last).contains(&ip),
        AddressRange::Verbatim(word) => Address::Verbatim(word.clone()).ip()? == ip,
    })
}

fn in_interface(interface: &Interface, view: View<'_>) -> Answer {
    let Stage { hook, came_back, .. } = view.state.stage;
    let Some(name) = input_interface(view.packet, hook.knows_input(), came_back) else {
        return Answer::Unknown(Why::Interface);
    };
    let wanted = interface.name.as_str();
    let is = if interface.is_prefix { name.starts_with(wanted) } else { name == wanted };
    Answer::of(is).negated_if(interface.not)
}

/// What watches packets does nothing with them.
fn foreign_answer(foreign: &Foreign) -> Answer {
    const WATCHING: [&str; 2] = ["log", "counter"];
    let first = foreign.as_str().split(' ').next().unwrap_or_default();
    if WATCHING.contains(&first) { Answer::Yes } else { Answer::Unknown(Why::Foreign) }
}
