//! What is known to go wrong on nodes that are set up like this one, whatever the rules say.
//!
//! ```text
//! gates ─► settings that end kube-proxy
//! node_name ─► whose pods are local
//! ports ─► Services that want ports of the node
//! external_ips ─► what Kubernetes deprecates
//! platform::*::lint ─► what each platform knows besides
//! ```
//!
//! Most reports of Services that fail on Windows nodes are about inputs that have to agree and that nobody
//! compares. Each concern is a file; its rules say where they come from.
//!
//! **Invariant:** pure; nothing here follows packets or knows what other targets do.

pub mod codes;
mod external_ips;
mod gates;
mod node_name;
mod ports;

use crate::diagnostics::Diagnostic;
use crate::manifest::Cluster;
use crate::node::FeatureGates;
use crate::platform::{Context, Model, Platform};

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Situation<'s> {
    /// The objects.
    pub cluster: &'s Cluster,
    /// The feature gates of the node's kube-proxy.
    pub gates: &'s FeatureGates,
    /// The rules of the node, and what it holds.
    pub context: Context<'s>,
    /// The platforms that it is about, with the models of their wanted rules where those were made.
    pub platforms: &'s [(&'static dyn Platform, Option<&'s dyn Model>)],
}

/// Everything that is likely to go wrong, sorted by code and place.
#[must_use]
pub fn lint(situation: &Situation<'_>) -> Vec<Diagnostic> {
    let Situation { cluster, gates, context, platforms } = *situation;
    let mut found = gates::lint(gates, context.rules.node.version);
    found.extend(node_name::unknown(cluster, context.rules));
    found.extend(ports::of_node(context.rules));
    found.extend(external_ips::deprecated(context.rules));
    for (platform, model) in platforms {
        found.extend(platform.lint(context, cluster, *model));
    }
    found.sort_by(|a, b| (a.code, &a.place, a).cmp(&(b.code, &b.place, b)));
    // What is true of a service port in both families is reported once.
    found.dedup();
    found
}
