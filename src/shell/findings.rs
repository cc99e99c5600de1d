//! `--fail-on` and `--allow`: which findings make a command fail, and which are accepted, with reasons. The same in
//! every command that finds something.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValue;

use super::{Failure, Judge, Offer, Terminal, allow_list};
use crate::allow::{AllowList, FailOn};
use crate::catalog;
use crate::diagnostics::Code;
use crate::source::Sources;

/// Which findings make a command fail.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Findings")]
pub(crate) struct FindingFlags {
    /// Fail on these findings: error, warning (and errors), note (and all), loss, codes as in D0802; or never
    #[arg(long, value_name = "WHAT", value_delimiter = ',', hide_possible_values = true, value_parser = fail_on())]
    pub(crate) fail_on: Vec<FailOn>,
    /// Findings that are accepted, each with its reason: they do not count and are not listed; may be repeated
    #[arg(long, value_name = "FILE")]
    allow: Vec<PathBuf>,
    /// List what each entry of the allow-list accepts
    #[arg(long, hide_short_help = true)]
    pub(crate) show_allowed: bool,
}

impl FindingFlags {
    /// These findings, and nothing accepted.
    pub(crate) fn of(fail_on: Vec<FailOn>) -> Self {
        Self { fail_on, ..Self::default() }
    }

    /// The words that give the same again, from any folder.
    pub(crate) fn arguments(&self) -> Result<Vec<String>, Failure> {
        let mut words: Vec<String> = self.fail_on.iter().map(|on| format!("--fail-on={on}")).collect();
        for file in &self.allow {
            words.push(format!("--allow={}", std::path::absolute(file)?.display()));
        }
        Ok(words)
    }

    /// Reads the list of accepted findings. Its text is kept among the sources, so that places in it can be shown.
    pub(crate) fn list(&self, sources: &mut Sources, terminal: &mut Terminal) -> Result<AllowList, Failure> {
        allow_list(&self.allow, sources, terminal)
    }

    /// Reads the list, and accepts nothing yet.
    pub(crate) fn judge(&self, terminal: &mut Terminal) -> Result<Judge, Failure> {
        let mut sources = Sources::default();
        let list = self.list(&mut sources, terminal)?;
        Ok(Judge::new(list, sources, self.show_allowed))
    }

    /// Whether findings of a code make the command fail.
    pub(crate) fn names(&self, code: Code) -> bool {
        self.fail_on.iter().any(|on| on.names(code))
    }

    /// Fails if a finding is to make the command fail, or its answer does, as a difference is one. Input that could
    /// not be read is never accepted.
    pub(crate) fn conclude(
        &self,
        codes: impl IntoIterator<Item = Code>,
        answer_fails: bool,
        has_unread: bool,
    ) -> Result<(), Failure> {
        let is_never = self.fail_on.contains(&FailOn::Never);
        let fails = answer_fails || codes.into_iter().any(|code| self.names(code));
        if has_unread || fails && !is_never { Err(Failure::Findings) } else { Ok(()) }
    }
}

/// What `--fail-on` lists: words and codes.
pub(crate) fn fail_on() -> Offer<FailOn> {
    let words = || {
        let words = FailOn::WORDS.iter().map(|(word, _, help)| PossibleValue::new(*word).help(*help));
        let codes = catalog::all().iter().map(|code| PossibleValue::new(code.id()).help(code.title()));
        words.chain(codes).collect()
    };
    Offer::new(|text| FailOn::parse(text, catalog::all()), words)
}
