//! Lists of objects taken apart: `kind: List`, `ServiceList`, and lists inside lists.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::kind::Kind;
use super::raw::RawObject;
use crate::flag::OwnKind;
use crate::manifest::format::{self, ReadError, Text};
use crate::source::Origin;

/// What lists and watches contain.
pub(in crate::manifest) trait Listed: DeserializeOwned {
    /// `kind`, if it has one.
    fn kind(&self) -> Option<&str>;
    /// `apiVersion`, if it has one.
    fn api_version(&self) -> Option<&str>;
    /// Gives it a kind, and a version if it has none.
    fn complete(&mut self, kind: &str, api_version: Option<&str>);
    /// Whether it says of itself that it goes on, and how many items are not in it, if it tells that.
    fn rest(&self) -> Option<Rest>;
    /// Takes its `items`.
    fn take_items(&mut self) -> Vec<Option<Self>>;
    /// Takes the object of an event, and what happened to it.
    fn take_event(&mut self) -> Option<(Event, Self)>;
}

/// What a list that was asked for in parts has not: the server answers so when a request limits the number of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) struct Rest {
    /// How many items; `None` where the list does not tell.
    pub missing: Option<i64>,
}

impl Rest {
    /// By the `continue` and the `remainingItemCount` of a list.
    pub(in crate::manifest) fn of(goes_on: Option<&str>, missing: Option<i64>) -> Option<Self> {
        let missing = missing.filter(|count| *count > 0);
        (missing.is_some() || goes_on.is_some_and(|token| !token.is_empty())).then_some(Self { missing })
    }
}

/// What a text is taken apart into.
#[derive(Debug)]
pub(in crate::manifest) enum Part<T> {
    /// An object.
    Object(Parsed<T>),
    /// That a list goes on elsewhere.
    Cut(Origin, Rest),
}

/// An object and its place in the text.
#[derive(Debug)]
pub(in crate::manifest) struct Parsed<T> {
    pub origin: Origin,
    pub object: T,
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
    /// Nothing: a mark in the stream.
    Mark,
    /// The stream ended with an error of the server: what happened after it is not known.
    Failed,
}

impl Event {
    /// By the `type` of the event.
    pub(in crate::manifest) fn of(kind: Option<&str>) -> Self {
        match kind {
            Some("DELETED") => Self::Deleted,
            Some("BOOKMARK") => Self::Mark,
            Some("ERROR") => Self::Failed,
            _ => Self::Present,
        }
    }
}

impl Listed for RawObject {
    fn kind(&self) -> Option<&str> {
        self.kind.as_ref().map(Text::as_str)
    }

    fn api_version(&self) -> Option<&str> {
        self.api_version.as_ref().map(Text::as_str)
    }

    fn complete(&mut self, kind: &str, api_version: Option<&str>) {
        self.kind = Some(Text(kind.into()));
        self.api_version = self.api_version.take().or_else(|| api_version.map(|text| Text(text.into())));
    }

    fn rest(&self) -> Option<Rest> {
        let goes_on = self.metadata.continue_.as_ref().map(Text::as_str);
        Rest::of(goes_on, self.metadata.remaining_item_count.map(|count| count.0))
    }

    fn take_items(&mut self) -> Vec<Option<Self>> {
        std::mem::take(&mut self.items)
    }

    fn take_event(&mut self) -> Option<(Event, Self)> {
        let object = self.object.take()?;
        Some((Event::of(self.type_.as_ref().map(Text::as_str)), *object))
    }
}

/// Parses a piece that contains one object, several documents, or a whole list.
pub(in crate::manifest) fn objects<T: Listed>(
    text: &str,
    origin: Origin,
) -> Result<Vec<Part<T>>, Box<ReadError>> {
    let mut found = Vec::new();
    for (origin, object) in format::values::<T>(text, origin)? {
        expand(object, origin, None, &mut found);
    }
    Ok(found)
}

/// Replaces a list by its items, which take over its kind and version if they have none, as the items of
/// a raw `ServiceList` do.
fn expand<T: Listed>(mut object: T, origin: Origin, event: Option<Event>, found: &mut Vec<Part<T>>) {
    if object.kind().is_none()
        && let Some((event, inner)) = object.take_event()
    {
        return expand(inner, origin, Some(event), found);
    }
    if !is_list(object.kind(), object.api_version()) {
        found.push(Part::Object(Parsed { origin, object, event }));
        return;
    }
    found.extend(object.rest().map(|rest| Part::Cut(origin, rest)));
    for (index, item) in (0..).zip(object.take_items()) {
        let Some(mut item) = item else { continue };
        complete_item(&mut item, &object);
        expand(item, Origin { item: Some(index), ..origin }, event, found);
    }
}

/// Whether a kind is that of a list of objects. An allow-list is none.
fn is_list(kind: Option<&str>, version: Option<&str>) -> bool {
    kind.is_some_and(|kind| {
        kind.ends_with("List") && OwnKind::of(version.unwrap_or_default(), kind).is_none()
    })
}

/// Gives an item the kind and version of its list, if it has none of its own.
pub(in crate::manifest) fn complete_item<T: Listed>(item: &mut T, list: &T) {
    let kind = list.kind().and_then(|kind| kind.strip_suffix("List")).filter(|kind| !kind.is_empty());
    if let Some(kind) = kind.filter(|_| item.kind().is_none()) {
        item.complete(kind, list.api_version());
    }
}

/// Reads what remains of a list when its items are cut out; `None` when that is no list.
pub(in crate::manifest) fn frame<T: Listed>(text: &str) -> Option<T> {
    let mut list: T = format::single(text)?;
    (is_list(list.kind(), list.api_version()) && list.take_items().is_empty()).then_some(list)
}

/// The kind of an object whose other fields are not those of the kinds that are read. A kind that is no text is none:
/// `false` is a kind to nobody.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Header {
    kind: Option<Text>,
    #[serde(rename = "apiVersion")]
    api_version: Option<Text>,
}

/// Version and kind of a piece that could not be parsed as an object, if it is a kind that is not read anyway. An item
/// of a list may have the kind of the list.
pub(in crate::manifest) fn foreign_kind(
    text: &str,
    origin: Origin,
    list: Option<&RawObject>,
) -> Option<(String, String)> {
    let (_, header) = format::values::<Header>(text, origin).ok()?.into_iter().next()?;
    let own = |text: Option<&Text>| text.map(|text| text.as_str().to_owned());
    let of_list = || own(list?.kind.as_ref()).and_then(|kind| kind.strip_suffix("List").map(str::to_owned));
    let kind = own(header.kind.as_ref()).or_else(of_list).unwrap_or_default();
    let version =
        own(header.api_version.as_ref()).or_else(|| own(list?.api_version.as_ref())).unwrap_or_default();
    let is_read = Kind::of(&kind, &version).is_some() || is_list(Some(&kind), Some(&version));
    (!is_read && !kind.is_empty()).then_some((version, kind))
}
