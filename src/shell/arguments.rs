//! What is to be known of the arguments before they are parsed, and what is said when they cannot be.

use clap::error::{ContextKind, ContextValue};
use clap::{ColorChoice, ValueEnum};

/// A flag of an earlier version, and what is written in its place.
pub(crate) type Removed = (&'static str, &'static str);

/// Adds what is written in the place of a flag that is gone.
pub(crate) fn with_successor(mut error: clap::Error, removed: &[Removed]) -> clap::Error {
    let gone = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) => removed.iter().find(|(removed, _)| removed == flag),
        _ => None,
    };
    if let Some((_, instead)) = gone {
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![(*instead).into()]));
    }
    error
}

/// The colors that the arguments ask for: errors of the parser and help have colors as well.
pub(crate) fn color_of(mut arguments: impl Iterator<Item = String>) -> ColorChoice {
    let mut color = ColorChoice::Auto;
    while let Some(argument) = arguments.next() {
        let value = match argument.split_once('=') {
            Some(("--color", value)) => Some(value.to_owned()),
            None if argument == "--color" => arguments.next(),
            _ => None,
        };
        color = value.and_then(|value| ColorChoice::from_str(&value, false).ok()).unwrap_or(color);
    }
    color
}
