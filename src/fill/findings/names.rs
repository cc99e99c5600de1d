//! How findings name workloads, pods and nodes.

use std::collections::BTreeMap;

use crate::diagnostics::ObjectRef;
use crate::fill::pod::Pod;
use crate::manifest::AnyObject;
use crate::name::printable;
use crate::source::Origin;

/// Where pods come from, for messages: the workload that they were made of, or the pod itself.
pub(super) struct Workloads<'o>(BTreeMap<Origin, &'o AnyObject>);

impl<'o> Workloads<'o> {
    pub(super) fn of(objects: &'o [AnyObject]) -> Self {
        let made = |object: &&AnyObject| object.kind().1 != "Node" && object.kind().1 != "EndpointSlice";
        let mut workloads = BTreeMap::new();
        for object in objects.iter().filter(made) {
            // Pods that are made stand behind the workload that they come from.
            workloads.entry(object.origin).or_insert(object);
        }
        Self(workloads)
    }

    /// The kind and name of what a pod comes from, as in `Deployment shop/web`.
    pub(super) fn name(&self, pod: &Pod) -> String {
        let object = self.0.get(&pod.origin);
        object.map_or_else(|| reference("Pod", &pod.namespace, &pod.name), |object| name(object))
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
