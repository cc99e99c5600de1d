//! What is to be said about the input as a whole.

use super::Compiled;
use crate::diagnostics::Diagnostic;
use crate::manifest::codes;
use crate::name::{nearest, printable};

/// How many names of nodes are listed.
const LISTED: usize = 10;

/// A node is not among those of the input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct UnknownNode {
    message: String,
}

/// Findings about the input as a whole.
pub(super) fn findings(compiled: &Compiled) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !compiled.skipped.is_empty() {
        let kinds = compiled.skipped.iter();
        let kinds: Vec<_> = kinds.map(|(kind, count)| format!("{count} {}", printable(kind))).collect();
        found.push(Diagnostic::new(codes::KIND_SKIPPED, format!("passed over {}", kinds.join(", "))));
    }
    if compiled.is_empty() {
        let message = "there is no Service and no EndpointSlice that could be used";
        let help = "kubectl get nodes,services,endpointslices -A -o yaml prints what is needed";
        found.push(Diagnostic::new(codes::NOTHING_READ, message).help(help));
    }
    found
}

/// Checks that the node is one of the input, if that has any.
pub(super) fn check_node(compiled: &Compiled) -> Result<(), UnknownNode> {
    let (cluster, node) = (&compiled.cluster, &compiled.rules.node);
    let Some(name) = node.name.as_ref() else { return Ok(()) };
    if cluster.nodes.is_empty() || cluster.node(name.as_str()).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = cluster.nodes.iter().map(|node| node.name.as_str()).collect();
    let near = nearest(name.as_str(), names.iter().copied());
    let near = near.first().map(|near| format!("did you mean {near}? ")).unwrap_or_default();
    let listed = names.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("node {name} is not in the input; {near}nodes in the input: {listed}{more}");
    Err(UnknownNode { message })
}
