//! Every JSON that a command prints, as types with schemas: the public contract.
//!
//! A document starts with `apiVersion` and `kind`. It may gain members between versions; none changes its meaning.
//!
//! **Invariant:** nothing is computed here.

pub mod check;
pub mod diff;
#[cfg(feature = "apply")]
pub mod events;
pub mod fleet;
pub mod flows;
#[cfg(feature = "apply")]
pub mod history;
pub mod plan;
pub mod replay;
pub mod rollout;
#[cfg(feature = "apply")]
pub mod saved;
pub mod schemas;
pub mod trace;

use serde::Serialize;

use crate::fill::{AssumedMembers, Marks};
use crate::name::visible_json;

/// The version of the documents.
pub const API_VERSION: &str = "hnsplan/v1alpha1";

/// The text of a document that says what in it is assumed.
pub(crate) fn marked<D: Serialize>(
    marks: &Marks,
    document: impl Fn(AssumedMembers) -> D,
) -> serde_json::Result<String> {
    let mut members = AssumedMembers::default();
    if !marks.is_empty() {
        let unmarked = serde_json::to_string(&document(members))?;
        members = AssumedMembers::found_in(marks, &unmarked);
    }
    text(&document(members))
}

/// The text of a document.
pub(crate) fn text(document: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(document).map(|text| visible_json(text) + "\n")
}
