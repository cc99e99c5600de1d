//! What a page was made from: the command of this run, and what it has read.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::quoted;
use crate::name::escaped;
use crate::render::html::{InputView, Provenance};
use crate::source::{Sources, inputs};

impl Provenance {
    /// Of this run: the files that were read, and those of its texts that are of none, as standard input.
    ///
    /// The time is that of the variable `SOURCE_DATE_EPOCH`, as programs read it whose results are to be the same bytes
    /// whenever they are made; without it there is none.
    pub(crate) fn of_run(texts: &[&Sources]) -> Self {
        let words = std::env::args_os().skip(1).map(|word| quoted(&word.to_string_lossy()));
        let command: Vec<String> = std::iter::once("hnsplan".to_owned()).chain(words).collect();
        let (paths, name) = (inputs(), |path: &PathBuf| path.display().to_string());
        let read: BTreeSet<String> = paths.iter().map(name).collect();
        // A file that is gone by now has no hash, and says so by its absence.
        let files = paths.iter().filter_map(|path| Some(InputView::of(&name(path), &fs::read(path).ok()?)));
        let texts = texts.iter().flat_map(|texts| texts.iter()).map(|(_, text)| text);
        let streams = texts.filter(|text| !read.contains(&text.name)).map(|text| {
            let name = if text.name == "-" { "standard input" } else { &text.name };
            InputView::of(name, text.text.as_bytes())
        });
        let time = std::env::var("SOURCE_DATE_EPOCH").ok();
        Self {
            made_by: format!("hnsplan {}", env!("CARGO_PKG_VERSION")),
            command: command.join(" "),
            time: time.and_then(|seconds| seconds.parse().ok()).map(utc),
            inputs: files.chain(streams).collect(),
        }
    }
}

impl InputView {
    fn of(name: &str, bytes: &[u8]) -> Self {
        let sha256 = HEXLOWER.encode(&Sha256::digest(bytes));
        Self { name: escaped(name), bytes: bytes.len(), sha256 }
    }
}

/// A time in seconds since 1970, as `2026-03-01 12:30 UTC`.
fn utc(seconds: u32) -> String {
    let (days, minutes) = (seconds / 86_400, seconds % 86_400 / 60);
    let is_leap =
        |year: u32| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut left) = (1970, days);
    while left >= 365 + u32::from(is_leap(year)) {
        left -= 365 + u32::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u32::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02} {:02}:{:02} UTC", left + 1, minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn times_are_those_of_a_calendar() {
        // As date -u -d @SECONDS prints them.
        for (seconds, time) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59 UTC"),
            (1_735_689_599, "2024-12-31 23:59 UTC"),
            (1_796_083_200, "2026-12-01 00:00 UTC"),
            (u32::MAX, "2106-02-07 06:28 UTC"),
        ] {
            assert_eq!(utc(seconds), time);
        }
    }
}
