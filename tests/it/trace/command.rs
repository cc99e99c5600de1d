//! Promise: `hnsplan trace` shows step by step where a packet goes, and its exit code whether it arrives.

use serde_json::Value;

use crate::support::case::{Case, fixtures};
use crate::support::exe::{Hnsplan, Outcome, hnsplan};
use crate::support::run::assert_same;
use crate::support::snapshots::assert_snapshot;

/// `hnsplan trace` of the shop, as seen by a node.
fn shop(node: &str, arguments: &str) -> Outcome {
    let shop = "trace -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node";
    hnsplan(shop).arg(node).args(arguments).run()
}

/// `hnsplan trace` of a golden case, with what HNS held before on a network of a type.
fn golden(name: &str, network_type: &str, arguments: &str) -> Outcome {
    let case = Case::named(name);
    let file = |name: &str| case.file(name).unwrap_or_else(|| panic!("{name} is missing"));
    let with = |command: Hnsplan, flag: &str, name: &str| {
        let path = file(name);
        let below = path.strip_prefix(fixtures().parent().expect("a folder above")).expect("below it");
        command.arg(flag).arg(below)
    };
    let mut command = hnsplan("trace");
    for manifest in case.manifests() {
        let name = manifest.file_name().expect("a name").to_string_lossy().into_owned();
        command = with(command, "-f", &name);
    }
    command = with(command, "--config", "kube-proxy.yaml");
    command = with(command, "--facts", "facts.yaml");
    command = with(command, "--hns-state", &format!("hns.{network_type}.before.json"));
    command.args(arguments).run()
}

#[test]
fn the_shop_on_both_platforms() {
    let outcome = shop("win-1", "-D shop/catalog --explain");
    assert_snapshot("trace.shop", outcome.succeeded());
}

#[test]
fn the_shop_side_by_side() {
    let outcome = shop("win-1", "-D shop/catalog -t iptables,hns,netsh --width 160");
    assert_snapshot("trace.shop.side-by-side", &outcome.stdout);
}

/// What goes into a pipe does not depend on the terminal, nor does anything that does not fit.
#[test]
fn targets_are_one_under_the_other_without_width() {
    let stacked = shop("win-1", "-D shop/catalog");
    let same = |outcome: Outcome| assert_same(&stacked.stdout, &outcome.stdout, "the trace");
    same(shop("win-1", "-D shop/catalog --width 70"));
    let shop = "trace -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";
    same(hnsplan(shop).args("-D shop/catalog").env("COLUMNS", "200").run());
}

#[test]
fn the_shop_as_json() {
    let outcome = shop("win-1", "-S external:203.0.113.9 -D node:30080 -t hns,netsh -o json");
    let document: Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    assert_eq!(document["service"], "shop/iis:http");
    assert_snapshot("trace.shop.json", outcome.succeeded());
}

#[test]
fn affinity_on_both_platforms() {
    let outcome = golden("019-affinity-clientip-timeout", "l2bridge", "-D 10.96.0.10:80 -v");
    assert_snapshot("trace.affinity", &outcome.stdout);
}

#[test]
fn an_overlay_with_remote_endpoints() {
    let outcome = golden(
        "091-win-overlay-remote",
        "overlay",
        "-D 10.96.0.10:80 -t hns,hns-state --network-type Overlay",
    );
    assert_snapshot("trace.overlay", &outcome.stdout);
}

/// The node has loaded what kube-proxy wrote, so both answer alike; nothing is known of the other family.
#[test]
fn what_a_node_has_loaded_answers_beside_what_is_planned() {
    let saved =
        "--iptables-save fixtures/iptables-save/019-affinity-clientip-timeout.1.30.ipv4.nft-1.8.9.save";
    let arguments = "-t iptables,iptables-save --kube-proxy-version 1.30";
    let outcome =
        golden("019-affinity-clientip-timeout", "l2bridge", &format!("{arguments} {saved} -D 10.96.0.10:80"));
    let verdicts: Vec<_> =
        outcome.succeeded().lines().filter_map(|line| line.split_once(" DELIVERED to ")).collect();
    assert_eq!(verdicts.len(), 2, "{}", outcome.stdout);
    assert_eq!(verdicts[0].1, verdicts[1].1);
    let ipv6 =
        golden("051-dualstack", "l2bridge", &format!("{arguments} {saved} -D [fd00:96::10]:80 -S node"));
    assert_eq!(ipv6.code, 1, "{}", ipv6.stderr);
    assert!(ipv6.stdout.contains("UNDECIDED because the rules of IPv6 are in no dump"), "{}", ipv6.stdout);
    shop("win-1", "-D shop/catalog -t iptables-save").failed(2);
    shop("win-1", "-D shop/catalog --iptables-save README.md").failed(2);
}

#[test]
fn the_matrix_of_the_shop() {
    let outcome = shop("win-1", "--matrix -t iptables,hns,netsh");
    assert_snapshot("trace.matrix", outcome.succeeded());
    let outcome = shop("win-1", "--matrix -t hns -o json");
    let document: Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    let rows = document["rows"].as_array().expect("a list");
    let table = shop("win-1", "--matrix -t hns");
    assert_eq!(
        rows.len(),
        table.stdout.lines().filter(|line| line.starts_with("  ") && line.contains('/')).count()
    );
}

#[test]
fn the_exit_code_is_0_only_if_every_target_delivers() {
    assert_eq!(shop("win-1", "-D shop/catalog").code, 0);
    // iptables rejects where HNS has nothing.
    assert_eq!(shop("win-1", "-D shop/reports").code, 1);
    assert_eq!(shop("win-1", "-S node -D shop/catalog -t iptables").code, 0);
    assert_eq!(shop("win-1", "-S node -D shop/catalog").code, 1, "HNS is undecided");
    for wrong in [
        "-D shop/nobody",
        "-D shop/front:ftp",
        "-D 10.96.10.2",
        "-D shop/catalog -S shop/catalog",
        "-D shop/catalog -S shop/catalog#9",
        "-D shop/catalog -S shop/catalog#0",
        "-D shop/catalog -S fd00::1",
        "-D shop/catalog -S somebody",
        "-D kube-system/kube-dns",
        "-D shop/catalog -t hns-state",
        "--matrix -D shop/catalog",
        "",
    ] {
        shop("win-1", wrong).failed(2);
    }
}

/// One of two connections of a pod to its own Service is an open question, so it is not simply delivered.
#[test]
fn what_is_delivered_by_chance_only_is_not_delivered() {
    let outcome = shop("win-1", "-t hns -S shop/iis#1 -D shop/iis --enable-dsr --hns-version 15.5");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("\nhns        MIXED: delivered to 10.244.3.41:80"), "{}", outcome.stdout);
}

#[test]
fn clients_are_recognised_by_their_addresses() {
    let head = |source: &str| {
        let outcome = shop("linux-1", &format!("-t iptables -D shop/catalog:http -S {source}"));
        outcome.stdout.split(" → ").next().expect("a head").to_owned()
    };
    for (source, wanted) in [
        ("pod", "pod 10.244.1.254"),
        ("remote-pod", "remote-pod 10.244.2.254"),
        ("node", "node 192.168.10.11"),
        ("localhost", "localhost 127.0.0.1"),
        ("external", "external 192.0.2.250"),
        ("external:10.1.2.3", "external 10.1.2.3"),
        ("10.244.1.77", "pod 10.244.1.77"),
        ("10.244.3.77", "remote-pod 10.244.3.77"),
        ("192.168.10.11", "node 192.168.10.11"),
        ("8.8.8.8", "external 8.8.8.8"),
        ("shop/catalog#1", "pod 10.244.1.30"),
        ("shop/catalog#2", "remote-pod 10.244.2.30"),
    ] {
        assert_eq!(head(source), wanted, "{source}");
    }
}

/// A Service of three pods, one of which two slices know by two addresses.
const PODS: &str = "
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Node, metadata: {name: here}, spec: {podCIDR: 10.244.1.0/24}}
- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}}
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
  addressType: IPv4
  ports: [{port: 80, protocol: TCP}]
  endpoints:
  - {addresses: [10.244.1.5], nodeName: here, targetRef: {kind: Pod, name: web-a, namespace: shop}}
  - {addresses: [10.244.2.5], nodeName: there, targetRef: {kind: Pod, name: web-b, namespace: shop}}
  - {addresses: [10.244.2.6], nodeName: there, targetRef: {kind: Pod, name: web-b, namespace: shop}}
  - {addresses: [10.244.2.7], nodeName: there, targetRef: {kind: Machine, name: web-c, namespace: shop}}
";

#[test]
fn pods_are_known_by_the_slices_of_their_services() {
    let ask = |source: &str| {
        let command = hnsplan("trace -t iptables -D shop/web --node here -f - -S");
        command.arg(source).input(PODS).run()
    };
    assert_eq!(ask("shop/web-a").succeeded().split(" → ").next(), Some("pod 10.244.1.5"));
    for (source, wanted) in [
        ("shop/web-b", "say which: -S 10.244.2.5, -S 10.244.2.6"),
        ("shop/web-aa", "no endpoint is of such a pod; there is shop/web-a"),
        ("shop/web-c", "no endpoint is of such a pod"),
        ("other/web-a", "no endpoint is of such a pod. Pods are known by targetRef"),
        ("shop/web-a#1", "no Service matches shop/web-a"),
    ] {
        let outcome = ask(source);
        outcome.failed(2);
        assert!(outcome.stderr.contains(wanted), "{source}: {}", outcome.stderr);
    }
}

/// No packet of a connection has such a source, or goes to such a port.
#[test]
fn impossible_ends_of_a_packet_are_refused() {
    for (source, told) in [
        ("224.0.0.1", "multicast"),
        ("external:239.1.2.3", "multicast"),
        ("pod:ff02::1", "two families"),
        ("255.255.255.255", "broadcast"),
        ("0.0.0.0", "unspecified"),
        ("node:0.0.0.0", "unspecified"),
        ("external:127.0.0.1", "loopback"),
        ("pod:127.0.0.1", "loopback"),
        ("remote-pod:127.8.0.1", "loopback"),
        ("fd00::1", "two families"),
        ("external:fd00::1", "two families"),
        ("node:::1", "two families"),
    ] {
        for target in ["iptables", "nftables", "hns", "netsh"] {
            let outcome = shop("linux-1", &format!("-t {target} --to shop/catalog --from {source}"));
            assert!(outcome.failed(2).contains(told), "{source}: {}", outcome.stderr);
            assert!(outcome.stdout.is_empty(), "{source}: {}", outcome.stdout);
        }
    }
    for source in
        ["localhost", "localhost:127.0.0.2", "127.0.0.1", "node", "external:8.8.8.8", "pod:10.244.0.99"]
    {
        let outcome = shop("linux-1", &format!("-t iptables --to shop/catalog --from {source}"));
        assert_ne!(outcome.code, 2, "{source}: {}", outcome.stderr);
    }
    for destination in ["node:0", "10.96.0.1:0", "10.96.0.1:0/UDP", "127.0.0.1:0"] {
        let outcome = shop("linux-1", &format!("-t iptables --to {destination}"));
        assert!(outcome.failed(2).contains("from 1 to 65535"), "{destination}: {}", outcome.stderr);
    }
}

/// A Service that is there and has no rules is not said to be missing.
#[test]
fn a_service_without_rules_is_named_with_the_reason() {
    for (spec, told) in [
        ("clusterIP: None, ports: [{port: 80}]", "it is headless"),
        ("type: ExternalName, externalName: example.com", "it is of type ExternalName"),
        ("ports: [{port: 80}]", "no cluster IP"),
    ] {
        let text = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\nspec: {{{spec}}}\n"
        );
        for ends in ["--to shop/web", "--to shop/web:80", "--to 10.0.0.1:80 --from shop/web#1"] {
            let outcome = hnsplan("trace -t iptables -f - --node a").args(ends).input(text.clone()).run();
            let message = outcome.failed(2);
            assert!(
                message.contains("has no rules for Service shop/web") && message.contains(told),
                "{spec}: {message}"
            );
            assert!(!message.contains("there is none"), "{spec}: {message}");
        }
    }
}
