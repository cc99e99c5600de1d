//! The command line: arguments, exit codes, output. One file for each command; those about the program itself, man and
//! completions, are beside what they print, in the shell.
//!
//! Exit codes are those of [`exit`], the same for all commands; what is printed goes through [`Terminal`].

#[cfg(feature = "apply")]
mod apply;
#[cfg(feature = "apply")]
mod change;
mod check;
mod compile;
mod diff;
mod explain;
mod fill;
mod graph;
#[cfg(feature = "apply")]
mod history;
mod merge;
#[cfg(feature = "apply")]
mod plan;
mod replay;
mod request;
mod rollout;
mod schema;
#[cfg(feature = "apply")]
mod show;
mod test;
mod trace;
#[cfg(feature = "apply")]
mod undo;
mod values;

use std::process::ExitCode;

use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::shell::arguments::{Removed, color_of, refuse_empty, with_successor};
use crate::shell::exit;
use crate::shell::help::{Listing, asks_for_help, listing};
use crate::shell::terminal::set_color;
use crate::shell::{Terminal, TerminalFlags, completion, manual, report, report_usage};

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
    Merge(merge::Merge),
    Trace(Box<trace::Trace>),
    Graph(Box<graph::Graph>),
    Replay(Box<replay::Replay>),
    Rollout(Box<rollout::Rollout>),
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
    Schema(schema::Schema),
    Completions(completion::Completions),
    Complete(completion::Complete),
    Man(manual::Man),
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    set_color(color_of(std::env::args_os().map(|argument| argument.to_string_lossy().into_owned())));
    let mut program = Cli::command();
    let mut parsed = program.try_get_matches_from_mut(std::env::args_os());
    if parsed.as_ref().is_err_and(asks_for_help) {
        // Pages of all commands are laid out only where one of them is shown: it takes as long as a small plan.
        program = listing(Cli::command(), Listing::of(std::env::args_os()));
        parsed = program.try_get_matches_from_mut(std::env::args_os());
    }
    let parsed = parsed.and_then(|matches| {
        let cli = refuse_empty(&program, &matches).and_then(|()| Cli::from_arg_matches(&matches));
        cli.map_err(|error| error.format(&mut program))
    });
    let cli = parsed.unwrap_or_else(|error| report_usage(&with_successor(error, &REMOVED)));
    let mut terminal = Terminal::new(cli.terminal);
    let result = match cli.command {
        Command::Compile(command) => command.run(&mut terminal),
        Command::Fill(command) => command.run(&mut terminal),
        Command::Check(command) => command.run(&mut terminal),
        Command::Diff(command) => command.run(&mut terminal),
        Command::Merge(command) => command.run(&mut terminal),
        Command::Trace(command) => command.run(&mut terminal),
        Command::Graph(command) => command.run(&mut terminal),
        Command::Replay(command) => command.run(&mut terminal),
        Command::Rollout(command) => command.run(&mut terminal),
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
        Err(failure) => ExitCode::from(report(failure, &mut terminal)),
    }
}

/// Flags of earlier versions, and what is written in their place.
const REMOVED: [Removed; 1] = [(
    "--deny-loss",
    "--fail-on loss fails on all losses, --fail-on CODE on some; --allow FILE accepts findings, with reasons",
)];

/// The command line, for tests of what is made from it.
#[cfg(test)]
pub(crate) fn program() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
