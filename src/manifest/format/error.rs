//! Why a text could not be read, in words that do not speak of parsers.

use crate::diagnostics::in_plain_words;
use crate::name::printable;
use crate::source::{Origin, Place};

/// Why a text could not be read.
#[derive(Debug)]
pub(in crate::manifest) struct ReadError {
    /// What kind of mistake.
    pub(in crate::manifest) kind: ReadErrorKind,
    /// One sentence, printable.
    pub(in crate::manifest) message: String,
    /// Where it is.
    pub(in crate::manifest) place: Place,
}

/// The kinds of mistakes in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) enum ReadErrorKind {
    /// It is neither YAML nor JSON.
    Syntax,
    /// Its brackets are nested deeper than any parser should follow.
    TooDeep,
    /// A value has another type than its field.
    Shape,
    /// A mapping has one key twice.
    DuplicateKey,
}

impl ReadError {
    /// Translates a parser's message about a byte of the piece.
    pub(super) fn new(kind: ReadErrorKind, message: &str, text: &str, origin: Origin, at: usize) -> Self {
        let message = message.split(" at line ").next().unwrap_or(message);
        let (item, path, problem) = split_path(message);
        let kind = if problem.contains("duplicate") { ReadErrorKind::DuplicateKey } else { kind };
        // The end of the text has no line of its own: step back onto the last character.
        let at = at.min(text.len().saturating_sub(1));
        let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let byte = origin.start + u32::try_from(at).unwrap_or(u32::MAX);
        let place = Place { byte: Some(byte), ..Origin { item, ..origin }.field(path) };
        Self { kind, message: printable(&in_plain_words(problem)), place }
    }
}

/// Splits `.[2].spec.ports[1].port: invalid type …` into item, path and message.
fn split_path(message: &str) -> (Option<u32>, &str, &str) {
    let is_path = |path: &str| !path.is_empty() && !path.contains([' ', '`', '"']);
    let Some((path, problem)) = message.split_once(": ").filter(|(path, _)| is_path(path)) else {
        return (None, "", message);
    };
    let Some((item, rest)) = path.strip_prefix(".[").and_then(|path| path.split_once(']')) else {
        return (None, path, problem);
    };
    (item.parse().ok(), rest.trim_start_matches('.'), problem)
}
