//! The block style of YAML as `kubectl -o yaml` prints it, read several times faster than YAML.
//!
//! This is a subset on purpose, and a strict one: mappings and sequences in block style, indented by
//! spaces, with plain, quoted or literal (`|`) scalars on lines of their own, in printable ASCII.
//! Everything else (anchors, tags, flow collections, comments, folded scalars, odd numbers, …) is not
//! understood, and neither is any mistake. The caller then uses the YAML parser, which decides: for every
//! text that is understood here it returns the same value. The property tests in `tests.rs` compare the two.

mod deserialize;
mod error;
mod lines;
mod scalar;

use serde::de::DeserializeOwned;

/// Reads a text that contains one value; `None` when it is not in the subset, or not of this type.
pub(super) fn from_str<T: DeserializeOwned>(text: &str) -> Option<T> {
    let mut cursor = lines::Cursor::new(text)?;
    let value = T::deserialize(deserialize::Value::root(&mut cursor)?).ok()?;
    cursor.is_at_end().then_some(value)
}

#[cfg(test)]
mod tests;
