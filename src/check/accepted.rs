//! Each fact once: what the allow-list accepts is kept apart, and a loss is told with the difference that it causes.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::occurrence::{Occurrence, service_of};
use super::remark::Remark;
use super::report::Report;
use super::{Concerned, EffectComparison, Finding, Participant};
use crate::allow::{AllowList, Entry, Subject, codes};
use crate::diagnostics::Diagnostic;
use crate::name::printable;

/// An entry, and what it accepts.
pub struct Accepted<'l> {
    /// The entry.
    pub entry: &'l Entry,
    /// What it accepts.
    pub found: Vec<Occurrence>,
}

/// Takes out what the list accepts, moves losses to the differences that they cause, and adds a remark on each entry
/// that accepts nothing.
pub(super) fn accept<'l>(report: &mut Report<'_>, list: &'l AllowList) -> Vec<Accepted<'l>> {
    let mut sieve = Sieve { list, accepted: BTreeMap::new() };
    report.lints.retain(|lint| sieve.leaves_remark(lint, &[]));
    let remarks = std::mem::take(&mut report.remarks);
    let mut losses = Losses::of(&remarks, list);
    let mut findings = std::mem::take(&mut report.comparison.findings);
    findings.retain_mut(|finding| {
        let is_left =
            sieve.leaves_some_of(finding, &report.participants, &mut losses, |finding, concerned| {
                Occurrence::difference(finding, concerned, report)
            });
        // Changes between two versions are causes as well, and follow the losses.
        finding.causes.splice(..0, losses.take_attached(&remarks));
        is_left
    });
    report.comparison.findings = findings;
    let Losses { fates, .. } = losses;
    for (Remark { target, diagnostic }, fate) in remarks.into_iter().zip(fates) {
        match (fate.standing, fate.entry) {
            (Standing::Attached, _) | (Standing::Gone, None) => {}
            // The entry is of use, and what it accepts is the difference.
            (Standing::Gone, Some(at)) => drop(sieve.accepted.entry(at).or_default()),
            (Standing::Alone, Some(at)) => {
                sieve.accepted.entry(at).or_default().push(Occurrence::remark(&diagnostic));
            }
            (Standing::Alone, None) => report.remarks.push(Remark { target, diagnostic }),
        }
    }
    let Sieve { accepted, .. } = sieve;
    let unused = (0..).zip(&list.entries).filter(|(at, _)| !accepted.contains_key(at));
    report.remarks.extend(unused.map(|(_, entry)| Remark { target: None, diagnostic: unused_entry(entry) }));
    accepted.into_iter().map(|(at, found)| Accepted { entry: &list.entries[at], found }).collect()
}

impl EffectComparison<'_> {
    /// Takes out the differences between sides that a list accepts.
    pub fn accept(&mut self, list: &AllowList, sides: &[Participant<'_>]) {
        let mut sieve = Sieve { list, accepted: BTreeMap::new() };
        let mut losses = Losses::of(&[], list);
        self.findings.retain_mut(|finding| sieve.leaves_some_of(finding, sides, &mut losses, |_, _| ()));
        self.accepted = sieve.accepted.into_iter().map(|(at, found)| (at, found.len())).collect();
    }
}

/// How a loss is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// By itself: it causes no difference that was found.
    Alone,
    /// Not at all: all differences that it causes are accepted.
    Gone,
    /// With a difference.
    Attached,
}

/// What becomes of a remark.
#[derive(Debug, Clone, Copy)]
struct RemarkFate {
    standing: Standing,
    /// The entry that accepts it.
    entry: Option<usize>,
}

/// The losses among remarks, by their Services.
struct Losses<'r> {
    remarks: &'r [Remark],
    of_services: FxHashMap<(&'r str, &'r str), Vec<usize>>,
    fates: Vec<RemarkFate>,
    /// Those that cause the difference at hand.
    attached: Vec<usize>,
}

impl<'r> Losses<'r> {
    fn of(remarks: &'r [Remark], list: &AllowList) -> Self {
        let mut of_services: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        let mut fates = Vec::new();
        for (at, Remark { target, diagnostic }) in remarks.iter().enumerate() {
            let targets: Vec<&str> = target.iter().map(|target| target.name()).collect();
            let subject = Subject::of(diagnostic, &targets);
            fates.push(RemarkFate { standing: Standing::Alone, entry: list.accepts(&subject) });
            if let Some(object) = diagnostic.object.as_ref().filter(|object| object.kind == "Service")
                && !diagnostic.code.causes().is_empty()
            {
                of_services.entry((&*object.namespace, &*object.name)).or_default().push(at);
            }
        }
        Self { remarks, of_services, fates, attached: Vec::new() }
    }

    /// The losses of either side that cause a difference in a Service.
    fn causing(&self, difference: &str, service: (&str, &str), sides: [&str; 2]) -> Vec<usize> {
        let all = self.of_services.get(&service).map_or(&[][..], |all| all);
        let causes = |at: &usize| {
            let Remark { target, diagnostic } = &self.remarks[*at];
            let is_of_side = target.is_some_and(|target| sides.contains(&target.name()));
            is_of_side && diagnostic.code.causes().contains(&difference)
        };
        all.iter().copied().filter(causes).collect()
    }

    /// The losses that cause the difference that was looked at last.
    fn take_attached(&mut self, remarks: &[Remark]) -> Vec<Remark> {
        let mut attached = std::mem::take(&mut self.attached);
        attached.sort_unstable();
        attached.dedup();
        attached.into_iter().map(|at| remarks[at].clone()).collect()
    }
}

/// The list, and what each entry has accepted so far.
struct Sieve<'l, T> {
    list: &'l AllowList,
    accepted: BTreeMap<usize, Vec<T>>,
}

impl Sieve<'_, Occurrence> {
    fn leaves_remark(&mut self, diagnostic: &Diagnostic, targets: &[&str]) -> bool {
        let Some(at) = self.list.accepts(&Subject::of(diagnostic, targets)) else { return true };
        self.accepted.entry(at).or_default().push(Occurrence::remark(diagnostic));
        false
    }
}

impl<T> Sieve<'_, T> {
    /// Takes accepted Services out of a difference, also those where the loss that causes it is accepted. Whether
    /// anything is left.
    fn leaves_some_of(
        &mut self,
        finding: &mut Finding<'_>,
        sides: &[Participant<'_>],
        losses: &mut Losses<'_>,
        occurrence: impl Fn(&Finding<'_>, Option<&Concerned<'_>>) -> T,
    ) -> bool {
        let targets = finding.between.of(sides).map(|side| side.target.side.name());
        let code = finding.code.id();
        let subject = Subject { code, service: None, port: None, targets: &targets };
        if finding.services.is_empty() {
            let Some(at) = self.list.accepts(&subject) else { return true };
            self.accepted.entry(at).or_default().push(occurrence(finding, None));
            return false;
        }
        let leaves = |concerned: &Concerned<'_>| {
            let service = service_of(concerned.id);
            let port = concerned.id.split_once(':').map(|(_, port)| port);
            let causes = losses.causing(code, service, targets);
            let by_itself = self.list.accepts(&Subject { service: Some(service), port, ..subject });
            let by_cause = || causes.iter().find_map(|at| losses.fates[*at].entry);
            let accepted = by_itself.or_else(by_cause);
            for at in &causes {
                match (&mut losses.fates[*at].standing, accepted) {
                    (Standing::Attached, _) => {}
                    (standing, Some(_)) => *standing = Standing::Gone,
                    (standing, None) => *standing = Standing::Attached,
                }
            }
            match accepted {
                Some(at) => self.accepted.entry(at).or_default().push(occurrence(finding, Some(concerned))),
                None => losses.attached.extend(causes),
            }
            accepted.is_none()
        };
        let left = finding.services.iter().copied().filter(leaves).collect();
        finding.services = left;
        !finding.services.is_empty()
    }
}

fn unused_entry(entry: &Entry) -> Diagnostic {
    let of = entry.service.as_ref().map(|service| format!(" of {service}")).unwrap_or_default();
    let port = entry.port.as_ref().map(|port| format!(", port {}", printable(port))).unwrap_or_default();
    let targets =
        entry.targets.as_ref().map(|targets| targets.iter().map(|of| printable(of)).collect::<Vec<_>>());
    let about = targets.map(|targets| format!(" about {}", targets.join(" and "))).unwrap_or_default();
    let message = format!(
        "no {}{of}{port}{about} is found, so the entry accepts nothing; its reason is: {}",
        entry.code.id(),
        printable(&entry.reason)
    );
    Diagnostic::new(codes::ALLOW_LIST_UNUSED, message).at(entry.place.clone()).help("take the entry out")
}
