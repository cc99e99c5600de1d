//! JSON, for programs.

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use crate::fill::{AssumedMembers, IsAssumed, Marks};
use crate::graph::{Node, RuleGraph};
use crate::name::visible_json;
use crate::platform::schema_of;

/// The rules of a node as a graph, as `hnsplan graph -o json` prints it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "RuleGraph")]
struct Document<'a> {
    /// `hnsplan/v1alpha1`
    api_version: &'static str,
    /// `RuleGraph`
    kind: &'static str,
    #[serde(flatten)]
    assumed: AssumedMembers,
    /// The target whose rules are drawn.
    target: &'a str,
    /// Service ports, and what the platform keeps for them.
    nodes: Vec<NodeDocument<'a>>,
    /// What leads from one node to another.
    edges: Vec<EdgeDocument<'a>>,
    /// What is wrong with the graph, and what of it is not known.
    findings: Vec<FindingDocument<'a>>,
}

/// A node of the graph.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Node")]
struct NodeDocument<'a> {
    /// Its number, from 0 in the order of the list.
    id: usize,
    /// What it is: service-port, frontend, chain, load-balancer and so on.
    kind: &'static str,
    /// What it is called.
    title: &'a str,
    /// What else is to be known of it, a few words each.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    details: &'a [Box<str>],
    /// Where its Service was read: `file:line`.
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<&'a str>,
    /// Whether an assumed number is in its title or its details.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
}

/// What leads from one node to another.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Edge")]
struct EdgeDocument<'a> {
    /// The number of the node that it starts at.
    from: usize,
    /// The number of the node that it leads to.
    to: usize,
    /// What it is, or which packets take it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    labels: &'a [Box<str>],
}

/// What is wrong, or not known.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Flaw")]
struct FindingDocument<'a> {
    /// Its code: `hnsplan explain CODE` says more.
    code: &'static str,
    /// error, warning or note.
    severity: &'static str,
    /// What it is.
    message: &'a str,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

/// The JSON Schema of a graph.
#[must_use]
pub fn json_schema() -> Schema {
    schema_of::<Document<'static>>()
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
