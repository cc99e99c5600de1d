//! The packet on its way: what rules have changed of it so far.

use super::hooks::Stage;
use super::index::Key;
use super::recent::Lists;
use crate::answer::verdict::{Locality, Packet};
use crate::platform::iptables::model::{ChainName, ConntrackStates, Masked};
use crate::platform::netfilter::{Header, Source};

/// What changes while a packet passes rules.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) stage: Stage,
    pub(super) header: Header,
    /// The `recent` lists that the client was put on.
    pub(super) listed: Vec<ChainName>,
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
        Self { stage, header: Header::of(packet), listed: Vec::new() }
    }

    pub(super) fn key(&self, packet: &Packet) -> Key {
        Key { destination: self.header.destination, protocol: packet.protocol, port: self.header.port }
    }

    /// Clears the bits of the mask, then flips those of the value (Linux, `mark_tg`).
    pub(super) fn set_mark(&mut self, set: Masked) {
        self.header.mark = (self.header.mark & !set.mask) ^ set.value;
    }

    /// The states of the connection: a new one, which may be translated by now.
    pub(super) fn connection(&self) -> ConntrackStates {
        let translated = |yes: bool, state| if yes { state } else { ConntrackStates::default() };
        ConntrackStates::NEW
            .or(translated(self.header.endpoint.is_some(), ConntrackStates::DNAT))
            .or(translated(self.header.source == Source::Node, ConntrackStates::SNAT))
    }
}
