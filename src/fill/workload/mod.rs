//! Pods of workloads: those that their controllers would make, on the nodes where they may run.
//!
//! ```text
//! workload ─ template ─► pods without a node ─ placement ─► a node each ─ addresses ─► pods as in a cluster
//! ```
//!
//! Only what the input does not have is made: a workload whose pods are in the input has those.

mod addresses;
mod bare;
mod placement;
mod run_time;
mod scales;
mod template;

use serde_json::{Map, Value, json};

use self::addresses::PodAddresses;
use self::placement::{PlacedNode, Placement};
use self::scales::Scales;
use self::template::{Draft, Workload};
use super::assumed::{AssumedPod, Replicas};
use super::pod::{ASSUMED, Pod, Pods};
use super::{Assumed, Assumptions, codes};
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::manifest::AnyObject;
use crate::source::Origin;

pub(super) use bare::is_bare;

/// A pod on its way to a node.
struct Placed<'n> {
    /// Its number in its workload.
    number: usize,
    draft: Draft,
    node: &'n PlacedNode,
    workload: usize,
    is_ready: bool,
    /// Whether a manifest asks for it by itself.
    is_bare: bool,
}

/// What workloads look at.
pub(super) struct Ground<'g> {
    pub(super) objects: &'g [AnyObject],
    /// The pods of the input that a cluster has run.
    pub(super) known: &'g [Pod],
    pub(super) assumptions: &'g Assumptions,
}

/// The pods of all workloads of the input that have none there, in the order of their names.
pub(super) fn pods(
    ground: &Ground<'_>,
    assumed: &mut Assumed,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<AnyObject> {
    let Ground { objects, known, assumptions } = *ground;
    let scales = Scales::new(objects, assumptions);
    let run_time = run_time::workloads(&assumptions.pods, objects);
    let index = Pods::new(known);
    let mut workloads: Vec<Workload<'_>> = objects
        .iter()
        .chain(&run_time)
        .filter_map(|object| Workload::of(object, &scales))
        .filter(|workload| !workload.has_pods_among(&index))
        .collect();
    workloads.sort_by_key(Workload::key);
    workloads.dedup_by_key(|workload| workload.key());
    let nodes: Vec<PlacedNode> =
        objects.iter().filter(|object| object.kind() == ("v1", "Node")).map(PlacedNode::of).collect();
    let mut placed: Vec<Placed<'_>> = Vec::new();
    for workload in &workloads {
        let (kind, namespace, name) = (workload.kind, workload.namespace(), workload.name());
        let eligible = eligible(&nodes, workload.pod_spec(), kind == "DaemonSet");
        if eligible.is_empty() && workload.wants_pods() {
            diagnostics.push(unplaced(kind, workload.object, "spec.template.spec"));
        }
        let pods = workload.pods(&eligible);
        let ready = ready(ground, kind, namespace, name).unwrap_or(u64::MAX);
        for (at, (number, draft, node)) in (0..).zip(pods) {
            let workload = assumed.workloads.len();
            placed.push(Placed { number, draft, node, workload, is_ready: at < ready, is_bare: false });
        }
        assumed.workloads.push(Replicas {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            count: workload.replicas,
            is_assumed: !workload.has_replicas,
        });
    }
    let mut bare: Vec<&AnyObject> = objects.iter().filter(|object| is_bare(object)).collect();
    bare.sort_by_key(|object| (object.namespace(), object.name()));
    for object in bare {
        let draft = bare::draft(object);
        let eligible = eligible(&nodes, draft.spec.clone(), false);
        let Some(node) = template::first_of(&eligible, object.namespace(), object.name()) else {
            diagnostics.push(unplaced("Pod", object, "spec"));
            continue;
        };
        let (namespace, name) = (object.namespace().to_owned(), object.name().to_owned());
        let is_ready = ready(ground, "Pod", &namespace, &name) != Some(0);
        placed.push(Placed {
            number: 0,
            draft,
            node,
            workload: assumed.workloads.len(),
            is_ready,
            is_bare: true,
        });
        assumed.workloads.push(Replicas { kind: "Pod", namespace, name, count: 1, is_assumed: false });
    }
    // The first pods of all workloads come first: more replicas of one do not renumber the others.
    placed.sort_by(|a, b| (a.number, &a.draft.key).cmp(&(b.number, &b.draft.key)));
    let mut addresses = PodAddresses::new(assumptions, known);
    let pods: Vec<AnyObject> =
        placed.into_iter().map(|placed| pod(placed, &mut addresses, assumed)).collect();
    assumed.displaced.extend(addresses.displaced().cloned());
    diagnostics.extend(addresses.full().map(|(node, origin)| no_address(node, origin)));
    pods
}

/// How many pods of a workload are ready, if an assumption says so.
fn ready(ground: &Ground<'_>, kind: &str, namespace: &str, name: &str) -> Option<u64> {
    let is_own = |pods: &&super::assumptions::RunTimePods| {
        kind == "StatefulSet" && (&*pods.namespace, &*pods.name) == (namespace, name)
    };
    let of_workload = ground.assumptions.of_workload(kind, namespace, name);
    let run_time = || ground.assumptions.pods.iter().find(is_own);
    of_workload.and_then(|of| of.ready).or_else(|| run_time()?.ready)
}

/// The nodes that take pods with this `spec`.
fn eligible(nodes: &[PlacedNode], spec: Map<String, Value>, is_daemon: bool) -> Vec<&PlacedNode> {
    let placement = Placement::new(spec, is_daemon);
    nodes.iter().filter(|node| placement.allows(node)).collect()
}

/// A pod on its node, running.
fn pod(placed: Placed<'_>, addresses: &mut PodAddresses<'_>, assumed: &mut Assumed) -> AnyObject {
    let Placed { draft, node, workload, is_ready, is_bare, .. } = placed;
    let Draft { origin, key, mut metadata, mut spec } = draft;
    spec.insert("nodeName".into(), node.name.as_str().into());
    let has_host_network = spec.get("hostNetwork") == Some(&Value::Bool(true));
    let ips = if has_host_network { node.addresses.clone() } else { addresses.draw(&key, node, origin) };
    let ready = if is_ready { "True" } else { "False" };
    let mut status = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]});
    if let Some(first) = ips.first() {
        status["podIP"] = json!(first);
        status["podIPs"] = ips.iter().map(|ip| json!({"ip": ip})).collect();
    }
    let text = |key: &str| metadata.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = format!("{}/{}", text("namespace"), text("name"));
    assumed.pods.push(AssumedPod { name, ips, has_host_network, workload });
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if !annotations.is_object() {
        *annotations = json!({});
    }
    annotations[ASSUMED] = if is_bare { "status" } else { "pod" }.into();
    let fields = Map::from_iter([
        ("apiVersion".to_owned(), "v1".into()),
        ("kind".to_owned(), "Pod".into()),
        ("metadata".to_owned(), metadata.into()),
        ("spec".to_owned(), spec.into()),
        ("status".to_owned(), status),
    ]);
    AnyObject { origin, fields, is_made: true }
}

fn unplaced(kind: &'static str, object: &AnyObject, field: &str) -> Diagnostic {
    let (namespace, name) = (object.namespace(), object.name());
    Diagnostic::new(
        codes::NO_NODE_FOR_PODS,
        format!("no node of the input takes the pods of {kind} {namespace}/{name}"),
    )
    .about(ObjectRef::new(kind, namespace, name))
    .at(object.origin.field(field))
}

fn no_address(node: &str, origin: Origin) -> Diagnostic {
    Diagnostic::new(
        codes::NO_POD_ADDRESS,
        format!(
            "no address is left in the pod network of node {node}; pods without an address serve nothing"
        ),
    )
    .at(origin.field(""))
}
