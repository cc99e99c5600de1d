//! Reads what netsh reads and what it prints: scripts in every style that [`write()`](super::write()) has,
//! `netsh dump` as a whole or in part, `show` of listeners, of addresses of both families and of reserved ports.
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
mod telling;
mod words;

use self::command::{Meaning, Section, meaning};
use self::tables::{Row, Tables};
use self::words::Word;
use super::model::{Command, Object, Relay};
use crate::answer::telling::Telling;
use crate::name::printable;
use crate::net::{Family, PortRange};
use crate::platform::capture::is_interruption;

pub use telling::Tellings;

/// What a text of netsh says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// Everything that was understood, in order. In a dump each command creates what is there.
    pub commands: Vec<Command>,
    /// Whether any line is a command that netsh takes, of whatever kind; what it shows are tables.
    pub has_commands: bool,
    /// Port ranges that Windows has reserved.
    pub excluded_ports: Vec<PortRange>,
    /// Which objects of the node the text tells.
    pub tellings: Tellings,
    /// Whether a command resets a whole context, as each section of a dump does: such a text must never be
    /// run again.
    pub resets: bool,
    /// Lines that are not understood.
    pub unknown: Vec<Unknown>,
    /// What is odd about the text.
    pub notes: Vec<Note>,
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
        self.resets || self.tellings.is_of_node()
    }
}

/// Reads a text.
#[must_use]
pub fn read(text: &str) -> Captured {
    let mut reader = Reader::default();
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = (1..).zip(text.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        let is_open = lines.peek().is_none() && !text.ends_with('\n') && reader.is_listing();
        if is_open && !line.trim().eq_ignore_ascii_case("popd") {
            // The text may have been cut inside of it: half an address is another address.
            reader.unknown(number, line.trim(), "the text ends inside of it, without a line end");
        } else {
            reader.line(number, line.trim());
        }
    }
    reader.end(!text.ends_with('\n'))
}

#[derive(Default)]
struct Reader {
    found: Captured,
    /// The contexts that were left with `pushd`; the last is the one before the current.
    stack: Vec<Vec<String>>,
    context: Vec<String>,
    tables: Tables,
    /// The number of an unknown line outside of sections, as long as it may be the titles of a table.
    doubt: Option<usize>,
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
        if is_interruption(line) {
            return self.unknown(number, line, "another program says here that something is missing");
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
        match command::section(&self.context) {
            Some(section) if may_be_listed(text) => self.hear(section, Telling::InPart),
            Some(_) => {}
            None => {
                self.lose();
                self.doubt = Some(line);
            }
        }
        self.found.unknown.push(Unknown { line, text: printable(text), why });
    }

    /// What an unknown line of a table was is not known, unless it was its titles.
    fn lose(&mut self) {
        if self.doubt.take().is_none() {
            return;
        }
        if self.tables.is_portproxy() {
            self.found.tellings.lose_listeners();
        } else if let Some((family, interface)) = self.tables.interface() {
            self.found.tellings.hear_interface(family, interface, Telling::InPart);
        }
    }

    /// Whether lines are of a section or a table, so that what is missing of them is missing in the node.
    fn is_listing(&self) -> bool {
        command::section(&self.context).is_some() || self.tables.is_listing()
    }

    /// All that was read, once the text has ended. A section that is not closed is cut.
    fn end(mut self, may_be_cut: bool) -> Captured {
        self.lose();
        if may_be_cut && self.tables.is_listing() {
            self.doubt = Some(0);
            self.lose();
        }
        if let Some(section) = command::section(&self.context) {
            self.hear(section, Telling::InPart);
        }
        if let Some(ip) = self.tables.bare() {
            self.found.tellings.hear_bare(ip);
        }
        self.found
    }

    fn hear(&mut self, section: Section, telling: Telling) {
        match section {
            Section::Addresses(family) => self.found.tellings.hear_section(family, telling),
            Section::PortProxy => {
                for relay in Relay::ALL {
                    self.found.tellings.hear_listeners(relay, telling);
                }
            }
        }
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
        if let Some(section) = command::section(&self.context) {
            self.found.has_commands = true;
            self.hear(section, Telling::Whole);
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
        self.found.has_commands |= understood.is_ok();
        match understood {
            Ok(Meaning::Command(command)) => self.found.commands.push(command),
            Ok(Meaning::Reset) => self.found.resets = true,
            Ok(Meaning::Nothing) => {}
            Ok(Meaning::Inert) => self.inert(number, line),
            Err(why) => match self.row_of(number, line) {
                Some(row) => self.row(number, line, row),
                None => self.unknown(number, line, why),
            },
        }
    }

    /// The line as a row of a table, where no section is open.
    fn row_of(&mut self, number: usize, line: &str) -> Option<Row> {
        if self.doubt.is_some_and(|doubt| doubt + 1 != number) {
            self.lose();
        }
        self.tables.row(line).filter(|_| self.context.is_empty())
    }

    fn row(&mut self, number: usize, line: &str, row: Row) {
        match row {
            Row::Heading => {}
            // What stood above the dashes were the titles of the columns.
            Row::Dashes => {
                self.found.unknown.pop_if(|unknown| unknown.line + 1 == number);
                self.doubt.take_if(|line| *line + 1 == number);
            }
            Row::Interface(family, interface) => {
                self.found.tellings.hear_interface(family, &interface, Telling::Whole);
            }
            Row::Relay(relay) => self.found.tellings.hear_listeners(relay, Telling::Whole),
            // A network whose address is lost.
            Row::Bare(interface) => {
                self.found.tellings.hear_interface(Family::Ipv4, &interface, Telling::InPart);
            }
            Row::Gateway(ip) => self.found.tellings.hear_bare(ip.into()),
            Row::Address(address) => self.found.commands.push(Command::Create(Object::Address(address))),
            Row::PortProxy(proxy) => {
                // Without a heading nothing tells that there are no more.
                if !self.tables.has_heading() {
                    self.found.tellings.hear_listeners(proxy.listener.relay, Telling::InPart);
                }
                self.found.commands.push(Command::Create(Object::PortProxy(proxy)));
            }
            Row::Excluded(range) => self.found.excluded_ports.push(range),
            Row::Inert => self.inert(number, line),
        }
    }

    /// A range of ports is what netsh takes and never listens on; anything else may be a damaged line.
    fn inert(&mut self, number: usize, line: &str) {
        if !line.split([' ', '\t', '=']).any(is_range) {
            self.found.tellings.lose_listeners();
        }
        self.found.notes.push(Note::Inert { line: number, text: printable(line) });
    }
}

/// Whether a word is a range of ports.
fn is_range(word: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    word.split_once('-').is_some_and(|(from, to)| is_number(from) && is_number(to))
}

/// Whether a line of a section that is not understood may be one of the objects that it lists: settings of other
/// kinds are not.
fn may_be_listed(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let verb = words.next().unwrap_or_default().to_ascii_lowercase();
    let object = words.next().unwrap_or_default().to_ascii_lowercase();
    let is_address = "address".starts_with(&object) || object.starts_with('v');
    !["set", "delete", "add"].contains(&verb.as_str()) || is_address || object.contains('=')
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
