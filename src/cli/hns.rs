//! Flags of the HNS target, and the files that they name.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use crate::diagnostics::Diagnostic;
use crate::name::escaped;
use crate::platform::hns::codes;
use crate::platform::hns::model::State;
use crate::platform::hns::read::{self, Problem};
use crate::source::{Input, Sources};

/// What HNS holds on the node.
#[derive(Debug, Args)]
#[command(next_help_heading = "HNS")]
pub(super) struct Dumps {
    /// What HNS holds on the node: a file, a folder of the log collector, or - for standard input; may be
    /// repeated
    ///
    /// Output of Get-HnsNetwork, Get-HnsEndpoint, Get-HnsLoadBalancer or Get-HnsPolicyList piped through
    /// ConvertTo-Json -Depth 20, of hnsdiag list all with or without -d, or the folder of collectlogs.ps1. The
    /// plan then holds only what is to change.
    #[arg(long, value_name = "FILE")]
    hns_state: Vec<String>,
}

impl Dumps {
    /// Reads all dumps, and says what could not be read.
    pub(super) fn state(&self) -> Result<Option<(State, Vec<Diagnostic>)>, Failure> {
        if self.hns_state.is_empty() {
            return Ok(None);
        }
        let mut problems = Vec::new();
        let mut states = Vec::new();
        for (_, file) in self.dumps()?.iter() {
            let (state, found) = read::read(&file.text);
            states.push(state);
            problems.extend(found.into_iter().map(|problem| {
                let message = format!("{}:{}: {}", escaped(&file.name), problem.line, problem.message());
                let code = match problem.problem {
                    Problem::NoPortMappings => codes::NO_PORT_MAPPINGS,
                    _ => codes::STATE_UNREADABLE,
                };
                Diagnostic::new(code, message).help(problem.problem.help())
            }));
        }
        Ok(Some((State::merged(states), problems)))
    }

    /// The dumps, with folders replaced by the files in them.
    fn dumps(&self) -> Result<Sources, Failure> {
        let mut inputs = Vec::new();
        for name in &self.hns_state {
            match Input::from(name.as_str()) {
                Input::Path(path) if path.is_dir() => {
                    inputs.extend(dumps_in(&path)?.into_iter().map(Input::Path));
                }
                input => inputs.push(input),
            }
        }
        Ok(Sources::read(&inputs, false)?)
    }
}

/// The dumps of a folder, by name; a log collector writes many other files next to them.
fn dumps_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let shown = escaped(&folder.display().to_string());
    let entries = std::fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| Failure::Message(format!("cannot read {shown}: {error}")))?;
    let is_dump =
        |path: &PathBuf| path.file_name().is_some_and(|name| read::is_dump(&name.to_string_lossy()));
    let mut dumps: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(is_dump).collect();
    dumps.sort();
    if dumps.is_empty() {
        return Err(Failure::Message(format!(
            "{shown} holds no dump of HNS; looked for policy.txt, endpoint.txt, network.txt, hnsdiag.txt and *.json"
        )));
    }
    Ok(dumps)
}
