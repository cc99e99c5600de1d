//! What is known to go wrong on Windows nodes that are set up like this one, whatever the rules say.
//!
//! ```text
//! builds ─► updates of Windows in which Services were broken
//! source_vip, network, overlay ─► the HNS network, the addresses on it, its routes
//! pod_placement, pods ─► whose pods are local, and whether there is any
//! members ─► members that Windows does not serve
//! addresses, ports ─► Services that want what the host has
//! port_blocks, scale ─► limits of Windows, by the `changes` that kube-proxy makes
//! faults ─► what the version of kube-proxy is known to do wrong
//! ```
//!
//! Most reports of Services that fail on Windows nodes are about inputs that have to agree and that nobody
//! compares. Each concern is a file; its rules say where they come from.

mod addresses;
mod builds;
mod changes;
mod faults;
mod members;
mod network;
mod overlay;
mod pod_placement;
mod pods;
mod port_blocks;
mod ports;
mod scale;
mod source_vip;

use super::model::State;
use super::{Features, Host, host, windows_release};
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::manifest::Cluster;
use crate::node::HnsVersion;
use crate::platform::Totals;

/// What is counted over all Services: frontends that lead nowhere without a pod, load balancers to be made, calls of HNS,
/// load balancers that translate, and those of them that `enableDSR` would spare.
const LOST: &str = "frontends for others";
const NEW: &str = "new load balancers";
const CALLS: &str = "calls";
const TRANSLATING: &str = "translating load balancers";
const SPARED: &str = "spared load balancers";

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
    /// What is counted over Services that the rules leave out.
    rest: &'s Totals,
}

/// Everything that is likely to go wrong on a Windows node.
#[must_use]
pub fn lint(cluster: &Cluster, rules: &RuleSet, hns: Hns<'_>, rest: &Totals) -> Vec<Diagnostic> {
    let (host, _) = host(rules, hns.state, crate::platform::hns::Basis::KubeProxy);
    WindowsNode { cluster, rules, host: &host, hns, rest }.lint()
}

/// What these lints count over all Services.
#[must_use]
pub fn totals(rules: &RuleSet, hns: Hns<'_>) -> Totals {
    let (host, _) = host(rules, hns.state, crate::platform::hns::Basis::KubeProxy);
    let cluster = Cluster::default();
    let node = WindowsNode { cluster: &cluster, rules, host: &host, hns, rest: Totals::NONE };
    let mut totals = node.met_faults();
    let changes = node.changes();
    totals.count(LOST, node.external_frontends());
    totals.count(NEW, changes.new.len());
    totals.count(CALLS, changes.calls);
    totals.count(TRANSLATING, changes.translating());
    totals.count(SPARED, node.of_cluster_ips(&changes.new));
    totals
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
            self.known_faults(),
            self.members(),
            self.regressions(),
            self.no_pod().into_iter().collect(),
            self.overlay(),
        ]
        .concat()
    }

    /// The version of HNS, where somebody told it.
    fn hns_version(self) -> Option<HnsVersion> {
        self.rules.node.windows.hns_version.or(self.hns.state.and_then(|state| state.hns_version))
    }

    /// The major version of HNS, where somebody told it, or the build that belongs to it: 9 is Windows Server 2019.
    fn known_hns_major(self) -> Option<u32> {
        let by_build = || Some(Features::usual_on(self.rules.node.windows.build?.build)?.major);
        self.hns_version().map(|version| version.major).or_else(by_build)
    }

    /// The release of Windows, where somebody told it.
    fn windows_build(self) -> Option<u32> {
        windows_release::told(&self.rules.node, self.hns_version()).map(|told| told.build.build)
    }
}
