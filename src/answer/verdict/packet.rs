//! What is asked: a packet that starts a connection.

use std::net::{IpAddr, SocketAddr};

use crate::name::InterfaceName;
use crate::net::{Family, Protocol};

/// A packet that starts a connection, as it is before the node does anything to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Packet {
    /// Who sent it.
    pub sender: Sender,
    /// The sender's address.
    pub source: IpAddr,
    /// Where it is to go.
    pub destination: IpAddr,
    /// Its protocol.
    pub protocol: Protocol,
    /// The port that it is to go to.
    pub port: u16,
    /// The interface of the node by which it comes in, where that is known.
    ///
    /// Packets of the node itself come in by none. Rules that ask for an interface stay undecided without.
    pub interface: Option<InterfaceName>,
    /// The endpoint that this client was sent to before, within the time of session affinity.
    pub remembered: Option<SocketAddr>,
}

/// Who sends a packet, as the node sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sender {
    /// A pod on this node with an address of its own.
    Pod,
    /// The node: its processes and the pods in its network, from a loopback address too.
    Node,
    /// Everybody else: other nodes and their pods, and hosts outside of the cluster.
    Outside,
}

impl Packet {
    /// The family of its addresses.
    #[must_use]
    pub fn family(&self) -> Family {
        Family::of(self.destination)
    }
}
