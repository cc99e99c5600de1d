//! Provider addresses: which node carries an address on an overlay network.

use std::net::IpAddr;

use ipnet::IpNet;
use rustc_hash::FxHashMap;

use super::model::RemoteSubnet;

/// The remote subnets of a network, indexed, since every endpoint of a cluster asks.
#[derive(Debug, Clone, Default)]
pub struct ProviderAddresses {
    /// Position of the last subnet with a prefix.
    by_prefix: FxHashMap<IpNet, usize>,
    /// Position of the last subnet of a node.
    by_node: FxHashMap<IpAddr, usize>,
    /// The lengths of all prefixes, each once.
    lengths: Vec<u8>,
    nodes: Vec<IpAddr>,
}

impl ProviderAddresses {
    /// Indexes the subnets, in the order in which HNS lists them.
    #[must_use]
    pub fn new(subnets: &[RemoteSubnet]) -> Self {
        let mut index = Self::default();
        for (position, subnet) in subnets.iter().enumerate() {
            index.by_prefix.insert(subnet.prefix.trunc(), position);
            index.by_node.insert(subnet.provider_address, position);
            index.nodes.push(subnet.provider_address);
            if !index.lengths.contains(&subnet.prefix.prefix_len()) {
                index.lengths.push(subnet.prefix.prefix_len());
            }
        }
        index
    }

    /// The node's address: of all subnets that hold the address, or whose node it is, the last one counts
    /// (kube-proxy, all versions).
    #[must_use]
    pub fn of(&self, ip: IpAddr) -> Option<IpAddr> {
        let around = |&length: &u8| {
            let prefix = IpNet::new(ip, length).ok()?.trunc();
            self.by_prefix.get(&prefix)
        };
        let subnets = self.lengths.iter().filter_map(around);
        let last = subnets.chain(self.by_node.get(&ip)).max()?;
        Some(self.nodes[*last])
    }

    /// Whether an address is that of a node, or in no subnet of one: connections to it leave the pod network.
    #[must_use]
    pub fn leaves_pods(&self, ip: IpAddr) -> bool {
        self.of(ip).is_none_or(|node| node == ip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_subnet_that_matches_counts() {
        let subnet = |prefix: &str, node: &str| RemoteSubnet {
            prefix: prefix.parse().unwrap(),
            provider_address: node.parse().unwrap(),
        };
        let index = ProviderAddresses::new(&[
            subnet("10.244.2.0/24", "10.0.0.12"),
            subnet("10.244.0.0/16", "10.0.0.99"),
            subnet("10.244.3.0/24", "10.0.0.13"),
            subnet("10.244.4.0/24", "10.0.0.12"),
        ]);
        let of = |ip: &str| index.of(ip.parse().unwrap()).map(|ip| ip.to_string()).unwrap_or_default();
        assert_eq!(of("10.244.2.7"), "10.0.0.99", "the wider one stands later");
        assert_eq!(of("10.244.3.7"), "10.0.0.13");
        assert_eq!(of("10.0.0.12"), "10.0.0.12", "a node carries itself");
        assert_eq!(of("192.0.2.1"), "");
        assert_eq!(of("fd00::1"), "");
    }
}
