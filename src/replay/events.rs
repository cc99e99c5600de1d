//! What changed between two moments, as kube-proxy is told: Services before slices, what is gone before what is new, in
//! the order of names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::manifest::any_objects;
use crate::net::Family;
use crate::platform::timeline::{Event, EventKind, ServiceName, What};
use crate::source::Sources;

/// The Services and slices of one moment, by namespace and name.
#[derive(Debug, Default)]
pub(super) struct Objects {
    services: BTreeMap<String, Object>,
    slices: BTreeMap<String, Object>,
    slices_of: BTreeMap<ServiceName, BTreeSet<String>>,
}

#[derive(Debug)]
struct Object {
    service: ServiceName,
    kind: EventKind,
    fields: Map<String, Value>,
}

/// The label of a slice that names its Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

impl Objects {
    /// The objects in the texts of a moment.
    pub(super) fn of(sources: &Sources) -> Self {
        let mut objects = Self::default();
        for object in any_objects(sources).objects {
            let (namespace, name) = (object.namespace().to_owned(), object.name().to_owned());
            let key = format!("{namespace}/{name}");
            match object.kind() {
                ("v1", "Service") => {
                    let service = (namespace.into(), name.into());
                    let entry = Object { service, kind: EventKind::Service, fields: object.fields };
                    objects.services.insert(key, entry);
                }
                (version, "EndpointSlice") if version.starts_with("discovery.k8s.io/") => {
                    let labels = object.get(&["metadata", "labels"]);
                    let service = labels.and_then(|labels| labels.get(SERVICE_NAME));
                    let service = service.and_then(Value::as_str).unwrap_or_default();
                    let is_ipv6 = object.get(&["addressType"]).and_then(Value::as_str) == Some("IPv6");
                    let family = if is_ipv6 { Family::Ipv6 } else { Family::Ipv4 };
                    let service = (namespace.into(), service.into());
                    let kind = EventKind::EndpointSlice(family);
                    objects.slices_of.entry(service.clone()).or_default().insert(key.clone());
                    objects.slices.insert(key, Object { service, kind, fields: object.fields });
                }
                _ => {}
            }
        }
        objects
    }

    /// Takes the objects of some Services out.
    pub(super) fn take(&mut self, services: &BTreeSet<ServiceName>) -> Self {
        let mut taken = Self::default();
        for service in services {
            taken.services.extend(self.services.remove_entry(&format!("{}/{}", service.0, service.1)));
            let slices = self.slices_of.remove(service).unwrap_or_default();
            taken.slices.extend(slices.iter().filter_map(|slice| self.slices.remove_entry(slice)));
            taken.slices_of.insert(service.clone(), slices);
        }
        taken
    }

    /// Puts other objects beside these.
    pub(super) fn extend(&mut self, others: Self) {
        self.services.extend(others.services);
        self.slices.extend(others.slices);
        self.slices_of.extend(others.slices_of);
    }
}

/// The events between two moments. `added_again` are slices that are deleted and added within the step;
/// `slices_as_read` is whether kube-proxy compares slices as they are, or only what it reads of them (1.30).
pub(super) fn events(
    before: &Objects,
    now: &Objects,
    added_again: &BTreeSet<String>,
    slices_as_read: bool,
) -> Vec<Event> {
    let mut events = changes(&before.services, &now.services, &BTreeSet::new(), |_, _| true);
    events.extend(changes(&before.slices, &now.slices, added_again, |old, new| {
        slices_as_read || digest(old) != digest(new)
    }));
    events
}

fn changes(
    before: &BTreeMap<String, Object>,
    now: &BTreeMap<String, Object>,
    added_again: &BTreeSet<String>,
    is_news: impl Fn(&Map<String, Value>, &Map<String, Value>) -> bool,
) -> Vec<Event> {
    let event = |what, object: &str, of: &Object, is_news| Event {
        what,
        kind: of.kind,
        object: object.into(),
        service: of.service.clone(),
        is_news,
    };
    let mut events = Vec::new();
    for (name, old) in before {
        if !now.contains_key(name) || added_again.contains(name) {
            events.push(event(What::Delete, name, old, true));
        }
    }
    for (name, new) in now {
        match before.get(name) {
            Some(_) if added_again.contains(name) => events.push(event(What::Add, name, new, true)),
            None => events.push(event(What::Add, name, new, true)),
            Some(old) if old.fields != new.fields => {
                events.push(event(What::Update, name, new, is_news(&old.fields, &new.fields)));
            }
            Some(_) => {}
        }
    }
    events
}

/// What kube-proxy 1.30 reads of a slice: ports, and endpoints in the order of their addresses. Labels are nothing to it.
fn digest(slice: &Map<String, Value>) -> Value {
    let of = |endpoint: &Value, member: &str| endpoint.get(member).cloned().unwrap_or(Value::Null);
    let mut endpoints: Vec<Value> = slice
        .get("endpoints")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|endpoint| {
            let read = ["addresses", "conditions", "nodeName", "zone"].map(|member| of(endpoint, member));
            let hints = endpoint.pointer("/hints/forZones").cloned();
            json!([read, hints])
        })
        .collect();
    endpoints.sort_by_cached_key(Value::to_string);
    json!([slice.get("ports"), endpoints])
}
