//! Promise: a node has all addresses that the input tells, not only the first; where an address may be one of them and
//! the answer depends on it, nothing is claimed; and what kube-proxy answers itself is answered.

use hnsplan::platform::Context;
use hnsplan::platform::hns::{PlanOptions, Semantics};
use hnsplan::trace::{Conclusion, Models, Summary, Traced};
use proptest::prelude::*;

use crate::support::models::WithModels;
use crate::support::run::Run;

/// A Service with a node port, a load balancer address and a health check port in both families, with an endpoint on
/// the node; and a node with these internal addresses.
fn manifest(internal: &[&str]) -> String {
    let addresses: Vec<String> =
        internal.iter().map(|ip| format!("{{type: InternalIP, address: '{ip}'}}")).collect();
    format!(
        "apiVersion: v1
kind: Node
metadata: {{name: n1}}
spec: {{podCIDRs: [10.244.1.0/24, 'fd00:244:1::/64']}}
status: {{addresses: [{}, {{type: ExternalIP, address: 203.0.113.80}}]}}
---
apiVersion: v1
kind: Node
metadata: {{name: n2}}
spec: {{podCIDRs: [10.244.2.0/24, 'fd00:244:2::/64']}}
status: {{addresses: [{{type: InternalIP, address: 192.168.0.90}}, {{type: InternalIP, address: 'fd00:1::90'}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec:
  type: LoadBalancer
  ipFamilies: [IPv4, IPv6]
  ipFamilyPolicy: RequireDualStack
  clusterIP: 10.96.0.20
  clusterIPs: [10.96.0.20, 'fd00:96::20']
  externalTrafficPolicy: Local
  healthCheckNodePort: 32000
  ports: [{{port: 80, targetPort: 8080, nodePort: 30080}}]
status: {{loadBalancer: {{ingress: [{{ip: 198.51.100.7}}]}}}}
---
{}---
{}",
        addresses.join(", "),
        slice("web-4", "IPv4", "10.244.1.5"),
        slice("web-6", "IPv6", "fd00:244:1::5"),
    )
}

fn slice(name: &str, type_: &str, ip: &str) -> String {
    format!(
        "apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}, namespace: shop, labels: {{kubernetes.io/service-name: web}}}}
addressType: {type_}
ports: [{{port: 8080}}]
endpoints: [{{addresses: ['{ip}'], nodeName: n1}}]
"
    )
}

fn run(internal: &[&str], interfaces: Option<&[&str]>) -> Run {
    let run = Run::of(&manifest(internal)).on("n1");
    let Some(interfaces) = interfaces else { return run };
    let listed: Vec<String> = interfaces.iter().map(|ip| (*ip).to_owned()).collect();
    run.flags(|flags| flags.interface_addresses = Some(listed))
}

/// What iptables and HNS do with a packet.
fn answers(run: &Run, from: &str, to: &str) -> [Conclusion; 2] {
    let compiled = run.compile();
    let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
    let models = Models::new(Context::of(&compiled.rules)).iptables().hns(&plan, None);
    let traced = Traced::of([from, to], None, &compiled.cluster, &compiled.rules, &models.targets())
        .unwrap_or_else(|error| panic!("{from} to {to}: {error}"));
    let conclusions: Vec<_> =
        traced.answers.iter().map(|answer| Summary::of(&answer.verdict).conclusion).collect();
    [conclusions[0], conclusions[1]]
}

fn at(ip: &str, port: u16) -> String {
    if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
}

fn outside(ip: &str) -> &'static str {
    if ip.contains(':') { "external:2001:db8:5::9" } else { "external:203.0.113.9" }
}

const INTERNAL: [&str; 4] = ["192.168.0.2", "192.168.1.2", "fd00:1::2", "fd00:2::2"];
const MORE: [&str; 2] = ["172.17.0.1", "fd00:17::1"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Each address that the input tells serves node ports and health checks, in any order and of any number.
    #[test]
    fn every_known_address_is_local(
        mut internal in prop::sample::subsequence(&INTERNAL[..], 1..=4).prop_shuffle(), listed: bool, asked: prop::sample::Index,
    ) {
        // kube-proxy needs an address of each family, or serves loopback ones.
        internal.extend(["192.168.9.9", "fd00:9::9"]);
        let interfaces: Vec<&str> = MORE.into_iter().chain(["192.168.9.9"]).collect();
        let run = run(&internal, listed.then_some(&*interfaces));
        let known: Vec<&str> = internal.iter().copied().chain(MORE.into_iter().filter(|_| listed)).collect();
        let ip = known[asked.index(known.len())];
        let served = answers(&run, outside(ip), &at(ip, 30080));
        prop_assert_eq!(served, [Conclusion::Delivered; 2], "{} of {:?}", ip, known);
        prop_assert_eq!(answers(&run, outside(ip), &at(ip, 32000)), [Conclusion::Answered; 2], "{}", ip);
        // A packet from it is the node's own, which reaches a Service as the node does.
        let cluster_ip = if ip.contains(':') { "fd00:96::20" } else { "10.96.0.20" };
        let first = *internal.iter().find(|of| of.contains(':') == ip.contains(':')).unwrap();
        let same = answers(&run, &format!("node:{first}"), &at(cluster_ip, 80));
        prop_assert_eq!(answers(&run, ip, &at(cluster_ip, 80)), same, "{}", ip);
    }

    /// Of an address that nobody is known to have, nothing is claimed where it matters, unless all are listed.
    #[test]
    fn an_unknown_address_is_undecided_where_it_matters(
        ip in prop::sample::select(vec!["172.17.0.1", "192.168.77.7", "203.0.113.80", "198.51.100.7", "10.244.1.1", "fd00:17::1"]),
        listed: bool, port in prop::sample::select(vec![30080u16, 32000, 4444]),
    ) {
        let interfaces = ["192.168.0.2", "fd00:1::2"];
        let run = run(&interfaces, listed.then_some(&interfaces));
        // Health checks of a load balancer's address are the provider's.
        let is_provider = ip == "198.51.100.7" && port == 32000;
        let expected = if listed || port == 4444 || is_provider { Conclusion::Unhandled } else { Conclusion::Undecided };
        prop_assert_eq!(answers(&run, outside(ip), &at(ip, port)), [expected; 2], "{} {}", ip, port);
    }

    /// Endpoints, cluster IPs, other nodes and their pods are certainly elsewhere.
    #[test]
    fn addresses_of_others_are_not_the_nodes(
        ip in prop::sample::select(vec!["10.244.1.5", "10.244.2.77", "192.168.0.90", "fd00:1::90", "fd00:244:2::1", "10.96.0.20"]),
        port in prop::sample::select(vec![30080u16, 32000]),
    ) {
        let run = run(&["192.168.0.2", "fd00:1::2"], None);
        prop_assert_eq!(answers(&run, outside(ip), &at(ip, port)), [Conclusion::Unhandled; 2], "{} {}", ip, port);
    }
}

#[test]
fn kube_proxy_answers_health_checks_where_it_listens_and_nowhere_else() {
    let plain = run(&["192.168.0.2", "192.168.1.2", "fd00:1::2"], None);
    for from in ["external", "node", "remote-pod"] {
        assert_eq!(answers(&plain, from, "node:32000"), [Conclusion::Answered; 2], "{from}");
        assert_eq!(answers(&plain, from, "node:10256"), [Conclusion::Answered; 2], "{from}");
    }
    for to in ["node:32001", "node:32000/UDP"] {
        assert_eq!(answers(&plain, "external", to), [Conclusion::Unhandled; 2], "{to}");
    }
    let chosen =
        plain.clone().flags(|flags| flags.node_port_addresses = Some(vec!["192.168.1.0/24".to_owned()]));
    assert_eq!(answers(&chosen, "external", "192.168.1.2:32000")[0], Conclusion::Answered);
    assert_eq!(answers(&chosen, "external", "192.168.0.2:32000")[0], Conclusion::Unhandled);
    let bound = plain.config(
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nhealthzBindAddress: 127.0.0.1:10300\n",
    );
    assert_eq!(answers(&bound, "localhost", "127.0.0.1:10300")[0], Conclusion::Answered);
    assert_eq!(answers(&bound, "external", "192.168.0.2:10300")[0], Conclusion::Unhandled);
    assert_eq!(answers(&bound, "external", "192.168.0.2:10256")[0], Conclusion::Unhandled);
}
