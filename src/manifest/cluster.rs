//! The [`Cluster`]: all objects that decide about rules, in an order that does not depend on the input's.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::endpoint_slice::{Backend, EndpointSlice};
use super::node::Node;
use super::service::Service;
use crate::diagnostics::{Code, Diagnostic, ObjectRef};
use crate::source::Origin;

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
}

/// Consecutive positions in a list of the [`Cluster`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Positions {
    start: u32,
    end: u32,
}

impl Positions {
    fn new(positions: Range<usize>) -> Self {
        Self { start: position(positions.start), end: position(positions.end) }
    }

    /// Each position.
    #[must_use]
    pub fn range(self) -> Range<u32> {
        self.start..self.end
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    fn of<T>(self, list: &[T]) -> &[T] {
        &list[self.start as usize..self.end as usize]
    }
}

/// One object as it was read.
#[derive(Debug)]
pub(super) enum Object {
    Service(Box<Service>),
    Slice((EndpointSlice, Vec<Backend>)),
    Endpoints(Vec<(EndpointSlice, Vec<Backend>)>),
    Node(Node),
}

/// All objects by kind, in the order of the input.
#[derive(Debug, Default)]
pub(super) struct Objects {
    services: Vec<Service>,
    slices: Vec<(EndpointSlice, Vec<Backend>)>,
    endpoints: Vec<(EndpointSlice, Vec<Backend>)>,
    nodes: Vec<Node>,
}

impl Objects {
    pub(super) fn add(&mut self, object: Object) {
        match object {
            Object::Service(service) => self.services.push(*service),
            Object::Slice(slice) => self.slices.push(slice),
            Object::Endpoints(slices) => self.endpoints.extend(slices),
            Object::Node(node) => self.nodes.push(node),
        }
    }
}

impl Cluster {
    /// Sorts the objects, keeps one of each name, and puts Endpoints in the place of missing slices.
    pub(super) fn assemble(files: Vec<String>, objects: Objects, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let Objects { services, slices, endpoints, nodes } = objects;
        let mut services = unique(services, diagnostics);
        let nodes = unique(nodes, diagnostics);
        let mut slices = unique(slices, diagnostics);
        let endpoints = in_place_of_slices(unique(endpoints, diagnostics), &slices, &services, diagnostics);
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
        Self { files, services, slices, backends: backends.into(), nodes }
    }

    /// The slices of a Service, by name.
    #[must_use]
    pub fn slices_of(&self, service: &Service) -> &[EndpointSlice] {
        service.slices.of(&self.slices)
    }

    /// Slices whose Service is not there.
    pub fn orphans(&self) -> impl Iterator<Item = &EndpointSlice> {
        // Both lists have the same order: what lies between the slices of two Services belongs to none.
        let starts = std::iter::once(0).chain(self.services.iter().map(|service| service.slices.end));
        let ends =
            self.services.iter().map(|service| service.slices.start).chain([position(self.slices.len())]);
        starts.zip(ends).flat_map(|(start, end)| Positions { start, end }.of(&self.slices))
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

/// Tells each Service its slices. Both lists are sorted by namespace and name of the Service.
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

fn position(length: usize) -> u32 {
    u32::try_from(length).expect("an endpoint takes more than a byte of a text below 4 GiB")
}

fn slice_order(a: &EndpointSlice, b: &EndpointSlice) -> Ordering {
    (&a.namespace, &a.service, &a.name).cmp(&(&b.namespace, &b.service, &b.name))
}

/// Objects that a cluster has once by name.
trait Named {
    /// By name; equal means the same object.
    fn order(&self, other: &Self) -> Ordering;
    /// By content, wherever it was read.
    fn content_order(&self, other: &Self) -> Ordering;
    fn version(&self) -> Option<u64>;
    fn origin(&self) -> Origin;
    fn reference(&self) -> ObjectRef;
}

impl Named for Service {
    fn order(&self, other: &Self) -> Ordering {
        (&self.namespace, &self.name).cmp(&(&other.namespace, &other.name))
    }

    fn content_order(&self, other: &Self) -> Ordering {
        let other = Self { origin: self.origin, ..other.clone() };
        self.cmp(&other)
    }

    fn version(&self) -> Option<u64> {
        self.resource_version
    }

    fn origin(&self) -> Origin {
        self.origin
    }

    fn reference(&self) -> ObjectRef {
        Self::reference(self)
    }
}

impl Named for (EndpointSlice, Vec<Backend>) {
    fn order(&self, other: &Self) -> Ordering {
        slice_order(&self.0, &other.0)
    }

    fn content_order(&self, other: &Self) -> Ordering {
        let labels = |slice: &EndpointSlice| (slice.has_other_proxy, slice.has_headless_label);
        let (a, b) = (&self.0, &other.0);
        (a.address_type, &a.ports, labels(a), &self.1).cmp(&(b.address_type, &b.ports, labels(b), &other.1))
    }

    fn version(&self) -> Option<u64> {
        self.0.resource_version
    }

    fn origin(&self) -> Origin {
        self.0.origin
    }

    fn reference(&self) -> ObjectRef {
        self.0.reference()
    }
}

impl Named for Node {
    fn order(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }

    fn content_order(&self, other: &Self) -> Ordering {
        let other = Self { origin: self.origin, ..other.clone() };
        self.cmp(&other)
    }

    fn version(&self) -> Option<u64> {
        self.resource_version
    }

    fn origin(&self) -> Origin {
        self.origin
    }

    fn reference(&self) -> ObjectRef {
        ObjectRef::new("Node", "", self.name.as_str())
    }
}

/// Sorts by name and keeps one object of each: the newest, or else the greatest by content, so that
/// the choice does not depend on the order of the input.
fn unique<T: Named>(mut objects: Vec<T>, diagnostics: &mut Vec<Diagnostic>) -> Vec<T> {
    objects.sort_by(|a, b| {
        let newest_first = || b.version().cmp(&a.version()).then_with(|| b.content_order(a));
        a.order(b).then_with(newest_first).then_with(|| a.origin().cmp(&b.origin()))
    });
    objects.dedup_by(|later, kept| {
        let same = later.order(kept).is_eq();
        if same {
            diagnostics.push(repetition(later, kept));
        }
        same
    });
    objects
}

fn repetition<T: Named>(dropped: &T, kept: &T) -> Diagnostic {
    let (code, message) = if dropped.content_order(kept).is_eq() {
        (Code::RepeatedObject, "the same object stands in the input twice")
    } else {
        (Code::DuplicateObject, "the input has another object of this name, with different content")
    };
    let help = match (dropped.version(), kept.version()) {
        (Some(old), Some(new)) if old != new => {
            format!("the one with resourceVersion {new} is used, not this one")
        }
        _ => "only one of them is used; remove the other".to_owned(),
    };
    Diagnostic::new(code, message)
        .about(dropped.reference())
        .at(dropped.origin().field("metadata.name"))
        .help(help)
}

/// Slices made of Endpoints objects, for Services that have no slice of their own.
fn in_place_of_slices(
    endpoints: Vec<(EndpointSlice, Vec<Backend>)>,
    slices: &[(EndpointSlice, Vec<Backend>)],
    services: &[Service],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(EndpointSlice, Vec<Backend>)> {
    let has_slice: BTreeSet<_> = slices.iter().map(|(slice, _)| (&slice.namespace, &slice.service)).collect();
    let has_service: BTreeSet<_> =
        services.iter().map(|service| (&service.namespace, &service.name)).collect();
    let (mut ignored, mut noted) = (0usize, BTreeSet::new());
    let mut used = Vec::new();
    for (slice, backends) in endpoints {
        let key = (slice.namespace.clone(), slice.service.clone());
        if has_slice.contains(&(&key.0, &key.1)) || !has_service.contains(&(&key.0, &key.1)) {
            ignored += 1;
            continue;
        }
        if noted.insert(key) {
            diagnostics.push(used_instead(&slice));
        }
        used.push((slice, backends));
    }
    if ignored > 0 {
        let message = format!("{ignored} subsets of Endpoints objects were ignored");
        diagnostics.push(Diagnostic::new(Code::EndpointsIgnored, message));
    }
    used
}

fn used_instead(slice: &EndpointSlice) -> Diagnostic {
    let message = "no EndpointSlice belongs to this Service; its Endpoints object is used instead";
    Diagnostic::new(Code::EndpointsUsed, message)
        .about(ObjectRef::new("Endpoints", slice.namespace.as_str(), slice.service.as_str()))
        .at(slice.origin.field("metadata.name"))
        .help("kube-proxy reads EndpointSlices only: kubectl get endpointslices -A -o yaml")
}
