//! A Node, as far as kube-proxy reads it.

use super::labels::DATA_PLANE_LABEL;
use std::net::IpAddr;

use ipnet::IpNet;

use super::raw::{RawNodeAddress, RawNodeInfo, RawObject};
use super::value::version;
use crate::manifest::format::Text;
use crate::name::Subdomain;
use crate::net::{parse_cidr, parse_ip};
use crate::source::Origin;

/// A Node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Its name.
    pub name: Subdomain,
    /// The label `topology.kubernetes.io/zone`, if it is not empty.
    pub zone: Option<Subdomain>,
    /// Its internal addresses, then its external ones, each in the order of the status.
    pub addresses: Vec<IpAddr>,
    /// How many of them, from the first on, are internal: addresses of its interfaces.
    pub internal: usize,
    /// `spec.podCIDRs`
    pub pod_cidrs: Vec<IpNet>,
    /// The label `kubernetes.io/os` is `windows`.
    pub runs_windows: bool,
    /// The label `kubernetes.io/os` is `linux`.
    pub runs_linux: bool,
    /// `status.nodeInfo.kernelVersion`
    pub kernel_version: Option<Box<str>>,
    /// `status.nodeInfo.osImage`
    pub os_image: Option<Box<str>>,
    /// The version of its kube-proxy: `status.nodeInfo.kubeProxyVersion`, or that of its kubelet where that is empty.
    pub kube_proxy_version: Option<Box<str>>,
    /// The label `kubernetes.azure.com/ebpf-dataplane`: another program than kube-proxy serves Services.
    pub data_plane: Option<Box<str>>,
    /// `metadata.resourceVersion`, if it is a number.
    pub resource_version: Option<u64>,
    /// Where it was read.
    pub origin: Origin,
}

impl Node {
    /// Its internal addresses. An external one may be that of a router in front of the node.
    #[must_use]
    pub fn internal_addresses(&self) -> &[IpAddr] {
        &self.addresses[..self.internal]
    }

    /// Reads a Node; `None` when its name could not be written safely.
    pub(in crate::manifest) fn convert(raw: &RawObject, origin: Origin) -> Option<Self> {
        let status = &raw.status.addresses;
        let cidrs = raw
            .spec
            .pod_cidrs
            .iter()
            .chain(raw.spec.pod_cidr.iter().filter(|_| raw.spec.pod_cidrs.is_empty()));
        Some(Self {
            name: Subdomain::new(raw.metadata.name.as_ref()?.as_str()).ok()?,
            zone: raw
                .metadata
                .labels
                .get("topology.kubernetes.io/zone")
                .and_then(|zone| Subdomain::new(zone).ok()),
            addresses: of_type(status, "InternalIP").chain(of_type(status, "ExternalIP")).collect(),
            internal: of_type(status, "InternalIP").count(),
            pod_cidrs: cidrs.filter_map(|cidr| parse_cidr(cidr.as_str())).collect(),
            runs_windows: raw.metadata.labels.get("kubernetes.io/os") == Some("windows"),
            runs_linux: raw.metadata.labels.get("kubernetes.io/os") == Some("linux"),
            kernel_version: raw.status.node_info.kernel_version.as_ref().map(|text| text.as_str().into()),
            os_image: raw.status.node_info.os_image.as_ref().map(|text| text.as_str().into()),
            kube_proxy_version: kube_proxy_version(&raw.status.node_info),
            data_plane: raw.metadata.labels.get(DATA_PLANE_LABEL).map(Box::from),
            resource_version: version(raw.metadata.resource_version.as_ref()),
            origin,
        })
    }
}

/// Kubernetes 1.33 and later leave the field of kube-proxy empty; its version is nearly always that of the kubelet.
fn kube_proxy_version(info: &RawNodeInfo) -> Option<Box<str>> {
    let given =
        |text: &Option<Text>| text.as_ref().map(Text::as_str).filter(|text| !text.is_empty()).map(Box::from);
    given(&info.kube_proxy_version).or_else(|| given(&info.kubelet_version))
}

fn of_type<'r>(addresses: &'r [RawNodeAddress], type_: &'r str) -> impl Iterator<Item = IpAddr> + 'r {
    addresses
        .iter()
        .filter(move |address| address.type_.as_ref().map(Text::as_str) == Some(type_))
        .filter_map(|address| parse_ip(address.address.as_ref()?.as_str()))
}
