//! Pieces of text to raw objects, with the parser's complaints made readable.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::raw::RawObject;
use crate::diagnostics::{Code, Diagnostic};
use crate::name::printable;
use crate::source::{Origin, Place};

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
    for (item, object) in parsed {
        expand(object, Origin { item, ..origin }, &mut found);
    }
    Ok(found)
}

/// Kind and API version alone, for a piece whose fields are not those of the kinds that are read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Header {
    pub api_version: Option<String>,
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

/// All values of a piece: the documents of YAML, the values of JSON, the elements of a root sequence.
fn raw_objects<T: DeserializeOwned + Elements>(
    text: &str,
    origin: Origin,
) -> Result<Vec<(Option<u32>, T)>, Box<Diagnostic>> {
    if !is_json(text) {
        return yaml_objects(text, origin);
    }
    match json_objects(text) {
        Ok(objects) => Ok(objects),
        // A flow mapping without quotes is YAML, too.
        Err(error) if text.len() < 1 << 20 => {
            yaml_objects(text, origin).map_err(|_| json_error(text, origin, &error))
        }
        Err(error) => Err(json_error(text, origin, &error)),
    }
}

/// Types that may stand at the root of a document, or as the elements of a sequence there.
trait Elements {}
impl Elements for RawObject {}
impl Elements for Header {}

/// An object, or a sequence of objects.
enum Root<T> {
    One(Option<T>),
    Many(Vec<Option<T>>),
}

impl<T> Root<T> {
    fn into_objects(self) -> impl Iterator<Item = (Option<u32>, T)> {
        let (one, many) = match self {
            Self::One(object) => (object, Vec::new()),
            Self::Many(objects) => (None, objects),
        };
        let many = (0..).zip(many).filter_map(|(index, object)| Some((Some(index), object?)));
        one.map(|object| (None, object)).into_iter().chain(many)
    }
}

fn json_objects<T: DeserializeOwned>(text: &str) -> Result<Vec<(Option<u32>, T)>, serde_json::Error> {
    let mut objects = Vec::new();
    if text.trim_start().starts_with('[') {
        objects.extend(Root::Many(serde_json::from_str(text)?).into_objects());
    } else {
        for object in serde_json::Deserializer::from_str(text).into_iter::<Option<T>>() {
            objects.extend(Root::One(object?).into_objects());
        }
    }
    Ok(objects)
}

fn yaml_objects<T: DeserializeOwned>(
    text: &str,
    origin: Origin,
) -> Result<Vec<(Option<u32>, T)>, Box<Diagnostic>> {
    // Texts as kubectl prints them, several times faster.
    let understood = if crate::source::root_items(text) {
        super::block::from_str(text).map(Root::Many)
    } else {
        super::block::from_str(text).map(|object| Root::One(Some(object)))
    };
    if let Some(root) = understood {
        return Ok(with_own_origin(root.into_objects().collect()));
    }
    if nested_too_deeply(text) {
        let message = format!("brackets are nested more than {DEEPEST} deep");
        return Err(Box::new(Diagnostic::new(Code::NotParsable, message).at(origin.field(""))));
    }
    let root_is_sequence = crate::source::root_items(text);
    let has_merge_keys = memchr::memmem::find(text.as_bytes(), b"<<").is_some();
    let mut objects = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let root = if has_merge_keys {
            merged(document, root_is_sequence)
        } else if root_is_sequence {
            Vec::deserialize(document).map(Root::Many)
        } else {
            Option::deserialize(document).map(Root::One)
        };
        objects.extend(root.map_err(|error| yaml_error(text, origin, &error))?.into_objects());
    }
    Ok(with_own_origin(objects))
}

/// One element is what a list was cut into: its origin is the piece itself.
fn with_own_origin<T>(mut objects: Vec<(Option<u32>, T)>) -> Vec<(Option<u32>, T)> {
    if let [(index @ Some(0), _)] = objects.as_mut_slice() {
        *index = None;
    }
    objects
}

/// Applies merge keys (`<<: *anchor`) as kubectl does, through a tree of values.
fn merged<T: DeserializeOwned>(
    document: serde_yaml::Deserializer<'_>,
    root_is_sequence: bool,
) -> Result<Root<T>, serde_yaml::Error> {
    let mut value = serde_yaml::Value::deserialize(document)?;
    value.apply_merge()?;
    if root_is_sequence {
        serde_yaml::from_value(value).map(Root::Many)
    } else {
        serde_yaml::from_value(value).map(Root::One)
    }
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
    let (path, what) = split_path(message);
    let code = if what.contains("duplicate") { Code::DuplicateKey } else { code };
    let help = match code {
        Code::NotParsable => "nothing of this document is used",
        _ => "the API server would refuse this object; it is left out",
    };
    // The end of the text has no line of its own: step back onto the last character.
    let at = at.min(text.len().saturating_sub(1));
    let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let place = match path {
        Some(path) if !path.is_empty() => origin.field(path),
        _ => place_of_byte(text, origin, at),
    };
    Box::new(Diagnostic::new(code, printable(what)).at(place).help(help))
}

/// A place without a path: the rest of the line at a byte.
fn place_of_byte(text: &str, origin: Origin, at: usize) -> Place {
    let passed = u32::try_from(memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count()).unwrap_or(0);
    let start = origin.start + u32::try_from(at).unwrap_or(0);
    Origin { start, line: origin.line + passed, item: None, ..origin }.field("")
}

/// Splits `[0].spec.ports[1].port: invalid type …` into path and message; the index of a root sequence
/// of one is not part of the path.
fn split_path(message: &str) -> (Option<&str>, &str) {
    let is_path = |path: &str| !path.is_empty() && !path.contains([' ', '`', '"']);
    match message.split_once(": ") {
        Some((path, what)) if is_path(path) => (Some(path.strip_prefix("[0].").unwrap_or(path)), what),
        _ => (None, message),
    }
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
pub(super) fn frame(text: &str) -> Option<RawObject> {
    let mut objects = if is_json(text) {
        json_objects::<RawObject>(text).ok()?
    } else {
        let whole = serde_yaml::from_str::<Option<RawObject>>(text).ok()??;
        vec![(None, whole)]
    };
    let (_, list) = objects.pop()?;
    let is_list = list.kind.as_ref().is_some_and(|kind| kind.as_str().ends_with("List"));
    (objects.is_empty() && is_list && list.items.is_empty()).then_some(list)
}
