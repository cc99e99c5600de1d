//! What the parser of YAML complains about in a document that people write for this program, with its place.

use super::words::in_plain_words;
use super::{Code, Diagnostic};
use crate::name::printable;
use crate::source::{Origin, Place};

/// The diagnostic for a document that could not be parsed, at the field that the parser names.
#[must_use]
pub fn not_parsable(code: Code, text: &str, origin: Origin, error: &serde_yaml::Error) -> Diagnostic {
    let message = error.to_string();
    let complaint = message.split(" at line ").next().unwrap_or_default();
    // `allow[3].port: invalid type: …`
    let (path, complaint) = match complaint.split_once(": ") {
        Some((path, rest)) if is_path(path) => (path, rest),
        _ => ("", complaint),
    };
    let unknown = complaint.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    let path = match (path, unknown) {
        // No key has this name, so the byte counts.
        ("", None) => "document".to_owned(),
        ("", Some(field)) => field.to_owned(),
        (path, None) => path.to_owned(),
        (path, Some(field)) => format!("{path}.{field}"),
    };
    let at = error.location().map_or(0, |at| at.index()).min(text.len().saturating_sub(1));
    let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let byte = u32::try_from(at).ok().map(|at| origin.start + at);
    Diagnostic::new(code, printable(&in_plain_words(complaint))).at(Place { byte, ..origin.field(path) })
}

/// Whether the words before a colon name a field.
fn is_path(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._[]".contains(&byte))
}
