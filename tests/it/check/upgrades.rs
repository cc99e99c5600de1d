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

/// The help of the lints about known faults, of manifests on a Windows node.
fn known_faults(manifests: String, version: &str, flags: &str) -> Vec<String> {
    let command =
        "check -f - --node win-1 --network-name net --windows-release ltsc2022 --fail-on never -o json";
    lints_of(&hnsplan(command).args(flags).arg("--kube-proxy-version").arg(version).input(manifests).run())
}

/// The help of the lints about known faults.
fn lints_of(outcome: &Outcome) -> Vec<String> {
    let document: Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    let lints = document["lints"].as_array().expect("a list").clone();
    let known = lints.into_iter().filter(|lint| lint["code"] == "L0930");
    known.map(|lint| lint["help"].as_str().expect("a text").to_owned()).collect()
}

/// Of each fault that inputs can meet, the Services that meet it, on both sides of the release that mends it.
#[test]
fn a_known_fault_is_found_with_the_services_that_meet_it() {
    let lints = |version: &str, flags: &str| known_faults(manifests(), version, flags);
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

/// Of the same pods, two Services: W3 is about pods of other nodes that several Services have in common.
#[test]
fn pods_of_several_services_meet_a_known_fault() {
    let of = |name: &str, number: u8, pod: u8| {
        service(name, number, "ports: [{port: 80}]", 80)
            .replace("STATUS\n", "")
            .replace(&format!("10.244.2.{number}]"), &format!("10.244.2.{pod}]"))
    };
    let shared = [NODE.to_owned(), of("one", 20, 9), of("two", 21, 9), of("alone", 22, 22)].concat();
    let apart = [NODE.to_owned(), of("one", 20, 20), of("two", 21, 21)].concat();
    for (version, without) in [
        ("1.31.14", Some("1.32.10 ")),
        ("1.32.9", Some("1.32.10 ")),
        ("1.33.5", Some("1.33.6 ")),
        ("1.34.1", Some("1.34.2 ")),
        ("1.30", None),
        ("1.32.10", None),
        ("1.33.6", None),
        ("1.34.2", None),
        ("1.35.0", None),
    ] {
        let of_fault = |manifests: &str| {
            let found = known_faults(manifests.to_owned(), version, "");
            found.into_iter().find(|help| help.contains("(W3, read, kubernetes/kubernetes#135146)"))
        };
        let help = of_fault(&shared);
        assert_eq!(help.is_some(), without.is_some(), "{version}: {help:?}");
        if let (Some(help), Some(without)) = (help, without) {
            assert!(help.starts_with(without), "{version}: {help}");
            assert!(help.ends_with("it concerns shop/one, shop/two"), "{version}: {help}");
        }
        assert_eq!(of_fault(&apart), None, "{version}: no pod is shared");
    }
}

/// A state of HNS with a local endpoint, and other objects behind it.
fn state(more: &str, balancers: &str) -> String {
    let network =
        "{\"ID\": \"5E8B8C1A-0000-4000-8000-000000000001\", \"Name\": \"net\", \"Type\": \"L2Bridge\"}";
    format!(
        "{{\"Networks\": [{network}], \"Endpoints\": [{{\"ID\": \"5E8B8C1A-0000-4000-8000-000000000002\", \"HostComputeNetwork\": \
         \"5E8B8C1A-0000-4000-8000-000000000001\", \"IpConfigurations\": [{{\"IpAddress\": \"10.244.1.11\"}}], \"Flags\": 0}}{more}], \
         \"LoadBalancers\": [{balancers}]}}"
    )
}

/// W6: HNS has a pod of the node twice. W14: HNS has a load balancer without port mappings.
#[test]
fn objects_of_hns_meet_known_faults() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        format!("--hns-state {}", path.display())
    };
    let twin = ", {\"ID\": \"5E8B8C1A-0000-4000-8000-000000000003\", \"HostComputeNetwork\": \
                \"5E8B8C1A-0000-4000-8000-000000000001\", \"IpConfigurations\": [{\"IpAddress\": \"10.244.1.11\"}], \"Flags\": 1}";
    let unmapped = "{\"ID\": \"5E8B8C1A-0000-4000-8000-000000000004\", \"HostComputeEndpoints\": \
                    [\"5E8B8C1A-0000-4000-8000-000000000002\"], \"FrontendVIPs\": [\"10.96.0.99\"], \"PortMappings\": []}";
    let plain = write("plain.json", state("", ""));
    let twins = write("twins.json", state(twin, ""));
    let unmapped = write("unmapped.json", state("", unmapped));
    let everything = "shop/api, shop/front, shop/plain";
    for (version, flags, fault, without, services) in [
        ("1.34.7", &twins, "W6, recorded, kubernetes/kubernetes#138000", Some("1.34.8 "), "shop/api"),
        ("1.32.5", &twins, "W6, recorded, kubernetes/kubernetes#138000", Some("1.34.8 "), "shop/api"),
        ("1.35.4", &twins, "W6, recorded, kubernetes/kubernetes#138000", Some("1.35.5 "), "shop/api"),
        ("1.36.0", &twins, "W6, recorded, kubernetes/kubernetes#138000", Some("1.36.1 "), "shop/api"),
        ("1.32.4", &twins, "W6, recorded, kubernetes/kubernetes#138000", None, ""),
        ("1.34.8", &twins, "W6, recorded, kubernetes/kubernetes#138000", None, ""),
        ("1.36.1", &twins, "W6, recorded, kubernetes/kubernetes#138000", None, ""),
        ("1.34.7", &plain, "W6, recorded, kubernetes/kubernetes#138000", None, ""),
        (
            "1.30",
            &unmapped,
            "W14, read, not recorded, kubernetes/kubernetes#141489",
            Some("1.37.1 "),
            everything,
        ),
        (
            "1.36.3",
            &unmapped,
            "W14, read, not recorded, kubernetes/kubernetes#141489",
            Some("1.37.1 "),
            everything,
        ),
        (
            "1.37.0",
            &unmapped,
            "W14, read, not recorded, kubernetes/kubernetes#141489",
            Some("1.37.1 "),
            everything,
        ),
        ("1.37.1", &unmapped, "W14, read, not recorded, kubernetes/kubernetes#141489", None, ""),
        ("1.36.3", &plain, "W14, read, not recorded, kubernetes/kubernetes#141489", None, ""),
    ] {
        let found = known_faults(manifests(), version, flags);
        let help = found.iter().find(|help| help.contains(&format!("({fault})")));
        assert_eq!(help.is_some(), without.is_some(), "{version} {flags}: {found:?}");
        if let (Some(help), Some(without)) = (help, without) {
            assert!(help.starts_with(without), "{version}: {help}");
            assert!(help.ends_with(&format!("it concerns {services}")), "{version}: {help}");
        }
    }
}

/// L1: leading zeros in addresses of endpoints, which iptables-restore refuses, in any octet.
#[test]
fn leading_zeros_meet_a_known_fault_on_linux() {
    let node = NODE.replace("windows", "linux").replace("win-1", "linux-1");
    let lints = |address: &str, version: &str, target: &str| {
        let one = service("front", 10, "ports: [{port: 80}]", 80).replace("STATUS\n", "");
        let manifests = format!("{node}{}", one.replace("10.244.2.10]", &format!("{address}]")));
        let command = format!(
            "check -t {target} -f - --node linux-1 --fail-on never -o json --kube-proxy-version {version}"
        );
        lints_of(&hnsplan(&command).input(manifests).run())
    };
    for odd in ["010.244.2.10", "10.044.2.10", "10.244.002.010", "10.244.2.01"] {
        for (version, has) in [("1.30", true), ("1.30.5", true), ("1.31.0", false), ("1.36", false)] {
            let found = lints(odd, version, "iptables,nftables");
            assert_eq!(found.len(), usize::from(has), "{odd} {version}: {found:?}");
            let told = "1.31.0 is the first later release without it (L1, recorded); it concerns shop/front";
            assert!(found.iter().all(|help| help == told), "{odd} {version}: {found:?}");
        }
    }
    assert_eq!(lints("10.244.2.10", "1.30", "iptables,nftables"), [""; 0]);
    // nft takes such an address for another one, which is another fault.
    let of_others = lints("010.244.2.10", "1.30", "nftables,hns");
    assert!(!of_others.iter().any(|help| help.contains("(L1")), "{of_others:?}");
}

/// The changes behind differences between a version and 1.37, by a word of them, on Linux.
#[test]
fn an_upgrade_to_1_37_names_what_changes() {
    let node = NODE.replace("windows", "linux").replace("win-1", "linux-1");
    let plain = service("plain", 12, "type: NodePort, ports: [{port: 80, nodePort: 30080}]", 80);
    let manifests = format!("{node}{}", plain.replace("STATUS\n", ""));
    let check = |flags: &str| {
        let command = "check -f - --node linux-1 --fail-on never --interface-address 192.168.0.1 --interface-address 10.9.9.9";
        hnsplan(command).args(flags).input(manifests.clone()).run()
    };
    for target in ["iptables", "nftables"] {
        let of = |words: &str| {
            check(&format!(
                "-t {target} --kube-proxy-version 1.36 --against 1.37 --nodeport-addresses {words}"
            ))
            .stdout
        };
        let mixed = of("primary,10.9.9.9/32");
        assert!(mixed.contains("kubernetes/kubernetes#138427"), "{target}: {mixed}");
        assert!(mixed.contains("→ 192.168.0.1:30080/TCP"), "{target}: {mixed}");
        let alone = of("primary");
        assert!(!alone.contains("kubernetes/kubernetes#"), "{target}: {alone}");
    }
    // Rules differ (N15), packets do not.
    let same = check("-t nftables --kube-proxy-version 1.36 --against 1.37").stdout;
    assert!(!same.contains("kubernetes/kubernetes#140723"), "{same}");
    let gate = "--feature-gates KubeProxyNFTablesLocalhostNodePorts=true";
    let gated = check(&format!("-t nftables --kube-proxy-version 1.36 --against 1.37 {gate}")).stdout;
    assert!(
        gated.contains("feature gate KubeProxyNFTablesLocalhostNodePorts is not known to kube-proxy 1.36"),
        "{gated}"
    );
    assert!(gated.contains("versions from 1.37 on"), "{gated}");
    // What is newer than known is taken for the newest.
    for (version, said) in [("1.38", true), ("1.37.2", true), ("1.37", false), ("1.37.0", false)] {
        let outcome = check(&format!("-t iptables,nftables --kube-proxy-version {version}"));
        let text = format!("{}{}", outcome.stdout, outcome.stderr);
        let newer = format!(
            "kube-proxy {version} is newer than what is known; its rules are taken to be those of 1.37.1"
        );
        assert_eq!(text.contains(&newer), said, "{version}: {text}");
    }
}

#[test]
fn explain_tells_what_1_37_has_and_that_nothing_of_it_was_recorded() {
    let explain = |flags: &str| hnsplan("explain version").args(flags).run().succeeded().to_owned();
    let text = explain("1.37");
    assert!(
        text.starts_with("kube-proxy 1.37 (as 1.37.1)\nWhat changed after 1.36 was read in pull requests"),
        "{text}"
    );
    assert!(!explain("1.36").contains("pull requests"));
    // Of each change since 1.36 the pull request.
    let step = explain("1.36 --against 1.37");
    for number in
        [138_427, 139_516, 140_723, 139_957, 139_397, 138_183, 137_536, 140_405, 137_767, 139_503, 141_489]
    {
        let source = format!("read, not recorded, kubernetes/kubernetes#{number})");
        assert!(step.contains(&source), "{number}: {step}");
    }
    assert!(step.contains("RelaxedServiceNameValidation: on by default, then locked on"), "{step}");
    assert!(step.contains("KubeProxyNFTablesLocalhostNodePorts: not known, then off by default"), "{step}");
    // Patches of 1.36 and 1.37 differ as well.
    let patches = explain("1.36.0 --against 1.36.3");
    assert!(
        patches.contains("#138000") && patches.contains("#138571") && !patches.contains("#138427"),
        "{patches}"
    );
    let patches = explain("1.37.0 --against 1.37.1");
    assert!(patches.contains("W14") && !patches.contains("W13"), "{patches}");
    assert!(explain("1.38").contains("It is newer than what is known."));
    assert!(explain("1.36.1 --against 1.36.3").contains("No change is known between"));
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
    assert!(notes("1.36").contains("the rules are those of kube-proxy 1.36 (as 1.36.3)"));
    for version in ["1.34.2", "1.34.9", "1.30", "1.36.3", "1.37.0"] {
        assert!(!notes(version).contains("N0316"), "{version}");
    }
    let gates =
        hnsplan("check -f fixtures/shop/cluster.yaml --node linux-1 --feature-gates LoadBalancerIPMode=true")
            .args("--kube-proxy-version 1.35 --fail-on never")
            .run();
    assert!(gates.stdout.contains("is not known to kube-proxy 1.35 (as 1.35.6)"), "{}", gates.stdout);
}
