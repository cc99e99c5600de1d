//! The numbers of the HCN schema.

use bitflags::bitflags;
use serde::{Serialize, Serializer};

use crate::net::Protocol;

bitflags! {
    /// `Flags` of an endpoint.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct EndpointFlags: u32 {
        /// It is on another node.
        const REMOTE = 1;
        /// No traffic between containers of one network.
        const DISABLE_ICC = 2;
        /// Its packets are mirrored.
        const MIRRORING = 4;
        /// Its interface is preferred.
        const LOW_METRIC = 8;
        /// Its DNS servers come first.
        const OVERRIDE_DNS = 16;
        /// It asks DHCP for its address.
        const DHCP = 32;
    }

    /// `Flags` of a load balancer.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct LoadBalancerFlags: u32 {
        /// Direct server return: answers do not pass the load balancer, and clients keep their address.
        const DSR = 1;
        /// It is for IPv6.
        const IPV6 = 2;
    }

    /// `Flags` of a port mapping.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct PortFlags: u32 {
        /// An internal load balancer; kube-proxy never asks for one.
        const ILB = 1;
        /// The address is one of the node's own.
        const LOCAL_ROUTED_VIP = 2;
        /// The port is shared among the nodes of a load balancer.
        const USE_MUX = 4;
        /// The destination address is kept.
        const PRESERVE_DIP = 8;
        /// Clients come from outside the cluster.
        const VIP_EXTERNAL_IP = 16;
    }
}

macro_rules! serialized_as_number {
    ($($flags:ty),*) => {$(
        impl Serialize for $flags {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u32(self.bits())
            }
        }
    )*};
}
serialized_as_number!(EndpointFlags, LoadBalancerFlags, PortFlags);

/// `DistributionType`: what of a packet decides about its endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Distribution(pub u32);

impl Distribution {
    /// Addresses, ports and protocol: each connection on its own.
    pub const TUPLE: Self = Self(0);
    /// Source address and protocol.
    pub const SOURCE_IP_PROTOCOL: Self = Self(1);
    /// The source address: session affinity.
    pub const SOURCE_IP: Self = Self(2);
}

/// The number of a protocol in a port mapping.
#[must_use]
pub fn protocol_number(protocol: Protocol) -> u32 {
    match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
        Protocol::Sctp => 132,
    }
}

/// The name of a protocol's number, for people.
#[must_use]
pub fn protocol_name(number: u32) -> String {
    match number {
        6 => "TCP".to_owned(),
        17 => "UDP".to_owned(),
        132 => "SCTP".to_owned(),
        other => format!("protocol {other}"),
    }
}

impl Distribution {
    /// Whether each connection is on its own, which is what HNS does without the member.
    #[must_use]
    pub fn is_tuple(&self) -> bool {
        *self == Self::TUPLE
    }
}

impl Serialize for Distribution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}
