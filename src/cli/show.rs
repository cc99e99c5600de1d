//! `hnsplan show`

use std::fmt::Display;

use crate::capture::Identity;
use crate::document::saved::Saved;
use crate::flag::OwnKind;
use crate::name::escaped;
use crate::render::saved;
use crate::shell::formats::AnswerFormat;
use crate::shell::{Failure, Terminal, misplaced};
use crate::source::{Input, Sources};
use clap::Args;

/// Print a saved plan, or another JSON document of hnsplan, as text.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hnsplan show plan.json\n  \
    hnsplan show check.json           what hnsplan check -o json printed, as text\n  \
    hnsplan show -o json plan.json    what changes, in the same words for every platform\n\n\
    Exit codes:  0 printed, 2 wrong usage or unreadable input")]
pub(super) struct Show {
    /// The document: what hnsplan plan --out FILE writes or another command prints with -o json; - for standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// Format of the output
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: AnswerFormat,
}

impl Show {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let sources = Sources::read(&[Input::from(self.file.as_str())], false)?;
        let texts: Vec<&str> = sources.iter().map(|(_, file)| file.text.as_str()).collect();
        let [text] = texts[..] else {
            return Err(self.unusable(&"expected a file with one document, not a folder"));
        };
        // A compiled plan is one of hnsplan's documents, of which the kind is told.
        misplaced::check(&self.file, text, "a document that can be shown", |identity| {
            matches!(identity, Identity::Own(OwnKind::NodePlan | OwnKind::CompiledPlan) | Identity::Manifests)
        })?;
        let saved = Saved::from_text(text).map_err(|error| self.unusable(&error))?;
        match self.output {
            AnswerFormat::Json => terminal.result([saved.json()]),
            AnswerFormat::Text => terminal.painted(&saved::text(&saved, terminal.detail_of_saved()), None),
        }
    }

    fn unusable(&self, why: &dyn Display) -> Failure {
        Failure::Usage(format!("{}: {}", escaped(&self.file), escaped(&why.to_string())))
    }
}
