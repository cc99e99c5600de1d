//! What is known to go wrong on nodes that are set up like this one, whatever the rules say.
//!
//! ```text
//! gates ─► settings that end kube-proxy
//! node_name ─► whose pods are local
//! ports ─► Services that want ports of the node
//! platform::*::lint ─► what each platform knows besides
//! ```
//!
//! Most reports of Services that fail on Windows nodes are about inputs that have to agree and that nobody
//! compares. Each concern is a file; its rules say where they come from.
//!
//! **Invariant:** pure; nothing here follows packets or knows what other targets do.

mod gates;
mod node_name;
mod ports;

use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::manifest::Cluster;
use crate::node::FeatureGates;
use crate::platform::hns::lint as hns_lint;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'s> {
    /// The objects.
    pub cluster: &'s Cluster,
    /// The rules of the node.
    pub rules: &'s RuleSet,
    /// The feature gates of its kube-proxy.
    pub gates: &'s FeatureGates,
    /// What is known of HNS; `None` where nobody asks about Windows.
    pub hns: Option<hns_lint::Hns<'s>>,
}

/// Everything that is likely to go wrong, sorted by code and place.
#[must_use]
pub fn lint(situation: &Situation<'_>) -> Vec<Diagnostic> {
    let Situation { cluster, rules, gates, hns } = *situation;
    let mut found = gates::lint(gates, rules.node.version);
    found.extend(node_name::unknown(cluster, rules));
    found.extend(ports::of_node(rules));
    if let Some(hns) = hns {
        found.extend(hns_lint::lint(cluster, rules, hns));
    }
    found.sort_by(|a, b| (a.code, &a.place, a).cmp(&(b.code, &b.place, b)));
    // What is true of a service port in both families is said once.
    found.dedup();
    found
}
