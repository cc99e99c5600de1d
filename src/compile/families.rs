//! Which Services and slices the proxiers see at all.

use crate::compile::codes;
use crate::diagnostics::Diagnostic;
use crate::manifest::{AddressType, Backend, Cluster, ClusterIp, EndpointSlice, Service, ServiceType};
use crate::net::Family;
use crate::node::{NodeContext, SliceFamily};

/// The reason why a Service without a cluster IP is not served.
pub const NO_CLUSTER_IP: &str = "it has no cluster IP";

/// Why no proxier serves a Service, if so (kube-proxy, all versions; S1 to S5 of the comparison).
#[must_use]
pub fn why_skipped(service: &Service, node: &NodeContext) -> Option<&'static str> {
    let labels_hide_both = node.behavior.labels_hide_both;
    match service.cluster_ip {
        _ if service.has_other_proxy => {
            Some("the label service.kubernetes.io/service-proxy-name leaves it to another proxy")
        }
        _ if labels_hide_both && service.has_headless_label => {
            Some("up to 1.35 the label service.kubernetes.io/headless hides it")
        }
        _ if service.type_ == ServiceType::ExternalName => Some("it is of type ExternalName"),
        ClusterIp::Headless => Some("it is headless"),
        ClusterIp::Missing => Some(NO_CLUSTER_IP),
        ClusterIp::Allocated(_) => None,
    }
}

/// Why no proxier reads a slice, if so (E1 to E3).
fn why_slice_skipped(slice: &EndpointSlice, node: &NodeContext) -> Option<&'static str> {
    if slice.has_headless_label {
        Some("the label service.kubernetes.io/headless hides it")
    } else if node.behavior.labels_hide_both && slice.has_other_proxy {
        Some("up to 1.35 the label service.kubernetes.io/service-proxy-name hides it")
    } else if slice.address_type == AddressType::Fqdn {
        Some("its addresses are names (FQDN)")
    } else {
        None
    }
}

/// Notes about the slices that are not read.
pub(super) fn skipped_slices(cluster: &Cluster, node: &NodeContext) -> Vec<Diagnostic> {
    let skipped = |slice: &EndpointSlice| {
        let reason = why_slice_skipped(slice, node)?;
        let message = format!("it is not read: {reason}");
        Some(
            Diagnostic::new(codes::SLICE_SKIPPED, message)
                .about(slice.reference())
                .at(slice.origin.field("metadata.name")),
        )
    };
    cluster.slices.iter().filter_map(skipped).collect()
}

/// Whether the proxier of a family reads a slice.
pub(super) fn reads_slice(slice: &EndpointSlice, family: Family, node: &NodeContext) -> bool {
    let of_family = match node.behavior.slice_family {
        SliceFamily::Slice => slice.address_type == AddressType::Ip(family),
        SliceFamily::Address => true,
    };
    of_family && why_slice_skipped(slice, node).is_none()
}

/// Whether the proxier of a family takes an endpoint of a slice that it reads. Up to 1.32 it tells by
/// the address; what is no address counts as IPv4.
pub(super) fn takes_backend(backend: &Backend, family: Family, node: &NodeContext) -> bool {
    match node.behavior.slice_family {
        SliceFamily::Slice => true,
        SliceFamily::Address => backend.address.ip().map_or(Family::Ipv4, Family::of) == family,
    }
}
