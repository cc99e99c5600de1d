//! Pieces of text to raw objects, with the parser's complaints made readable.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::raw::RawObject;
use crate::diagnostics::{Code, Diagnostic};
use crate::name::printable;
use crate::source::{Origin, Place, has_root_sequence};

/// Flow collections nested deeper than this are refused: the YAML scanner takes quadratic time on them.
const DEEPEST: usize = 500;

/// A raw object and where it stands.
#[derive(Debug)]
pub(super) struct Parsed {
    pub origin: Origin,
    pub object: RawObject,
}

/// Whether a piece is JSON; all else is YAML.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Parses a piece that holds one object, several documents, or a whole list.
pub(super) fn objects(text: &str, origin: Origin) -> Result<Vec<Parsed>, Box<Diagnostic>> {
    let parsed = raw_objects::<RawObject>(text, origin)?;
    let mut found = Vec::new();
    for (origin, object) in parsed {
        expand(object, origin, &mut found);
    }
    Ok(found)
}

/// The kind alone, for a piece whose fields are not those of the kinds that are read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Header {
    pub kind: Option<String>,
}

/// Reads the header of a piece, as far as it can be read at all.
pub(super) fn header(text: &str, origin: Origin) -> Option<Header> {
    raw_objects::<Header>(text, origin).ok()?.into_iter().next().map(|(_, header)| header)
}

/// A list is replaced by its items, which take over its kind and version if they have none, as the
/// items of a raw `ServiceList` do.
fn expand(mut object: RawObject, origin: Origin, found: &mut Vec<Parsed>) {
    let kind = object.kind.as_ref().map_or("", |kind| kind.as_str()).to_owned();
    let Some(item_kind) = kind.strip_suffix("List") else {
        found.push(Parsed { origin, object });
        return;
    };
    for (index, item) in (0..).zip(std::mem::take(&mut object.items)) {
        let Some(mut item) = item else { continue };
        inherit(&mut item, item_kind, &object);
        expand(item, Origin { item: Some(index), ..origin }, found);
    }
}

/// Gives an item the kind and version of its list.
pub(super) fn inherit(item: &mut RawObject, item_kind: &str, list: &RawObject) {
    if item.kind.is_none() && !item_kind.is_empty() {
        item.kind = Some(super::scalar::Text(item_kind.into()));
        item.api_version = item.api_version.take().or_else(|| list.api_version.clone());
    }
}

/// All values of a piece with their own origins: the documents of YAML, the values of JSON, the elements
/// of a root sequence.
fn raw_objects<T: DeserializeOwned>(text: &str, origin: Origin) -> Result<Vec<(Origin, T)>, Box<Diagnostic>> {
    if !is_json(text) {
        return yaml_objects(text, origin);
    }
    match json_objects(text, origin) {
        Ok(objects) => Ok(objects),
        // A flow mapping without quotes is YAML, too. A value of the wrong type is wrong in both.
        Err(error) if text.len() < 1 << 20 && !error.is_data() => yaml_objects(text, origin),
        Err(error) => Err(json_error(text, origin, &error)),
    }
}

/// An object, or a sequence of objects.
enum Root<T> {
    One(Option<T>),
    Many(Vec<Option<T>>),
}

impl<T: DeserializeOwned> Root<T> {
    fn deserialize<'de, D: Deserializer<'de>>(from: D, is_sequence: bool) -> Result<Self, D::Error> {
        if is_sequence {
            Vec::deserialize(from).map(Self::Many)
        } else {
            Option::deserialize(from).map(Self::One)
        }
    }
}

impl<T> Root<T> {
    /// The objects with their origins. One element of a sequence is what a list was cut into: its
    /// origin is the piece itself.
    fn into_objects(self, origin: Origin) -> Vec<(Origin, T)> {
        match self {
            Self::One(object) => object.map(|object| (origin, object)).into_iter().collect(),
            Self::Many(mut objects) if objects.len() == 1 => {
                Self::One(objects.remove(0)).into_objects(origin)
            }
            Self::Many(objects) => (0..)
                .zip(objects)
                .filter_map(|(index, object)| Some((Origin { item: Some(index), ..origin }, object?)))
                .collect(),
        }
    }
}

fn json_objects<T: DeserializeOwned>(
    text: &str,
    origin: Origin,
) -> Result<Vec<(Origin, T)>, serde_json::Error> {
    if text.trim_start().starts_with('[') {
        return Ok(Root::Many(serde_json::from_str(text)?).into_objects(origin));
    }
    let mut objects = Vec::new();
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
        objects.extend(value?.map(|object| (own, object)));
    }
    Ok(objects)
}

/// A position in a piece, which is smaller than 4 GiB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn yaml_objects<T: DeserializeOwned>(
    text: &str,
    origin: Origin,
) -> Result<Vec<(Origin, T)>, Box<Diagnostic>> {
    let root_is_sequence = has_root_sequence(text);
    // Texts as kubectl prints them, several times faster.
    let understood = if root_is_sequence {
        super::block::from_str(text).map(Root::Many)
    } else {
        super::block::from_str(text).map(|object| Root::One(Some(object)))
    };
    if let Some(root) = understood {
        return Ok(root.into_objects(origin));
    }
    if nested_too_deeply(text) {
        let message = format!("brackets are nested more than {DEEPEST} deep");
        return Err(Box::new(Diagnostic::new(Code::NotParsable, message).at(origin.field(""))));
    }
    let has_merge_keys = memchr::memmem::find(text.as_bytes(), b"<<").is_some();
    let mut objects = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let root = if has_merge_keys {
            merged(document).and_then(|value| Root::deserialize(value, root_is_sequence))
        } else {
            Root::deserialize(document, root_is_sequence)
        };
        objects.extend(root.map_err(|error| yaml_error(text, origin, &error))?.into_objects(origin));
    }
    Ok(objects)
}

/// Applies merge keys (`<<: *anchor`) as kubectl does, through a tree of values.
fn merged(document: serde_yaml::Deserializer<'_>) -> Result<serde_yaml::Value, serde_yaml::Error> {
    let mut value = serde_yaml::Value::deserialize(document)?;
    value.apply_merge()?;
    Ok(value)
}

fn nested_too_deeply(text: &str) -> bool {
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

fn json_error(text: &str, origin: Origin, error: &serde_json::Error) -> Box<Diagnostic> {
    let line_start = match error.line() {
        0 | 1 => 0,
        line => memchr::memchr_iter(b'\n', text.as_bytes()).nth(line - 2).map_or(text.len(), |at| at + 1),
    };
    let at = (line_start + error.column().saturating_sub(1)).min(text.len());
    let code = if error.is_data() { Code::WrongShape } else { Code::NotParsable };
    complaint(code, &error.to_string(), text, origin, at)
}

fn yaml_error(text: &str, origin: Origin, error: &serde_yaml::Error) -> Box<Diagnostic> {
    let at = error.location().map_or(0, |location| location.index());
    let message = error.to_string();
    // The scanner and parser of YAML speak of what they did; only serde names a path or an expectation.
    let code = if message.contains("invalid type")
        || message.contains("invalid value")
        || message.contains("YAML 1.1 only")
        || message.contains("duplicate")
    {
        Code::WrongShape
    } else {
        Code::NotParsable
    };
    complaint(code, &message, text, origin, at)
}

/// One diagnostic from a parser's message, at a byte of the piece.
fn complaint(code: Code, message: &str, text: &str, origin: Origin, at: usize) -> Box<Diagnostic> {
    let message = message.split(" at line ").next().unwrap_or(message);
    let (item, path, what) = split_path(message);
    let code = if what.contains("duplicate") { Code::DuplicateKey } else { code };
    let help = match code {
        Code::NotParsable => {
            "a bracket, a quote or the indentation, here or above, is not as YAML or JSON want it; \
             nothing of this document is used"
        }
        _ => "the API server would refuse this object; it is left out",
    };
    // The end of the text has no line of its own: step back onto the last character.
    let at = at.min(text.len().saturating_sub(1));
    let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let place = Place { byte: Some(origin.start + offset(at)), ..Origin { item, ..origin }.field(path) };
    Box::new(Diagnostic::new(code, printable(&in_words(what))).at(place).help(help))
}

/// `invalid type: map, expected text` in the words of people who write manifests.
fn in_words(complaint: &str) -> String {
    let Some((found, expected)) =
        complaint.strip_prefix("invalid type: ").and_then(|both| both.rsplit_once(", expected "))
    else {
        return complaint.to_owned();
    };
    let (kind, value) = found.split_once(' ').unwrap_or((found, ""));
    let found = match kind {
        "map" => "a mapping".to_owned(),
        "sequence" => "a list".to_owned(),
        "string" => format!("the text {value}"),
        "integer" => format!("the number {value}"),
        "floating" => format!("the number {}", value.trim_start_matches("point ")),
        "boolean" => format!("the boolean {value}"),
        _ => found.to_owned(),
    };
    let expected = if expected == "a sequence" { "a list" } else { expected };
    let is_unquoted = matches!(kind, "integer" | "floating" | "boolean") && expected.starts_with("text");
    let advice = if is_unquoted { "; put it in quotes" } else { "" };
    format!("{found} stands where {expected} is needed{advice}")
}

/// Splits `.[2].spec.ports[1].port: invalid type …` into item, path and message.
fn split_path(message: &str) -> (Option<u32>, &str, &str) {
    let is_path = |path: &str| !path.is_empty() && !path.contains([' ', '`', '"']);
    let Some((path, what)) = message.split_once(": ").filter(|(path, _)| is_path(path)) else {
        return (None, "", message);
    };
    let Some((item, rest)) = path.strip_prefix(".[").and_then(|path| path.split_once(']')) else {
        return (None, path, what);
    };
    (item.parse().ok(), rest.trim_start_matches('.'), what)
}

impl Header {
    /// The kind, when it is none of those whose fields are known here.
    pub(super) fn other_kind(self) -> Option<String> {
        let kind = self.kind.unwrap_or_default();
        let is_read = super::read::Kind::of(&kind).is_some() || kind.ends_with("List");
        (!is_read && !kind.is_empty()).then_some(kind)
    }
}

/// What is left of a list without its items; `None` when that is no list.
pub(super) fn frame(text: &str, origin: Origin) -> Option<RawObject> {
    let mut objects = if is_json(text) {
        json_objects::<RawObject>(text, origin).ok()?
    } else {
        let whole = serde_yaml::from_str::<Option<RawObject>>(text).ok()??;
        vec![(origin, whole)]
    };
    let (_, list) = objects.pop()?;
    let is_list = list.kind.as_ref().is_some_and(|kind| kind.as_str().ends_with("List"));
    (objects.is_empty() && is_list && list.items.is_empty()).then_some(list)
}
