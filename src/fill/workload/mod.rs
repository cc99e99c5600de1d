//! Pods of workloads: those that their controllers would make, on the nodes where they may run.
//!
//! ```text
//! workload ─ template ─► pods without a node ─ placement ─► a node each ─ addresses ─► pods as in a cluster
//! ```
//!
//! Only what the input does not have is made: a workload whose pods are in the input has those.

mod addresses;
mod bare;
mod draft;
mod placement;
mod run_time;
mod runtime_classes;
mod scales;
mod template;

use std::rc::Rc;

use serde_json::{Map, Value};

use self::addresses::PodAddresses;
use self::draft::{Draft, Running, Template};
use self::placement::{PlacedNode, Placement};
use self::runtime_classes::{Admitted, RuntimeClasses};
use self::scales::Scales;
use self::template::Workload;
use super::assumed::{AssumedPod, Replicas};
use super::assumptions::MOST_REPLICAS;
use super::pod::{Pod, Pods, unreadable};
use super::{Assumed, Assumptions, codes};
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::manifest::AnyObject;
use crate::source::Origin;

pub(super) use bare::is_bare;

/// A pod that has a node, and no address yet.
struct Placed<'n, 'o> {
    /// Its number in its workload.
    number: usize,
    draft: Draft<'o>,
    node: &'n PlacedNode,
    workload: usize,
    is_ready: bool,
}

/// The pods that are made.
#[derive(Default)]
pub(super) struct MadePods {
    /// As the controller of slices reads them.
    pub(super) pods: Vec<Pod>,
    /// As a cluster has them, if that is asked for.
    pub(super) objects: Vec<AnyObject>,
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
    with_objects: bool,
    assumed: &mut Assumed,
    diagnostics: &mut Vec<Diagnostic>,
) -> MadePods {
    let run_time = run_time::workloads(&ground.assumptions.pods, ground.objects);
    let is_node = |object: &&AnyObject| object.kind() == ("v1", "Node");
    let nodes: Vec<PlacedNode> = ground.objects.iter().filter(is_node).map(PlacedNode::of).collect();
    let admitted = RuntimeClasses::new(ground.objects).admit(ground.objects);
    let scales = Scales::new(ground.objects, ground.assumptions);
    let mut placed = of_workloads(ground, &scales, &admitted, &run_time, &nodes, assumed, diagnostics);
    placed.extend(by_themselves(ground, &scales, &admitted, &nodes, assumed, diagnostics));
    // The first pods of all workloads come first: more replicas of one do not renumber the others.
    placed.sort_by(|a, b| (a.number, &a.draft.key).cmp(&(b.number, &b.draft.key)));
    let mut addresses = PodAddresses::new(ground.assumptions, ground.known);
    let mut made = MadePods::default();
    for Placed { draft, node, workload, is_ready, .. } in placed {
        let has_host_network = draft.template.has_host_network();
        let ips = if has_host_network {
            node.addresses.clone()
        } else {
            addresses.draw(&draft.key, node, draft.template.origin)
        };
        let running = Running { draft: &draft, node, ips: &ips, is_ready };
        made.pods.push(running.pod());
        made.objects.extend(with_objects.then(|| running.object()));
        let name = format!("{}/{}", draft.namespace, draft.name);
        assumed.pods.push(AssumedPod { name, ips, has_host_network, workload });
    }
    assumed.displaced.extend(addresses.displaced().cloned());
    diagnostics.extend(addresses.full().map(|(node, origin)| no_address(node, origin)));
    made
}

/// The pods of the workloads of the input, of those that exist only at run time, and those by themselves.
fn of_workloads<'o>(
    ground: &Ground<'o>,
    scales: &Scales<'_>,
    admitted: &'o Admitted,
    run_time: &'o [AnyObject],
    nodes: &'o [PlacedNode],
    assumed: &mut Assumed,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Placed<'o, 'o>> {
    let Ground { objects, known, .. } = *ground;
    let index = Pods::new(known);
    let mut workloads: Vec<Workload<'_>> = admitted
        .in_place_of(objects)
        .chain(run_time)
        .filter_map(|object| Workload::of(object, scales))
        .filter(|workload| !workload.has_pods_among(&index))
        .collect();
    workloads.sort_by_cached_key(Workload::key);
    workloads.dedup_by_key(|workload| workload.key());
    let mut placed = Vec::new();
    for workload in &workloads {
        let (kind, namespace, name) = (workload.kind, workload.namespace(), workload.name());
        let template = match Template::of_workload(workload.object) {
            Ok(template) => Rc::new(template),
            Err(wrong) => {
                diagnostics.push(unreadable(kind, workload.object, wrong.field, &wrong.error));
                continue;
            }
        };
        let eligible = eligible(nodes, template.spec, kind == "DaemonSet");
        if eligible.is_empty() && workload.wants_pods() {
            diagnostics.push(unplaced(kind, workload.object, "spec.template.spec"));
        }
        diagnostics.extend(workload.too_many().map(|replicas| cut(kind, workload.object, replicas)));
        let pods = workload.pods(&template, &eligible);
        let ready = scales.ready(kind, namespace, name).unwrap_or(u64::MAX);
        for (at, (number, draft, node)) in (0..).zip(pods) {
            let workload = assumed.workloads.len();
            placed.push(Placed { number, draft, node, workload, is_ready: at < ready });
        }
        assumed.workloads.push(Replicas {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            count: workload.replicas,
            is_assumed: !workload.has_replicas(),
        });
    }
    placed
}

/// The pods that manifests ask for by themselves.
fn by_themselves<'o>(
    ground: &Ground<'o>,
    scales: &Scales<'_>,
    admitted: &'o Admitted,
    nodes: &'o [PlacedNode],
    assumed: &mut Assumed,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Placed<'o, 'o>> {
    let all = admitted.in_place_of(ground.objects);
    let mut bare: Vec<&AnyObject> = all.filter(|object| is_bare(object)).collect();
    bare.sort_by_cached_key(|object| (object.namespace(), object.name()));
    let mut placed = Vec::new();
    for object in bare {
        let template = match Template::of_pod(object) {
            Ok(template) => template,
            Err(wrong) => {
                diagnostics.push(unreadable("Pod", object, wrong.field, &wrong.error));
                continue;
            }
        };
        let eligible = eligible(nodes, template.spec, false);
        let Some(node) = template::first_of(&eligible, object.namespace(), object.name()) else {
            diagnostics.push(unplaced("Pod", object, "spec"));
            continue;
        };
        let (namespace, name) = (object.namespace().to_owned(), object.name().to_owned());
        let is_ready = scales.ready("Pod", &namespace, &name) != Some(0);
        let (draft, workload) = (bare::draft(object, template), assumed.workloads.len());
        placed.push(Placed { number: 0, draft, node, workload, is_ready });
        assumed.workloads.push(Replicas { kind: "Pod", namespace, name, count: 1, is_assumed: false });
    }
    placed
}

/// The nodes that take pods with this `spec`.
fn eligible<'n>(
    nodes: &'n [PlacedNode],
    spec: Option<&Map<String, Value>>,
    is_daemon: bool,
) -> Vec<&'n PlacedNode> {
    let placement = Placement::new(spec, is_daemon);
    nodes.iter().filter(|node| placement.allows(node)).collect()
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

fn cut(kind: &'static str, object: &AnyObject, replicas: u64) -> Diagnostic {
    let (namespace, name) = (object.namespace(), object.name());
    Diagnostic::new(codes::TOO_MANY_REPLICAS, format!("{kind} {namespace}/{name} has {replicas} replicas"))
        .about(ObjectRef::new(kind, namespace, name))
        .at(object.origin.field("spec.replicas"))
        .allowed(format!("0 to {MOST_REPLICAS}"))
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::manifest::any_objects;
    use crate::source::Sources;

    const BARE: &str = "
apiVersion: v1
kind: Pod
metadata: {name: alone, namespace: shop, labels: {app: web}, annotations: {a: b}}
spec: {hostNetwork: true, hostname: web, subdomain: shop, containers: [{name: web, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: leaving, namespace: shop, deletionTimestamp: '2026-01-01T00:00:00Z'}
spec: {initContainers: [{restartPolicy: Always, ports: [{name: http, containerPort: 81}]}]}
";

    /// The texts of a folder of fixtures with a folder for each case.
    fn texts(folder: &str, name: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
        let cases = fs::read_dir(folder).expect("it is a folder");
        let files = cases.map(|case| case.expect("it can be listed").path().join(name));
        files.filter_map(|file| fs::read_to_string(file).ok()).collect()
    }

    /// A pod is made twice, for rules and for people: both have to say the same.
    #[test]
    fn a_pod_is_what_its_object_is_read_as() {
        let mut texts = [texts("assume", "workload.yaml"), texts("git", "manifests.yaml")].concat();
        assert!(texts.len() > 20, "{}", texts.len());
        texts.push(BARE.to_owned());
        for text in texts {
            let mut sources = Sources::default();
            sources.add("manifests.yaml", text.as_str()).expect("it is small");
            let mut objects = any_objects(&sources).objects;
            let assumptions = Assumptions::default().decide(&objects);
            objects.extend(crate::fill::nodes::objects(&assumptions.nodes, &objects));
            let ground = Ground { objects: &objects, known: &[], assumptions: &assumptions };
            let made = pods(&ground, true, &mut Assumed::default(), &mut Vec::new());
            let read: Vec<Pod> =
                made.objects.iter().map(|pod| Pod::read(pod).expect("it is a pod")).collect();
            assert_eq!(made.pods, read, "{text}");
        }
    }
}
