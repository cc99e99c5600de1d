//! Sessions of documents, carried out.

use std::path::Path;
use std::process::Command;

use super::markdown::{Block, Document, joined_lines};
use crate::support::exe::hnsplan;

/// A command of a session, and what it shows.
struct Step {
    line: usize,
    command: String,
    shown: Vec<String>,
}

/// A folder in which the paths of the documents are valid.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        std::os::unix::fs::symlink(super::root().join("fixtures"), folder.path().join("fixtures"))
            .expect("a link can be made");
        Self(folder)
    }

    /// Checks the arguments of a command without carrying it out.
    pub(super) fn check_arguments(&self, command: &str) -> Result<(), String> {
        let (_, _, messages) = self.run(&format!("{command} --help"), 0);
        if messages.is_empty() { Ok(()) } else { Err(messages) }
    }

    /// Runs a line of a shell, after a command with an exit code. Its exit code, what it prints, and its messages.
    fn run(&self, command: &str, before: i32) -> (i32, String, String) {
        let program = Path::new(env!("CARGO_BIN_EXE_hnsplan")).parent().expect("it is in a folder");
        let search = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("(exit {before})\n{command}")).env("PATH", search);
        // What a user's terminal is set to must not show in a document.
        shell.envs(hnsplan("").into_command().get_envs().filter_map(|(name, value)| Some((name, value?))));
        for (name, _) in hnsplan("").into_command().get_envs().filter(|(_, value)| value.is_none()) {
            shell.env_remove(name);
        }
        let output = shell.current_dir(self.0.path()).output().expect("a shell can be started");
        let text = |bytes| String::from_utf8(bytes).expect("the answer is UTF-8");
        (output.status.code().expect("it is not killed"), text(output.stdout), text(output.stderr))
    }
}

/// What the sessions of a document show and the program does not print.
pub(super) fn problems(document: &Document) -> Vec<String> {
    let folder = Folder::new();
    let mut problems = Vec::new();
    for block in document.blocks().iter().filter(|block| block.language == "console") {
        let steps = steps(block);
        let mut before = 0;
        for (number, step) in steps.iter().enumerate() {
            let (code, printed, messages) = folder.run(&step.command, before);
            let expected = if number + 1 == steps.len() { block.exit } else { 0 };
            let place = format!("{}:{}: {}", document.file.display(), step.line, step.command);
            if code != expected {
                problems.push(format!("{place}\nends with {code} instead of {expected}\n{messages}"));
            } else if let Err(missing) = compare(&step.shown, &printed) {
                problems.push(format!("{place}\nshows:\n{missing}\nprints:\n{printed}"));
            }
            before = code;
        }
    }
    problems
}

/// The commands of a block.
fn steps(block: &Block<'_>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (number, line) in joined_lines(block.text, "$ ") {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { line: block.line + number, command: command.to_owned(), shown: Vec::new() });
        } else {
            steps.last_mut().expect("a session begins with a command").shown.push(line);
        }
    }
    steps
}

/// Compares what is shown with what is printed; the part that is not printed.
fn compare(shown: &[String], printed: &str) -> Result<(), String> {
    let shown: Vec<&str> = shown.iter().map(|line| line.trim_end()).collect();
    let printed: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
    let parts: Vec<&[&str]> = shown.split(|line| *line == "...").collect();
    let missing = |part: &[&str]| part.join("\n");
    let [first, middle @ .., last] = parts.as_slice() else {
        return if shown == printed { Ok(()) } else { Err(missing(&shown)) };
    };
    let rest = printed.strip_prefix(*first).ok_or_else(|| missing(first))?;
    let mut rest = rest.strip_suffix(*last).ok_or_else(|| missing(last))?;
    for part in middle.iter().filter(|part| !part.is_empty()) {
        let at = rest.windows(part.len()).position(|lines| lines == *part);
        rest = &rest[at.ok_or_else(|| missing(part))? + part.len()..];
    }
    Ok(())
}
