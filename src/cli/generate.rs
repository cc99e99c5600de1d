//! `hnsplan schema` and `man`: what is made from the program itself.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Command};

use crate::document::schemas;
use crate::platform::JsonDocument;
use crate::shell::{Failure, Terminal, manual};
use crate::suite;

/// Print the JSON Schema of a document.
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// The document
    #[arg(value_parser = documents())]
    document: String,
}

/// Documents that commands print, and those that they read.
fn known_documents() -> impl Iterator<Item = JsonDocument> {
    schemas::all().into_iter().chain([suite::EXPECTATIONS])
}

fn documents() -> PossibleValuesParser {
    let words = known_documents().map(|of| PossibleValue::new(of.name).help(of.about));
    words.collect::<Vec<_>>().into()
}

impl Schema {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let known = known_documents().find(|of| of.name == self.document);
        let schema = (known.expect("other words are refused").schema)();
        terminal.result([&*serde_json::to_string_pretty(&schema)?, "\n"])
    }
}

/// Print the manual page, or write the pages of all commands.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// Write hnsplan.1, hnsplan-compile.1, … into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self, terminal: &mut Terminal, command: &Command) -> Result<(), Failure> {
        // Only then subcommands have the flags of all commands.
        let mut command = command.clone();
        command.build();
        let Some(directory) = &self.out else {
            return terminal.result([&*manual::page(command)?]);
        };
        std::fs::create_dir_all(directory)
            .map_err(|error| Failure::Message(format!("cannot make {}: {error}", directory.display())))?;
        manual::write_pages(directory, command)
    }
}
