//! Text formats: YAML and JSON, from a text to typed values with their places.
//!
//! ```text
//! text ─ split ─► documents and list items ─ values ─► typed values, or a ReadError
//!                                              ├─ block   the YAML that kubectl prints, read fast
//!                                              ├─ yaml    all other YAML
//!                                              └─ json
//! text ─ walk ─► every value with its path ─┬─ plain   scalars that YAML 1.1 types otherwise
//!                                           └─ fields  keys that no table of fields has
//! ```
//!
//! **Invariant:** nothing here knows Kubernetes. Which kinds and fields exist, and what a wrong one means,
//! is decided to the right.

mod block;
mod entries;
mod error;
mod fields;
mod json;
mod path;
mod plain;
mod root;
mod scalar;
mod split;
mod values;
mod walk;
mod yaml;

pub(super) use entries::{AllKeys, Entries, Keys};
pub(super) use error::{ReadError, ReadErrorKind};
pub(super) use fields::{Fields, Inside, visit_unknown_fields};
pub(super) use path::Path;
pub(super) use plain::PlainScalars;
pub(super) use scalar::{Bool, Int, IntOrText, Text, null_as_default};
pub(super) use split::{Document, List, documents};
pub(super) use values::{single, values};
