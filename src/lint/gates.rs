//! Feature gates that end kube-proxy.

use crate::diagnostics::Diagnostic;
use crate::lint::codes;
use crate::node::{FeatureGates, Version};

/// Gates that a version no longer knows, or not yet (projectcalico/calico#5539: a node that restarts for ever).
pub(super) fn lint(gates: &FeatureGates, version: Version) -> Vec<Diagnostic> {
    let unknown = |name: &str, allowed: String| {
        let message = format!("feature gate {name} is not known to kube-proxy {}", version.described());
        Diagnostic::new(codes::GATE_REMOVED, message)
            .allowed(allowed)
            .help("kube-proxy does not start; take the gate out of featureGates")
    };
    let removed =
        gates.removed(version).map(|(name, last)| unknown(name, format!("versions up to 1.{last}")));
    let to_come =
        gates.not_yet(version).map(|(name, since)| unknown(name, format!("versions from 1.{since} on")));
    removed.chain(to_come).collect()
}
