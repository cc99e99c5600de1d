//! Promise: every switch between versions of kube-proxy that changes the text acts in its release, and on both
//! sides of it the text is that version's.

use hnsplan::net::Family;

use crate::support::manifests::{NODE, endpoint, labelled_slice, service, slice};
use crate::support::restore_text::{table, tables};
use crate::support::run::Run;

fn run(manifests: &[&str]) -> Run {
    Run::of(&format!("{}{NODE}", manifests.concat()))
        .on("node-a")
        .flags(|flags| flags.cluster_cidr = Some("10.244.0.0/16".to_owned()))
}

/// The endpoints that any rule translates to, sorted.
fn endpoints(text: &str) -> Vec<String> {
    let mut found: Vec<String> = table(&tables(text), "nat")
        .rules
        .iter()
        .filter_map(|rule| rule.value("--to-destination").map(str::to_owned))
        .collect();
    found.sort();
    found
}

/// Asserts which endpoints get traffic in each version.
#[track_caller]
fn assert_endpoints(run: &Run, wanted: &[(&str, &[&str])]) {
    for (version, wanted) in wanted {
        assert_eq!(endpoints(&run.clone().version(version).ipv4()), *wanted, "in {version}");
    }
}

/// Asserts in which versions the text has a part.
#[track_caller]
fn assert_part(run: &Run, part: &str, wanted: &[(&str, bool)]) {
    for (version, wanted) in wanted {
        let text = run.clone().version(version).ipv4();
        assert_eq!(text.contains(part), *wanted, "`{part}` in {version}:\n{text}");
    }
}

#[test]
fn v1_invalid_packets_are_counted_since_1_31() {
    let counting = run(&[]).flags(|flags| flags.nfacct = Some(true));
    let rule = |count| format!("-A KUBE-FORWARD -m conntrack --ctstate INVALID{count} -j DROP\n");
    let counted = rule(" -m nfacct --nfacct-name ct_state_invalid_dropped_pkts");
    assert_part(&counting, &counted, &[("1.30", false), ("1.31", true), ("1.36", true)]);
    assert_part(&counting, &rule(""), &[("1.30", true), ("1.31", false), ("1.36", false)]);
    assert_part(&run(&[]), &rule(""), &[("1.30", true), ("1.31", true), ("1.36", true)]);
}

#[test]
fn v2_node_ports_on_localhost_are_counted_since_1_31() {
    let manifests = [service("", "type: NodePort, ports: [{port: 80, nodePort: 30080}]")
        .replace("ports: [{port: 80}], ", "")];
    let manifests = [manifests[0].as_str(), &slice("a", &[&endpoint("10.244.0.1", "")])];
    let part =
        " -d 127.0.0.0/8 --dport 30080 -m nfacct --nfacct-name localhost_nps_accepted_pkts -j KUBE-EXT-";
    let counting = run(&manifests).flags(|flags| flags.nfacct = Some(true));
    assert_part(&counting, part, &[("1.30", false), ("1.31", true), ("1.36", true)]);
    assert_part(&run(&manifests), part, &[("1.31", false), ("1.36", false)]);
    let [_, ipv6] = counting.texts();
    assert!(!ipv6.contains("localhost_nps_accepted_pkts"));
}

/// Endpoints 1 and 2 with hints, in zones z1 and z2.
fn zones() -> String {
    let hint = |zone| format!("nodeName: node-b, hints: {{forZones: [{{name: {zone}}}]}}");
    slice("a", &[&endpoint("10.244.0.1", &hint("z1")), &endpoint("10.244.0.2", &hint("z2"))])
}

const BOTH: &[&str] = &["10.244.0.1:80", "10.244.0.2:80"];
const FIRST: &[&str] = &["10.244.0.1:80"];
const SECOND: &[&str] = &["10.244.0.2:80"];
const NONE: &[&str] = &[];

#[test]
fn v3_zone_hints_need_no_annotation_since_1_31() {
    let zones = zones();
    assert_endpoints(&run(&[&service("", ""), &zones]), &[("1.30", BOTH), ("1.31", FIRST), ("1.36", FIRST)]);
    for key in ["topology-mode", "topology-aware-hints"] {
        let annotated =
            |value| service(&format!("annotations: {{service.kubernetes.io/{key}: '{value}'}}"), "");
        for value in ["Auto", "auto", "whatever"] {
            assert_endpoints(&run(&[&annotated(value), &zones]), &[("1.30", FIRST), ("1.36", FIRST)]);
        }
        for value in ["Disabled", "disabled", ""] {
            assert_endpoints(&run(&[&annotated(value), &zones]), &[("1.30", BOTH), ("1.36", FIRST)]);
        }
    }
    let gated = run(&[&service("", ""), &zones]).gate("ServiceTrafficDistribution", true);
    assert_endpoints(&gated, &[("1.30", FIRST)]);
}

#[test]
fn v4_node_hints_come_before_zone_hints_since_1_34() {
    let hints = |zone, node| {
        format!("nodeName: node-b, hints: {{forZones: [{{name: {zone}}}], forNodes: [{{name: {node}}}]}}")
    };
    let slice = slice(
        "a",
        &[&endpoint("10.244.0.1", &hints("z1", "node-b")), &endpoint("10.244.0.2", &hints("z2", "node-a"))],
    );
    let run = run(&[&service("", ""), &slice]);
    assert_endpoints(&run, &[("1.33", FIRST), ("1.34", SECOND), ("1.36", SECOND)]);
    assert_endpoints(
        &run.clone().gate("PreferSameTrafficDistribution", true),
        &[("1.32", FIRST), ("1.33", SECOND)],
    );
    let off = run.gate("PreferSameTrafficDistribution", false);
    assert_endpoints(&off, &[("1.34", FIRST), ("1.35", SECOND)]);
}

#[test]
fn v5_a_range_of_everything_lifts_restrictions_since_1_34() {
    const STATUS: &str = "status: {loadBalancer: {ingress: [{ip: 198.51.100.1}]}}";
    for any in ["0.0.0.0/0", "10.0.0.0/0"] {
        let service =
            service("", &format!("type: LoadBalancer, loadBalancerSourceRanges: [203.0.113.0/24, {any}]"));
        let service = service.trim_end().strip_suffix('}').unwrap().to_owned() + ", " + STATUS + "}\n";
        let run = run(&[&service, &slice("a", &[&endpoint("10.244.0.1", "")])]);
        assert_part(&run, ":KUBE-FW-", &[("1.33", true), ("1.34", false), ("1.36", false)]);
        assert_part(&run, "-s 0.0.0.0/0 -j KUBE-EXT-", &[("1.33", true), ("1.34", false)]);
        assert_part(&run, "-d 198.51.100.1 --dport 80 -j KUBE-EXT-", &[("1.33", false), ("1.34", true)]);
    }
}

#[test]
fn v6_endpoint_addresses_are_canonical_since_1_31() {
    let odd = slice("a", &[&endpoint("010.244.0.001", "")]);
    let wanted: &[(&str, &[&str])] = &[
        ("1.30", &["010.244.0.001:80"]),
        ("1.30.5", &["010.244.0.001:80"]),
        ("1.31", FIRST),
        ("1.36", FIRST),
    ];
    assert_endpoints(&run(&[&service("", ""), &odd]), wanted);
    let mapped = slice("a", &[&endpoint("::ffff:10.244.0.1", "")]);
    assert_endpoints(&run(&[&service("", ""), &mapped]), &[("1.36", FIRST)]);
    let unreadable = slice("a", &[&endpoint("10.244.0.256", "")]);
    assert_endpoints(
        &run(&[&service("", ""), &unreadable]),
        &[("1.30", &["10.244.0.256:80"]), ("1.36", &["<nil>:80"])],
    );
}

#[test]
fn v7_of_duplicates_the_later_one_counts_since_1_36() {
    let local = service("", "internalTrafficPolicy: Local");
    let here = endpoint("10.244.0.1", "nodeName: node-a");
    let there = endpoint("10.244.0.1", "nodeName: node-b");
    let ending = endpoint(
        "10.244.0.1",
        "nodeName: node-b, conditions: {ready: false, serving: true, terminating: true}",
    );
    let twice = |first: &str, second: &str| run(&[&local, &slice("a", &[first]), &slice("b", &[second])]);
    assert_endpoints(&twice(&here, &there), &[("1.30", FIRST), ("1.35", FIRST), ("1.36", NONE)]);
    assert_endpoints(&twice(&there, &here), &[("1.30", FIRST), ("1.35", FIRST), ("1.36", FIRST)]);
    assert_endpoints(&twice(&here, &ending), &[("1.35", FIRST), ("1.36", FIRST)]);
    // Both remote: before 1.36 the first stays, here the ending one, which is used for want of a ready one.
    let plain = run(&[
        &service("", ""),
        &slice("a", &[&ending]),
        &slice("b", &[&there, &endpoint("10.244.0.2", "")]),
    ]);
    assert_endpoints(&plain, &[("1.35", SECOND), ("1.36", BOTH)]);
}

/// One slice with an address in two entries: which of them is the first one hangs on the order.
#[test]
fn v7_endpoints_are_sorted_by_all_their_addresses_in_1_30_only() {
    let of = |entries: &[&str]| run(&[&service("", ""), &slice("a", entries)]);
    let (two, one) = ("addresses: [10.244.0.1, 10.244.0.9]", "addresses: [10.244.0.1]");
    let unready = "conditions: {ready: false}";
    // The shorter text comes first in 1.30, wherever it stands.
    let served = of(&[&format!("{{{two}}}"), &format!("{{{one}, {unready}}}")]);
    assert_endpoints(&served, &[("1.30", NONE), ("1.31", FIRST), ("1.32.6", FIRST), ("1.35", FIRST)]);
    let unserved = of(&[&format!("{{{two}, {unready}}}"), &format!("{{{one}}}")]);
    assert_endpoints(&unserved, &[("1.30", FIRST), ("1.31", NONE), ("1.32.6", NONE), ("1.35", NONE)]);
    // Another spelling comes first in 1.30 by its text, and is another text there besides.
    let spelled = of(&[&format!("{{{one}, {unready}}}"), "{addresses: [10.244.0.01]}"]);
    assert_endpoints(&spelled, &[("1.30", &["10.244.0.01:80"]), ("1.31", NONE), ("1.35", NONE)]);
}

#[test]
fn v8_the_slice_decides_the_family_since_1_33() {
    let dual = service(
        "",
        "ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv4, IPv6], clusterIPs: [10.96.0.1, 'fd00::1']",
    );
    let mixed = slice("a", &[&endpoint("10.244.0.1", ""), &endpoint("fd00:244::1", "")]);
    let run = run(&[&dual, &mixed]);
    assert_endpoints(
        &run,
        &[
            ("1.30", FIRST),
            ("1.32", FIRST),
            ("1.33", &["10.244.0.1:80", "[fd00:244::1]:80"]),
            ("1.36", &["10.244.0.1:80", "[fd00:244::1]:80"]),
        ],
    );
    for (version, wanted) in
        [("1.30", &["[fd00:244::1]:80"][..]), ("1.32", &["[fd00:244::1]:80"]), ("1.33", NONE), ("1.36", NONE)]
    {
        assert_eq!(endpoints(&run.clone().version(version).text(Family::Ipv6)), wanted, "in {version}");
    }
}

#[test]
fn v9_labels_hide_one_kind_of_object_since_1_36() {
    const HEADLESS: &str = "service.kubernetes.io/headless: ''";
    const OTHER_PROXY: &str = "service.kubernetes.io/service-proxy-name: ''";
    let one = endpoint("10.244.0.1", "");
    let service_with = |label| service(&format!("labels: {{{label}}}"), "");
    let slice_with = |label| labelled_slice("a", label, &[&one]);
    let versions = |before, after| [("1.30", before), ("1.35", before), ("1.36", after)];
    let service_is = |label| run(&[&service_with(label), &slice("a", &[&one])]);
    assert_endpoints(&service_is(HEADLESS), &versions(NONE, FIRST));
    assert_endpoints(&service_is(OTHER_PROXY), &versions(NONE, NONE));
    let slice_is = |label| run(&[&service("", ""), &slice_with(label)]);
    assert_endpoints(&slice_is(HEADLESS), &versions(NONE, NONE));
    assert_endpoints(&slice_is(OTHER_PROXY), &versions(NONE, FIRST));
}

#[test]
fn v10_node_port_addresses_may_be_primary_since_1_31() {
    let with = |cidr: &str| {
        run(&[]).flags(|flags| {
            flags.node_port_addresses = Some(vec![cidr.to_owned()]);
            flags.interface_addresses = Some(vec!["192.168.0.2/24".to_owned(), "10.1.1.1".to_owned()]);
        })
    };
    let primary = with("primary");
    assert_part(
        &primary,
        "-d 192.168.0.2 -j KUBE-NODEPORTS",
        &[("1.30", false), ("1.31", true), ("1.36", true)],
    );
    assert_part(&primary, "-d 10.1.1.1 -j KUBE-NODEPORTS", &[("1.30", false), ("1.31", false)]);
    assert!(primary.clone().version("1.30").codes().contains(&"N0304"), "1.30 does not know the word");
    // Everything, in another spelling: to 1.33 the text is compared.
    let all = "-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS";
    assert_part(&with("0.0.0.0/0"), all, &[("1.30", true), ("1.33", true), ("1.34", true)]);
    assert_part(
        &with("10.0.0.0/0"),
        all,
        &[("1.30", false), ("1.33", false), ("1.34", true), ("1.36", true)],
    );
}

/// In iptables mode `localhost` gets a rule for 127.0.0.1, unless localhostNodePorts is off, and IPv6 none.
#[test]
fn v10_words_of_node_port_addresses_mix_since_1_37() {
    let with = |entries: &[&str]| {
        run(&[]).configured(|config| {
            config.node_port_addresses = entries.iter().map(|entry| (*entry).to_owned()).collect();
        })
    };
    let rules = ["192.168.0.2", "127.0.0.1"].map(|ip| format!("-d {ip} -j KUBE-NODEPORTS"));
    let mixed = with(&["primary", "localhost"]);
    for rule in &rules {
        assert_part(&mixed, rule, &[("1.36", false), ("1.37.0", true), ("1.37", true)]);
    }
    assert!(mixed.clone().version("1.36").codes().contains(&"N0304"));
    assert!(!mixed.clone().version("1.37").codes().contains(&"N0304"));
    let off = mixed.flags(|flags| flags.localhost_node_ports = Some(false));
    assert_part(&off, &rules[1], &[("1.37", false)]);
    let all = "-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS";
    assert_part(&with(&["primary", "all"]), all, &[("1.37", true)]);
    assert_part(&with(&["localhost"]), &rules[0], &[("1.37", false)]);
    let [_, ipv6] = with(&["localhost"]).version("1.37").texts();
    assert!(!ipv6.contains("-j KUBE-NODEPORTS"), "{ipv6}");
}

#[test]
fn v11_an_address_in_proxy_mode_gets_rules_only_where_the_mode_is_not_known() {
    let service = service("", "type: LoadBalancer");
    let service = service.trim_end().strip_suffix('}').unwrap().to_owned()
        + ", status: {loadBalancer: {ingress: [{ip: 198.51.100.1, ipMode: Proxy}]}}}\n";
    let run = run(&[&service, &slice("a", &[&endpoint("10.244.0.1", "")])]);
    assert_part(&run, "198.51.100.1", &[("1.30", false), ("1.36", false)]);
    let off = run.gate("LoadBalancerIPMode", false);
    assert_part(&off, "198.51.100.1", &[("1.30", true), ("1.31", true), ("1.32", false), ("1.36", false)]);
}

#[test]
fn v12_external_ips_can_be_switched_off_since_1_36() {
    let run = run(&[&service("", "externalIPs: [192.0.2.1]"), &slice("a", &[&endpoint("10.244.0.1", "")])]);
    let jump = "-d 192.0.2.1 --dport 80 -j KUBE-EXT-";
    assert_part(&run, jump, &[("1.30", true), ("1.36", true)]);
    let off = run.gate("AllowServiceExternalIPs", false);
    assert_part(&off, jump, &[("1.30", true), ("1.35", true), ("1.36", false)]);
    assert_part(&off, ":KUBE-EXT-", &[("1.35", true), ("1.36", true)]);
}

#[test]
fn v13_a_service_name_may_start_with_a_digit_since_1_36() {
    let service = service("", "").replace("name: web", "name: 1web");
    let run = run(&[&service]);
    for (version, refused) in [("1.30", true), ("1.35", true), ("1.36", false)] {
        assert_eq!(run.clone().version(version).codes().contains(&"M0101"), refused, "in {version}");
    }
    assert_part(&run, "default/1web has no endpoints", &[("1.30", true), ("1.36", true)]);
    let gated = run.clone().gate("RelaxedServiceNameValidation", true).version("1.34");
    assert!(!gated.codes().contains(&"M0101"));
    // Since 1.37 no configuration can switch it off.
    let off = run.gate("RelaxedServiceNameValidation", false);
    for (version, refused) in [("1.36", true), ("1.37", false)] {
        assert_eq!(off.clone().version(version).codes().contains(&"M0101"), refused, "in {version}");
    }
}

/// The node's own version is used where no flag names one; a flag wins, and what is not known is said.
#[test]
fn a_node_tells_its_version_of_kube_proxy() {
    let odd = slice("a", &[&endpoint("010.244.0.001", "")]);
    let of_node = |info: &str| {
        let node = NODE.replace("status: {", &format!("status: {{nodeInfo: {{{info}}}, "));
        Run::of(&format!("{}{odd}{node}", service("", ""))).on("node-a")
    };
    let old: &[&str] = &["010.244.0.001:80"];
    for (info, wanted, codes) in [
        ("kubeProxyVersion: v1.30.5, kubeletVersion: v1.33.1", old, &["N0313"][..]),
        ("kubeProxyVersion: '', kubeletVersion: v1.30.5+k3s1", old, &["N0313"]),
        ("kubeletVersion: v1.33.5-gke.100", FIRST, &["N0313"]),
        ("kubeletVersion: v1.99.0", FIRST, &["N0313", "N0314"]),
        ("kubeletVersion: v1.28.4", FIRST, &["N0315"]),
        ("kubeletVersion: '{}'", FIRST, &["N0315"]),
        ("kernelVersion: 6.1.0", FIRST, &[]),
    ] {
        let run = of_node(info);
        assert_eq!(endpoints(&run.ipv4()), wanted, "{info}");
        let found: Vec<_> =
            run.codes().into_iter().filter(|code| ("N0313"..="N0315").contains(code)).collect();
        assert_eq!(found, codes, "{info}");
        let given = run.version("1.30");
        assert_eq!(endpoints(&given.ipv4()), old, "{info}");
        assert!(!given.codes().iter().any(|code| ("N0313"..="N0315").contains(code)), "{info}");
    }
}
