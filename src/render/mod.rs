//! Draws documents and answers: for terminals, Markdown, browsers, monitoring, code scanning.
//!
//! **Invariant:** nothing is computed here, and no file is read. What is drawn is safe to print: names have been
//! escaped where they were read, or are escaped for the language that is drawn.

pub mod columns;

pub mod check;
pub mod diff;
pub mod explain;
pub mod github;
pub mod html;
pub mod junit;
pub mod messages;
pub mod sarif;
pub mod trace;

/// `1 class of packets`, `2 classes of packets`
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let nouns = match noun.strip_prefix("class ") {
        _ if count == 1 => noun.to_owned(),
        Some(rest) => format!("classes {rest}"),
        None => format!("{noun}s"),
    };
    format!("{count} {nouns}")
}
