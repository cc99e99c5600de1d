//! DOT, the language of Graphviz.

use std::fmt::Write;

use crate::graph::{Node, NodeKind, RuleGraph};

/// The graph in DOT.
#[must_use]
pub fn dot(graph: &RuleGraph) -> String {
    let mut text =
        "digraph rules {\n  rankdir=LR;\n  node [shape=box, fontname=\"monospace\", fontsize=10];\n  \
                    edge [fontname=\"monospace\", fontsize=9];\n"
            .to_owned();
    for (at, node) in graph.nodes().enumerate() {
        let _ = writeln!(text, "  n{at} [label={}{}{}];", label(node), style(node.kind), mark(node));
    }
    for (from, to, edge) in graph.edges() {
        let labels = edge.labels.join("\n");
        let attributes =
            if labels.is_empty() { String::new() } else { format!(" [label={}]", quoted(&labels)) };
        let _ = writeln!(text, "  n{from} -> n{to}{attributes};");
    }
    text.push_str("}\n");
    text
}

fn label(node: &Node) -> String {
    let parts = std::iter::once(&node.title).chain(&node.details).chain(&node.manifest);
    let mark = node.assumed.0.then_some(super::ASSUMED);
    quoted(&parts.map(AsRef::as_ref).chain(mark).collect::<Vec<_>>().join("\n"))
}

/// A quoted string: a quote ends it, and a backslash begins what Graphviz would fill in.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// What is assumed has two borders, and its last line says so.
fn mark(node: &Node) -> &'static str {
    if node.assumed.0 { ", peripheries=2" } else { "" }
}

fn style(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::ServicePort => ", style=bold",
        NodeKind::Frontend => ", style=rounded",
        NodeKind::Endpoint => ", shape=ellipse",
        NodeKind::Network => ", shape=folder",
        NodeKind::Verdict => ", shape=octagon",
        NodeKind::Missing => ", style=dashed, color=red",
        _ => "",
    }
}
