//! Flags that parts of the library describe, as flags of clap.

use std::marker::PhantomData;

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::text_as_in;
use crate::flag::{Flag, Given, Takes};

/// Flags that belong together.
pub(crate) trait FlagSet {
    /// The flags, in the order in which help lists them.
    fn all() -> Vec<&'static Flag>;
}

/// The flags of a set, as part of a command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags<S> {
    /// What was given of them.
    pub(crate) given: Given,
    set: PhantomData<S>,
}

impl<S: FlagSet> Flags<S> {
    /// The words that give the same again; defaults are left out.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut words = Vec::new();
        for flag in S::all() {
            for value in self.given.all(flag) {
                if value == flag.default {
                    continue;
                }
                words.push(match flag.takes {
                    Takes::Nothing => format!("--{}", flag.name),
                    _ => format!("--{}={value}", flag.name),
                });
            }
        }
        words
    }
}

impl<S: FlagSet> Args for Flags<S> {
    fn augment_args(command: Command) -> Command {
        S::all().into_iter().fold(command, |command, flag| command.arg(arg(flag)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: FlagSet> FromArgMatches for Flags<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { given: given(matches, S::all()), set: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn given(matches: &ArgMatches, flags: Vec<&'static Flag>) -> Given {
    let mut given = Given::default();
    for flag in flags {
        match flag.takes {
            Takes::Nothing if matches.get_flag(flag.name) => given.add(flag, "true"),
            Takes::Nothing => {}
            _ => matches
                .get_many::<String>(flag.name)
                .into_iter()
                .flatten()
                .for_each(|value| given.add(flag, value)),
        }
    }
    given
}

fn arg(flag: &Flag) -> Arg {
    let arg = Arg::new(flag.name)
        .long(flag.name)
        .visible_aliases(flag.aliases.iter().copied())
        .help(flag.help)
        .help_heading(flag.heading)
        .conflicts_with_all(flag.conflicts.iter().copied())
        .hide_short_help(flag.expert);
    let arg = match flag.takes {
        Takes::Nothing => arg.action(ArgAction::SetTrue),
        Takes::Bool => {
            arg.value_name("BOOL").num_args(0..=1).default_missing_value("true").require_equals(true)
        }
        Takes::Value(name) if !flag.words.is_empty() => {
            arg.value_name(name).value_parser(text_as_in(flag.words)).hide_possible_values(true)
        }
        Takes::Value(name) => arg.value_name(name).action(ArgAction::Set),
        Takes::Values(name) => arg.value_name(name).action(ArgAction::Append).value_delimiter(','),
        Takes::Files(name) => arg.value_name(name).action(ArgAction::Append),
        Takes::Choice(name, choices) => {
            let values = choices.iter().map(|choice| PossibleValue::new(choice.word).help(choice.help));
            arg.value_name(name).value_parser(values.collect::<Vec<_>>())
        }
    };
    let arg =
        if flag.more.is_empty() { arg } else { arg.long_help(format!("{}\n\n{}", flag.help, flag.more)) };
    if flag.default.is_empty() { arg } else { arg.default_value(flag.default) }
}
