//! Draws a check for services that show findings beside code: code scanning, and annotations of workflows.

use crate::check::{Report, occurrences, occurrences_by_kind};
use crate::render::github;
use crate::render::sarif::{self, SarifFinding};

/// SARIF: each place of each finding, also what is accepted, with the reason.
#[must_use]
pub fn sarif(report: &Report<'_>) -> String {
    let open = occurrences(report);
    let accepted =
        report.accepted.iter().flat_map(|of| of.found.iter().map(|found| (found, Some(&*of.entry.reason))));
    let findings: Vec<SarifFinding<'_>> = open
        .iter()
        .map(|found| (found, None))
        .chain(accepted)
        .map(|(found, accepted)| SarifFinding { diagnostic: &found.diagnostic, key: &found.key, accepted })
        .collect();
    sarif::render(&findings, report.sources, report.assumed())
}

/// Annotations for GitHub, one a line for each kind of finding.
#[must_use]
pub fn github(report: &Report<'_>) -> String {
    let kinds = occurrences_by_kind(report);
    kinds
        .iter()
        .map(|diagnostic| github::render(diagnostic, report.sources, report.assumed()) + "\n")
        .collect()
}
