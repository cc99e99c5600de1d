//! What was assumed about a cluster, in words.

use super::counted;
use crate::fill::{Assumed, Assumptions};

/// One line: how much was assumed.
#[must_use]
pub fn summary(assumed: &Assumed, assumptions: &Assumptions) -> String {
    let ranges: Vec<String> = assumptions.service_cidrs.iter().map(ToString::to_string).collect();
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
    if assumed.pods > 0 {
        let nodes = match assumed.nodes.len() {
            0 => String::new(),
            nodes => format!(" on {nodes} assumed nodes"),
        };
        parts.push(format!(
            "{} of {}{nodes}",
            counted(assumed.pods, "pod"),
            counted(assumed.workloads, "workload")
        ));
    }
    if parts.is_empty() {
        return "assumed: nothing; the input has all addresses, node ports and pods".to_owned();
    }
    format!("assumed: {} (-v lists them)", parts.join(", "))
}

/// A line for each number that was assumed, and for each node.
#[must_use]
pub fn lines(assumed: &Assumed) -> Vec<String> {
    let addresses = assumed.cluster_ips.iter().map(|(service, ip)| format!("  {service}  cluster IP {ip}"));
    let ports = assumed.node_ports.iter().map(|(service, port)| format!("  {service}  node port {port}"));
    let nodes = assumed.nodes.iter().map(|node| format!("  node {node}"));
    let displaced =
        assumed.displaced.iter().map(|of| format!("  {of}  took the next free number: its own is in use"));
    addresses.chain(ports).chain(nodes).chain(displaced).collect()
}
