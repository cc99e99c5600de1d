//! What a cluster would add to manifests: defaults, cluster IPs, node ports, and the slices of the pods.
//!
//! ```text
//! objects ─┬ Services ─ defaults, families, numbers ─► Services as stored ─┐
//!          ├ pods, nodes ─────────────────────────────────────────────────┴─► slices as the controller makes them
//!          └ all others, unchanged
//! ```
//!
//! A pure function: the same objects in any order give the same answer. Values that are written win; only what is
//! missing is filled in, field by field, and what comes from a cluster is left as it is. The rules are those that the
//! components of Kubernetes 1.36 showed in recordings.
//!
//! **Invariant:** nothing here knows the node that is compiled for, or what a rule is.

mod assumed;
mod assumptions;
mod bands;
pub mod codes;
mod endpoints;
mod findings;
mod follow;
mod marks;
mod misfits;
mod nodes;
mod pod;
mod service;
mod workload;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::{Map, Value};

use self::endpoints::Owner;
use self::pod::{Node, Nodes, Pod, Pods, unreadable};
use self::workload::{Ground, is_bare};
use crate::diagnostics::Diagnostic;
use crate::manifest::{self, AnyObject};

pub use assumed::{Assumed, AssumedPod, AssumedPort, PortPurpose, Replicas};
pub use assumptions::{
    AddressRange, AssumedNode, AssumedWorkload, Assumptions, NotAnAddressRange, RunTimePods, RunTimePort,
    Taint, TaintEffect, is_service_range, one_of_each_family, parse_service_range, schema,
};
pub(crate) use endpoints::service_of;
pub(crate) use follow::follow;
pub use marks::{AssumedMembers, IsAssumed, Mark, Marks};
pub use write::{to_json, to_yaml};

/// The objects of an input with all that a cluster would add.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Filled {
    /// The objects: those of the input in their order, without those that the API server would refuse, then the slices.
    pub objects: Vec<AnyObject>,
    /// What was assumed.
    pub assumed: Assumed,
    /// Why objects were refused, and what hangs on the assumptions.
    pub diagnostics: Vec<Diagnostic>,
}

impl Filled {
    /// How many pods and workloads could not be read: what they ask for is not known.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.diagnostics.iter().filter(|found| found.code == codes::POD_UNREADABLE).count()
    }
}

/// Adds what a cluster would add.
#[must_use]
pub fn fill(objects: Vec<AnyObject>, assumptions: &Assumptions) -> Filled {
    add(objects, assumptions, true)
}

/// Adds what a cluster would add, but for the pods themselves: rules are made of the slices that have them.
#[must_use]
pub fn fill_without_pods(objects: Vec<AnyObject>, assumptions: &Assumptions) -> Filled {
    add(objects, assumptions, false)
}

fn add(mut objects: Vec<AnyObject>, assumptions: &Assumptions, with_pods: bool) -> Filled {
    let mut diagnostics = Vec::new();
    let mut assumed = Assumed::default();
    for object in &mut objects {
        default_namespace(object, &assumptions.default_namespace);
    }
    let mut used = assumptions.decide(&objects);
    if used.nodes.is_empty() && !assumptions.nodes.is_empty() {
        let message = "the input has Nodes, so those of the assumptions are not used";
        diagnostics.push(Diagnostic::new(codes::NODES_NOT_USED, message));
    }
    diagnostics.extend(misfits::workloads(assumptions, &objects));
    diagnostics.extend(misfits::networks(&used));
    fill_services(&mut objects, &used, &mut assumed, &mut diagnostics);
    let known = known_pods(&objects, &mut diagnostics);
    let made = nodes::objects(&used.nodes, &objects);
    assumed.nodes = made.iter().map(|node| node.name().to_owned()).collect();
    objects.extend(made);
    let ground = Ground { objects: &objects, known: &known, assumptions: &used };
    let made = workload::pods(&ground, with_pods, &mut assumed, &mut diagnostics);
    let populated: BTreeSet<String> = known.iter().map(|pod| pod.namespace.clone()).collect();
    let with_own_endpoints = findings::with_own_endpoints(&objects, &populated);
    let pods: Vec<Pod> = known.into_iter().chain(made.pods).collect();
    let pods = Pods::new(&pods);
    fill_slices(&mut objects, &pods, &populated, &mut assumed, &mut diagnostics);
    findings::find(&objects, &pods, &with_own_endpoints, &assumed, &used.pods, &mut diagnostics);
    put_pods(&mut objects, made.objects);
    used.keep_replicas(&assumed.workloads);
    assumed.used = used;
    Filled { objects, assumed, diagnostics }
}

/// Adds pods: those that a manifest asks for by themselves stay where they are.
fn put_pods(objects: &mut Vec<AnyObject>, pods: Vec<AnyObject>) {
    let key = |pod: &AnyObject| (pod.namespace().to_owned(), pod.name().to_owned());
    let bare: BTreeMap<(String, String), usize> = (0..)
        .zip(&*objects)
        .filter(|(_, object)| is_bare(object))
        .map(|(at, object)| (key(object), at))
        .collect();
    for pod in pods {
        match bare.get(&key(&pod)) {
            Some(at) if objects[*at].origin == pod.origin => objects[*at] = pod,
            _ => objects.push(pod),
        }
    }
}

/// The pods of the input.
fn known_pods(objects: &[AnyObject], diagnostics: &mut Vec<Diagnostic>) -> Vec<Pod> {
    let mut pods = Vec::new();
    for object in objects.iter().filter(|object| object.kind() == ("v1", "Pod") && !is_bare(object)) {
        match Pod::read(object) {
            Ok(pod) => pods.push(pod),
            Err(error) => diagnostics.push(unreadable("Pod", object, "", &error)),
        }
    }
    pods
}

/// Fills the Services and removes those that the API server would refuse.
fn fill_services(
    objects: &mut Vec<AnyObject>,
    assumptions: &Assumptions,
    assumed: &mut Assumed,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut services: Vec<(usize, &mut AnyObject)> =
        objects.iter_mut().enumerate().filter(|(_, object)| is_service(object)).collect();
    services.sort_by(|(a, one), (b, other)| {
        (one.namespace(), one.name(), a).cmp(&(other.namespace(), other.name(), b))
    });
    let mut refused = BTreeSet::new();
    services.dedup_by(|(at, service), (_, first)| {
        let is_again = (service.namespace(), service.name()) == (first.namespace(), first.name());
        if is_again {
            diagnostics.push(duplicate(first, service));
            refused.insert(*at);
        }
        is_again
    });
    let (positions, mut services): (Vec<usize>, Vec<&mut AnyObject>) = services.into_iter().unzip();
    let accepted = service::fill(&mut services, assumptions, assumed, diagnostics);
    refused.extend(positions.into_iter().zip(accepted).filter(|(_, accepted)| !accepted).map(|(at, _)| at));
    let mut position = 0..;
    objects.retain(|_| position.next().is_some_and(|at| !refused.contains(&at)));
}

/// Makes the slices of the Services as their controller would.
///
/// A Service whose slices are in the input without any pod of its namespace keeps them: then the pods are not known.
fn fill_slices(
    objects: &mut Vec<AnyObject>,
    pods: &Pods<'_>,
    populated: &BTreeSet<String>,
    assumed: &mut Assumed,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let (slices, replaced) = slices(objects, pods, populated, diagnostics);
    assumed.slices = slices.iter().filter(|slice| slice.get(&["metadata", "uid"]).is_none()).count();
    replace(objects, &replaced, slices);
}

/// Puts slices where those of the same name were, removes the others that they replace, and adds the rest.
fn replace(objects: &mut Vec<AnyObject>, replaced: &BTreeSet<usize>, slices: Vec<AnyObject>) {
    let key = |slice: &AnyObject| (slice.namespace().to_owned(), slice.name().to_owned());
    let mut new: IndexByName = slices.into_iter().map(|slice| (key(&slice), slice)).collect();
    let old = std::mem::take(objects);
    let kept = old.into_iter().enumerate().filter_map(|(at, object)| {
        if replaced.contains(&at) { new.remove(&key(&object)) } else { Some(object) }
    });
    *objects = kept.collect();
    objects.extend(new.into_values());
}

/// Objects of one kind by namespace and name.
type IndexByName = BTreeMap<(String, String), AnyObject>;

/// The slices, and the positions of those that they replace.
fn slices(
    objects: &[AnyObject],
    pods: &Pods<'_>,
    populated: &BTreeSet<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<AnyObject>, BTreeSet<usize>) {
    let nodes = objects.iter().filter(|object| object.kind() == ("v1", "Node"));
    let nodes: Nodes = nodes.map(|node| (node.name().to_owned(), Node::read(node))).collect();
    let mut existing: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (at, object) in objects.iter().enumerate() {
        if let Some(service) = service_of(object) {
            existing.entry(service).or_default().push(at);
        }
    }
    let owned = Owner::all(objects).into_iter().filter_map(|owner| {
        let own = existing.remove(&owner.name()).unwrap_or_default();
        (own.is_empty() || populated.contains(owner.name().0)).then_some((owner, own))
    });
    let owned: Vec<(Owner<'_>, Vec<usize>)> = owned.collect();
    let of_owners: Vec<_> = owned
        .par_iter()
        .map(|(owner, own)| {
            let known: Vec<&AnyObject> = own.iter().map(|at| &objects[*at]).collect();
            let mut found = Vec::new();
            (endpoints::of_service(owner, pods, &nodes, &known, &mut found), found)
        })
        .collect();
    let mut made = Vec::new();
    for (slices, found) in of_owners {
        made.extend(slices);
        diagnostics.extend(found);
    }
    (made, owned.into_iter().flat_map(|(_, own)| own).collect())
}

/// A cluster has one object of each name.
fn duplicate(first: &AnyObject, second: &AnyObject) -> Diagnostic {
    let reference = second.reference("Service");
    let (code, message) = if first.fields == second.fields {
        (manifest::codes::REPEATED_OBJECT, format!("{reference} is given twice"))
    } else {
        (manifest::codes::DUPLICATE_OBJECT, format!("{reference} is given twice, with different content"))
    };
    Diagnostic::new(code, message).about(reference).at(second.origin.field(""))
}

fn is_service(object: &AnyObject) -> bool {
    object.kind() == ("v1", "Service")
}

/// Whether an object is a Service that comes from no cluster, so that an API server has yet to take it.
pub(crate) fn is_new_service(object: &AnyObject) -> bool {
    is_service(object) && !service::is_stored(object)
}

/// The kinds that are read here, beside those that decide about rules.
pub const KINDS: [&str; 12] = [
    "Assumptions",
    "ClusterConfiguration",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "Rollout",
    "RuntimeClass",
    "ServiceCIDR",
    "StatefulSet",
];

/// Kinds that belong to no namespace, as far as they matter here.
const CLUSTER_WIDE: [&str; 10] = [
    "IPAddress",
    "Node",
    "Namespace",
    "PersistentVolume",
    "ClusterRole",
    "ClusterRoleBinding",
    "StorageClass",
    "CustomResourceDefinition",
    "PriorityClass",
    "ServiceCIDR",
];

fn default_namespace(object: &mut AnyObject, namespace: &str) {
    if CLUSTER_WIDE.contains(&object.kind().1) || !object.namespace().is_empty() {
        return;
    }
    let metadata = object.fields.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(metadata) = metadata {
        metadata.insert("namespace".into(), namespace.into());
    }
}
