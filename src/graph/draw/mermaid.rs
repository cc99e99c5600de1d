//! Mermaid, which forges draw in Markdown.

use std::fmt::Write;

use crate::graph::{NodeKind, RuleGraph};

/// The graph as a flowchart of Mermaid.
#[must_use]
pub fn mermaid(graph: &RuleGraph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (at, node) in graph.nodes().enumerate() {
        let parts = std::iter::once(&node.title).chain(&node.details).chain(&node.manifest);
        let mark = node.assumed.0.then(|| super::ASSUMED.to_owned());
        let label = parts.map(|part| encoded(part)).chain(mark).collect::<Vec<_>>().join("<br/>");
        let (open, close) = brackets(node.kind);
        let _ = writeln!(text, "  n{at}{open}\"{label}\"{close}");
    }
    for (from, to, edge) in graph.edges() {
        let labels: Vec<String> = edge.labels.iter().map(|label| encoded(label)).collect();
        let label = if labels.is_empty() { String::new() } else { format!("|\"{}\"|", labels.join("<br/>")) };
        let _ = writeln!(text, "  n{from} -->{label} n{to}");
    }
    text
}

/// Text of a label. What could mean something to Mermaid, Markdown or HTML is written by its number.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_alphanumeric() || " .,:/-%".contains(character) {
            encoded.push(character);
        } else {
            let _ = write!(encoded, "#{};", u32::from(character));
        }
    }
    encoded
}

fn brackets(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Frontend | NodeKind::Endpoint => ("(", ")"),
        NodeKind::Verdict | NodeKind::Missing => ("{{", "}}"),
        _ => ("[", "]"),
    }
}
