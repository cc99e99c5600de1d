//! Promise: for each known difference between kube-proxy on Windows and on Linux, `hnsplan check` has a code
//! and finds it; where rules cannot show a difference, the table has the reason.

use std::collections::BTreeSet;

use crate::support::models::WithModels;
use hnsplan::check;
use hnsplan::diagnostics::Code;
use hnsplan::node::NetworkType;
use hnsplan::pipeline::Compiled;
use hnsplan::platform::Context;
use hnsplan::platform::hns::model::State;
use hnsplan::platform::hns::{self, PlanOptions, Semantics, read};
use hnsplan::platform::netsh;
use hnsplan::trace::Models;

use crate::check::command::{codes, compared};
use crate::support::case::Case;
use crate::support::exe::hnsplan;
use crate::support::run::Run;

/// A Service of pods with port 8080.
pub(crate) fn web(spec: &str, status: &str, endpoints: &str) -> Compiled {
    run(spec, status, endpoints, "").compile()
}

/// A Service of pods with port 8080, and of others with port 8081.
fn run(spec: &str, status: &str, endpoints: &str, others: &str) -> Run {
    let config = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n\
                  detectLocalMode: NodeCIDR\nnodePortAddresses: [10.0.0.0/8]\n";
    Run::of(&manifest(spec, status, endpoints, others))
        .config(config)
        .facts("apiVersion: hnsplan/v1alpha1\nkind: NodeFacts\nhnsVersion: \"15.4\"\n")
        .on("n")
}

fn manifest(spec: &str, status: &str, endpoints: &str, others: &str) -> String {
    format!(
        "
apiVersion: v1
kind: List
items:
- {{apiVersion: v1, kind: Node, metadata: {{name: n, labels: {{topology.kubernetes.io/zone: a}}}},
   spec: {{podCIDR: 10.244.1.0/24}}, status: {{addresses: [{{type: InternalIP, address: 192.168.10.11}}]}}}}
- {{apiVersion: v1, kind: Node, metadata: {{name: m}}, spec: {{podCIDR: 10.244.2.0/24}},
   status: {{addresses: [{{type: InternalIP, address: 192.168.10.12}}]}}}}
- apiVersion: v1
  kind: Service
  metadata: {{name: web, namespace: shop}}
  spec: {{clusterIP: 10.96.0.10, {spec}}}
  status: {{{status}}}
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {{name: web-1, namespace: shop, labels: {{kubernetes.io/service-name: web}}}}
  addressType: IPv4
  ports: [{{name: \"\", port: 8080, protocol: TCP}}]
  endpoints: [{endpoints}]
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {{name: web-2, namespace: shop, labels: {{kubernetes.io/service-name: web}}}}
  addressType: IPv4
  ports: [{{name: \"\", port: 8081, protocol: TCP}}]
  endpoints: [{others}]
"
    )
}

/// Two Services with the same external IP.
fn two_with_one_address() -> [String; 2] {
    let of = |name: &str, ip: &str, pod: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: shop}}, spec: {{clusterIP: {ip}, externalIPs: [198.51.100.9], {PORTS}}}}}\n---\n{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: {name}-1, namespace: shop, labels: {{kubernetes.io/service-name: {name}}}}}, addressType: IPv4, ports: [{{name: \"\", port: 8080, protocol: TCP}}], endpoints: [{{addresses: [{pod}], nodeName: m}}]}}\n"
        )
    };
    [of("one", "10.96.0.11", "10.244.2.5"), of("two", "10.96.0.12", "10.244.2.6")]
}

pub(crate) const PORTS: &str = "ports: [{port: 80, targetPort: 8080}]";
pub(crate) const READY: &str =
    "{addresses: [10.244.1.5], nodeName: n}, {addresses: [10.244.2.5], nodeName: m}";

/// How a difference is reported.
enum Told {
    /// Under these codes, of this cluster.
    As(&'static [Code], Cluster),
    /// Under these codes of the target alone, as packets show no difference, for this reason.
    Said(&'static [Code], Cluster, &'static str),
    /// Not at all, for this reason.
    Not(&'static str),
}

/// What is compared.
enum Cluster {
    /// One Service of two pods: its spec, its status, its endpoints.
    Web(String, &'static str, &'static str),
    /// The same with two kinds of pods, on ports 8080 and 8081.
    TwoPorts,
    /// A recorded case in a version.
    Recorded(&'static str, &'static str),
    /// The same with what HNS held before.
    Dumped(&'static str, &'static str),
    /// Any other.
    Of(Box<dyn Fn() -> Run>),
    /// A Service of these endpoints, on a node where HNS holds this already.
    Holding(&'static str, fn() -> State),
}

impl Cluster {
    fn compile(&self) -> (Compiled, Option<State>) {
        match self {
            Self::Web(spec, status, endpoints) => (web(spec, status, endpoints), None),
            Self::TwoPorts => {
                let (here, there) = READY.split_once("}, ").expect("two endpoints");
                let named = "ports: [{port: 80, targetPort: http}]";
                (run(named, "", &format!("{here}}}"), there).compile(), None)
            }
            Self::Recorded(name, version) => (Case::named(name).run(version, false).compile(), None),
            Self::Dumped(name, version) => {
                let case = Case::named(name);
                let dump = case.read("hns.l2bridge.before.json").expect("a dump");
                (case.run(version, false).compile(), Some(read::read(&dump).0))
            }
            Self::Of(run) => (run().compile(), None),
            Self::Holding(endpoints, state) => (web(PORTS, "", endpoints), Some(state())),
        }
    }

    /// The codes of all differences between iptables and HNS, and of what is lost and odd on the way.
    fn codes(&self) -> BTreeSet<&'static str> {
        let (compiled, state) = self.compile();
        let plan = compiled.hns(state.as_ref(), Semantics::KubeProxy, &PlanOptions::default());
        let models = Models::new(Context::of(&compiled.rules)).iptables().hns(&plan, state.as_ref());
        let mut found = codes(&compared(&compiled, &models.targets()));
        found.extend(plan.diagnostics.iter().chain(&compiled.diagnostics).map(|of| of.code.id()));
        found
    }
}

/// What HNS holds where a pod of the node has the address of a remote endpoint.
fn remote_of_local_pod() -> State {
    let dump = r#"{"Networks": [{"ID": "00000000-0000-4000-8000-000000000100", "Name": "L2Bridge", "Type": "L2Bridge"}],
        "Endpoints": [{"ID": "00000000-0000-4000-8000-000000000001", "Name": "Ethernet", "Flags": 1,
            "HostComputeNetwork": "00000000-0000-4000-8000-000000000100",
            "IpConfigurations": [{"IpAddress": "10.244.1.5"}]}], "LoadBalancers": []}"#;
    read::read(dump).0
}

/// What HNS holds on a new node.
fn nothing() -> State {
    let network = r#"{"ID": "00000000-0000-4000-8000-000000000100", "Name": "L2Bridge", "Type": "L2Bridge"}"#;
    read::read(&format!(r#"{{"Networks": [{network}], "Endpoints": [], "LoadBalancers": []}}"#)).0
}

/// A pod on the host network of the node, and another pod.
const HOST: &str = "{addresses: [192.168.10.11], nodeName: n}, {addresses: [10.244.2.5], nodeName: m}";
const BALANCER: &str = "type: LoadBalancer, ports: [{port: 80, nodePort: 30080, targetPort: 8080}]";
const INGRESS: &str = "loadBalancer: {ingress: [{ip: 198.51.100.7}]}";

/// The differences, in the order in which kube-proxy's two sources were compared.
fn table() -> Vec<(&'static str, Told)> {
    let mut table = of_endpoints();
    table.extend(of_nodes());
    table
}

/// Who is admitted, and which endpoint serves.
fn of_endpoints() -> Vec<(&'static str, Told)> {
    use Cluster::{Of, TwoPorts, Web};
    use Told::{As, Said};
    let with = |text: &str| format!("{PORTS}, {text}");
    let local = || format!("{BALANCER}, externalTrafficPolicy: Local");
    let sticky = "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 600}}";
    let hinted = "{addresses: [10.244.1.5], nodeName: n, hints: {forZones: [{name: a}]}}, \
                  {addresses: [10.244.2.5], nodeName: m, hints: {forZones: [{name: b}]}}";
    let ending = "{addresses: [10.244.1.5], nodeName: n, conditions: {ready: false, serving: true, terminating: true}}";
    let unready = "{addresses: [10.244.2.5], nodeName: m, conditions: {ready: false, serving: false}}";
    let remote = "{addresses: [10.244.2.5], nodeName: m}";
    let old = || run(&format!("{PORTS}, sessionAffinity: ClientIP"), "", READY, "");
    vec![
        (
            "source ranges",
            As(
                &[check::codes::SOURCE_RANGES, hns::codes::SOURCE_RANGES_IGNORED],
                Web(format!("{BALANCER}, loadBalancerSourceRanges: [203.0.113.0/24]"), INGRESS, READY),
            ),
        ),
        (
            "affinity timeout",
            As(&[check::codes::AFFINITY_TIMEOUT, hns::codes::AFFINITY_TIMEOUT], Web(with(sticky), "", READY)),
        ),
        (
            "affinity support",
            Said(
                &[hns::codes::AFFINITY_UNSUPPORTED],
                Of(Box::new(move || {
                    old().facts("apiVersion: hnsplan/v1alpha1\nkind: NodeFacts\nhnsVersion: \"9.2\"\n")
                })),
                "what HNS before 12.0 makes of the request is open (H13)",
            ),
        ),
        (
            "topology hints",
            As(&[check::codes::HINTS, hns::codes::HINTS_UNUSED], Web(PORTS.to_owned(), "", hinted)),
        ),
        (
            "endpoints that end",
            As(
                &[check::codes::TERMINATING, hns::codes::TERMINATING_UNUSED],
                Web(PORTS.to_owned(), "", ending),
            ),
        ),
        (
            "endpoints that are not ready",
            As(&[check::codes::NOT_READY, hns::codes::UNREADY_USED], Web(local(), INGRESS, unready)),
        ),
        ("no endpoints", As(&[check::codes::REJECTED, hns::codes::NO_REJECT], Web(PORTS.to_owned(), "", ""))),
        ("policy Local, clients inside", As(&[check::codes::LOCAL_POLICY], Web(local(), INGRESS, READY))),
        (
            "internal policy Local without local endpoint",
            As(
                &[check::codes::DROPPED, hns::codes::NO_LOCAL_MEMBER],
                Web(with("internalTrafficPolicy: Local"), "", remote),
            ),
        ),
        ("target ports by endpoint", As(&[check::codes::PORTS, hns::codes::MIXED_PORTS], TwoPorts)),
    ]
}

/// Where the node serves, with which address, and what its life changes.
fn of_nodes() -> Vec<(&'static str, Told)> {
    use Cluster::{Dumped, Holding, Of, Recorded, Web};
    use Told::{As, Not, Said};
    vec![
        (
            "nodePortAddresses",
            As(
                &[check::codes::NODE_PORT_ADDRESSES],
                Web(format!("{BALANCER}, loadBalancerClass: x/y"), "", READY),
            ),
        ),
        (
            "node ports on loopback addresses",
            As(&[check::codes::OWN_NODE_PORT], Recorded("022-nodeport", "1.36")),
        ),
        ("ipMode Proxy", As(&[check::codes::MODE_PROXY], Recorded("027-lb-ipmode-proxy", "1.30"))),
        (
            "addresses of the other family",
            Said(
                &[hns::codes::ADDRESS_OF_OTHERS],
                Recorded("111-lb-ingress-other-family", "1.30"),
                "what a load balancer does whose address is not of its family is open (H27)",
            ),
        ),
        (
            "two families on an overlay network",
            As(
                &[check::codes::DELIVERED, hns::codes::FAMILY_UNSERVED],
                Of(Box::new(|| {
                    Case::named("051-dualstack").run("1.36", false).flags(|flags| {
                        flags.network_type = Some(NetworkType::Overlay);
                    })
                })),
            ),
        ),
        ("source address", As(&[check::codes::SOURCE], Web(PORTS.to_owned(), "", READY))),
        (
            "direct server return",
            As(&[check::codes::SOURCE], Recorded("086-win-preserve-destination-no-dsr", "1.36")),
        ),
        ("restart", Not("what is rebuilt when is no rule: rules are those of one moment")),
        ("edit of a Service", Not("the rules before and after are right; the gap between them is no rule")),
        ("change of endpoints", Not("the rules before and after are right; the gap between them is no rule")),
        ("repair", Not("a lost rule shows against a dump, but that nobody repairs it is no rule")),
        ("connections of UDP clients", Not("connections that are remembered are no rule")),
        (
            "endpoints on the host network",
            As(&[check::codes::HOST_ENDPOINT, hns::codes::LOCAL_ENDPOINT_MISSING], Holding(HOST, nothing)),
        ),
        (
            "health check address",
            As(&[check::codes::UNKNOWN_FRONTEND], Dumped("098-win-forward-healthcheck", "1.36")),
        ),
        (
            "SCTP",
            Said(
                &[hns::codes::SCTP],
                Recorded("007-sctp", "1.36"),
                "whether HNS balances SCTP is open (H28)",
            ),
        ),
        ("names of rules", Not("what rules are called by makes no difference to packets")),
        ("addresses used again", As(&[hns::codes::LOCAL_IS_REMOTE], Holding(READY, remote_of_local_pod))),
        (
            "MAC addresses",
            Not("two endpoints with one address of the link are reported as H0627, on overlay networks"),
        ),
        ("scale", Not("how long it takes is no rule")),
        (
            "one address, two Services",
            Said(
                &[hns::codes::FRONTEND_TAKEN],
                Of(Box::new(|| {
                    let [one, two] = two_with_one_address();
                    run(PORTS, "", READY, "").and("one.yaml", &one).and("two.yaml", &two)
                })),
                "both platforms serve one of the two, and which one depends on the order of kube-proxy",
            ),
        ),
    ]
}

#[test]
fn each_known_difference_has_its_code() {
    let table = table();
    assert_eq!(table.len(), 30);
    for (name, report) in table {
        match report {
            Told::As(wanted, cluster) => {
                let found = cluster.codes();
                for code in wanted {
                    assert!(found.contains(code.id()), "{name}: {} is not among {found:?}", code.id());
                }
            }
            Told::Said(wanted, cluster, reason) => {
                assert!(!reason.is_empty(), "{name}");
                let found = cluster.codes();
                for code in wanted {
                    assert!(found.contains(code.id()), "{name}: {} is not among {found:?}", code.id());
                }
            }
            Told::Not(reason) => assert!(!reason.is_empty(), "{name}"),
        }
    }
}

/// What packets do not show is printed for the user all the same: the sum, and the place in the manifests.
#[test]
fn what_no_packet_shows_is_printed_by_check() {
    let sticky = manifest(&format!("{PORTS}, sessionAffinity: ClientIP"), "", READY, "");
    let [one, two] = two_with_one_address();
    let taken = format!("{}---\n{one}---\n{two}", manifest(PORTS, "", READY, ""));
    let recorded = |name: &str| Case::named(name).read("manifests.yaml").expect("manifests");
    for (code, manifest, arguments, sum) in [
        (hns::codes::AFFINITY_UNSUPPORTED, sticky, "--hns-version 9.2", "not supported by hns: "),
        (
            hns::codes::ADDRESS_OF_OTHERS,
            recorded("111-lb-ingress-other-family"),
            "--kube-proxy-version 1.30",
            "warnings for hns: ",
        ),
        (hns::codes::SCTP, recorded("007-sctp"), "", "not supported by hns: "),
        (hns::codes::FRONTEND_TAKEN, taken, "", "warnings for hns: "),
    ] {
        let outcome = hnsplan("check -f - --node n").args(arguments).input(manifest).run();
        let sum = outcome.stdout.lines().find_map(|line| line.strip_prefix(sum));
        assert!(sum.is_some_and(|sum| sum.contains(code.id())), "{}: {}", code.id(), outcome.stdout);
        assert!(outcome.stderr.contains(&format!("[{}]: ", code.id())), "{}: {}", code.id(), outcome.stderr);
    }
}

/// Codes that no pair of planned platforms shows: a dump does, or another target.
#[test]
fn the_other_codes_are_shown_by_dumps_and_by_netsh() {
    let compiled = web(PORTS, "", READY);
    let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
    let mut twice = plan.after(&compiled.rules, None).state;
    twice.load_balancers[0].endpoints.extend_from_within(..1);
    let models = Models::new(Context::of(&compiled.rules)).iptables().hns_state(&twice);
    let found = codes(&compared(&compiled, &models.targets()));
    assert!(found.contains(check::codes::SHARES.id()), "{found:?}");

    let udp = Case::named("006-udp").run("1.36", false).compile();
    let lowered = udp.netsh(&netsh::Options::default());
    let models = Models::new(Context::of(&udp.rules)).iptables().netsh(lowered.plan);
    let found = codes(&compared(&udp, &models.targets()));
    assert!(found.contains(check::codes::PROTOCOL.id()), "{found:?}");
    assert!(!found.contains(check::codes::DELIVERED.id()), "{found:?}");
}
