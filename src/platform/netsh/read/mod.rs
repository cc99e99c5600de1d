//! Reads what netsh reads and what it prints: scripts in every style that [`write()`](super::write()) has,
//! `netsh dump` as a whole or in part, `show` of listeners, addresses and reserved ports.
//!
//! ```text
//! line     := comment | "pushd" {word} | "popd" | ["netsh"] command | row of a table | prose
//! command  := {context} verb [object] {argument}
//! argument := tag "=" value | value
//! ```
//!
//! Nothing fails: a line that is no command and no row is kept with its number. Words in languages are
//! never read: comments, headings and labels are localised, commands and numbers are not.

mod address;
mod arguments;
mod command;
mod firewall;
mod portproxy;
mod route;
mod tables;
mod words;

use self::command::{Meaning, Section, meaning};
use self::tables::{Row, Tables};
use self::words::Word;
use super::model::{Command, Object};
use crate::name::printable;
use crate::net::PortRange;

/// What a text of netsh says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// Everything that was understood, in order. In a dump each command creates what is there.
    pub commands: Vec<Command>,
    /// Port ranges that Windows has reserved.
    pub excluded_ports: Vec<PortRange>,
    /// Which addresses of the node the text shows.
    pub addresses: Shown,
    /// Whether the text shows the listeners of the node.
    pub shows_portproxy: bool,
    /// Whether a command resets a whole context, as each section of a dump does: such a text must never be
    /// run again.
    pub resets: bool,
    /// Lines that are not understood.
    pub unknown: Vec<Unknown>,
    /// What is odd about the text.
    pub notes: Vec<Note>,
}

/// Which objects of a kind a text shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// None: it is about something else.
    #[default]
    Nothing,
    /// Those that are kept for good, as a dump does. Whether it shows others is not known.
    Stored,
    /// All of them.
    Everything,
}

/// A line that is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The number of the line, from 1.
    pub line: usize,
    /// Its text, safe to print.
    pub text: String,
    /// Why it is not understood.
    pub why: &'static str,
}

/// Something odd about a text, which is read all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A `popd` without `pushd`, or a section that is not closed before the next one.
    Unbalanced {
        /// The number of the line, from 1.
        line: usize,
    },
    /// A listener that netsh shows and that can never listen, as with the port `30000-50000`.
    Inert {
        /// The number of the line, from 1.
        line: usize,
        /// Its text, safe to print.
        text: String,
    },
}

impl Captured {
    /// The objects that the commands create, in order.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.commands.iter().filter_map(|command| match command {
            Command::Create(object) => Some(object),
            Command::Delete(_) => None,
        })
    }

    /// Whether the text shows what is on a node; a script says what is to be there.
    #[must_use]
    pub fn is_of_node(&self) -> bool {
        self.resets || self.shows_portproxy || self.addresses != Shown::Nothing
    }
}

/// Reads a text.
#[must_use]
pub fn read(text: &str) -> Captured {
    let mut reader = Reader::default();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        reader.line(index + 1, line.trim());
    }
    reader.found
}

#[derive(Default)]
struct Reader {
    found: Captured,
    /// The contexts that were left with `pushd`; the last is the one before the current.
    stack: Vec<Vec<String>>,
    context: Vec<String>,
    tables: Tables,
}

impl Reader {
    /// Real dumps never go deeper than one level.
    const DEEPEST: usize = 64;

    fn line(&mut self, number: usize, line: &str) {
        if line.is_empty() {
            return self.tables.blank();
        }
        if line.starts_with('#') || is_of_shell(line) {
            return;
        }
        let words = match words::split(line) {
            Ok(words) => words,
            Err(why) => return self.unknown(number, line, why),
        };
        match words.first().map(|word| word.text.to_ascii_lowercase()).as_deref() {
            Some("pushd") => self.push(number, &words[1..]),
            Some("popd") => self.pop(number),
            _ => self.command(number, line, &words),
        }
    }

    fn unknown(&mut self, line: usize, text: &str, why: &'static str) {
        self.found.unknown.push(Unknown { line, text: printable(text), why });
    }

    /// `pushd` keeps the current context. A section that begins while another one is open shows that its
    /// `popd` is missing.
    fn push(&mut self, line: usize, words: &[Word]) {
        if !self.context.is_empty() || self.stack.len() >= Self::DEEPEST {
            self.found.notes.push(Note::Unbalanced { line });
            self.stack.clear();
            self.context.clear();
        }
        self.stack.push(std::mem::take(&mut self.context));
        self.context = words.iter().map(|word| word.text.to_ascii_lowercase()).collect();
        match command::section(&self.context) {
            Some(Section::Addresses) => self.shown(Shown::Stored),
            Some(Section::PortProxy) => self.found.shows_portproxy = true,
            None => {}
        }
    }

    fn pop(&mut self, line: usize) {
        match self.stack.pop() {
            Some(context) => self.context = context,
            None => self.found.notes.push(Note::Unbalanced { line }),
        }
    }

    /// A command of the current context, or a whole one; or else a row of a table.
    fn command(&mut self, number: usize, line: &str, words: &[Word]) {
        let context = self.context.iter().map(|word| Word::bare(word));
        let inside: Vec<Word> = context.chain(words.iter().cloned()).collect();
        let understood = meaning(&inside)
            .or_else(|why| if self.context.is_empty() { Err(why) } else { meaning(words).map_err(|_| why) });
        match understood {
            Ok(Meaning::Command(command)) => self.found.commands.push(command),
            Ok(Meaning::Reset) => self.found.resets = true,
            Ok(Meaning::Nothing) => {}
            Ok(Meaning::Inert) => self.found.notes.push(Note::Inert { line: number, text: printable(line) }),
            Err(why) => match self.tables.row(line).filter(|_| self.context.is_empty()) {
                Some(row) => self.row(number, line, row),
                None => self.unknown(number, line, why),
            },
        }
    }

    fn shown(&mut self, addresses: Shown) {
        self.found.addresses = self.found.addresses.max(addresses);
    }

    fn row(&mut self, number: usize, line: &str, row: Row) {
        match row {
            Row::Heading => {}
            // What stood above the dashes were the titles of the columns.
            Row::Dashes => {
                self.found.unknown.pop_if(|unknown| unknown.line + 1 == number);
            }
            Row::Interface => self.shown(Shown::Everything),
            Row::Address(address) => self.found.commands.push(Command::Create(Object::Address(address))),
            Row::PortProxy(proxy) => {
                self.found.shows_portproxy = true;
                self.found.commands.push(Command::Create(Object::PortProxy(proxy)));
            }
            Row::Excluded(range) => self.found.excluded_ports.push(range),
            Row::Inert => self.found.notes.push(Note::Inert { line: number, text: printable(line) }),
        }
    }
}

/// Whether a line belongs to a batch file or to `PowerShell`: those of our own scripts are comments, echoes
/// and what stops a script.
fn is_of_shell(line: &str) -> bool {
    const WORDS: [&str; 7] = ["rem", "@echo", "echo", "exit", "goto", "if", "@rem"];
    let first = line.split([' ', '\t']).next().unwrap_or_default();
    line.starts_with(':') || WORDS.iter().any(|word| first.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests;
