//! What a platform contributes to the reading of dumps.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::Held;
use crate::diagnostics::Diagnostic;

/// A text that may be a dump, and where it is from.
#[derive(Debug, Clone)]
pub struct DumpText {
    /// The name of the file; safe to print.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The format that a person named, by its name.
    pub format: Option<&'static str>,
}

/// A form that dumps of a platform have.
#[derive(Debug, Clone, Copy)]
pub struct DumpFormat {
    /// Its name, as in `--dump NAME=FILE`.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// A flag of its own that names such a file; empty where there is none.
    pub flag: &'static str,
}

/// Whether a text is a dump of a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// It is not.
    No,
    /// Something in it can be read as one, and it may be something else.
    Possible,
    /// It has a mark that no other text has.
    Certain,
}

/// What was read of texts.
#[derive(Debug)]
pub struct Read {
    /// What the node holds; `None` where nothing could be read.
    pub held: Option<Box<dyn Held>>,
    /// Texts of which nothing could be read: what each is and what to do, a sentence each; safe to print. What is in
    /// them is not known, so nothing may be said about the node.
    pub refused: Vec<String>,
    /// What could not be read.
    pub problems: Vec<Diagnostic>,
    /// The same for problems without a code: file, line and a sentence each; safe to print.
    pub remarks: Vec<String>,
}

/// How many problems of one text are told.
const REMARKS: usize = 20;

/// The first problem of each cause, and in how many places it is: what a tool does in one place it does in all.
pub(super) fn causes<T>(all: &[T], says: impl Fn(&T) -> String) -> Vec<(&T, usize)> {
    let mut causes: Vec<(&T, usize)> = Vec::new();
    let mut known: FxHashMap<String, usize> = FxHashMap::default();
    for problem in all {
        match known.entry(says(problem)) {
            Entry::Occupied(at) => causes[*at.get()].1 += 1,
            Entry::Vacant(at) => {
                at.insert(causes.len());
                causes.push((problem, 1));
            }
        }
    }
    causes
}

/// The first problems of a text by their lines and what they say, each cause once, and how many more it has.
pub(super) fn first_remarks(name: &str, all: &[(usize, &str)]) -> Vec<String> {
    let causes = causes(all, |(_, says)| (*says).to_owned());
    let remark = |((line, says), count): &(&(usize, &str), usize)| match count {
        1 => format!("{name}:{line}: {says}"),
        count => format!("{name}:{line}: {says}; the same in {} more lines", count - 1),
    };
    let mut remarks: Vec<String> = causes.iter().take(REMARKS).map(remark).collect();
    let more: usize = causes.iter().skip(REMARKS).map(|(_, count)| count).sum();
    if more > 0 {
        remarks.push(format!("{name}: {more} more problems like these are not listed"));
    }
    remarks
}

/// Whether a line says that what is before or behind it is not all, wherever it stands.
pub(crate) fn is_interruption(line: &str) -> bool {
    const LINES: [&str; 8] = [
        "-- more --",
        "--more--",
        "access is denied",
        "the operation timed out",
        "the operation has timed out",
        "...",
        "…",
        "^c",
    ];
    const BEGINNINGS: [&str; 5] =
        ["error:", "error from server", "command terminated", "hnsdiag : ", "sudo: "];
    let line = line.to_ascii_lowercase();
    let bare = line.trim_end_matches(['.', '!']);
    LINES.iter().any(|of| line == *of || bare == *of) || BEGINNINGS.iter().any(|of| line.starts_with(of))
}

impl Read {
    /// Nothing could be read, and nobody says why.
    #[must_use]
    pub fn nothing() -> Self {
        Self { held: None, refused: Vec::new(), problems: Vec::new(), remarks: Vec::new() }
    }
}
