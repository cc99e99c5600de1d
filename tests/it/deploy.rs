//! Promise: the manifests of `deploy/` have what Kubernetes asks of `HostProcess` pods and no right more, and
//! their command lines are those of hnsplan.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::exe::hnsplan;

/// Everything in the manifests, with the name of its file.
fn objects() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = fs::read_to_string(&path).expect("a manifest is text");
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            for document in serde_yaml::Deserializer::from_str(&text) {
                let object = Value::deserialize(document).unwrap_or_else(|error| panic!("{name}: {error}"));
                found.push((name.clone(), object));
            }
        }
    }
    assert!(found.len() >= 3, "a namespace, a Job and a DaemonSet");
    found
}

/// The pods that the manifests make.
fn pods() -> Vec<(String, Value)> {
    let pods = objects().into_iter().filter(|(_, object)| !object["spec"]["template"].is_null());
    pods.map(|(name, object)| (name, object["spec"]["template"]["spec"].clone())).collect()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    list(pod, "initContainers").iter().chain(list(pod, "containers"))
}

#[test]
fn every_object_is_in_a_namespace_that_allows_host_process_containers() {
    for (file, object) in objects() {
        let metadata = &object["metadata"];
        if object["kind"] == "Namespace" {
            assert_eq!(metadata["name"], "hnsplan");
            assert_eq!(metadata["labels"]["pod-security.kubernetes.io/enforce"], "privileged", "{file}");
        } else {
            assert_eq!(metadata["namespace"], "hnsplan", "{file}");
        }
        assert!(object["apiVersion"].is_string() && metadata["name"].is_string(), "{file}");
    }
}

#[test]
fn every_pod_is_a_host_process_pod_on_windows_and_has_no_token() {
    assert_eq!(pods().len(), 2);
    for (file, pod) in pods() {
        let windows = &pod["securityContext"]["windowsOptions"];
        assert_eq!(windows["hostProcess"], true, "{file}");
        assert_eq!(windows["runAsUserName"], r"NT AUTHORITY\SYSTEM", "{file}");
        assert_eq!(pod["hostNetwork"], true, "{file}: Kubernetes refuses a HostProcess pod without");
        assert_eq!(pod["os"]["name"], "windows", "{file}");
        assert_eq!(pod["nodeSelector"]["kubernetes.io/os"], "windows", "{file}");
        assert_eq!(pod["automountServiceAccountToken"], false, "{file}");
        // In such a pod every container is one.
        for container in containers(&pod) {
            assert_ne!(container["securityContext"]["windowsOptions"]["hostProcess"], false, "{file}");
            assert!(container["resources"]["limits"]["memory"].is_string(), "{file}");
        }
    }
}

#[test]
fn every_mount_is_of_a_config_map_and_read_only() {
    for (file, pod) in pods() {
        let volumes = list(&pod, "volumes");
        assert!(volumes.iter().all(|volume| volume["configMap"]["name"].is_string()), "{file}");
        let mounts: Vec<&Value> =
            containers(&pod).flat_map(|container| list(container, "volumeMounts")).collect();
        assert!(!mounts.is_empty(), "{file}");
        for mount in mounts {
            assert_eq!(mount["readOnly"], true, "{file}");
            assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{file}: {mount}");
        }
    }
}

#[test]
fn every_command_line_is_understood() {
    let mut tried = 0;
    for (file, pod) in pods() {
        for container in containers(&pod).filter(|container| !container["args"].is_null()) {
            let arguments = list(container, "args").iter().map(|of| of.as_str().expect("a text"));
            let command = arguments.fold(hnsplan(""), |command, argument| {
                command.arg(argument.replace("$(NODE_NAME)", "win-1"))
            });
            // It is for Windows, and says no more than that; nothing is wrong with the line itself.
            let outcome = command.run();
            let said = outcome.failed(2);
            assert!(said.contains("only Windows has HNS"), "{file}: {said}");
            tried += 1;
        }
    }
    assert_eq!(tried, 2);
}
