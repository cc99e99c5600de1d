//! What is to be known of the arguments before they are parsed, and what is said when they cannot be.

use std::ffi::OsStr;

use clap::builder::Str;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, ColorChoice, Command, ValueEnum};

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

/// Whether the arguments ask for messages as JSON: errors of the parser are messages as well.
pub(crate) fn wants_json(arguments: impl Iterator<Item = String>) -> bool {
    let arguments: Vec<String> = arguments.collect();
    let is_joined = |argument: &String| argument == "--message-format=json";
    arguments.iter().any(is_joined) || arguments.windows(2).any(|pair| pair == ["--message-format", "json"])
}

/// Flags that may be given without a value, which is then an empty one.
const MAY_BE_EMPTY: [&str; 1] = ["assume"];

/// Refuses empty values of flags: a variable of a script that is not set must not mean that nothing was asked for.
pub(crate) fn refuse_empty(command: &Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((name, inside)) = matches.subcommand() else { return Ok(()) };
    // Completion asks about words that nobody has typed yet.
    let Some(command) = command.find_subcommand(name).filter(|command| !command.is_hide_set()) else {
        return Ok(());
    };
    let is_empty = |arg: &&Arg| {
        let id = arg.get_id().as_str();
        let is_given = inside.value_source(id) == Some(ValueSource::CommandLine);
        let raw = inside.try_get_raw(id).ok().flatten().filter(|_| is_given && !MAY_BE_EMPTY.contains(&id));
        raw.is_some_and(|mut values| values.any(OsStr::is_empty))
    };
    let Some(arg) = command.get_arguments().find(is_empty) else { return refuse_empty(command, inside) };
    let names: Vec<&str> = arg.get_value_names().unwrap_or_default().iter().map(Str::as_str).collect();
    let shown = arg.get_long().map_or_else(|| names.join(" "), |long| format!("--{long}"));
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let message = format!(
        "an empty value for {shown}; expected {}: {help}\n\nLeave it out for the default.\n",
        names.join(" ")
    );
    Err(clap::Error::raw(ErrorKind::InvalidValue, message))
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
