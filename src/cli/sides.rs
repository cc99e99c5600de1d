//! `-t`: sides by their names, the same in all commands.

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command, ValueEnum};

use crate::platform::Side;

/// Reads the name of a side, and offers all names to help and completion.
#[derive(Debug, Clone, Copy)]
pub(super) struct SideParser;

impl TypedValueParser for SideParser {
    type Value = Side;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Side, clap::Error> {
        let parse = |text: &str| text.parse::<Side>();
        TypedValueParser::parse_ref(&parse, command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Side::all().map(|side| PossibleValue::new(side.name()).help(side.about()))))
    }
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AnswerFormat {
    /// For people
    Text,
    /// The same as JSON
    Json,
}
