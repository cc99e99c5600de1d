//! `hnsplan completions`: scripts for shells, and the hidden command `complete` that they ask.

mod place;

use std::ffi::OsString;
use std::fmt::Write;

use clap::{Args, Command};
use clap_complete::Shell;

use super::Failure;
use super::exit::FINDINGS;
use super::output::Terminal;
use place::{Names, Place};

/// Print a completion script for a shell.
///
/// For bash, put it where your system keeps the completions of other commands. In bash, zsh and fish, Services, nodes
/// and namespaces are completed from the manifests that the line names with -f.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    source <(hnsplan completions bash)\n  \
    hnsplan completions zsh > ~/.zfunc/_hnsplan\n  \
    hnsplan completions fish > ~/.config/fish/completions/hnsplan.fish\n  \
    hnsplan completions powershell >> $PROFILE")]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

/// What is before the end of the script for zsh, which starts the completion.
const END_OF_ZSH: &str = "\nif [ \"$funcstack[1]\"";

impl Completions {
    pub(super) fn run(&self, terminal: &mut Terminal, program: &mut Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, program, "hnsplan", &mut script);
        let script = String::from_utf8_lossy(&script);
        match self.shell {
            Shell::Bash => terminal.result([&*script, include_str!("values.bash")]),
            Shell::Fish => {
                terminal.result([&*script, include_str!("values.fish"), &*named_values_in_fish(program)])
            }
            Shell::Zsh => {
                let start = script.rfind(END_OF_ZSH).map_or(&*script, |end| &script[..end]);
                terminal.result([start, include_str!("values.zsh")])
            }
            _ => terminal.result([&*script]),
        }
    }
}

/// The flags whose values are names in manifests. In fish each flag has a line of its own.
fn named_values_in_fish(program: &Command) -> String {
    let mut lines: Vec<String> = Vec::new();
    for command in program.get_subcommands() {
        for arg in command.get_arguments().filter(|arg| Names::of(arg).is_some()) {
            let Some(long) = arg.get_long() else { continue };
            let short = arg.get_short().map(|short| format!(" -s {short}")).unwrap_or_default();
            lines.push(format!(
                "complete -c hnsplan -n \"__fish_hnsplan_using_subcommand {}\"{short} -l {long} -x -a \
                 \"(__hnsplan_values)\"\n",
                command.get_name()
            ));
        }
    }
    lines.concat()
}

/// List what the last word may be, for completion scripts.
///
/// Lines of a value and, after a tab, what it means. Exit code 1 where the shell knows as much.
#[derive(Debug, Args)]
#[command(hide = true)]
pub(super) struct Complete {
    /// The words after the name of the program, up to the one that is completed
    #[arg(last = true)]
    words: Vec<OsString>,
}

impl Complete {
    pub(super) fn run(&self, terminal: &mut Terminal, program: &mut Command) -> Result<(), Failure> {
        program.build();
        let words: Vec<String> = self.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let found = Place::of(program, &words).and_then(|place| place.values());
        let Some(found) = found else { return Err(Failure::Quiet(FINDINGS)) };
        let mut lines = String::new();
        for (value, help) in found {
            writeln!(lines, "{value}\t{help}")?;
        }
        terminal.result([lines])
    }
}
