//! Templates: the pods that the controller of a workload makes of one (recorded from Kubernetes 1.36).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::placement::PlacedNode;
use super::scales::Scales;
use crate::fill::bands::hash;
use crate::fill::pod::Pods;
use crate::manifest::{AnyObject, labels};
use crate::source::Origin;

/// More pods of one workload than a cluster would run.
const MOST_PODS: u64 = 100_000;

/// A workload and its template.
pub(super) struct Workload<'o> {
    pub(super) object: &'o AnyObject,
    pub(super) kind: &'static str,
    selector: BTreeMap<String, String>,
    pub(super) replicas: u64,
    /// Whether the manifest says how many replicas it has.
    pub(super) has_replicas: bool,
}

/// A pod that has no node yet.
pub(super) struct Draft {
    /// The workload.
    pub(super) origin: Origin,
    /// What its address is drawn by.
    pub(super) key: String,
    pub(super) metadata: Map<String, Value>,
    pub(super) spec: Map<String, Value>,
}

impl<'o> Workload<'o> {
    /// The workload, if the object is one that makes pods by itself and runs all the time.
    pub(super) fn of(object: &'o AnyObject, scales: &Scales<'_>) -> Option<Self> {
        let (version, kind) = object.kind();
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let kind = match (group, kind) {
            ("apps", "Deployment") => "Deployment",
            ("apps", "ReplicaSet") => "ReplicaSet",
            ("apps", "StatefulSet") => "StatefulSet",
            ("apps", "DaemonSet") => "DaemonSet",
            ("argoproj.io", "Rollout") => "Rollout",
            ("", "ReplicationController") => "ReplicationController",
            _ => return None,
        };
        let owners = object.get(&["metadata", "ownerReferences"]).and_then(Value::as_array);
        let is_owned = owners.into_iter().flatten().any(|owner| owner["controller"] == Value::Bool(true));
        let template = object.get(&["spec", "template"]).and_then(Value::as_object);
        if is_owned || template.is_none() {
            return None;
        }
        let selector = match object.get(&["spec", "selector", "matchLabels"]) {
            Some(selector) => labels(Some(selector)),
            None if kind == "ReplicationController" => labels(object.get(&["spec", "selector"])),
            None => BTreeMap::new(),
        };
        let written = object.get(&["spec", "replicas"]).and_then(Value::as_u64);
        let replicas = written.unwrap_or_else(|| scales.replicas(object, kind)).min(MOST_PODS);
        let has_replicas = written.is_some() || kind == "DaemonSet";
        Some(Self { object, kind, selector, replicas, has_replicas })
    }

    pub(super) fn namespace(&self) -> &'o str {
        self.object.namespace()
    }

    pub(super) fn name(&self) -> &'o str {
        self.object.name()
    }

    pub(super) fn key(&self) -> (&'o str, &'o str, &'static str) {
        (self.namespace(), self.name(), self.kind)
    }

    pub(super) fn wants_pods(&self) -> bool {
        self.kind == "DaemonSet" || self.replicas > 0
    }

    /// `spec` of its template.
    pub(super) fn pod_spec(&self) -> Map<String, Value> {
        let spec = self.object.get(&["spec", "template", "spec"]).and_then(Value::as_object);
        spec.cloned().unwrap_or_default()
    }

    /// Whether some pods of the input are its pods.
    pub(super) fn has_pods_among(&self, pods: &Pods<'_>) -> bool {
        let selector = if self.selector.is_empty() { &self.template_labels() } else { &self.selector };
        pods.selected(self.namespace(), selector).next().is_some()
    }

    fn template_labels(&self) -> BTreeMap<String, String> {
        labels(self.object.get(&["spec", "template", "metadata", "labels"]))
    }

    /// Its pods, each with its number and the node it gets, evenly spread over those that may be used.
    pub(super) fn pods<'n>(&self, nodes: &[&'n PlacedNode]) -> Vec<(usize, Draft, &'n PlacedNode)> {
        if nodes.is_empty() {
            return Vec::new();
        }
        if self.kind == "DaemonSet" {
            return nodes.iter().map(|node| (0, self.pod_of_node(&node.name), *node)).collect();
        }
        let first = self.object.get(&["spec", "ordinals", "start"]).and_then(Value::as_u64).unwrap_or(0);
        let start = start(self.namespace(), self.name(), nodes.len());
        (0..usize::try_from(self.replicas).unwrap_or_default())
            .map(|number| {
                let ordinal = if self.kind == "StatefulSet" { first + number as u64 } else { number as u64 };
                (number, self.numbered(ordinal), nodes[(start + number) % nodes.len()])
            })
            .collect()
    }

    fn pod_of_node(&self, node: &str) -> Draft {
        let mut draft = self.draft(&format!("{}-{node}", self.name()));
        let labels = draft.labels();
        labels.insert("controller-revision-hash".into(), self.revision().into());
        labels.insert("pod-template-generation".into(), "1".into());
        draft
    }

    fn numbered(&self, ordinal: u64) -> Draft {
        let name = format!("{}-{ordinal}", self.name());
        let mut draft = self.draft(&name);
        match self.kind {
            "Deployment" => {
                draft.labels().insert("pod-template-hash".into(), self.revision().into());
            }
            "Rollout" => {
                draft.labels().insert("rollouts-pod-template-hash".into(), self.revision().into());
            }
            "StatefulSet" => {
                let labels = draft.labels();
                labels.insert("statefulset.kubernetes.io/pod-name".into(), name.as_str().into());
                labels.insert("apps.kubernetes.io/pod-index".into(), ordinal.to_string().into());
                labels.insert("controller-revision-hash".into(), self.revision().into());
                draft.spec.insert("hostname".into(), name.into());
                match self.object.text(&["spec", "serviceName"]) {
                    "" => draft.spec.remove("subdomain"),
                    service => draft.spec.insert("subdomain".into(), service.into()),
                };
            }
            _ => {}
        }
        draft
    }

    /// A stand-in for the hash of the template: the same for the same workload.
    fn revision(&self) -> String {
        let hash = hash(&format!("{}/{}/{}", self.kind, self.namespace(), self.name()));
        format!("{:010x}", hash & 0xff_ffff_ffff)
    }

    fn draft(&self, name: &str) -> Draft {
        let labels: Map<String, Value> =
            self.template_labels().into_iter().map(|(key, value)| (key, value.into())).collect();
        let metadata = Map::from_iter([
            ("name".to_owned(), name.into()),
            ("namespace".to_owned(), self.namespace().into()),
            ("labels".to_owned(), labels.into()),
        ]);
        let key = format!("{}/{}/{name}", self.namespace(), self.kind);
        Draft { origin: self.object.origin, key, metadata, spec: self.pod_spec() }
    }
}

/// The position of the node that the first pod of a workload gets.
fn start(namespace: &str, name: &str, nodes: usize) -> usize {
    let start = hash(&format!("{namespace}/{name}")) % nodes as u128;
    usize::try_from(start).unwrap_or_default()
}

/// The node that a single pod gets.
pub(super) fn first_of<'n>(nodes: &[&'n PlacedNode], namespace: &str, name: &str) -> Option<&'n PlacedNode> {
    if nodes.is_empty() { None } else { Some(nodes[start(namespace, name, nodes.len())]) }
}

impl Draft {
    fn labels(&mut self) -> &mut Map<String, Value> {
        let labels = self.metadata.entry("labels").or_insert_with(|| Value::Object(Map::new()));
        labels.as_object_mut().expect("labels are made as a mapping")
    }
}
