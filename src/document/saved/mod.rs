//! Documents that were saved, and are printed again.
//!
//! Each kind is read by a type of its own with the members that its text needs, so that documents may gain others. Where
//! the program has a value that a document tells as a whole, the value is made of the document again, and drawn by the same
//! lines as the answer of the command was.
//!
//! **Invariant:** texts are escaped when they are read; what is here is safe to print.

mod answer;
mod check;
mod diff;
mod fleet;
mod flows;
mod frontends;
mod json;
mod others;
mod trace;

pub use answer::{SavedClient, SavedGround, SavedOutcome, SavedStep, SavedTarget};
pub use check::{SavedCheck, SavedExample, SavedFinding, SavedRecord, SavedRemark, Undecided};
pub use diff::SavedDiff;
pub use flows::{SavedAnswer, SavedFlow, SavedFlows};
pub use frontends::SavedFrontends;
pub use trace::{SavedMatrix, SavedTrace};

use self::json::{Document, first_line};
use super::history::{self, History};
use super::plan::{self, PlanSummary};
use super::replay::{Comparison, Replay};
use super::rollout::Rollout;
use crate::apply::{self, NodePlan};
use crate::diagnostics::in_plain_words;
use crate::fill::Marks;
use crate::fleet::Fleet;
use crate::name::printable;

/// A document that can be printed.
pub struct Saved {
    /// What it tells.
    pub answer: Answer,
    /// Which numbers in it are assumed.
    pub marks: Marks,
    json: String,
}

/// What a document tells.
pub enum Answer {
    /// What a plan changes.
    Plan(PlanSummary),
    /// What was done to a node.
    History(History),
    /// What targets differ in.
    Check(SavedCheck),
    /// What two sides of one platform differ in.
    Diff(SavedDiff),
    /// Two platforms, frontend by frontend.
    Frontends(SavedFrontends),
    /// What packets two sides treat differently.
    Flows(SavedFlows),
    /// What was found on many nodes.
    Fleet(Fleet),
    /// What kube-proxy did at each sync.
    Replay(Replay),
    /// What clients notice with one version and not with another.
    ReplayComparison(Comparison),
    /// What clients notice of a change.
    Rollout(Box<Rollout>),
    /// What becomes of a packet.
    Trace(SavedTrace),
    /// Who reaches what.
    Matrix(SavedMatrix),
}

/// The kinds that can be printed.
const KINDS: [&str; 13] = [
    apply::PLAN_KIND,
    plan::KIND,
    history::KIND,
    "Check",
    "Diff",
    "FrontendDiff",
    "SemanticDiff",
    "Fleet",
    "Replay",
    "ReplayComparison",
    "Rollout",
    "Trace",
    "TraceMatrix",
];

impl Saved {
    /// Reads a document, of a kind that its own text tells; or the lines of a share of a fleet.
    ///
    /// # Errors
    /// Why it cannot be read; the text may repeat what is in the document.
    pub fn from_text(text: &str) -> Result<Self, String> {
        if let Some(line) = first_line(text) {
            if fleet::is_line(&line) {
                return Self::of_fleet(fleet::of_lines(text)?, None);
            }
            if others::is_event(&line) {
                return Err(others::refusal(&others::EVENTS));
            }
        }
        let document = Document::parse(text, &KINDS)?;
        let answer = match document.kind() {
            apply::PLAN_KIND => {
                let plan = NodePlan::from_text(text).map_err(|error| error.to_string())?;
                return Self::of_plan(PlanSummary::from(&plan));
            }
            plan::KIND => return Self::of_plan(typed(text)?),
            history::KIND => {
                let history: History = typed(text)?;
                let json = super::text(&history).map_err(|error| error.to_string())?;
                return Ok(Self { answer: Answer::History(history), marks: Marks::default(), json });
            }
            "Check" => Answer::Check(document.read()?),
            "Diff" => Answer::Diff(document.read()?),
            "FrontendDiff" => Answer::Frontends(document.read()?),
            "SemanticDiff" => Answer::Flows(document.read()?),
            "Fleet" => {
                let fleet: fleet::FleetDocument = document.read()?;
                return Self::of_fleet(fleet.0, Some(document.indented()));
            }
            "Replay" => Answer::Replay(document.read::<Replay>()?.with_noun()),
            "ReplayComparison" => Answer::ReplayComparison(document.read::<Comparison>()?.with_noun()),
            "Rollout" => Answer::Rollout(Box::new(document.read::<Rollout>()?.with_nouns())),
            "Trace" => Answer::Trace(document.read()?),
            "TraceMatrix" => Answer::Matrix(document.read()?),
            kind => return Err(unknown(&document, kind)),
        };
        Ok(Self { answer, marks: document.marks()?, json: document.indented() })
    }

    fn of_plan(plan: PlanSummary) -> Result<Self, String> {
        let json = super::text(&plan).map_err(|error| error.to_string())?;
        Ok(Self { answer: Answer::Plan(plan), marks: Marks::default(), json })
    }

    fn of_fleet(fleet: Fleet, json: Option<String>) -> Result<Self, String> {
        let json = match json {
            Some(json) => json,
            None => super::fleet::render(&fleet).map_err(|error| error.to_string())?,
        };
        Ok(Self { answer: Answer::Fleet(fleet), marks: Marks::default(), json })
    }

    /// The document as JSON, indented.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }
}

/// Reads a document that the program reads itself.
fn typed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| in_plain_words(&error.to_string()))
}

/// Why a document of another kind is not printed.
fn unknown(document: &Document<'_>, kind: &str) -> String {
    let shown = KINDS.join(", ");
    match others::of_kind(kind).or_else(|| document.is_schema().then_some(others::SCHEMA)) {
        Some(other) => others::refusal(&other),
        None if kind.is_empty() => format!("this document has no kind; expected one of {shown}"),
        None => format!("documents of kind `{}` cannot be shown; expected one of {shown}", printable(kind)),
    }
}
