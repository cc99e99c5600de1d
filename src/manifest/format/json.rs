//! JSON: one value, an array of values, or values that follow each other.

use serde::de::DeserializeOwned;

use super::error::{ReadError, ReadErrorKind};
use super::root::Root;
use crate::source::Origin;

/// Whether a text is JSON; every other text is YAML.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Reads all values of a text.
pub(super) fn values<T: DeserializeOwned>(
    text: &str,
    origin: Origin,
) -> Result<Vec<(Origin, T)>, serde_json::Error> {
    if text.trim_start().starts_with('[') {
        return Ok(Root::Many(serde_json::from_str(text)?).into_values(origin));
    }
    let mut found = Vec::new();
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Option<T>>();
    let mut end = 0;
    while let Some(value) = values.next() {
        // Several values may follow each other; each is a text of its own.
        let start = end + (text[end..].len() - text[end..].trim_start().len());
        let passed = memchr::memchr_iter(b'\n', &text.as_bytes()[..start]).count();
        end = values.byte_offset();
        let own = Origin {
            start: origin.start + offset(start),
            end: origin.start + offset(end),
            line: origin.line + offset(passed),
            ..origin
        };
        found.extend(value?.map(|value| (own, value)));
    }
    Ok(found)
}

/// A position in a piece, which is smaller than 4 GiB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The error of the parser with its place in the piece.
pub(super) fn read_error(text: &str, origin: Origin, error: &serde_json::Error) -> ReadError {
    let line_start = match error.line() {
        0 | 1 => 0,
        line => memchr::memchr_iter(b'\n', text.as_bytes()).nth(line - 2).map_or(text.len(), |at| at + 1),
    };
    let at = (line_start + error.column().saturating_sub(1)).min(text.len());
    let kind = if error.is_data() { ReadErrorKind::Shape } else { ReadErrorKind::Syntax };
    ReadError::new(kind, &error.to_string(), text, origin, at)
}
