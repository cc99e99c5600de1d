//! A Service with the API server's defaults applied, as far as kube-proxy reads it.

use std::net::IpAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Serialize;

use super::positions::Positions;
use super::raw::{RawIngress, RawObject, RawServicePort, RawSpec};
use super::value::{port, protocol, version};
use crate::diagnostics::ObjectRef;
use crate::manifest::format::{Int, IntOrText, Text};
use crate::name::{Label, PortName, Subdomain};
use crate::net::{Family, Protocol, parse_cidr, parse_ip};
use crate::source::Origin;

/// The session affinity timeout of `sessionAffinity: ClientIP` without one (API server's default).
const DEFAULT_AFFINITY_SECONDS: u32 = 10_800;

/// A Service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service {
    /// Its namespace.
    pub namespace: Label,
    /// Its name.
    pub name: Label,
    /// `spec.type`
    pub type_: ServiceType,
    /// Its cluster IPs.
    pub cluster_ip: ClusterIp,
    /// `spec.ports`, those with a usable number and protocol.
    pub ports: Vec<ServicePort>,
    /// `spec.externalIPs`, in order, those that are addresses.
    pub external_ips: Vec<WrittenIp>,
    /// `status.loadBalancer.ingress` with an address, in order.
    pub ingress: Vec<Ingress>,
    /// `status.loadBalancer.ingress` with a host name and no address, in order. No proxier serves them.
    pub ingress_hostnames: Vec<Subdomain>,
    /// `spec.loadBalancerSourceRanges`, in order, those that are CIDRs.
    pub source_ranges: Vec<IpNet>,
    /// Seconds of `ClientIP` affinity.
    pub affinity_seconds: Option<u32>,
    /// `spec.internalTrafficPolicy`
    pub internal_policy: TrafficPolicy,
    /// `spec.externalTrafficPolicy`; `Cluster` where the Service cannot be reached from outside.
    pub external_policy: TrafficPolicy,
    /// `spec.healthCheckNodePort` of a `LoadBalancer` with the external policy `Local`.
    pub health_check_node_port: Option<u16>,
    /// The label `service.kubernetes.io/service-proxy-name` exists: another proxy serves it.
    pub has_other_proxy: bool,
    /// The label `service.kubernetes.io/headless` exists.
    pub has_headless_label: bool,
    /// A topology annotation requests hints (read by kube-proxy 1.30 only).
    pub has_hints_annotation: bool,
    /// It selects pods, so that slices are made for it.
    pub has_selector: bool,
    /// The annotation `preserve-destination` is `true` (read on Windows).
    pub preserve_destination: bool,
    /// The annotation `winProxyOptimization` is not `disabled` (read on Windows).
    pub proxy_optimization: bool,
    /// `metadata.resourceVersion`, if it is a number.
    pub resource_version: Option<u64>,
    /// Its slices, as positions in [`Cluster::slices`](crate::manifest::Cluster).
    pub slices: Positions,
    /// Where it was read.
    pub origin: Origin,
}

/// `spec.type`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub enum ServiceType {
    /// Reachable by its cluster IP.
    ClusterIP,
    /// A DNS alias; no rules.
    ExternalName,
    /// Reachable by a load balancer as well.
    LoadBalancer,
    /// Reachable by a port of each node as well.
    NodePort,
}

/// The cluster IPs of a Service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClusterIp {
    /// `None`: clients find the pods by DNS.
    Headless,
    /// Not allocated yet.
    Missing,
    /// The address of each proxier's family. The family is the declared one, which kube-proxy trusts.
    Allocated(Vec<(Family, IpAddr)>),
}

impl ClusterIp {
    /// The address that the proxier of a family serves.
    #[must_use]
    pub fn of(&self, family: Family) -> Option<IpAddr> {
        match self {
            Self::Allocated(ips) => ips.iter().find(|(of, _)| *of == family).map(|(_, ip)| *ip),
            Self::Headless | Self::Missing => None,
        }
    }
}

/// `spec.ports[]`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServicePort {
    /// Its name, empty for an unnamed port.
    pub name: PortName,
    /// Its protocol.
    pub protocol: Protocol,
    /// The port of the Service's addresses.
    pub port: u16,
    /// The port of every node, if any.
    pub node_port: Option<u16>,
    /// The port of the pods, as the Service names it.
    pub target_port: TargetPort,
}

/// `spec.ports[].targetPort`. iptables takes the port from the slice; Windows looks here as well.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum TargetPort {
    /// A number.
    Number(u16),
    /// The name of a container port, or a number that is not a port.
    Name(Box<str>),
}

/// Which endpoints may serve traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub enum TrafficPolicy {
    /// All of them.
    Cluster,
    /// Those on this node.
    Local,
}

/// An address that leads to a Service from outside, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WrittenIp {
    /// The address.
    pub ip: IpAddr,
    /// Its text, where that is not the canonical one: kube-proxy up to 1.32 passes it to HNS unchanged.
    pub spelling: Option<Box<str>>,
}

/// An address of the load balancer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ingress {
    /// The address.
    pub address: WrittenIp,
    /// How traffic to it arrives.
    pub mode: IngressMode,
}

/// `status.loadBalancer.ingress[].ipMode`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IngressMode {
    /// Packets arrive at the node with this address as destination.
    Vip,
    /// The load balancer opens connections of its own, to the node or the pod.
    Proxy,
}

impl Service {
    /// Reads a Service; `None` when its name or namespace could not be written safely.
    pub(in crate::manifest) fn convert(raw: RawObject, namespace: &str, origin: Origin) -> Option<Self> {
        let RawObject { metadata, spec, status, .. } = raw;
        let type_ = service_type(spec.type_.as_ref());
        let externally_reachable = match type_ {
            ServiceType::LoadBalancer | ServiceType::NodePort => true,
            ServiceType::ClusterIP => !spec.external_ips.is_empty(),
            ServiceType::ExternalName => false,
        };
        let external_policy = match policy(spec.external_traffic_policy.as_ref()) {
            TrafficPolicy::Local if externally_reachable => TrafficPolicy::Local,
            _ => TrafficPolicy::Cluster,
        };
        let has_health_check = type_ == ServiceType::LoadBalancer && external_policy == TrafficPolicy::Local;
        let annotations = &metadata.annotations;
        Some(Self {
            namespace: Label::new(namespace).ok()?,
            name: Label::new(metadata.name.as_ref()?.as_str()).ok()?,
            type_,
            cluster_ip: cluster_ip(&spec),
            external_ips: spec.external_ips.iter().filter_map(written_ip).collect(),
            ingress: status.load_balancer.ingress.iter().filter_map(ingress).collect(),
            ingress_hostnames: status.load_balancer.ingress.iter().filter_map(hostname).collect(),
            source_ranges: ranges(&spec.load_balancer_source_ranges),
            affinity_seconds: affinity_seconds(&spec),
            internal_policy: policy(spec.internal_traffic_policy.as_ref()),
            external_policy,
            health_check_node_port: spec.health_check_node_port.and_then(port).filter(|_| has_health_check),
            has_other_proxy: metadata.labels.has("service.kubernetes.io/service-proxy-name"),
            has_headless_label: metadata.labels.has("service.kubernetes.io/headless"),
            has_hints_annotation: annotations
                .get("service.kubernetes.io/topology-aware-hints")
                .or_else(|| annotations.get("service.kubernetes.io/topology-mode"))
                .is_some_and(|mode| !matches!(mode, "" | "disabled" | "Disabled")),
            has_selector: !spec.selector.is_empty(),
            preserve_destination: annotations.get("preserve-destination") == Some("true"),
            proxy_optimization: annotations
                .get("winProxyOptimization")
                .is_none_or(|value| value.to_uppercase() != "DISABLED"),
            resource_version: version(metadata.resource_version.as_ref()),
            ports: service_ports(spec.ports),
            slices: Positions::default(),
            origin,
        })
    }

    /// The Service, for a diagnostic.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        ObjectRef::new("Service", self.namespace.as_str(), self.name.as_str())
    }

    /// Whether it is headless, or its cluster IP has not been allocated.
    #[must_use]
    pub fn has_no_cluster_ip(&self) -> bool {
        !matches!(self.cluster_ip, ClusterIp::Allocated(_))
    }
}

fn service_type(text: Option<&Text>) -> ServiceType {
    match text.map(Text::as_str) {
        Some("NodePort") => ServiceType::NodePort,
        Some("LoadBalancer") => ServiceType::LoadBalancer,
        Some("ExternalName") => ServiceType::ExternalName,
        _ => ServiceType::ClusterIP,
    }
}

fn policy(text: Option<&Text>) -> TrafficPolicy {
    match text.map(Text::as_str) {
        Some("Local") => TrafficPolicy::Local,
        _ => TrafficPolicy::Cluster,
    }
}

/// The cluster IP of each family: the declared families name them in order; without declared families
/// the first address speaks for itself (kube-proxy, all versions).
fn cluster_ip(spec: &RawSpec) -> ClusterIp {
    let declared = spec.cluster_ip.as_ref().filter(|ip| !ip.as_str().is_empty());
    let Some(first) = declared.or(spec.cluster_ips.first()) else {
        return ClusterIp::Missing;
    };
    if first.as_str() == "None" {
        return ClusterIp::Headless;
    }
    let texts = if spec.cluster_ips.is_empty() { std::slice::from_ref(first) } else { &spec.cluster_ips };
    let ips = texts.iter().map(|text| parse_ip(text.as_str()));
    let allocated = if spec.ip_families.is_empty() {
        ips.flatten().map(|ip| (Family::of(ip), ip)).collect()
    } else {
        let families = spec.ip_families.iter().map(family);
        families.zip(ips).filter_map(|(family, ip)| Some((family?, ip?))).collect()
    };
    ClusterIp::Allocated(allocated)
}

fn family(text: &Text) -> Option<Family> {
    Family::parse(text.as_str())
}

fn written_ip(text: &Text) -> Option<WrittenIp> {
    let ip = parse_ip(text.as_str())?;
    let spelling = (ip.to_string() != text.as_str()).then(|| text.as_str().into());
    Some(WrittenIp { ip, spelling })
}

fn ranges(texts: &[Text]) -> Vec<IpNet> {
    texts.iter().filter_map(|text| parse_cidr(text.as_str().trim())).collect()
}

fn ingress(raw: &RawIngress) -> Option<Ingress> {
    let address = written_ip(raw.ip.as_ref()?)?;
    let mode = match raw.ip_mode.as_ref().map(Text::as_str) {
        None | Some("VIP") => IngressMode::Vip,
        Some(_) => IngressMode::Proxy,
    };
    Some(Ingress { address, mode })
}

/// The host name of an ingress that has nothing else.
fn hostname(raw: &RawIngress) -> Option<Subdomain> {
    let has_ip = raw.ip.as_ref().is_some_and(|ip| !ip.as_str().is_empty());
    if has_ip { None } else { Subdomain::new(raw.hostname.as_ref()?.as_str()).ok() }
}

fn affinity_seconds(spec: &RawSpec) -> Option<u32> {
    if spec.session_affinity.as_ref().map(Text::as_str) != Some("ClientIP") {
        return None;
    }
    let seconds = spec.session_affinity_config.client_ip.timeout_seconds;
    let seconds = seconds.and_then(|Int(seconds)| u32::try_from(seconds).ok());
    Some(seconds.unwrap_or(DEFAULT_AFFINITY_SECONDS))
}

/// The ports that can be written. A later port with the name and protocol of an earlier one replaces it.
fn service_ports(raw: Vec<RawServicePort>) -> Vec<ServicePort> {
    let mut ports: Vec<ServicePort> = raw.into_iter().filter_map(service_port).collect();
    let key = |port: &ServicePort| (port.name.clone(), port.protocol);
    ports.reverse();
    ports.sort_by_key(key);
    ports.dedup_by_key(|port| key(port));
    ports
}

fn service_port(raw: RawServicePort) -> Option<ServicePort> {
    let number = raw.port.and_then(port)?;
    Some(ServicePort {
        name: PortName::new(raw.name.as_ref().map_or("", Text::as_str)).ok()?,
        protocol: protocol(raw.protocol.as_ref())?,
        port: number,
        node_port: raw.node_port.and_then(port),
        target_port: match raw.target_port {
            None | Some(IntOrText::Int(0)) => TargetPort::Number(number),
            Some(IntOrText::Int(target)) => TargetPort::Number(port(Int(target)).unwrap_or(number)),
            Some(IntOrText::Text(name)) if name.is_empty() => TargetPort::Number(number),
            Some(IntOrText::Text(name)) => TargetPort::Name(name),
        },
    })
}
