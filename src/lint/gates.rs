//! Feature gates that end kube-proxy.

use crate::diagnostics::Diagnostic;
use crate::lint::codes;
use crate::node::{FeatureGates, Version};

/// Gates that a version no longer knows (projectcalico/calico#5539: a node that restarts for ever).
pub(super) fn lint(gates: &FeatureGates, version: Version) -> Vec<Diagnostic> {
    let said = gates.removed(version).map(|(name, last)| {
        let message = format!("feature gate {name} is not known to kube-proxy {}", version.described());
        Diagnostic::new(codes::GATE_REMOVED, message)
            .allowed(format!("versions up to 1.{last}"))
            .help("kube-proxy does not start; take the gate out of featureGates")
    });
    said.collect()
}
