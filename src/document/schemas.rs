//! Every document that has a schema, and where each comes from.

use schemars::Schema;

use super::{assumed, check, diff, flows, plan, trace};
#[cfg(feature = "apply")]
use super::{events, history};
use crate::platform::{self, JsonDocument};
use crate::{fill, ir};

/// Every document that has a schema: of the rules, of platforms, and of answers.
#[must_use]
pub fn all() -> Vec<JsonDocument> {
    let of_rules = JsonDocument {
        name: "ir",
        about: "What hnsplan compile -t ir prints",
        schema: ir::schema,
        is_answer: true,
    };
    let of_platforms = platform::all().iter().flat_map(|platform| platform.documents()).copied();
    std::iter::once(of_rules).chain(of_platforms).chain(OWN.iter().copied()).collect()
}

/// The schema of a document, with the members that every answer may have.
#[must_use]
pub fn schema(document: &JsonDocument) -> Schema {
    let schema = (document.schema)();
    if document.is_answer { assumed::describe(schema) } else { schema }
}

const OWN: &[JsonDocument] = &[
    JsonDocument {
        name: "assumptions",
        about: "What hnsplan fill --assumptions reads and --print-assumptions prints",
        schema: fill::schema,
        is_answer: false,
    },
    answer("check", "What hnsplan check -o json prints", check::schema),
    answer("diff", "What hnsplan diff -o json prints for two sides of one platform", diff::schema),
    answer("diff-frontends", "What hnsplan diff -o json prints for two platforms", diff::frontends_schema),
    answer("diff-semantic", "What hnsplan diff --semantic -o json prints", flows::schema),
    answer("trace", "What hnsplan trace -o json prints", trace::schema),
    answer("trace-matrix", "What hnsplan trace --matrix -o json prints", trace::matrix_schema),
    of_change("plan", "What hnsplan plan -o json prints, and hnsplan apply reads", plan::schema),
    of_change("plan-summary", "What hnsplan show -o json prints of a plan", plan::summary_schema),
    #[cfg(feature = "apply")]
    of_change(
        "events",
        "Each line that hnsplan apply -o jsonl and hnsplan undo -o jsonl print",
        events::schema,
    ),
    #[cfg(feature = "apply")]
    of_change("history", "What hnsplan history -o json prints", history::schema),
];

const fn answer(name: &'static str, about: &'static str, schema: fn() -> Schema) -> JsonDocument {
    JsonDocument { name, about, schema, is_answer: true }
}

const fn of_change(name: &'static str, about: &'static str, schema: fn() -> Schema) -> JsonDocument {
    JsonDocument { name, about, schema, is_answer: false }
}
