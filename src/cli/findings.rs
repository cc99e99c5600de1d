//! `--fail-on` and `--allow`: which findings make a command fail, and which are accepted, with reasons. The same in
//! every command that finds something.

use std::path::PathBuf;

use clap::Args;

use super::values::fail_on;
use crate::allow::{AllowList, FailOn};
use crate::diagnostics::Code;
use crate::platform::Side;
use crate::shell::{Failure, Judge, Terminal, allow_list};
use crate::source::Sources;

/// Which findings make a command fail.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Findings")]
pub(super) struct FindingFlags {
    /// Fail on these findings: error, warning (and errors), note (and all), loss, codes as in D0802; or never
    #[arg(long, value_name = "WHAT", value_delimiter = ',', hide_possible_values = true, value_parser = fail_on())]
    pub(super) fail_on: Vec<FailOn>,
    /// Findings that are accepted, each with its reason: they do not count and are not listed; may be repeated
    #[arg(long, value_name = "FILE")]
    allow: Vec<PathBuf>,
    /// List what each entry of the allow-list accepts
    #[arg(long, hide_short_help = true)]
    pub(super) show_allowed: bool,
}

impl FindingFlags {
    /// The words that give the same again, from any folder.
    pub(super) fn arguments(&self) -> Result<Vec<String>, Failure> {
        let mut words: Vec<String> = self.fail_on.iter().map(|on| format!("--fail-on={on}")).collect();
        for file in &self.allow {
            words.push(format!("--allow={}", std::path::absolute(file)?.display()));
        }
        Ok(words)
    }

    /// Reads the list of accepted findings. Its text is kept among the sources, so that places in it can be shown.
    pub(super) fn list(&self, sources: &mut Sources, terminal: &mut Terminal) -> Result<AllowList, Failure> {
        let names: Vec<&str> = Side::all().map(Side::name).collect();
        allow_list(&self.allow, &names, sources, terminal)
    }

    /// Reads the list, and accepts nothing yet.
    pub(super) fn judge(&self, terminal: &mut Terminal) -> Result<Judge, Failure> {
        let mut sources = Sources::default();
        let list = self.list(&mut sources, terminal)?;
        Ok(Judge::new(list, sources, self.show_allowed))
    }

    /// Whether findings of a code make the command fail.
    pub(super) fn names(&self, code: Code) -> bool {
        self.fail_on.iter().any(|on| on.names(code))
    }

    /// Fails if a finding is to make the command fail, or its answer does, as a difference is one. Input that could
    /// not be read is never accepted.
    pub(super) fn conclude(
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
