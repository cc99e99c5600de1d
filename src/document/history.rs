//! The runs that the journal of a node contains, as `hnsplan history -o json` prints them.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use super::API_VERSION;
use crate::apply::PlanCounts;
use crate::apply::journal::{PastRun, Purpose, RunEnd};
use crate::platform::schema_of;

/// The JSON Schema of [`History`].
#[must_use]
pub fn schema() -> Schema {
    schema_of::<History>()
}

/// The kind of [`History`].
pub const KIND: &str = "History";

/// What was done to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "History")]
pub struct History {
    /// `hnsplan/v1alpha1`
    pub api_version: String,
    /// `History`
    pub kind: String,
    /// The runs, the first one first.
    pub runs: Vec<HistoryRun>,
}

/// One run of `apply` or `undo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryRun {
    /// Its number in the journal, from 1.
    pub number: u64,
    /// When it began, in UTC.
    pub at: String,
    /// Who carried it out.
    pub executor: String,
    /// The node; absent if it has no name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The run that it undoes; absent where it carries out a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
    /// How many objects it changes.
    pub changes: PlanCounts,
    /// How it ended.
    pub end: RunEnd,
    /// Why it was rolled back; absent where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl From<&[PastRun]> for History {
    fn from(runs: &[PastRun]) -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            runs: runs.iter().map(HistoryRun::from).collect(),
        }
    }
}

impl From<&PastRun> for HistoryRun {
    fn from(run: &PastRun) -> Self {
        let start = run.start.clone();
        Self {
            number: run.number,
            at: start.at,
            executor: start.executor,
            node: start.node,
            undoes: match start.purpose {
                Purpose::Apply => None,
                Purpose::Undo { of } => Some(of),
            },
            changes: start.tally,
            end: run.end,
            why: run.why.clone(),
        }
    }
}
