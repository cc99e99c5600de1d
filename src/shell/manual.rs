//! Manual pages, made from what help prints.

use std::path::Path;

use clap::Command;

use super::Failure;
use super::terminal::write_file;

/// The page of a command and those of its subcommands.
pub(crate) fn write_pages(directory: &Path, command: Command) -> Result<(), Failure> {
    let name = command.get_name().to_owned();
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let full_name = format!("{name}-{}", subcommand.get_name());
        write_pages(directory, subcommand.clone().name(full_name))?;
    }
    write_file(&directory.join(format!("{name}.1")), [&*page(command)?])
}

/// A manual page. Examples keep their lines, in which they can be pasted.
pub(crate) fn page(command: Command) -> Result<String, Failure> {
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
