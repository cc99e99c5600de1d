//! Objects of one name: which of them counts.

use std::cmp::Ordering;

use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::manifest::codes;
use crate::manifest::object::{Backend, EndpointSlice, Node, Service, ServiceCidr};
use crate::source::Origin;

/// Objects of which a cluster has one of each name.
pub(super) trait Named {
    /// By name; equal means the same object.
    fn order(&self, other: &Self) -> Ordering;
    /// By content, wherever it was read.
    fn content_order(&self, other: &Self) -> Ordering;
    fn version(&self) -> Option<u64>;
    fn origin(&self) -> Origin;
    fn reference(&self) -> ObjectRef;
}

/// Slices are sorted so that those of one Service follow each other.
pub(super) fn slice_order(a: &EndpointSlice, b: &EndpointSlice) -> Ordering {
    (&a.namespace, &a.service, &a.name).cmp(&(&b.namespace, &b.service, &b.name))
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

impl Named for ServiceCidr {
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
        Self::reference(self)
    }
}

/// Sorts by name and keeps one object of each: the newest, or else the greatest by content, so that
/// the choice does not depend on the order of the input.
pub(super) fn unique<T: Named>(mut objects: Vec<T>, diagnostics: &mut Vec<Diagnostic>) -> Vec<T> {
    objects.sort_by(|a, b| {
        let newest_first = || b.version().cmp(&a.version()).then_with(|| b.content_order(a));
        a.order(b).then_with(newest_first).then_with(|| a.origin().cmp(&b.origin()))
    });
    objects.dedup_by(|later, kept| {
        let same = later.order(kept).is_eq();
        if same {
            diagnostics.push(report(later, kept));
        }
        same
    });
    objects
}

fn report<T: Named>(dropped: &T, kept: &T) -> Diagnostic {
    let (code, message) = if dropped.content_order(kept).is_eq() {
        (codes::REPEATED_OBJECT, "duplicate object")
    } else {
        (codes::DUPLICATE_OBJECT, "duplicate object with different content")
    };
    let help = match (dropped.version(), kept.version()) {
        (Some(old), Some(new)) if old != new => {
            format!("the one with resourceVersion {new} is used, not this one")
        }
        _ => "one of them is used; remove the other".to_owned(),
    };
    Diagnostic::new(code, message)
        .about(dropped.reference())
        .at(dropped.origin().field("metadata.name"))
        .help(help)
}
