//! Documents that commands print as JSON, printed again as text.

mod damage;
mod kinds;
mod lines;

use std::sync::LazyLock;

use serde_json::Value;

use crate::support::exe::hnsplan;

/// A command that prints a document, for shipped fixtures.
pub(super) struct Source {
    /// The kind of the document.
    pub(super) kind: &'static str,
    /// The snapshot of what is shown of it.
    pub(super) name: &'static str,
    /// The command without `-o json`.
    pub(super) command: &'static str,
    /// Whether what is shown is what the command itself prints: the document tells all of that.
    pub(super) is_same: bool,
}

const fn source(kind: &'static str, name: &'static str, command: &'static str, is_same: bool) -> Source {
    Source { kind, name, command, is_same }
}

/// One of each kind, and more of those that are drawn in several ways.
pub(super) const SOURCES: &[Source] = &[
    source(
        "Check",
        "check",
        "check -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1",
        false,
    ),
    source(
        "Check",
        "check.three",
        "check -t iptables,hns,netsh -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1",
        false,
    ),
    source(
        "Diff",
        "diff",
        "diff hns fixtures/reports/16-shared-endpoint/node.json -f fixtures/reports/cluster.yaml --node win-1",
        true,
    ),
    source(
        "FrontendDiff",
        "diff.frontends",
        "diff iptables hns -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1",
        false,
    ),
    source(
        "SemanticDiff",
        "diff.semantic",
        "diff iptables hns --semantic -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1",
        false,
    ),
    source(
        "Fleet",
        "fleet",
        "check --nodes all -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml",
        true,
    ),
    source("Replay", "replay", "replay fixtures/rollout", true),
    source("ReplayComparison", "replay.comparison", "replay fixtures/rollout --against 1.30", true),
    source("Rollout", "rollout", "rollout -f fixtures/rollouts/front.yaml --restart shop/front", true),
    source(
        "Trace",
        "trace",
        "trace --to shop/front -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1",
        false,
    ),
    source(
        "TraceMatrix",
        "trace.matrix",
        "trace --matrix -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1",
        true,
    ),
    source(
        "ApplyPlan",
        "plan",
        "plan -t netsh -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1",
        false,
    ),
];

impl Source {
    /// What the command prints, whatever it found.
    fn printed(&self, more: &str) -> String {
        let outcome = hnsplan(self.command).args(more).run();
        assert!(outcome.code < 2, "{}: {}", self.command, outcome.stderr);
        outcome.stdout
    }
}

/// The documents, in the order of the sources.
pub(super) fn documents() -> &'static [String] {
    static DOCUMENTS: LazyLock<Vec<String>> =
        LazyLock::new(|| SOURCES.iter().map(|source| source.printed("-o json")).collect());
    &DOCUMENTS
}

/// What is shown of a document.
fn show(document: &str, arguments: &str) -> String {
    hnsplan("show -").args(arguments).input(document).run().succeeded().to_owned()
}

/// All texts below members with a name, at any depth.
fn texts_below<'d>(value: &'d Value, member: &str, found: &mut Vec<&'d str>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == member => found.push(text),
                    Value::Array(values) if name == member => {
                        found.extend(values.iter().filter_map(Value::as_str));
                    }
                    _ => {}
                }
                texts_below(value, member, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| texts_below(value, member, found)),
        _ => {}
    }
}
