//! Prints scripts. Every command is complete by itself and names its context and every argument, so that
//! no line depends on another one; only [`Style::Dump`] has contexts, as dumps do.
//!
//! Lines end as Windows ends them. Nothing is written that would wipe what others made: no `reset`, no
//! `set address`, no rule by the name `all`.

mod command;
mod dump;

use self::command::{Word, words};
use super::model::{Command, Comment, Object, Phase};
use super::options::Style;
use super::plan::{Purpose, Script};

/// A line's end.
const END: &str = "\r\n";

/// The text of a script.
#[must_use]
pub fn write(script: &Script, style: Style) -> String {
    // A dump says what is there. To take it back, commands are needed.
    match (style, script.purpose) {
        (Style::Dump, Purpose::Create) => dump::write(script),
        (Style::Dump | Style::Script, _) => plain(script),
        (Style::Cmd, _) => batch(script),
        (Style::Powershell, _) => powershell(script),
    }
}

/// One command, as [`Style::Script`] has it, without its end.
#[must_use]
pub fn write_command(command: &Command) -> String {
    spelled(command, "", Quotes::Netsh)
}

/// The arguments of the command that creates an object: tags and values, in their order.
#[must_use]
pub fn arguments(object: &Object) -> Vec<(String, String)> {
    let command = Command::Create(object.clone());
    let words = words(&command);
    let arguments = words.into_iter().filter_map(|word| match word {
        Word::Argument { tag, value, .. } => Some((tag.into_owned(), value.into_owned())),
        Word::Bare(_) => None,
    });
    arguments.collect()
}

fn plain(script: &Script) -> String {
    let mut out = Lines::new("# ");
    out.body(script, |out, command| out.line(&spelled(command, "", Quotes::Netsh)));
    out.text
}

fn batch(script: &Script) -> String {
    let mut out = Lines::new("rem ");
    out.line("@echo off");
    out.body(script, |out, command| {
        out.line(&spelled(command, "netsh ", Quotes::Batch));
        if script.purpose == Purpose::Create {
            out.line("if errorlevel 1 goto failed");
        }
    });
    out.line("exit /b 0");
    if script.purpose == Purpose::Create {
        out.line(":failed");
        out.line("echo stopped at a command that failed; run the undo script before trying again 1>&2");
        out.line("exit /b 1");
    }
    out.text
}

fn powershell(script: &Script) -> String {
    let mut out = Lines::new("# ");
    out.body(script, |out, command| {
        out.line(&spelled(command, "netsh ", Quotes::Powershell));
        if script.purpose == Purpose::Create {
            out.line("if ($LASTEXITCODE -ne 0) { throw 'stopped at a command that failed; run the undo script before trying again' }");
        }
    });
    out.line("exit 0");
    // Without a mark, the PowerShell of Windows reads a file in the node's code page.
    if out.text.is_ascii() { out.text } else { format!("\u{feff}{}", out.text) }
}

/// What the process `netsh` is started with for a command. Whoever starts it quotes where that is needed.
#[must_use]
pub fn argv(command: &Command) -> Vec<String> {
    let text = |word: &Word<'_>| match word {
        Word::Bare(word) => (*word).to_owned(),
        Word::Argument { tag, value, .. } => format!("{tag}={value}"),
    };
    words(command).iter().map(text).collect()
}

/// How values are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// Values that may have a blank stand in double quotes.
    Netsh,
    /// So do all that have a character which a batch file could read in another way.
    Batch,
    /// An argument as a whole stands in single quotes: a comma would make a list of it.
    Powershell,
}

fn spelled(command: &Command, prefix: &str, quotes: Quotes) -> String {
    let words: Vec<String> = words(command).iter().map(|word| word.spelled(quotes)).collect();
    format!("{prefix}{}", words.join(" "))
}

impl Word<'_> {
    fn spelled(&self, quotes: Quotes) -> String {
        let (tag, value, may_have_blanks) = match self {
            Self::Bare(word) => return (*word).to_owned(),
            Self::Argument { tag, value, may_have_blanks } => (tag, value, *may_have_blanks),
        };
        let harmless = |b: u8| b.is_ascii_alphanumeric() || b"._:/-".contains(&b);
        match quotes {
            // No value has a quote of either kind.
            Quotes::Powershell => format!("'{tag}={value}'"),
            Quotes::Batch if !value.bytes().all(harmless) => format!("{tag}=\"{value}\""),
            _ if may_have_blanks => format!("{tag}=\"{value}\""),
            Quotes::Netsh | Quotes::Batch => format!("{tag}={value}"),
        }
    }
}

/// A text in the making.
struct Lines {
    text: String,
    comment: &'static str,
}

impl Lines {
    fn new(comment: &'static str) -> Self {
        Self { text: String::new(), comment }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push_str(END);
    }

    fn comment(&mut self, comment: &Comment) {
        self.titled(comment.as_str());
    }

    fn titled(&mut self, text: &str) {
        let line = format!("{}{text}", self.comment);
        self.line(line.trim_end());
    }

    /// Heading, commands under the titles of their phases, closing.
    fn body(&mut self, script: &Script, mut write: impl FnMut(&mut Self, &Command)) {
        for comment in &script.heading {
            self.comment(comment);
        }
        let mut phase: Option<Phase> = None;
        for command in &script.commands {
            if phase.replace(command.phase()) != Some(command.phase()) {
                self.titled(command.phase().title());
            }
            write(self, command);
        }
        if let Some(comment) = &script.closing {
            self.comment(comment);
        }
    }
}
