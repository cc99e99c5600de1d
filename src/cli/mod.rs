//! The command line: arguments, exit codes, output. One file for each command.
//!
//! Exit codes are those of [`exit`], the same for all commands.
//!
//! **Invariant:** standard output is the result, standard error everything said about it.

#[cfg(feature = "apply")]
mod apply;
#[cfg(feature = "apply")]
mod change;
mod check;
mod compile;
mod completions;
mod diff;
mod exit;
mod explain;
mod failure;
mod fill;
mod findings;
mod flags;
mod generate;
mod graph;
mod help;
#[cfg(feature = "apply")]
mod history;
mod input;
mod misplaced;
mod output;
#[cfg(feature = "apply")]
mod plan;
mod request;
#[cfg(feature = "apply")]
mod show;
mod test;
mod trace;
#[cfg(feature = "apply")]
mod undo;
mod values;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use exit::{FINDINGS, REFUSED};
use failure::Failure;
use help::{Listing, listing};
use output::{Terminal, TerminalFlags, set_color};

/// Compiles Kubernetes Services to the rules of one node, as kube-proxy would, without a cluster.
#[derive(Debug, Parser)]
#[command(name = "hnsplan", version, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = format!(
    "Start with:  hnsplan compile -t iptables -f cluster.yaml --node NAME --family ipv4\n{}",
    exit::TABLE
))]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print help with all flags, also those for experts
    #[arg(long, global = true, action = ArgAction::HelpLong, display_order = 999)]
    help_all: Option<bool>,
    #[command(flatten)]
    terminal: TerminalFlags,
}

#[derive(Debug, Subcommand)]
enum Command {
    Compile(Box<compile::Compile>),
    Fill(Box<fill::Fill>),
    Check(Box<check::Check>),
    Diff(Box<diff::Diff>),
    Trace(Box<trace::Trace>),
    Graph(Box<graph::Graph>),
    #[cfg(feature = "apply")]
    Plan(Box<plan::PlanCommand>),
    #[cfg(feature = "apply")]
    Apply(Box<apply::Apply>),
    #[cfg(feature = "apply")]
    Undo(undo::Undo),
    #[cfg(feature = "apply")]
    History(history::History),
    #[cfg(feature = "apply")]
    Show(show::Show),
    Test(test::Test),
    Explain(explain::Explain),
    Schema(generate::Schema),
    Completions(completions::Completions),
    Complete(completions::Complete),
    Man(generate::Man),
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    set_color(color_of(std::env::args_os().map(|argument| argument.to_string_lossy().into_owned())));
    let mut program = listing(Cli::command(), Listing::of(std::env::args_os()));
    let parsed = program.try_get_matches_from_mut(std::env::args_os());
    let parsed = parsed
        .and_then(|matches| Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut program)));
    let cli = parsed.unwrap_or_else(|error| with_successor(error).exit());
    let mut terminal = Terminal::new(cli.terminal);
    let result = match cli.command {
        Command::Compile(command) => command.run(&mut terminal),
        Command::Fill(command) => command.run(&mut terminal),
        Command::Check(command) => command.run(&mut terminal),
        Command::Diff(command) => command.run(&mut terminal),
        Command::Trace(command) => command.run(&mut terminal),
        Command::Graph(command) => command.run(&mut terminal),
        #[cfg(feature = "apply")]
        Command::Plan(command) => command.run(&mut terminal),
        #[cfg(feature = "apply")]
        Command::Apply(command) => command.run(&mut terminal),
        #[cfg(feature = "apply")]
        Command::Undo(command) => command.run(&mut terminal),
        #[cfg(feature = "apply")]
        Command::History(command) => command.run(&mut terminal),
        #[cfg(feature = "apply")]
        Command::Show(command) => command.run(&mut terminal),
        Command::Test(command) => command.run(&mut terminal),
        Command::Explain(command) => command.run(&mut terminal),
        Command::Schema(command) => command.run(&mut terminal),
        Command::Completions(command) => command.run(&mut terminal, &mut Cli::command()),
        Command::Complete(command) => command.run(&mut terminal, &mut Cli::command()),
        Command::Man(command) => command.run(&mut terminal, &listing(Cli::command(), Listing::All)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.report(&mut terminal)),
    }
}

/// Flags of earlier versions, and what is written in their place.
const REMOVED: [(&str, &str); 1] = [(
    "--deny-loss",
    "--fail-on loss fails on all losses, --fail-on CODE on some; --allow FILE accepts findings, with reasons",
)];

/// Adds what is written in the place of a flag that is gone.
fn with_successor(mut error: clap::Error) -> clap::Error {
    let gone = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) => REMOVED.iter().find(|(removed, _)| removed == flag),
        _ => None,
    };
    if let Some((_, instead)) = gone {
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![(*instead).into()]));
    }
    error
}

/// The colors of the arguments, before they are parsed: errors of the parser and help have colors as well.
fn color_of(mut arguments: impl Iterator<Item = String>) -> ColorChoice {
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

impl Failure {
    /// Prints what was not printed yet. The answer is the exit code.
    fn report(self, terminal: &mut Terminal) -> u8 {
        match self {
            Self::Findings => FINDINGS,
            Self::Quiet(code) => code,
            Self::Usage(message) | Self::Message(message) => {
                terminal.error(&message);
                REFUSED
            }
            Self::Exit(code, message) => {
                terminal.error(&message);
                code
            }
            Self::Diagnosed(code, why) => {
                terminal.reasons(&why);
                code
            }
            Self::Invalid(wrong, sources) => {
                terminal.errors(&wrong, &sources, false);
                REFUSED
            }
            Self::Unread { unread, way_on } => {
                let misplaced = misplaced::manifests(&unread);
                if misplaced.is_empty() {
                    terminal.errors(&unread.diagnostics, &unread.sources, false);
                }
                for sentence in &misplaced {
                    terminal.error(sentence);
                }
                terminal.insist(&format!("{unread}, so nothing was done: correct it{way_on}"));
                REFUSED
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
