//! What was assumed about a cluster, in words.

use std::io;

use super::counted;
use crate::document::assumed::mark_head;
use crate::fill::{Assumed, Marks};
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

/// The answer with a list of the assumed addresses in it, and what each of them is.
#[must_use]
pub fn with_footnote(mut answer: String, marks: &Marks) -> String {
    let found = marks.found_in(&answer);
    let width = found.iter().map(|(address, _)| address.len()).max().unwrap_or_default();
    let lines: Vec<String> =
        found.iter().map(|(address, mark)| format!("  {address:width$}  {mark}\n")).collect();
    if !lines.is_empty() {
        answer.push_str("assumed:\n");
        answer.extend(lines);
    }
    answer
}

/// The page with the same list.
#[must_use]
pub fn with_paragraph(page: String, marks: &Marks) -> String {
    let found = marks.found_in(&page).into_iter().map(|(address, mark)| format!("{address} {mark}"));
    let found: Vec<String> = found.collect();
    if found.is_empty() {
        return page;
    }
    page.replacen("<main>\n", &format!("<main>\n<p class=\"soft\">Assumed: {}</p>\n", found.join("; ")), 1)
}

/// Writes a text for a platform with what is assumed: in comments at its head, or in members of a document.
///
/// # Errors
/// When `sink` refuses a piece.
pub fn write_marked(
    output: &Output<'_>,
    marks: &Marks,
    sink: &mut dyn FnMut(&str) -> io::Result<()>,
) -> io::Result<()> {
    if marks.is_empty() {
        return output.text.write(sink);
    }
    if let Some(prefix) = output.comment {
        sink(&format!("{prefix}assumed, and of no cluster:\n"))?;
        marks.iter().try_for_each(|(ip, mark)| sink(&format!("{prefix}{ip}  {mark}\n")))?;
        return output.text.write(sink);
    }
    let mut is_head = true;
    output.text.write(&mut |piece| {
        let marked = if is_head { mark_head(piece, marks) } else { None };
        is_head = false;
        sink(marked.as_deref().unwrap_or(piece))
    })
}
