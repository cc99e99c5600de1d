//! Workloads and pods among objects.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::manifest::{AnyObject, labels};

/// What a workload is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) kind: &'static str,
    pub(super) namespace: String,
    pub(super) name: String,
}

const KINDS: [(&str, &str); 5] = [
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("v1", "ReplicationController"),
];

impl Key {
    /// That of a workload that no other one makes.
    pub(super) fn of(object: &AnyObject) -> Option<Self> {
        let kind = KINDS.iter().find(|kind| object.kind() == **kind)?.1;
        let owners = object.get(&["metadata", "ownerReferences"]).and_then(Value::as_array);
        if owners.into_iter().flatten().any(|owner| owner["controller"] == Value::Bool(true)) {
            return None;
        }
        object.get(&["spec", "template"])?;
        Some(Self { kind, namespace: object.namespace().to_owned(), name: object.name().to_owned() })
    }

    /// `namespace/name`
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// The workloads among objects.
pub(super) fn workloads(objects: &[AnyObject]) -> BTreeMap<Key, &AnyObject> {
    objects.iter().filter_map(|object| Some((Key::of(object)?, object))).collect()
}

/// Whether a controller that is not modelled makes pods of an object: its kind is none of ours, and it has a template.
pub(super) fn is_not_modelled(object: &AnyObject) -> bool {
    let is_ours = KINDS.iter().any(|kind| object.kind() == *kind);
    let owners = object.get(&["metadata", "ownerReferences"]).and_then(Value::as_array);
    let is_owned = owners.into_iter().flatten().any(|owner| owner["controller"] == Value::Bool(true));
    !is_ours && !is_owned && object.get(&["spec", "template", "spec", "containers"]).is_some()
}

pub(super) fn is_of(object: &AnyObject, kind: &str) -> bool {
    match object.kind() {
        ("v1", of) => of == kind,
        ("discovery.k8s.io/v1", "EndpointSlice") => kind == "EndpointSlice",
        _ => false,
    }
}

/// The annotation of pods that were made of a workload.
const ASSUMED: [&str; 3] = ["metadata", "annotations", "hnsplan.io/assumed"];

/// The pods of a workload that have a node and have not ended, in the order of their names and numbers.
pub(super) fn pods_of<'o>(workload: &AnyObject, objects: &'o [AnyObject]) -> Vec<&'o AnyObject> {
    let selector = match workload.get(&["spec", "selector", "matchLabels"]) {
        Some(selector) => labels(Some(selector)),
        None if workload.kind().1 == "ReplicationController" => labels(workload.get(&["spec", "selector"])),
        None => labels(workload.get(&["spec", "template", "metadata", "labels"])),
    };
    let prefix = format!("{}-", workload.name());
    let is_own = |pod: &&AnyObject| {
        let own = labels(pod.get(&["metadata", "labels"]));
        is_of(pod, "Pod")
            && is_running(pod)
            && pod.namespace() == workload.namespace()
            && !selector.is_empty()
            && selector.iter().all(|(key, value)| own.get(key) == Some(value))
            && (pod.text(&ASSUMED) != "pod" || pod.name().starts_with(&prefix))
    };
    let mut pods: Vec<&AnyObject> = objects.iter().filter(is_own).collect();
    pods.sort_by_key(|pod| (ordinal(pod.name()), pod.name()));
    pods
}

/// Whether a pod has a node, and neither ends nor has ended.
pub(super) fn is_running(pod: &AnyObject) -> bool {
    let is_over = matches!(pod.text(&["status", "phase"]), "Succeeded" | "Failed");
    let is_deleted = pod.get(&["metadata", "deletionTimestamp"]).is_some_and(|time| !time.is_null());
    !pod.text(&["spec", "nodeName"]).is_empty() && !is_over && !is_deleted
}

/// The number at the end of a name.
pub(super) fn ordinal(name: &str) -> Option<usize> {
    name.rsplit_once('-')?.1.parse().ok()
}

pub(super) fn is_ready(pod: &AnyObject) -> bool {
    let conditions = pod.get(&["status", "conditions"]).and_then(Value::as_array);
    conditions.into_iter().flatten().any(|of| of["type"] == "Ready" && of["status"] == "True")
}

/// Sets a field; what stands in its way and is no mapping is replaced.
pub(super) fn set(fields: &mut Map<String, Value>, path: &[&str], value: Value) {
    let Some((last, above)) = path.split_last() else { return };
    let mut at = fields;
    for key in above {
        let inner = at.entry(*key).or_insert(Value::Null);
        if !inner.is_object() {
            *inner = json!({});
        }
        let Value::Object(inner) = inner else { return };
        at = inner;
    }
    at.insert((*last).to_owned(), value);
}

/// The same pod, ready or not, being deleted or not.
pub(super) fn in_condition(pod: &AnyObject, is_ready: bool, is_deleted: bool) -> AnyObject {
    let mut pod = pod.clone();
    let ready = if is_ready { "True" } else { "False" };
    set(&mut pod.fields, &["status", "conditions"], json!([{"type": "Ready", "status": ready}]));
    if is_deleted {
        set(&mut pod.fields, &["metadata", "deletionTimestamp"], "2026-01-01T00:00:00Z".into());
    }
    pod
}
