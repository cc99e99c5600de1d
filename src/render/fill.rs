//! What was assumed about a cluster, in words.

use super::counted;
use crate::fill::Assumed;
use crate::name::printable;

/// One line: how much was assumed.
#[must_use]
pub fn summary(assumed: &Assumed) -> String {
    let ranges: Vec<String> = assumed.used.service_cidrs.iter().map(ToString::to_string).collect();
    let mut parts = Vec::new();
    if !assumed.cluster_ips.is_empty() {
        parts.push(format!(
            "{} in {}",
            counted(assumed.cluster_ips.len(), "cluster IP"),
            ranges.join(" and ")
        ));
    }
    if !assumed.node_ports.is_empty() {
        parts.push(counted(assumed.node_ports.len(), "node port"));
    }
    if !assumed.load_balancers.is_empty() {
        parts.push(counted(assumed.load_balancers.len(), "load balancer address"));
    }
    let nodes = counted(assumed.nodes.len(), "assumed node");
    if !assumed.pods.is_empty() {
        let nodes = if assumed.nodes.is_empty() { String::new() } else { format!(" on {nodes}") };
        let mut workloads: Vec<usize> = assumed.pods.iter().map(|pod| pod.workload).collect();
        workloads.sort_unstable();
        workloads.dedup();
        parts.push(format!(
            "{} of {}{nodes}",
            counted(assumed.pods.len(), "pod"),
            counted(workloads.len(), "workload")
        ));
    } else if !assumed.nodes.is_empty() {
        parts.push(nodes);
    }
    if parts.is_empty() {
        return "assumed: nothing; the input has all addresses, node ports and pods".to_owned();
    }
    format!("assumed: {} (-v lists them)", parts.join(", "))
}

/// A line for each number that was assumed, and for each node.
#[must_use]
pub fn lines(assumed: &Assumed) -> Vec<String> {
    let addresses =
        assumed.cluster_ips.iter().map(|(service, ip)| format!("  {}  cluster IP {ip}", printable(service)));
    let ports = assumed
        .node_ports
        .iter()
        .map(|(service, port)| format!("  {}  node port {port}", printable(service)));
    let balancers = assumed
        .load_balancers
        .iter()
        .map(|(service, ip)| format!("  {}  load balancer address {ip}", printable(service)));
    let nodes = assumed.nodes.iter().map(|node| format!("  node {}", printable(node)));
    let pods = assumed.pods.iter().map(|pod| {
        let ips: Vec<String> = pod.ips.iter().map(ToString::to_string).collect();
        let of = &assumed.workloads[pod.workload];
        let replicas =
            if of.is_assumed { format!(", 1 of {}", counted_replicas(of.count)) } else { String::new() };
        format!(
            "  {}  pod of {} {} with {}{replicas}",
            printable(&pod.name),
            of.kind,
            printable(&of.name),
            ips.join(", ")
        )
    });
    let displaced = assumed
        .displaced
        .iter()
        .map(|of| format!("  {}  took the next free number: its own is in use", printable(of)));
    addresses.chain(ports).chain(balancers).chain(nodes).chain(pods).chain(displaced).collect()
}

/// `1 assumed replica`, `3 assumed replicas`
fn counted_replicas(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "assumed replica")
}
