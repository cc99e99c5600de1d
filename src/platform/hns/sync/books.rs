//! What kube-proxy on Windows remembers: of each service port the ids of its load balancers, of each endpoint the id of
//! its HNS endpoint, of each remote endpoint how often it is used.
//!
//! It compares what is wanted with these books and not with HNS: what is marked as applied is not looked at again.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::ir::{FrontendKind, PassedOver, ProxyAnnotations, RuleSet, ServicePort};
use crate::manifest::{AddressType, Backend, TargetPort, TrafficPolicy};
use crate::net::{Family, Protocol};
use crate::platform::hns::model::{Address, Guid};
use crate::platform::timeline::{Moment, ServiceName};

/// `namespace/name:port` and the protocol: the order in which service ports are gone through.
pub(super) type PortKey = (Box<str>, Protocol);

/// Kind, address with its spelling, port, and whether rules lead to it. Where its traffic goes is decided by endpoints.
type WishedFrontend = (FrontendKind, Option<IpAddr>, Option<Box<str>>, u16, bool);

/// What a Service says of one of its ports: what makes kube-proxy take it for another one when it changes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish {
    frontends: Vec<WishedFrontend>,
    passed_over: Vec<PassedOver>,
    target_port: TargetPort,
    internal_policy: TrafficPolicy,
    external_policy: TrafficPolicy,
    affinity_seconds: Option<u32>,
    source_ranges: Vec<IpNet>,
    health_check_node_port: Option<u16>,
    annotations: ProxyAnnotations,
}

impl Wish {
    fn of(port: &ServicePort) -> Self {
        let frontends = port.frontends.iter();
        Self {
            frontends: frontends
                .map(|of| (of.kind, of.address, of.spelling.clone(), of.port, of.served))
                .collect(),
            passed_over: port.passed_over.clone(),
            target_port: port.target_port.clone(),
            internal_policy: port.internal_policy,
            external_policy: port.external_policy,
            affinity_seconds: port.affinity_seconds,
            source_ranges: port.source_ranges.clone(),
            health_check_node_port: port.health_check_node_port,
            annotations: port.annotations,
        }
    }
}

/// What is wanted of the service ports of a family, by Service.
pub(super) type Wishes = BTreeMap<ServiceName, BTreeMap<PortKey, Wish>>;

/// The wishes of service ports.
pub(super) fn wishes(ports: &[&ServicePort], family: Family) -> Wishes {
    let mut wishes = Wishes::new();
    for port in ports.iter().filter(|port| port.family == family) {
        wishes.entry(name_of(port)).or_default().insert(key_of(port), Wish::of(port));
    }
    wishes
}

pub(super) fn key_of(port: &ServicePort) -> PortKey {
    (port.id.clone(), port.protocol)
}

pub(super) fn name_of(port: &ServicePort) -> ServiceName {
    (port.namespace.as_str().into(), port.name.as_str().into())
}

/// What is remembered of a service port.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    /// The port of the pods that load balancers lead to, 0 until an endpoint tells it.
    pub(super) target_port: u16,
    /// The load balancer of the cluster IP.
    pub(super) cluster_ip: Option<Guid>,
    /// That of the node port.
    pub(super) node_port: Option<Guid>,
    /// Those of the external IPs.
    pub(super) external: Vec<(Address, Option<Guid>)>,
    /// Those of the addresses of the load balancer.
    pub(super) ingress: Vec<Ingress>,
    /// Whether everything was made; if so, nothing of it is looked at in a sync.
    pub(super) is_applied: bool,
    /// The endpoint of the cluster IP on an overlay network, where this service port made it.
    pub(super) vip_endpoint: Option<Counted>,
    /// `winProxyOptimization`, which keeps load balancers over changes of endpoints.
    pub(super) is_optimized: bool,
}

/// An address of a load balancer.
#[derive(Debug, Clone)]
pub(super) struct Ingress {
    pub(super) address: Address,
    pub(super) balancer: Option<Guid>,
    pub(super) health_check: Option<Guid>,
}

impl Book {
    /// A book in which nothing stands yet.
    pub(super) fn new(port: &ServicePort, external: Vec<Address>, ingress: Vec<Address>) -> Self {
        let target_port = match port.target_port {
            TargetPort::Number(number) => number,
            TargetPort::Name(_) => 0,
        };
        let blank = |address| Ingress { address, balancer: None, health_check: None };
        Self {
            target_port,
            external: external.into_iter().map(|address| (address, None)).collect(),
            ingress: ingress.into_iter().map(blank).collect(),
            is_optimized: port.annotations.proxy_optimization,
            ..Self::default()
        }
    }

    /// All load balancers, in the order in which they are deleted.
    pub(super) fn balancers(&mut self) -> impl Iterator<Item = &mut Option<Guid>> {
        let external = self.external.iter_mut().map(|(_, balancer)| balancer);
        let ingress = self.ingress.iter_mut().flat_map(|of| {
            // Of health checks only those that are there are asked for.
            std::iter::once(&mut of.balancer).chain(Some(&mut of.health_check).filter(|id| id.is_some()))
        });
        [&mut self.cluster_ip, &mut self.node_port].into_iter().chain(external).chain(ingress)
    }
}

/// A remote endpoint that is counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    /// Its id, as long as it was not deleted.
    pub(super) id: Option<Guid>,
    /// Whose count it has a share in.
    pub(super) counts: Option<Guid>,
}

/// What is remembered of an endpoint of a service port.
#[derive(Debug, Clone)]
pub(super) struct EndpointBook {
    pub(super) text: Box<str>,
    pub(super) address: Option<Address>,
    pub(super) port: u16,
    pub(super) is_local: bool,
    pub(super) ready: bool,
    pub(super) serving: bool,
    pub(super) terminating: bool,
    pub(super) counted: Counted,
    /// Whether it was cleaned up, after which its count is nothing to it.
    pub(super) is_released: bool,
}

impl EndpointBook {
    /// An endpoint of a slice on a port that its Service has not; none without an address.
    fn of(backend: &Backend, port: u16, rules: &RuleSet) -> Option<Self> {
        let ip = backend.address.ip()?;
        let text = SocketAddr::new(ip, port).to_string().into();
        let is_local = rules.node.is_this_node(backend.node.as_ref());
        Some(Self::new(text, Some(Address::Ip(ip)), port, is_local, backend))
    }

    fn new(text: Box<str>, address: Option<Address>, port: u16, is_local: bool, backend: &Backend) -> Self {
        Self {
            text,
            address,
            port,
            is_local,
            ready: backend.ready,
            serving: backend.serving,
            terminating: backend.terminating,
            counted: Counted::default(),
            is_released: false,
        }
    }

    /// The endpoints of a service port, of which nothing is looked up yet.
    pub(super) fn all(port: &ServicePort, rules: &RuleSet) -> Vec<Self> {
        let canonical = rules.node.behavior.canonical_endpoints;
        let book = |endpoint: &crate::ir::Endpoint| {
            let backend = rules.backend(endpoint.backend);
            let spelling = backend.address.spelling().filter(|_| !canonical);
            let address = backend.address.ip().map(|ip| spelling.map_or(Address::Ip(ip), Address::of));
            Self::new(endpoint.text.clone(), address, endpoint.port, endpoint.local, backend)
        };
        port.endpoints.iter().map(book).collect()
    }
}

/// Endpoints by the ports of their Service.
pub(super) type EndpointsByPort = BTreeMap<PortKey, Vec<EndpointBook>>;

/// The endpoints of Services by their ports, also of ports that slices have and the Service has not: kube-proxy keeps them
/// until the Service has such a port.
pub(super) fn endpoints_of(
    services: &BTreeSet<ServiceName>,
    family: Family,
    moment: &Moment<'_>,
) -> BTreeMap<ServiceName, EndpointsByPort> {
    let Moment { rules, cluster, .. } = moment;
    let mut all: BTreeMap<ServiceName, EndpointsByPort> = BTreeMap::new();
    if services.is_empty() {
        return all;
    }
    for (namespace, name) in services {
        for port in rules.ports_of(namespace, name).filter(|port| port.family == family) {
            let ports = all.entry(name_of(port)).or_default();
            ports.insert(key_of(port), EndpointBook::all(port, rules));
        }
    }
    let mut unserved: BTreeMap<(ServiceName, PortKey), BTreeMap<Box<str>, EndpointBook>> = BTreeMap::new();
    for slice in cluster.slices.iter().filter(|slice| slice.address_type == AddressType::Ip(family)) {
        let service: ServiceName = (slice.namespace.as_str().into(), slice.service.as_str().into());
        if !services.contains(&service) {
            continue;
        }
        for port in &slice.ports {
            let name = match port.name.as_str() {
                "" => format!("{}/{}", service.0, service.1),
                name => format!("{}/{}:{name}", service.0, service.1),
            };
            let key: PortKey = (name.into(), port.protocol);
            if all.get(&service).is_some_and(|ports| ports.contains_key(&key)) {
                continue;
            }
            let backends = slice.backends.range().map(|position| &cluster.backends[position as usize]);
            let known = backends.filter_map(|backend| EndpointBook::of(backend, port.port, rules));
            let of_port = unserved.entry((service.clone(), key)).or_default();
            of_port.extend(known.map(|endpoint| (endpoint.text.clone(), endpoint)));
        }
    }
    for ((service, key), endpoints) in unserved {
        all.entry(service).or_default().insert(key, endpoints.into_values().collect());
    }
    all
}

/// How often each remote endpoint is used, by id. Entries of deleted endpoints stay.
#[derive(Debug, Clone, Default)]
pub(super) struct RefCounts(pub(super) BTreeMap<Guid, u16>);

impl RefCounts {
    pub(super) fn add(&mut self, id: Guid) {
        *self.0.entry(id).or_default() += 1;
    }

    /// Takes one away, and tells how many are left.
    pub(super) fn take(&mut self, id: Option<Guid>) -> u16 {
        let Some(count) = id.and_then(|id| self.0.get_mut(&id)) else { return 0 };
        *count = count.saturating_sub(1);
        *count
    }

    pub(super) fn of(&self, id: Guid) -> u16 {
        self.0.get(&id).copied().unwrap_or_default()
    }
}

/// All books of the proxier of a family.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) services: BTreeMap<PortKey, Book>,
    pub(super) endpoints: EndpointsByPort,
    pub(super) counts: RefCounts,
    /// Load balancers that could not be deleted.
    pub(super) stale: BTreeSet<Guid>,
    /// Addresses that left the slices in this sync.
    pub(super) terminated: BTreeSet<Address>,
}
