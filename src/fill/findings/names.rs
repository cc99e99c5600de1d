//! How findings name workloads, pods and nodes.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::ObjectRef;
use crate::fill::pod::{DeclaredPort, Pod};
use crate::fill::{Assumed, Replicas, RunTimePods};
use crate::manifest::AnyObject;
use crate::name::printable;
use crate::source::Place;

/// What pods were made of: a workload, or pods of the assumptions, which no manifest has.
pub(super) struct Makers<'a> {
    /// By the names of the pods, as `namespace/name`.
    by_pod: BTreeMap<&'a str, &'a Replicas>,
    /// Namespaces and names of pods that exist only at run time.
    at_run_time: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Makers<'a> {
    pub(super) fn new(assumed: &'a Assumed, run_time: &'a [RunTimePods]) -> Self {
        let of_pod = |pod: &'a crate::fill::AssumedPod| (&*pod.name, &assumed.workloads[pod.workload]);
        Self {
            by_pod: assumed.pods.iter().map(of_pod).collect(),
            at_run_time: run_time.iter().map(|pods| (&*pods.namespace, &*pods.name)).collect(),
        }
    }

    fn of(&self, pod: &Pod) -> Option<&'a Replicas> {
        self.by_pod.get(&*format!("{}/{}", pod.namespace, pod.name)).copied().filter(|_| pod.is_assumed)
    }

    /// The kind and name of what a pod comes from, as in `Deployment shop/web`; the pod itself where it is in the input.
    pub(super) fn name(&self, pod: &Pod) -> String {
        match self.of(pod) {
            Some(maker) => reference(maker.kind, &maker.namespace, &maker.name),
            None => reference("Pod", &pod.namespace, &pod.name),
        }
    }

    /// Where a port is declared, if a manifest declares it.
    pub(super) fn place(&self, pod: &Pod, port: &DeclaredPort<'_>) -> Option<Place> {
        let is_of_run_time = |maker: &Replicas| {
            maker.kind == "StatefulSet" && self.at_run_time.contains(&(&*maker.namespace, &*maker.name))
        };
        let is_written = !self.of(pod).is_some_and(is_of_run_time);
        is_written.then(|| pod.origin.field(port.path(pod)))
    }
}

/// Kind, namespace and name, safe to print.
pub(super) fn name(object: &AnyObject) -> String {
    reference(object.kind().1, object.namespace(), object.name())
}

fn reference(kind: &str, namespace: &str, name: &str) -> String {
    let object = ObjectRef::new("", namespace, name).to_string();
    format!("{}{object}", printable(kind))
}

/// The first names, and how many more there are.
pub(super) fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| printable(name)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
