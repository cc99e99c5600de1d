//! Findings that are accepted: taken out of what is reported, and counted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Failure, Terminal, misplaced};
use crate::allow::{self, AllowList, Subject};
use crate::capture::Identity;
use crate::catalog;
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::flag::OwnKind;
use crate::render;
use crate::source::Sources;

/// The allow-list of a command, and what it has accepted.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) list: AllowList,
    sources: Sources,
    lists_accepted: bool,
    accepted: BTreeMap<usize, usize>,
}

impl Judge {
    /// Of a list from these texts, which has accepted nothing yet; `lists_accepted` is whether each entry is shown.
    pub(crate) fn new(list: AllowList, sources: Sources, lists_accepted: bool) -> Self {
        Self { list, sources, lists_accepted, accepted: BTreeMap::new() }
    }

    /// Takes out what is accepted of the findings about a target, or about the input.
    pub(crate) fn sift(&mut self, found: &mut Vec<Diagnostic>, target: Option<&str>) {
        if self.list.entries.is_empty() {
            return;
        }
        let targets: Vec<&str> = target.into_iter().collect();
        found.retain(|diagnostic| {
            let Some(at) = self.list.accepts(&Subject::of(diagnostic, &targets)) else { return true };
            self.accept(at, 1);
            false
        });
    }

    /// Counts what an entry has accepted.
    pub(crate) fn accept(&mut self, entry: usize, count: usize) {
        *self.accepted.entry(entry).or_default() += count;
    }

    /// Prints findings about the input that are not accepted, as bad as `mildest` and worse, and all of them with `-v`.
    /// The codes are those of all, since an exit code does not depend on what is shown.
    pub(crate) fn tell(
        &mut self,
        mut found: Vec<Diagnostic>,
        mildest: Severity,
        sources: &Sources,
        terminal: &mut Terminal,
    ) -> Vec<Code> {
        self.sift(&mut found, None);
        let codes = found.iter().map(|found| found.code).collect();
        found.retain(|found| terminal.is_verbose() || found.severity() <= mildest);
        terminal.diagnostics(&found, sources);
        codes
    }

    /// Prints how much is accepted, or by which entries.
    pub(crate) fn report(&self, terminal: &mut Terminal) {
        let accepted = self.accepted.iter().map(|(at, count)| (&self.list.entries[*at], *count));
        let text = render::allowed::draw(accepted, &self.sources, self.lists_accepted);
        text.lines().for_each(|line| terminal.say(line));
    }
}

/// The findings that files accept. Their texts are kept among the sources, so that places in them can be shown.
pub(crate) fn allow_list(
    files: &[PathBuf],
    sources: &mut Sources,
    terminal: &mut Terminal,
) -> Result<AllowList, Failure> {
    let mut list = AllowList::default();
    for path in files {
        let id = sources.read_file(path)?;
        let (file, text) = (path.display().to_string(), &sources.file(id).text);
        misplaced::check(&file, text, "an allow-list", |identity| {
            identity == Identity::Own(OwnKind::AllowList)
        })?;
        let read = AllowList::read(id, text, catalog::all(), &allow::targets()).map_err(|wrong| {
            terminal.errors(&wrong, sources, false);
            Failure::Usage("the allow-list cannot be used; nothing was done".to_owned())
        })?;
        list.entries.extend(read.entries);
    }
    Ok(list)
}
