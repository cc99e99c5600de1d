//! Promise: what an upgrade of kube-proxy changes is told Service by Service, with the change behind it; and a fault of the
//! node's release that Services of the input meet is found, with those Services and the first release without it.

use serde_json::Value;

use crate::support::exe::{Outcome, hnsplan};

/// A Service with its slice: a load balancer address and its mode, and the ports of the Service and of its pods.
fn service(name: &str, number: u8, spec: &str, pods: u16) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}}
spec: {{clusterIP: 10.96.0.{number}, {spec}}}
STATUS
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}-1, namespace: shop, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv4
ports: [{{name: '', port: {pods}, protocol: TCP}}]
endpoints: [{{addresses: [10.244.1.{number}], nodeName: win-1}}, {{addresses: [10.244.2.{number}], nodeName: win-2}}]
---
"
    )
}

const NODE: &str = "apiVersion: v1\nkind: Node\nmetadata: {name: win-1, labels: {kubernetes.io/os: windows}}\nstatus: \
                    {addresses: [{type: InternalIP, address: 192.168.0.1}]}\n---\n";

/// One with an address of its load balancer in mode Proxy, one with another port than its pods have, and a plain one.
fn manifests() -> String {
    let proxied = "status: {loadBalancer: {ingress: [{ip: 203.0.113.7, ipMode: Proxy}]}}";
    let one = service(
        "front",
        10,
        "type: LoadBalancer, allocateLoadBalancerNodePorts: false, ports: [{port: 80}]",
        80,
    );
    let other = service("api", 11, "ports: [{port: 80, targetPort: 8080}]", 9090);
    let plain = service("plain", 12, "ports: [{port: 80, targetPort: 8080}]", 8080);
    [
        NODE.to_owned(),
        one.replace("STATUS", proxied),
        other.replace("STATUS\n", ""),
        plain.replace("STATUS\n", ""),
    ]
    .concat()
}

fn check(flags: &str) -> Outcome {
    let command =
        "check -t hns -f - --node win-1 --network-name net --windows-release ltsc2022 --fail-on never";
    hnsplan(command).args(flags).input(manifests()).run()
}

/// The Services that a change is a cause for, by a word of the change.
fn caused(flags: &str, word: &str) -> Vec<String> {
    let outcome = check(&format!("{flags} -o json"));
    let document: Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    let findings = document["findings"].as_array().expect("a list");
    let causes = findings.iter().filter_map(|finding| finding["causes"].as_array()).flatten();
    let of_word = causes.filter(|cause| cause["message"].as_str().expect("a text").contains(word));
    let mut names: Vec<String> =
        of_word.map(|cause| cause["object"]["name"].as_str().expect("a text").to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn an_upgrade_names_the_change_behind_each_difference() {
    for (flags, number, services) in [
        ("--kube-proxy-version 1.34.2 --against 1.34.9", "kubernetes/kubernetes#136241", &["front"][..]),
        ("--kube-proxy-version 1.34.9 --against 1.34.2", "kubernetes/kubernetes#136241", &["front"]),
        ("--kube-proxy-version 1.33.13 --against 1.34", "kubernetes/kubernetes#132647", &["api"]),
        ("--kube-proxy-version 1.30 --against 1.36", "kubernetes/kubernetes#136241", &["front"]),
        ("--kube-proxy-version 1.30 --against 1.36", "kubernetes/kubernetes#132647", &["api"]),
        ("--kube-proxy-version 1.34.4 --against 1.34.7", "kubernetes/kubernetes#", &[]),
    ] {
        assert_eq!(caused(flags, number), services, "{flags}");
    }
    let outcome = check("--kube-proxy-version 1.34.2 --against 1.34.9");
    let text = outcome.succeeded();
    assert!(text.contains("cause: D0822: shop/front, "), "{text}");
    assert!(text.contains("since 1.33.8, 1.34.4, 1.35.1"), "{text}");
    assert!(!text.contains("shop/plain"), "{text}");
}

/// Of each fault that inputs can meet, the Services that meet it, on both sides of the release that mends it.
#[test]
fn a_known_fault_is_found_with_the_services_that_meet_it() {
    let lints = |version: &str, flags: &str| {
        let outcome = hnsplan(
            "check -f - --node win-1 --network-name net --windows-release ltsc2022 --fail-on never -o json",
        )
        .args(flags)
        .arg("--kube-proxy-version")
        .arg(version)
        .input(manifests())
        .run();
        let document: Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
        let lints = document["lints"].as_array().expect("a list").clone();
        let known = lints.into_iter().filter(|lint| lint["code"] == "L0930");
        known.map(|lint| lint["help"].as_str().expect("a text").to_owned()).collect::<Vec<_>>()
    };
    let found = |version: &str, flags: &str, fault: &str| {
        lints(version, flags).into_iter().find(|help| help.contains(&format!("({fault}, ")))
    };
    for (version, flags, fault, without, services) in [
        ("1.30", "", "W1", "1.31.0 ", "shop/api, shop/front, shop/plain"),
        ("1.34.2", "", "W4", "1.34.4", "shop/front"),
        ("1.32", "", "W4", "1.33.8", "shop/front"),
        ("1.33", "", "W5", "1.34.0 ", "shop/api"),
        ("1.32.5", "--hns-version 15.4", "W7", "1.32.6", "shop/api, shop/front, shop/plain"),
    ] {
        let help = found(version, flags, fault).unwrap_or_else(|| panic!("{fault} in {version}"));
        assert!(help.starts_with(without), "{fault} in {version}: {help}");
        assert!(help.ends_with(&format!("it concerns {services}")), "{fault} in {version}: {help}");
    }
    for (version, flags, fault) in [
        ("1.31", "", "W1"),
        ("1.34.4", "", "W4"),
        ("1.33.8", "", "W4"),
        ("1.34.0", "", "W5"),
        ("1.32.6", "--hns-version 15.4", "W7"),
        ("1.32.5", "--hns-version 15.3", "W7"),
        ("1.30", "", "W2"),
        ("1.31", "", "W3"),
    ] {
        assert_eq!(found(version, flags, fault), None, "{fault} in {version}");
    }
    assert_eq!(lints("1.36", ""), [""; 0]);
}

#[test]
fn explain_lists_the_known_faults_of_a_version_first() {
    let explain = |flags: &str| hnsplan("explain version").args(flags).run().succeeded().to_owned();
    let text = explain("1.34.2");
    let [faults, changes] =
        ["known faults", "It has what changed"].map(|part| text.find(part).expect("it is there"));
    assert!(faults < changes, "{text}");
    assert!(text.contains("W4: since 1.30, mended in 1.33.8, 1.34.4, 1.35.1"), "{text}");
    assert!(!text.contains("W1:") && text.contains("W9:"), "{text}");
    assert!(explain("1.34").starts_with("kube-proxy 1.34 (as 1.34.9)\n"));
    let text = explain("1.34.2 --against 1.34.9");
    assert!(text.contains("kube-proxy 1.34.2 has known faults that 1.34.9 does not have"), "{text}");
    let oldest = explain("1.30");
    assert!(oldest.contains("W1: since 1.30, mended in 1.31"), "{oldest}");
}

/// A minor version is said with the patch release that it means, where that matters.
#[test]
fn a_minor_version_says_which_patch_it_means() {
    let notes = |version: &str| {
        let command = "compile -t hns -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1 -v";
        hnsplan(command).arg("--kube-proxy-version").arg(version).run().stderr
    };
    assert!(
        notes("1.34").contains("the rules are those of kube-proxy 1.34 (as 1.34.9)"),
        "{}",
        notes("1.34")
    );
    for version in ["1.34.2", "1.34.9", "1.30", "1.36"] {
        assert!(!notes(version).contains("N0316"), "{version}");
    }
    let gates =
        hnsplan("check -f fixtures/shop/cluster.yaml --node linux-1 --feature-gates LoadBalancerIPMode=true")
            .args("--kube-proxy-version 1.35 --fail-on never")
            .run();
    assert!(gates.stdout.contains("is not known to kube-proxy 1.35 (as 1.35.6)"), "{}", gates.stdout);
}
