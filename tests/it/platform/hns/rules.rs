//! Promise: which load balancers a Service gets on Windows, rule by rule: as kube-proxy decides, and as
//! Kubernetes means it with `--semantics kubernetes`. Every loss and oddity is reported.

use std::fmt::Write;

use hnsplan::node::NetworkType;
use hnsplan::platform::hns::model::{Distribution, EndpointRef, LoadBalancer, LoadBalancerFlags};
use hnsplan::platform::hns::{Action, FrontendKey, PlanOptions, Semantics, read};

use crate::support::exe::{Outcome, hnsplan};
use crate::support::manifests::{NODE, endpoint, service, slice};
use crate::support::run::Run;

/// What HNS holds: endpoints of pods of this node, the host's, and the pods of node-b on an overlay.
fn state(network_type: &str) -> String {
    let endpoint = |id: u32, name: &str, addresses: &[&str]| {
        let addresses: Vec<_> = addresses.iter().map(|ip| format!(r#"{{"IpAddress":"{ip}"}}"#)).collect();
        format!(
            r#"{{"ID":"00000000-0000-4000-8000-{id:012}","Name":"{name}","IpConfigurations":[{}],
                "HostComputeNetwork":"00000000-0000-4000-8000-000000000100"}}"#,
            addresses.join(",")
        )
    };
    let endpoints = [
        endpoint(1, "cbr0", &["10.244.0.3"]),
        endpoint(2, "pod-a", &["10.244.0.4", "fd00:244::4"]),
        endpoint(3, "pod-b", &["10.244.0.5"]),
    ];
    format!(
        r#"{{"Networks":[{{"ID":"00000000-0000-4000-8000-000000000100","Name":"net","Type":"{network_type}",
            "Policies":[{{"Type":"RemoteSubnetRoute","Settings":{{"DestinationPrefix":"10.244.1.0/24",
            "ProviderAddress":"192.168.0.3"}}}}]}}],"Endpoints":[{}],"LoadBalancers":[]}}"#,
        endpoints.join(",")
    )
}

fn run(manifests: &[&str]) -> Run {
    Run::of(&format!("{}{NODE}", manifests.concat())).on("node-a").flags(|flags| {
        flags.network_name = Some("net".to_owned());
        flags.hns_version = Some("15.5".to_owned());
        flags.source_vip = Some("10.244.0.2".to_owned());
        flags.host_mac = Some("00:15:5D:0A:0B:0C".to_owned());
    })
}

/// A load balancer in one line: what it answers to, and who gets the connections on which port.
fn line(balancer: &LoadBalancer, names: &dyn Fn(&EndpointRef) -> String) -> String {
    let mapping = balancer.port_mappings[0];
    let mut members: Vec<String> = balancer.endpoints.iter().map(names).collect();
    members.sort();
    let mut line = format!(
        "{} → {} on {}",
        FrontendKey::of(balancer).unwrap(),
        members.join(" "),
        mapping.internal_port
    );
    if balancer.flags.contains(LoadBalancerFlags::DSR) {
        line.push_str(", dsr");
    }
    if !mapping.flags.is_empty() {
        write!(line, ", flags {}", mapping.flags.bits()).expect("a String takes all text");
    }
    if mapping.distribution == Distribution::SOURCE_IP {
        line.push_str(", sticky");
    }
    if let Some(source) = &balancer.source_vip {
        write!(line, ", from {source}").expect("a String takes all text");
    }
    line
}

/// The load balancers of a plan, and the codes of what it has to say.
fn planned(run: &Run, network_type: &str, semantics: Semantics) -> (Vec<String>, Vec<&'static str>) {
    let (state, problems) = read::read(&state(network_type));
    assert!(problems.is_empty(), "{problems:?}");
    let plan = run.compile().hns(Some(&state), semantics, &PlanOptions::default());
    let mut addresses: Vec<_> =
        state.endpoints.iter().map(|endpoint| (endpoint.id.unwrap(), endpoint)).collect();
    addresses.extend(plan.operations.iter().filter_map(|operation| match &operation.action {
        Action::CreateEndpoint(endpoint) => Some((operation.id, &**endpoint)),
        _ => None,
    }));
    let name = |member: &EndpointRef| {
        let id = member.id().expect("a state is known, so ids are");
        let (_, endpoint) = addresses.iter().find(|(known, _)| *known == id).expect("it is there or made");
        endpoint.ip_configurations[0].ip_address.to_string()
    };
    let balancers = plan.operations.iter().filter_map(|operation| match &operation.action {
        Action::CreateLoadBalancer(balancer) => Some(line(balancer, &name)),
        _ => None,
    });
    let balancers = balancers.collect();
    let mut codes: Vec<_> = plan.diagnostics.iter().map(|found| found.code.id()).collect();
    codes.sort_unstable();
    codes.dedup();
    (balancers, codes)
}

#[track_caller]
fn assert_planned(run: &Run, balancers: &[&str], codes: &[&str]) {
    assert_eq!(planned(run, "L2Bridge", Semantics::KubeProxy), (owned(balancers), codes.to_vec()));
}

#[track_caller]
fn assert_kubernetes(run: &Run, balancers: &[&str], codes: &[&str]) {
    assert_eq!(planned(run, "L2Bridge", Semantics::Kubernetes), (owned(balancers), codes.to_vec()));
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(ToString::to_string).collect()
}

const LOCAL: &str = "{addresses: ['10.244.0.4'], nodeName: node-a}";
const REMOTE: &str = "{addresses: ['10.244.1.4'], nodeName: node-b}";

/// `LoadBalancer` at 198.51.100.1 with further fields of its `spec`.
fn load_balancer(spec: &str) -> String {
    let spec =
        format!("type: LoadBalancer, {spec}}}, status: {{loadBalancer: {{ingress: [{{ip: 198.51.100.1}}]}}");
    service("", &spec)
}

#[test]
fn ready_endpoints_of_all_nodes_share_a_cluster_ip() {
    let unready = endpoint("10.244.1.5", "conditions: {ready: false}");
    let manifests = [&service("", ""), &slice("a", &[LOCAL, REMOTE, &unready])];
    assert_planned(
        &run(&manifests.map(String::as_str)),
        &["10.96.0.1:80/TCP → 10.244.0.4 10.244.1.4 on 80"],
        &[],
    );
}

#[test]
fn endpoints_that_end_are_used_for_services_with_a_load_balancer_address_only() {
    let ending = endpoint("10.244.1.4", "conditions: {ready: false, serving: true, terminating: true}");
    let slice = slice("a", &[&ending]);
    let plain = run(&[&service("", ""), &slice]);
    assert_planned(&plain, &[], &["H0611"]);
    assert_kubernetes(&plain, &["10.96.0.1:80/TCP → 10.244.1.4 on 80"], &[]);
    let balanced = run(&[&load_balancer("externalIPs: [192.0.2.1]"), &slice]);
    assert_planned(
        &balanced,
        &["10.96.0.1:80/TCP → 10.244.1.4 on 80", "198.51.100.1:80/TCP → 10.244.1.4 on 80, flags 16"],
        &["H0611"],
    );
    assert_kubernetes(
        &balanced,
        &[
            "10.96.0.1:80/TCP → 10.244.1.4 on 80",
            "192.0.2.1:80/TCP → 10.244.1.4 on 80, flags 16",
            "198.51.100.1:80/TCP → 10.244.1.4 on 80, flags 16",
        ],
        &[],
    );
}

#[test]
fn endpoints_that_are_not_ready_are_used_when_none_serves() {
    let dead = endpoint("10.244.1.4", "conditions: {ready: false, serving: false}");
    let run = run(&[&load_balancer(""), &slice("a", &[&dead])]);
    let lines = ["10.96.0.1:80/TCP → 10.244.1.4 on 80", "198.51.100.1:80/TCP → 10.244.1.4 on 80, flags 16"];
    assert_planned(&run, &lines, &["H0610"]);
    assert_kubernetes(&run, &[], &["H0613"]);
}

#[test]
fn with_the_external_policy_local_only_endpoints_of_this_node_have_to_serve() {
    let dead = endpoint("10.244.1.5", "nodeName: node-b, conditions: {ready: false, serving: false}");
    let run = run(&[&load_balancer("externalTrafficPolicy: Local"), &slice("a", &[REMOTE, &dead])]);
    assert_planned(&run, &["10.96.0.1:80/TCP → 10.244.1.4 10.244.1.5 on 80"], &["H0610", "H0614"]);
    assert_kubernetes(&run, &["10.96.0.1:80/TCP → 10.244.1.4 on 80"], &["H0614"]);
}

#[test]
fn the_external_policy_local_keeps_clients_by_direct_server_return() {
    let spec = "externalTrafficPolicy: Local, externalIPs: [192.0.2.1], ports: [{port: 80, nodePort: 30080}]";
    let manifests = [load_balancer(spec).replace("ports: [{port: 80}], ", ""), slice("a", &[LOCAL, REMOTE])];
    let run = run(&[&manifests[0], &manifests[1]]);
    let lines = [
        "10.96.0.1:80/TCP → 10.244.0.4 10.244.1.4 on 80",
        "node port 30080/TCP → 10.244.0.4 on 80, dsr, flags 18",
        "192.0.2.1:80/TCP → 10.244.0.4 on 80, dsr, flags 16",
        "198.51.100.1:80/TCP → 10.244.0.4 on 80, dsr, flags 16",
    ];
    assert_planned(&run, &lines, &[]);
    assert_kubernetes(&run, &lines, &[]);
    // Without DSR kube-proxy forgets the policy; Kubernetes means it all the same.
    let old = run.flags(|flags| flags.hns_version = Some("10.1".to_owned()));
    let (lines, codes) = planned(&old, "L2Bridge", Semantics::KubeProxy);
    assert!(
        lines.iter().all(|line| line.contains("10.244.0.4 10.244.1.4") && !line.contains("dsr")),
        "{lines:?}"
    );
    assert_eq!(codes, ["H0618"]);
    let (lines, _) = planned(&old, "L2Bridge", Semantics::Kubernetes);
    assert!(lines[1..].iter().all(|line| line.contains("→ 10.244.0.4 on")), "{lines:?}");
}

#[test]
fn the_internal_policy_local_takes_endpoints_of_this_node() {
    let service = service("", "internalTrafficPolicy: Local");
    let with = run(&[&service, &slice("a", &[LOCAL, REMOTE])]);
    assert_planned(&with, &["10.96.0.1:80/TCP → 10.244.0.4 on 80"], &[]);
    let without = run(&[&service, &slice("a", &[REMOTE])]);
    assert_planned(&without, &[], &["H0614"]);
    assert_kubernetes(&without, &[], &["H0613"]);
}

#[test]
fn hints_count_for_kubernetes_only() {
    let hinted = |ip: &str, zone: &str| endpoint(ip, &format!("hints: {{forZones: [{{name: {zone}}}]}}"));
    let slice = slice("a", &[&hinted("10.244.1.4", "z1"), &hinted("10.244.1.5", "z2")]);
    let run = run(&[&service("annotations: {service.kubernetes.io/topology-mode: Auto}", ""), &slice]);
    assert_planned(&run, &["10.96.0.1:80/TCP → 10.244.1.4 10.244.1.5 on 80"], &["H0612"]);
    assert_kubernetes(&run, &["10.96.0.1:80/TCP → 10.244.1.4 on 80"], &[]);
}

#[test]
fn one_port_of_the_pods_serves_all_endpoints() {
    let other = slice("b", &["{addresses: ['10.244.1.9']}", "{addresses: ['10.244.1.8']}"]);
    let manifests = [service("", ""), slice("a", &[REMOTE]), other.replace("port: 80", "port: 8080")];
    let run = run(&[&manifests[0], &manifests[1], &manifests[2]]);
    let all = "10.96.0.1:80/TCP → 10.244.1.4 10.244.1.8 10.244.1.9 on";
    assert_planned(&run, &[&format!("{all} 8080")], &["H0608"]);
    // Up to 1.33 a number in the Service counts, and a name stands for the first endpoint's port.
    assert_planned(&run.clone().version("1.33"), &[&format!("{all} 80")], &["H0608", "H0609"]);
    assert_kubernetes(&run, &["10.96.0.1:80/TCP → 10.244.1.8 10.244.1.9 on 8080"], &["H0608"]);
    let named = manifests[0].replace("{port: 80}", "{port: 80, targetPort: http}");
    let named = self::run(&[&named, &manifests[1], &manifests[2]]);
    assert_planned(&named.version("1.33"), &[&format!("{all} 80")], &["H0608"]);
}

#[test]
fn up_to_1_32_every_family_serves_all_addresses() {
    let spec = "externalIPs: ['2001:db8::1']}, status: {loadBalancer: {ingress: [{ip: 198.51.100.1, ipMode: Proxy}]}";
    let manifests = [service("", &format!("type: LoadBalancer, {spec}")), slice("a", &[REMOTE])];
    let run = run(&[&manifests[0], &manifests[1]]);
    let cluster_ip = "10.96.0.1:80/TCP → 10.244.1.4 on 80";
    assert_planned(
        &run.clone().version("1.32"),
        &[
            cluster_ip,
            "[2001:db8::1]:80/TCP → 10.244.1.4 on 80, flags 16",
            "198.51.100.1:80/TCP → 10.244.1.4 on 80, flags 16",
        ],
        &["H0622"],
    );
    assert_eq!(planned(&run.clone().version("1.32"), "L2Bridge", Semantics::Kubernetes).0, [cluster_ip]);
    assert_planned(&run.version("1.33"), &[cluster_ip], &[]);
}

#[test]
fn up_to_1_32_the_families_share_a_node_port_of_a_dual_stack_pod() {
    let service = "---\n{apiVersion: v1, kind: Service, metadata: {name: web, namespace: default}, spec: {type: NodePort, \
         clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, 'fd00:96::1'], ipFamilies: [IPv4, IPv6], ports: [{port: 80, nodePort: 30080}]}}\n";
    let ipv6 = slice("b", &["{addresses: ['fd00:244::4'], nodeName: node-a}"]).replace("IPv4", "IPv6");
    let run = run(&[service, &slice("a", &[LOCAL]), &ipv6]);
    let lines = [
        "10.96.0.1:80/TCP → 10.244.0.4 on 80",
        "node port 30080/TCP → 10.244.0.4 on 80, flags 18",
        "[fd00:96::1]:80/TCP → 10.244.0.4 on 80",
    ];
    assert_planned(&run.clone().version("1.32"), &lines, &["H0623"]);
    let ipv6_node_port = "node port 30080/TCP (IPv6) → 10.244.0.4 on 80, flags 18";
    assert_planned(&run.clone().version("1.33"), &[&lines[..], &[ipv6_node_port]].concat(), &[]);
    // HNS before 11.10 and overlay networks have one family.
    let old = run.flags(|flags| flags.hns_version = Some("11.9".to_owned()));
    assert_eq!(planned(&old, "L2Bridge", Semantics::KubeProxy).1, ["H0605"]);
}

#[test]
fn preserve_destination_keeps_connections_on_this_node() {
    let manifests = [
        load_balancer("").replace(
            "namespace: default, ",
            "namespace: default, annotations: {preserve-destination: 'true'}",
        ),
        slice("a", &[LOCAL, REMOTE]),
    ];
    let run = run(&[&manifests[0], &manifests[1]]);
    assert_planned(
        &run,
        &[
            "10.96.0.1:80/TCP → 10.244.0.4 10.244.1.4 on 80",
            "198.51.100.1:80/TCP → 10.244.0.4 on 80, dsr, flags 28",
        ],
        &[],
    );
    let old = run.flags(|flags| flags.hns_version = Some("9.2".to_owned()));
    let (lines, _) = planned(&old, "L2Bridge", Semantics::KubeProxy);
    assert_eq!(lines[1], "198.51.100.1:80/TCP → 10.244.0.4 10.244.1.4 on 80, flags 16");
}

#[test]
fn affinity_has_no_end_and_needs_a_new_hns() {
    let manifests = [service("", "sessionAffinity: ClientIP"), slice("a", &[REMOTE])];
    let run = run(&[&manifests[0], &manifests[1]]);
    let line = "10.96.0.1:80/TCP → 10.244.1.4 on 80, sticky";
    assert_planned(&run, &[line], &["H0616"]);
    assert_planned(&run.flags(|flags| flags.hns_version = Some("11.10".to_owned())), &[line], &["H0617"]);
}

#[test]
fn what_hns_cannot_do_is_reported() {
    let ranges = load_balancer("loadBalancerSourceRanges: [203.0.113.0/24]");
    let ranges = run(&[&ranges, &slice("a", &[REMOTE])]);
    assert_eq!(planned(&ranges, "L2Bridge", Semantics::KubeProxy).1, ["H0615"]);
    let sctp = service("", "").replace("{port: 80}", "{port: 80, protocol: SCTP}");
    let sctp_slice = slice("a", &[REMOTE]).replace("port: 80", "port: 80, protocol: SCTP");
    assert_planned(&run(&[&sctp, &sctp_slice]), &["10.96.0.1:80/SCTP → 10.244.1.4 on 80"], &["H0619"]);
    assert_planned(&run(&[&service("", "")]), &[], &["H0613"]);
}

#[test]
fn a_pod_that_hns_does_not_know_is_passed_over() {
    let unknown = endpoint("10.244.0.77", "nodeName: node-a");
    let manifests = [service("", ""), slice("a", &[LOCAL, &unknown])];
    let run = run(&[&manifests[0], &manifests[1]]);
    assert_planned(&run, &["10.96.0.1:80/TCP → 10.244.0.4 on 80"], &["H0607"]);
    // Its port counts all the same, as it was chosen before HNS was read.
    let manifests =
        [service("", ""), slice("a", &[LOCAL]), slice("b", &[&unknown]).replace("port: 80", "port: 81")];
    let run = self::run(&[&manifests[0], &manifests[1], &manifests[2]]);
    assert_planned(&run, &["10.96.0.1:80/TCP → 10.244.0.4 on 81"], &["H0607", "H0608"]);
}

#[test]
fn of_two_services_with_one_address_the_first_gets_the_load_balancer() {
    let web = service("", "externalIPs: [192.0.2.1]");
    let other = web.replace("name: web", "name: zoo").replace("10.96.0.1", "10.96.0.2");
    let slices =
        [slice("a", &[REMOTE]), slice("b", &[LOCAL]).replace("service-name: web", "service-name: zoo")];
    let run = run(&[&web, &other, &slices[0], &slices[1]]);
    let (lines, codes) = planned(&run, "L2Bridge", Semantics::KubeProxy);
    assert_eq!(
        lines,
        [
            "10.96.0.1:80/TCP → 10.244.1.4 on 80",
            "192.0.2.1:80/TCP → 10.244.1.4 on 80, flags 16",
            "10.96.0.2:80/TCP → 10.244.0.4 on 80",
        ]
    );
    assert_eq!(codes, ["H0625"]);
    // With the same endpoints it is the same load balancer.
    let shared = slices[0].replace("service-name: web", "service-name: zoo").replace("name: a,", "name: c,");
    let run = self::run(&[&web, &other, &slices[0], &shared]);
    assert_eq!(planned(&run, "L2Bridge", Semantics::KubeProxy).1, ["H0624"]);
}

#[test]
fn health_checks_lead_to_the_endpoint_of_the_host() {
    let manifests =
        [load_balancer("externalTrafficPolicy: Local, healthCheckNodePort: 31234"), slice("a", &[LOCAL])];
    let checked =
        run(&[&manifests[0], &manifests[1]]).flags(|flags| flags.forward_health_check_vip = Some(true));
    let (lines, codes) = planned(&checked, "L2Bridge", Semantics::KubeProxy);
    assert_eq!(lines[2], "198.51.100.1:31234/TCP → 10.244.0.3 on 31234");
    assert!(codes.is_empty(), "{codes:?}");
    let renamed = checked.flags(|flags| flags.root_endpoint_name = Some("eth0".to_owned()));
    let (lines, codes) = planned(&renamed, "L2Bridge", Semantics::KubeProxy);
    assert_eq!((lines.len(), codes), (2, vec!["H0621"]));
}

#[test]
fn on_an_overlay_the_source_address_depends_on_where_endpoints_are() {
    let overlay = |endpoints: &[&str]| {
        let manifests = [service("", ""), slice("a", endpoints)];
        planned(&run(&[&manifests[0], &manifests[1]]), "Overlay", Semantics::KubeProxy)
    };
    let pods = overlay(&[LOCAL, REMOTE]);
    assert_eq!(pods.0, ["10.96.0.1:80/TCP → 10.244.0.4 10.244.1.4 on 80, from 10.244.0.2"]);
    let node = overlay(&[REMOTE, "{addresses: ['192.168.0.3'], nodeName: node-b}"]);
    assert_eq!(node.0, ["10.96.0.1:80/TCP → 10.244.1.4 192.168.0.3 on 80, from 192.168.0.2"]);
    let public = overlay(&["{addresses: ['203.0.113.5']}"]);
    assert_eq!(public.0, ["10.96.0.1:80/TCP → 203.0.113.5 on 80, from 192.168.0.2"]);
    assert_eq!((pods.1, node.1, public.1), (vec![], vec![], vec!["H0620"]));
}

#[test]
fn settings_with_which_kube_proxy_does_not_start_are_errors() {
    let base = || run(&[&service("", "")]);
    let codes = |run: &Run, network_type| planned(run, network_type, Semantics::KubeProxy).1;
    let none = vec!["H0613"];
    let wrong = vec!["H0601", "H0613"];
    let dsr = base().flags(|flags| flags.enable_dsr = Some(true));
    assert_eq!(codes(&dsr.clone().version("1.33"), "L2Bridge"), none);
    assert_eq!(codes(&dsr.clone().version("1.32"), "L2Bridge"), wrong, "WinDSR is off");
    assert_eq!(codes(&dsr.clone().version("1.32").gate("WinDSR", true), "L2Bridge"), none);
    assert_eq!(codes(&dsr.flags(|flags| flags.hns_version = Some("10.1".to_owned())), "L2Bridge"), wrong);
    assert_eq!(codes(&base().flags(|flags| flags.hns_version = Some("9.1".to_owned())), "L2Bridge"), wrong);
    assert_eq!(codes(&base(), "Overlay"), none);
    assert_eq!(codes(&base().version("1.33").gate("WinOverlay", false), "Overlay"), wrong);
    assert_eq!(codes(&base().flags(|flags| flags.source_vip = None), "Overlay"), wrong);
    assert_eq!(codes(&base().flags(|flags| flags.host_mac = None), "Overlay"), wrong);
    assert_eq!(
        codes(&base().flags(|flags| flags.network_name = Some("other".to_owned())), "L2Bridge")[0],
        "H0602"
    );
}

#[test]
fn without_a_dump_local_endpoints_are_named_and_remote_subnets_come_from_nodes() {
    let node_b = "---\n{apiVersion: v1, kind: Node, metadata: {name: node-b}, spec: {podCIDR: 10.244.1.0/24}, \
         status: {addresses: [{type: InternalIP, address: 192.168.0.3}]}}\n";
    let own = endpoint("192.168.0.2", "nodeName: node-a");
    let manifests = [service("", ""), slice("a", &[LOCAL, REMOTE, &own])];
    let run = run(&[&manifests[0], &manifests[1], node_b])
        .flags(|flags| flags.network_type = Some(NetworkType::Overlay));
    let compiled = run.compile();
    let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
    let text = plan.to_json(&compiled.rules).to_string();
    assert!(text.contains(r#""HostComputeEndpoints":["local:10.244.0.4","#), "{text}");
    assert!(
        !text.contains("local:192.168.0.2"),
        "a pod with the node's own network has no endpoint:\n{text}"
    );
    assert!(text.contains(r#""HostComputeNetwork":"network:net""#), "{text}");
    assert!(text.contains(r#""ProviderAddress":"192.168.0.3""#), "{text}");
    assert!(text.contains(r#""MacAddress":"00:15:5d:0a:0b:0c""#), "{text}");
    let codes: Vec<_> = plan.diagnostics.iter().map(|found| found.code.id()).collect();
    assert_eq!(codes, ["H0604", "H0603", "H0607"]);
}

#[test]
fn a_service_with_the_headless_label_gets_its_endpoint_on_an_overlay_since_1_36() {
    let manifests = [service("labels: {service.kubernetes.io/headless: ''}", "")];
    let endpoints = |version: &str| {
        let (state, _) = read::read(&state("Overlay"));
        let plan = run(&[&manifests[0]]).version(version).compile().hns(
            Some(&state),
            Semantics::KubeProxy,
            &PlanOptions::default(),
        );
        plan.operations.len()
    };
    assert_eq!((endpoints("1.35"), endpoints("1.36")), (1, 2), "the source VIP, and the cluster IP");
}

/// `--what-if windows-hints`: the pull request's choice of endpoints, for each policy, in what every command prints.
#[test]
fn hints_count_on_windows_if_they_are_made_to() {
    let hinted = |ip: &str, zone: &str| endpoint(ip, &format!("hints: {{forZones: [{{name: {zone}}}]}}"));
    let slice = slice("a", &[&hinted("10.244.1.4", "z1"), &hinted("10.244.1.5", "z2")]);
    let run = run(&[&service("annotations: {service.kubernetes.io/topology-mode: Auto}", ""), &slice]);
    assert_eq!(
        planned(&run, "L2Bridge", Semantics::WithHints),
        (vec!["10.96.0.1:80/TCP → 10.244.1.4 on 80".to_owned()], vec!["H0647"])
    );
    // Without hints nothing else changes.
    let plain = self::slice("a", &[REMOTE, LOCAL]);
    for spec in ["", "type: NodePort", "internalTrafficPolicy: Local"] {
        let run = self::run(&[&service("", spec), &plain]);
        let (wanted, codes) = planned(&run, "L2Bridge", Semantics::KubeProxy);
        let (lines, mut others) = planned(&run, "L2Bridge", Semantics::WithHints);
        others.retain(|code| *code != "H0647");
        assert_eq!((lines, others), (wanted, codes), "{spec}");
    }
}

/// The catalog of the shop has hints for zones: the node in zone a meets its own endpoints only, as a node with Linux does.
#[test]
fn every_command_shows_what_hints_would_change() {
    let shop = |command: &str, more: &str| {
        let text = format!(
            "{command} -f fixtures/shop/cluster.yaml --node win-1 --facts fixtures/shop/facts.yaml {more}"
        );
        hnsplan(&text).run()
    };
    for (command, more) in [
        ("compile -t hns", ""),
        ("check -t iptables,hns", ""),
        ("trace -t hns", "--from pod --to shop/catalog"),
        ("diff iptables hns", ""),
    ] {
        let [usual, hinted] =
            ["", "--what-if windows-hints"].map(|flag| shop(command, &format!("{more} {flag} -v")));
        assert_ne!(usual.stdout, hinted.stdout, "{command}");
        let says = |of: &Outcome, code: &str| of.stderr.contains(code) || of.stdout.contains(code);
        assert!(says(&hinted, "H0647") && !says(&usual, "H0647"), "{command}: {}", hinted.stderr);
    }
    let differs = |flag: &str| shop("check -t iptables,hns", flag).stdout.contains("D0806");
    assert!(differs("") && !differs("--what-if windows-hints"));
    let refused = |command: &str, more: &str| {
        shop(command, &format!("{more} --what-if windows-hints")).failed(2).to_owned()
    };
    for (command, more) in [
        ("compile -t iptables", ""),
        ("compile -t ir", ""),
        ("check -t iptables,netsh", ""),
        ("trace -t iptables", "--from pod --to shop/catalog"),
        ("graph -t nftables", ""),
        ("diff iptables nftables", ""),
        ("diff iptables fixtures/iptables-save/051-dualstack.1.36.ipv6.nft-1.8.9.save", ""),
    ] {
        let error = refused(command, more);
        assert!(
            error.contains("--what-if windows-hints: it is about hns only; add hns to -t"),
            "{command}: {error}"
        );
    }
    assert!(refused("compile -t hns", "--semantics kubernetes").contains("cannot be used with"));
    let planned = shop("plan -t hns", "--what-if windows-hints --dump fixtures/shop/win-1.json");
    assert!(planned.failed(2).contains("a node must not get it"), "{}", planned.stderr);
}
