//! What rules have changed of a packet so far.

use std::net::{IpAddr, SocketAddr};

use crate::answer::verdict::{Locality, Packet, Sender, SourceAddress};

/// The addresses and the mark that a packet carries now.
#[derive(Debug, Clone)]
pub(in crate::platform) struct Header {
    pub(in crate::platform) source: Source,
    pub(in crate::platform) destination: IpAddr,
    pub(in crate::platform) port: u16,
    pub(in crate::platform) mark: u32,
    /// Where the destination was translated to.
    pub(in crate::platform) endpoint: Option<SocketAddr>,
}

/// The source address that a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::platform) enum Source {
    Known(IpAddr),
    /// One of the node's own; which one depends on its routes.
    Node,
}

impl Header {
    /// A packet that no rule has changed; it carries no mark.
    pub(in crate::platform) fn of(packet: &Packet) -> Self {
        Self {
            source: Source::Known(packet.source),
            destination: packet.destination,
            port: packet.port,
            mark: 0,
            endpoint: None,
        }
    }

    pub(in crate::platform) fn translate(&mut self, endpoint: SocketAddr) {
        self.endpoint = Some(endpoint);
        (self.destination, self.port) = (endpoint.ip(), endpoint.port());
    }

    pub(in crate::platform) fn source_address(&self) -> SourceAddress {
        match self.source {
            Source::Known(_) => SourceAddress::Kept,
            Source::Node => SourceAddress::Masqueraded,
        }
    }

    /// Whether the source address is one of the node's.
    pub(in crate::platform) fn is_from_node(&self, packet: &Packet, locality: &Locality<'_>) -> bool {
        match self.source {
            Source::Known(ip) => packet.sender == Sender::Node || locality.host().is_local(ip),
            Source::Node => true,
        }
    }
}

/// The name of the interface by which a packet came in, as rules see it; `None` where it is not told. A packet that
/// did not come in, or knows it no more, has one without a name (Linux since 5.5, `nft_meta_store_ifname`).
pub(in crate::platform) fn input_interface(
    packet: &Packet,
    knows_input: bool,
    came_back: bool,
) -> Option<&str> {
    match (&packet.interface, packet.sender) {
        _ if !knows_input => Some(""),
        _ if came_back => Some("lo"),
        (Some(name), _) => Some(name.as_str()),
        (None, Sender::Node) => Some(""),
        (None, Sender::Pod | Sender::Outside) => None,
    }
}
