//! The [`Cluster`]: all objects that decide about rules, in an order that does not depend on the input's.
//!
//! ```text
//! objects ─ assemble ─► one of each name (duplicates), Endpoints in place of missing slices (legacy_endpoints),
//!                       slices joined to Services ─► Cluster ─ relations ─► diagnostics
//! ```
//!
//! **Invariant:** every list of a cluster is sorted by name, and each name is in it once.

mod assemble;
mod duplicates;
mod legacy_endpoints;
mod part;
mod relations;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::object::{Backend, EndpointSlice, Node, Positions, Service, ServiceCidr};

pub(super) use assemble::{Object, Objects, assemble};
pub(super) use relations::check as check_relations;

/// The objects of a cluster, checked and defaulted.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    /// The files they were read from, by [`SourceId`](crate::source::SourceId).
    pub files: Vec<String>,
    /// Services by namespace and name.
    pub services: Vec<Service>,
    /// Slices by namespace, Service and name.
    pub slices: Vec<EndpointSlice>,
    /// The endpoints of all slices.
    pub backends: Arc<[Backend]>,
    /// Nodes by name.
    pub nodes: Vec<Node>,
    /// `ServiceCIDR`s by name.
    pub service_cidrs: Vec<ServiceCidr>,
    /// Of a part of a cluster: the addresses of the endpoints of the whole.
    pub(crate) whole: Option<Arc<BTreeSet<IpAddr>>>,
}

impl Cluster {
    /// The slices of a Service, by name.
    #[must_use]
    pub fn slices_of(&self, service: &Service) -> &[EndpointSlice] {
        service.slices.of(&self.slices)
    }

    /// Slices whose Service is not in the cluster.
    pub fn orphans(&self) -> impl Iterator<Item = &EndpointSlice> {
        // Both lists have the same order: what lies between the slices of two Services belongs to none.
        let position = |at: u32| at as usize;
        let slices = || self.services.iter().map(|service| service.slices.range());
        let starts = std::iter::once(0).chain(slices().map(move |slices| position(slices.end)));
        let ends = slices().map(move |slices| position(slices.start)).chain([self.slices.len()]);
        starts.zip(ends).flat_map(|(start, end)| Positions::new(start..end).of(&self.slices))
    }

    /// The node of a name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Node> {
        let found = self.nodes.binary_search_by(|node| node.name.as_str().cmp(name));
        found.ok().map(|index| &self.nodes[index])
    }

    /// The endpoints of a slice.
    #[must_use]
    pub fn backends_of(&self, slice: &EndpointSlice) -> &[Backend] {
        slice.backends.of(&self.backends)
    }
}
