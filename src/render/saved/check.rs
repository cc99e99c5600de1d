//! Draws what targets differ in from a saved document: each kind with one packet that shows it, and sums at the end.

mod sums;

use std::collections::BTreeSet;
use std::fmt::Write;

use super::Detail;
use crate::catalog;
use crate::diagnostics::Code;
use crate::document::saved::{SavedCheck, SavedExample, SavedFinding, SavedRecord};
use crate::render::check::text::{beside, way_through};
use crate::render::check::{INDENT, LISTED};
use crate::render::columns::wrapped;
use crate::render::counted;

/// All findings, and what was asked.
pub(super) fn draw(check: &SavedCheck, detail: Detail) -> String {
    let page = Page { check, all: detail.all, width: detail.width };
    let mut text = String::new();
    for kind in check.lints.chunk_by(|one, other| one.code == other.code) {
        page.lints(&mut text, kind);
        text.push('\n');
    }
    for kind in check.findings.chunk_by(|one, other| one.code == other.code) {
        page.kind(&mut text, kind);
        text.push('\n');
    }
    sums::draw(&mut text, check, detail.all);
    text
}

/// A check, and how it is drawn.
struct Page<'c> {
    check: &'c SavedCheck,
    all: bool,
    width: usize,
}

impl Page<'_> {
    fn listed(&self) -> usize {
        if self.all { usize::MAX } else { LISTED }
    }

    fn explanation(&self, text: &mut String, explanation: &str) {
        for line in wrapped(explanation, self.width - INDENT) {
            let _ = writeln!(text, "     {line}");
        }
    }

    /// What is known to go wrong on the node, of one code.
    fn lints(&self, text: &mut String, lints: &[SavedRecord]) {
        let SavedRecord { code, severity, help, .. } = &lints[0];
        let known = catalog::find(code);
        let title = known.map(Code::title).unwrap_or_default();
        let _ = writeln!(text, "{:75}  this node", format!("{code} {severity:7}  {title}"));
        if let Some(known) = known {
            self.explanation(text, known.explanation());
        }
        for lint in lints.iter().take(self.listed()) {
            let _ = writeln!(text, "     {}", lint.message);
            if let Some(allowed) = &lint.allowed {
                let _ = writeln!(text, "       allowed: {allowed}");
            }
            if let Some(place) = &lint.place {
                let object = lint.object.as_ref().map(|of| match &*of.namespace {
                    "" => format!(" of {} {}", of.kind, of.name),
                    namespace => format!(" of {} {namespace}/{}", of.kind, of.name),
                });
                let spot = format!("{}:{}:{}", place.file, place.line, place.column);
                let _ = writeln!(text, "       at {spot}  {}{}", place.field, object.unwrap_or_default());
            }
        }
        if lints.len() > self.listed() {
            let _ = writeln!(text, "     and {} more; -v names all", lints.len() - self.listed());
        }
        if let Some(help) = help {
            let _ = writeln!(text, "     → {help}");
        }
    }

    /// A kind of difference, between each two sides that show it.
    fn kind(&self, text: &mut String, findings: &[SavedFinding]) {
        let SavedFinding { code, severity, title, meaning, advice, .. } = &findings[0];
        let services: BTreeSet<_> = findings.iter().flat_map(|finding| &finding.services).collect();
        let unclaimed: BTreeSet<_> = findings.iter().flat_map(|finding| &finding.unclaimed).collect();
        let many = match services.len() {
            0 if unclaimed.is_empty() => "no Service".to_owned(),
            0 => counted(unclaimed.len(), "frontend") + " of no Service",
            many => counted(many, "service port"),
        };
        let _ = writeln!(text, "{:75}  {many}", format!("{code} {severity:7}  {title}"));
        self.explanation(text, meaning);
        let _ = writeln!(text, "     → {advice}");
        self.causes(text, findings);
        // What one packet shows of the same Services is told once.
        let mut told: Vec<Vec<&SavedFinding>> = Vec::new();
        for finding in findings {
            let is_same = |same: &&mut Vec<&SavedFinding>| {
                let (one, other) = (&same[0].example, &finding.example);
                let packet = |of: &SavedExample| (of.client.ip, of.destination, of.protocol.clone());
                same[0].services == finding.services && packet(one) == packet(other)
            };
            match told.iter_mut().find(is_same) {
                Some(same) => same.push(finding),
                None => told.push(vec![finding]),
            }
        }
        for same in told {
            if self.check.sides.len() > 2 {
                let pairs: Vec<String> = same.iter().map(|finding| finding.between.join(" ≠ ")).collect();
                let _ = writeln!(text, "     {}", pairs.join(", "));
            }
            self.example(text, same[0]);
            self.services(text, same[0]);
        }
    }

    /// The losses that cause a kind of difference, each once.
    fn causes(&self, text: &mut String, findings: &[SavedFinding]) {
        let mut causes: Vec<String> = Vec::new();
        for cause in findings.iter().flat_map(|finding| &finding.causes) {
            let sentence = cause.sentence();
            if !causes.contains(&sentence) {
                causes.push(sentence);
            }
        }
        for cause in causes.iter().take(self.listed()) {
            beside(text, "     cause: ", cause, self.width);
        }
        if causes.len() > self.listed() {
            let more = counted(causes.len() - self.listed(), "more cause");
            let _ = writeln!(text, "     and {more}; -v names all");
        }
    }

    fn example(&self, text: &mut String, finding: &SavedFinding) {
        let SavedExample { service, client, destination, protocol, answers } = &finding.example;
        let named = service.as_ref().map(|id| format!("{id}  ")).unwrap_or_default();
        let _ = writeln!(text, "     {named}{} {} → {destination}/{protocol}", client.kind, client.ip);
        let width = answers.iter().map(|of| of.target.len()).max().unwrap_or_default();
        for answer in answers {
            beside(text, &format!("       {:width$}  ", answer.target), &answer.sentence(), self.width);
            let first = answer.outcomes.first().map_or(&[][..], |outcome| &outcome.steps);
            let way = way_through(first.iter().map(|step| &*step.within).collect());
            beside(text, &format!("       {:width$}    by ", ""), &way, self.width);
        }
        let is_named = |service: &String| finding.services.iter().any(|of| of.service == *service);
        if service.as_ref().is_some_and(|service| !is_named(service)) {
            text.push_str("     that Service is accepted, and stands here for those that are not\n");
        }
    }

    /// The service ports, and the addresses of none; one that is the example stands above.
    fn services(&self, text: &mut String, finding: &SavedFinding) {
        let SavedFinding { services, unclaimed, example, .. } = finding;
        for of in services.iter().take(self.listed()) {
            let _ = writeln!(text, "     at {}  {}", of.manifest, of.service);
        }
        if services.len() > self.listed() {
            let _ = writeln!(text, "     and {} more; -v names all", services.len() - self.listed());
        }
        let shown = format!("{}/{}", example.destination, example.protocol);
        let others: Vec<&String> = unclaimed.iter().filter(|of| **of != shown).collect();
        for to in others.iter().take(self.listed()) {
            let _ = writeln!(text, "     at {to}  of no Service");
        }
        if others.len() > self.listed() {
            let more = others.len() - self.listed();
            let _ = writeln!(text, "     and {more} more of no Service; -v names all");
        }
    }
}
