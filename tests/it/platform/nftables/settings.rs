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

/// A node with an address of each family and one more, and these words and CIDRs.
fn serving(entries: &[&str]) -> Run {
    run(&[])
        .configured(|config| {
            config.node_port_addresses = entries.iter().map(|entry| (*entry).to_owned()).collect();
        })
        .flags(|flags| {
            let listed = ["192.168.0.2/24", "10.1.1.1", "127.0.0.1", "::1", "fd00:5::4"];
            flags.interface_addresses = Some(listed.map(str::to_owned).to_vec());
        })
}

/// The addresses of a family that serve node ports: none in the text means that all do.
fn served(run: &Run, family: Family) -> Option<Vec<String>> {
    let text = write(&lower(&run.compile().rules, family), Format::Knftables).to_string();
    let has_set = text.lines().any(|line| line.starts_with("add set") && line.contains(" nodeport-ips "));
    let elements = text.lines().filter_map(|line| line.split_once(" nodeport-ips { ")?.1.strip_suffix(" }"));
    assert_eq!(has_set, !text.contains("fib daddr type local"), "one of both:\n{text}");
    has_set.then(|| elements.filter(|key| !key.contains("type ")).map(str::to_owned).collect())
}

/// Every combination of the words of 1.37 and a CIDR, by what each stands for alone.
#[test]
fn n12_words_of_node_port_addresses_mix_since_1_37() {
    const WORDS: [&str; 4] = ["primary", "localhost", "all", "10.1.0.0/16"];
    for chosen in 1_u32..1 << WORDS.len() {
        let entries: Vec<&str> =
            (0..WORDS.len()).filter(|at| chosen & 1 << at != 0).map(|at| WORDS[at]).collect();
        let has = |word| entries.contains(&word);
        let run = serving(&entries).version("1.37");
        assert!(!run.codes().contains(&"N0304"), "{entries:?}: {:?}", run.codes());
        let mut ipv4 = Vec::new();
        ipv4.extend(has("10.1.0.0/16").then(|| "10.1.1.1".to_owned()));
        ipv4.extend(has("primary").then(|| "192.168.0.2".to_owned()));
        let ipv4 = (!has("all")).then_some(ipv4);
        assert_eq!(served(&run, Family::Ipv4), ipv4, "{entries:?}");
        // The node has no primary address of IPv6; a family without an entry has all addresses.
        let ipv6 = (has("localhost") && !has("all")).then(Vec::new);
        assert_eq!(served(&run, Family::Ipv6), ipv6, "{entries:?}");
        // Before, all but `primary` alone is refused.
        let before = serving(&entries).version("1.36");
        let is_taken = entries == ["primary"] || entries == ["10.1.0.0/16"];
        assert_eq!(!before.codes().contains(&"N0304"), is_taken, "{entries:?}: {:?}", before.codes());
    }
}

/// Without the gate, which 1.36 does not have, nothing is about loopback addresses.
#[test]
fn n16_node_ports_on_loopback_addresses_are_rejected_or_served_by_kube_proxy_with_the_gate() {
    const GATE: &str = "KubeProxyNFTablesLocalhostNodePorts";
    let ports = "type: NodePort, ports: [{name: t, port: 80, nodePort: 30080}, {name: u, port: 53, protocol: UDP, \
                 nodePort: 30053}, {name: s, port: 9, protocol: SCTP, nodePort: 30009}]";
    let node_ports = service("", ports).replace("ports: [{port: 80}], ", "");
    let all = ["sctp", "tcp", "udp"];
    let others = ["sctp", "udp"];
    for (entries, gate, version, ipv4, ipv6) in [
        (&[][..], false, "1.37", &[][..], &[][..]),
        (&[], true, "1.36", &[], &[]),
        (&[], true, "1.37", &all, &all),
        (&["primary"], true, "1.37", &all, &all),
        (&["primary", "localhost"], true, "1.37", &others, &others),
        (&["localhost"], false, "1.37", &[], &[]),
        (&["127.0.0.0/8"], true, "1.37", &others, &all),
        (&["10.0.0.0/8", "127.0.0.1/32"], true, "1.37", &others, &all),
        (&["::1/128"], true, "1.37", &all, &others),
        (&["0.0.0.0/0", "::/0"], true, "1.37", &all, &all),
        (&["all"], true, "1.37", &all, &all),
        // What stands behind all addresses is not looked at.
        (&["all", "localhost"], true, "1.37", &all, &all),
        (&["localhost", "all"], true, "1.37", &others, &others),
    ] {
        let of = run(&[&node_ports.replace(
            "clusterIP: 10.96.0.1",
            "clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, \
                 'fd00:96::1'], ipFamilies: [IPv4, IPv6], ipFamilyPolicy: RequireDualStack",
        )]);
        let of = of.configured(|config| {
            config.node_port_addresses = entries.iter().map(|entry| (*entry).to_owned()).collect();
        });
        let of = if gate { of.gate(GATE, true) } else { of }.version(version);
        for (family, rejected) in [(Family::Ipv4, ipv4), (Family::Ipv6, ipv6)] {
            let what = format!("{entries:?}, gate {gate}, {version}, {family}");
            let text = write(&lower(&of.compile().rules, family), Format::Knftables).to_string();
            let names = |start: &str| -> Vec<String> {
                text.lines()
                    .filter_map(|line| line.split_once(start))
                    .map(|(_, name)| name.to_owned())
                    .collect()
            };
            let word = if family == Family::Ipv4 { "ip" } else { "ip6" };
            assert_eq!(
                names(&format!("add chain {word} kube-proxy localhost-nodeport-reject-")),
                rejected,
                "{what}"
            );
            assert_eq!(
                names(&format!("add counter {word} kube-proxy localhost-nodeport-rejected-")),
                rejected,
                "{what}"
            );
            // With endpoints or without.
            assert_eq!(
                names(" : goto localhost-nodeport-reject-"),
                rejected.iter().map(|of| format!("{of} }}")).collect::<Vec<_>>(),
                "{what}"
            );
            let loopback = if family == Family::Ipv4 { "127.0.0.0/8" } else { "::1" };
            let rule = format!(
                "nodeport-endpoints-check {word} daddr {loopback} meta l4proto . th dport vmap @localhost-nodeport-reject-ports\n"
            );
            assert_eq!(text.contains(&rule), !rejected.is_empty(), "{what}:\n{text}");
        }
        let is_served = [ipv4, ipv6].contains(&&others[..]);
        assert_eq!(codes(&of).contains(&"I0528"), is_served, "{entries:?} {version}");
    }
}

/// A service port without endpoints stands in a comment, which 1.36 writes as it is and nft refuses.
#[test]
fn n14_comments_are_cut_to_128_bytes_since_1_37() {
    for (length, cut) in [(15, true), (1, true), (0, false)] {
        let id = |name: &str| format!("{}/{}:{name}", "n".repeat(63), "w".repeat(63));
        let port = "p".repeat(length);
        let long = service("", "").replace("name: web", &format!("name: {}", "w".repeat(63)));
        let long = long.replace("namespace: default", &format!("namespace: {}", "n".repeat(63)));
        let long = if length > 0 {
            long.replace("{port: 80}", &format!("{{port: 80, name: {port}}}"))
        } else {
            long
        };
        let whole = if length > 0 { id(&port) } else { id("").trim_end_matches(':').to_owned() };
        let of = |version: &str| ipv4(&run(&[&long]).version(version));
        assert!(of("1.36").contains(&format!("comment \"{whole}\"")), "{length}");
        assert!(of("1.37").contains(&format!("comment \"{}\"", &whole[..whole.len().min(128)])), "{length}");
        assert_eq!(of("1.36") != of("1.37"), cut, "{length}");
    }
}

#[test]
fn n15_one_endpoint_needs_no_map_since_1_37() {
    let one = run(&[&service("", ""), &slice("a", &[&endpoint("10.244.0.1", "")])]);
    let plain = "meta l4proto tcp dnat to 10.244.0.1:80\n";
    let map = "meta l4proto tcp dnat ip addr . port to numgen random mod 1 map { 0 : 10.244.0.1 . 80 }\n";
    assert_part(&one, plain, &[("1.36.0", false), ("1.36.3", false), ("1.37.0", true), ("1.37", true)]);
    assert_part(&one, map, &[("1.36.0", true), ("1.36.3", true), ("1.37.0", false), ("1.37", false)]);
    // Two endpoints stand in a map, and clients that stay have chains, as before.
    let two =
        run(&[&service("", ""), &slice("a", &[&endpoint("10.244.0.1", ""), &endpoint("10.244.0.2", "")])]);
    assert_part(&two, "numgen random mod 2 map {", &[("1.36", true), ("1.37", true)]);
    let kept = run(&[&service("", "sessionAffinity: ClientIP"), &slice("a", &[&endpoint("10.244.0.1", "")])]);
    assert_part(&kept, "numgen random mod 1 vmap {", &[("1.36", true), ("1.37", true)]);
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

/// kube-proxy takes the networks of all objects; facts stand for them only where there are none.
#[test]
fn networks_of_cluster_ips_are_those_of_all_service_cidrs() {
    let object = |name: &str, version: &str, cidrs: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/{version}\nkind: ServiceCIDR\nmetadata: {{name: {name}}}\nspec: {{cidrs: [{cidrs}]}}\n"
        )
    };
    let address = "---\napiVersion: networking.k8s.io/v1\nkind: IPAddress\nmetadata: {name: 10.96.0.1}\n\
                   spec: {parentRef: {resource: services, namespace: default, name: web}}\n";
    let facts =
        |cidrs: &str| format!("apiVersion: hnsplan/v1alpha1\nkind: NodeFacts\nserviceCIDRs: [{cidrs}]\n");
    let drop = |cidrs: &str| {
        format!("ip daddr {{ {cidrs} }} drop comment \"Drop traffic to unallocated ClusterIPs\"\n")
    };
    let told = |run: &Run| [codes(run), run.codes()].concat();
    let first = object("kubernetes", "v1", "10.96.0.0/12, 'fd00:96::/108'");
    let more = object("more", "v1beta1", "10.1.0.0/16");
    let both = [&*service("", ""), &*first, &*more, address];
    let known = run(&both);
    assert_part(
        &known,
        &drop("10.1.0.0/16,10.96.0.0/12"),
        &[("1.32", false), ("1.33", true), ("1.37", true)],
    );
    for code in ["I0527", "N0318"] {
        assert!(!told(&known).contains(&code), "{code}");
    }
    assert!(known.compile().skipped.is_empty(), "all of them are known");
    // An order of the input is not one of the networks.
    let turned = run(&[address, &*more, &*first, &*service("", "")]);
    assert_eq!(ipv4(&turned.version("1.36")), ipv4(&run(&both).version("1.36")));
    // Facts that say the same are fine, others are told of.
    let same = run(&both).facts(&facts("'fd00:96::/108', 10.1.0.0/16, 10.96.0.0/12"));
    assert!(!told(&same).contains(&"N0318"));
    for other in ["10.96.0.0/12", "", "10.1.0.0/16, 10.96.0.0/12, 10.97.0.0/16, 'fd00:96::/108'"] {
        let other = run(&both).facts(&facts(other));
        assert!(told(&other).contains(&"N0318"));
        assert_part(&other, &drop("10.1.0.0/16,10.96.0.0/12"), &[("1.36", true)]);
    }
    // The same object twice counts once; another one of the name is told of; one of another project is none.
    assert!(told(&run(&[&*service("", ""), &*first, &*first])).contains(&"M0009"));
    let changed = first.replace("10.96", "10.112");
    assert!(told(&run(&[&*service("", ""), &*first, &*changed])).contains(&"M0008"));
    for version in ["network.example.com/v1", "networking.k8s.io/v1alpha1"] {
        let other = first.replace("networking.k8s.io/v1", version);
        let other = run(&[&*service("", ""), &*other]);
        assert!(other.compile().skipped.len() == 1 && told(&other).contains(&"I0527"), "{version}");
    }
    // What cannot be read is told, with what is read of the others.
    let broken = run(&[&*service("", ""), &*first.replace("10.96.0.0/12", "10.96.0.0")]);
    assert!(told(&broken).contains(&"M0221"));
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
