//! Slices that the input has already: the controller changes as few of them as it can.

use serde_json::Value;

use super::endpoint::Endpoint;
use super::ports::{SlicePort, slice_ports};
use crate::manifest::AnyObject;
use crate::net::Family;

/// The name of the Service that a slice belongs to.
pub(super) const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// Who made a slice, and its name when that is the controller.
pub(super) const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
pub(super) const CONTROLLER: &str = "endpointslice-controller.k8s.io";

/// A slice that the controller made.
#[derive(Debug, Clone)]
pub(super) struct Existing<'o> {
    pub(super) object: &'o AnyObject,
    pub(super) ports: Vec<SlicePort>,
    family: Option<Family>,
    endpoints: Vec<&'o Value>,
}

impl<'o> Existing<'o> {
    /// A slice of a Service by its controller, and not by another's.
    pub(super) fn of(object: &'o AnyObject) -> Self {
        let family = object.text(&["addressType"]);
        let endpoints = object.get(&["endpoints"]).and_then(Value::as_array);
        Self {
            object,
            ports: slice_ports(object),
            family: Family::ALL.into_iter().find(|of| of.as_str() == family),
            endpoints: endpoints.into_iter().flatten().collect(),
        }
    }

    pub(super) fn is_of(&self, family: Family) -> bool {
        self.family == Some(family)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.endpoints.is_empty()
    }

    /// Whether an endpoint is in it.
    pub(super) fn contains(&self, endpoint: &Endpoint<'_>) -> bool {
        self.endpoints.iter().any(|known| is_same(known, endpoint))
    }

    /// Whether these endpoints are all that it has, just as they are in it, and its labels are these.
    pub(super) fn is_right(&self, endpoints: &[Endpoint<'_>], labels: &Value) -> bool {
        self.endpoints.len() == endpoints.len()
            && endpoints.iter().all(|endpoint| self.endpoints.iter().any(|known| **known == endpoint.json()))
            && self.object.get(&["metadata", "labels"]) == Some(labels)
    }

    /// The zone that an endpoint is hinted to.
    pub(super) fn hint(&self, endpoint: &Endpoint<'_>) -> Option<&'o str> {
        let known = self.endpoints.iter().find(|known| is_same(known, endpoint))?;
        known["hints"]["forZones"][0]["name"].as_str()
    }
}

/// Whether a written endpoint is this one: the same pod with the same addresses.
fn is_same(known: &Value, endpoint: &Endpoint<'_>) -> bool {
    let addresses = known["addresses"].as_array().into_iter().flatten();
    let addresses: Vec<&str> = addresses.filter_map(Value::as_str).collect();
    let own: Vec<String> = endpoint.addresses.iter().map(ToString::to_string).collect();
    known["targetRef"]["name"] == endpoint.pod.name.as_str() && addresses == own
}

/// The Service, as namespace and name, that the controller made a slice for.
pub(in crate::fill) fn service_of(slice: &AnyObject) -> Option<(&str, &str)> {
    let is_slice = slice.kind() == ("discovery.k8s.io/v1", "EndpointSlice");
    let is_managed = slice.text(&["metadata", "labels", MANAGED_BY]) == CONTROLLER;
    let service = slice.text(&["metadata", "labels", SERVICE_NAME]);
    (is_slice && is_managed && !service.is_empty()).then(|| (slice.namespace(), service))
}
