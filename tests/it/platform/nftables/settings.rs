//! Promise: settings are those of nftables mode, not of iptables mode, and what nft refuses is told before.

use hnsplan::net::Family;
use hnsplan::platform::nftables::{Format, lower, problems, write};

use crate::support::manifests::{NODE, endpoint, service, slice};
use crate::support::run::Run;

fn run(manifests: &[&str]) -> Run {
    Run::of(&format!("{}{NODE}", manifests.concat())).on("node-a")
}

fn ipv4(run: &Run) -> String {
    write(&lower(&run.compile().rules, Family::Ipv4), Format::Knftables).to_string()
}

fn codes(run: &Run) -> Vec<&'static str> {
    problems(&run.compile().rules, &Family::ALL).iter().map(|found| found.code.id()).collect()
}

/// Asserts in which versions the text has a part.
#[track_caller]
fn assert_part(run: &Run, part: &str, wanted: &[(&str, bool)]) {
    for (version, wanted) in wanted {
        let text = ipv4(&run.clone().version(version));
        assert_eq!(text.contains(part), *wanted, "`{part}` in {version}:\n{text}");
    }
}

#[test]
fn without_node_port_addresses_the_own_address_serves_node_ports() {
    let run = run(&[]);
    let own = "add element ip kube-proxy nodeport-ips { 192.168.0.2 }\n";
    assert_part(&run, own, &[("1.30", true), ("1.31", true), ("1.36", true)]);
    let all = run.clone().flags(|flags| flags.node_port_addresses = Some(vec!["0.0.0.0/0".to_owned()]));
    assert_part(&all, "nodeport-ips", &[("1.30", false), ("1.36", false)]);
    assert_part(&all, "fib daddr type local", &[("1.30", true), ("1.36", true)]);
    // A list without an entry of a family means all addresses of it since 1.31.
    let ipv6 = run.flags(|flags| flags.node_port_addresses = Some(vec!["fd00::/8".to_owned()]));
    assert_part(&ipv6, "nodeport-ips", &[("1.30", true), ("1.31", false)]);
}

#[test]
fn mark_and_masquerading_are_those_of_the_block_nftables() {
    const HEAD: &str = "kind: KubeProxyConfiguration\nclusterCIDR: 10.244.0.0/16\n";
    let with = |block: &str| run(&[&service("", "")]).config(&format!("{HEAD}{block}"));
    let iptables = with("iptables: {masqueradeBit: 20, masqueradeAll: true}\n");
    assert_part(&iptables, "0x00004000", &[("1.30", true), ("1.36", true)]);
    assert_part(&iptables, "masquerade all clusterIP traffic", &[("1.36", false)]);
    let nftables = with("nftables: {masqueradeBit: 20, masqueradeAll: true}\n");
    assert_part(&nftables, "0x00100000", &[("1.30", true), ("1.36", true)]);
    assert_part(&nftables, "masquerade all clusterIP traffic", &[("1.36", true)]);
    let flag = with("").flags(|flags| flags.masquerade_all = Some(true));
    assert_part(&flag, "masquerade all clusterIP traffic", &[("1.36", true)]);
    assert!(!with("mode: nftables\n").codes().contains(&"N0305"), "the mode is known");
    assert!(with("mode: ipvs\n").codes().contains(&"N0305"));
}

#[test]
fn unallocated_cluster_ips_are_dropped_where_their_networks_are_known() {
    const FACTS: &str = "apiVersion: hnsplan/v1alpha1\nkind: NodeFacts\nserviceCIDRs: [10.96.0.0/12, 'fd00:96::/108', 10.1.0.0/16]\n";
    let drop =
        "ip daddr { 10.1.0.0/16,10.96.0.0/12 } drop comment \"Drop traffic to unallocated ClusterIPs\"\n";
    let known = run(&[&service("", "")]).facts(FACTS);
    assert_part(&known, drop, &[("1.32", false), ("1.33", true), ("1.36", true)]);
    assert!(!codes(&known).contains(&"I0527"));
    let unknown = run(&[&service("", "")]);
    assert_part(&unknown, "unallocated", &[("1.36", false)]);
    assert!(codes(&unknown).contains(&"I0527") && !codes(&unknown.version("1.32")).contains(&"I0527"));
}

#[test]
fn two_service_ports_with_one_address_are_told_and_the_last_one_has_it() {
    let other = service("", "").replace("name: web", "name: zoo");
    let endpoints = slice("a", &[&endpoint("10.244.0.1", "")]);
    let others = endpoints.replace("service-name: web", "service-name: zoo").replace("name: a,", "name: b,");
    let run = run(&[&service("", ""), &other, &endpoints, &others]);
    assert!(codes(&run).contains(&"I0525"), "{:?}", codes(&run));
    let text = ipv4(&run);
    assert_eq!(text.matches("10.96.0.1 . tcp . 80 : goto service-").count(), 1, "one has it:\n{text}");
    assert!(text.contains("10.96.0.1 . tcp . 80 : goto service-") && text.contains("-default/zoo/tcp/ }\n"));
    assert!(!codes(&self::run(&[&service("", "")])).contains(&"I0525"));
}

#[test]
fn comments_and_interfaces_that_nft_refuses_are_told() {
    let long = service("", "").replace("name: web", &format!("name: {}", "w".repeat(63)));
    let long = long.replace("namespace: default", &format!("namespace: {}", "n".repeat(63)));
    let long = long.replace("{port: 80}", &format!("{{port: 80, name: {}}}", "p".repeat(15)));
    assert!(codes(&run(&[&long])).contains(&"I0524"), "{long}");
    assert!(!codes(&run(&[&long]).version("1.37")).contains(&"I0524"), "{long}");
    assert!(!codes(&run(&[&service("", "")])).contains(&"I0524"));
    let by_bridge = run(&[]).flags(|flags| {
        flags.detect_local_mode = Some("BridgeInterface".to_owned());
        flags.bridge_interface = Some("cni0".to_owned());
    });
    for (version, is_told) in [("1.33.5", true), ("1.33.6", false), ("1.34.1", true), ("1.34.2", false)] {
        assert_eq!(codes(&by_bridge.clone().version(version)).contains(&"I0526"), is_told, "{version}");
    }
}
