//! The root of a document: one value, or a sequence of values.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::source::Origin;

/// One value, or a sequence of values; each may be `null`.
pub(super) enum Root<T> {
    One(Option<T>),
    Many(Vec<Option<T>>),
}

impl<T: DeserializeOwned> Root<T> {
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
        is_sequence: bool,
    ) -> Result<Self, D::Error> {
        if is_sequence {
            Vec::deserialize(from).map(Self::Many)
        } else {
            Option::deserialize(from).map(Self::One)
        }
    }
}

impl<T> Root<T> {
    /// The values with their origins. A sequence of one element is an item that was cut out of a list: its
    /// origin is the piece itself.
    pub(super) fn into_values(self, origin: Origin) -> Vec<(Origin, T)> {
        match self {
            Self::One(value) => value.map(|value| (origin, value)).into_iter().collect(),
            Self::Many(mut values) if values.len() == 1 => Self::One(values.remove(0)).into_values(origin),
            Self::Many(values) => (0..)
                .zip(values)
                .filter_map(|(index, value)| Some((Origin { item: Some(index), ..origin }, value?)))
                .collect(),
        }
    }
}
