//! Promise: any mutation of either side of HNS is named: the object, its field, its service port.

use hnsplan::diff::{Comparison, FieldChange, ObjectKind, Verb};
use hnsplan::platform::Objects;
use hnsplan::platform::hns::HnsSide;
use hnsplan::platform::hns::model::{
    Address, Distribution, Endpoint, EndpointFlags, EndpointPolicy, EndpointRef, LoadBalancer,
    LoadBalancerFlags, Parts, PortFlags, State, Telling,
};

use crate::diff::golden::{compared, describe, recorded};

/// What is done to one side of HNS, and how the answer has to name it.
struct Mutation {
    mutate: fn(&mut State),
    /// In which way the object differs, if the second side is the mutated one.
    verb: Verb,
    kind: ObjectKind,
    /// The beginning of the name of the object.
    name: &'static str,
    /// The beginning of the path of the field, and what its value on the mutated side contains.
    field: Option<(&'static str, &'static str)>,
}

/// The first load balancer with several members.
fn balancer(state: &mut State) -> &mut LoadBalancer {
    state.load_balancers.iter_mut().find(|of| of.endpoints.len() > 1).expect("one has two members")
}

/// The first endpoint of a pod on another node.
fn remote(state: &mut State) -> &mut Endpoint {
    let is_of_pod = |of: &Endpoint| of.addresses().any(|address| address.to_string().starts_with("10.244."));
    state.endpoints.iter_mut().find(|of| of.is_remote() && is_of_pod(of)).expect("one is remote")
}

/// A mutation, and what it is called.
type Named = (&'static str, Mutation);

type Mutate = fn(&mut State);

fn of(mutate: Mutate, verb: Verb, kind: ObjectKind, name: &'static str) -> Mutation {
    Mutation { mutate, verb, kind, name, field: None }
}

/// A field of a load balancer, and what it contains afterwards.
fn changed(mutate: Mutate, path: &'static str, value: &'static str) -> Mutation {
    let field = Some((path, value));
    Mutation { field, ..of(mutate, Verb::Changed, ObjectKind::LoadBalancer, "10.96.") }
}

fn endpoint(mutate: Mutate, verb: Verb, name: &'static str) -> Mutation {
    of(mutate, verb, ObjectKind::Endpoint, name)
}

fn fields_of_balancers() -> Vec<Named> {
    vec![
        (
            "target port",
            changed(
                |state| balancer(state).port_mappings[0].internal_port = 9,
                "PortMappings[0].InternalPort",
                "9",
            ),
        ),
        (
            "affinity",
            changed(
                |state| balancer(state).port_mappings[0].distribution = Distribution::SOURCE_IP,
                "PortMappings[0].DistributionType",
                "SourceIP",
            ),
        ),
        (
            "flags of the port",
            changed(
                |state| balancer(state).port_mappings[0].flags |= PortFlags::ILB,
                "PortMappings[0].Flags",
                "EnableInternalLoadBalancer",
            ),
        ),
        (
            "a second port",
            changed(
                |state| {
                    let first = balancer(state).port_mappings[0];
                    balancer(state).port_mappings.push(first);
                },
                "PortMappings[1]",
                "",
            ),
        ),
        (
            "flags",
            changed(
                |state| balancer(state).flags.insert(LoadBalancerFlags::DSR),
                "Flags",
                "EnableDirectServerReturn",
            ),
        ),
        (
            "another address besides",
            changed(
                |state| balancer(state).frontend_vips.push(Address::of("10.96.99.98")),
                "FrontendVIPs[1..]",
                "10.96.99.98",
            ),
        ),
    ]
}

fn members() -> Vec<Named> {
    vec![
        (
            "one member less",
            changed(|state| drop(balancer(state).endpoints.pop()), "HostComputeEndpoints[10.244.", ""),
        ),
        (
            "a member that stands there twice",
            changed(
                |state| {
                    let first = balancer(state).endpoints[0].clone();
                    balancer(state).endpoints.push(first);
                },
                "HostComputeEndpoints.length",
                "4",
            ),
        ),
        (
            "a member that is not there",
            changed(
                |state| {
                    let nobody = "12345678-0000-0000-0000-000000000000".parse().expect("it is a GUID");
                    balancer(state).endpoints[0] = EndpointRef::Id(nobody);
                },
                "HostComputeEndpoints[12345678-",
                "no such endpoint",
            ),
        ),
    ]
}

fn balancers() -> Vec<Named> {
    let of = |mutate, verb| of(mutate, verb, ObjectKind::LoadBalancer, "10.96.");
    vec![
        (
            "gone",
            of(
                |state| {
                    let gone = balancer(state).clone();
                    state.load_balancers.retain(|of| *of != gone);
                },
                Verb::Deleted,
            ),
        ),
        (
            "address",
            of(|state| balancer(state).frontend_vips = vec![Address::of("10.96.99.99")], Verb::Deleted),
        ),
        (
            "port",
            of(
                |state| balancer(state).port_mappings[0].external_port = 9999,
                Verb::Moved { from: String::new() },
            ),
        ),
    ]
}

fn endpoints() -> Vec<Named> {
    vec![
        (
            "endpoint gone",
            endpoint(
                |state| {
                    let id = remote(state).id;
                    state.endpoints.retain(|of| of.id != id);
                },
                Verb::Deleted,
                "10.244.",
            ),
        ),
        (
            "endpoint left over",
            endpoint(
                |state| {
                    let mut endpoint = remote(state).clone();
                    endpoint.ip_configurations[0].ip_address = Address::of("10.244.77.77");
                    endpoint.id = "87654321-0000-0000-0000-000000000000".parse().ok();
                    state.endpoints.push(endpoint);
                },
                Verb::Created,
                "10.244.77.77 (remote)",
            ),
        ),
    ]
}

/// What only overlay networks have.
fn of_overlay() -> Vec<Named> {
    let provider_address = |state: &mut State| {
        let provider_address = Address::of("192.168.77.78");
        remote(state).policies = vec![EndpointPolicy::ProviderAddress { provider_address }];
    };
    vec![
        (
            "source address",
            changed(
                |state| balancer(state).source_vip = Some(Address::of("192.168.77.77")),
                "SourceVIP",
                "192.168.77.77",
            ),
        ),
        ("source address gone", changed(|state| balancer(state).source_vip = None, "SourceVIP", "")),
        (
            "endpoint of the cluster IP gone",
            endpoint(
                |state| {
                    state.endpoints.retain(|of| of.addresses().all(|of| *of != Address::of("10.96.0.10")));
                },
                Verb::Deleted,
                "10.96.0.10 (remote)",
            ),
        ),
        (
            "node of an endpoint",
            Mutation {
                field: Some(("Policies[ProviderAddress]", "192.168.77.78")),
                ..endpoint(provider_address, Verb::Changed, "10.244.")
            },
        ),
    ]
}

#[test]
fn a_mutation_of_either_side_of_hns_is_named() {
    let recorded = recorded();
    for network in ["l2bridge", "overlay"] {
        let name = format!("003-clusterip-3ep 1.36 {network}");
        let one = recorded.iter().find(|of| of.name == name).expect("it is recorded");
        let service = one.compiled.rules.services[0].id.to_string();
        let compare = |wanted: &State, held: &State| {
            let wanted = HnsSide::planned(wanted.clone());
            compared(one.compiled, [Box::new(wanted), Box::new(HnsSide::held(held.clone()))])
        };
        assert!(compare(&one.after, &one.after).is_empty(), "{name}");
        let overlay = if network == "overlay" { of_overlay() } else { Vec::new() };
        let everywhere = [fields_of_balancers(), members(), balancers(), endpoints()].into_iter().flatten();
        for (what, mutation) in everywhere.chain(overlay) {
            let mut mutated = one.after.clone();
            (mutation.mutate)(&mut mutated);
            let of_node = compare(&one.after, &mutated);
            // Which endpoints there are decides what is compiled.
            if mutation.kind == ObjectKind::LoadBalancer {
                assert_eq!(
                    describe(&of_node),
                    describe(&one.compare(mutated.clone())),
                    "{name}, {what}: compiled"
                );
            }
            mutation.assert_named(&of_node, 1, &service, &format!("{name}, {what} on the node"));
            let of_plan = compare(&mutated, &one.after);
            mutation.assert_named(&of_plan, 0, &service, &format!("{name}, {what} in the plan"));
        }
    }
}

/// A pod of this node with the address of a remote endpoint is another endpoint, and where nothing tells where it is,
/// it is not called equal.
#[test]
fn a_local_endpoint_in_the_place_of_a_remote_one_is_not_equal() {
    let recorded = recorded();
    for network in ["l2bridge", "overlay"] {
        let name = format!("003-clusterip-3ep 1.36 {network}");
        let one = recorded.iter().find(|of| of.name == name).expect("it is recorded");
        for is_told in [true, false] {
            let mut held = one.after.clone();
            let endpoint = remote(&mut held);
            endpoint.flags.remove(EndpointFlags::REMOTE);
            if !is_told {
                endpoint.gaps.note(Parts::PLACE, Telling::NotTold);
            }
            for swapped in [false, true] {
                let (wanted, held) = (HnsSide::planned(one.after.clone()), HnsSide::held(held.clone()));
                let mut sides = [Box::new(wanted) as Box<dyn Objects>, Box::new(held)];
                if swapped {
                    sides.reverse();
                }
                let found = compared(one.compiled, sides);
                let count = found.counts[&ObjectKind::Endpoint];
                let is_flag = |field: &FieldChange| field.path == "Flags";
                let is_named = found.changes.iter().any(|change| change.fields.iter().any(is_flag));
                assert_eq!(
                    (is_named, count.changed, count.undecided),
                    if is_told { (true, 1, 0) } else { (false, 0, 1) }
                );
                assert_eq!(found.is_empty(), !is_told, "{name}: {:#?}", describe(&found));
                assert!(is_told || !found.gaps.is_empty(), "{name}");
            }
        }
    }
}

/// What HNS reports of a network is a finding, as it is of endpoints and load balancers.
#[test]
fn a_network_that_hns_reports_as_faulty_is_a_finding() {
    let recorded = recorded();
    let name = "003-clusterip-3ep 1.36 l2bridge";
    let one = recorded.iter().find(|of| of.name == name).expect("it is recorded");
    let faults = |state: Option<u32>, last_error: Option<u32>| {
        let mut held = one.after.clone();
        held.networks[0].condition.state = state;
        held.networks[0].condition.last_error = last_error;
        let wanted = HnsSide::planned(one.after.clone());
        let found = compared(one.compiled, [Box::new(wanted), Box::new(HnsSide::held(held))]);
        let of_network = found.findings.iter().filter(|of| of.subject.kind.as_str() == "network");
        of_network.map(|of| of.message.clone()).collect::<Vec<_>>()
    };
    for state in [None, Some(1), Some(2)] {
        assert!(faults(state, None).is_empty(), "{state:?}");
    }
    for (state, last_error) in [(Some(5), None), (Some(4), None), (None, Some(0x803b_0001))] {
        let found = faults(state, last_error);
        assert!(found.len() == 1 && found[0].contains("HNS reports a fault"), "{found:?}");
    }
}

impl Mutation {
    fn assert_named(&self, found: &Comparison, side: usize, service: &str, what: &str) {
        let verb = match (&self.verb, side) {
            (Verb::Deleted, 0) => Verb::Created,
            (Verb::Created, 0) => Verb::Deleted,
            (verb, _) => verb.clone(),
        };
        let is_it = |change: &&hnsplan::diff::ObjectChange| {
            let value = |field: &FieldChange| {
                let value = if side == 0 { &field.before } else { &field.after };
                value.clone().unwrap_or_default()
            };
            let is_field = |field: &FieldChange, (path, part): (&str, &str)| {
                field.path.starts_with(path) && value(field).contains(part)
            };
            change.verb.as_str() == verb.as_str()
                && change.subject.kind == self.kind
                && change.subject.name.starts_with(self.name)
                && self.field.is_none_or(|wanted| change.fields.iter().any(|field| is_field(field, wanted)))
        };
        let Some(change) = found.changes.iter().find(is_it) else { panic!("{what}: {:#?}", describe(found)) };
        // An address that is in no slice is of nobody.
        let services: &[&str] = if self.name.contains("77.77") { &[] } else { &[service] };
        assert_eq!(change.subject.services, services, "{what}");
        assert!(!found.is_empty() && found.changes.len() <= 2, "{what}: {:#?}", describe(found));
    }
}
