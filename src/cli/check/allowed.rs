//! What the allow-list accepts is taken out of what is found, and kept apart.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::Failure;
use super::super::output::{MessageFormat, Terminal};
use super::told::{Told, service_of};
use super::{Compared, Remark};
use crate::allow::{AllowList, Entry, Subject};
use crate::check::{Concerned, Finding};
use crate::diagnostics::{Code, Diagnostic};
use crate::platform::Side;
use crate::source::Sources;

/// An entry, and what it accepts.
pub(super) struct Allowed<'l> {
    pub(super) entry: &'l Entry,
    pub(super) found: Vec<Told>,
}

/// Reads the list, and keeps its text among the sources, so that places in it can be shown.
pub(super) fn read(
    path: Option<&Path>,
    sources: &mut Sources,
    format: MessageFormat,
    terminal: &mut Terminal,
) -> Result<AllowList, Failure> {
    let Some(path) = path else { return Ok(AllowList::default()) };
    let id = sources.read_file(path)?;
    let targets: Vec<&str> = Side::all().map(Side::name).collect();
    AllowList::read(id, &sources.file(id).text, &targets).map_err(|wrong| {
        terminal.diagnostics(&wrong, sources, format, true);
        Failure::Usage("the allow-list cannot be used; nothing was compared".to_owned())
    })
}

/// Takes out what the list accepts, and adds a remark on each entry that accepts nothing.
pub(super) fn take_out<'l>(compared: &mut Compared<'_>, list: &'l AllowList) -> Vec<Allowed<'l>> {
    let mut sieve = Sieve { list, accepted: BTreeMap::new() };
    compared.remarks.retain(|Remark { target, diagnostic }| {
        let targets: Vec<&str> = target.iter().map(|target| target.name()).collect();
        sieve.leaves_remark(diagnostic, &targets)
    });
    compared.lints.retain(|lint| sieve.leaves_remark(lint, &[]));
    let mut findings = std::mem::take(&mut compared.comparison.findings);
    findings.retain_mut(|finding| sieve.leaves_some_of(finding, compared));
    compared.comparison.findings = findings;
    let Sieve { accepted, .. } = sieve;
    let unused = (0..).zip(&list.entries).filter(|(at, _)| !accepted.contains_key(at));
    compared
        .remarks
        .extend(unused.map(|(_, entry)| Remark { target: None, diagnostic: unused_entry(entry) }));
    accepted.into_iter().map(|(at, found)| Allowed { entry: &list.entries[at], found }).collect()
}

/// The list, and what each entry has accepted so far.
struct Sieve<'l> {
    list: &'l AllowList,
    accepted: BTreeMap<usize, Vec<Told>>,
}

impl Sieve<'_> {
    fn leaves(&mut self, subject: &Subject<'_>, told: impl FnOnce() -> Told) -> bool {
        let Some(at) = self.list.accepts(subject) else { return true };
        self.accepted.entry(at).or_default().push(told());
        false
    }

    fn leaves_remark(&mut self, diagnostic: &Diagnostic, targets: &[&str]) -> bool {
        let service = diagnostic.object.as_ref().filter(|object| object.kind == "Service");
        let service = service.map(|object| (&*object.namespace, &*object.name));
        let subject = Subject { code: diagnostic.code, service, port: None, targets };
        self.leaves(&subject, || Told::remark(diagnostic))
    }

    /// Takes accepted Services out of a difference, and says whether anything is left.
    fn leaves_some_of(&mut self, finding: &mut Finding<'_>, compared: &Compared<'_>) -> bool {
        let targets = finding.between.of(&compared.sides).map(|side| side.target.side.name());
        let code = finding.code;
        if finding.services.is_empty() {
            let subject = Subject { code, service: None, port: None, targets: &targets };
            return self.leaves(&subject, || Told::difference(finding, None, compared));
        }
        let leaves = |concerned: &Concerned<'_>| {
            let service = Some(service_of(concerned.id));
            let port = concerned.id.split_once(':').map(|(_, port)| port);
            let subject = Subject { code, service, port, targets: &targets };
            self.leaves(&subject, || Told::difference(finding, Some(concerned), compared))
        };
        let left = finding.services.iter().copied().filter(leaves).collect();
        finding.services = left;
        !finding.services.is_empty()
    }
}

fn unused_entry(entry: &Entry) -> Diagnostic {
    let of = entry.service.as_ref().map(|service| format!(" of {service}")).unwrap_or_default();
    let message = format!("no {}{of} is found, so the entry accepts nothing", entry.code.id());
    Diagnostic::new(Code::AllowListUnused, message).at(entry.place.clone()).help("take the entry out")
}
