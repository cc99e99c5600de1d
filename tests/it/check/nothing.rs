//! Promise: what nobody knows is no equality. Where nothing could be compared the answer says so and ends with 2, and
//! what a node lacks is called by its name, whatever features its Service has.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::exe::{Outcome, hnsplan};

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";

fn shop(command: &str) -> Outcome {
    hnsplan(command).args(SHOP).run()
}

/// The Windows node of the shop as it should be, and the folder that it is in.
fn healthy() -> (tempfile::TempDir, Value) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("node.json");
    fs::copy("fixtures/shop/win-1.json", &file).expect("it can be copied");
    let executor = format!("sim:{}", file.display());
    let applied = hnsplan("apply --auto-approve --allow fixtures/shop/allow.yaml --executor").arg(executor);
    applied.args(SHOP).run().succeeded();
    let node = serde_json::from_slice(&fs::read(&file).expect("it is there")).expect("it is JSON");
    (folder, node)
}

fn write(folder: &Path, node: &Value) -> String {
    let file = folder.join("dump.json");
    fs::write(&file, node.to_string()).expect("it can be written");
    file.display().to_string()
}

#[test]
fn a_load_balancer_that_a_node_lacks_is_named_whatever_its_service_asks_for() {
    let (folder, node) = healthy();
    let balancers = node["LoadBalancers"].as_array().expect("a list");
    assert!(balancers.len() > 8, "the shop has many features");
    for (missing, balancer) in balancers.iter().enumerate() {
        let mut node = node.clone();
        node["LoadBalancers"].as_array_mut().expect("a list").remove(missing);
        let dump = write(folder.path(), &node);
        let outcome = shop(&format!("check -t hns,hns-state --dump {dump}"));
        outcome.failed(1);
        let codes: Vec<&str> =
            outcome.stdout.lines().filter(|line| line.starts_with("D08")).map(|line| &line[..5]).collect();
        assert_eq!(codes, ["D0801"], "{balancer}: {}", outcome.stdout);
    }
}

#[test]
fn a_wrong_member_is_no_hint_that_is_followed_on_one_side() {
    let (folder, node) = healthy();
    let endpoints = node["Endpoints"].as_array().expect("a list");
    let other = &endpoints.last().expect("the shop has endpoints")["ID"];
    for at in 0..node["LoadBalancers"].as_array().expect("a list").len() {
        let mut node = node.clone();
        node["LoadBalancers"][at]["HostComputeEndpoints"] = json!([other]);
        let dump = write(folder.path(), &node);
        let outcome = shop(&format!("check -t hns,hns-state --dump {dump}"));
        assert!(!outcome.stdout.contains("D0806"), "{}", outcome.stdout);
    }
}

#[test]
fn input_without_a_service_compares_nothing() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\nspec: {podCIDR: 10.244.1.0/24}\n\
                status: {addresses: [{type: InternalIP, address: 192.168.0.11}]}\n";
    let service =
        |spec: &str| format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {spec}\n");
    for (case, more) in [
        ("a Node only", String::new()),
        ("an empty document", "---\n".to_owned()),
        ("a headless Service", service("{clusterIP: None, ports: [{port: 80}]}")),
        ("a name of another host", service("{type: ExternalName, externalName: example.com}")),
    ] {
        let file = folder.path().join("input.yaml");
        fs::write(&file, format!("{node}{more}")).expect("it can be written");
        for targets in ["iptables,hns", "iptables,nftables", "hns,netsh", "iptables,hns,netsh"] {
            let outcome = hnsplan(&format!("check --node node-1 -t {targets} -f {}", file.display())).run();
            outcome.failed(2);
            assert!(outcome.stderr.contains("nothing was compared"), "{case} {targets}: {}", outcome.stderr);
            assert!(!outcome.stdout.contains("no difference"), "{case} {targets}: {}", outcome.stdout);
        }
    }
}

#[test]
fn a_version_that_nobody_knows_is_not_compared() {
    for against in ["1.38", "1.99", "1.37.200"] {
        let outcome = shop(&format!("check -t iptables --against {against}"));
        outcome.failed(2);
        assert!(outcome.stderr.contains("1.30 to 1.37"), "{}", outcome.stderr);
        assert!(!outcome.stdout.contains("no difference"), "{}", outcome.stdout);
    }
    let outcome = shop("check -t iptables --kube-proxy-version 1.99 --against 1.37");
    outcome.failed(2);
    assert!(outcome.stderr.contains("1.99 is not known"), "{}", outcome.stderr);
    shop("check -t iptables --kube-proxy-version 1.30 --against 1.37 --fail-on never").succeeded();
}

#[test]
fn a_dump_without_load_balancers_decides_nothing() {
    let (folder, node) = healthy();
    for kept in [&["Networks"][..], &["Endpoints"], &["Networks", "Endpoints"]] {
        let mut part = node.clone();
        part.as_object_mut().expect("an object").retain(|key, _| key == "Version" || kept.contains(&&**key));
        let dump = write(folder.path(), &part);
        for command in [
            format!("check -t hns,hns-state --dump {dump}"),
            format!("check -t iptables,hns-state --dump {dump}"),
            format!("diff hns {dump} --semantic"),
            format!("diff hns {dump} --semantic -o md"),
            format!("diff hns {dump} --semantic -o html"),
        ] {
            let outcome = shop(&command);
            outcome.failed(2);
            assert!(outcome.stderr.contains("nothing was compared"), "{command}: {}", outcome.stderr);
            let stdout = outcome.stdout.to_lowercase();
            assert!(!stdout.contains("no difference") && !stdout.contains("not documented"), "{stdout}");
            assert!(!stdout.contains("no packet is treated"), "{command}: {stdout}");
        }
        let junit = shop(&format!("check -t hns,hns-state --dump {dump} -o junit"));
        junit.failed(2);
        assert!(junit.stdout.contains("<skipped message=\"nothing was compared"), "{}", junit.stdout);
        // Others are compared; the side that tells nothing is named.
        let three = shop(&format!("check -t iptables,hns,hns-state --dump {dump} --fail-on D0803"));
        three.failed(2);
        assert!(three.stderr.contains("hns-state"), "{}", three.stderr);
    }
}

#[test]
fn what_is_wanted_is_counted_although_a_dump_does_not_tell_it() {
    let (folder, node) = healthy();
    let gauge = |text: &str, name: &str| -> usize {
        let start = format!("hnsplan_diff_{name}{{platform=\"hns\",object=\"load balancer\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&*start)).expect("a gauge");
        line.parse().expect("a number")
    };
    let whole = shop(&format!("diff hns {} -o prom", write(folder.path(), &node)));
    let mut part = node.clone();
    part.as_object_mut().expect("an object").remove("LoadBalancers");
    let part = shop(&format!("diff hns {} -o prom", write(folder.path(), &part)));
    part.failed(2);
    let wanted = gauge(whole.succeeded(), "wanted");
    assert_eq!([gauge(&part.stdout, "wanted"), gauge(&part.stdout, "undecided")], [wanted; 2]);
    assert_eq!([gauge(&whole.stdout, "undecided"), gauge(&part.stdout, "missing")], [0; 2]);
}

#[test]
fn two_dumps_say_nothing_of_endpoints_that_kube_proxy_makes() {
    let (folder, node) = healthy();
    let dump = write(folder.path(), &node);
    let outcome = hnsplan(&format!("diff {dump} {dump}")).run();
    assert!(!outcome.succeeded().contains("delete"), "{}", outcome.stdout);
}

/// Where a dump leaves out what decides about a Service, that is named, and where it does so of all there is no answer.
#[test]
fn services_of_which_nothing_is_decided_are_named() {
    let (folder, node) = healthy();
    let balancers = node["LoadBalancers"].as_array().expect("a list").len();
    for member in ["PortMappings", "FrontendVIPs", "HostComputeEndpoints"] {
        let cut = |at: &dyn Fn(usize) -> bool| {
            let mut node = node.clone();
            for balancer in (0..balancers).filter(|balancer| at(*balancer)) {
                let balancer = node["LoadBalancers"][balancer].as_object_mut().expect("an object");
                balancer.remove(member).expect("it has it");
            }
            write(folder.path(), &node)
        };
        let dump = cut(&|_| true);
        let outcome = shop(&format!("check -t hns,hns-state --dump {dump}"));
        outcome.failed(2);
        let named = |outcome: &Outcome, service: &str| {
            let line = outcome.stdout.lines().find(|line| line.starts_with("not decided between hns and"));
            line.is_some_and(|line| line.contains(service))
        };
        assert!(named(&outcome, "default/kubernetes:https"), "{member}: {}", outcome.stdout);
        assert!(!outcome.stdout.contains("no difference in effect\n"), "{member}: {}", outcome.stdout);
        let outcome = shop(&format!("check -t hns,hns-state -o json --dump {dump}"));
        let answer: Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
        let open = &answer["undecided"]["services"][0];
        assert_eq!(open["between"], json!(["hns", "hns-state"]), "{member}");
        assert!(open["services"].as_array().is_some_and(|of| of.len() > 4), "{member}: {open}");
        let outcome = shop(&format!("diff --semantic hns {dump}"));
        outcome.failed(2);
        assert!(named(&outcome, "default/kubernetes:https"), "{member}: {}", outcome.stdout);
    }
    // All is told of a healthy node, and nothing is named.
    let whole = write(folder.path(), &node);
    let outcome = shop(&format!("check -t hns,hns-state --dump {whole}"));
    assert!(!outcome.succeeded().contains("not decided"), "{}", outcome.stdout);
}

/// A dump of one of both tables decides nothing that hangs on the other one, with or without the chains of the kernel.
#[test]
fn what_hangs_on_a_table_that_is_missing_is_not_decided() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for case in [
        "001-clusterip-1ep",
        "008-no-endpoints",
        "022-nodeport",
        "024-nodeport-etp-local-no-local",
        "031-lb-source-ranges-node",
    ] {
        let place = format!("fixtures/golden/{case}");
        let given = format!(
            "-f {place}/manifests.yaml -f {place}/node.yaml --config {place}/kube-proxy.yaml --facts {place}/facts.yaml --kube-proxy-version 1.36"
        );
        let whole = fs::read_to_string(format!("{place}/1.36/iptables.ipv4.rules")).expect("it is recorded");
        let tables: Vec<String> = whole.split_inclusive("COMMIT\n").map(str::to_owned).collect();
        let [filter, nat] = &tables[..] else { panic!("{case} has two tables") };
        let header = "# Generated by iptables-save v1.8.9 (nf_tables) on Mon Nov 30 21:00:00 2026\n";
        for (what, text) in [
            ("filter", filter.clone()),
            ("nat", nat.clone()),
            ("filter dump", format!("{header}{filter}")),
            ("nat dump", format!("{header}{nat}")),
        ] {
            let dump = folder.path().join("dump.save");
            fs::write(&dump, text).expect("it can be written");
            let outcome = hnsplan(&format!(
                "check -t iptables,iptables-save {given} --dump iptables-save={}",
                dump.display()
            ))
            .run();
            outcome.failed(2);
            assert!(
                outcome.stdout.contains("is in no dump that was given"),
                "{case}, {what}: {}",
                outcome.stdout
            );
            assert!(!outcome.stdout.contains("D08"), "{case}, {what}: {}", outcome.stdout);
        }
    }
}
