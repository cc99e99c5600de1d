//! Lists of objects taken apart: `kind: List`, `ServiceList`, and lists inside lists.

use serde::Deserialize;

use super::kind::Kind;
use super::raw::RawObject;
use crate::manifest::format::{self, ReadError, Text};
use crate::source::Origin;

/// A raw object and its place in the text.
#[derive(Debug)]
pub(in crate::manifest) struct Parsed {
    pub origin: Origin,
    pub object: RawObject,
    /// What happened to it, if it comes from a watch.
    pub event: Option<Event>,
}

/// What happened to an object, as `kubectl get --watch --output-watch-events` prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) enum Event {
    /// It was there, was made, or was changed.
    Present,
    /// It was deleted.
    Deleted,
    /// Nothing: a mark in the stream, or an error of it.
    Mark,
}

impl Event {
    fn of(kind: Option<&Text>) -> Self {
        match kind.map(Text::as_str) {
            Some("DELETED") => Self::Deleted,
            Some("BOOKMARK" | "ERROR") => Self::Mark,
            _ => Self::Present,
        }
    }
}

/// Parses a piece that contains one object, several documents, or a whole list.
pub(in crate::manifest) fn objects(text: &str, origin: Origin) -> Result<Vec<Parsed>, Box<ReadError>> {
    let mut found = Vec::new();
    for (origin, object) in format::values::<RawObject>(text, origin)? {
        expand(object, origin, None, &mut found);
    }
    Ok(found)
}

/// Replaces a list by its items, which take over its kind and version if they have none, as the items of
/// a raw `ServiceList` do.
fn expand(mut object: RawObject, origin: Origin, event: Option<Event>, found: &mut Vec<Parsed>) {
    if object.kind.is_none()
        && let Some(inner) = object.object.take()
    {
        let event = Event::of(object.type_.as_ref());
        return expand(*inner, origin, Some(event), found);
    }
    let kind = object.kind.as_ref().map_or("", |kind| kind.as_str()).to_owned();
    let Some(item_kind) = kind.strip_suffix("List") else {
        found.push(Parsed { origin, object, event });
        return;
    };
    for (index, item) in (0..).zip(std::mem::take(&mut object.items)) {
        let Some(mut item) = item else { continue };
        inherit(&mut item, item_kind, &object);
        expand(item, Origin { item: Some(index), ..origin }, event, found);
    }
}

/// Gives an item the kind and version of its list, if it has none of its own.
pub(in crate::manifest) fn complete_item(item: &mut RawObject, list: &RawObject) {
    let item_kind = list.kind.as_ref().and_then(|kind| kind.as_str().strip_suffix("List"));
    inherit(item, item_kind.unwrap_or_default(), list);
}

fn inherit(item: &mut RawObject, item_kind: &str, list: &RawObject) {
    if item.kind.is_none() && !item_kind.is_empty() {
        item.kind = Some(Text(item_kind.into()));
        item.api_version = item.api_version.take().or_else(|| list.api_version.clone());
    }
}

/// Reads what remains of a list when its items are cut out; `None` when that is no list.
pub(in crate::manifest) fn frame(text: &str) -> Option<RawObject> {
    let list: RawObject = format::single(text)?;
    let is_list = list.kind.as_ref().is_some_and(|kind| kind.as_str().ends_with("List"));
    (is_list && list.items.is_empty()).then_some(list)
}

/// The kind of an object whose other fields are not those of the kinds that are read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Header {
    kind: Option<String>,
    #[serde(rename = "apiVersion")]
    api_version: Option<String>,
}

/// The kind of a piece that could not be parsed as an object, if it is a kind that is not read anyway. An item of a
/// list may have the kind of the list.
pub(in crate::manifest) fn foreign_kind(
    text: &str,
    origin: Origin,
    list: Option<&RawObject>,
) -> Option<String> {
    let (_, header) = format::values::<Header>(text, origin).ok()?.into_iter().next()?;
    let own = |text: Option<&Text>| text.map(|text| text.as_str().to_owned());
    let of_list = || own(list?.kind.as_ref()).and_then(|kind| kind.strip_suffix("List").map(str::to_owned));
    let kind = header.kind.or_else(of_list).unwrap_or_default();
    let version = header.api_version.or_else(|| own(list?.api_version.as_ref())).unwrap_or_default();
    let is_read = Kind::of(&kind, &version).is_some() || kind.ends_with("List");
    (!is_read && !kind.is_empty()).then_some(kind)
}
