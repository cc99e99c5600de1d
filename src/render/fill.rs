//! What was assumed about a cluster, in words.

use std::fmt::Write as _;
use std::io;

use super::counted;
use crate::fill::{Assumed, Marks, PortPurpose};
use crate::name::printable;
use crate::platform::Output;

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
    let ports = assumed.node_ports.iter().map(|port| {
        let what = match &port.purpose {
            PortPurpose::Traffic(_) => "node port",
            PortPurpose::HealthCheck => "health check node port",
        };
        format!("  {}  {what} {}", printable(&port.service), port.number)
    });
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

/// The answer with a star at each assumed number, and a list of what they are.
#[must_use]
pub fn starred(answer: &str, marks: &Marks) -> String {
    let list = footnote(answer, marks);
    marks.starred(answer) + &list
}

/// The answer with a list of the assumed numbers in it, for texts that have to stay as they are.
#[must_use]
pub fn with_footnote(mut answer: String, marks: &Marks) -> String {
    answer.push_str(&footnote(&answer, marks));
    answer
}

fn footnote(answer: &str, marks: &Marks) -> String {
    let found = marks.found_in(answer);
    let width = found.iter().map(|(number, _)| number.len()).max().unwrap_or_default();
    let mut lines = String::new();
    for (number, mark) in found {
        let _ = writeln!(lines, "  {number:width$}  {mark}");
    }
    if lines.is_empty() { lines } else { format!("* assumed:\n{lines}") }
}

/// What is assumed in a text, as the end of a sentence: `(assumed: 10.96.0.7 is clusterIP:shop/web)`.
#[must_use]
pub fn remark(text: &str, marks: &Marks) -> String {
    let found = marks.found_in(text).into_iter().map(|(number, mark)| format!("{number} is {mark}"));
    let found: Vec<String> = found.collect();
    if found.is_empty() { String::new() } else { format!(" (assumed: {})", found.join("; ")) }
}

/// Writes a text for a platform with what is assumed in comments at its head. Documents say it in their members.
///
/// # Errors
/// When `sink` refuses a piece.
pub fn write_marked(
    output: &Output<'_>,
    marks: &Marks,
    sink: &mut dyn FnMut(&str) -> io::Result<()>,
) -> io::Result<()> {
    if let Some(prefix) = output.comment.filter(|_| !marks.is_empty()) {
        sink(&format!("{prefix}assumed, and of no cluster:\n"))?;
        marks.iter().try_for_each(|(number, mark)| sink(&format!("{prefix}{number}  {mark}\n")))?;
    }
    output.text.write(sink)
}
