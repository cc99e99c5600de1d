//! Frontends: the addresses of a service port, and where traffic to each goes.

use ipnet::IpNet;

use super::traffic_policy::Pools;
use super::{Context, about};
use crate::compile::codes;
use crate::diagnostics::Diagnostic;
use crate::fill::IsAssumed;
use crate::ir::{Frontend, FrontendKind, Masquerade, PassedOver, PassedOverReason, Route};
use crate::manifest::{Ingress, IngressMode, Service, TrafficPolicy, WrittenIp};
use crate::net::Family;
use crate::node::{LocalDetector, NodeContext};

/// An address that leads to the service port from outside.
#[derive(Debug, Clone)]
pub(super) struct External {
    kind: FrontendKind,
    address: Option<WrittenIp>,
    port: u16,
}

/// External IPs, load balancer addresses and the node port, of this family, of every type of Service.
pub(super) fn external(context: &Context<'_>) -> Vec<External> {
    let Context { service, port, family, node, .. } = context;
    let of_family = |address: &&WrittenIp| Family::of(address.ip) == *family;
    let at =
        |kind| move |address: &WrittenIp| External { kind, address: Some(address.clone()), port: port.port };
    let external_ips = service.external_ips.iter().filter(of_family);
    let vips = service.ingress.iter().filter(|ingress| is_vip(ingress, node)).map(|ingress| &ingress.address);
    let vips = vips.filter(of_family);
    let node_port = port.node_port.map(|port| External { kind: FrontendKind::NodePort, address: None, port });
    external_ips
        .map(at(FrontendKind::ExternalIp))
        .chain(vips.map(at(FrontendKind::LoadBalancerIp)))
        .chain(node_port)
        .collect()
}

/// Whether packets to a load balancer address arrive unchanged (V11).
fn is_vip(ingress: &Ingress, node: &NodeContext) -> bool {
    !node.behavior.honours_ip_mode || ingress.mode == IngressMode::Vip
}

/// The addresses that the Service names, and that this family does not serve.
pub(super) fn passed_over(context: &Context<'_>) -> Vec<PassedOver> {
    let Context { service, family, node, .. } = context;
    let other_family =
        |address: &WrittenIp| (Family::of(address.ip) != *family).then_some(PassedOverReason::OtherFamily);
    let external_ips =
        service.external_ips.iter().map(|address| (FrontendKind::ExternalIp, address, other_family(address)));
    let ingress = service.ingress.iter().map(|ingress| {
        let proxied = (!is_vip(ingress, node)).then_some(PassedOverReason::ModeProxy);
        (FrontendKind::LoadBalancerIp, &ingress.address, proxied.or(other_family(&ingress.address)))
    });
    let passed_over = |(kind, address, reason): (_, &WrittenIp, Option<_>)| {
        Some(PassedOver { kind, address: address.ip, spelling: address.spelling.clone(), reason: reason? })
    };
    external_ips.chain(ingress).filter_map(passed_over).collect()
}

/// Source ranges of this family. From 1.34 on a range of prefix length 0 lifts all restrictions (V5).
pub(super) fn source_ranges(context: &Context<'_>) -> Vec<IpNet> {
    let ranges = &context.service.source_ranges;
    let mut ranges: Vec<IpNet> =
        ranges.iter().copied().filter(|range| Family::of_net(range) == context.family).collect();
    if context.node.behavior.zero_range_allows_all && ranges.iter().any(|range| range.prefix_len() == 0) {
        ranges.clear();
    }
    ranges
}

/// All frontends, the cluster IP first.
pub(super) fn all(context: &Context<'_>, pools: &Pools, external: Vec<External>) -> Vec<Frontend> {
    let Context { service, port, family, node, .. } = context;
    let internal = route(service.internal_policy, pools);
    let cluster_ip = Frontend {
        kind: FrontendKind::ClusterIp,
        address: service.cluster_ip.of(*family),
        spelling: None,
        port: port.port,
        inside: internal,
        outside: internal,
        masquerade: masquerade_internal(*family, node),
        restricted: false,
        served: true,
        assumed: IsAssumed::default(),
    };
    let has_ranges = !source_ranges(context).is_empty();
    let outside = external.into_iter().map(|External { kind, address, port }| Frontend {
        kind,
        address: address.as_ref().map(|address| address.ip),
        spelling: address.and_then(|address| address.spelling),
        port,
        // Pods and the node need not leave it: they reach every endpoint, as if by the cluster IP.
        inside: match service.external_policy {
            TrafficPolicy::Cluster => route(TrafficPolicy::Cluster, pools),
            TrafficPolicy::Local if pools.has_endpoints => Route::Cluster,
            TrafficPolicy::Local => Route::Reject,
        },
        outside: route(service.external_policy, pools),
        masquerade: match service.external_policy {
            TrafficPolicy::Cluster => Masquerade::All,
            TrafficPolicy::Local => Masquerade::Node,
        },
        restricted: kind == FrontendKind::LoadBalancerIp && has_ranges,
        served: kind != FrontendKind::ExternalIp || node.behavior.serves_external_ips,
        assumed: IsAssumed::default(),
    });
    std::iter::once(cluster_ip).chain(outside).collect()
}

/// Rejected if nobody can take it anywhere, dropped if only others could.
fn route(policy: TrafficPolicy, pools: &Pools) -> Route {
    match policy {
        _ if !pools.has_endpoints => Route::Reject,
        TrafficPolicy::Cluster => Route::Cluster,
        TrafficPolicy::Local if pools.local.members.is_empty() => Route::Drop,
        TrafficPolicy::Local => Route::Local,
    }
}

fn masquerade_internal(family: Family, node: &NodeContext) -> Masquerade {
    if node.masquerade_all {
        return Masquerade::All;
    }
    match node.local_traffic.get(family) {
        LocalDetector::None => Masquerade::None,
        LocalDetector::Source(_) | LocalDetector::Interface(_) | LocalDetector::InterfacePrefix(_) => {
            Masquerade::AllButLocalPods
        }
    }
}

/// Notes about addresses that the Service has and no rule leads from.
pub(super) fn not_served(service: &Service, node: &NodeContext) -> Vec<Diagnostic> {
    let mut notes = Vec::new();
    if !node.behavior.serves_external_ips && !service.external_ips.is_empty() {
        let message = "its external IPs get no rules: the feature gate AllowServiceExternalIPs is off";
        notes.push(about(service, codes::EXTERNAL_IPS_GATED, message));
    }
    let proxied = service.ingress.iter().filter(|ingress| ingress.mode == IngressMode::Proxy);
    for ingress in proxied.filter(|_| node.behavior.honours_ip_mode) {
        let message = format!("{} gets no rules: its ipMode is Proxy", ingress.address.ip);
        notes.push(about(service, codes::PROXY_MODE_INGRESS, message));
    }
    let addresses = service.external_ips.iter().chain(service.ingress.iter().map(|ingress| &ingress.address));
    let addresses = addresses.map(|address| IpNet::from(address.ip));
    for net in addresses.chain(service.source_ranges.iter().copied()) {
        let family = Family::of_net(&net);
        if service.cluster_ip.of(family).is_none() {
            let shown = if net.prefix_len() == net.max_prefix_len() {
                net.addr().to_string()
            } else {
                net.to_string()
            };
            let message = format!("{shown} is passed over: the Service has no {family} cluster IP");
            notes.push(about(service, codes::OTHER_FAMILY, message));
        }
    }
    notes
}
