//! Nodes that are assumed where the input has none.

use serde_json::{Map, Value, json};

use super::assumptions::AssumedNode;
use super::pod::ASSUMED;
use crate::manifest::AnyObject;

/// The nodes as objects. Without any object to stand for them there are none.
pub(super) fn objects(nodes: &[AssumedNode], objects: &[AnyObject]) -> Vec<AnyObject> {
    let Some(first) = objects.first() else { return Vec::new() };
    nodes.iter().map(|node| AnyObject { origin: first.origin, fields: fields(node), is_made: true }).collect()
}

fn fields(node: &AssumedNode) -> Map<String, Value> {
    let os = if node.is_windows { "windows" } else { "linux" };
    let mut labels = json!(node.labels);
    labels["kubernetes.io/hostname"] = node.name.as_str().into();
    labels["kubernetes.io/os"] = os.into();
    if let Some(zone) = &node.zone {
        labels["topology.kubernetes.io/zone"] = zone.as_str().into();
    }
    let internal = node.addresses.iter().map(|ip| json!({"type": "InternalIP", "address": ip}));
    let addresses: Vec<Value> = internal.chain([json!({"type": "Hostname", "address": node.name})]).collect();
    let mut spec = Map::new();
    if let Some(first) = node.pod_cidrs.first() {
        spec.insert("podCIDR".into(), json!(first));
        spec.insert("podCIDRs".into(), json!(node.pod_cidrs));
    }
    let taints: Vec<Value> = node.taints.iter().map(|taint| json!(taint)).collect();
    if !taints.is_empty() {
        spec.insert("taints".into(), taints.into());
    }
    let fields = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": labels, "annotations": {ASSUMED: "node"}},
        "spec": spec,
        "status": {"addresses": addresses, "conditions": [{"type": "Ready", "status": "True"}]},
    });
    let Value::Object(fields) = fields else { unreachable!("it is written as a mapping") };
    fields
}
