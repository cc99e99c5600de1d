//! Pods that exist only at run time, as workloads that make them.

use serde_json::{Map, Value, json};

use crate::fill::assumptions::RunTimePods;
use crate::manifest::AnyObject;

/// The workloads. Without any object to stand for them there are none.
pub(in crate::fill) fn workloads(pods: &[RunTimePods], objects: &[AnyObject]) -> Vec<AnyObject> {
    let Some(first) = objects.first() else { return Vec::new() };
    pods.iter().map(|pods| AnyObject { origin: first.origin, fields: fields(pods), is_made: true }).collect()
}

fn fields(pods: &RunTimePods) -> Map<String, Value> {
    let ports: Vec<Value> = pods
        .ports
        .iter()
        .map(|port| {
            let mut value = json!({"containerPort": port.number, "protocol": port.protocol});
            if !port.name.is_empty() {
                value["name"] = port.name.as_str().into();
            }
            value
        })
        .collect();
    let mut spec = json!({"containers": [{"name": "main", "ports": ports}]});
    if pods.is_windows {
        spec["nodeSelector"] = json!({"kubernetes.io/os": "windows"});
    }
    if pods.host_network {
        spec["hostNetwork"] = true.into();
    }
    let fields = json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": pods.name, "namespace": pods.namespace},
        "spec": {
            "replicas": pods.replicas,
            "selector": {"matchLabels": pods.labels},
            "template": {"metadata": {"labels": pods.labels}, "spec": spec},
        },
    });
    let Value::Object(fields) = fields else { unreachable!("it is written as a mapping") };
    fields
}
