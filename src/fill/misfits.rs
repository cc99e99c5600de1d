//! What of the assumptions does not fit to the input, or not to itself: a workload that is not there, networks that overlap.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::codes;
use super::{AssumedWorkload, Assumptions};
use crate::diagnostics::Diagnostic;
use crate::manifest::AnyObject;
use crate::name::{nearest, printable};

/// Workloads about which something is assumed, and which the input does not have.
pub(super) fn workloads(given: &Assumptions, objects: &[AnyObject]) -> Vec<Diagnostic> {
    if given.workloads.is_empty() {
        return Vec::new();
    }
    let makes_pods = |object: &&AnyObject| {
        object.kind() == ("v1", "Pod") || object.get(&["spec", "template", "spec"]).is_some()
    };
    let mut kinds: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for object in objects.iter().filter(makes_pods) {
        kinds.entry((object.namespace(), object.name())).or_default().push(object.kind().1);
    }
    let at_run_time: BTreeSet<(&str, &str)> =
        given.pods.iter().map(|pods| (&*pods.namespace, &*pods.name)).collect();
    let is_there = |of: &&AssumedWorkload| {
        let name = (&*of.namespace, &*of.name);
        let has_kind = |kinds: &Vec<&str>| of.kind.as_deref().is_none_or(|kind| kinds.contains(&kind));
        at_run_time.contains(&name) || kinds.get(&name).is_some_and(has_kind)
    };
    let known: Vec<String> = kinds.keys().map(|(namespace, name)| format!("{namespace}/{name}")).collect();
    let absent = given.workloads.iter().filter(|of| !is_there(of));
    let said = absent.map(|of| {
        let name = format!("{}/{}", of.namespace, of.name);
        let near = nearest(&name, known.iter().map(String::as_str));
        let near = near.first().map(|near| format!("; did you mean {near}?")).unwrap_or_default();
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
