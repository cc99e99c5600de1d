//! `spec.externalIPs`, which Kubernetes deprecates.

use std::collections::BTreeSet;

use crate::diagnostics::Diagnostic;
use crate::ir::{FrontendKind, RuleSet};
use crate::lint::codes;

/// Services with external IPs, each once, where the API server warns of them (kubernetes/kubernetes#137293).
pub(super) fn deprecated(rules: &RuleSet) -> Vec<Diagnostic> {
    if !rules.node.behavior.deprecates_external_ips {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let with_one = rules.services.iter().filter(|port| {
        port.frontends_of(FrontendKind::ExternalIp).next().is_some()
            && seen.insert((&port.namespace, &port.name))
    });
    let said = with_one.map(|port| {
        let message = format!("{}/{} has external IPs", port.namespace, port.name);
        port.diagnostic(codes::EXTERNAL_IPS, "spec.externalIPs", message)
            .help("move its clients to a load balancer address before a release stops serving them")
    });
    said.collect()
}
