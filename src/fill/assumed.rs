//! What was assumed for one input.

use std::net::IpAddr;

use super::Assumptions;

/// What was assumed for an input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assumed {
    /// Cluster IPs and the Services, as `namespace/name`, that they are for.
    pub cluster_ips: Vec<(String, IpAddr)>,
    /// Node ports and health check ports.
    pub node_ports: Vec<AssumedPort>,
    /// Addresses of load balancers, likewise.
    pub load_balancers: Vec<(String, IpAddr)>,
    /// The pods that were made.
    pub pods: Vec<AssumedPod>,
    /// The workloads that they were made of.
    pub workloads: Vec<Replicas>,
    /// The names of the nodes that were made.
    pub nodes: Vec<String>,
    /// What got another number than its own, as another name has the same: it may change when that one goes.
    pub displaced: Vec<String>,
    /// How many slices were made for the Services.
    pub slices: usize,
    /// The assumptions with all that was left open decided: they give the same result again.
    pub used: Assumptions,
}

/// A port of all nodes that was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssumedPort {
    /// The Service that it is for, as `namespace/name`.
    pub service: String,
    /// The number.
    pub number: u16,
    /// What asks there.
    pub purpose: PortPurpose,
}

/// What a port of all nodes is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortPurpose {
    /// Traffic for the port of the Service with this name, which may be empty. Of two protocols the first one's name.
    Traffic(String),
    /// Health checks of load balancers.
    HealthCheck,
}

impl AssumedPort {
    /// `nodePort:shop/web:http`, `nodePort:shop/web` or `healthCheckNodePort:shop/web`
    #[must_use]
    pub fn symbol(&self) -> String {
        let service = &self.service;
        match &self.purpose {
            PortPurpose::Traffic(name) if name.is_empty() => format!("nodePort:{service}"),
            PortPurpose::Traffic(name) => format!("nodePort:{service}:{name}"),
            PortPurpose::HealthCheck => format!("healthCheckNodePort:{service}"),
        }
    }
}

/// A pod that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssumedPod {
    /// `namespace/name`
    pub name: String,
    /// Its addresses, those of its node if it has no network of its own.
    pub ips: Vec<IpAddr>,
    /// Whether it has the network of its node.
    pub has_host_network: bool,
    /// The position of its workload among those that pods were made of.
    pub workload: usize,
}

/// How many pods of a workload were made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replicas {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How many it should have.
    pub count: u64,
    /// Whether no manifest says how many.
    pub is_assumed: bool,
}

impl Assumed {
    pub(super) fn service(&mut self, service: &str, addresses: Vec<IpAddr>, ports: Vec<AssumedPort>) {
        self.cluster_ips.extend(addresses.into_iter().map(|ip| (service.to_owned(), ip)));
        self.node_ports.extend(ports);
    }

    /// Whether nothing was assumed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cluster_ips.is_empty()
            && self.node_ports.is_empty()
            && self.load_balancers.is_empty()
            && self.pods.is_empty()
            && self.nodes.is_empty()
    }
}
