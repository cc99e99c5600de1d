//! Pods of workloads: those that their controllers would make, on the nodes where they may run.
//!
//! ```text
//! workload ─ template ─► pods without a node ─ placement ─► a node each ─ addresses ─► pods as in a cluster
//! ```
//!
//! Only what the input does not have is made: a workload whose pods are in the input has those.

mod addresses;
mod placement;
mod template;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use self::addresses::PodAddresses;
use self::placement::{PlacedNode, Placement};
use self::template::{Draft, Workload};
use super::pod::{ASSUMED, Pod, Pods};
use super::{Assumed, Assumptions, codes};
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::manifest::AnyObject;

/// The pods of all workloads of the input that have none there, in the order of their names.
pub(super) fn pods(
    objects: &[AnyObject],
    known: &[Pod],
    assumptions: &Assumptions,
    assumed: &mut Assumed,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<AnyObject> {
    let minima = minimal_replicas(objects);
    let index = Pods::new(known);
    let mut workloads: Vec<Workload<'_>> = objects
        .iter()
        .filter_map(|object| Workload::of(object, &minima))
        .filter(|workload| !workload.has_pods_among(&index))
        .collect();
    workloads.sort_by_key(Workload::key);
    let nodes: Vec<PlacedNode> =
        objects.iter().filter(|object| object.kind() == ("v1", "Node")).map(PlacedNode::of).collect();
    let mut placed: Vec<(usize, Draft, &PlacedNode)> = Vec::new();
    for workload in &workloads {
        let placement = Placement::new(workload.pod_spec(), workload.kind == "DaemonSet");
        let eligible: Vec<&PlacedNode> = nodes.iter().filter(|node| placement.allows(node)).collect();
        if eligible.is_empty() && workload.wants_pods() {
            diagnostics.push(unplaced(workload));
        }
        placed.extend(workload.pods(&eligible));
        assumed.workloads += 1;
    }
    // The first pods of all workloads come first: more replicas of one do not renumber the others.
    placed.sort_by(|(a, one, _), (b, other, _)| (a, &one.key).cmp(&(b, &other.key)));
    let mut addresses = PodAddresses::new(assumptions, known);
    let pods: Vec<AnyObject> =
        placed.into_iter().map(|(_, draft, node)| pod(draft, node, &mut addresses)).collect();
    assumed.displaced.extend(addresses.displaced().cloned());
    assumed.pods += pods.len();
    pods
}

/// A pod on its node, running and ready.
fn pod(draft: Draft, node: &PlacedNode, addresses: &mut PodAddresses) -> AnyObject {
    let Draft { origin, key, mut metadata, mut spec } = draft;
    spec.insert("nodeName".into(), node.name.as_str().into());
    let has_host_network = spec.get("hostNetwork") == Some(&Value::Bool(true));
    let ips = if has_host_network { node.addresses.clone() } else { addresses.draw(&key, node) };
    let ips: Vec<Value> = ips.iter().map(|ip| json!({"ip": ip.to_string()})).collect();
    let mut status = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]});
    if let Some(first) = ips.first() {
        status["podIP"] = first["ip"].clone();
        status["podIPs"] = ips.into();
    }
    metadata.insert("annotations".into(), json!({ASSUMED: "pod"}));
    let fields = Map::from_iter([
        ("apiVersion".to_owned(), "v1".into()),
        ("kind".to_owned(), "Pod".into()),
        ("metadata".to_owned(), metadata.into()),
        ("spec".to_owned(), spec.into()),
        ("status".to_owned(), status),
    ]);
    AnyObject { origin, fields }
}

/// The least replicas of workloads that a `HorizontalPodAutoscaler` scales, by namespace, kind and name.
fn minimal_replicas(objects: &[AnyObject]) -> BTreeMap<(&str, &str, &str), u64> {
    let scalers = objects.iter().filter(|object| {
        let (version, kind) = object.kind();
        kind == "HorizontalPodAutoscaler" && version.starts_with("autoscaling/")
    });
    scalers
        .map(|scaler| {
            let minimum = scaler.get(&["spec", "minReplicas"]).and_then(Value::as_u64).unwrap_or(1);
            let target = |key| scaler.text(&["spec", "scaleTargetRef", key]);
            ((scaler.namespace(), target("kind"), target("name")), minimum)
        })
        .collect()
}

fn unplaced(workload: &Workload<'_>) -> Diagnostic {
    let (kind, object) = (workload.kind, workload.object);
    Diagnostic::new(
        codes::NO_NODE_FOR_PODS,
        format!("no node of the input takes the pods of {kind} {}/{}", workload.namespace(), workload.name()),
    )
    .about(ObjectRef::new(kind, workload.namespace(), workload.name()))
    .at(object.origin.field("spec.template.spec"))
}
