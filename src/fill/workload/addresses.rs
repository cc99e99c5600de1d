//! Addresses of pods: drawn inside the pod network of their node.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::placement::PlacedNode;
use crate::fill::Assumptions;
use crate::fill::bands::{Pool, address, number};
use crate::fill::pod::Pod;
use crate::net::Family;
use crate::source::Origin;

/// The pod networks of the nodes and the addresses in use.
pub(super) struct PodAddresses<'a> {
    assumptions: &'a Assumptions,
    taken: Vec<IpAddr>,
    /// Numbers of the nodes' networks in the pod network of the cluster.
    subnets: BTreeMap<Family, Pool>,
    networks: BTreeMap<String, Vec<(IpNet, Pool)>>,
    /// The nodes that had no address left for a pod, and the first such pod.
    full: BTreeMap<String, Origin>,
}

impl<'a> PodAddresses<'a> {
    /// Begins with the addresses of the pods that are known.
    pub(super) fn new(assumptions: &'a Assumptions, known: &[Pod]) -> Self {
        Self {
            assumptions,
            taken: known.iter().flat_map(|pod| pod.ips.iter().copied()).collect(),
            subnets: BTreeMap::new(),
            networks: BTreeMap::new(),
            full: BTreeMap::new(),
        }
    }

    /// An address of each family of the cluster, for a pod that comes from `origin`.
    pub(super) fn draw(&mut self, pod: &str, node: &PlacedNode, origin: Origin) -> Vec<IpAddr> {
        if !self.networks.contains_key(&node.name) {
            let networks = self.networks_of(node);
            self.networks.insert(node.name.clone(), networks);
        }
        let networks = self.networks.get_mut(&node.name).into_iter().flatten();
        let ips: Vec<IpAddr> =
            networks.filter_map(|(network, pool)| Some(address(pool.draw(pod)?, network))).collect();
        if ips.len() < self.assumptions.service_cidrs.len() {
            self.full.entry(node.name.clone()).or_insert(origin);
        }
        ips
    }

    /// The nodes that had no address left for a pod, and the first such pod.
    pub(super) fn full(&self) -> impl Iterator<Item = (&str, Origin)> {
        self.full.iter().map(|(node, origin)| (&**node, *origin))
    }

    /// The pods that got another address than their own.
    pub(super) fn displaced(&self) -> impl Iterator<Item = &String> {
        self.networks.values().flatten().flat_map(|(_, pool)| &pool.displaced)
    }

    /// The pod networks of a node: its own, or a part of the cluster's.
    fn networks_of(&mut self, node: &PlacedNode) -> Vec<(IpNet, Pool)> {
        let families = self.assumptions.service_cidrs.iter().map(Family::of_net);
        let networks: Vec<IpNet> = families
            .filter_map(|family| {
                let own = node.pod_cidrs.iter().find(|cidr| Family::of_net(cidr) == family);
                own.copied().or_else(|| self.part_of_cluster(family, &node.name))
            })
            .collect();
        networks
            .into_iter()
            .map(|network| {
                let mut pool = Pool::of_hosts(&network);
                for ip in self.taken.iter().filter(|ip| network.contains(*ip)) {
                    pool.take(number(*ip));
                }
                (network, pool)
            })
            .collect()
    }

    fn part_of_cluster(&mut self, family: Family, node: &str) -> Option<IpNet> {
        let cluster = self.assumptions.pod_cidrs.iter().find(|cidr| Family::of_net(cidr) == family)?;
        let length = match family {
            Family::Ipv4 => 24,
            Family::Ipv6 => 64,
        };
        let length = length.max(cluster.prefix_len());
        let size = u32::from(length - cluster.prefix_len());
        let pool = self.subnets.entry(family).or_insert_with(|| Pool::of_numbers(1 << size.min(32)));
        let number = pool.draw(node)?;
        cluster.subnets(length).ok()?.nth(usize::try_from(number).ok()?)
    }
}
