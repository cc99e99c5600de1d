//! Checks between objects: addresses and ports used twice, slices without Service and the reverse.

use std::collections::BTreeMap;
use std::net::IpAddr;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Cluster;
use crate::diagnostics::Diagnostic;
use crate::manifest::codes;
use crate::manifest::object::{
    AddressType, ClusterIp, EndpointSlice, IngressMode, Service, ServiceType, WrittenIp,
};
use crate::name::escaped;
use crate::net::{Family, Protocol};

/// One of the checks.
type Check<'c> = dyn Fn(&Cluster) -> Vec<Diagnostic> + Sync + 'c;

/// All findings, check by check, each in the order of the objects. `has_pods` tells whether the input has Pods, which are
/// none of the objects.
pub(in crate::manifest) fn check(cluster: &Cluster, has_pods: bool) -> Vec<Diagnostic> {
    let missing_endpoints = |cluster: &Cluster| missing_endpoints(cluster, has_pods);
    let checks: [&Check<'_>; 6] = [
        &cluster_ips,
        &node_ports,
        &external_addresses,
        &slices_without_service,
        &missing_endpoints,
        &unknown_nodes,
    ];
    let found: Vec<Vec<Diagnostic>> = checks.par_iter().map(|check| check(cluster)).collect();
    found.into_iter().flatten().collect()
}

/// A Service with its file and line.
fn describe(service: &Service, cluster: &Cluster) -> String {
    let Service { namespace, name, origin, .. } = service;
    let file = escaped(&cluster.files[origin.source.index()]);
    format!("{namespace}/{name} ({file}:{})", origin.line)
}

/// The API server gives a cluster IP to one Service.
fn cluster_ips(cluster: &Cluster) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut first: FxHashMap<IpAddr, &Service> = FxHashMap::default();
    for service in &cluster.services {
        let ClusterIp::Allocated(ips) = &service.cluster_ip else { continue };
        for (_, ip) in ips {
            let owner = *first.entry(*ip).or_insert(service);
            if !std::ptr::eq(owner, service) {
                let message =
                    format!("cluster IP {ip} is already used by Service {}", describe(owner, cluster));
                found.push(
                    Diagnostic::new(codes::CLUSTER_IP_SHARED, message)
                        .about(service.reference())
                        .at(service.origin.field("spec.clusterIP"))
                        .help("give one of them another address; the rules of one of them never match on a port that both have"),
                );
            }
        }
    }
    found
}

/// The API server gives a node port to one Service.
fn node_ports(cluster: &Cluster) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut first: FxHashMap<(u16, Protocol), &Service> = FxHashMap::default();
    for service in &cluster.services {
        let ports = service.ports.iter().filter_map(|port| Some((port.node_port?, port.protocol)));
        let health = service.health_check_node_port.map(|port| (port, Protocol::Tcp));
        for (port, protocol) in ports.chain(health) {
            let owner = *first.entry((port, protocol)).or_insert(service);
            if !std::ptr::eq(owner, service) {
                let message = format!(
                    "node port {port}/{protocol} is already used by Service {}",
                    describe(owner, cluster)
                );
                found.push(
                    Diagnostic::new(codes::NODE_PORT_SHARED, message)
                        .about(service.reference())
                        .at(service.origin.field("spec.ports"))
                        .help("give one of them another port; the rule that is written first wins"),
                );
            }
        }
    }
    found
}

/// Kubernetes lets two Services claim one external address and port.
fn external_addresses(cluster: &Cluster) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut first: FxHashMap<(IpAddr, u16, Protocol), &Service> = FxHashMap::default();
    for service in &cluster.services {
        let vips = service
            .ingress
            .iter()
            .filter(|ingress| ingress.mode == IngressMode::Vip)
            .map(|ingress| &ingress.address);
        let mut reported = FxHashSet::default();
        for WrittenIp { ip, .. } in service.external_ips.iter().chain(vips) {
            for port in &service.ports {
                let owner = *first.entry((*ip, port.port, port.protocol)).or_insert(service);
                if !std::ptr::eq(owner, service) && reported.insert((*ip, port.port)) {
                    let (port, protocol) = (port.port, port.protocol);
                    let message = format!(
                        "{ip} port {port}/{protocol} is already used by Service {}",
                        describe(owner, cluster)
                    );
                    found.push(
                        Diagnostic::new(codes::VIP_SHARED, message)
                            .about(service.reference())
                            .at(service.origin.field("spec"))
                            .help("use another address or port for one of them"),
                    );
                }
            }
        }
    }
    found
}

/// One message for all: a Service that is missing is one cause, however many slices it has.
fn slices_without_service(cluster: &Cluster) -> Vec<Diagnostic> {
    let mut services: Vec<String> = Vec::new();
    let mut first = None;
    let mut slices = 0;
    for slice in cluster.orphans() {
        let service = format!("{}/{}", slice.namespace, slice.service);
        // Slices are sorted by their Services.
        if services.last() != Some(&service) {
            services.push(service);
        }
        first = first.or(Some(slice));
        slices += 1;
    }
    let Some(slice) = first else { return Vec::new() };
    let message = match (&*services, slices) {
        ([service], 1) => format!("Service {service} is not in the input"),
        ([service], _) => format!("Service {service} of {slices} slices is not in the input"),
        _ => {
            format!(
                "{} Services of {slices} slices are not in the input: {}",
                services.len(),
                first_names(&services)
            )
        }
    };
    let found = Diagnostic::new(codes::SERVICE_MISSING, message)
        .about(slice.reference())
        .at(slice.origin.field("metadata.labels[\"kubernetes.io/service-name\"]"))
        .help("its endpoints are not used; take both: kubectl get services,endpointslices -A -o yaml");
    vec![found]
}

fn missing_endpoints(cluster: &Cluster, has_pods: bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    cluster.services.iter().for_each(|service| endpoints_of(service, cluster, has_pods, &mut found));
    found
}

/// Every service port should find a slice port of its name and protocol.
fn endpoints_of(service: &Service, cluster: &Cluster, has_pods: bool, found: &mut Vec<Diagnostic>) {
    if service.type_ == ServiceType::ExternalName || service.has_no_cluster_ip() || service.has_other_proxy {
        return;
    }
    let slices = cluster.slices_of(service);
    if slices.is_empty() {
        if service.has_selector {
            found.push(
                Diagnostic::new(
                    codes::SERVICE_WITHOUT_SLICE,
                    "no EndpointSlice of this Service is in the input",
                )
                .about(service.reference())
                .at(service.origin.field("spec.selector"))
                .help(if has_pods {
                    "it is compiled without endpoints; take both: kubectl get services,endpointslices -A -o yaml, or have \
                     them made of the Pods of the input: --assume"
                } else {
                    "it is compiled without endpoints; take both: kubectl get services,endpointslices -A -o yaml"
                }),
            );
        } else {
            found.push(
                Diagnostic::new(codes::ENDPOINTS_MISSING, "the Service has neither a selector nor a slice")
                    .about(service.reference())
                    .at(service.origin.field("spec"))
                    .help("it is compiled without endpoints"),
            );
        }
        return;
    }
    families_apart(service, slices, found);
    // A slice without endpoints has no ports either: the Service has no pods, which is no mistake.
    if slices.iter().all(|slice| slice.backends.is_empty()) {
        return;
    }
    let offered: FxHashSet<_> =
        slices.iter().flat_map(|slice| &slice.ports).map(|port| (&port.name, port.protocol)).collect();
    for port in service.ports.iter().filter(|port| !offered.contains(&(&port.name, port.protocol))) {
        let (name, protocol) = (&port.name, port.protocol);
        let message = format!("no slice of this Service has a port named `{name}` with protocol {protocol}");
        let mut names: Vec<_> =
            offered.iter().map(|(name, protocol)| format!("`{name}` {protocol}")).collect();
        names.sort();
        found.push(
            Diagnostic::new(codes::PORT_WITHOUT_ENDPOINTS, message)
                .about(service.reference())
                .at(service.origin.field("spec.ports"))
                .help(format!("traffic to this port is rejected; the slices have {}", first_names(&names))),
        );
    }
}

/// Each family of the Service should have a slice, unless no slice says of which family it is.
fn families_apart(service: &Service, slices: &[EndpointSlice], found: &mut Vec<Diagnostic>) {
    let ClusterIp::Allocated(ips) = &service.cluster_ip else { return };
    let offered: Vec<Family> = Family::ALL
        .into_iter()
        .filter(|family| slices.iter().any(|slice| slice.address_type == AddressType::Ip(*family)))
        .collect();
    // Of both families one may have no pods; with no family in common the two belong to different clusters or times.
    if offered.is_empty() || ips.iter().any(|(family, _)| offered.contains(family)) {
        return;
    }
    let words = |families: Vec<&str>| families.join(" and ");
    let wanted = words(ips.iter().map(|(family, _)| family.as_str()).collect());
    let offered = words(offered.into_iter().map(Family::as_str).collect());
    found.push(
        Diagnostic::new(
            codes::FAMILIES_APART,
            format!("the Service is of {wanted}, and its slices are of {offered}"),
        )
        .about(service.reference())
        .at(service.origin.field("spec.ipFamilies"))
        .help("it is compiled without endpoints"),
    );
}

/// At most five names, then how many more there are.
fn first_names(names: &[String]) -> String {
    const SHOWN: usize = 5;
    match names {
        [] => "no usable port".to_owned(),
        names if names.len() <= SHOWN => names.join(", "),
        names => format!("{} and {} more", names[..SHOWN].join(", "), names.len() - SHOWN),
    }
}

/// With Nodes in the input, an endpoint on another node is on one that is gone. One message a node.
fn unknown_nodes(cluster: &Cluster) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    // One Node alone is the node compiled for, taken without the others.
    if cluster.nodes.len() < 2 {
        return found;
    }
    let known: FxHashSet<&str> = cluster.nodes.iter().map(|node| node.name.as_str()).collect();
    let mut unknown: BTreeMap<&str, (usize, &EndpointSlice)> = BTreeMap::new();
    for slice in &cluster.slices {
        for backend in cluster.backends_of(slice) {
            let Some(node) = backend.node.as_ref().map(crate::name::Subdomain::as_str) else { continue };
            if !known.contains(node) {
                unknown.entry(node).or_insert((0, slice)).0 += 1;
            }
        }
    }
    for (node, (count, slice)) in unknown {
        let endpoints =
            if count == 1 { "1 endpoint is".to_owned() } else { format!("{count} endpoints are") };
        let message = format!("{endpoints} on node {node}, which is not in the input");
        found.push(
            Diagnostic::new(codes::NODE_UNKNOWN, message)
                .about(slice.reference())
                .at(slice.origin.field("endpoints"))
                .help("this is the first of its slices; check whether the node still exists and the name is right"),
        );
    }
    found
}
