//! Promise: the Job of `deploy/fleet` asks about every node once, with no right on the cluster, and its shares are joined to the
//! answer of one run.

use std::fs;

use serde_json::{Value, json};

use super::{assert_of_schema, containers, list, objects_in};
use crate::fleet::Synthetic;
use crate::support::exe::hnsplan;

/// What the manifests have, by the schemas of Kubernetes.
const SCHEMA: &str = "
    apiVersion string
    kind string
    metadata.name string
    metadata.namespace string
    metadata.labels.* string
    spec.accessModes[] string
    spec.resources.requests.* quantity
    spec.completionMode string
    spec.completions integer
    spec.parallelism integer
    spec.backoffLimit integer
    spec.activeDeadlineSeconds integer
    spec.ttlSecondsAfterFinished integer
    spec.template.metadata.labels.* string
    spec.template.spec.os.name string
    spec.template.spec.nodeSelector.* string
    spec.template.spec.restartPolicy string
    spec.template.spec.terminationGracePeriodSeconds integer
    spec.template.spec.automountServiceAccountToken boolean
    spec.template.spec.enableServiceLinks boolean
    spec.template.spec.securityContext.runAsNonRoot boolean
    spec.template.spec.securityContext.runAsUser integer
    spec.template.spec.securityContext.runAsGroup integer
    spec.template.spec.securityContext.fsGroup integer
    spec.template.spec.securityContext.seccompProfile.type string
    spec.template.spec.CONTAINERS[].name string
    spec.template.spec.CONTAINERS[].image string
    spec.template.spec.CONTAINERS[].command[] string
    spec.template.spec.CONTAINERS[].args[] string
    spec.template.spec.CONTAINERS[].securityContext.allowPrivilegeEscalation boolean
    spec.template.spec.CONTAINERS[].securityContext.readOnlyRootFilesystem boolean
    spec.template.spec.CONTAINERS[].securityContext.capabilities.drop[] string
    spec.template.spec.CONTAINERS[].resources.requests.* quantity
    spec.template.spec.CONTAINERS[].resources.limits.* quantity
    spec.template.spec.CONTAINERS[].volumeMounts[].name string
    spec.template.spec.CONTAINERS[].volumeMounts[].mountPath string
    spec.template.spec.volumes[].name string
    spec.template.spec.volumes[].persistentVolumeClaim.claimName string
";

fn objects() -> Vec<(String, Value)> {
    objects_in("deploy/fleet")
}

fn of_kind(kind: &str) -> Value {
    let objects: Vec<Value> =
        objects().into_iter().map(|(_, object)| object).filter(|object| object["kind"] == kind).collect();
    let [only] = &objects[..] else { panic!("{kind}: {}", objects.len()) };
    only.clone()
}

#[test]
fn every_value_is_in_its_place_and_of_its_type() {
    assert_of_schema(&objects(), SCHEMA);
}

/// What the level `restricted` of the pod security standards asks for, so that any namespace may have it.
#[test]
fn the_pods_of_shares_have_no_privilege_and_no_token() {
    for (file, object) in objects() {
        assert_eq!(object["metadata"]["namespace"], "hnsplan", "{file}");
    }
    let pod = &of_kind("Job")["spec"]["template"]["spec"];
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(pod["restartPolicy"], "Never");
    for container in containers(pod) {
        let security = &container["securityContext"];
        assert_eq!(security["allowPrivilegeEscalation"], false);
        assert_eq!(security["readOnlyRootFilesystem"], true);
        assert_eq!(security["capabilities"]["drop"], json!(["ALL"]));
        assert_eq!(
            container["image"],
            format!("registry.example.com/hnsplan-linux:{}", env!("CARGO_PKG_VERSION"))
        );
        let mounts = list(container, "volumeMounts");
        assert!(
            mounts
                .iter()
                .all(|mount| list(pod, "volumes").iter().any(|volume| volume["name"] == mount["name"]))
        );
    }
    let claim = of_kind("PersistentVolumeClaim");
    assert_eq!(claim["spec"]["accessModes"], json!(["ReadWriteMany"]));
    assert_eq!(pod["volumes"][0]["persistentVolumeClaim"]["claimName"], claim["metadata"]["name"]);
}

#[test]
fn the_indexes_of_the_job_give_the_answer_of_one_run() {
    let job = of_kind("Job");
    let spec = &job["spec"];
    let completions = spec["completions"].as_u64().expect("a number");
    assert_eq!((&spec["completionMode"], &spec["parallelism"]), (&json!("Indexed"), &json!(completions)));
    let container = &spec["template"]["spec"]["containers"][0];
    let arguments: Vec<&str> =
        list(container, "args").iter().map(|of| of.as_str().expect("a text")).collect();
    let share = format!("--share=$(JOB_COMPLETION_INDEX)/{completions}");
    assert!(arguments.contains(&&*share), "{arguments:?}");
    let fleet = Synthetic::new(16, 8);
    fs::create_dir(fleet.path("shares")).expect("a folder");
    let mounted = |argument: &str| argument.replace("/fleet/", &format!("{}/", fleet.folder().display()));
    for index in 0..completions {
        let command = arguments.iter().fold(hnsplan("-q"), |command, argument| {
            command.arg(mounted(argument).replace("$(JOB_COMPLETION_INDEX)", &index.to_string()))
        });
        command.run().succeeded();
    }
    let joined = hnsplan("merge shares -o json --fail-on never").inside(fleet.folder()).run();
    let one = hnsplan("check -f cluster.yaml --config kube-proxy.yaml --nodes all -o json --fail-on never");
    let one = one.inside(fleet.folder()).run();
    assert!(joined.succeeded() == one.succeeded() && one.stdout.len() > 1000, "{}", joined.stdout);
}
