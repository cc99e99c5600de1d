//! What came of all cases of a suite, and what becomes of outputs that differ.

use std::path::Path;

use super::init::init;
use super::orphans::{Orphan, orphans, strays};
use super::written::Written;
use super::{Case, Expected, SnapshotState, SuiteError, SuiteNode, Verdicts};
use crate::name::{counted, escaped};
use crate::render::junit::{self, CaseResult};

/// What becomes of an output that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// What is given now is expected from now on.
    Accept,
    /// What is expected was right; nothing is kept of what is given now.
    Reject,
    /// It is kept beside what is expected, for later.
    Skip,
}

/// What came of all cases so far.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// How many outputs and packets are as expected.
    pub same: usize,
    /// How many are not.
    pub differ: usize,
    /// How many outputs are expected from now on.
    pub accepted: usize,
    results: Vec<CaseResult>,
    /// Whether the run writes the first files of a suite.
    is_new: bool,
    written: Written,
}

impl Tally {
    /// Writes the first files of a suite beside the manifests of a folder and of those in it. Links to folders are not followed.
    ///
    /// # Errors
    /// When there are some already, or files cannot be read or written.
    pub fn init(&mut self, folder: &Path) -> Result<(), SuiteError> {
        self.is_new = true;
        init(folder, &mut self.written)
    }

    /// Takes back all that was written, if that is a new suite: it is of use as a whole only. `say` gets a sentence about it.
    ///
    /// # Errors
    /// When a file cannot be deleted or written.
    pub fn take_back(&mut self, say: impl FnOnce(&str)) -> Result<(), SuiteError> {
        if !self.is_new || self.written.is_empty() {
            return Ok(());
        }
        self.written.take_back()?;
        say("the new suite could not be begun as a whole; what was written of it is taken back");
        Ok(())
    }

    /// Counts packets of a case, of which some have another verdict than expected. What is to be said about them.
    pub fn add_packets(&mut self, case: &Case, verdicts: &Verdicts) -> String {
        let Some(path) = &case.packets else { return String::new() };
        let name = escaped(&path.display().to_string());
        let Verdicts { count, unmet } = verdicts;
        self.same += count.saturating_sub(unmet.len());
        self.differ += unmet.len();
        let failure = (!unmet.is_empty()).then(|| (format!("differs: {name}"), unmet.join("\n")));
        let lines: Vec<String> = unmet.iter().map(|line| format!("  {}\n", escaped(line))).collect();
        let text = failure.is_some().then(|| format!("differs  {name}\n{}\n", lines.concat()));
        self.results.push(CaseResult { failure, ..CaseResult::passed(name) });
        text.unwrap_or_default()
    }

    /// Counts the snapshots of a folder whose manifest is gone as differences. What is to be said about them.
    ///
    /// # Errors
    /// When a folder cannot be read, or settings are wrong.
    pub fn add_orphans(&mut self, folder: &Path) -> Result<String, SuiteError> {
        Ok(self.add_gone(orphans(folder)?))
    }

    /// The same for the snapshots of a case that are of none of its nodes.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn add_strays(&mut self, case: &Case, nodes: &[SuiteNode]) -> Result<String, SuiteError> {
        Ok(self.add_gone(strays(case, nodes)?))
    }

    fn add_gone(&mut self, orphans: Vec<Orphan>) -> String {
        let mut text = String::new();
        for (path, why) in orphans {
            let name = escaped(&path.display().to_string());
            text.extend(["gone  ", &*name, "\n  ", why, "\n\n"]);
            self.differ += 1;
            let failure = Some((format!("gone: {name}"), why.to_owned()));
            self.results.push(CaseResult { failure, ..CaseResult::passed(name) });
        }
        text
    }

    /// Compares an output with what is expected. Where it differs, `decide` gets the difference as a text; what it
    /// decides is carried out and returned. Nothing is left beside the manifests unless `keeps_proposals`.
    ///
    /// # Errors
    /// When a file cannot be read or written, or nothing can be decided.
    pub fn add_output<E: From<SuiteError>>(
        &mut self,
        expected: &Expected,
        now: &str,
        keeps_proposals: bool,
        decide: impl FnOnce(&str) -> Result<Decision, E>,
    ) -> Result<Option<Decision>, E> {
        let name = escaped(&expected.path.display().to_string());
        let (word, before) = match expected.compare(now)? {
            SnapshotState::Same => {
                self.same += 1;
                self.results.push(CaseResult::passed(name));
                if keeps_proposals {
                    expected.forget()?;
                }
                return Ok(None);
            }
            SnapshotState::New => ("new", String::new()),
            SnapshotState::Different(before) => ("differs", before),
        };
        let difference = difference(&before, now);
        let decision = decide(&format!("{word}  {name}\n{difference}\n\n"))?;
        let failure = (decision != Decision::Accept).then(|| (format!("{word}: {name}"), difference));
        self.results.push(CaseResult { failure, ..CaseResult::passed(name) });
        match decision {
            Decision::Accept => {
                expected.accept(now)?;
                self.written.note(expected.path.clone(), (word != "new").then_some(before));
                self.accepted += 1;
            }
            Decision::Reject => {
                expected.forget()?;
                self.differ += 1;
            }
            Decision::Skip => {
                self.differ += 1;
                if keeps_proposals {
                    expected.propose(now)?;
                }
            }
        }
        Ok(Some(decision))
    }

    /// The sum in one line.
    #[must_use]
    pub fn summary(&self, cases: &[Case]) -> String {
        let Self { same, differ, accepted, .. } = self;
        let accepted = if *accepted > 0 { format!(", {accepted} accepted") } else { String::new() };
        let (cases, same) = (counted(cases.len(), "case"), counted(*same, "output"));
        format!("{cases}: {same} as expected{accepted}, {differ} differ\n")
    }

    /// The same as `JUnit` XML, for CI systems.
    #[must_use]
    pub fn junit(&self, folder: &str) -> String {
        junit::render(&[junit::Group { name: folder.to_owned(), results: self.results.clone() }])
    }
}

/// What differs, as `diff -u` shows it; safe to print.
fn difference(before: &str, now: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, now);
    let diff = diff.unified_diff().header("expected", "now").to_string();
    diff.lines().map(escaped).collect::<Vec<String>>().join("\n")
}
