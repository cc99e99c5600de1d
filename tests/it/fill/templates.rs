//! Pods are those that the controllers of workloads make of their templates.

use std::collections::BTreeSet;
use std::path::Path;

use hnsplan::fill::Assumptions;
use hnsplan::manifest::AnyObject;
use serde_json::{Value, json};

use super::cases::{filled, folders, name, recorded};

/// What a recording tells of a pod.
fn recorded_fields(pod: &AnyObject) -> Value {
    let mut labels = pod.fields["metadata"]["labels"].clone();
    for key in ["pod-template-hash", "controller-revision-hash"] {
        if let Some(label) = labels.get_mut(key) {
            *label = "HASH".into();
        }
    }
    let containers = pod.get(&["spec", "containers"]).and_then(Value::as_array).cloned().unwrap_or_default();
    let ports: Vec<Value> = containers
        .iter()
        .flat_map(|container| {
            let ports = container["ports"].as_array().cloned().unwrap_or_default();
            ports.into_iter().map(|mut port| {
                port["container"] = container["name"].clone();
                let protocol = port["protocol"].take();
                port["protocol"] = if protocol.is_null() { "TCP".into() } else { protocol };
                port
            })
        })
        .collect();
    let spec = |key| pod.get(&["spec", key]).cloned().unwrap_or_default();
    json!({
        "labels": labels, "ports": ports, "hostname": spec("hostname"), "subdomain": spec("subdomain"),
        "hostNetwork": spec("hostNetwork"),
    })
}

/// The same of a recorded pod.
fn recorded_pod(pod: &Value) -> Value {
    let mut ports = pod["ports"].clone();
    if ports.is_null() {
        ports = json!([]);
    }
    json!({
        "labels": pod["labels"], "ports": ports, "hostname": pod["hostname"], "subdomain": pod["subdomain"],
        "hostNetwork": pod["hostNetwork"],
    })
}

fn check(folder: &Path) -> Result<(), String> {
    let filled = filled(folder, &["workload.yaml", "nodes.yaml"], &Assumptions::default());
    let pods: Vec<&AnyObject> = filled.objects.iter().filter(|object| object.kind().1 == "Pod").collect();
    let recording = recorded(folder, "pods.yaml");
    for workload in recording["workloads"].as_array().expect("workloads are a list") {
        if let Some(nodes) = workload["nodes"].as_array() {
            let starts = nodes.iter().filter(|node| node["starts"] == true);
            let expected: BTreeSet<&str> = starts.filter_map(|node| node["node"].as_str()).collect();
            let actual: BTreeSet<&str> = pods.iter().map(|pod| pod.text(&["spec", "nodeName"])).collect();
            if expected != actual {
                return Err(format!("starts on {expected:?}, not on {actual:?}"));
            }
        }
        let count = pods.len() as u64;
        if workload["count"].as_u64() != Some(count) {
            return Err(format!("{count} pods, not {}", workload["count"]));
        }
        let expected: Vec<Value> = match workload["pods"].as_array() {
            Some(each) => each.iter().map(recorded_pod).collect(),
            None => pods.iter().map(|_| recorded_pod(&workload["each"])).collect(),
        };
        let actual: Vec<Value> = pods.iter().map(|pod| recorded_fields(pod)).collect();
        if expected != actual {
            return Err(format!("{expected:#?}\n{actual:#?}"));
        }
    }
    Ok(())
}

#[test]
fn pods_are_those_of_the_controllers() {
    let folders = folders(|name| name.starts_with("templates-"));
    let wrong: Vec<String> = folders
        .iter()
        .filter_map(|folder| check(folder).err().map(|error| format!("{}: {error}", name(folder))))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), folders.len(), wrong.join("\n"));
}

/// A `RuntimeClass` adds its node selector and its tolerations to pods that name it, as the API server does.
#[test]
fn a_runtime_class_decides_where_pods_run() {
    let text = |class: &str, scheduling: &str| {
        format!(
            "{{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {{name: special}}, handler: h, scheduling: \
             {scheduling}}}\n---\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{selector: \
             {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{{class}containers: \
             [{{name: main}}]}}}}}}}}\n"
        )
    };
    let tainted = "apiVersion: hnsplan/v1alpha1\nkind: Assumptions\nnodes:\n- {name: linux-1}\n- {name: windows-1, os: windows, \
                   taints: [{key: os, value: windows, effect: NoSchedule}]}\n";
    let nodes = |class: &str, scheduling: &str| -> Vec<String> {
        let mut sources = hnsplan::source::Sources::default();
        sources.add("app.yaml", text(class, scheduling)).expect("it is small");
        let assumptions = super::assumptions::read(tainted).expect("they are valid");
        let filled = hnsplan::fill::fill(hnsplan::manifest::any_objects(&sources).objects, &assumptions);
        let pods = filled.objects.iter().filter(|object| object.kind().1 == "Pod");
        pods.map(|pod| pod.text(&["spec", "nodeName"]).to_owned()).collect()
    };
    let selector = "nodeSelector: {kubernetes.io/os: windows}";
    let tolerations = "tolerations: [{key: os, operator: Exists}]";
    let (named, none) = ("runtimeClassName: special, ", Vec::<String>::new());
    assert_eq!(nodes(named, &format!("{{{selector}, {tolerations}}}")), ["windows-1"]);
    assert_eq!(nodes(named, &format!("{{{selector}}}")), none, "the taint is not tolerated");
    assert_eq!(nodes("", &format!("{{{selector}, {tolerations}}}")), ["linux-1"]);
    assert_eq!(nodes("runtimeClassName: other, ", &format!("{{{selector}}}")), ["linux-1"]);
}
