//! What on a node belongs to Services, although no Service of the input wants it.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;

/// What on a node is taken for an object of a Service, although no Service of the input wants it.
#[derive(Debug, Clone)]
pub struct Ownership {
    /// The networks that cluster IPs come from.
    pub service_networks: Vec<IpNet>,
    /// The ports that node ports come from.
    pub node_ports: RangeInclusive<u16>,
}

impl Default for Ownership {
    /// No networks, and the range of node ports that the API server has unless it is told otherwise.
    fn default() -> Self {
        Self { service_networks: Vec::new(), node_ports: 30000..=32767 }
    }
}

impl Ownership {
    /// Whether an address is one that cluster IPs come from.
    #[must_use]
    pub fn is_of_services(&self, ip: IpAddr) -> bool {
        self.service_networks.iter().any(|net| net.contains(&ip))
    }

    /// Whether a port is one that node ports come from.
    #[must_use]
    pub fn is_node_port(&self, port: u16) -> bool {
        self.node_ports.contains(&port)
    }
}
