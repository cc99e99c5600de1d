//! Both sides as text, line by line.

use std::fmt::Write;

use similar::TextDiff;

use crate::diff::Artifact;
use crate::name::escaped;

/// How many equal lines stand around what differs.
const CONTEXT: usize = 3;

/// The files of both sides, as `diff -u -N` tells them.
#[must_use]
pub fn draw(names: &[String; 2], artifacts: &[Vec<Artifact>; 2]) -> String {
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
        for line in unified.lines() {
            let _ = writeln!(text, "{}", escaped(line));
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

fn text_of<'a>(side: &'a [Artifact], file: &str) -> &'a str {
    side.iter().find(|artifact| artifact.file == file).map_or("", |artifact| &artifact.text)
}
