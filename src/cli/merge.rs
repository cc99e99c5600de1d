//! `hnsplan merge`

use std::path::PathBuf;

use clap::Args;

use crate::allow::FailOn;
use crate::catalog;
use crate::diagnostics::Severity;
use crate::fleet::{Question, merge, read_shares};
use crate::shell::fleet::{Beside, FleetFormat};
use crate::shell::{Failure, FindingFlags, Terminal, fail_on};

/// Join answers about shares of the nodes to one.
///
/// Reads what hnsplan check --nodes … --share INDEX/COUNT -o jsonl printed, or hnsplan diff with the same flags. Order and number
/// of the shares do not matter: the answer is the same, byte for byte, as that of one run for all nodes. A share that is
/// missing is named, and ends the command with 1. Shares of different inputs are refused.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hnsplan merge shares/\n  \
    hnsplan merge shares/ -o json --out fleet.json\n  \
    cat shares/*.jsonl | hnsplan merge -\n\n\
    Exit codes:  0 nothing that --fail-on names, 1 something of it or a share is missing, 2 wrong usage or unreadable shares")]
pub(super) struct Merge {
    /// Files with shares, folders of them, or - for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// How the answer is written
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: FleetFormat,
    /// Write the answer into this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Fail on these findings, as in the runs that are joined [default: error for check, any difference for diff]
    #[arg(long, value_name = "WHAT", value_delimiter = ',', hide_possible_values = true, hide_default_value = true, value_parser = fail_on())]
    fail_on: Vec<FailOn>,
}

impl Merge {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let parts = read_shares(&self.files, catalog::all()).map_err(Failure::usage)?;
        let fleet = merge(parts).map_err(Failure::usage)?;
        let is_check = fleet.head.question == Question::Check;
        let usual = if is_check { vec![FailOn::Severity(Severity::Error)] } else { Vec::new() };
        let fail_on = if self.fail_on.is_empty() { usual } else { self.fail_on.clone() };
        let findings = FindingFlags::of(fail_on);
        let beside = Beside { manifests: None, findings: &findings };
        self.output.answer(&fleet, beside, self.out.as_deref(), terminal)?;
        let differs = match fleet.head.question {
            Question::Check | Question::Compile | Question::Plan => false,
            Question::Diff | Question::Since => fleet.differs(),
            Question::Change => findings.fail_on.is_empty() && fleet.differs(),
        };
        findings.conclude(fleet.codes(), differs, !fleet.is_whole())
    }
}
