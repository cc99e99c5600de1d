//! Classes against brute force: no address of a small universe shows a difference that the classes miss.

#[path = "mutations/tests.rs"]
mod mutations;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::destination::Destination;
use super::kind::Question;
use super::*;
use crate::answer::verdict::Effect;
use crate::check::codes;
use crate::pipeline::{Compiled, Loaded, Setup};
use crate::platform::hns::{AfterModel, Hns, PlanOptions, Semantics};
use crate::platform::iptables::Iptables;
use crate::platform::netsh::{self, Netsh, PlanModel};
use crate::platform::{Context, Side};
use crate::source::Sources as Texts;
use crate::trace::Models;

/// The universe: the pods of two nodes (10.0.0.0/29 here, 10.0.0.8/29 elsewhere), and addresses around them.
const UNIVERSE: u32 = 48;

/// A cluster with one Service, on a node with the address 10.0.0.20.
#[derive(Debug, Clone)]
struct Small {
    ranges: Vec<(u32, u8)>,
    endpoints: Vec<(u32, bool)>,
    local_policy: bool,
    affinity: bool,
    cluster_cidr: Option<(u32, u8)>,
}

fn ip(low: u32) -> Ipv4Addr {
    Ipv4Addr::from(0x0a00_0000 + low)
}

impl Small {
    fn manifest(&self) -> String {
        let ranges: Vec<String> =
            self.ranges.iter().map(|(low, length)| format!("\"{}/{length}\"", ip(*low))).collect();
        let endpoints: Vec<String> = self
            .endpoints
            .iter()
            .map(|(low, ready)| {
                let node = if *low < 8 { "n" } else { "m" };
                format!("{{addresses: [{}], nodeName: {node}, conditions: {{ready: {ready}}}}}", ip(*low))
            })
            .collect();
        format!(
            "
apiVersion: v1
kind: List
items:
- {{apiVersion: v1, kind: Node, metadata: {{name: n}}, spec: {{podCIDR: 10.0.0.0/29}},
   status: {{addresses: [{{type: InternalIP, address: 10.0.0.20}}]}}}}
- {{apiVersion: v1, kind: Node, metadata: {{name: m}}, spec: {{podCIDR: 10.0.0.8/29}},
   status: {{addresses: [{{type: InternalIP, address: 10.0.0.21}}]}}}}
- apiVersion: v1
  kind: Service
  metadata: {{name: web, namespace: shop}}
  spec: {{type: LoadBalancer, clusterIP: 10.96.0.10, sessionAffinity: {}, externalTrafficPolicy: {},
    loadBalancerSourceRanges: [{}], ports: [{{port: 80, nodePort: 30080, targetPort: 8080}}]}}
  status: {{loadBalancer: {{ingress: [{{ip: 10.0.0.40}}]}}}}
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {{name: web-1, namespace: shop, labels: {{kubernetes.io/service-name: web}}}}
  addressType: IPv4
  ports: [{{port: 8080, protocol: TCP}}]
  endpoints: [{}]
",
            if self.affinity { "ClientIP" } else { "None" },
            if self.local_policy { "Local" } else { "Cluster" },
            ranges.join(", "),
            endpoints.join(", "),
        )
    }

    fn compile(&self) -> Compiled {
        let mut texts = Texts::default();
        texts.add("small.yaml", self.manifest()).expect("it is small");
        let mut setup = Setup::default();
        setup.overrides.node = Some("n".to_owned());
        if let Some((low, length)) = self.cluster_cidr {
            setup.overrides.cluster_cidr =
                Some(format!("{}/{length}", ip(low & !((1 << (32 - length)) - 1))));
            setup.overrides.detect_local_mode = Some("ClusterCIDR".to_owned());
        }
        Loaded::new(texts).parse(&setup).resolve(&setup).compile()
    }
}

fn small() -> impl Strategy<Value = Small> {
    let ranges = prop::collection::vec((0..UNIVERSE, 26u8..=32), 0..4);
    let endpoints = prop::collection::btree_map(1u32..16, any::<bool>(), 0..5);
    let cluster_cidr = prop::option::of((0..UNIVERSE, 27u8..=30));
    (ranges, endpoints, any::<bool>(), any::<bool>(), cluster_cidr).prop_map(
        |(ranges, endpoints, local_policy, affinity, cluster_cidr)| Small {
            ranges,
            endpoints: endpoints.into_iter().collect(),
            local_policy,
            affinity,
            cluster_cidr,
        },
    )
}

/// A code, and the sides between which it is found.
type Kind = (Code, Pair);

fn kinds(comparison: &EffectComparison<'_>) -> BTreeSet<Kind> {
    comparison.findings.iter().map(|finding| (finding.code, finding.between)).collect()
}

/// What the classes find at a destination, and whether they leave something undecided.
fn by_classes(
    sides: &[Participant<'_>],
    sources: &Sources<'_>,
    destination: &Destination<'_>,
) -> (BTreeSet<Kind>, bool) {
    let mut asking = Asking::new(sides);
    asking.ask_all(sources, destination);
    let comparison = asking.comparison(1);
    (kinds(&comparison), comparison.undecided > 0)
}

/// All addresses of the universe.
fn sources_of_universe() -> impl Iterator<Item = IpAddr> {
    let edges = ["192.0.2.250", "9.255.255.255", "223.255.255.255"].map(|ip| ip.parse().unwrap());
    (0..UNIVERSE).map(|low| ip(low).into()).chain(edges)
}

/// What all addresses of the universe find there.
fn by_brute_force(
    sides: &[Participant<'_>],
    clients: &Clients,
    destination: &Destination<'_>,
) -> (BTreeSet<Kind>, bool) {
    let (mut found, mut undecided) = (BTreeSet::new(), false);
    let sources: Vec<IpAddr> = if destination.to.ip().is_loopback() {
        vec![Ipv4Addr::LOCALHOST.into()]
    } else {
        sources_of_universe().collect()
    };
    for source in sources {
        let client = clients.at(source);
        let packet = client.packet(destination.protocol, destination.to);
        let verdicts: Vec<Verdict> = sides.iter().map(|side| side.target.verdict(&packet)).collect();
        for (side, verdict) in sides.iter().zip(&verdicts) {
            assert_eq!(side.target.effect(&packet).effect(), verdict.effect(), "{packet:?}");
        }
        let effects: Vec<Effect<'_>> = verdicts.iter().map(Effect::of).collect();
        for pair in Pair::all(sides.len()) {
            let question = Question { sides: pair.of(sides), client: &client, destination };
            found.extend(question.differences(pair.of(&effects)).into_iter().map(|code| (code, pair)));
        }
        undecided |= effects.iter().any(Effect::is_undecided);
    }
    (found, undecided)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn classes_find_what_brute_force_finds(small in small()) {
        let compiled = small.compile();
        let rules = &compiled.rules;
        prop_assert_eq!(rules.services.len(), 1, "{:?}", compiled.diagnostics);
        let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
        let netsh = compiled.netsh(&netsh::Options::default());
        let models = Models::new(Context::of(rules)).with(Side::wanted(&Iptables), &mut Vec::new()).with_model(Side::wanted(&Hns), Box::new(AfterModel::new(plan.after(rules, None)))).with_model(Side::wanted(&Netsh), Box::new(PlanModel(netsh.plan)));
        let targets = models.targets();
        let clients = Clients::of(&compiled.cluster, rules);
        let sides: Vec<Participant<'_>> = targets.iter().map(|target| Participant { rules, target }).collect();
        let sources = Sources::new(&clients, &sides);
        for destination in destinations(&sides).iter().filter(|of| of.to.is_ipv4()) {
            let (classes, brute) = (
                by_classes(&sides, &sources, destination),
                by_brute_force(&sides, &clients, destination),
            );
            prop_assert_eq!(classes, brute, "{}", destination.to);
        }
    }
}

/// Many Services, so that their destinations are asked about in several parts.
fn many() -> Compiled {
    let item = |at: u32| {
        format!(
            "- {{apiVersion: v1, kind: Service, metadata: {{name: s{at}, namespace: shop}}, spec: {{clusterIP: {}, \
             sessionAffinity: {}, ports: [{{port: 80, targetPort: 8080}}]}}}}\n\
             - {{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: s{at}-1, namespace: shop, \
             labels: {{kubernetes.io/service-name: s{at}}}}}, addressType: IPv4, ports: [{{port: 8080, protocol: TCP}}], \
             endpoints: [{}]}}\n",
            Ipv4Addr::from(0x0a60_0001 + at),
            if at.is_multiple_of(3) { "ClientIP" } else { "None" },
            if at.is_multiple_of(5) { String::new() } else { format!("{{addresses: [{}]}}", ip(at % 8)) },
        )
    };
    let items: String = (0..200).map(item).collect();
    let mut texts = Texts::default();
    texts.add("many.yaml", format!("apiVersion: v1\nkind: List\nitems:\n{items}")).expect("it is small");
    Loaded::new(texts).parse(&Setup::default()).resolve(&Setup::default()).compile()
}

/// Asking side by side finds what asking one after the other finds, with the same example.
#[test]
fn parts_add_up_to_the_whole() {
    let compiled = many();
    let rules = &compiled.rules;
    let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
    let models = Models::new(Context::of(rules))
        .with(Side::wanted(&Iptables), &mut Vec::new())
        .with_model(Side::wanted(&Hns), Box::new(AfterModel::new(plan.after(rules, None))));
    let targets = models.targets();
    let clients = Clients::of(&compiled.cluster, rules);
    let sides: Vec<Participant<'_>> = targets.iter().map(|target| Participant { rules, target }).collect();
    let (sources, destinations) = (Sources::new(&clients, &sides), destinations(&sides));
    assert!(destinations.len() > 3 * AT_A_TIME, "{} destinations", destinations.len());
    let mut asking = Asking::new(&sides);
    for destination in &destinations {
        asking.ask_all(&sources, destination);
    }
    let whole = EffectComparison { classes: sources.classes(), ..asking.comparison(rules.services.len()) };
    let whole = format!("{whole:?}");
    assert_eq!(format!("{:?}", compare(&clients, &sides)), whole);
    let found = compare(&clients, &sides).findings;
    let rejected =
        found.iter().find(|finding| finding.code == codes::REJECTED).expect("some have no endpoint");
    assert_eq!(rejected.services.len(), 40);
}
