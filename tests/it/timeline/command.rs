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

/// A fault that comes too late, or in a step without such a call, makes no difference, and that is said on each platform.
#[test]
fn faults_that_no_call_meets_are_named() {
    let folder = sequence(&[1, 2, 2]);
    for (target, operation, per_step) in [
        ("hns --network-type L2Bridge", "CreateLoadBalancer", [1, 1, 0]),
        // One for each family, whether anything changed or not.
        ("iptables", "iptables-restore", [2, 2, 2]),
        ("nftables", "nft", [2, 2, 2]),
    ] {
        for (step, calls) in (1..).zip(per_step) {
            for nth in 1..=3 {
                let fault = format!("{step}:{operation}@{nth}=0x803b0013");
                let outcome = run(&folder, &format!("-t {target} --node here --fault {fault}"));
                let said = match calls {
                    0 => "no such call".to_owned(),
                    1 => "1 such call".to_owned(),
                    many => format!("{many} such calls"),
                };
                let note =
                    format!("the fault {operation}@{nth} of step {step} is never met: the step has {said}");
                let is_unmet = outcome.stdout.matches(&note).count() == 1;
                assert_eq!(is_unmet, nth > calls, "{target} {fault}: {}", outcome.stdout);
                assert!(is_unmet || !outcome.stdout.contains("is never met"), "{target}: {}", outcome.stdout);
            }
        }
    }
}

/// A file beside a step that is about another platform makes no difference, and that is said once.
#[test]
fn files_that_a_platform_does_not_use_are_named() {
    let folder = sequence(&[1, 2, 3]);
    for step in ["02", "03"] {
        fs::write(folder.path().join(format!("{step}.hns.json")), r#"{"RemoveEndpoints": ["10.244.2.9"]}"#)
            .expect("it is written");
    }
    fs::write(folder.path().join("03.conntrack.json"), "[]").expect("it is written");
    let of_hns = "2 steps from step 2 on have a file that is not used, hns.json: what others did in HNS, which does not \
                  concern";
    let of_linux = "step 3 has a file that is not used, conntrack.json: flows that Linux remembers, which does not concern hns";
    for (target, said, not_said) in [
        ("iptables", format!("Note: {of_hns} iptables."), "conntrack.json"),
        ("nftables", format!("Note: {of_hns} nftables."), "conntrack.json"),
        ("hns --network-type L2Bridge", format!("Note: {of_linux}."), "02.hns.json"),
    ] {
        let text = run(&folder, &format!("-t {target} --node here")).stdout;
        assert_eq!(text.matches(&said).count(), 1, "{target}: {text}");
        assert!(!text.contains(not_said), "{target}: {text}");
    }
}
