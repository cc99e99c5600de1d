//! Promise: the manifests of `deploy/` have what Kubernetes requires of `HostProcess` pods and no privilege
//! more, and their command lines are valid.

mod shares;

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::support::exe::hnsplan;

/// Everything in the manifests, with the name of its file.
fn objects() -> Vec<(String, Value)> {
    let found = objects_in("deploy");
    assert!(found.len() >= 3, "a namespace, a Job and a DaemonSet");
    found
}

/// Everything in the manifests of a folder, with the name of its file.
fn objects_in(folder: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
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

/// A release that ships manifests of another version starts another program than it says.
#[test]
fn manifests_and_changelog_have_the_version_of_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read =
        |file: &Path| fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut seen = 0;
    for folder in ["deploy", "deploy/fleet", "deploy/release"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("a file").path();
            let is_asked = path.file_name().is_some_and(|name| name == "Dockerfile")
                || path.extension().is_some_and(|ending| ending == "yaml");
            for named in is_asked.then(|| read(&path)).iter().flat_map(|text| versions_in(text)) {
                assert_eq!(named, env!("CARGO_PKG_VERSION"), "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 8, "{seen}");
    let own = format!("name = \"hnsplan\"\nversion = \"{}\"", env!("CARGO_PKG_VERSION"));
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        assert!(read(&root.join(lock)).contains(&own), "{lock}");
    }
    let changes = read(&root.join("CHANGELOG.md"));
    let of_version = format!("## {}", env!("CARGO_PKG_VERSION"));
    let mut headings = changes.lines().filter(|line| line.starts_with("## "));
    assert_eq!(headings.next(), Some("## Unreleased"));
    assert!(headings.next().is_some_and(|heading| heading.starts_with(&of_version)), "{of_version}");
    for version in changes.split("\n## ").skip(1) {
        let mut kinds: Vec<&str> = version.lines().filter(|line| line.starts_with("### ")).collect();
        let all = kinds.len();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), all, "a kind of change has one heading in each version");
    }
}

/// The versions in names of images and archives: `hnsplan:1.2.3`, `hnsplan-linux:1.2.3`, `hnsplan-1.2.3-x86_64`.
fn versions_in(text: &str) -> Vec<String> {
    let after = text.match_indices("hnsplan").filter_map(|(at, name)| {
        let rest = &text[at + name.len()..];
        rest.strip_prefix("-linux:").or_else(|| rest.strip_prefix(':')).or_else(|| rest.strip_prefix('-'))
    });
    let is_of_version = |sign: char| sign.is_ascii_digit() || sign == '.';
    let versions = after.map(|rest| rest.split(|sign| !is_of_version(sign)).next().unwrap_or_default());
    versions.filter(|version| version.contains('.')).map(str::to_owned).collect()
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
    assert_eq!(pods().len(), 4);
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

/// What Kubernetes refuses in a pod with `os.name: windows`, of the pod and of its containers.
const OF_LINUX: [&str; 16] = [
    "hostPID",
    "hostIPC",
    "shareProcessNamespace",
    "fsGroup",
    "fsGroupChangePolicy",
    "supplementalGroups",
    "sysctls",
    "seLinuxOptions",
    "seccompProfile",
    "appArmorProfile",
    "runAsUser",
    "runAsGroup",
    "capabilities",
    "privileged",
    "procMount",
    "allowPrivilegeEscalation",
];

/// Every field of what Kubernetes reads, without those of people.
fn fields<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields_of) => {
            for (name, value) in fields_of {
                found.push(name);
                if !["labels", "matchLabels", "nodeSelector"].contains(&name.as_str()) {
                    fields(value, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, found)),
        _ => {}
    }
}

#[test]
fn no_field_is_of_linux_or_misspelt() {
    // As the reference of the Kubernetes API spells them; a server passes over what it does not know.
    let known: Vec<&str> = "apiVersion kind metadata name namespace labels spec template selector matchLabels \
        updateStrategy type rollingUpdate maxUnavailable backoffLimit activeDeadlineSeconds ttlSecondsAfterFinished \
        nodeName os nodeSelector restartPolicy terminationGracePeriodSeconds automountServiceAccountToken \
        enableServiceLinks hostNetwork securityContext windowsOptions hostProcess runAsUserName initContainers \
        containers image command args env valueFrom fieldRef fieldPath resources requests limits cpu memory \
        volumeMounts mountPath readOnly volumes configMap tolerations key operator value effect"
        .split_whitespace()
        .collect();
    for (file, object) in objects() {
        let mut found = Vec::new();
        fields(&object, &mut found);
        for field in found {
            assert!(!OF_LINUX.contains(&field), "{file}: {field} is not for Windows");
            assert!(known.contains(&field), "{file}: {field}");
        }
    }
}

#[test]
fn every_image_has_a_version_and_starts_from_its_own_files() {
    let own = format!("registry.example.com/hnsplan:{}", env!("CARGO_PKG_VERSION"));
    for (file, pod) in pods() {
        for container in containers(&pod) {
            let image = container["image"].as_str().expect("every container has an image");
            let (_, tag) = image.rsplit_once(':').expect("an image without a version is any image");
            assert!(image == own || (!image.contains("hnsplan") && tag != "latest"), "{file}: {image}");
            // Whatever else is named is looked for on the node.
            let program = container["command"][0].as_str().unwrap_or_default();
            assert!(program.starts_with(r"C:\hpc\"), "{file}: {program:?}");
        }
    }
}

#[test]
fn every_selector_selects_its_pods_and_every_pod_ends_as_its_kind_wants() {
    for (file, object) in objects().into_iter().filter(|(_, object)| !object["spec"]["template"].is_null()) {
        let template = &object["spec"]["template"];
        let restart = &template["spec"]["restartPolicy"];
        match object["kind"].as_str() {
            Some("Job") => assert_eq!(restart, "Never", "{file}"),
            Some("DaemonSet") => {
                assert!(restart.is_null(), "{file}: a DaemonSet restarts always");
                assert_eq!(
                    object["spec"]["selector"]["matchLabels"], template["metadata"]["labels"],
                    "{file}"
                );
            }
            kind => panic!("{file}: {kind:?}"),
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
        assert_eq!(mounts.is_empty(), volumes.is_empty(), "{file}");
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
            // It is for Windows, where its plan is, and says no more than that; nothing is wrong with the line itself.
            let outcome = command.run();
            let message = outcome.failed(2);
            let is_elsewhere = ["only Windows has HNS", r"cannot read C:\plan\plan.json"];
            assert!(is_elsewhere.iter().any(|of| message.contains(of)), "{file}: {message}");
            tried += 1;
        }
    }
    assert_eq!(tried, 4);
}

/// What the manifests have, by the schemas of Kubernetes: the way to each value, and its type. A `[]` is every item of a
/// list, a `*` every key of a map.
const SCHEMA: &str = "
    apiVersion string
    kind string
    metadata.name string
    metadata.namespace string
    metadata.labels.* string
    spec.selector.matchLabels.* string
    spec.updateStrategy.type string
    spec.updateStrategy.rollingUpdate.maxUnavailable count
    spec.backoffLimit integer
    spec.activeDeadlineSeconds integer
    spec.ttlSecondsAfterFinished integer
    spec.template.metadata.labels.* string
    spec.template.spec.nodeName string
    spec.template.spec.os.name string
    spec.template.spec.nodeSelector.* string
    spec.template.spec.tolerations[].key string
    spec.template.spec.tolerations[].operator string
    spec.template.spec.tolerations[].value string
    spec.template.spec.tolerations[].effect string
    spec.template.spec.restartPolicy string
    spec.template.spec.terminationGracePeriodSeconds integer
    spec.template.spec.automountServiceAccountToken boolean
    spec.template.spec.enableServiceLinks boolean
    spec.template.spec.hostNetwork boolean
    spec.template.spec.securityContext.windowsOptions.hostProcess boolean
    spec.template.spec.securityContext.windowsOptions.runAsUserName string
    spec.template.spec.CONTAINERS[].name string
    spec.template.spec.CONTAINERS[].image string
    spec.template.spec.CONTAINERS[].command[] string
    spec.template.spec.CONTAINERS[].args[] string
    spec.template.spec.CONTAINERS[].env[].name string
    spec.template.spec.CONTAINERS[].env[].valueFrom.fieldRef.fieldPath string
    spec.template.spec.CONTAINERS[].securityContext.windowsOptions.hostProcess boolean
    spec.template.spec.CONTAINERS[].securityContext.windowsOptions.runAsUserName string
    spec.template.spec.CONTAINERS[].resources.requests.* quantity
    spec.template.spec.CONTAINERS[].resources.limits.* quantity
    spec.template.spec.CONTAINERS[].volumeMounts[].name string
    spec.template.spec.CONTAINERS[].volumeMounts[].mountPath string
    spec.template.spec.CONTAINERS[].volumeMounts[].readOnly boolean
    spec.template.spec.volumes[].name string
    spec.template.spec.volumes[].configMap.name string
";

/// Maps whose keys are free.
const FREE: [&str; 5] = ["labels", "matchLabels", "nodeSelector", "requests", "limits"];

/// Every value with the way to it.
fn values<'v>(value: &'v Value, way: &str, found: &mut Vec<(String, &'v Value)>) {
    match value {
        Value::Object(fields) => {
            let is_free = FREE.contains(&way.rsplit('.').next().unwrap_or_default());
            for (name, value) in fields {
                let name = match name.as_str() {
                    _ if is_free => "*",
                    "containers" | "initContainers" => "CONTAINERS",
                    name => name,
                };
                values(value, &format!("{way}{}{name}", if way.is_empty() { "" } else { "." }), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| values(item, &format!("{way}[]"), found)),
        _ => found.push((way.to_owned(), value)),
    }
}

fn is_of_type(value: &Value, type_: &str) -> bool {
    let is_quantity = |text: &str| {
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
        unit.len() < text.len() && ["", "m", "Ki", "Mi", "Gi"].contains(&unit)
    };
    match type_ {
        "string" => value.as_str().is_some_and(|text| !text.is_empty()),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "count" => value.is_u64() || value.as_str().is_some_and(|text| text.ends_with('%')),
        "quantity" => value.is_u64() || value.as_str().is_some_and(is_quantity),
        _ => false,
    }
}

/// Checks that a schema has every value, with its type.
fn assert_of_schema(objects: &[(String, Value)], schema: &str) {
    let schema: std::collections::BTreeMap<&str, &str> =
        schema.lines().filter_map(|line| line.trim().split_once(' ')).collect();
    for (file, object) in objects {
        let mut found = Vec::new();
        values(object, "", &mut found);
        for (way, value) in found {
            let type_ = schema.get(way.as_str()).unwrap_or_else(|| panic!("{file}: {way} is in no schema"));
            assert!(is_of_type(value, type_), "{file}: {way} is {value}, expected a {type_}");
        }
    }
}

#[test]
fn every_value_is_in_its_place_and_of_its_type() {
    assert_of_schema(&objects(), SCHEMA);
    // What Kubernetes requires.
    for (file, pod) in pods() {
        for container in containers(&pod) {
            assert!(container["name"].is_string() && container["image"].is_string(), "{file}");
        }
        let names: Vec<&Value> = containers(&pod).map(|container| &container["name"]).collect();
        assert!(
            names.iter().enumerate().all(|(at, name)| !names[..at].contains(name)),
            "{file}: a name twice"
        );
    }
}

/// A usual cluster keeps Linux pods away from its Windows nodes.
#[test]
fn every_pod_tolerates_the_usual_taints_of_windows_nodes() {
    for (file, pod) in pods() {
        for key in ["os", "node.kubernetes.io/os"] {
            let is_it =
                |of: &Value| of["key"] == key && of["value"] == "windows" && of["effect"] == "NoSchedule";
            assert!(list(&pod, "tolerations").iter().any(is_it), "{file}: {key}");
        }
    }
}

/// What is not needed in the image, such as the folder of the compiler, is not sent to the builder.
#[test]
fn the_context_of_the_image_is_what_it_copies() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).expect("it is there");
    let kept: Vec<String> =
        read(".dockerignore").lines().filter_map(|line| line.strip_prefix('!')).map(str::to_owned).collect();
    let files = read("deploy/Dockerfile") + &read("deploy/fleet/Dockerfile");
    let copied =
        files.lines().filter_map(|line| line.strip_prefix("COPY ")?.split(' ').next().map(str::to_owned));
    let copied: Vec<String> = copied.collect();
    assert!(read(".dockerignore").lines().any(|line| line == "*"));
    assert_eq!(kept, copied);
}
