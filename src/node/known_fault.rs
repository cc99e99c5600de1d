//! The report of a known fault of the node's kube-proxy: which fault, whom it concerns, and the first release without it.

use std::collections::BTreeSet;

use super::behavior::{Fault, Version};
use super::codes;
use crate::diagnostics::Diagnostic;

/// How many Services are named.
const NAMED: usize = 5;

impl Fault {
    /// A warning where a version has the fault, a later one is without it, and some Services (`namespace/name`) meet it.
    #[must_use]
    pub fn report(&self, version: Version, services: &BTreeSet<String>) -> Option<Diagnostic> {
        let without = self.first_without(version).filter(|_| !services.is_empty())?;
        let listed: Vec<&str> = services.iter().take(NAMED).map(String::as_str).collect();
        let more = services.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let source = self.issue.map(|number| format!(", kubernetes/kubernetes#{number}")).unwrap_or_default();
        let message = format!("kube-proxy {} has a known fault: {}", version.described(), self.title);
        let help = format!(
            "{without} is the first later release without it ({}, {}{source}); it concerns {}{more}",
            self.id,
            self.evidence.as_str(),
            listed.join(", ")
        );
        Some(Diagnostic::new(codes::KNOWN_FAULT, message).help(help))
    }
}

#[cfg(test)]
mod tests {
    use super::super::FAULTS;
    use super::*;

    #[test]
    fn a_report_names_some_services_and_counts_the_others() {
        let services: BTreeSet<String> = (0..7).map(|number| format!("shop/web-{number}")).collect();
        let report = |version: &str, services: &BTreeSet<String>| {
            FAULTS[0].report(version.parse().unwrap(), services).and_then(|found| found.help)
        };
        let help = report("1.30", &services).expect("1.30 has the fault");
        assert!(help.starts_with("1.31.0 is the first later release without it (W1, recorded, "), "{help}");
        assert!(
            help.ends_with(
                "it concerns shop/web-0, shop/web-1, shop/web-2, shop/web-3, shop/web-4 and 2 more"
            )
        );
        assert_eq!(report("1.31", &services), None, "the release is without it");
        assert_eq!(report("1.30", &BTreeSet::new()), None, "no Service meets it");
    }
}
