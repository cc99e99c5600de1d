//! Draws what a check found as JUnit XML: each kind of finding is a group, each finding a case.

use std::collections::BTreeMap;

use crate::check::{Occurrence, Report, occurrences};
use crate::diagnostics::Code;
use crate::name::escaped;
use crate::render::junit::{CaseResult, Group, render};
use crate::render::{counted, fill};

/// All findings; those whose code, or that of whose cause, `fails` are failures. What was compared is a case of its own.
#[must_use]
pub fn draw(report: &Report<'_>, fails: impl Fn(Code) -> bool) -> String {
    let mut kinds: BTreeMap<Code, Vec<CaseResult>> = BTreeMap::new();
    for found in occurrences(report) {
        let code = found.diagnostic.code;
        let is_failure = fails(code) || found.causes.iter().any(|cause| fails(*cause));
        kinds.entry(code).or_default().push(result(&found, report, is_failure));
    }
    let compared = format!(
        "{} over {}",
        counted(report.comparison.service_ports, "service port"),
        counted(report.comparison.compared, "packet class")
    );
    let nothing = || format!("nothing was compared: {}", report.why_nothing());
    let skipped = report.compares_nothing().then(nothing).or_else(|| report.nothing_between());
    let result = CaseResult { skipped, ..CaseResult::passed(compared) };
    let mut results = vec![result];
    let undecided = report.comparison.undecided;
    if undecided > 0 && !report.compares_nothing() {
        let reasons = report.comparison.reasons_in_order();
        let reasons: Vec<String> = reasons.iter().map(|(reason, many)| format!("{many} {reason}")).collect();
        let name = format!("undecided: {}", counted(undecided, "packet class"));
        results.push(CaseResult { skipped: Some(reasons.join("\n")), ..CaseResult::passed(name) });
    }
    let first = Group { name: report.names.join(" and "), results };
    let others = kinds.into_iter().map(|(code, results)| {
        let name = format!("{} {}: {}", code.id(), code.severity(), code.title());
        Group { name, results }
    });
    render(&std::iter::once(first).chain(others).collect::<Vec<_>>())
}

fn result(found: &Occurrence, report: &Report<'_>, fails: bool) -> CaseResult {
    let diagnostic = &found.diagnostic;
    let spot = diagnostic.place.as_ref().map(|place| escaped(&report.sources.spot(place).to_string()));
    let object = diagnostic.object.as_ref().map(ToString::to_string);
    let name: Vec<String> = [object, Some(escaped(&found.key)), spot.clone()].into_iter().flatten().collect();
    let details = [Some(diagnostic.code.explanation().to_owned()), diagnostic.help.clone(), spot];
    let details: Vec<String> = details.into_iter().flatten().collect();
    let remark = fill::remark(&format!("{} {}", diagnostic.message, found.key), report.assumed());
    let failure = fails.then(|| (diagnostic.message.clone() + &remark, details.join("\n")));
    CaseResult { failure, ..CaseResult::passed(name.join("  ")) }
}
