//! `hnsplan schema`

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::document::schemas;
use crate::platform::JsonDocument;
use crate::shell::{Failure, Terminal};
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
