//! Documents that were saved, and are printed again.

use serde_json::Value;

use super::history::{self, History};
use super::plan::{self, PlanSummary};
use crate::apply::{self, NodePlan};
use crate::diagnostics::in_plain_words;
use crate::name::printable;

/// A document that can be printed.
pub enum Saved {
    /// What a plan changes.
    Plan(PlanSummary),
    /// What was done to a node.
    History(History),
}

/// What a document is.
struct Head {
    kind: String,
}

impl Saved {
    /// Reads a document, of a kind that its own text tells.
    ///
    /// # Errors
    /// Why it cannot be read; the text may repeat what is in the document.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let told = |error: serde_json::Error| in_plain_words(&error.to_string());
        let shown = format!("{}, {}, {}", apply::PLAN_KIND, plan::KIND, history::KIND);
        // Of another document only that much is of interest.
        let head: Head = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(members)) => {
                Head { kind: members.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned() }
            }
            Ok(_) => {
                return Err(format!("this is no document of hnsplan: expected one of the kinds {shown}"));
            }
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                return Err(format!(
                    "this is no document of hnsplan: {} (line {line}, column {column}); expected JSON of one of the kinds \
                     {shown}",
                    told(error)
                ));
            }
        };
        match head.kind.as_str() {
            apply::PLAN_KIND => {
                let plan = NodePlan::from_text(text).map_err(|error| error.to_string())?;
                Ok(Self::Plan(PlanSummary::from(&plan)))
            }
            plan::KIND => serde_json::from_str(text).map(Self::Plan).map_err(told),
            history::KIND => serde_json::from_str(text).map(Self::History).map_err(told),
            "" => Err(format!("this document has no kind; expected one of {shown}")),
            other => Err(format!(
                "documents of kind `{}` cannot be shown; expected one of {shown}",
                printable(other)
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
