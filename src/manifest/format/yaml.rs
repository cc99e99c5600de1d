//! YAML: the block style that kubectl prints by a fast reader, everything else by the YAML parser.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::block;
use super::error::{ReadError, ReadErrorKind};
use super::root::Root;
use crate::diagnostics::yaml::complaint_of;
use crate::source::{Origin, Place, has_root_sequence, hazard, line_start};

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
    if let Some(hazard) = hazard(text) {
        let byte = u32::try_from(hazard.at()).ok().map(|at| origin.start + at);
        let place = Place { byte, ..origin.field("") };
        return Err(Box::new(ReadError { kind: ReadErrorKind::TooDeep, message: hazard.to_string(), place }));
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

/// The error of the parser with its place in the piece.
fn read_error(text: &str, origin: Origin, error: &serde_yaml::Error) -> ReadError {
    let (at, message) = complaint_of(text, error);
    // The scanner and parser of YAML speak of what they did; only serde names a path or an expectation.
    let is_about_shape = ["invalid type", "invalid value", "only YAML 1.1", "without quotes", "duplicate"]
        .into_iter()
        .any(|words| message.contains(words));
    let kind = if is_about_shape { ReadErrorKind::Shape } else { ReadErrorKind::Syntax };
    match tab_before(text, at) {
        Some(tab) if kind == ReadErrorKind::Syntax => {
            let message = "the line is indented by a tab; YAML takes spaces only";
            ReadError::new(kind, message, text, origin, tab)
        }
        _ => ReadError::new(kind, &message, text, origin, at),
    }
}

/// The tab in the indentation of the line of a byte, or of the line above, where the parser may have stopped.
fn tab_before(text: &str, at: usize) -> Option<usize> {
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at))?;
    let start = line_start(text, at);
    let above = line_start(text, start.saturating_sub(1));
    [start, above].into_iter().find_map(|start| {
        let indentation = text[start..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'-'));
        indentation.enumerate().find(|(_, byte)| *byte == b'\t').map(|(column, _)| start + column)
    })
}
