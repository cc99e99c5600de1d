//! `hnsplan completions`, and the hidden command `complete` that its scripts ask.

use std::ffi::OsString;

use clap::{Args, Command};
use clap_complete::Shell;

use super::{script, values};
use crate::shell::exit::FINDINGS;
use crate::shell::{Failure, Terminal};

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
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, terminal: &mut Terminal, program: &mut Command) -> Result<(), Failure> {
        terminal.result(script(self.shell, program))
    }
}

/// List what the last word may be, for completion scripts.
///
/// Lines of a value and, after a tab, what it means. Exit code 1 where the shell knows as much.
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Complete {
    /// The words after the name of the program, up to the one that is completed
    #[arg(last = true)]
    words: Vec<OsString>,
}

impl Complete {
    pub(crate) fn run(&self, terminal: &mut Terminal, program: &mut Command) -> Result<(), Failure> {
        let words: Vec<String> = self.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        terminal.result(values(program, &words).ok_or(Failure::Quiet(FINDINGS))?)
    }
}
