//! Promise: what Windows does not serve is found before anybody waits for it, and only there: both sides of each limit,
//! build and list.

use std::collections::BTreeSet;

use hnsplan::platform::hns::Semantics;
use hnsplan::platform::hns::model::{Address, EndpointFlags, EndpointPolicy, RemoteSubnet, State};
use serde_json::json;

use super::lint::{CLUSTER, changed, codes, endpoint, facts, lints, network, node, overlay};
use crate::support::exe::hnsplan;
use crate::support::run::Run;

/// The cluster with so many endpoints on the other node, and one on this.
fn members(count: usize) -> Run {
    let endpoints = (1..count).map(|at| format!("{{addresses: [10.244.1.{at}], nodeName: linux-1}}"));
    let all: Vec<String> =
        endpoints.chain(["{addresses: [10.244.3.7], nodeName: win-1}".to_owned()]).collect();
    let slice = CLUSTER.find("  endpoints: [").expect("a slice");
    let cluster = format!("{}  endpoints: [{}]\n", &CLUSTER[..slice], all.join(", "));
    Run::of(&cluster).on("win-1")
}

fn has(run: &Run, state: Option<&State>, code: &str) -> bool {
    codes(run, state).contains(code)
}

#[test]
fn a_load_balancer_without_dsr_has_64_members() {
    assert_eq!(codes(&members(64), None), BTreeSet::new());
    let found = lints(&members(65), None);
    let messages: Vec<&str> = found.iter().map(|lint| &*lint.message).collect();
    assert_eq!(
        messages,
        [
            "the load balancer 10.96.0.10:80/TCP of shop/web has 65 members and no DSR",
            "the load balancer 198.51.100.7:80/TCP of shop/web has 65 members and no DSR",
            "the load balancer node port 30080/TCP of shop/web has 65 members and no DSR",
        ]
    );
    assert!(found.iter().all(|lint| lint.code.id() == "L0922" && lint.place.is_some()), "{found:?}");
    // The cluster IP gets DSR, and the others do not.
    let dsr = members(65).flags(|flags| flags.enable_dsr = Some(true));
    assert_eq!(lints(&dsr, None).len(), 2, "{:?}", lints(&dsr, None));
}

/// The node itself is the only endpoint, or one of two.
#[test]
fn a_host_network_pod_is_not_the_only_endpoint_on_server_2019() {
    let both = "{addresses: [10.244.3.7], nodeName: win-1}, {addresses: [10.244.1.7], nodeName: linux-1}";
    let of = |endpoints: &str, release: &str| {
        let run = changed(both, endpoints);
        let run = run.flags(|flags| flags.windows_release = Some(release.parse().expect("a release")));
        has(&run, None, "L0923")
    };
    let only = "{addresses: [192.168.10.21], nodeName: win-1}";
    assert!(of(only, "ltsc2019") && of(only, "ltsc2019:5458"));
    assert!(!of(only, "ltsc2022") && !of(only, "ltsc2025"));
    assert!(!of(&format!("{only}, {{addresses: [10.244.1.7], nodeName: linux-1}}"), "ltsc2019"));
    assert!(!of("{addresses: [10.244.3.7], nodeName: win-1}", "ltsc2019"));
    assert!(!of("{addresses: [192.168.10.11], nodeName: linux-1}", "ltsc2019"));
}

/// Each build at which a report begins or ends, with the nodes that it is about.
#[test]
fn regressions_are_of_their_builds_and_networks() {
    let of = |release: &str, type_: &str, dsr: bool| -> Vec<String> {
        let run = overlay("10.244.3.2").flags(|flags| {
            flags.windows_release = Some(release.parse().expect("a release"));
            flags.network_type = type_.parse().ok();
            flags.enable_dsr = Some(dsr);
            if type_ != "Overlay" {
                flags.source_vip = None;
            }
        });
        lints(&run, None)
            .into_iter()
            .filter(|lint| lint.code.id() == "L0924")
            .map(|lint| lint.message)
            .collect()
    };
    for (release, type_, dsr, words) in [
        ("ltsc2019:1431", "L2Bridge", true, ""),
        ("ltsc2019:1432", "L2Bridge", true, "loses policies"),
        ("ltsc2019:1432", "L2Bridge", false, ""),
        ("ltsc2019:1576", "Overlay", true, "loses policies"),
        ("ltsc2019:1577", "Overlay", true, ""),
        ("ltsc2022:260", "Overlay", false, ""),
        ("ltsc2022:261", "Overlay", false, "node ports time out"),
        ("ltsc2022:706", "Overlay", true, "node ports time out"),
        ("ltsc2022:707", "Overlay", true, ""),
        ("ltsc2022:261", "L2Bridge", true, "L2Bridge with DSR"),
        ("ltsc2022:261", "L2Bridge", false, ""),
        ("ltsc2022:2581", "L2Bridge", true, ""),
        ("ltsc2022:2582", "L2Bridge", false, "KB5040437"),
        ("ltsc2022:2761", "Overlay", false, "KB5040437"),
        ("ltsc2022:2762", "Overlay", false, ""),
        ("ltsc2022", "Overlay", true, ""),
        ("ltsc2025:2582", "Overlay", true, ""),
    ] {
        let found = of(release, type_, dsr);
        let matches =
            if words.is_empty() { found.is_empty() } else { found.len() == 1 && found[0].contains(words) };
        assert!(matches, "{release} {type_} {dsr}: {found:?}");
    }
}

/// Where nobody tells the version of HNS, the build does.
#[test]
fn affinity_is_kept_from_server_2022_on() {
    let affinity = changed("type: LoadBalancer,", "type: LoadBalancer, sessionAffinity: ClientIP,");
    let lowered = |release: Option<&str>, version: Option<&str>| {
        let run = affinity.clone().flags(|flags| {
            flags.windows_release = release.map(|of| of.parse().expect("a release"));
            flags.hns_version = version.map(str::to_owned);
        });
        let compiled = run.compile();
        let found = hnsplan::platform::hns::lower(&compiled.rules, None, Semantics::KubeProxy).diagnostics;
        found.iter().any(|found| found.code.id() == "H0617")
    };
    assert!(lowered(Some("ltsc2019"), None) && lowered(None, Some("9.5")));
    assert!(!lowered(Some("ltsc2022"), None) && !lowered(Some("ltsc2025"), None) && !lowered(None, None));
    // What somebody says of HNS itself counts more.
    assert!(!lowered(Some("ltsc2019"), Some("13.2")));
}

#[test]
fn external_ips_are_deprecated_since_1_36() {
    let run = changed("type: LoadBalancer,", "type: LoadBalancer, externalIPs: [198.51.100.9],");
    assert!(!has(&run.clone().version("1.35"), None, "L0925"));
    let found = lints(&run.version("1.36"), None);
    assert_eq!((found.len(), &*found[0].message), (1, "shop/web has external IPs"), "{found:?}");
    assert!(!has(&node().version("1.36"), None, "L0925"));
}

/// By slices, and by a dump, which knows pods of no Service as well.
#[test]
fn a_node_without_a_pod_loses_what_comes_from_outside() {
    let here = "{addresses: [10.244.3.7], nodeName: win-1}, ";
    let without = changed(here, "");
    let found = lints(&without, None);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].message.starts_with("no pod of any Service is on this node: packets to 2 node ports"),
        "{found:?}"
    );
    // Nothing from outside is lost where nothing is served to it.
    let inside =
        CLUSTER.replace(here, "").replace("type: LoadBalancer, ", "").replace(", nodePort: 30080", "");
    let inside = inside.replace("  status: {loadBalancer: {ingress: [{ip: 198.51.100.7}]}}\n", "");
    assert_eq!(codes(&Run::of(&inside).on("win-1"), None), BTreeSet::new());
    let mut state = network("L2Bridge");
    let mut remote = endpoint(2, "10.244.1.7");
    remote.flags = EndpointFlags::REMOTE;
    state.endpoints = vec![remote.clone()].into();
    assert!(lints(&without, Some(&state))[0].message.starts_with("no pod is on this node"));
    state.endpoints = vec![remote, endpoint(3, "10.244.3.9")].into();
    assert!(!has(&without, Some(&state), "L0926"));
}

/// An overlay network with these routes, and a pod with this policy.
fn overlay_state(routes: &[(&str, &str)], policy: Option<serde_json::Value>) -> State {
    let mut state = network("Overlay");
    let route = |(prefix, node): &(&str, &str)| RemoteSubnet {
        prefix: prefix.parse().expect("a network"),
        provider_address: node.parse().expect("an address"),
    };
    state.networks[0].remote_subnets = routes.iter().map(route).collect();
    let mut local = endpoint(2, "10.244.3.7");
    local.policies.extend(policy.map(EndpointPolicy::Other));
    let mut remote = endpoint(3, "10.244.1.7");
    remote.flags = EndpointFlags::REMOTE;
    let provider_address = Address::Ip("192.168.10.11".parse().expect("an address"));
    remote.policies.push(EndpointPolicy::ProviderAddress { provider_address });
    state.endpoints = vec![local, remote].into();
    state
}

const RIGHT: [(&str, &str); 1] = [("10.244.1.0/24", "192.168.10.11")];

#[test]
fn an_overlay_has_a_route_to_the_pods_of_each_node() {
    let messages = |routes: &[(&str, &str)]| -> Vec<String> {
        let found = lints(&overlay("10.244.3.2"), Some(&overlay_state(routes, None)));
        found.into_iter().filter(|lint| lint.code.id() == "L0927").map(|lint| lint.message).collect()
    };
    assert_eq!(messages(&RIGHT), [""; 0]);
    assert_eq!(messages(&[("10.244.0.0/16", "192.168.10.11")]), [""; 0]);
    assert_eq!(
        messages(&[]),
        ["the network cbr0 has no route to the pods 10.244.1.0/24 of the node 192.168.10.11"]
    );
    assert_eq!(
        messages(&[("10.244.1.0/24", "192.168.10.99")]),
        [
            "the network cbr0 sends packets to the pods 10.244.1.0/24 to 192.168.10.99, and their node is 192.168.10.11"
        ]
    );
    // A bridge needs none.
    assert!(!has(&node(), Some(&network("L2Bridge")), "L0927"));
}

#[test]
fn exceptions_from_translation_hold_the_cluster() {
    let message = |policy: serde_json::Value| -> Option<String> {
        let found = lints(&overlay("10.244.3.2"), Some(&overlay_state(&RIGHT, Some(policy))));
        found.into_iter().find(|lint| lint.code.id() == "L0928").map(|lint| lint.message)
    };
    let except = |nets: &[&str]| json!({"Type": "OutBoundNAT", "Settings": {"Exceptions": nets}});
    assert_eq!(message(except(&["10.244.0.0/16", "10.96.0.0/12"])), None);
    assert_eq!(message(json!({"Type": "OutBoundNAT", "ExceptionList": ["10.0.0.0/8"]})), None);
    assert_eq!(
        message(except(&["10.244.0.0/16"])).as_deref(),
        Some(
            "OutBoundNAT of the pod 10.244.3.7 translates packets to 10.96.0.10/32, which are in the cluster"
        )
    );
    assert!(
        message(except(&[])).is_some_and(|text| text.contains("10.244.3.0/24, 10.244.1.0/24, 10.96.0.10/32"))
    );
    // A policy for single destinations is another one: loopbackDSR.
    assert_eq!(message(json!({"Type": "OutBoundNAT", "Settings": {"Destinations": ["10.244.3.7"]}})), None);
}

/// Reserved ports are of a protocol: the other one has the number free.
#[test]
fn reserved_and_dynamic_ports_are_of_their_protocol() {
    let udp = CLUSTER.replace("ports: [{port: 80,", "ports: [{protocol: UDP, port: 80,");
    let udp = udp.replace("protocol: TCP}]", "protocol: UDP}]");
    for (run, key, found) in [
        (node(), "excludedPorts: [30080-30080]", true),
        (node(), "excludedUdpPorts: [30080-30080]", false),
        (Run::of(&udp).on("win-1"), "excludedPorts: [30080-30080]", false),
        (Run::of(&udp).on("win-1"), "excludedUdpPorts: [30080-30080]", true),
    ] {
        assert_eq!(has(&facts(run, key), None, "L0914"), found, "{key}");
    }
}

/// A node that Antrea serves, and one with an eBPF data plane: every command says so, and none calls it empty.
#[test]
fn a_node_without_kube_proxy_is_not_called_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let dump = folder.path().join("hns.json");
    let network = |type_: &str| {
        format!(
            r#"{{"Networks": [{{"ID": "b0000000-0000-4000-8000-000000000001", "Name": "ours", "Type": "{type_}"}}],
                "Endpoints": [], "LoadBalancers": []}}"#
        )
    };
    let plain = folder.path().join("cluster.yaml");
    std::fs::write(&plain, CLUSTER).expect("a file");
    let labelled = folder.path().join("labelled.yaml");
    let label = "kubernetes.io/os: windows, kubernetes.azure.com/ebpf-dataplane: cilium";
    std::fs::write(&labelled, CLUSTER.replace("kubernetes.io/os: windows", label)).expect("a file");
    for (type_, cluster, words) in [
        ("Transparent", &plain, Some("Antrea")),
        ("L2Bridge", &labelled, Some("eBPF")),
        ("L2Bridge", &plain, None),
    ] {
        std::fs::write(&dump, network(type_)).expect("a file");
        let run = |command: &str| {
            let command = format!("{command} --node win-1 --network-name ours --network-type {type_}");
            let outcome = hnsplan(&command).arg("-f").arg(cluster).arg("--dump").arg(&dump).run();
            outcome.stdout + &outcome.stderr
        };
        for command in [
            "check -t hns,hns-state",
            "compile -t hns",
            "plan",
            "trace -t hns-state -S pod:10.244.3.7 -D 10.96.0.10:80/TCP",
        ] {
            let text = run(command);
            assert_eq!(text.contains("serves Services"), words.is_some(), "{command} {type_}:\n{text}");
            assert!(words.is_none_or(|words| text.contains(words)), "{command}:\n{text}");
            assert!(
                words.is_none() || !text.contains("F1008") && !text.contains("UNHANDLED"),
                "{command}:\n{text}"
            );
        }
        let outcome =
            hnsplan("diff --node win-1 --network-name ours hns").arg(&dump).arg("-f").arg(cluster).run();
        let text = outcome.stdout + &outcome.stderr;
        assert_eq!(text.contains("F1001") || text.contains("F1008"), words.is_none(), "{type_}:\n{text}");
        assert!(words.is_none_or(|words| text.contains(words)), "{text}");
    }
}
