//! Every document that has a schema, and where each comes from.

use schemars::Schema;

use super::{check, diff, fleet, flows, plan, replay, rollout, trace};
#[cfg(feature = "apply")]
use super::{events, history};
use crate::platform::{self, JsonDocument};
use crate::{fill, ir};

/// Every document that has a schema: of the rules, of platforms, and of answers.
#[must_use]
pub fn all() -> Vec<JsonDocument> {
    let of_rules =
        JsonDocument { name: "ir", about: "What hnsplan compile -t ir prints", schema: ir::schema };
    let of_platforms = platform::all().iter().flat_map(|platform| platform.documents()).copied();
    std::iter::once(of_rules).chain(of_platforms).chain(OWN.iter().copied()).collect()
}

const OWN: &[JsonDocument] = &[
    JsonDocument {
        name: "assumptions",
        about: "What hnsplan fill --assumptions reads and --print-assumptions prints",
        schema: fill::schema,
    },
    document("check", "What hnsplan check -o json prints", check::schema),
    document("diff", "What hnsplan diff -o json prints for two sides of one platform", diff::schema),
    document("diff-frontends", "What hnsplan diff -o json prints for two platforms", diff::frontends_schema),
    document("diff-semantic", "What hnsplan diff --semantic -o json prints", flows::schema),
    document(
        "fleet",
        "What hnsplan check --nodes -o json, diff --dumps -o json and merge -o json print",
        fleet::schema,
    ),
    document(
        "fleet-line",
        "Each line that hnsplan check --nodes -o jsonl and diff --dumps -o jsonl print, and merge reads",
        crate::fleet::line_schema,
    ),
    document("graph", "What hnsplan graph -o json prints", crate::graph::json_schema),
    document("replay", "What hnsplan replay -o json prints", replay::schema),
    document(
        "replay-comparison",
        "What hnsplan replay --against VERSION -o json prints",
        replay::comparison_schema,
    ),
    document("rollout", "What hnsplan rollout -o json prints", rollout::schema),
    document(
        "service-at-step",
        "What hnsplan explain service --step NUMBER -o json prints",
        crate::explain::AtStep::schema,
    ),
    document("trace", "What hnsplan trace -o json prints", trace::schema),
    document("trace-matrix", "What hnsplan trace --matrix -o json prints", trace::matrix_schema),
    document("plan", "What hnsplan plan -o json prints, and hnsplan apply reads", plan::schema),
    document("plan-summary", "What hnsplan show -o json prints of a plan", plan::summary_schema),
    #[cfg(feature = "apply")]
    document(
        "events",
        "Each line that hnsplan apply -o jsonl and hnsplan undo -o jsonl print",
        events::schema,
    ),
    #[cfg(feature = "apply")]
    document("history", "What hnsplan history -o json prints", history::schema),
];

const fn document(name: &'static str, about: &'static str, schema: fn() -> Schema) -> JsonDocument {
    JsonDocument { name, about, schema }
}
