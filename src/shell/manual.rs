//! Manual pages, made from what help prints, and the command that prints them.

use std::path::{Path, PathBuf};

use clap::{Args, Command};

use super::terminal::write_file;
use super::{Failure, Terminal};

/// Print the manual page, or write the pages of all commands.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Write hnsplan.1, hnsplan-compile.1, … into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(&self, terminal: &mut Terminal, command: &Command) -> Result<(), Failure> {
        // Only then subcommands have the flags of all commands.
        let mut command = command.clone();
        command.build();
        let Some(directory) = &self.out else {
            return terminal.result([&*page(command)?]);
        };
        std::fs::create_dir_all(directory)
            .map_err(|error| Failure::Message(format!("cannot make {}: {error}", directory.display())))?;
        write_pages(directory, command)
    }
}

/// The page of a command and those of its subcommands.
fn write_pages(directory: &Path, command: Command) -> Result<(), Failure> {
    let name = command.get_name().to_owned();
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let full_name = format!("{name}-{}", subcommand.get_name());
        write_pages(directory, subcommand.clone().name(full_name))?;
    }
    write_file(&directory.join(format!("{name}.1")), [&*page(command)?])
}

/// A manual page. Examples keep their lines, in which they can be pasted.
fn page(command: Command) -> Result<String, Failure> {
    let examples = command.get_after_help().map(ToString::to_string);
    let mut page = Vec::new();
    clap_mangen::Man::new(command.after_help(None::<&str>)).render(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    if let Some(examples) = examples {
        page.push_str(".SH EXAMPLES AND EXIT CODES\n.nf\n");
        for line in examples.lines() {
            // `\\&` keeps a dot or a quote at the start of a line from being a request.
            page.push_str("\\&");
            page.push_str(&line.replace('\\', "\\e").replace('-', "\\-"));
            page.push('\n');
        }
        page.push_str(".fi\n");
    }
    Ok(page)
}
