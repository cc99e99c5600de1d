//! Both sides as text, line by line: here, or by a program of the user's.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use similar::TextDiff;

use super::super::Failure;
use super::super::output::write_file;
use crate::diff::Artifact;
use crate::name::escaped;

/// The program that people compare texts with, and its arguments, separated by blanks.
pub(super) const EXTERNAL: &str = "HNSPLAN_EXTERNAL_DIFF";

/// How many equal lines stand around what differs.
const CONTEXT: usize = 3;

/// The files of both sides, as `diff -u -N` tells them.
pub(super) fn draw(names: &[String; 2], artifacts: &[Vec<Artifact>; 2]) -> String {
    let mut text = String::new();
    for file in files(artifacts) {
        let [one, other] = artifacts.each_ref().map(|side| text_of(side, file));
        if one == other {
            continue;
        }
        let diff = TextDiff::from_lines(one, other);
        let headers = names.each_ref().map(|name| format!("{name} {file}"));
        let unified =
            diff.unified_diff().context_radius(CONTEXT).header(&headers[0], &headers[1]).to_string();
        let _ = write!(text, "{unified}");
    }
    text
}

fn files(artifacts: &[Vec<Artifact>; 2]) -> Vec<&'static str> {
    let mut files: Vec<&'static str> = artifacts.iter().flatten().map(|artifact| artifact.file).collect();
    files.sort_unstable();
    files.dedup();
    files
}

fn text_of<'a>(side: &'a [Artifact], file: &str) -> &'a str {
    side.iter().find(|artifact| artifact.file == file).map_or("", |artifact| &artifact.text)
}

/// Runs the program with two folders as its last arguments; whether it found a difference. No shell reads the
/// command.
pub(super) fn run_external(command: &str, artifacts: &[Vec<Artifact>; 2]) -> Result<bool, Failure> {
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
