//! Completion: scripts for shells, and what the last word of a line may be, which the scripts ask hnsplan for.

mod command;
mod place;

use clap::Command;
use clap_complete::Shell;

pub(crate) use command::{Complete, Completions};
use place::{Names, Place};

/// What is before the end of the script for zsh, which starts the completion.
const END_OF_ZSH: &str = "\nif [ \"$funcstack[1]\"";

/// The script for a shell, in pieces.
pub(crate) fn script(shell: Shell, program: &mut Command) -> Vec<String> {
    let mut script = Vec::new();
    clap_complete::generate(shell, program, "hnsplan", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Bash => vec![script, include_str!("values.bash").to_owned()],
        Shell::Fish => vec![script, include_str!("values.fish").to_owned(), named_values_in_fish(program)],
        Shell::Zsh => {
            let start = script.rfind(END_OF_ZSH).map_or(&*script, |end| &script[..end]);
            vec![start.to_owned(), include_str!("values.zsh").to_owned()]
        }
        _ => vec![script],
    }
}

/// What the last of these words may become: lines of a value and, after a tab, what it means. `None` where a shell
/// knows as much.
pub(crate) fn values(program: &mut Command, words: &[String]) -> Option<Vec<String>> {
    program.build();
    let found = Place::of(program, words)?.values()?;
    Some(found.into_iter().map(|(value, help)| format!("{value}\t{help}\n")).collect())
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
