//! What is assumed about a cluster, and what was assumed for one input.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::net::PortRange;

/// What a cluster would decide and manifests do not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumptions {
    /// The service ranges, one or two of different families. The first one's family is the default.
    pub service_cidrs: Vec<IpNet>,
    /// The range of node ports.
    pub node_ports: PortRange,
    /// The pod networks of the cluster, of which each node without one of its own gets a part.
    pub pod_cidrs: Vec<IpNet>,
    /// The namespace of objects that name none.
    pub default_namespace: String,
}

impl Default for Assumptions {
    /// The defaults of kubeadm.
    fn default() -> Self {
        Self {
            service_cidrs: vec![network("10.96.0.0/12")],
            node_ports: PortRange::new(30_000, 32_767).expect("it is a range"),
            pod_cidrs: ["10.244.0.0/16", "fd00:10:244::/48"].map(network).to_vec(),
            default_namespace: "default".into(),
        }
    }
}

fn network(text: &str) -> IpNet {
    text.parse().expect("it is a network")
}

/// What was assumed for an input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assumed {
    /// Cluster IPs and the Services, as `namespace/name`, that they are for.
    pub cluster_ips: Vec<(String, IpAddr)>,
    /// Node ports and health check ports, likewise.
    pub node_ports: Vec<(String, u16)>,
    /// How many pods were made, and of how many workloads.
    pub pods: usize,
    /// See [`pods`](Self::pods).
    pub workloads: usize,
    /// The names of the nodes that were made.
    pub nodes: Vec<String>,
    /// What got another number than its own, as another name has the same: it may change when that one goes.
    pub displaced: Vec<String>,
    /// How many slices were made for the Services.
    pub slices: usize,
}

impl Assumed {
    pub(super) fn service(&mut self, service: &str, addresses: Vec<IpAddr>, ports: Vec<u16>) {
        self.cluster_ips.extend(addresses.into_iter().map(|ip| (service.to_owned(), ip)));
        self.node_ports.extend(ports.into_iter().map(|port| (service.to_owned(), port)));
    }
}
