//! What the parser of YAML complains about in a document that people write for this program, with its place.

use super::words::in_plain_words;
use super::{Code, Diagnostic};
use crate::name::printable;
use crate::source::{Origin, Place};

/// The diagnostic for a document that could not be parsed, at the field that the parser names.
#[must_use]
pub fn not_parsable(code: Code, text: &str, origin: Origin, error: &serde_yaml::Error) -> Diagnostic {
    let (at, message) = complaint_of(text, error);
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
    let at = at.min(text.len().saturating_sub(1));
    let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let byte = u32::try_from(at).ok().map(|at| origin.start + at);
    Diagnostic::new(code, printable(&in_plain_words(complaint))).at(Place { byte, ..origin.field(path) })
}

/// What the parser complains about, and the byte at which it stopped. Of a character that YAML does not allow it tells
/// neither which it is nor its line, so that is looked for.
#[must_use]
pub fn complaint_of(text: &str, error: &serde_yaml::Error) -> (usize, String) {
    let message = error.to_string();
    let at = error.location().map_or(0, |location| location.index());
    if !message.contains("control characters are not allowed") {
        return (at, message);
    }
    let Some((at, refused)) = text.char_indices().find(|(_, sign)| is_refused(*sign)) else {
        return (at, message);
    };
    let code = u32::from(refused);
    let next = if refused == '\0' {
        "; a text in UTF-16 has it in every second byte: save the file as UTF-8"
    } else {
        "; leave it out, or write it as an escape in double quotes"
    };
    (at, format!("YAML does not allow the character U+{code:04X}{next}"))
}

/// Whether a character is not printable, as YAML 1.1 has it (5.1).
fn is_refused(sign: char) -> bool {
    sign.is_control() && !matches!(sign, '\t' | '\n' | '\r' | '\u{85}')
        || matches!(sign, '\u{fffe}' | '\u{ffff}')
}

/// Whether the words before a colon name a field.
fn is_path(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::IgnoredAny;

    use super::*;

    fn complaint(text: &str) -> Option<(usize, String)> {
        let error = IgnoredAny::deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
        Some(complaint_of(text, &error))
    }

    #[test]
    fn a_character_that_yaml_does_not_allow_is_named_where_it_is() {
        let refused =
            (0..=0x9f).chain([0xfffe, 0xffff]).filter_map(char::from_u32).filter(|sign| is_refused(*sign));
        for sign in refused {
            for (before, after) in
                [("", ""), ("a: b\n", ""), ("é: \"", "\"\nb: c\n"), ("# ü\nlist:\n- ", "x")]
            {
                let (at, message) = complaint(&format!("{before}{sign}{after}")).expect("it is refused");
                let name = format!("U+{:04X}", u32::from(sign));
                assert_eq!(at, before.len(), "{name} after {before:?}: {message}");
                assert!(message.contains(&name), "{message}");
            }
        }
        let utf16: String = "a: b".chars().flat_map(|sign| [sign, '\0']).collect();
        assert!(complaint(&utf16).expect("it is refused").1.contains("save the file as UTF-8"));
    }
}
