//! A part of a cluster: some of its Services, with all that is not of a Service.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::Cluster;
use crate::manifest::object::{Backend, EndpointSlice, Positions, Service};

impl Cluster {
    /// The addresses of all endpoints, also of those that a part leaves out.
    #[must_use]
    pub fn pods(&self) -> Arc<BTreeSet<IpAddr>> {
        let all = || self.backends.iter().filter_map(|backend| backend.address.ip()).collect();
        self.whole.clone().unwrap_or_else(|| Arc::new(all()))
    }

    /// Whether it is a part of a cluster.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.whole.is_some()
    }

    /// The part with some Services, by their positions in ascending order. All Nodes are in it, and the slices of
    /// no Service. `pods` are those of the whole.
    #[must_use]
    pub fn part(&self, services: &[usize], pods: Arc<BTreeSet<IpAddr>>) -> Self {
        let mut part = Parts { whole: self, services: Vec::new(), slices: Vec::new(), backends: Vec::new() };
        let mut next = 0;
        let mut chosen = services.iter().copied().peekable();
        for (at, service) in self.services.iter().enumerate() {
            let slices = service.slices.range();
            // What lies between the slices of two Services belongs to none.
            part.add_slices(next..slices.start as usize);
            next = slices.end as usize;
            if chosen.next_if_eq(&at).is_some() {
                let own = part.add_slices(slices.start as usize..slices.end as usize);
                part.services.push(Service { slices: own, ..service.clone() });
            }
        }
        part.add_slices(next..self.slices.len());
        Self {
            files: self.files.clone(),
            services: part.services,
            slices: part.slices,
            backends: part.backends.into(),
            nodes: self.nodes.clone(),
            service_cidrs: self.service_cidrs.clone(),
            whole: Some(pods),
        }
    }
}

/// A part in the making.
struct Parts<'c> {
    whole: &'c Cluster,
    services: Vec<Service>,
    slices: Vec<EndpointSlice>,
    backends: Vec<Backend>,
}

impl Parts<'_> {
    fn add_slices(&mut self, positions: std::ops::Range<usize>) -> Positions {
        let start = self.slices.len();
        for slice in self.whole.slices.get(positions).unwrap_or_default() {
            let first = self.backends.len();
            self.backends.extend_from_slice(self.whole.backends_of(slice));
            self.slices.push(EndpointSlice {
                backends: Positions::new(first..self.backends.len()),
                ..slice.clone()
            });
        }
        Positions::new(start..self.slices.len())
    }
}
