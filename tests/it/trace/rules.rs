//! Promise: the verdicts for HNS and netsh follow from their objects, in every recorded case, and undocumented
//! behaviour is undecided.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::support::models::WithModels;
use hnsplan::answer::verdict::{Confidence, Fate, SourceAddress};
use hnsplan::ir::ServicePort;
use hnsplan::net::{Family, Protocol};
use hnsplan::platform::Context;
use hnsplan::platform::hns::eval::Evaluator;
use hnsplan::platform::hns::model::{Address, LoadBalancer, State, protocol_number};
use hnsplan::platform::hns::{PlanOptions, Semantics, read};
use hnsplan::platform::netsh::model::{Host as Target, Listen, Object, PortProxy};
use hnsplan::platform::netsh::{self, Mode, Options};
use hnsplan::trace::{ClientKind, Clients, Conclusion, Matrix, Models, Summary};

use crate::support::case::{Case, VERSIONS};
use crate::support::packets::{NODE, POD, host};
use crate::support::run::Run;

fn balancer_of<'s>(state: &'s State, port: &ServicePort, to: SocketAddr) -> Vec<&'s LoadBalancer> {
    let is_it = |balancer: &&LoadBalancer| {
        balancer.frontend_vips.first() == Some(&Address::Ip(to.ip()))
            && balancer
                .port_mappings
                .iter()
                .any(|of| of.protocol == protocol_number(port.protocol) && of.external_port == to.port())
    };
    state.load_balancers.iter().filter(is_it).collect()
}

fn members(state: &State, balancer: &LoadBalancer, family: Family) -> BTreeSet<SocketAddr> {
    let internal = balancer.port_mappings[0].internal_port;
    let endpoints = balancer
        .endpoints
        .iter()
        .filter_map(|member| state.endpoints.iter().find(|endpoint| endpoint.id == member.id()));
    endpoints
        .flat_map(|endpoint| endpoint.addresses().filter_map(Address::ip))
        .filter(|ip| Family::of(*ip) == family)
        .map(|ip| SocketAddr::new(ip, internal))
        .collect()
}

/// In every recorded case, a pod's packet to a cluster IP may reach exactly the members of its load
/// balancer, and without one it is nobody's.
#[test]
fn packets_to_cluster_ips_reach_the_members_of_the_load_balancer() {
    let (host, mut reached, mut unhandled, mut open) = (host(), 0, 0, BTreeSet::new());
    for case in Case::all() {
        for (version, network_type) in VERSIONS.into_iter().flat_map(|v| [(v, "l2bridge"), (v, "overlay")]) {
            let Some(before) = case.read(&format!("hns.{network_type}.before.json")) else { continue };
            let what = format!("{} {version} {network_type}", case.name);
            let compiled = case.compiled(version, false);
            let (state, _) = read::read(&before);
            let plan = compiled.hns(Some(&state), Semantics::KubeProxy, &PlanOptions::default());
            let after = plan.after(&compiled.rules, Some(&state));
            assert!(after.refused.is_empty(), "{what}: {:?}", after.refused);
            let evaluator = Evaluator::new(&after.state, &host);
            for port in &compiled.rules.services {
                let frontend = port.cluster_ip();
                let to = SocketAddr::new(frontend.address.expect("a cluster IP"), frontend.port);
                let packet = POD.packet(port.protocol, to).expect("the pod has both families");
                let verdict = evaluator.verdict(&packet);
                let balancers = balancer_of(&after.state, port, to);
                let [balancer] = &*balancers else {
                    assert!(balancers.is_empty(), "{what}: {to}");
                    assert!(matches!(verdict.outcomes()[0].fate, Fate::Unhandled(_)), "{what}: {to}");
                    unhandled += 1;
                    continue;
                };
                let questions = Summary::of(&verdict).grounds;
                let questions = questions.iter().filter(|ground| ground.confidence == Confidence::Open);
                open.extend(questions.map(|ground| (ground.id, case.name.clone())));
                if verdict.undecided().next().is_some() {
                    continue;
                }
                let endpoints: BTreeSet<SocketAddr> = verdict.endpoints().collect();
                assert_eq!(endpoints, members(&after.state, balancer, port.family), "{what}: {to}");
                reached += 1;
            }
        }
    }
    assert!(reached > 300 && unhandled > 20, "{reached} reached, {unhandled} unhandled");
    let open: Vec<String> = open.into_iter().map(|(id, case)| format!("{id} {case}")).collect();
    // A member without provider address or with one in an unusual spelling, and SCTP.
    let wanted = [
        "H23 104-win-restart-existing",
        "H23 115-wrong-family-in-slice",
        "H23 116-sloppy-ips",
        "H28 007-sctp",
        "H28 r11-services60",
    ];
    assert_eq!(open, wanted, "only these depend on what nobody knows");
}

/// Without a dump, local pods are taken to have endpoints, and the plan is carried out all the same.
#[test]
fn a_plan_without_a_dump_leads_to_the_same_endpoints() {
    let mut checked = 0;
    for case in Case::all() {
        let Some(before) = case.read("hns.l2bridge.before.json") else { continue };
        let compiled = case.compiled("1.36", false);
        let (state, _) = read::read(&before);
        let endpoints = |state: Option<&State>| {
            let plan = compiled.hns(state, Semantics::KubeProxy, &PlanOptions::default());
            let after = plan.after(&compiled.rules, state);
            assert!(after.refused.is_empty(), "{}: {:?}", case.name, after.refused);
            let host = host();
            let evaluator = Evaluator::new(&after.state, &host);
            let ports = compiled.rules.services.iter();
            ports
                .map(|port| {
                    let frontend = port.cluster_ip();
                    let to = SocketAddr::new(frontend.address.expect("a cluster IP"), frontend.port);
                    let packet = POD.packet(port.protocol, to).expect("the pod has both families");
                    evaluator.verdict(&packet).endpoints().collect::<BTreeSet<_>>()
                })
                .collect::<Vec<_>>()
        };
        if MISSING.contains(&case.name.as_str()) {
            continue;
        }
        assert_eq!(endpoints(None), endpoints(Some(&state)), "{}", case.name);
        checked += 1;
    }
    assert!(checked > 50, "only {checked} cases");
}

/// Cases in which HNS holds something else than the endpoints of all local pods, and one that does not tell the flags of
/// a load balancer.
const MISSING: [&str; 3] = ["102-win-local-endpoint-missing", "104-win-restart-existing", "116-sloppy-ips"];

#[test]
fn iptables_and_hns_agree_where_kube_proxy_does_the_same() {
    let compiled = Run::of(
        "
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Node, metadata: {name: n}, spec: {podCIDR: 10.244.1.0/24},
   status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}}
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: shop}
  spec: {type: NodePort, clusterIP: 10.96.0.10, ports: [{port: 80, nodePort: 30080, targetPort: 8080}]}
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
  addressType: IPv4
  ports: [{port: 8080, protocol: TCP}]
  endpoints:
  - {addresses: [10.244.1.5], nodeName: n, conditions: {ready: true}}
  - {addresses: [10.244.2.5], nodeName: m, conditions: {ready: true}}
",
    )
    .on("n")
    .compile();
    let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
    let models = Models::new(Context::of(&compiled.rules)).iptables().hns(&plan, None);
    let (targets, clients) = (models.targets(), Clients::of(&compiled.cluster, &compiled.rules));
    let matrix = Matrix::of_all(&compiled.rules, &clients, &targets);
    assert_eq!(matrix.rows.len(), 2);
    let cell = |row: usize, kind: ClientKind| -> [&Summary; 2] {
        let cell = matrix.rows[row].cells[kind as usize].as_ref().expect("it has a verdict");
        [&cell.answers[0], &cell.answers[1]]
    };
    for (row, kind) in [
        (0, ClientKind::LocalPod),
        (1, ClientKind::LocalPod),
        (1, ClientKind::RemotePod),
        (1, ClientKind::Outside),
    ] {
        let [iptables, hns] = cell(row, kind);
        assert_eq!(iptables.conclusion, Conclusion::Delivered, "{row} {kind:?}");
        assert_eq!(iptables.conclusion, hns.conclusion, "{row} {kind:?}");
        assert_eq!(iptables.endpoints, hns.endpoints, "{row} {kind:?}");
        assert_eq!(hns.endpoints.len(), 2, "{row} {kind:?}");
    }
    // A documented limit of Windows.
    let [iptables, hns] = cell(1, ClientKind::Localhost);
    assert_eq!((iptables.conclusion, hns.conclusion), (Conclusion::Delivered, Conclusion::Unhandled));
    assert!(matrix.rows[0].cells[ClientKind::Localhost as usize].is_none());
}

fn listeners(plan: &netsh::Plan) -> impl Iterator<Item = &PortProxy> {
    plan.objects.iter().filter_map(|planned| match &planned.object {
        Object::PortProxy(proxy) => Some(proxy),
        _ => None,
    })
}

/// The node itself passes no firewall, so each listener on a Service's address gets its connections.
#[test]
fn every_listener_of_netsh_relays_to_its_endpoint() {
    let mut checked = 0;
    for case in Case::all() {
        let compiled = case.compiled("1.36", false);
        let lowered = compiled.netsh(&Options::default());
        let evaluator = netsh::Evaluator::new(&lowered.plan);
        for proxy in listeners(&lowered.plan) {
            let (Listen::Ip(ip), Target::Ip(to)) = (&proxy.listener.address, &proxy.connect.host) else {
                continue;
            };
            let destination = SocketAddr::new(*ip, proxy.listener.port);
            let packet = NODE.packet(Protocol::Tcp, destination).expect("the node has both families");
            let verdict = evaluator.verdict(&packet);
            let endpoint = SocketAddr::new(*to, proxy.connect.port);
            assert_eq!(verdict.endpoints().collect::<Vec<_>>(), [endpoint], "{}: {destination}", case.name);
            let summary = Summary::of(&verdict);
            assert_eq!(summary.sources, BTreeSet::from([SourceAddress::Masqueraded]));
            checked += 1;
        }
    }
    assert!(checked > 50, "only {checked} listeners");
}

#[test]
fn netsh_leaves_undecided_what_windows_or_a_process_decides() {
    let compiled = Case::named("075-kube-dns").run("1.36", false).compile();
    let dns = |port: &&ServicePort| port.protocol == Protocol::Udp;
    let frontend = compiled.rules.services.iter().find(dns).expect("DNS").cluster_ip();
    let to = SocketAddr::new(frontend.address.expect("a cluster IP"), frontend.port);
    // The node itself, which passes no firewall.
    let ask = |mode, protocol| {
        let lowered = compiled.netsh(&Options { mode, ..Options::default() });
        let packet = NODE.packet(protocol, to).expect("an address");
        Summary::of(&netsh::Evaluator::new(&lowered.plan).verdict(&packet))
    };
    assert_eq!(ask(Mode::Portproxy, Protocol::Tcp).conclusion, Conclusion::Delivered);
    for (mode, protocol, why) in [
        (Mode::Portproxy, Protocol::Udp, "no listener for the port"),
        (Mode::LegacyAddresses, Protocol::Tcp, "no listener for the port"),
        (Mode::LegacyPortproxy, Protocol::Tcp, "a process of the node"),
    ] {
        let summary = ask(mode, protocol);
        assert_eq!(summary.conclusion, Conclusion::Undecided, "{mode:?} {protocol}");
        assert!(summary.undecided.iter().any(|reason| reason.contains(why)), "{:?}", summary.undecided);
    }
}

#[test]
fn the_client_of_a_kind_is_no_endpoint_while_there_are_other_addresses() {
    let compiled = Run::of(
        "
{apiVersion: v1, kind: Node, metadata: {name: n}, spec: {podCIDR: 10.244.1.0/24}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.244.1.254], nodeName: n}, {addresses: [10.244.2.5], nodeName: m}]
",
    )
    .on("n")
    .compile();
    let clients = Clients::of(&compiled.cluster, &compiled.rules);
    let ip = |kind| clients.any(kind, Family::Ipv4).map(|client| client.ip.to_string());
    assert_eq!(ip(ClientKind::LocalPod).as_deref(), Some("10.244.1.253"));
    // Of other nodes no network is known, so an endpoint has to do.
    assert_eq!(ip(ClientKind::RemotePod).as_deref(), Some("10.244.2.5"));
    assert_eq!(ip(ClientKind::Node), None);
    assert_eq!(clients.any(ClientKind::RemotePod, Family::Ipv6), None);
}
