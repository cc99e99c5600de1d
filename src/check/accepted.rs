//! What the allow-list accepts is taken out of what is found, and kept apart.

use std::collections::BTreeMap;

use super::occurrence::{Occurrence, service_of};
use super::report::{Remark, Report};
use super::{Concerned, EffectComparison, Finding, Participant};
use crate::allow::{AllowList, Entry, Subject, codes};
use crate::diagnostics::Diagnostic;

/// An entry, and what it accepts.
pub struct Accepted<'l> {
    /// The entry.
    pub entry: &'l Entry,
    /// What it accepts.
    pub found: Vec<Occurrence>,
}

/// Takes out what the list accepts, and adds a remark on each entry that accepts nothing.
pub(super) fn accept<'l>(report: &mut Report<'_>, list: &'l AllowList) -> Vec<Accepted<'l>> {
    let mut sieve = Sieve { list, accepted: BTreeMap::new() };
    report.remarks.retain(|Remark { target, diagnostic }| {
        let targets: Vec<&str> = target.iter().map(|target| target.name()).collect();
        sieve.leaves_remark(diagnostic, &targets)
    });
    report.lints.retain(|lint| sieve.leaves_remark(lint, &[]));
    let mut findings = std::mem::take(&mut report.comparison.findings);
    findings.retain_mut(|finding| {
        sieve.leaves_some_of(finding, &report.participants, |finding, concerned| {
            Occurrence::difference(finding, concerned, report)
        })
    });
    report.comparison.findings = findings;
    let Sieve { accepted, .. } = sieve;
    let unused = (0..).zip(&list.entries).filter(|(at, _)| !accepted.contains_key(at));
    report.remarks.extend(unused.map(|(_, entry)| Remark { target: None, diagnostic: unused_entry(entry) }));
    accepted.into_iter().map(|(at, found)| Accepted { entry: &list.entries[at], found }).collect()
}

impl EffectComparison<'_> {
    /// Takes out the differences between sides that a list accepts.
    pub fn accept(&mut self, list: &AllowList, sides: &[Participant<'_>]) {
        let mut sieve = Sieve { list, accepted: BTreeMap::new() };
        self.findings.retain_mut(|finding| sieve.leaves_some_of(finding, sides, |_, _| ()));
        self.accepted = sieve.accepted.into_iter().map(|(at, found)| (at, found.len())).collect();
    }
}

/// The list, and what each entry has accepted so far.
struct Sieve<'l, T> {
    list: &'l AllowList,
    accepted: BTreeMap<usize, Vec<T>>,
}

impl Sieve<'_, Occurrence> {
    fn leaves_remark(&mut self, diagnostic: &Diagnostic, targets: &[&str]) -> bool {
        self.leaves(&Subject::of(diagnostic, targets), || Occurrence::remark(diagnostic))
    }
}

impl<T> Sieve<'_, T> {
    fn leaves(&mut self, subject: &Subject<'_>, occurrence: impl FnOnce() -> T) -> bool {
        let Some(at) = self.list.accepts(subject) else { return true };
        self.accepted.entry(at).or_default().push(occurrence());
        false
    }

    /// Takes accepted Services out of a difference, and says whether anything is left.
    fn leaves_some_of(
        &mut self,
        finding: &mut Finding<'_>,
        sides: &[Participant<'_>],
        occurrence: impl Fn(&Finding<'_>, Option<&Concerned<'_>>) -> T,
    ) -> bool {
        let targets = finding.between.of(sides).map(|side| side.target.side.name());
        let code = finding.code.id();
        if finding.services.is_empty() {
            let subject = Subject { code, service: None, port: None, targets: &targets };
            return self.leaves(&subject, || occurrence(finding, None));
        }
        let leaves = |concerned: &Concerned<'_>| {
            let service = Some(service_of(concerned.id));
            let port = concerned.id.split_once(':').map(|(_, port)| port);
            let subject = Subject { code, service, port, targets: &targets };
            self.leaves(&subject, || occurrence(finding, Some(concerned)))
        };
        let left = finding.services.iter().copied().filter(leaves).collect();
        finding.services = left;
        !finding.services.is_empty()
    }
}

fn unused_entry(entry: &Entry) -> Diagnostic {
    let of = entry.service.as_ref().map(|service| format!(" of {service}")).unwrap_or_default();
    let message = format!("no {}{of} is found, so the entry accepts nothing", entry.code.id());
    Diagnostic::new(codes::ALLOW_LIST_UNUSED, message).at(entry.place.clone()).help("take the entry out")
}
