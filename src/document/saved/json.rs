//! A JSON text that is read in two ways: as it is, to be written again, and with its texts escaped, to be drawn.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::diagnostics::in_plain_words;
use crate::document::API_VERSION;
use crate::fill::Marks;
use crate::name::{escape_in_json, escaped, is_unprintable, printable};

/// A document, of a kind that its own text tells.
pub(super) struct Document<'t> {
    text: &'t str,
    members: Value,
}

/// The members that say what of a document is assumed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assumed {
    #[serde(default)]
    assumed_addresses: BTreeMap<IpAddr, String>,
    #[serde(default)]
    assumed_node_ports: BTreeMap<u16, String>,
}

impl<'t> Document<'t> {
    /// Reads a JSON object; `kinds` are those that are expected.
    pub(super) fn parse(text: &'t str, kinds: &[&str]) -> Result<Self, String> {
        let expected = || kinds.join(", ");
        match serde_json::from_str::<Value>(text) {
            Ok(members @ Value::Object(_)) => Ok(Self { text, members: shown(members) }),
            Ok(_) => Err(format!("this is no document of hnsplan: expected one of the kinds {}", expected())),
            Err(error) => Err(format!(
                "this is no document of hnsplan: {}; expected JSON of one of the kinds {}",
                complaint(&error),
                expected()
            )),
        }
    }

    /// Its kind; empty where it tells none.
    pub(super) fn kind(&self) -> &str {
        self.members.get("kind").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it describes documents.
    pub(super) fn is_schema(&self) -> bool {
        self.members.get("$schema").is_some_and(Value::is_string)
    }

    /// What it tells, with all texts escaped.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        match self.members.get("apiVersion") {
            Some(Value::String(version)) if version == API_VERSION => {}
            Some(Value::String(version)) => {
                return Err(format!("apiVersion is `{}`, expected {API_VERSION}", printable(version)));
            }
            Some(_) => return Err(format!("apiVersion is no text, expected {API_VERSION}")),
            None => return Err(format!("the field `apiVersion` is missing, expected {API_VERSION}")),
        }
        T::deserialize(&self.members).map_err(|error| {
            // Read from the text, the same is wrong, and has a place.
            complaint(&serde_json::from_str::<T>(self.text).err().unwrap_or(error))
        })
    }

    /// Which numbers in it are assumed.
    pub(super) fn marks(&self) -> Result<Marks, String> {
        let Assumed { assumed_addresses, assumed_node_ports } = self.read()?;
        Ok(Marks::told(assumed_addresses, assumed_node_ports))
    }

    /// The same text, indented as documents are, in the order in which it was written.
    pub(super) fn indented(&self) -> String {
        indented(self.text)
    }
}

/// The first line of a text, if it is a JSON object.
pub(super) fn first_line(text: &str) -> Option<Map<String, Value>> {
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    serde_json::from_str(line).ok()
}

/// What is wrong, and where.
fn complaint(error: &serde_json::Error) -> String {
    let words = in_plain_words(&error.to_string());
    match error.line() {
        0 => words,
        line => format!("{words} (line {line}, column {})", error.column()),
    }
}

/// A value in whose texts and names nothing steers a terminal.
fn shown(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(escaped(&text)),
        Value::Array(values) => Value::Array(values.into_iter().map(shown).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (escaped(&name), shown(value))).collect())
        }
        plain => plain,
    }
}

/// JSON with each member and value on a line of its own.
fn indented(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0;
    let break_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    let mut rest = text.trim_start();
    while let Some(letter) = rest.chars().next() {
        let mut length = letter.len_utf8();
        match letter {
            '"' => {
                length = end_of_string(rest);
                out.push_str(&escape_in_json(rest[..length].to_owned(), is_unprintable));
            }
            '{' | '[' => {
                out.push(letter);
                let inside = rest[length..].trim_start();
                if inside.starts_with(['}', ']']) {
                    out.push_str(&inside[..1]);
                    rest = inside[1..].trim_start();
                    continue;
                }
                depth += 1;
                break_line(&mut out, depth);
            }
            '}' | ']' => {
                depth = usize::saturating_sub(depth, 1);
                break_line(&mut out, depth);
                out.push(letter);
            }
            ',' => {
                out.push(letter);
                break_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => out.push(letter),
        }
        rest = rest[length..].trim_start();
    }
    out.push('\n');
    out
}

/// Where the string ends with which a text begins.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    let quote = text.char_indices().skip(1).find(|(_, letter)| {
        let ends = *letter == '"' && !is_escaped;
        is_escaped = *letter == '\\' && !is_escaped;
        ends
    });
    quote.map_or(text.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_indented_means_the_same_and_looks_as_documents_do() {
        for text in [
            r#"{"a":[1,-2.50e3,{}],"b":{"c":[ ],"d":"x, {\"y\": [\\]}"},"e":null,"f":true}"#,
            "{ }",
            r#"{"b":1,"a":"\\"}"#,
        ] {
            let pretty = indented(text);
            let [before, after]: [Value; 2] =
                [text, &pretty].map(|text| serde_json::from_str(text).expect(text));
            assert_eq!(before, after);
            assert_eq!(indented(&pretty), pretty);
        }
        assert_eq!(indented(r#"{"b":[1],"a":{}}"#), "{\n  \"b\": [\n    1\n  ],\n  \"a\": {}\n}\n");
    }

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        let text = "{\"a\u{202e}\": \"x\u{9b}2J\\u001b[31m\"}";
        let document = Document::parse(text, &[]).expect("an object");
        assert_eq!(document.members, serde_json::json!({"a\\u{202e}": "x\\u{9b}2J\\u{1b}[31m"}));
        assert!(!document.indented().contains(|c| is_unprintable(c) && c != '\n'));
    }
}
