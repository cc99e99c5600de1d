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
mod diff;
mod exit;
mod explain;
mod failure;
mod fill;
mod flags;
mod generate;
mod graph;
#[cfg(feature = "apply")]
mod history;
mod hns;
mod input;
mod loss;
mod output;
#[cfg(feature = "apply")]
mod plan;
mod request;
#[cfg(feature = "apply")]
mod show;
mod sides;
mod test;
mod trace;
#[cfg(feature = "apply")]
mod undo;

use std::process::ExitCode;

use clap::{ArgMatches, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};

use exit::{FINDINGS, REFUSED};
use failure::Failure;
use output::{MessageFormat, Terminal};

/// Compiles Kubernetes Services to the rules of one node, as kube-proxy would, without a cluster.
#[derive(Debug, Parser)]
#[command(name = "hnsplan", version, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = format!(
    "Start with:  hnsplan compile -t iptables -f cluster.yaml --node NAME --family ipv4\n{}",
    exit::TABLE
))]
struct Cli {
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
    #[command(subcommand)]
    command: Command,
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
    Completions(generate::Completions),
    Man(generate::Man),
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let how = Telling::of(&matches);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.color {
        ColorChoice::Auto => {}
        ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
        ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
    }
    let mut terminal = Terminal;
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
        Command::Man(command) => command.run(&mut terminal, &Cli::command()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.report(how, &mut terminal)),
    }
}

/// How a command prints messages, as far as it has flags for that.
#[derive(Debug, Clone, Copy)]
struct Telling {
    format: MessageFormat,
    verbose: bool,
    /// Whether it can go on without what cannot be read.
    may_keep_going: bool,
}

impl Telling {
    /// By the flags of the command that is run, whichever that is.
    fn of(matches: &ArgMatches) -> Self {
        let command = matches.subcommand().map_or(matches, |(_, command)| command);
        let format = command.try_get_one::<MessageFormat>("message_format");
        Self {
            format: format.ok().flatten().copied().unwrap_or(MessageFormat::Text),
            verbose: command.try_get_one("verbose").ok().flatten().copied().unwrap_or_default(),
            may_keep_going: command.try_get_one::<bool>("keep_going").is_ok(),
        }
    }
}

impl Failure {
    /// Prints what was not printed yet. The answer is the exit code.
    fn report(self, how: Telling, terminal: &mut Terminal) -> u8 {
        match self {
            Self::Findings => FINDINGS,
            Self::Quiet(code) => code,
            Self::Usage(message) | Self::Denied(message) | Self::Message(message) => {
                terminal.error(&message);
                REFUSED
            }
            Self::Exit(code, message) => {
                terminal.error(&message);
                code
            }
            Self::Diagnosed(code, why) => {
                terminal.errors(&why);
                code
            }
            Self::Unread(unread) => {
                terminal.diagnostics(&unread.diagnostics, &unread.sources, how.format, how.verbose);
                let way_on =
                    if how.may_keep_going { ", or pass --keep-going to go on without it" } else { "" };
                terminal.say(&format!("{unread}, so nothing was done: correct it{way_on}"));
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
