//! What changes: other manifests, a number of replicas, a restart, a node that is drained.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde_json::{Value, json};

use super::objects::{Key, is_not_modelled, is_of, pods_of, set, workloads};
use crate::manifest::AnyObject;
use crate::name::{did_you_mean, printable};

/// What changes, besides the manifests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Workloads that get another number of replicas.
    pub scales: Vec<Scale>,
    /// Workloads that are restarted, as `kubectl rollout restart` does.
    pub restarts: Vec<Named>,
    /// A node that is drained, as `kubectl drain` does.
    pub drain: Option<String>,
}

/// A workload: `NAMESPACE/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A workload and how many replicas it gets: `NAMESPACE/NAME=N`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// The workload.
    pub workload: Named,
    /// How many replicas.
    pub replicas: u32,
}

/// More pods than any workload is scaled to.
const MOST: u32 = 10_000;

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("`{}` is no workload; expected NAMESPACE/NAME as in shop/web", printable(text));
        let (namespace, name) = text.split_once('/').ok_or_else(form)?;
        if namespace.is_empty() || name.is_empty() || name.contains('/') {
            return Err(form());
        }
        Ok(Self { namespace: namespace.to_owned(), name: name.to_owned() })
    }
}

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || {
            format!("`{}` is no scale; expected NAMESPACE/NAME=REPLICAS as in shop/web=3", printable(text))
        };
        let (workload, replicas) = text.split_once('=').ok_or_else(form)?;
        let replicas = replicas.parse().ok().filter(|replicas| *replicas <= MOST).ok_or_else(|| {
            format!("`{}` is no number of replicas; expected 0 to {MOST}", printable(replicas))
        })?;
        Ok(Self { workload: workload.parse()?, replicas })
    }
}

/// Why a change cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnknownObject {
    message: String,
    is_absent: bool,
}

impl UnknownObject {
    fn new(message: String) -> Self {
        Self { message, is_absent: false }
    }

    /// Whether other manifests could have what is named.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.is_absent
    }
}

impl Change {
    /// Checks that there is all that is named.
    ///
    /// # Errors
    /// With the nearest names.
    pub fn check(&self, objects: &[AnyObject]) -> Result<(), UnknownObject> {
        let known: Vec<Key> = workloads(objects).into_keys().collect();
        let named = self.scales.iter().map(|of| ("--scale", &of.workload));
        for (flag, Named { namespace, name }) in named.chain(self.restarts.iter().map(|of| ("--restart", of)))
        {
            let of: Vec<&Key> =
                known.iter().filter(|of| (&of.namespace, &of.name) == (namespace, name)).collect();
            let wanted = format!("{namespace}/{name}");
            let is_it = |of: &&AnyObject| (of.namespace(), of.name()) == (namespace, name);
            if let Some(other) = objects.iter().filter(|of| is_not_modelled(of)).find(is_it) {
                let kind = printable(other.kind().1);
                let modelled = "Deployment, StatefulSet, DaemonSet, ReplicaSet";
                let reason =
                    format!("{flag}: what a {kind} does is not modelled; expected one of {modelled}");
                return Err(UnknownObject::new(reason));
            }
            if of.is_empty() {
                let there = known.iter().map(|of| format!("{}/{}", of.namespace, of.name));
                return Err(unknown(flag, &wanted, "workload", there.collect()));
            }
            if flag == "--scale" && of.iter().all(|of| of.kind == "DaemonSet") {
                let reason = format!("{flag}: DaemonSet {wanted} has a pod for each node and no replicas");
                return Err(UnknownObject::new(reason));
            }
        }
        if let Some(node) = &self.drain {
            let nodes = objects.iter().filter(|object| is_of(object, "Node")).map(AnyObject::name);
            let nodes: Vec<String> = nodes.map(str::to_owned).collect();
            if !nodes.contains(node) {
                return Err(unknown("--drain", node, "node", nodes));
            }
        }
        Ok(())
    }

    /// Changes the objects.
    pub(super) fn apply(&self, objects: &mut [AnyObject]) {
        for object in objects {
            let is_named = |of: &Named| {
                of.name == object.name() && of.namespace == object.namespace() && Key::of(object).is_some()
            };
            let scale = self.scales.iter().find(|of| is_named(&of.workload)).map(|of| of.replicas);
            let restarts = self.restarts.iter().any(is_named);
            let is_drained =
                is_of(object, "Node") && self.drain.as_deref().is_some_and(|node| node == object.name());
            if let Some(replicas) = scale {
                set(&mut object.fields, &["spec", "replicas"], replicas.into());
            }
            if restarts {
                // What kubectl writes is the time.
                let path = ["spec", "template", "metadata", "annotations", RESTARTED];
                set(&mut object.fields, &path, "now".into());
            }
            if is_drained {
                set(&mut object.fields, &["spec", "unschedulable"], true.into());
                let taints = object.get(&["spec", "taints"]).and_then(Value::as_array);
                let mut taints = taints.cloned().unwrap_or_default();
                taints.push(json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}));
                set(&mut object.fields, &["spec", "taints"], taints.into());
            }
        }
    }

    /// The workloads whose pods change between two states of the objects.
    pub(super) fn touched(&self, before: &[AnyObject], after: &[AnyObject]) -> BTreeSet<Key> {
        let (old, new) = (workloads(before), workloads(after));
        let mut touched = BTreeSet::new();
        for (key, workload) in &new {
            let is_changed = old.get(key).is_none_or(|old| {
                let differs = |path: &[&str]| old.get(path) != workload.get(path);
                differs(&["spec", "template"]) || differs(&["spec", "replicas"])
            });
            let on_drained = |pod: &&AnyObject| {
                self.drain.as_deref().is_some_and(|node| node == pod.text(&["spec", "nodeName"]))
            };
            let is_drained = || key.kind != "DaemonSet" && pods_of(workload, before).iter().any(on_drained);
            if is_changed || is_drained() {
                touched.insert(key.clone());
            }
        }
        touched.extend(old.into_keys().filter(|key| !new.contains_key(key)));
        touched
    }
}

const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

fn unknown(flag: &str, name: &str, what: &str, mut known: Vec<String>) -> UnknownObject {
    known.sort();
    known.dedup();
    let near = did_you_mean(name, known.iter().map(String::as_str));
    let listed = known.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    let listed = if listed.is_empty() { "there is none".to_owned() } else { listed };
    let message = format!(
        "{flag}: {what} {} is not in the input; {near}{what}s in the input: {listed}",
        printable(name)
    );
    UnknownObject { message, is_absent: true }
}
