//! YAML: the block style that kubectl prints by a fast reader, everything else by the YAML parser.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::block;
use super::error::{ReadError, ReadErrorKind};
use super::root::Root;
use crate::source::{Origin, has_root_sequence};

/// Flow collections nested deeper than this are refused: the YAML scanner takes quadratic time on them.
const DEEPEST: usize = 500;

/// Reads all values of a text: those of its documents, and the elements of a sequence at the root of one.
pub(super) fn values<T: DeserializeOwned>(
    text: &str,
    origin: Origin,
) -> Result<Vec<(Origin, T)>, Box<ReadError>> {
    let root_is_sequence = has_root_sequence(text);
    let understood = if root_is_sequence {
        block::from_str(text).map(Root::Many)
    } else {
        block::from_str(text).map(|value| Root::One(Some(value)))
    };
    if let Some(root) = understood {
        return Ok(root.into_values(origin));
    }
    if is_nested_too_deeply(text) {
        let message = format!("brackets are nested more than {DEEPEST} deep");
        let place = origin.field("");
        return Err(Box::new(ReadError { kind: ReadErrorKind::TooDeep, message, place }));
    }
    let has_merge_keys = memchr::memmem::find(text.as_bytes(), b"<<").is_some();
    let mut values = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let root = if has_merge_keys {
            apply_merge_keys(document).and_then(|value| Root::deserialize(value, root_is_sequence))
        } else {
            Root::deserialize(document, root_is_sequence)
        };
        values.extend(root.map_err(|error| Box::new(read_error(text, origin, &error)))?.into_values(origin));
    }
    Ok(values)
}

/// Applies merge keys (`<<: *anchor`) as kubectl does, through a tree of values.
fn apply_merge_keys(document: serde_yaml::Deserializer<'_>) -> Result<serde_yaml::Value, serde_yaml::Error> {
    let mut value = serde_yaml::Value::deserialize(document)?;
    value.apply_merge()?;
    Ok(value)
}

fn is_nested_too_deeply(text: &str) -> bool {
    let bytes = text.as_bytes();
    if memchr::memchr2_iter(b'[', b'{', bytes).nth(DEEPEST).is_none() {
        return false;
    }
    let mut depth = 0usize;
    bytes.iter().any(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

/// The error of the parser with its place in the piece.
fn read_error(text: &str, origin: Origin, error: &serde_yaml::Error) -> ReadError {
    let at = error.location().map_or(0, |location| location.index());
    let message = error.to_string();
    // The scanner and parser of YAML speak of what they did; only serde names a path or an expectation.
    let is_about_shape = ["invalid type", "invalid value", "YAML 1.1 only", "duplicate"]
        .into_iter()
        .any(|words| message.contains(words));
    let kind = if is_about_shape { ReadErrorKind::Shape } else { ReadErrorKind::Syntax };
    ReadError::new(kind, &message, text, origin, at)
}
