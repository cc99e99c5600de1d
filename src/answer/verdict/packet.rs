//! What is asked: a packet that starts a connection, and the node that it meets.

use std::net::{IpAddr, SocketAddr};

use rustc_hash::FxHashSet;

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

/// The addresses of the node that packets meet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    addresses: FxHashSet<IpAddr>,
}

impl Host {
    /// A node with these addresses, and the loopback ones.
    #[must_use]
    pub fn new(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self { addresses: addresses.into_iter().collect() }
    }

    /// Whether packets to this address end at the node.
    #[must_use]
    pub fn is_local(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.addresses.contains(&ip)
    }

    /// The addresses of one family that others can answer to: all but the loopback ones.
    pub fn addresses(&self, family: Family) -> impl Iterator<Item = IpAddr> {
        self.addresses.iter().copied().filter(move |ip| Family::of(*ip) == family && !ip.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses_are_local_everywhere() {
        let host = Host::new(["192.168.0.2", "2001:db8::2"].map(|ip| ip.parse().unwrap()));
        for local in ["192.168.0.2", "127.0.0.1", "127.9.9.9", "::1", "2001:db8::2"] {
            assert!(host.is_local(local.parse().unwrap()), "{local}");
        }
        for remote in ["192.168.0.3", "::2", "10.96.0.1"] {
            assert!(!host.is_local(remote.parse().unwrap()), "{remote}");
        }
    }
}
