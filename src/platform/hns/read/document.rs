//! Finds the objects of a JSON document, also of one that breaks off.
//!
//! A document is an object of HNS, a list of them, what PowerShell or HNS wrap around such a list
//! (`value`, `Output`), or a whole state (`Endpoints`, `LoadBalancers`, `Networks`).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::members::Members;
use crate::name::printable;

/// The list of a state that an object stands in: a kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Endpoints,
    LoadBalancers,
    Networks,
}

impl List {
    /// The list with this name, as `hnsdiag` and a state call it.
    pub(super) fn named(name: &str) -> Option<Self> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("Endpoints") {
            Some(Self::Endpoints)
        } else if is("LoadBalancers") {
            Some(Self::LoadBalancers)
        } else if is("Networks") {
            Some(Self::Networks)
        } else {
            None
        }
    }
}

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// By itself, or in a list without a name.
    Alone,
    /// In a list of a state.
    In(List),
    /// It is what is left of an object that holds lists.
    Around,
}

/// An object, and where it stands.
pub(super) struct Found<'a> {
    pub(super) members: Members<'a>,
    pub(super) place: Place,
}

/// What is in a document.
#[derive(Default)]
pub(super) struct Contents<'a> {
    pub(super) objects: Vec<Found<'a>>,
    /// The first of what is no object, to be shown.
    pub(super) stray: Option<String>,
    /// The lists of a state that the document has, and whether each is complete.
    pub(super) lists: Vec<(List, bool)>,
    /// Whether there is a list without a name and without an object.
    pub(super) has_empty_list: bool,
    /// Whether the last value was a list or an object.
    told: bool,
}

impl<'a> Contents<'a> {
    /// The objects of a document, in its order; with an error, those before it.
    pub(super) fn of(document: &'a str, place: Place) -> (Self, Result<(), serde_json::Error>) {
        let mut contents = Self::default();
        let value = Values { contents: &mut contents, place };
        let result = value.deserialize(&mut serde_json::Deserializer::from_str(document));
        (contents, result)
    }

    fn stray(&mut self, value: &impl ToString) {
        self.stray.get_or_insert_with(|| printable(&value.to_string()));
    }
}

/// Where the objects of a member stand, if it is one that holds objects.
fn place_within(member: &str) -> Option<Place> {
    let wraps = ["value", "Output"].into_iter().any(|name| member.eq_ignore_ascii_case(name));
    List::named(member).map(Place::In).or_else(|| wraps.then_some(Place::Alone))
}

/// Any value: an object, or lists of them.
struct Values<'c, 'a> {
    contents: &'c mut Contents<'a>,
    place: Place,
}

impl<'de> DeserializeSeed<'de> for Values<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("objects of HNS")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { contents, place } = self;
        let mut is_empty = true;
        while items.next_element_seed(Values { contents: &mut *contents, place })?.is_some() {
            is_empty = false;
        }
        contents.has_empty_list |= is_empty && place == Place::Alone;
        contents.told = true;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { contents, mut place } = self;
        let mut members: Vec<(String, &'de RawValue)> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            match place_within(&name).filter(|_| !matches!(place, Place::In(_))) {
                Some(inner) => {
                    let at = contents.lists.len();
                    if let Place::In(list) = inner {
                        contents.lists.push((list, false));
                    }
                    contents.told = false;
                    map.next_value_seed(Values { contents: &mut *contents, place: inner })?;
                    if let Some(list) = contents.lists.get_mut(at) {
                        list.1 = true;
                        // `null` in the place of a list tells nothing.
                        if !contents.told {
                            contents.lists.truncate(at);
                        }
                    }
                    place = Place::Around;
                }
                None => members.push((name, map.next_value()?)),
            }
        }
        contents.objects.push(Found { members: Members::of(members), place });
        contents.told = true;
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.contents.stray(&value);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.contents.stray(&value);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.contents.stray(&value);
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.contents.stray(&value);
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.contents.stray(&format_args!("`{value}`"));
        Ok(())
    }
}
