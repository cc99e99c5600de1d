//! Slices that the input has already: the controller changes as few of them as it can.

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::endpoint::Endpoint;
use super::ports::{SlicePort, slice_ports};
use crate::manifest::AnyObject;

/// The name of the Service that a slice belongs to.
pub(super) const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// Who made a slice, and its name when that is the controller.
pub(super) const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
pub(super) const CONTROLLER: &str = "endpointslice-controller.k8s.io";

/// A slice that the controller made.
pub(super) struct Existing<'o> {
    pub(super) object: &'o AnyObject,
    pub(super) ports: Vec<SlicePort>,
    endpoints: FxHashMap<Key, &'o Value>,
}

/// What an endpoint is the same by: its pod, and its addresses as they are written.
type Key = (String, Vec<String>);

impl<'o> Existing<'o> {
    /// A slice of a Service by its controller, and not by another's.
    pub(super) fn of(object: &'o AnyObject) -> Self {
        let endpoints = object.get(&["endpoints"]).and_then(Value::as_array).into_iter().flatten();
        Self {
            object,
            ports: slice_ports(object),
            endpoints: endpoints.map(|endpoint| (key_of_written(endpoint), endpoint)).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.endpoints.is_empty()
    }

    /// Whether an endpoint is in it.
    pub(super) fn contains(&self, endpoint: &Endpoint<'_>) -> bool {
        self.endpoints.contains_key(&key(endpoint))
    }

    /// Whether these endpoints are all that it has, just as they are in it, and its labels are these.
    pub(super) fn is_right(&self, endpoints: &[Endpoint<'_>], labels: &Value) -> bool {
        let is_as_written =
            |endpoint: &Endpoint<'_>| self.endpoints.get(&key(endpoint)).copied() == Some(&endpoint.json());
        self.endpoints.len() == endpoints.len()
            && endpoints.iter().all(is_as_written)
            && self.object.get(&["metadata", "labels"]) == Some(labels)
    }

    /// The zone that an endpoint is hinted to.
    pub(super) fn hint(&self, endpoint: &Endpoint<'_>) -> Option<&'o str> {
        self.endpoints.get(&key(endpoint))?["hints"]["forZones"][0]["name"].as_str()
    }
}

fn key(endpoint: &Endpoint<'_>) -> Key {
    (endpoint.pod.name.clone(), endpoint.addresses.iter().map(ToString::to_string).collect())
}

fn key_of_written(endpoint: &Value) -> Key {
    let addresses = endpoint["addresses"].as_array().into_iter().flatten();
    let addresses = addresses.filter_map(Value::as_str).map(str::to_owned).collect();
    (endpoint["targetRef"]["name"].as_str().unwrap_or_default().to_owned(), addresses)
}

/// The Service, as namespace and name, that the controller made a slice for.
pub(crate) fn service_of(slice: &AnyObject) -> Option<(&str, &str)> {
    named_by(slice).filter(|_| slice.text(&["metadata", "labels", MANAGED_BY]) == CONTROLLER)
}

/// The Service, as namespace and name, that a slice is for, whoever made it.
pub(in crate::fill) fn named_by(slice: &AnyObject) -> Option<(&str, &str)> {
    let is_slice = slice.kind() == ("discovery.k8s.io/v1", "EndpointSlice");
    let service = slice.text(&["metadata", "labels", SERVICE_NAME]);
    (is_slice && !service.is_empty()).then(|| (slice.namespace(), service))
}
