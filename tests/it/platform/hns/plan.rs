//! Promise: a host that refuses what HNS refuses can carry out every plan in its order; the plan brings it to
//! the wanted state and leaves foreign objects alone.

use std::collections::{BTreeMap, BTreeSet};

use hnsplan::node::{NetworkType, SameAddress};
use hnsplan::pipeline::Compiled;
use hnsplan::platform::hns::model::{
    Address, Condition, Detail, Endpoint, EndpointFlags, EndpointRef, Gaps, Guid, IpConfiguration,
    LoadBalancer, Network, NetworkRef, PortMapping, State,
};
use hnsplan::platform::hns::{Action, FrontendKey, Plan, PlanOptions, Semantics, Simulator};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::cases::{cases, config};
use crate::support::clusters::{Cluster, cluster, version};

/// Settings of a host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Host {
    overlay: bool,
    hns_version: &'static str,
    version: &'static str,
    pub(crate) semantics: Semantics,
    dsr: bool,
}

pub(crate) fn host() -> impl Strategy<Value = Host> {
    let hns_version = prop::sample::select(&["9.2", "10.4", "13.2", "15.4", "15.5"][..]);
    let semantics = prop_oneof![Just(Semantics::KubeProxy), Just(Semantics::Kubernetes)];
    (any::<bool>(), hns_version, version(), semantics, any::<bool>()).prop_map(
        |(overlay, hns_version, version, semantics, dsr)| Host {
            overlay,
            hns_version,
            version,
            semantics,
            dsr,
        },
    )
}

impl Host {
    pub(crate) fn compile(self, cluster: &Cluster) -> Compiled {
        let run = settled(cluster).run(self.version).gate("WinDSR", true).flags(|flags| {
            flags.network_name = Some("cbr0".to_owned());
            flags.source_vip = Some("10.244.0.2".to_owned());
            flags.host_mac = Some("00:15:5d:0a:0b:0c".to_owned());
            flags.hns_version = Some(self.hns_version.to_owned());
            flags.enable_dsr = Some(self.dsr);
            flags.forward_health_check_vip = Some(true);
        });
        run.compile()
    }

    fn plan(self, compiled: &Compiled, state: &State) -> Plan {
        compiled.hns(Some(state), self.semantics, &PlanOptions::default())
    }

    /// What HNS holds before anybody makes load balancers: the network, the host's endpoint, and endpoints of
    /// some local pods, one of them with both families.
    pub(crate) fn state(self) -> State {
        let endpoints = [
            endpoint(1, "cbr0", false, &["10.244.0.3"]),
            endpoint(2, "pod", false, &["10.244.0.9", "fd00:244::9"]),
            endpoint(3, "pod", false, &["10.244.1.2"]),
            endpoint(4, "left-over", true, &["10.244.1.20"]),
        ];
        State {
            networks: vec![Network {
                id: guid(100),
                name: "cbr0".into(),
                type_: if self.overlay { NetworkType::Overlay } else { NetworkType::L2Bridge },
                subnets: Vec::new(),
                remote_subnets: Vec::new(),
                extra: BTreeMap::new(),
                detail: Detail::Full,
                gaps: Gaps::default(),
                condition: Condition::default(),
            }]
            .into(),
            endpoints: endpoints.into(),
            load_balancers: vec![foreign()].into(),
            hns_version: None,
            switch: Vec::new(),
            switch_ports: Vec::new(),
            without_ids: Vec::new(),
        }
    }
}

/// The cluster with each address on one node, whatever the Service: an endpoint that is local for one and
/// remote for another makes kube-proxy's second pass differ from its first.
fn settled(cluster: &Cluster) -> Cluster {
    let mut objects = cluster.objects.clone();
    let endpoints =
        objects.iter_mut().filter_map(|object| object.get_mut("endpoints")?.as_array_mut()).flatten();
    for endpoint in endpoints {
        let address = endpoint["addresses"][0].as_str().expect("every endpoint has an address");
        let here = address.starts_with("10.244.0.") || address.contains(":244::") || address == "10.244.1.2";
        endpoint["nodeName"] = if here { "node-a" } else { "node-b" }.into();
    }
    Cluster { objects }
}

fn guid(number: u128) -> Guid {
    format!("00000000-0000-4000-8000-{number:012x}").parse().expect("it has the form of a GUID")
}

fn endpoint(id: u128, name: &str, remote: bool, addresses: &[&str]) -> Endpoint {
    let configured = |text: &&str| IpConfiguration { ip_address: Address::of(text), prefix_length: 24 };
    Endpoint {
        id: Some(guid(id)),
        name: name.into(),
        network: Some(NetworkRef::Id(guid(100))),
        ip_configurations: addresses.iter().map(configured).collect(),
        flags: if remote { EndpointFlags::REMOTE } else { EndpointFlags::empty() },
        ..Endpoint::default()
    }
}

/// A load balancer of somebody else.
pub(crate) fn foreign() -> LoadBalancer {
    LoadBalancer {
        id: Some(guid(200)),
        endpoints: vec![EndpointRef::Id(guid(1))],
        frontend_vips: vec![Address::of("10.96.7.7")],
        port_mappings: vec![PortMapping {
            protocol: 6,
            internal_port: 1,
            external_port: 1,
            ..Default::default()
        }],
        ..LoadBalancer::default()
    }
}

/// The state after a plan. Nothing may be refused.
fn applied(plan: &Plan, state: &State) -> Result<State, TestCaseError> {
    let mut simulator = Simulator::new(state);
    for operation in &plan.operations {
        if let Err(refusal) = simulator.apply(operation) {
            return Err(TestCaseError::fail(format!("{refusal}\n{operation:?}")));
        }
    }
    Ok(simulator.state())
}

/// What the load balancers of a state do, without ids that HNS chose.
fn effects(state: &State) -> BTreeSet<String> {
    let addresses: BTreeMap<Guid, String> = state
        .endpoints
        .iter()
        .filter_map(|endpoint| Some((endpoint.id?, endpoint.addresses().map(ToString::to_string).collect())))
        .collect();
    let effect = |balancer: &LoadBalancer| {
        let name = |member: &EndpointRef| addresses[&member.id().expect("a state has ids")].clone();
        let members: BTreeSet<String> = balancer.endpoints.iter().map(name).collect();
        let LoadBalancer { source_vip, frontend_vips, port_mappings, flags, .. } = balancer;
        format!("{frontend_vips:?} {port_mappings:?} {flags:?} {source_vip:?} → {members:?}")
    };
    state.load_balancers.iter().map(effect).collect()
}

fn render(plan: &Plan) -> String {
    plan.operations.iter().map(|operation| format!("{operation:?}")).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn a_plan_is_carried_out_without_a_refusal_and_leaves_nothing_to_do(cluster in cluster(), host in host()) {
        let compiled = host.compile(&cluster);
        let before = host.state();
        let after = applied(&host.plan(&compiled, &before), &before)?;
        let again = host.plan(&compiled, &after);
        prop_assert!(again.operations.is_empty(), "still to do:\n{}", render(&again));
    }

    #[test]
    fn from_one_cluster_to_the_next_a_node_gets_what_a_fresh_one_would(
        old in cluster(), new in cluster(), host in host(),
    ) {
        let (old, new) = (host.compile(&old), host.compile(&new));
        let before = host.state();
        let between = applied(&host.plan(&old, &before), &before)?;
        let after = applied(&host.plan(&new, &between), &between)?;
        let fresh = applied(&host.plan(&new, &before), &before)?;
        // Where a version takes the load balancer of one family for that of the other, what is there decides.
        if new.rules.node.behavior.winkernel.own_addresses {
            prop_assert_eq!(effects(&after), effects(&fresh));
        }
        prop_assert!(host.plan(&new, &after).operations.is_empty(), "{}", render(&host.plan(&new, &after)));
        prop_assert!(after.load_balancers.contains(&foreign()), "a foreign load balancer is gone");
        for endpoint in before.endpoints.iter().filter(|endpoint| !endpoint.is_remote()) {
            prop_assert!(after.endpoints.contains(endpoint), "{endpoint:?} is gone");
        }
    }

    #[test]
    fn a_restart_ends_where_a_plan_ends(cluster in cluster(), host in host()) {
        let compiled = host.compile(&cluster);
        let before = host.state();
        let planned = applied(&host.plan(&compiled, &before), &before)?;
        let options = PlanOptions { like_restart: true, ..PlanOptions::default() };
        let restart = compiled.hns(Some(&planned), host.semantics, &options);
        let mut wanted = effects(&planned);
        // A start of kube-proxy spares nobody.
        wanted.retain(|effect| !effect.contains("10.96.7.7"));
        prop_assert_eq!(effects(&applied(&restart, &planned)?), wanted);
    }

    #[test]
    fn operations_come_after_those_that_they_require(cluster in cluster(), host in host()) {
        let plan = host.plan(&host.compile(&cluster), &host.state());
        let planned: BTreeSet<Guid> = plan.operations.iter().map(|operation| operation.id).collect();
        let mut done = BTreeSet::new();
        for operation in &plan.operations {
            for required in operation.requires.iter().filter(|id| planned.contains(id)) {
                prop_assert!(done.contains(required), "{required} comes after {}", operation.id);
            }
            if let Action::CreateLoadBalancer(balancer) = &operation.action {
                let members: Vec<Guid> = balancer.endpoints.iter().filter_map(EndpointRef::id).collect();
                prop_assert!(members.iter().all(|member| operation.requires.contains(member)));
            }
            done.insert(operation.id);
        }
    }

    #[test]
    fn the_document_contains_the_whole_plan(cluster in cluster(), host in host()) {
        let compiled = host.compile(&cluster);
        let plan = host.plan(&compiled, &host.state());
        let document: Value = serde_json::from_str(&plan.to_json(&compiled.rules).to_string()).expect("it is JSON");
        let operations = document["operations"].as_array().expect("a list");
        prop_assert_eq!(operations.len(), plan.operations.len());
        for (written, operation) in operations.iter().zip(&plan.operations) {
            prop_assert_eq!(&written["id"], &Value::from(operation.id.to_string()));
            prop_assert_eq!(written["service"].as_array().map(Vec::is_empty), Some(operation.owners.is_empty()));
        }
    }

    #[test]
    fn no_two_load_balancers_of_a_plan_answer_to_the_same(cluster in cluster(), host in host()) {
        let plan = host.plan(&host.compile(&cluster), &host.state());
        let created = plan.operations.iter().filter_map(|operation| match &operation.action {
            Action::CreateLoadBalancer(balancer) => FrontendKey::of(balancer),
            _ => None,
        });
        let created: Vec<FrontendKey> = created.collect();
        let distinct: BTreeSet<&FrontendKey> = created.iter().collect();
        prop_assert_eq!(distinct.len(), created.len());
    }
}

/// The properties above must meet every kind of operation, or they could not fail.
#[test]
fn random_plans_have_operations_of_every_kind() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    // As many as show every kind, however small `HNSPLAN_CASES` is.
    for _ in 0..cases(120).max(120) {
        let values = (cluster(), cluster(), host()).new_tree(&mut runner).expect("values can be made");
        let (old, new, host) = values.current();
        let before = host.state();
        let between = applied(&host.plan(&host.compile(&old), &before), &before).expect("nothing is refused");
        let compiled = host.compile(&new);
        let plan = host.plan(&compiled, &between);
        let kinds = plan.operations.iter().map(|operation| match operation.action {
            Action::CreateEndpoint(_) => "create endpoint",
            Action::CreateLoadBalancer(_) => "create load balancer",
            Action::ModifyLoadBalancer(_) => "modify load balancer",
            Action::DeleteLoadBalancer => "delete load balancer",
            Action::DeletePolicyList => "delete policy list",
            Action::DeleteEndpoint => "delete endpoint",
        });
        seen.extend(kinds);
        if !plan.kept.is_empty() {
            seen.insert("keep");
        }
        let codes = plan.diagnostics.iter().map(|found| found.code.id());
        seen.extend(codes.filter(|code| code.starts_with('H')));
        if compiled.rules.node.behavior.winkernel.same_address == SameAddress::Local {
            seen.insert("a version in which local endpoints win");
        }
    }
    for kind in [
        "create endpoint",
        "create load balancer",
        "modify load balancer",
        "delete load balancer",
        "delete endpoint",
        "keep",
        "a version in which local endpoints win",
        "H0605",
        "H0607",
        "H0608",
        "H0610",
        "H0612",
        "H0613",
        "H0614",
        "H0615",
        "H0616",
        "H0617",
        "H0618",
        "H0619",
        "H0620",
        "H0622",
        "H0624",
        "H0625",
        "H0628",
    ] {
        assert!(seen.contains(kind), "no plan has {kind}: {seen:?}");
    }
}
