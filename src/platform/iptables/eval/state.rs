//! The packet on its way: what rules have changed of it so far.

use std::net::{IpAddr, SocketAddr};

use super::hooks::Stage;
use super::index::Key;
use super::recent::Lists;
use crate::answer::verdict::{Locality, Packet, SourceAddress};
use crate::platform::iptables::model::{ChainName, ConntrackStates, Masked};

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
    /// The `recent` lists that the client was put on.
    pub(super) listed: Vec<ChainName>,
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
    pub(super) lists: &'v Lists,
    pub(super) state: &'v State,
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
            listed: Vec::new(),
        }
    }

    pub(super) fn key(&self, packet: &Packet) -> Key {
        Key { destination: self.destination, protocol: packet.protocol, port: self.port }
    }

    pub(super) fn translate(&mut self, endpoint: SocketAddr) {
        self.endpoint = Some(endpoint);
        (self.destination, self.port) = (endpoint.ip(), endpoint.port());
    }

    /// Clears the bits of the mask, then flips those of the value (Linux, `mark_tg`).
    pub(super) fn set_mark(&mut self, set: Masked) {
        self.mark = (self.mark & !set.mask) ^ set.value;
    }

    /// The states of the connection: a new one, which may be translated by now.
    pub(super) fn connection(&self) -> ConntrackStates {
        let translated = |yes: bool, state| if yes { state } else { ConntrackStates::default() };
        ConntrackStates::NEW
            .or(translated(self.endpoint.is_some(), ConntrackStates::DNAT))
            .or(translated(self.source == Source::Node, ConntrackStates::SNAT))
    }

    pub(super) fn source_address(&self) -> SourceAddress {
        match self.source {
            Source::Known(_) => SourceAddress::Kept,
            Source::Node => SourceAddress::Masqueraded,
        }
    }
}
