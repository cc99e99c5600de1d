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
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Endpoints, Self::LoadBalancers, Self::Networks];

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
    /// By itself behind a place that is damaged: it may be a part of an object.
    Loose,
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
    /// A number beside a list that says how long it is, and is not so: the number, and the length.
    pub(super) miscounted: Option<(u64, usize)>,
    /// How many values the last list had.
    length: usize,
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

/// How many values PowerShell says that a list has, beside the list.
fn count_of(members: &[(String, &RawValue)]) -> Option<u64> {
    let (_, count) = members.iter().rfind(|(name, _)| name.eq_ignore_ascii_case("Count"))?;
    count.get().parse().ok()
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
        let mut length = 0;
        while items.next_element_seed(Values { contents: &mut *contents, place })?.is_some() {
            length += 1;
        }
        contents.has_empty_list |= length == 0 && place == Place::Alone;
        contents.told = true;
        contents.length = length;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { contents, mut place } = self;
        let mut members: Vec<(String, &'de RawValue)> = Vec::new();
        let mut wrapped = None;
        // A list is complete when what stands behind it goes on as it should: a bracket that closes it may be one too many.
        let mut last = None;
        loop {
            let name = map.next_key::<String>()?;
            if let Some(list) = last.take().and_then(|at: usize| contents.lists.get_mut(at)) {
                list.1 = true;
            }
            let Some(name) = name else { break };
            match place_within(&name).filter(|_| !matches!(place, Place::In(_))) {
                Some(inner) => {
                    let at = contents.lists.len();
                    if let Place::In(list) = inner {
                        contents.lists.push((list, false));
                    }
                    contents.told = false;
                    map.next_value_seed(Values { contents: &mut *contents, place: inner })?;
                    // `null` in the place of a list tells nothing.
                    if !contents.told {
                        contents.lists.truncate(at);
                    } else if inner == Place::Alone {
                        wrapped = Some(contents.length);
                    }
                    last = matches!(inner, Place::In(_)).then_some(at);
                    place = Place::Around;
                }
                None => members.push((name, map.next_value()?)),
            }
        }
        if let (Some(length), Some(count)) = (wrapped, count_of(&members)) {
            let differs = usize::try_from(count) != Ok(length);
            contents.miscounted = contents.miscounted.or(differs.then_some((count, length)));
        }
        contents.objects.push(Found { members: Members::of(members), place });
        contents.told = true;
        contents.length = 1;
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
