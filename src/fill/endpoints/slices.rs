//! Slices: endpoints with the same ports, a hundred at most in each.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::endpoint::Endpoint;
use super::existing::{CONTROLLER, Existing, MANAGED_BY, SERVICE_NAME};
use super::owner::Owner;
use super::ports::SlicePort;
use crate::diagnostics::Diagnostic;
use crate::manifest::AnyObject;
use crate::net::Family;

/// How many endpoints the controller puts into a slice.
const LARGEST: usize = 100;

const HEADLESS: &str = "service.kubernetes.io/headless";

/// A slice as it is to be.
struct Draft<'o, 'p> {
    /// The slice that it was, which keeps its name.
    was: Option<&'o AnyObject>,
    ports: Vec<SlicePort>,
    endpoints: Vec<Endpoint<'p>>,
    /// Whether it has to be written anyway.
    is_changed: bool,
}

/// The slices of one family. Without any endpoint there is one, with neither endpoints nor ports.
pub(super) fn of_family(
    owner: &Owner<'_>,
    family: Family,
    groups: BTreeMap<Vec<SlicePort>, Vec<Endpoint<'_>>>,
    existing: &[Existing<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<AnyObject> {
    let labels = labels(owner);
    let mut drafts = Vec::new();
    let mut obsolete: Vec<&Existing<'_>> =
        existing.iter().filter(|slice| !groups.contains_key(&slice.ports)).collect();
    let is_served = !groups.is_empty();
    for (ports, mut endpoints) in groups {
        endpoints.sort_by(|a, b| (&a.addresses, &a.pod.name).cmp(&(&b.addresses, &b.pod.name)));
        let addresses = endpoints.iter().flat_map(|endpoint| &endpoint.addresses);
        if let Some(refused) = addresses.copied().find(|ip| is_refused(*ip)) {
            owner.warn_unserved(family, refused, diagnostics);
            continue;
        }
        let existing = existing.iter().filter(|slice| slice.ports == ports);
        let (kept, emptied) = keep(existing, &mut endpoints, &labels);
        obsolete.extend(emptied);
        drafts.extend(place(kept, endpoints, &ports));
    }
    if !is_served {
        drafts.push(Draft { was: None, ports: Vec::new(), endpoints: Vec::new(), is_changed: true });
    }
    // A slice that would be deleted becomes one that would be made.
    let mut obsolete = obsolete.into_iter();
    for draft in drafts.iter_mut().filter(|draft| draft.was.is_none()) {
        draft.was = obsolete.next().map(|slice| slice.object);
    }
    drafts.iter().map(|draft| draft.object(owner, family, &labels)).collect()
}

/// Leaves endpoints in the slices in which they are. The slices that have none of them left come second.
fn keep<'o, 'p, 's: 'o>(
    existing: impl Iterator<Item = &'s Existing<'o>>,
    endpoints: &mut Vec<Endpoint<'p>>,
    labels: &Value,
) -> (Vec<Draft<'o, 'p>>, Vec<&'s Existing<'o>>) {
    let (mut kept, mut emptied) = (Vec::new(), Vec::new());
    for slice in existing {
        let own: Vec<Endpoint<'p>> = endpoints.extract_if(.., |endpoint| slice.contains(endpoint)).collect();
        if own.is_empty() && !slice.is_empty() {
            emptied.push(slice);
            continue;
        }
        let is_changed = !slice.is_right(&own, labels);
        kept.push(Draft { was: Some(slice.object), ports: slice.ports.clone(), endpoints: own, is_changed });
    }
    (kept, emptied)
}

/// Places the endpoints that are in no slice: first where slices change anyway, then all that are left where there is
/// room for all, at last in new ones.
fn place<'o, 'p>(
    mut drafts: Vec<Draft<'o, 'p>>,
    mut endpoints: Vec<Endpoint<'p>>,
    ports: &[SlicePort],
) -> Vec<Draft<'o, 'p>> {
    drafts.sort_by_key(|draft| std::cmp::Reverse(draft.endpoints.len()));
    for draft in drafts.iter_mut().filter(|draft| draft.is_changed) {
        let room = draft.room().min(endpoints.len());
        draft.endpoints.extend(endpoints.drain(..room));
    }
    while !endpoints.is_empty() {
        let fullest = drafts.iter_mut().find(|draft| !draft.is_changed && draft.room() >= endpoints.len());
        if let Some(draft) = fullest {
            draft.endpoints.append(&mut endpoints);
            draft.is_changed = true;
        } else {
            let endpoints = endpoints.drain(..endpoints.len().min(LARGEST)).collect();
            drafts.push(Draft { was: None, ports: ports.to_vec(), endpoints, is_changed: true });
        }
    }
    drafts
}

impl Draft<'_, '_> {
    fn room(&self) -> usize {
        LARGEST.saturating_sub(self.endpoints.len())
    }

    fn object(&self, owner: &Owner<'_>, family: Family, labels: &Value) -> AnyObject {
        let mut metadata = match self.was {
            Some(was) => was.fields.get("metadata").cloned().unwrap_or_else(|| json!({})),
            None => metadata(owner),
        };
        metadata["labels"] = labels.clone();
        let ports: Vec<Value> = self.ports.iter().map(SlicePort::json).collect();
        let endpoints: Vec<Value> = self.endpoints.iter().map(Endpoint::json).collect();
        let fields = Map::from_iter([
            ("apiVersion".to_owned(), "discovery.k8s.io/v1".into()),
            ("kind".to_owned(), "EndpointSlice".into()),
            ("metadata".to_owned(), metadata),
            ("addressType".to_owned(), family.as_str().into()),
            ("endpoints".to_owned(), endpoints.into()),
            ("ports".to_owned(), ports.into()),
        ]);
        AnyObject {
            origin: self.was.unwrap_or(owner.object).origin,
            fields,
            is_made: self.was.is_none_or(|was| was.is_made),
        }
    }
}

/// The labels of every slice of a Service: its own, and who made them.
fn labels(owner: &Owner<'_>) -> Value {
    let own = owner.object.get(&["metadata", "labels"]).and_then(Value::as_object);
    let mut labels: Map<String, Value> = own.cloned().unwrap_or_default();
    labels.remove(HEADLESS);
    labels.insert(SERVICE_NAME.into(), owner.object.name().into());
    labels.insert(MANAGED_BY.into(), CONTROLLER.into());
    if owner.is_headless {
        labels.insert(HEADLESS.into(), "".into());
    }
    Value::Object(labels)
}

/// The metadata of a new slice, without its name.
fn metadata(owner: &Owner<'_>) -> Value {
    let service = owner.object;
    let mut reference = json!({
        "apiVersion": "v1", "kind": "Service", "name": service.name(), "controller": true,
        "blockOwnerDeletion": true,
    });
    if let Some(uid) = service.get(&["metadata", "uid"]) {
        reference["uid"] = uid.clone();
    }
    let mut metadata = json!({
        "namespace": service.namespace(), "generateName": format!("{}-", service.name()),
        "ownerReferences": [reference],
    });
    if let Some(time) = service.get(&["metadata", "creationTimestamp"]).filter(|time| !time.is_null()) {
        metadata["annotations"] = json!({"endpoints.kubernetes.io/last-change-trigger-time": time});
    }
    metadata
}

/// Whether the API server refuses an address in a slice.
fn is_refused(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let is_local_group = ip.octets()[..3] == [224, 0, 0];
            ip.is_unspecified() || ip.is_loopback() || ip.is_link_local() || is_local_group
        }
        IpAddr::V6(ip) => {
            let is_local_group = ip.segments()[0] == 0xff02;
            ip.is_unspecified() || ip.is_loopback() || ip.is_unicast_link_local() || is_local_group
        }
    }
}

/// Names the new slices of a Service in their order, where a cluster would add random letters.
pub(super) fn name(service: &str, slices: &mut [AnyObject]) {
    let taken: Vec<String> = slices.iter().map(|slice| slice.name().to_owned()).collect();
    let mut names = (1..).map(|number| format!("{service}-{number}")).filter(|name| !taken.contains(name));
    for slice in slices.iter_mut().filter(|slice| slice.name().is_empty()) {
        if let (Some(Value::Object(metadata)), Some(name)) = (slice.fields.get_mut("metadata"), names.next())
        {
            metadata.insert("name".into(), name.into());
        }
    }
}
