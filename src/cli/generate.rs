//! `hnsplan schema` and `man`: what is made from the program itself.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Command};

use super::Failure;
use super::output::{Terminal, write_file};
use crate::document::schemas;
use crate::platform::JsonDocument;
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
            return terminal.result([&*page(command)?]);
        };
        std::fs::create_dir_all(directory)
            .map_err(|error| Failure::Message(format!("cannot make {}: {error}", directory.display())))?;
        write_pages(directory, command)
    }
}

/// The page of a command and those of its subcommands.
fn write_pages(directory: &Path, command: Command) -> Result<(), Failure> {
    let name = command.get_name().to_owned();
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let full_name = format!("{name}-{}", subcommand.get_name());
        write_pages(directory, subcommand.clone().name(full_name))?;
    }
    write_file(&directory.join(format!("{name}.1")), [&*page(command)?])
}

/// A manual page. Examples keep their lines, in which they can be pasted.
fn page(command: Command) -> Result<String, Failure> {
    let examples = command.get_after_help().map(ToString::to_string);
    let mut page = Vec::new();
    clap_mangen::Man::new(command.after_help(None::<&str>)).render(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    if let Some(examples) = examples {
        page.push_str(".SH EXAMPLES AND EXIT CODES\n.nf\n");
        for line in examples.lines() {
            // `\\&` keeps a dot or a quote at the start of a line from being a request.
            page.push_str("\\&");
            page.push_str(&line.replace('\\', "\\e").replace('-', "\\-"));
            page.push('\n');
        }
        page.push_str(".fi\n");
    }
    Ok(page)
}
