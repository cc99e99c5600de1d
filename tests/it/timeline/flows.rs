//! Promise: flows that the kernel remembers are cut when kube-proxy cuts them, and clients are told which go on to pods
//! that serve no more.

use std::collections::BTreeMap;
use std::fmt::Write;

use hnsplan::pipeline::Setup;
use hnsplan::platform::timeline::{FlowRecord, Keeps, Loss};
use proptest::prelude::*;
use serde_json::Value;

use super::packed::{Files, replayed, sequences, unpacked};
use crate::support::cases::config;
use crate::support::exe::{Outcome, hnsplan};

const PLATFORMS: [&str; 2] = ["iptables", "nftables"];

fn command(files: &Files, flags: &str) -> Outcome {
    let folder = unpacked(files);
    hnsplan("replay --node here").arg(folder.path()).args(flags).run()
}

fn run(platform: &str, files: &Files, version: &str) -> (Vec<FlowRecord>, Value) {
    let setup = if files.contains_key("node.yaml") { Setup::default() } else { Setup::of_node("here") };
    let setup = setup.version(version.parse().expect("a version"));
    let keeps = Keeps { calls: true, states: false };
    let replayed = replayed(platform, files, setup, keeps, |_| {}).expect("it can be replayed");
    (replayed.timeline.flows(), replayed.timeline.calls())
}

/// What is said of conntrack at each step; `null` where it is not looked at.
fn cleanups(calls: &Value) -> Vec<Value> {
    let steps = calls["steps"].as_array().expect("a list");
    let last = |step: &Value| step["calls"].as_array().and_then(|calls| calls.last()).cloned();
    steps.iter().map(|step| last(step).expect("each sync has a call")["conntrack"].clone()).collect()
}

/// A Service of UDP with a node port and an external IP, and one of TCP; pods by `1` not ready, `2` serving and
/// terminating, `3` ready.
fn manifests(pods: [u8; 3], tcp: u8) -> String {
    let slice = |name: &str, protocol: &str, port: u16, pods: &[u8]| {
        let conditions = [
            "",
            "ready: false, serving: false",
            "ready: false, serving: true, terminating: true",
            "ready: true",
        ];
        let mut endpoints = String::new();
        for (ip, of) in (5..).zip(pods).filter(|(_, of)| **of > 0) {
            let conditions = conditions[usize::from(*of)];
            let _ = write!(
                endpoints,
                "\n- {{addresses: [10.244.2.{ip}], nodeName: other, conditions: {{{conditions}}}}}"
            );
        }
        let endpoints = if endpoints.is_empty() { " []".to_owned() } else { endpoints };
        format!(
            "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n\
             metadata: {{name: {name}-1, namespace: shop, labels: {{kubernetes.io/service-name: {name}}}}}\n\
             ports: [{{name: p, port: {port}, protocol: {protocol}}}]\nendpoints:{endpoints}\n"
        )
    };
    let service = |name: &str, ip: &str, more: &str, port: &str| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{clusterIP: {ip}, \
             clusterIPs: [{ip}], ipFamilies: [IPv4], {more}ports: [{{name: p, {port}}}]}}\n"
        )
    };
    let more = "type: NodePort, externalIPs: [198.51.100.7], ";
    service("dns", "10.96.0.10", more, "port: 53, protocol: UDP, nodePort: 30053")
        + &slice("dns", "UDP", 5353, &pods)
        + &service("web", "10.96.0.20", "", "port: 80, protocol: TCP")
        + &slice("web", "TCP", 8080, &[tcp])
}

fn flow(protocol: &str, from: u16, to: &str, answers: &str) -> Value {
    let from = format!("10.244.1.9:{from}");
    serde_json::json!({"protocol": protocol, "origSrc": from, "origDst": to, "replySrc": answers})
}

/// A sequence of these moments, with these flows from the first step on.
fn files(moments: &[([u8; 3], u8)], flows: &[Value]) -> Files {
    let step = |(number, (pods, tcp)): (usize, &([u8; 3], u8))| {
        (format!("steps/{number:02}.yaml"), manifests(*pods, *tcp))
    };
    let mut files: Files = (1..).zip(moments).map(step).collect();
    files.insert("steps/01.conntrack.json".to_owned(), Value::from(flows.to_vec()).to_string());
    files
}

#[test]
fn a_recorded_sequence_tells_what_becomes_of_its_flows() {
    let files = &sequences()["80-udp-conntrack"];
    for platform in PLATFORMS {
        let (flows, _) = run(platform, files, "1.36");
        let fate = |of: &FlowRecord| (of.orig_src.port(), of.lost.clone(), of.deleted, of.cut_while_served);
        let lost = Loss { from: 4, to: Some(5), others_serve: false };
        assert_eq!(
            flows.iter().map(fate).collect::<Vec<_>>(),
            [
                (40000, vec![], Some(2), false),
                (40001, vec![lost], Some(5), false),
                (5000, vec![], Some(2), false),
                (40002, vec![], Some(1), false),
                (40003, vec![], None, false),
            ],
            "{platform}"
        );
        // 1.30 cuts everything at its start, and after that each flow that it names.
        let (flows, _) = run(platform, files, "1.30");
        let cut: Vec<_> = flows.iter().map(|of| (of.deleted, of.cut_while_served)).collect();
        assert_eq!(cut[..4], [(Some(1), true), (Some(1), true), (Some(1), true), (Some(1), false)]);
        assert!(flows.iter().all(|of| !of.is_felt()));
    }
}

/// What a failed sync would have looked at is not looked at by the next one: the flow goes on to a pod that is gone.
#[test]
fn after_a_failed_sync_a_flow_stays_lost() {
    let flows = [flow("udp", 1, "10.96.0.10:53", "10.244.2.5:5353")];
    let moments = [([3, 3, 0], 3), ([0, 3, 0], 3), ([0, 3, 0], 3), ([0, 3, 3], 3)];
    for (platform, op) in [("iptables", "iptables-restore"), ("nftables", "nft")] {
        let mut files = files(&moments, &flows);
        let fault = format!(r#"[{{"op": "{op}", "error": "exit status 1"}}]"#);
        files.insert("steps/02.faults.json".to_owned(), fault);
        let (told, calls) = run(platform, &files, "1.36");
        assert_eq!(told[0].lost, [Loss { from: 2, to: Some(4), others_serve: true }], "{platform}");
        assert_eq!(told[0].deleted, Some(4));
        assert!(told[0].is_felt());
        assert_eq!(cleanups(&calls)[1..3], [Value::Null, Value::Null]);
        // Up to 1.31 only what changes is named, and that change is past.
        let (told, _) = run(platform, &files, "1.31");
        assert!(told[0].deleted == Some(1) && told[0].cut_while_served);
    }
}

#[test]
fn what_is_named_and_what_is_listed_differs_by_version() {
    let flows = [
        flow("udp", 1, "10.96.0.10:53", "10.244.2.5:5353"),
        flow("udp", 2, "198.51.100.7:53", "10.244.2.6:5353"),
        flow("udp", 3, "192.168.1.1:30053", "10.244.2.5:5353"),
        flow("tcp", 4, "10.96.0.20:80", "10.244.2.5:8080"),
        flow("udp", 5, "10.96.0.10:54", "10.244.2.5:5353"),
    ];
    // Nothing of UDP changes in step 2; pod 5 goes in step 3, and serves while it terminates in step 2.
    let moments = [([3, 3, 0], 3), ([2, 3, 0], 3), ([0, 3, 0], 0)];
    let files = files(&moments, &flows);
    for platform in PLATFORMS {
        for (version, deleted) in [
            ("1.32", [Some(3), None, Some(3), None, None]),
            ("1.36", [Some(3), None, Some(3), None, None]),
            ("1.31", [Some(1), Some(1), Some(1), None, Some(1)]),
        ] {
            let (told, calls) = run(platform, &files, version);
            let told: Vec<_> = told.iter().map(|of| of.deleted).collect();
            assert_eq!(told, deleted, "{platform} {version}");
            let lists: Vec<bool> = cleanups(&calls).iter().map(|of| of["lists"] == 1).collect();
            assert_eq!(lists, [version != "1.31"; 3], "{platform} {version}");
        }
        let (_, calls) = run(platform, &files, "1.31");
        let named = |texts: &[&str]| serde_json::json!({"deleted": texts});
        let begun = ["UDP to 10.96.0.10", "UDP to 198.51.100.7", "UDP to port 30053"];
        let stopped = [
            "UDP to port 30053 served by 10.244.2.5",
            "UDP to 10.96.0.10 served by 10.244.2.5",
            "UDP to 198.51.100.7 served by 10.244.2.5",
        ];
        assert_eq!(cleanups(&calls), [named(&begun), Value::Null, named(&stopped)], "{platform}");
    }
}

#[test]
fn a_sequence_whose_flow_is_lost_is_told_in_every_format() {
    let flows = [flow("udp", 1, "10.96.0.10:53", "10.244.2.5:5353")];
    let mut files = files(&[([3, 3, 0], 3), ([0, 3, 0], 3)], &flows);
    files.insert("steps/02.faults.json".to_owned(), r#"[{"op": "nft", "error": "no"}]"#.to_owned());
    let sentence = "UDP 10.244.1.9:1 → 10.96.0.10:53 (shop/dns:p): goes on to 10.244.2.5:5353, which serves no more, \
                    from step 2 to the end although others serve";
    for format in ["text", "md", "html"] {
        let Outcome { code, stdout, .. } = command(&files, &format!("-t nftables -o {format}"));
        assert!(code == 1 && stdout.contains(sentence), "{format}: {stdout}");
    }
    let document: Value =
        serde_json::from_str(&command(&files, "-t nftables -o json").stdout).expect("it is JSON");
    assert_eq!(document["flows"][0]["lost"][0]["othersServe"], true);
    let against = command(&files, "-t nftables --against 1.31");
    assert!(
        against.stdout.contains("Flows that fare otherwise:\n  1.36: UDP 10.244.1.9:1"),
        "{}",
        against.stdout
    );
    assert!(against.stdout.contains("1.31: UDP 10.244.1.9:1"), "{}", against.stdout);
    let text = command(&files, "-t nftables --kube-proxy-version 1.31").stdout;
    assert!(text.contains("      forget flows          UDP to 10.96.0.10\n"), "{text}");
}

#[test]
fn what_is_wrong_in_a_file_of_flows_is_told_with_its_place() {
    for (text, expected) in [
        (r#"[{"protocol": "udp"}]"#, "01.conntrack.json:1:"),
        (
            r#"[{"protocol": "icmp", "origSrc": "", "origDst": "", "replySrc": ""}]"#,
            "expected one of tcp, udp, sctp",
        ),
        (r#"{"protocol": "udp"}"#, "01.conntrack.json:1:"),
    ] {
        let mut files = files(&[([3, 3, 0], 3)], &[]);
        files.insert("steps/01.conntrack.json".to_owned(), text.to_owned());
        let told = command(&files, "-t iptables");
        assert!(told.failed(2).contains(expected), "{}", told.stderr);
    }
    let mut files = files(&[([3, 3, 0], 3)], &[]);
    files.insert("steps/02.conntrack.json".to_owned(), "[]".to_owned());
    assert!(command(&files, "-t iptables").failed(2).contains("there is no step beside it"));
}

proptest! {
    #![proptest_config(config(24))]

    /// Where nothing fails, 1.32 and later leave no flow of UDP to a pod that serves no more while others serve, and cut
    /// none whose pod serves; TCP is never touched. Both platforms do the same.
    #[test]
    fn no_flow_is_lost_and_none_is_cut_in_vain(
        moments in prop::collection::vec((prop::array::uniform3(0u8..4), 0u8..4), 1..6),
        to in prop::collection::vec((0usize..4, 5u8..8), 1..5),
    ) {
        let places = ["10.96.0.10:53", "198.51.100.7:53", "192.168.1.1:30053", "10.96.0.20:80"];
        let flows: Vec<Value> = (1u16..)
            .zip(&to)
            .map(|(from, (place, pod))| {
                let (protocol, port) = if *place == 3 { ("tcp", 8080) } else { ("udp", 5353) };
                flow(protocol, from, places[*place], &format!("10.244.2.{pod}:{port}"))
            })
            .collect();
        let files = files(&moments, &flows);
        let told: BTreeMap<&str, Vec<FlowRecord>> =
            PLATFORMS.into_iter().map(|platform| (platform, run(platform, &files, "1.36").0)).collect();
        prop_assert_eq!(&told["iptables"], &told["nftables"]);
        for (of, (place, pod)) in told["iptables"].iter().zip(&to) {
            let serves = |at: usize| moments[at].0[usize::from(pod - 5)] > 1;
            let others = |at: usize| moments[at].0.iter().any(|of| *of > 1);
            prop_assert!(!of.is_felt() && !of.cut_while_served, "{:?}", of);
            if *place == 3 {
                prop_assert_eq!(of.deleted, None);
                continue;
            }
            let first = (0..moments.len()).find(|at| !serves(*at) && others(*at) );
            prop_assert_eq!(of.deleted, first.map(|at| at + 1), "{:?}", of);
        }
    }
}
