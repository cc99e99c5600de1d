//! What is known to go wrong on nodes that are set up like this one, whatever the rules say.
//!
//! ```text
//! gates ─► settings that end kube-proxy
//! source_vip, network ─► the HNS network and the addresses on it
//! node_name ─► whose pods are local
//! addresses, ports ─► Services that want what the node has
//! port_blocks, scale ─► limits of Windows, by the `changes` that kube-proxy makes
//! ```
//!
//! Most reports of Services that fail on Windows nodes are about inputs that have to agree and that nobody
//! compares. Each concern is a file; its rules say where they come from.
//!
//! **Invariant:** pure; nothing here follows packets or knows what other targets do.

mod addresses;
mod changes;
mod gates;
mod network;
mod node_name;
mod port_blocks;
mod ports;
mod scale;
mod source_vip;

use crate::diagnostics::{Code, Diagnostic, ObjectRef};
use crate::ir::{RuleSet, ServicePort};
use crate::manifest::Cluster;
use crate::node::FeatureGates;
use crate::target::hns::model::State;
use crate::target::hns::{Host, host};

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
    pub hns: Option<Hns<'s>>,
}

/// What is known of HNS.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hns<'s> {
    /// What it holds.
    pub state: Option<&'s State>,
    /// What it is to hold, once kube-proxy has done its work.
    pub after: Option<&'s State>,
}

/// A Windows node, with all that its lints look at.
#[derive(Clone, Copy)]
struct WindowsNode<'s> {
    cluster: &'s Cluster,
    rules: &'s RuleSet,
    host: &'s Host<'s>,
    hns: Hns<'s>,
}

/// Everything that is likely to go wrong, sorted by code and place.
#[must_use]
pub fn lint(situation: &Situation<'_>) -> Vec<Diagnostic> {
    let Situation { cluster, rules, gates, hns } = *situation;
    let mut found = gates::lint(gates, rules.node.version);
    found.extend(node_name::unknown(cluster, rules));
    found.extend(ports::of_node(rules));
    if let Some(hns) = hns {
        let (host, _) = host(rules, hns.state);
        found.extend(WindowsNode { cluster, rules, host: &host, hns }.lint());
    }
    found.sort_by(|a, b| (a.code, &a.place, a).cmp(&(b.code, &b.place, b)));
    // What is true of a service port in both families is said once.
    found.dedup();
    found
}

impl WindowsNode<'_> {
    fn lint(self) -> Vec<Diagnostic> {
        [
            self.source_vip(),
            self.network(),
            self.pods_placed_elsewhere(),
            self.vips_of_nodes(),
            self.ports(),
            self.port_blocks(),
            self.scale(),
        ]
        .concat()
    }

    /// The major version of HNS, where somebody told it: 9 is Windows Server 2019.
    fn known_hns_major(self) -> Option<u32> {
        let told = self.rules.node.windows.hns_version.or(self.hns.state.and_then(|state| state.hns_version));
        told.map(|version| version.major)
    }
}

/// A finding about a field of the Service of a service port.
fn about(port: &ServicePort, code: Code, field: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, message)
        .about(ObjectRef::new("Service", port.namespace.as_str(), port.name.as_str()))
        .at(port.origin.field(field))
}
