//! Whether a packet meets a condition: yes, no, or a reason why that cannot be told.

use std::net::{IpAddr, SocketAddr};

use super::hooks::Stage;
use super::tables::Tables;
use crate::answer::verdict::{Locality, Packet, Sender, SourceAddress};
use crate::net::Family;
use crate::platform::nftables::model::{
    Address, AddressRange, Foreign, Interface, Key, Lookup, Name, Operation, Side, Statement, States,
};

/// What changes while a packet passes rules.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) stage: Stage,
    pub(super) source: Source,
    pub(super) destination: IpAddr,
    pub(super) port: u16,
    pub(super) mark: u32,
    /// Where the destination was translated to.
    pub(super) endpoint: Option<SocketAddr>,
    /// The sets that the client was looked for in.
    pub(super) looked_in: Vec<Name>,
    /// The sets that the client was added to.
    pub(super) added_to: Vec<Name>,
}

/// The source address that a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Known(IpAddr),
    /// One of the node's own; which one depends on its routes.
    Node,
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

impl Answer {
    fn of(is: bool) -> Self {
        if is { Self::Yes } else { Self::No }
    }

    fn negated_if(self, not: bool) -> Self {
        match self {
            Self::Yes | Self::No => Self::of((self == Self::Yes) != not),
            Self::Unknown(_) => self,
        }
    }
}

impl State {
    pub(super) fn new(packet: &Packet, stage: Stage) -> Self {
        Self {
            stage,
            source: Source::Known(packet.source),
            destination: packet.destination,
            port: packet.port,
            mark: 0,
            endpoint: None,
            looked_in: Vec::new(),
            added_to: Vec::new(),
        }
    }

    pub(super) fn translate(&mut self, endpoint: SocketAddr) {
        self.endpoint = Some(endpoint);
        (self.destination, self.port) = (endpoint.ip(), endpoint.port());
    }

    pub(super) fn set_mark(&mut self, operation: Operation, mask: u32) {
        match operation {
            Operation::Or => self.mark |= mask,
            Operation::Xor => self.mark ^= mask,
        }
    }

    pub(super) fn source_address(&self) -> SourceAddress {
        match self.source {
            Source::Known(_) => SourceAddress::Kept,
            Source::Node => SourceAddress::Masqueraded,
        }
    }
}

/// Whether a condition holds; statements that do something always do.
pub(super) fn answer(statement: &Statement, view: View<'_>) -> Answer {
    let View { packet, locality, state, tables } = view;
    match statement {
        Statement::Addresses { side, not, ranges, .. } => addresses(*side, ranges, view).negated_if(*not),
        Statement::InSet { lookup, not, set } => in_set(*lookup, set, view).negated_if(*not),
        Statement::IsLocal(Side::Destination) => Answer::of(locality.is_local(state.destination)),
        Statement::IsLocal(Side::Source) => Answer::of(match state.source {
            Source::Known(ip) => packet.sender == Sender::Node || locality.host().is_local(ip),
            Source::Node => true,
        }),
        Statement::InInterface(interface) => in_interface(interface, view),
        Statement::Protocol(protocol) => Answer::of(*protocol == packet.protocol),
        Statement::Port(protocol, port) => Answer::of(*protocol == packet.protocol && *port == state.port),
        Statement::State(states) => Answer::of(states.contains(States::NEW)),
        Statement::IsTranslated => Answer::of(state.endpoint.is_some()),
        Statement::Mark { mask, is_set } => Answer::of((state.mark & mask != 0) == *is_set),
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
    let state = view.state;
    let source = || match state.source {
        Source::Known(ip) => Ok(Address::Ip(ip)),
        Source::Node => Err(Why::NodeAddress),
    };
    let destination = Address::Ip(state.destination);
    let protocol = view.packet.protocol;
    Ok(match lookup {
        Lookup::Source => Key::Address(source()?),
        Lookup::Destination => Key::Address(destination),
        Lookup::Service => Key::Service(destination, protocol, state.port),
        Lookup::NodePort => Key::NodePort(protocol, state.port),
        Lookup::Pair => Key::Pair([source()?, destination], protocol, state.port),
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
    match (side, view.state.source) {
        (Side::Destination, _) => covered(view.state.destination),
        (Side::Source, Source::Known(ip)) => covered(ip),
        // It can be told only if it is the same for all of them.
        (Side::Source, Source::Node) => {
            let family = Family::of(view.state.destination);
            let mut answers = view.locality.host().addresses(family).map(covered);
            let first = answers.next().unwrap_or(Answer::Unknown(Why::NodeAddress));
            if answers.all(|answer| answer == first) { first } else { Answer::Unknown(Why::NodeAddress) }
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

/// A packet that did not come in has an interface without a name (Linux since 5.5, `nft_meta_store_ifname`).
fn in_interface(interface: &Interface, view: View<'_>) -> Answer {
    let name = match (&view.packet.interface, view.packet.sender) {
        _ if !view.state.stage.knows_input() => "",
        _ if view.state.stage.came_back => "lo",
        (Some(name), _) => name.as_str(),
        (None, Sender::Node) => "",
        (None, Sender::Pod | Sender::Outside) => return Answer::Unknown(Why::Interface),
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
