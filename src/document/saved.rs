//! Documents that were saved, and are printed again.

use serde::Deserialize;

use super::history::{self, History};
use super::plan::{self, PlanSummary};
use crate::apply::{self, NodePlan};
use crate::name::printable;

/// A document that can be printed.
pub enum Saved {
    /// What a plan changes.
    Plan(PlanSummary),
    /// What was done to a node.
    History(History),
}

/// What a document is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Head {
    kind: String,
}

impl Saved {
    /// Reads a document, of a kind that its own text tells.
    ///
    /// # Errors
    /// Why it cannot be read; the text may repeat what is in the document.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let told = |error: serde_json::Error| error.to_string();
        let head: Head = serde_json::from_str(text).map_err(told)?;
        match head.kind.as_str() {
            apply::PLAN_KIND => {
                let plan = NodePlan::from_text(text).map_err(|error| error.to_string())?;
                Ok(Self::Plan(PlanSummary::from(&plan)))
            }
            plan::KIND => serde_json::from_str(text).map(Self::Plan).map_err(told),
            history::KIND => serde_json::from_str(text).map(Self::History).map_err(told),
            other => Err(format!(
                "documents of kind `{}` cannot be shown; expected one of {}, {}, {}",
                printable(other),
                apply::PLAN_KIND,
                plan::KIND,
                history::KIND
            )),
        }
    }

    /// The document as JSON.
    ///
    /// # Errors
    /// When it cannot be written, which does not happen.
    pub fn to_json(&self) -> serde_json::Result<String> {
        match self {
            Self::Plan(plan) => super::text(plan),
            Self::History(history) => super::text(history),
        }
    }
}
