//! A `ServiceCIDR`, as far as kube-proxy reads it.

use ipnet::IpNet;

use super::raw::RawObject;
use super::value::version;
use crate::diagnostics::ObjectRef;
use crate::name::Subdomain;
use crate::net::parse_cidr;
use crate::source::Origin;

/// A `ServiceCIDR`: networks that cluster IPs are allocated from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceCidr {
    /// Its name.
    pub name: Subdomain,
    /// `spec.cidrs`
    pub cidrs: Vec<IpNet>,
    /// `metadata.resourceVersion`, if it is a number.
    pub resource_version: Option<u64>,
    /// Where it was read.
    pub origin: Origin,
}

impl ServiceCidr {
    /// Reads a `ServiceCIDR`; `None` when its name could not be written safely.
    pub(in crate::manifest) fn convert(raw: &RawObject, origin: Origin) -> Option<Self> {
        Some(Self {
            name: Subdomain::new(raw.metadata.name.as_ref()?.as_str()).ok()?,
            cidrs: raw.spec.cidrs.iter().filter_map(|cidr| parse_cidr(cidr.as_str())).collect(),
            resource_version: version(raw.metadata.resource_version.as_ref()),
            origin,
        })
    }

    /// It, for diagnostics.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        ObjectRef::new("ServiceCIDR", "", self.name.as_str())
    }
}
