//! Lets a program of the user's compare the texts of both sides.

use std::path::Path;
use std::process::Command;

use super::Failure;
use super::terminal::write_file;
use crate::diff::Artifact;
use crate::name::escaped;

/// The program that people compare texts with, and its arguments, separated by blanks.
pub(crate) const EXTERNAL: &str = "HNSPLAN_EXTERNAL_DIFF";

/// Runs the program with two folders as its last arguments; whether it found a difference. No shell reads the
/// command.
pub(crate) fn run(command: &str, artifacts: &[Vec<Artifact>; 2]) -> Result<bool, Failure> {
    let mut words = command.split_whitespace();
    let Some(program) = words.next() else {
        return Err(Failure::Usage(format!(
            "{EXTERNAL} names no program; unset it, or set it to diff -u -N"
        )));
    };
    let folder = tempfile::tempdir()?;
    let sides = ["A", "B"].map(|name| folder.path().join(name));
    for (side, artifacts) in sides.iter().zip(artifacts) {
        write_all(side, artifacts)?;
    }
    let status =
        Command::new(program).args(words).args(&sides).status().map_err(|error| {
            Failure::Usage(format!("cannot run {} ({EXTERNAL}): {error}", escaped(program)))
        })?;
    match status.code() {
        Some(0) => Ok(false),
        Some(1) => Ok(true),
        _ => Err(Failure::Usage(format!("{} ({EXTERNAL}) failed: {status}", escaped(program)))),
    }
}

fn write_all(folder: &Path, artifacts: &[Artifact]) -> Result<(), Failure> {
    std::fs::create_dir(folder)?;
    artifacts.iter().try_for_each(|artifact| write_file(&folder.join(artifact.file), [&artifact.text]))
}
