//! Promise: a sequence is the same wherever it comes from, what is to be said about its objects is said once, and what a
//! replay cannot follow is refused.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::exe::{Hnsplan, Outcome, hnsplan};

/// A Service with a port that kube-proxy passes over, `web` with as many pods, and a slice that names no Service.
fn manifests(pods: u8) -> String {
    let endpoint =
        |pod| format!("- {{addresses: [10.244.2.{pod}], nodeName: other, conditions: {{ready: true}}}}\n");
    let endpoints: String = (1..=pods).map(endpoint).collect();
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\n\
         spec: {{clusterIP: 10.96.0.10, clusterIPs: [10.96.0.10], externalIPs: [300.1.1.1], \
         ports: [{{port: 80, protocol: TCP, targetPort: 8080}}]}}\n---\n\
         apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n\
         metadata: {{name: web-1, namespace: shop, labels: {{kubernetes.io/service-name: web}}}}\n\
         ports: [{{name: \"\", port: 8080, protocol: TCP}}]\nendpoints:\n{endpoints}"
    )
}

fn sequence(of: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (number, pods) in (1..).zip(of) {
        fs::write(folder.path().join(format!("{number:02}.yaml")), manifests(*pods)).expect("it is written");
    }
    folder
}

fn run(folder: &TempDir, flags: &str) -> Outcome {
    hnsplan("replay").arg(folder.path()).args(flags).run()
}

#[test]
fn what_is_said_about_objects_is_said_once_with_its_place() {
    let folder = sequence(&[1, 2, 3]);
    let outcome = run(&folder, "--node here");
    assert_eq!(outcome.stderr.matches("external IP `300.1.1.1`").count(), 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("01.yaml:"), "{}", outcome.stderr);
}

#[test]
fn flags_that_mean_nothing_over_a_sequence_are_refused() {
    let folder = sequence(&[1, 2]);
    for (flags, said) in [
        ("--semantics kubernetes", "--semantics kubernetes: a replay shows what kube-proxy does"),
        ("--like-kube-proxy-restart", "02.step.json"),
        ("--assume", "hnsplan fill"),
    ] {
        let outcome = run(&folder, &format!("--node here {flags}"));
        let told = outcome.failed(2);
        assert!(told.contains(said), "{flags}: {told}");
    }
    assert!(!run(&folder, "--node here --semantics kube-proxy").stdout.is_empty());
}

/// What kubectl prints of objects while they are watched.
fn watched(type_: &str, object: &str, version: u32) -> String {
    let mut object: Value = serde_yaml::from_str(object).expect("a manifest");
    object["metadata"]["resourceVersion"] = version.to_string().into();
    format!("{:#}\n", json!({"type": type_, "object": object}))
}

/// Service and slice of a manifest.
fn parts(pods: u8) -> [String; 2] {
    let text = manifests(pods).replace("300.1.1.1", "203.0.113.1");
    let (service, slice) = text.split_once("---\n").expect("there are two documents");
    [service.to_owned(), slice.to_owned()]
}

/// A folder, files in order, one recording and two recordings of the same are one sequence: the same calls.
#[test]
fn every_input_of_a_sequence_is_the_same_sequence() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder can be made");
        fs::write(&path, text).expect("a file can be written");
        path
    };
    let (mut services, mut slices) = (String::new(), String::new());
    let mut files = Vec::new();
    for (number, pods) in (1u32..).zip([1, 3, 2]) {
        let [service, slice] = parts(pods);
        files.push(write(&format!("steps/{number:02}.yaml"), &format!("{service}---\n{slice}")));
        if number == 1 {
            services += &watched("ADDED", &service, 1);
        }
        slices += &watched(if number == 1 { "ADDED" } else { "MODIFIED" }, &slice, number + 1);
    }
    let both = write("both.json", &format!("{services}{slices}"));
    let services = write("services.json", &services);
    let slices = write("slices.json", &slices);
    let calls = |paths: &[&Path]| {
        let command = paths.iter().fold(hnsplan("replay"), Hnsplan::arg);
        let outcome = command.args("--node here -o calls").run();
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        outcome.stdout
    };
    let of_folder = calls(&[folder.path()]);
    assert_eq!(of_folder.matches("UpdateLoadBalancer").count(), 0);
    assert!(of_folder.matches("CreateLoadBalancer").count() >= 3, "{of_folder}");
    let files: Vec<&Path> = files.iter().map(AsRef::as_ref).collect();
    assert_eq!(calls(&files), of_folder);
    assert_eq!(calls(&[&both]), of_folder);
    assert_eq!(calls(&[&services, &slices]), of_folder);
    let piped = fs::read(&both).expect("it was written");
    let piped = hnsplan("replay - --node here -o calls").input(piped).run();
    assert_eq!(piped.stdout, of_folder, "{}", piped.stderr);
}

#[test]
fn inputs_that_fit_no_sequence_are_refused() {
    let folder = sequence(&[1, 2]);
    let file = folder.path().join("01.yaml");
    let both = hnsplan("replay").arg(folder.path()).arg(&file).args("--node here").run();
    assert!(both.failed(2).contains("expected one folder, files of moments in order"), "{}", both.stderr);
    let piped = hnsplan("replay - --node here").input(manifests(1)).run();
    assert!(piped.failed(2).contains("standard input is no recorded watch"), "{}", piped.stderr);
    let cut = watched("ADDED", &parts(1)[0], 1) + "{\"type\": \"MODIFIED\", \"object\": {";
    let lines = cut.lines().count();
    let piped = hnsplan("replay - --node here").input(cut).run();
    let told = piped.failed(2);
    assert!(
        told.contains(&format!("standard input:{lines}: the recording ends within this event")),
        "{told}"
    );
}

/// A fault by its flag does what the file beside the step does.
#[test]
fn flags_and_files_say_the_same_of_a_step() {
    let folder = sequence(&[1, 2, 3]);
    let fault = "--node here --fault 2:CreateLoadBalancer=HCN_E_PORT_ALREADY_EXISTS -o calls";
    let events = folder.path().join("events.txt");
    fs::write(&events, r#"{"3": {"RemoveEndpoints": ["10.244.2.1"]}}"#).expect("it is written");
    let by_flags = hnsplan("replay").arg(folder.path()).args(fault).arg("--hns-events").arg(&events).run();
    let faults =
        r#"[{"op": "CreateLoadBalancer", "error": "HCN_E_PORT_ALREADY_EXISTS", "code": "0x803b0013"}]"#;
    fs::write(folder.path().join("02.faults.json"), faults).expect("it is written");
    fs::write(folder.path().join("03.hns.json"), r#"{"RemoveEndpoints": ["10.244.2.1"]}"#)
        .expect("it is written");
    let by_files = run(&folder, "--node here -o calls");
    assert!(by_flags.stdout.contains("0x803b0013") && by_flags.stdout.contains("endpoint removed"));
    assert_eq!(by_flags.stdout, by_files.stdout, "{}", by_flags.stderr);
}

#[test]
fn a_wrong_fault_is_refused_with_what_is_allowed() {
    let folder = sequence(&[1, 2]);
    for (fault, said) in [
        ("CreateLoadBalancer", "expected STEP:CALL=ERROR"),
        ("9:CreateLoadBalancer=HCN_E_PORT_ALREADY_EXISTS", "there is no step 9; steps are 1 to 2"),
        ("2:CreateLoadBalancer=HCN_E_PORT_ALREADY_EXIST", "did you mean HCN_E_PORT_ALREADY_EXISTS"),
        ("2:CreateLoadBalancers=0x803b0013", "did you mean CreateLoadBalancer? expected one of"),
        ("2:CreateLoadBalancer@0=0x803b0013", "expected @2 for the second"),
    ] {
        let outcome = run(&folder, &format!("--node here --fault {fault}"));
        assert!(outcome.failed(2).contains(said), "{fault}: {}", outcome.stderr);
    }
}
