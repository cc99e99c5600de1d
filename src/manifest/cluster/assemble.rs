//! From objects in the order of the input to a [`Cluster`].

use super::duplicates::{slice_order, unique};
use super::{Cluster, legacy_endpoints};
use crate::diagnostics::Diagnostic;
use crate::manifest::object::{Backend, EndpointSlice, Node, Positions, Service, ServiceCidr};

/// One object as it was read.
#[derive(Debug)]
pub(in crate::manifest) enum Object {
    Service(Box<Service>),
    Slice((EndpointSlice, Vec<Backend>)),
    Endpoints(Vec<(EndpointSlice, Vec<Backend>)>),
    Node(Node),
    ServiceCidr(ServiceCidr),
}

/// All objects by kind, in the order of the input.
#[derive(Debug, Default)]
pub(in crate::manifest) struct Objects {
    services: Vec<Service>,
    slices: Vec<(EndpointSlice, Vec<Backend>)>,
    endpoints: Vec<(EndpointSlice, Vec<Backend>)>,
    nodes: Vec<Node>,
    service_cidrs: Vec<ServiceCidr>,
}

impl Objects {
    pub(in crate::manifest) fn add(&mut self, object: Object) {
        match object {
            Object::Service(service) => self.services.push(*service),
            Object::Slice(slice) => self.slices.push(slice),
            Object::Endpoints(slices) => self.endpoints.extend(slices),
            Object::Node(node) => self.nodes.push(node),
            Object::ServiceCidr(networks) => self.service_cidrs.push(networks),
        }
    }
}

/// Sorts the objects, keeps one of each name, and puts Endpoints in the place of missing slices.
pub(in crate::manifest) fn assemble(
    files: Vec<String>,
    objects: Objects,
    diagnostics: &mut Vec<Diagnostic>,
) -> Cluster {
    let Objects { services, slices, endpoints, nodes, service_cidrs } = objects;
    let mut services = unique(services, diagnostics);
    let nodes = unique(nodes, diagnostics);
    let service_cidrs = unique(service_cidrs, diagnostics);
    let mut slices = unique(slices, diagnostics);
    let endpoints =
        legacy_endpoints::replacements(unique(endpoints, diagnostics), &slices, &services, diagnostics);
    if !endpoints.is_empty() {
        slices.extend(endpoints);
        slices.sort_by(|a, b| slice_order(&a.0, &b.0));
    }

    let mut backends = Vec::with_capacity(slices.iter().map(|(_, backends)| backends.len()).sum());
    let slices: Vec<EndpointSlice> = slices
        .into_iter()
        .map(|(mut slice, found)| {
            let start = backends.len();
            backends.extend(found);
            slice.backends = Positions::new(start..backends.len());
            slice
        })
        .collect();
    join(&mut services, &slices);
    Cluster { files, services, slices, backends: backends.into(), nodes, service_cidrs, whole: None }
}

/// Gives each Service the positions of its slices. Both lists are sorted by namespace and name of the Service.
fn join(services: &mut [Service], slices: &[EndpointSlice]) {
    let mut next = 0;
    for service in services {
        let key = (&service.namespace, &service.name);
        let of = |slice: &EndpointSlice| (&slice.namespace, &slice.service).cmp(&key);
        let start = next + slices[next..].iter().take_while(|slice| of(slice).is_lt()).count();
        next = start + slices[start..].iter().take_while(|slice| of(slice).is_eq()).count();
        service.slices = Positions::new(start..next);
    }
}
