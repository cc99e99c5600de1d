//! Templates: the pods that the controller of a workload makes of one (recorded from Kubernetes 1.36).

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

use super::draft::{Draft, Template};
use super::placement::PlacedNode;
use super::scales::Scales;
use crate::fill::assumptions::MOST_REPLICAS;
use crate::fill::bands::hash;
use crate::fill::pod::Pods;
use crate::manifest::{AnyObject, labels};

/// A workload and its template.
pub(super) struct Workload<'o> {
    pub(super) object: &'o AnyObject,
    pub(super) kind: &'static str,
    selector: BTreeMap<String, String>,
    /// How many pods it gets, unless it has one on each node.
    pub(super) replicas: u64,
    /// How many the manifest asks for.
    written: Option<u64>,
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
        let replicas = written.unwrap_or_else(|| scales.replicas(object, kind)).min(MOST_REPLICAS);
        Some(Self { object, kind, selector, replicas, written })
    }

    /// Whether the manifest says how many pods it has.
    pub(super) fn has_replicas(&self) -> bool {
        self.written.is_some() || self.kind == "DaemonSet"
    }

    /// How many pods the manifest asks for, where it gets fewer.
    pub(super) fn too_many(&self) -> Option<u64> {
        self.written.filter(|written| *written > MOST_REPLICAS && self.kind != "DaemonSet")
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

    /// Whether some pods of the input are its pods.
    pub(super) fn has_pods_among(&self, pods: &Pods<'_>) -> bool {
        let selector = if self.selector.is_empty() { &self.template_labels() } else { &self.selector };
        pods.selected(self.namespace(), selector).next().is_some()
    }

    fn template_labels(&self) -> BTreeMap<String, String> {
        labels(self.object.get(&["spec", "template", "metadata", "labels"]))
    }

    /// Its pods, each with its number and the node it gets, evenly spread over those that may be used.
    pub(super) fn pods<'n>(
        &self,
        template: &Rc<Template<'o>>,
        nodes: &[&'n PlacedNode],
    ) -> Vec<(usize, Draft<'o>, &'n PlacedNode)> {
        if nodes.is_empty() {
            return Vec::new();
        }
        let labels = Arc::new(self.pod_labels());
        let draft = |name: String| Draft {
            template: Rc::clone(template),
            key: format!("{}/{}/{name}", self.namespace(), self.kind),
            namespace: self.namespace(),
            name,
            labels: Arc::clone(&labels),
            serves: None,
        };
        if self.kind == "DaemonSet" {
            let name = |node: &PlacedNode| format!("{}-{}", self.name(), node.name);
            return nodes.iter().map(|node| (0, draft(name(node)), *node)).collect();
        }
        let first = self.object.get(&["spec", "ordinals", "start"]).and_then(Value::as_u64).unwrap_or(0);
        let start = start(self.namespace(), self.name(), nodes.len());
        (0..usize::try_from(self.replicas).unwrap_or_default())
            .map(|number| {
                let node = nodes[(start + number) % nodes.len()];
                let is_stateful = self.kind == "StatefulSet";
                let ordinal = if is_stateful { first + number as u64 } else { number as u64 };
                let mut draft = draft(format!("{}-{ordinal}", self.name()));
                if is_stateful {
                    self.set_identity(&mut draft, ordinal);
                }
                (number, draft, node)
            })
            .collect()
    }

    /// The labels that all its pods have: those of the template, and what the controller adds.
    fn pod_labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.template_labels();
        let mut add = |key: &str, value: String| labels.insert(key.to_owned(), value);
        match self.kind {
            "Deployment" => _ = add("pod-template-hash", self.revision()),
            "Rollout" => _ = add("rollouts-pod-template-hash", self.revision()),
            "StatefulSet" => _ = add("controller-revision-hash", self.revision()),
            "DaemonSet" => {
                add("controller-revision-hash", self.revision());
                add("pod-template-generation", "1".to_owned());
            }
            _ => {}
        }
        labels
    }

    /// Gives a pod of a `StatefulSet` what it keeps when it is made again.
    fn set_identity(&self, draft: &mut Draft<'o>, ordinal: u64) {
        let labels = Arc::make_mut(&mut draft.labels);
        labels.insert("statefulset.kubernetes.io/pod-name".to_owned(), draft.name.clone());
        labels.insert("apps.kubernetes.io/pod-index".to_owned(), ordinal.to_string());
        draft.serves = Some(self.object.text(&["spec", "serviceName"]));
    }

    /// A stand-in for the hash of the template: the same for the same workload.
    fn revision(&self) -> String {
        let hash = hash(&format!("{}/{}/{}", self.kind, self.namespace(), self.name()));
        format!("{:010x}", hash & 0xff_ffff_ffff)
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
