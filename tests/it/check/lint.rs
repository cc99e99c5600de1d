//! Promise: known faults of a node are reported, with their numbers, and only where they are.

use std::collections::BTreeSet;

use hnsplan::diagnostics::Diagnostic;
use hnsplan::lint::{Situation, lint};
use hnsplan::node::NetworkType;
use hnsplan::platform::hns::model::{
    Address, Condition, Detail, Endpoint, EndpointFlags, EndpointRef, Extra, Gaps, Guid, IpConfiguration,
    LoadBalancer, LoadBalancerFlags, Network, NetworkRef, PortMapping, RemoteSubnet, State,
};
use hnsplan::platform::hns::{Hns, HnsHeld};
use hnsplan::platform::iptables::Iptables;
use hnsplan::platform::{Context, Holdings, Model, Platform};

use crate::support::case::fixtures;
use crate::support::exe::hnsplan;
use crate::support::run::Run;

/// A Windows node, another node, and a Service with a pod on each.
pub(super) const CLUSTER: &str = "
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Node, metadata: {name: win-1, labels: {kubernetes.io/os: windows}},
   spec: {podCIDR: 10.244.3.0/24}, status: {addresses: [{type: InternalIP, address: 192.168.10.21}]}}
- {apiVersion: v1, kind: Node, metadata: {name: linux-1},
   spec: {podCIDR: 10.244.1.0/24}, status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}}
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: shop}
  spec: {type: LoadBalancer, clusterIP: 10.96.0.10, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
  status: {loadBalancer: {ingress: [{ip: 198.51.100.7}]}}
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
  addressType: IPv4
  ports: [{name: \"\", port: 8080, protocol: TCP}]
  endpoints: [{addresses: [10.244.3.7], nodeName: win-1}, {addresses: [10.244.1.7], nodeName: linux-1}]
";

pub(super) fn node() -> Run {
    Run::of(CLUSTER).on("win-1").flags(|flags| flags.host_mac = Some("00:15:5d:0a:0b:0c".to_owned()))
}

/// The node on an overlay network with this source VIP.
pub(super) fn overlay(source_vip: &str) -> Run {
    node().flags(|flags| {
        flags.network_type = "Overlay".parse().ok();
        flags.source_vip = Some(source_vip.to_owned());
    })
}

pub(super) fn facts(run: Run, facts: &str) -> Run {
    run.facts(&format!("apiVersion: hnsplan/v1alpha1\nkind: NodeFacts\n{facts}"))
}

/// Everything that is found, with HNS as kube-proxy would leave it.
pub(super) fn lints(run: &Run, state: Option<&State>) -> Vec<Diagnostic> {
    let compiled = run.compile();
    let mut held = Holdings::default();
    if let Some(state) = state {
        held.add(Box::new(HnsHeld::of(state.clone())));
    }
    let context = Context { held: &held, ..Context::of(&compiled.rules) };
    let model = Hns.model(context).value;
    let platforms: [(&'static dyn Platform, Option<&dyn Model>); 1] = [(&Hns, Some(&*model))];
    let (cluster, gates) = (&compiled.cluster, &run.gates());
    lint(&Situation { cluster, gates, context, platforms: &platforms })
}

pub(super) fn codes(run: &Run, state: Option<&State>) -> BTreeSet<&'static str> {
    lints(run, state).iter().map(|lint| lint.code.id()).collect()
}

/// The message of the only finding.
#[track_caller]
pub(super) fn only(run: &Run, code: &str) -> String {
    let found = lints(run, None);
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(one.code.id(), code, "{found:?}");
    one.message.clone()
}

/// The network cbr0, with a subnet.
pub(super) fn network(type_: &str) -> State {
    State {
        networks: vec![Network {
            id: guid(1),
            name: "cbr0".into(),
            type_: type_.parse().expect("a type"),
            subnets: vec!["10.244.3.0/24".parse().expect("a network")],
            remote_subnets: vec![RemoteSubnet {
                prefix: "10.244.1.0/24".parse().expect("a network"),
                provider_address: "192.168.10.11".parse().expect("an address"),
            }],
            extra: Extra::new(),
            detail: Detail::Full,
            gaps: Gaps::default(),
            condition: Condition::default(),
        }]
        .into(),
        ..State::default()
    }
}

pub(super) fn guid(number: u8) -> Guid {
    format!("00000000-0000-0000-0000-0000000000{number:02x}").parse().expect("a guid")
}

pub(super) fn endpoint(number: u8, ip: &str) -> Endpoint {
    let ip_address = Address::Ip(ip.parse().expect("an address"));
    Endpoint {
        id: Some(guid(number)),
        network: Some(NetworkRef::Id(guid(1))),
        ip_configurations: vec![IpConfiguration { ip_address, prefix_length: 24 }],
        ..Endpoint::default()
    }
}

#[test]
fn a_node_in_order_has_no_findings() {
    assert_eq!(lints(&node(), None), []);
    assert_eq!(lints(&overlay("10.244.3.2"), None), []);
    assert_eq!(lints(&node(), Some(&network("L2Bridge"))), []);
}

#[test]
fn the_source_vip_is_an_address_of_the_node_and_of_nothing_else() {
    assert!(only(&overlay("10.244.9.5"), "L0902").contains("10.244.9.5 is in no pod network"));
    for (ip, what) in
        [("10.244.3.0", "the name"), ("10.244.3.1", "the gateway"), ("10.244.3.255", "the broadcast")]
    {
        let message = only(&overlay(ip), "L0901");
        assert!(message.contains(what) && message.contains("10.244.3.0/24"), "{message}");
    }
    assert!(only(&overlay("10.244.3.7"), "L0903").contains("an endpoint of shop/web"));
    let with_vip = node().flags(|flags| flags.source_vip = Some("10.244.9.5".to_owned()));
    let bridge = with_vip.clone().flags(|flags| flags.network_type = Some(NetworkType::L2Bridge));
    assert!(only(&bridge, "L0904").contains("L2Bridge"));
    // Nothing follows from a type that is only assumed.
    assert_eq!(codes(&with_vip, None), BTreeSet::new());
}

/// HNS knows better than the Node object which addresses pods have.
#[test]
fn subnets_of_hns_win_over_those_of_the_node() {
    let mut state = network("Overlay");
    let run = node().flags(|flags| flags.source_vip = Some("10.244.9.5".to_owned()));
    assert_eq!(codes(&run, Some(&state)), ["L0902"].into());
    state.networks[0].subnets = vec!["10.244.9.0/24".parse().expect("a network")];
    assert_eq!(codes(&run, Some(&state)), BTreeSet::new());
}

#[test]
fn old_windows_breaks_hairpins_without_dsr() {
    let on = |version: &str, dsr: bool| {
        let version = Some(version.to_owned());
        let bridge = node().flags(|flags| flags.network_type = Some(NetworkType::L2Bridge));
        codes(&bridge.flags(|flags| (flags.hns_version, flags.enable_dsr) = (version, Some(dsr))), None)
    };
    assert_eq!(on("9.5", false), ["L0905"].into());
    assert_eq!(on("9.5", true), BTreeSet::new());
    assert_eq!(on("13.2", false), BTreeSet::new());
}

#[test]
fn the_type_of_the_network_and_the_address_of_the_node_are_needed() {
    let run = overlay("10.244.3.2");
    assert_eq!(codes(&run, Some(&network("L2Bridge"))), ["L0906"].into());
    assert_eq!(codes(&run, Some(&network("Overlay"))), BTreeSet::new());
    let unknown = overlay("10.244.3.2").flags(|flags| flags.bind_address = Some("127.0.0.1".to_owned()));
    assert!(only(&unknown, "L0907").contains("127.0.0.1"));
}

#[test]
fn an_unknown_name_is_reported_with_the_existing_ones() {
    let found = lints(&Run::of(CLUSTER).on("win-1.example.com"), None);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code.id(), "L0908");
    assert_eq!(found[0].allowed.as_deref(), Some("names in the slices: win-1, linux-1"));
}

#[test]
fn a_pod_that_runs_here_is_not_another_nodes() {
    let mut state = network("L2Bridge");
    state.endpoints = vec![endpoint(2, "10.244.3.7"), endpoint(3, "10.244.1.7")].into();
    let found = lints(&node(), Some(&state));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code.id(), "L0909");
    assert!(found[0].message.starts_with("10.244.1.7 is a local endpoint"), "{}", found[0].message);
    state.endpoints[1].flags = EndpointFlags::REMOTE;
    assert_eq!(codes(&node(), Some(&state)), BTreeSet::new());
}

/// Compiles the cluster with a text exchanged.
pub(super) fn changed(from: &str, to: &str) -> Run {
    assert!(CLUSTER.contains(from));
    Run::of(&CLUSTER.replace(from, to)).on("win-1")
}

#[test]
fn addresses_and_ports_of_nodes_are_theirs() {
    let message = only(&changed("198.51.100.7", "192.168.10.11"), "L0910");
    assert_eq!(message, "load balancer address 192.168.10.11 is an address of node linux-1");
    assert_eq!(
        only(&changed("30080", "10256"), "L0911"),
        "node port 10256/TCP of shop/web belongs to kube-proxy's health server"
    );
    let both = "type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 30080";
    assert!(only(&changed("type: LoadBalancer", both), "L0911").contains("the health checks of shop/web"));
    let healthz = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n\
                   healthzBindAddress: 0.0.0.0:30080\n";
    assert!(only(&node().config(healthz), "L0911").contains("kube-proxy's health server"));
}

#[test]
fn health_checks_share_a_port_on_old_windows() {
    let on = |version: &str| {
        let version = Some(version.to_owned());
        codes(
            &node().flags(|flags| {
                flags.hns_version = version;
                flags.forward_health_check_vip = Some(true);
                flags.enable_dsr = Some(true);
            }),
            None,
        )
    };
    assert_eq!(on("9.5"), ["L0912"].into());
    assert_eq!(on("13.2"), BTreeSet::new());
}

#[test]
fn node_ports_are_not_given_away_by_windows() {
    assert!(only(&changed("30080", "50080"), "L0913").ends_with("is a dynamic port (49152-65535)"));
    assert!(only(&facts(node(), "dynamicPorts: 30000-32767"), "L0913").contains("30080/TCP of shop/web"));
    let udp = "excludedUdpPorts: [30080-30080]\ndynamicUdpPorts: 30000-32767";
    assert_eq!(lints(&facts(node(), udp), None), []);
    let excluded = "excludedPorts: [40000-40059, 30080-30080]";
    assert!(only(&facts(node(), excluded), "L0914").ends_with("is reserved (30080-30080)"));
}

/// Three load balancers: cluster IP, node port, load balancer address.
#[test]
fn blocks_of_ports_are_counted() {
    let of = |ports: &str| facts(node(), &format!("dynamicPorts: {ports}"));
    assert_eq!(
        only(&of("50000-50127"), "L0915"),
        "3 load balancers without DSR take a block of 64 ports each; the dynamic ports 50000-50127 have 2"
    );
    assert!(only(&of("50000-50191"), "L0916").ends_with("have 3"));
    assert_eq!(codes(&of("50000-50255"), None), BTreeSet::new());
    let reserved = facts(node(), "dynamicPorts: 50000-50255\nexcludedPorts: [50010-50019]");
    assert!(only(&reserved, "L0916").ends_with("have 3 beside a reserved range"));
    let measured = facts(node(), "freePortBlocks: 2");
    assert!(only(&measured, "L0915").ends_with("2 are free now"));
    // With DSR the cluster IP needs none.
    let dsr = facts(node(), "freePortBlocks: 2").flags(|flags| flags.enable_dsr = Some(true));
    assert_eq!(codes(&dsr, None), ["L0916"].into());
}

/// What stands counts, what is direct does not, and what is already measured as taken is not counted twice.
#[test]
fn blocks_of_load_balancers_that_are_there_are_counted() {
    let mut state = network("L2Bridge");
    state.endpoints = vec![endpoint(2, "10.244.3.7")].into();
    let foreign = |number: u8, flags| LoadBalancer {
        id: Some(guid(number)),
        frontend_vips: vec![Address::Ip("10.96.7.7".parse().expect("an address"))],
        endpoints: vec![EndpointRef::Id(guid(2))],
        port_mappings: vec![PortMapping {
            protocol: 6,
            internal_port: 80,
            external_port: u16::from(number),
            ..Default::default()
        }],
        flags,
        ..LoadBalancer::default()
    };
    state.load_balancers =
        vec![foreign(10, LoadBalancerFlags::empty()), foreign(11, LoadBalancerFlags::DSR)].into();
    let found = lints(&facts(node(), "dynamicPorts: 50000-50191"), Some(&state));
    assert!(found[0].message.starts_with("4 load balancers"), "{found:?}");
    assert_eq!(codes(&facts(node(), "freePortBlocks: 4"), Some(&state)), BTreeSet::new());
}

#[test]
fn sizes_and_times_of_large_clusters_are_reported() {
    let endpoints: Vec<String> =
        (0..1025).map(|at| format!("{{addresses: [10.244.{}.{}]}}", 100 + at / 250, 1 + at % 250)).collect();
    let slice = CLUSTER.find("  endpoints: [").expect("a slice");
    let cluster = format!("{}  endpoints: [{}]\n", &CLUSTER[..slice], endpoints.join(", "));
    let found = lints(&Run::of(&cluster).on("win-1"), None);
    let too_many: Vec<&str> =
        found.iter().filter(|of| of.code.id() == "L0917").map(|of| &*of.message).collect();
    assert_eq!(too_many, ["shop/web has 1025 endpoints"]);

    let services: Vec<String> = (0..400)
        .map(|at| {
            format!(
                "{{apiVersion: v1, kind: Service, metadata: {{name: s{at}}}, spec: {{clusterIP: 10.97.{}.{}, \
                 ports: [{{port: 80}}]}}}}\n---\n{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, \
                 metadata: {{name: s{at}-1, labels: {{kubernetes.io/service-name: s{at}}}}}, addressType: IPv4, \
                 ports: [{{port: 80, protocol: TCP}}], endpoints: [{{addresses: [10.244.1.7], nodeName: linux-1}}]}}",
                1 + at / 250,
                at % 250
            )
        })
        .collect();
    let many = Run::of(&services.join("\n---\n")).and("node.yaml", CLUSTER).on("win-1");
    let found = lints(&facts(many, "freePortBlocks: 1000"), None);
    let [time] = found.as_slice() else { panic!("{found:?}") };
    // One remote endpoint for all.
    assert_eq!(
        time.message,
        "404 calls of HNS for 403 new load balancers take 12 seconds or so on Windows Server 2022"
    );
}

#[test]
fn a_gate_of_the_past_ends_kube_proxy() {
    let run = |version: &str| node().gate("LoadBalancerIPMode", true).version(version);
    assert_eq!(codes(&run("1.34"), None), BTreeSet::new());
    assert_eq!(
        only(&run("1.35"), "L0918"),
        "feature gate LoadBalancerIPMode is not known to kube-proxy 1.35 (as 1.35.6)"
    );
}

/// Without a target of Windows there are no findings about Windows.
#[test]
fn a_linux_node_has_its_own_lints_only() {
    let run = changed("30080", "10250").flags(|flags| flags.source_vip = Some("10.244.3.1".to_owned()));
    let compiled = run.compile();
    let context = Context::of(&compiled.rules);
    let situation = Situation {
        cluster: &compiled.cluster,
        gates: &run.gates(),
        context,
        platforms: &[(&Iptables, None)],
    };
    let found: Vec<_> = lint(&situation).iter().map(|lint| lint.code.id()).collect();
    assert_eq!(found, ["L0911"]);
}

#[test]
fn the_command_reports_lints_and_fails_on_them() {
    let shop = fixtures().join("shop/cluster.yaml");
    let check = |arguments: &str| {
        hnsplan("check --node win-1 --network-type L2Bridge --fail-on L0904 -f")
            .arg(&shop)
            .args(arguments)
            .run()
    };
    check("").succeeded();
    let outcome = check("--source-vip 10.244.3.9");
    outcome.failed(1);
    assert!(outcome.stdout.starts_with("L0904 note     the source VIP is not used"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("\non this node: 2 notes\n"), "{}", outcome.stdout);
    let json = check("--source-vip 10.244.3.9 -o json");
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["lints"][0]["code"], "L0904");
    // Both versions are looked at. Without -t they are compared in the rules that the node has.
    for target in [" -t hns", ""] {
        let upgrade = format!("check --node win-1{target} --against 1.36 --kube-proxy-version 1.30 -f");
        let upgrade =
            hnsplan(&upgrade).arg(&shop).args("--feature-gates KubeProxyDrainingTerminatingNodes=true").run();
        assert!(upgrade.stdout.starts_with("L0918"), "{}", upgrade.stdout);
        assert!(upgrade.stdout.contains("\nhns 1.30 and hns 1.36"), "{}", upgrade.stdout);
    }
    let linux = hnsplan("check --node linux-1 --against 1.36 --kube-proxy-version 1.30 -f").arg(&shop).run();
    assert!(linux.stdout.contains("iptables 1.30 and iptables 1.36"), "{}", linux.stdout);
}

#[test]
fn a_wrong_fact_is_reported_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("facts.yaml");
    let text = "apiVersion: hnsplan/v1alpha1\nkind: NodeFacts\nexcludedPorts: [80-90, 7-5]\n";
    std::fs::write(&path, text).expect("a file");
    let outcome = hnsplan("check -f fixtures/shop/cluster.yaml --node win-1 --facts").arg(&path).run();
    let message = outcome.failed(2);
    for told in ["facts.yaml:3:24", "excludedPorts[1]", "found the text \"7-5\"", "error[N0308]"] {
        assert!(message.contains(told), "{told}: {message}");
    }
}

/// What a log collector writes beside its dumps is used as facts, or named; a facts file wins.
#[test]
fn a_folder_of_collected_logs_tells_facts_and_nothing_in_it_is_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(logs.join(name), text).expect("a file");
    for name in ["policy.txt", "endpoint.txt", "network.txt"] {
        write(name, "[]");
    }
    let check = |facts: &str| {
        let command = hnsplan("check -f fixtures/shop/cluster.yaml --node win-1 --network-name cbr0 --dump");
        let outcome = command.arg(&logs).args(facts).run();
        (outcome.stdout.contains("L0914"), outcome.stdout + &outcome.stderr)
    };
    let (is_reserved, text) = check("");
    assert!(!is_reserved && !text.contains("not read"), "{text}");
    write("excludedportrange.txt", "Protocol tcp Port Exclusion Ranges\n\n  30000  32767\n");
    write("vfprules.txt", "ITEM LIST\n");
    let (is_reserved, text) = check("");
    assert!(is_reserved, "{text}");
    assert!(text.contains("excludedportrange.txt") && text.contains("vfprules.txt"), "{text}");
    let facts = folder.path().join("facts.yaml");
    std::fs::write(&facts, "apiVersion: hnsplan/v1alpha1\nkind: NodeFacts\nexcludedPorts: [50000-50059]\n")
        .expect("a file");
    let (is_reserved, text) = check(&format!("--facts {}", facts.display()));
    assert!(!is_reserved, "{text}");
}

/// netsh plans by the same facts.
#[test]
fn the_facts_count_for_netsh_as_well() {
    let codes = |of: &str| -> Vec<&str> {
        let lowered = facts(node(), of).netsh(&hnsplan::platform::netsh::Options::default());
        lowered.diagnostics.iter().map(|found| found.code.id()).collect()
    };
    assert!(codes("dynamicPorts: 30000-32767").contains(&"S0714"));
    assert!(codes("excludedPorts: [30080-30080]").contains(&"S0713"));
    assert!(codes("dynamicPorts: 49152-65535").iter().all(|code| !["S0713", "S0714"].contains(code)));
}
