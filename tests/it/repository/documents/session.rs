//! Sessions of documents, carried out.

use std::path::Path;
use std::process::Command;

use super::markdown::{Block, Document, joined_lines};
use crate::support::exe::hnsplan;

/// A command of a session, and what it shows.
struct Step {
    /// The line of the command.
    line: usize,
    command: String,
    /// The line after the command.
    below: usize,
    shown: Vec<String>,
}

/// What is wrong with a session.
pub(super) struct Problem {
    /// What a person should know.
    pub(super) text: String,
    /// What the session shows and what it should show, at a line of the document.
    pub(super) change: Option<Change>,
}

/// Lines in the place of others.
pub(super) struct Change {
    at: usize,
    count: usize,
    lines: Vec<String>,
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
pub(super) fn problems(document: &Document) -> Vec<Problem> {
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
                let text = format!("{place}\nends with {code} instead of {expected}\n{messages}");
                problems.push(Problem { text, change: None });
            } else if let Err(missing) = compare(&step.shown, &printed) {
                let text = format!("{place}\nshows:\n{missing}\nprints:\n{printed}");
                let lines = renewed(&step.shown, &printed);
                let change = Change { at: step.below, count: step.shown.len(), lines };
                problems.push(Problem { text, change: Some(change) });
            }
            before = code;
        }
    }
    problems
}

/// The text of a document with what the program prints now.
pub(super) fn renew(document: &Document, changes: &[Change]) -> String {
    let mut lines: Vec<String> = document.text.lines().map(str::to_owned).collect();
    for change in changes.iter().rev() {
        let from = change.at - 1;
        lines.splice(from..from + change.count, change.lines.iter().cloned());
    }
    lines.join("\n") + "\n"
}

/// The commands of a block.
fn steps(block: &Block<'_>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let lines = joined_lines(block.text, "$ ");
    let ends = lines.iter().skip(1).map(|(number, _)| *number).chain([block.text.lines().count()]);
    for ((number, line), end) in lines.iter().zip(ends) {
        if let Some(command) = line.strip_prefix("$ ") {
            let (line, below) = (block.line + number, block.line + end);
            steps.push(Step { line, command: command.to_owned(), below, shown: Vec::new() });
        } else {
            steps.last_mut().expect("a session begins with a command").shown.push(line.clone());
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

/// What to show of what is printed now: the lines that are most like those that are shown, cut at the same places.
fn renewed(shown: &[String], printed: &str) -> Vec<String> {
    let printed: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
    let parts: Vec<&[String]> = shown.split(|line| line == "...").collect();
    if parts.len() == 1 {
        return printed.into_iter().map(str::to_owned).collect();
    }
    let mut all = Vec::new();
    let mut from = 0;
    for (number, part) in parts.iter().enumerate() {
        let last = printed.len().saturating_sub(part.len());
        let starts = match number {
            0 => 0..=0,
            _ if number + 1 == parts.len() => last..=last,
            _ => from.min(last)..=last,
        };
        let wanted = part.join("\n");
        let likeness = |start: usize| {
            let lines = printed[start..printed.len().min(start + part.len())].join("\n");
            similar::TextDiff::from_chars(wanted.as_str(), lines.as_str()).ratio()
        };
        // Of those that are equally alike the first one.
        let likely = starts.rev().map(|start| (start, likeness(start)));
        let (best, _) = likely.max_by(|one, other| one.1.total_cmp(&other.1)).expect("a range has a start");
        from = (best + part.len()).min(printed.len());
        all.extend((number > 0).then(|| "...".to_owned()));
        all.extend(printed[best..from].iter().map(|line| (*line).to_owned()));
    }
    all
}
