//! JSON, for programs.

use serde::Serialize;

use crate::fill::{AssumedMembers, IsAssumed, Marks};
use crate::graph::{Node, RuleGraph};
use crate::name::visible_json;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    #[serde(flatten)]
    assumed: AssumedMembers,
    target: &'a str,
    nodes: Vec<NodeDocument<'a>>,
    edges: Vec<EdgeDocument<'a>>,
    findings: Vec<FindingDocument<'a>>,
}

#[derive(Serialize)]
struct NodeDocument<'a> {
    id: usize,
    kind: &'static str,
    title: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    details: &'a [Box<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<&'a str>,
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
}

#[derive(Serialize)]
struct EdgeDocument<'a> {
    from: usize,
    to: usize,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    labels: &'a [Box<str>],
}

#[derive(Serialize)]
struct FindingDocument<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

/// The graph of a target as JSON.
///
/// # Panics
/// Never: all that a graph holds can be written.
#[must_use]
pub fn json(graph: &RuleGraph, target: &str, marks: &Marks) -> String {
    let nodes = graph.nodes().enumerate().map(|(id, node)| NodeDocument {
        id,
        kind: node.kind.as_str(),
        title: &node.title,
        details: &node.details,
        manifest: node.manifest.as_deref(),
        assumed: node.assumed,
    });
    let findings = graph.findings().map(|finding| FindingDocument {
        code: finding.code.id(),
        severity: finding.severity().as_str(),
        message: &finding.message,
        help: finding.help.as_deref(),
    });
    let shown: String = graph.nodes().filter(|node| node.assumed.0).flat_map(texts).collect();
    let document = Document {
        api_version: "hnsplan/v1alpha1",
        kind: "RuleGraph",
        assumed: AssumedMembers::found_in(marks, &shown),
        target,
        nodes: nodes.collect(),
        edges: graph
            .edges()
            .map(|(from, to, edge)| EdgeDocument { from, to, labels: &edge.labels })
            .collect(),
        findings: findings.collect(),
    };
    visible_json(serde_json::to_string_pretty(&document).expect("texts and numbers only")) + "\n"
}

/// What a node shows, each on a line.
fn texts(node: &Node) -> impl Iterator<Item = String> {
    std::iter::once(&node.title).chain(&node.details).map(|text| format!("{text}\n"))
}
