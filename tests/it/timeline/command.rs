//! Promise: what is to be said about the objects of a sequence is said once, and what a replay cannot follow is refused.

use std::fs;

use tempfile::TempDir;

use crate::support::exe::{Outcome, hnsplan};

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
