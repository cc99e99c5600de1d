//! What of the assumptions does not fit to the input, or not to itself: a workload that is not there, networks that overlap,
//! more replicas than are filled.

use ipnet::IpNet;
use serde_json::Value;

use super::codes;
use super::{AssumedWorkload, Assumptions};
use crate::diagnostics::Diagnostic;
use crate::manifest::AnyObject;
use crate::name::{did_you_mean, printable};

/// How many pods a workload gets at most: no Service of a cluster has more endpoints.
pub(super) const MOST_PODS: u64 = 100_000;

/// Workloads about which something is assumed, and which the input does not have.
pub(super) fn workloads(given: &Assumptions, objects: &[AnyObject]) -> Vec<Diagnostic> {
    let makes_pods = |object: &&AnyObject| {
        object.kind() == ("v1", "Pod") || object.get(&["spec", "template", "spec"]).is_some()
    };
    let makers: Vec<&AnyObject> = objects.iter().filter(makes_pods).collect();
    let is_there = |of: &&AssumedWorkload| {
        let is_it = |object: &&&AnyObject| {
            (object.namespace(), object.name()) == (&*of.namespace, &*of.name)
                && of.kind.as_deref().is_none_or(|kind| kind == object.kind().1)
        };
        let is_run_time =
            |pods: &&super::RunTimePods| (&pods.namespace, &pods.name) == (&of.namespace, &of.name);
        makers.iter().any(|object| is_it(&object)) || given.pods.iter().any(|pods| is_run_time(&pods))
    };
    let absent = given.workloads.iter().filter(|of| !is_there(of));
    let said = absent.map(|of| {
        let name = format!("{}/{}", of.namespace, of.name);
        let known = makers.iter().map(|object| format!("{}/{}", object.namespace(), object.name()));
        let known: Vec<String> = known.collect();
        let near = did_you_mean(&name, known.iter().map(String::as_str));
        let near = if near.is_empty() { near } else { format!("; {}", near.trim_end()) };
        let kind = of.kind.as_deref().unwrap_or("workload");
        let message = format!(
            "the input has no {} {}, about which something is assumed{near}",
            printable(kind),
            printable(&name)
        );
        Diagnostic::new(codes::NO_SUCH_WORKLOAD, message)
    });
    said.collect()
}

/// Networks of pods that overlap with those of Services or of other nodes.
pub(super) fn networks(used: &Assumptions) -> Vec<Diagnostic> {
    let overlap = |one: &IpNet, other: &IpNet| one.contains(other) || other.contains(one);
    let of_nodes = || used.nodes.iter().flat_map(|node| node.pod_cidrs.iter().map(move |net| (node, net)));
    let mut found = Vec::new();
    let mut say = |what: String| {
        let message = format!("{what} overlap, so that one address may be that of two");
        found.push(Diagnostic::new(codes::NETWORKS_OVERLAP, message));
    };
    for service in &used.service_cidrs {
        let cluster = used.pod_cidrs.iter().filter(|net| overlap(net, service));
        cluster.for_each(|net| say(format!("the pod network {net} and the service range {service}")));
        // Those that are parts of the network above are told with it.
        let own = of_nodes().filter(|(_, net)| {
            overlap(net, service) && !used.pod_cidrs.iter().any(|cluster| cluster.contains(*net))
        });
        own.for_each(|(node, net)| {
            say(format!(
                "the pod network {net} of node {} and the service range {service}",
                printable(&node.name)
            ));
        });
    }
    for (at, (node, net)) in of_nodes().enumerate() {
        for (other, taken) in
            of_nodes().skip(at + 1).filter(|(other, taken)| other.name != node.name && overlap(net, taken))
        {
            let [node, other] = [&node.name, &other.name].map(|name| printable(name));
            say(format!("the pod network {net} of node {node} and {taken} of node {other}"));
        }
    }
    found
}

/// More replicas than a workload gets.
pub(super) fn replicas(objects: &[AnyObject]) -> Vec<Diagnostic> {
    let written = |object: &AnyObject| object.get(&["spec", "replicas"]).and_then(Value::as_u64);
    let makes_pods = |object: &&AnyObject| object.get(&["spec", "template", "spec"]).is_some();
    let too_many = objects.iter().filter(makes_pods).filter_map(|object| {
        let replicas = written(object).filter(|replicas| *replicas > MOST_PODS)?;
        let name = format!("{} {}/{}", object.kind().1, object.namespace(), object.name());
        let message = format!("{} has {replicas} replicas", printable(&name));
        let found = Diagnostic::new(codes::TOO_MANY_REPLICAS, message).allowed(format!("0 to {MOST_PODS}"));
        Some(found.at(object.origin.field("spec.replicas")))
    });
    too_many.collect()
}
