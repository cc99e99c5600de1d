//! Both sides as text, line by line.

use std::fmt::Write;

use similar::{DiffTag, TextDiff};

use crate::diff::Artifact;
use crate::name::escaped;

/// How many equal lines stand around what differs.
const CONTEXT: usize = 3;

/// The files of both sides, as `diff -u -N` tells them.
#[must_use]
pub fn draw(names: &[String; 2], artifacts: &[Vec<Artifact>; 2]) -> String {
    let mut text = String::new();
    for file in files(artifacts) {
        let of_file = artifacts.each_ref().map(|side| side.iter().find(|artifact| artifact.file == file));
        let [one, other] = of_file.map(|artifact| artifact.map_or("", |artifact| &artifact.text));
        if one == other {
            continue;
        }
        let diff = TextDiff::from_lines(one, other);
        let headers = names.each_ref().map(|name| format!("{name} {file}"));
        let [before, after] = &headers;
        let _ = writeln!(text, "--- {}\n+++ {}", escaped(before), escaped(after));
        for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
            let changed = hunk.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
            let mut services: Vec<&str> = Vec::new();
            for op in changed {
                let lines = [op.old_range(), op.new_range()];
                for (artifact, lines) in of_file.iter().zip(lines).filter(|(_, lines)| !lines.is_empty()) {
                    services.extend(artifact.map(|of| of.parts_in(lines)).unwrap_or_default());
                }
            }
            services.sort_unstable();
            services.dedup();
            // As `diff -p` tells the function that a hunk is in.
            let head = format!("{} {}", hunk.header(), services.join(", "));
            let _ = writeln!(text, "{}", escaped(head.trim_end()));
            for line in hunk.to_string().lines().skip(1) {
                let _ = writeln!(text, "{}", escaped(line));
            }
        }
    }
    text
}

fn files(artifacts: &[Vec<Artifact>; 2]) -> Vec<&'static str> {
    let mut files: Vec<&'static str> = artifacts.iter().flatten().map(|artifact| artifact.file).collect();
    files.sort_unstable();
    files.dedup();
    files
}
