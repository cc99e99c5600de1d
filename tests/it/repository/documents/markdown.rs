//! Documents: their blocks, code spans, links and headings.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// A Markdown file.
pub(super) struct Document {
    /// Its path in the repository.
    pub(super) file: PathBuf,
    /// Its text.
    pub(super) text: String,
}

/// A fenced block.
pub(super) struct Block<'d> {
    /// The first word after the fence.
    pub(super) language: &'d str,
    /// The exit code that its last command ends with.
    pub(super) exit: i32,
    /// The line of its first line in the document.
    pub(super) line: usize,
    /// What it contains.
    pub(super) text: &'d str,
}

impl Document {
    /// Reads a file of the repository.
    pub(super) fn read(file: PathBuf) -> Self {
        let text = fs::read_to_string(super::root().join(&file));
        Self { text: text.unwrap_or_else(|error| panic!("{}: {error}", file.display())), file }
    }

    /// Its fenced blocks.
    pub(super) fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<(&str, usize, usize)> = None;
        let mut start = 0;
        for (line, content) in self.text.split_inclusive('\n').enumerate() {
            let end = start + content.len();
            if let Some(info) = content.strip_prefix("```") {
                open = match open {
                    None => Some((info.trim(), line + 2, end)),
                    Some((info, line, from)) => {
                        let mut words = info.split(' ');
                        let language = words.next().unwrap_or_default();
                        let exit = words.find_map(|word| word.strip_prefix("exit=")).unwrap_or("0");
                        let exit = exit.parse().expect("an exit code is a number");
                        blocks.push(Block { language, exit, line, text: self.text[from..start].trim_end() });
                        None
                    }
                };
            }
            start = end;
        }
        assert!(open.is_none(), "{}: a block without an end", self.file.display());
        blocks
    }

    /// Its lines outside of blocks, with their numbers.
    fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut in_block = false;
        self.text.lines().enumerate().filter_map(move |(line, content)| {
            let is_fence = content.starts_with("```");
            in_block ^= is_fence;
            (!in_block && !is_fence).then_some((line + 1, content))
        })
    }

    /// The code in its sentences, with its lines.
    pub(super) fn code_spans(&self) -> impl Iterator<Item = (usize, &str)> {
        self.prose()
            .flat_map(|(line, content)| content.split('`').skip(1).step_by(2).map(move |code| (line, code)))
    }

    /// Where its links and pictures lead, with their lines.
    pub(super) fn links(&self) -> impl Iterator<Item = (usize, &str)> {
        self.prose().flat_map(|(line, content)| {
            let links = content.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            links.map(move |link| (line, link))
        })
    }

    /// The names of its headings in links.
    pub(super) fn anchors(&self) -> impl Iterator<Item = String> {
        let headings = self.prose().filter_map(|(_, line)| line.trim_start_matches('#').strip_prefix(' '));
        headings.map(|heading| {
            let letters = heading.to_lowercase();
            let letters = letters.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            letters.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
    }

    /// The commands of hnsplan that no test carries out, with their lines.
    pub(super) fn commands(&self) -> Vec<(usize, String)> {
        let spans = self.code_spans().filter(|(_, code)| code.starts_with("hnsplan "));
        let mut commands: Vec<_> = spans.map(|(line, code)| (line, code.to_owned())).collect();
        for block in self.blocks() {
            if !["sh", "powershell"].contains(&block.language) {
                continue;
            }
            for (number, line) in joined_lines(block.text, "") {
                let parts = line.split(" | ").flat_map(|part| part.split(" && "));
                for part in parts.map(|part| part.replace("cargo run --locked -- ", "hnsplan ")) {
                    let command = part.split([';', '>', '#']).next().unwrap_or_default().trim();
                    let command = command.rsplit_once("hnsplan ").filter(|(before, _)| is_prefix(before));
                    commands.extend(
                        command.map(|(_, arguments)| (block.line + number, format!("hnsplan {arguments}"))),
                    );
                }
            }
        }
        commands
    }
}

/// Whether what is before the program's name is a place or a variable, and no other program.
fn is_prefix(before: &str) -> bool {
    before.is_empty() || before.ends_with(['/', '\\']) || before.split(' ').all(|word| word.contains('='))
}

/// The lines of a block; those that begin with a mark and end with a backslash go on.
pub(super) fn joined_lines(text: &str, mark: &str) -> Vec<(usize, String)> {
    let mut joined: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in text.lines().enumerate() {
        let begins = goes_on || line.starts_with(mark);
        let part = line.strip_suffix(" \\").filter(|_| begins);
        let (part, more) = part.map_or((line, false), |part| (part, true));
        match joined.last_mut().filter(|_| goes_on) {
            Some((_, command)) => command.extend([" ", part.trim_start()]),
            None => joined.push((number, part.to_owned())),
        }
        goes_on = more;
    }
    joined
}

/// A path seen from a folder, without `..`.
pub(super) fn joined(folder: &Path, file: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in Path::new(file).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            part => path.push(part),
        }
    }
    path
}
