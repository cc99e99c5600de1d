//! Objects of every kind as trees of values, for what looks at more fields than kube-proxy does.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::format::{self, ReadError};
use super::object::Kind;
use super::object::list::{Event, Listed, Parsed, Rest};
use super::object::raw::RawObject;
use super::others::{self, KUSTOMIZATION, Lost, Other, Others};
use super::partial;
use super::pieces::{self, Piece};
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::source::{Origin, SourceId, Sources};

/// An object of any kind, with all its fields.
#[derive(Debug, Clone, PartialEq)]
pub struct AnyObject {
    /// Where it was read, or what it was made from.
    pub origin: Origin,
    /// Its fields.
    pub fields: Map<String, Value>,
    /// Whether it was made, so that the text at its place is that of something else.
    pub is_made: bool,
}

/// The objects of an input.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct AnyObjects {
    /// The objects in their order.
    pub objects: Vec<AnyObject>,
    /// What could not be read, or was passed over.
    pub diagnostics: Vec<Diagnostic>,
    /// How many documents and objects could not be read.
    pub unread: usize,
}

impl AnyObject {
    /// Its kind and version, as in `apps/v1 Deployment`; empty where it has none.
    #[must_use]
    pub fn kind(&self) -> (&str, &str) {
        (self.text(&["apiVersion"]), self.text(&["kind"]))
    }

    /// `metadata.name`
    #[must_use]
    pub fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    /// `metadata.namespace`
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.text(&["metadata", "namespace"])
    }

    /// The text at a path; empty where there is none.
    #[must_use]
    pub fn text(&self, path: &[&str]) -> &str {
        self.get(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// The value at a path.
    #[must_use]
    pub fn get(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.fields.get(*first)?, |value, key| value.get(key))
    }

    /// The object, for a diagnostic.
    #[must_use]
    pub fn reference(&self, kind: &'static str) -> ObjectRef {
        ObjectRef::new(kind, self.namespace(), self.name())
    }
}

/// Labels or a selector: a mapping of texts; other values are left out.
#[must_use]
pub fn labels(value: Option<&Value>) -> BTreeMap<String, String> {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    fields.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// Reads the objects of every text in their order, lists and watches taken apart. What cannot be read is left out, with
/// a diagnostic.
#[must_use]
pub fn any_objects(sources: &Sources) -> AnyObjects {
    let mut read: Vec<Found> = pieces::read(sources, |piece| found(sources, piece));
    pieces::keep_last_events(&mut read, |found| match found {
        Found::Object(_, event) => event.as_ref(),
        Found::Mark | Found::Other(..) | Found::Broken(_) => None,
    });
    let mut all = AnyObjects::default();
    let mut others = Others::default();
    let empty = others::empty(sources, &mut others, others::Beside::PassedOver);
    all.unread += empty.len();
    all.diagnostics.extend(empty);
    for found in read {
        match found {
            Found::Object(object, _) => all.objects.push(object),
            Found::Mark => {}
            Found::Other(source, other) => {
                all.unread += usize::from(other.is_lost());
                others.add(source, other);
            }
            Found::Broken(diagnostic) => {
                all.unread += 1;
                all.diagnostics.push(*diagnostic);
            }
        }
    }
    all.diagnostics.extend(others.diagnostics(sources));
    all
}

/// The kind, namespace and name of an object.
type Key = (String, String, String);

/// What a piece of a text is.
enum Found {
    Object(AnyObject, Option<(Event, Key)>),
    /// A mark in the stream of a watch.
    Mark,
    Other(SourceId, Other),
    Broken(Box<Diagnostic>),
}

fn found(sources: &Sources, piece: Piece<'_, Map<String, Value>>) -> Found {
    let (origin, error) = match piece {
        Piece::Object(Parsed { event: Some(Event::Mark), .. }) => return Found::Mark,
        Piece::Object(Parsed { event: Some(Event::Failed), origin, .. }) => {
            return match partial::failed_watch(sources.text(origin), origin) {
                Some(failed) => Found::Broken(Box::new(failed)),
                None => Found::Mark,
            };
        }
        Piece::Object(Parsed { origin, object, event })
            if !matches!(object.kind(), None | Some("" | KUSTOMIZATION)) =>
        {
            let object = AnyObject { origin, fields: object, is_made: false };
            if let Some(other) = Other::misplaced(sources, origin, object.kind()) {
                return Found::Other(origin.source, other);
            }
            if let Some(misspelt) = partial::misspelt(origin, object.kind()) {
                return Found::Broken(Box::new(misspelt));
            }
            // What decides about rules has to have the right shape in its own text, which tells the place.
            let (version, kind) = object.kind();
            if origin.item.is_none()
                && Kind::of(kind, version).is_some()
                && let Err(error) = format::values::<RawObject>(sources.text(origin), origin)
            {
                return lost(sources, origin, Some(*error));
            }
            let key =
                || (object.kind().1.to_owned(), object.namespace().to_owned(), object.name().to_owned());
            let event = event.map(|event| (event, key()));
            return Found::Object(object, event);
        }
        // A kind of the wrong type is found where the fields that are read have types.
        Piece::Object(Parsed { origin, .. }) => {
            let typed = format::values::<RawObject>(sources.text(origin), origin);
            (origin, typed.err().map(|error| *error))
        }
        Piece::Cut(origin, rest) => return Found::Broken(Box::new(partial::cut(origin, rest))),
        Piece::Broken { origin, error, .. } => (origin, Some(*error)),
    };
    lost(sources, origin, error)
}

fn lost(sources: &Sources, origin: Origin, error: Option<ReadError>) -> Found {
    match Lost::of(sources, origin, error) {
        Lost::Other(source, other) => Found::Other(source, other),
        Lost::Broken(diagnostic) => Found::Broken(Box::new(diagnostic)),
    }
}

impl Listed for Map<String, Value> {
    fn kind(&self) -> Option<&str> {
        self.get("kind").and_then(Value::as_str)
    }

    fn api_version(&self) -> Option<&str> {
        self.get("apiVersion").and_then(Value::as_str)
    }

    fn complete(&mut self, kind: &str, api_version: Option<&str>) {
        self.insert("kind".into(), kind.into());
        if let Some(version) = api_version {
            self.entry("apiVersion").or_insert_with(|| version.into());
        }
    }

    fn rest(&self) -> Option<Rest> {
        let metadata = self.get("metadata")?;
        let goes_on = metadata.get("continue").and_then(Value::as_str);
        Rest::of(goes_on, metadata.get("remainingItemCount").and_then(Value::as_i64))
    }

    fn take_items(&mut self) -> Vec<Option<Self>> {
        let Some(Value::Array(items)) = self.remove("items") else { return Vec::new() };
        let items = items.into_iter().map(|item| match item {
            Value::Object(fields) => Some(fields),
            Value::Null => None,
            // It is no object: without a kind it is reported.
            _ => Some(Self::new()),
        });
        items.collect()
    }

    fn take_event(&mut self) -> Option<(Event, Self)> {
        let Some(Value::Object(object)) = self.get_mut("object").map(Value::take) else { return None };
        Some((Event::of(self.get("type").and_then(Value::as_str)), object))
    }
}
