//! `hnsplan show`

use std::fmt::Display;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::output::Terminal;
use super::{Failure, misplaced};
use crate::apply::{self, NodePlan};
use crate::capture::Identity;
use crate::document;
use crate::document::history::{self, History};
use crate::document::plan::{self, PlanSummary};
use crate::name::{escaped, printable};
use crate::render;
use crate::source::{Input, Sources};

/// Print a saved plan, or another JSON document of hnsplan, as text.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hnsplan show plan.json\n  \
    hnsplan show -o json plan.json    what changes, in the same words for every platform\n\n\
    Exit codes:  0 printed, 2 wrong usage or unreadable input")]
pub(super) struct Show {
    /// The document: what hnsplan plan --out FILE writes or history -o json prints; - for standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// Format of the output
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Output,
}

/// Formats of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// For programs; of a saved plan, what changes
    Json,
}

/// What a document is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Head {
    kind: String,
}

/// A document that can be printed.
enum Document {
    Plan(PlanSummary),
    History(History),
}

impl Show {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let sources = Sources::read(&[Input::from(self.file.as_str())], false)?;
        let texts: Vec<&str> = sources.iter().map(|(_, file)| file.text.as_str()).collect();
        let [text] = texts[..] else {
            return Err(self.unusable(&"expected one document"));
        };
        // A compiled plan is one of hnsplan's documents, of which the kind is told.
        misplaced::check(&self.file, text, "a document that can be shown", |identity| {
            matches!(identity, Identity::NodePlan | Identity::CompiledPlan | Identity::Manifests)
        })?;
        let document = self.document(text)?;
        match (self.output, document) {
            (Output::Text, Document::Plan(plan)) => terminal.painted(&render::plan::text(&plan), None),
            (Output::Text, Document::History(history)) => {
                terminal.painted(&render::history::text(&history), None)
            }
            (Output::Json, Document::Plan(plan)) => print_json(&plan, terminal),
            (Output::Json, Document::History(history)) => print_json(&history, terminal),
        }
    }

    fn document(&self, text: &str) -> Result<Document, Failure> {
        let head: Head = serde_json::from_str(text).map_err(|error| self.unusable(&error))?;
        match head.kind.as_str() {
            apply::PLAN_KIND => {
                let plan = NodePlan::from_text(text).map_err(|error| self.unusable(&error))?;
                Ok(Document::Plan(PlanSummary::from(&plan)))
            }
            plan::KIND => {
                serde_json::from_str(text).map(Document::Plan).map_err(|error| self.unusable(&error))
            }
            history::KIND => {
                serde_json::from_str(text).map(Document::History).map_err(|error| self.unusable(&error))
            }
            other => Err(self.unusable(&format!(
                "documents of kind `{}` cannot be shown; expected one of {}, {}, {}",
                printable(other),
                apply::PLAN_KIND,
                plan::KIND,
                history::KIND
            ))),
        }
    }

    fn unusable(&self, why: &dyn Display) -> Failure {
        Failure::Usage(format!("{}: {}", escaped(&self.file), escaped(&why.to_string())))
    }
}

/// Prints a document.
pub(super) fn print_json(document: &impl serde::Serialize, terminal: &mut Terminal) -> Result<(), Failure> {
    terminal.result([document::text(document)?])
}
