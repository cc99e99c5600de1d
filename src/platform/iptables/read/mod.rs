//! Reads what `iptables-restore` reads and what `iptables-save` prints.
//!
//! ```text
//! text   := { line "\n" }
//! line   := "" | "#" comment | "*" table | ":" chain policy [counters] | [counters] command | "COMMIT"
//! ```
//!
//! A line that cannot be read becomes a [`ReadProblem`], and the next one is read. What is well formed
//! but unknown is kept as it is, so that whoever uses the rules can say that they are undecided.

mod modules;
mod options;
mod rule;
mod targets;
mod values;
mod words;

use std::fmt;
use std::ops::Range;

use super::model::{Chain, ChainName, Policy, Ruleset, Table, TableName};
use crate::name::printable;
use crate::net::Family;

/// A line that could not be read, and was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadProblem {
    /// The number of the line, from 1.
    pub line: usize,
    /// The bytes of the line that are meant, from 0.
    pub columns: Range<usize>,
    /// What stands there and what was expected; safe to print.
    pub message: String,
}

impl fmt::Display for ReadProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.columns.start + 1, self.message)
    }
}

/// Why a line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    columns: Range<usize>,
    message: String,
}

impl Fault {
    fn at(columns: Range<usize>, message: impl Into<String>) -> Self {
        Self { columns, message: message.into() }
    }

    /// `word` stands where something else was expected.
    fn unexpected(word: &words::Word<'_>, expected: &str) -> Self {
        Self::at(word.columns.clone(), format!("`{}`; expected {expected}", printable(&word.text)))
    }
}

/// Reads a text of one family; every line that is understood is in the result.
#[must_use]
pub fn read(text: &str, family: Family) -> (Ruleset, Vec<ReadProblem>) {
    let mut reader =
        Reader { family, tables: Vec::new(), place: Place::Outside, problems: Problems::default() };
    let mut last = 0;
    for (index, line) in text.lines().enumerate() {
        last = index + 1;
        if let Err(fault) = reader.line(line) {
            reader.problems.add(last, fault);
        }
    }
    if matches!(reader.place, Place::Inside) {
        reader.problems.add(last, Fault::at(0..0, "the text ends inside a table; expected `COMMIT`"));
    }
    (Ruleset { family, tables: reader.tables }, reader.problems.found)
}

/// The problems so far. Their number is limited: a text may have nothing but problems.
#[derive(Default)]
struct Problems {
    found: Vec<ReadProblem>,
}

impl Problems {
    const MOST: usize = 1000;

    fn add(&mut self, line: usize, fault: Fault) {
        match self.found.len() {
            ..Self::MOST => {
                self.found.push(ReadProblem { line, columns: fault.columns, message: fault.message });
            }
            Self::MOST => {
                let message = "this and later lines that cannot be read are not listed".to_owned();
                self.found.push(ReadProblem { line, columns: 0..0, message });
            }
            _ => {}
        }
    }
}

/// Where a line stands.
enum Place {
    /// Before the first table, or after `COMMIT`.
    Outside,
    /// In the last table read.
    Inside,
    /// In a table with an unknown name; nothing in it can be used.
    Skipping,
}

struct Reader {
    family: Family,
    tables: Vec<Table>,
    place: Place,
    problems: Problems,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), Fault> {
        let line = line.trim_end_matches(BLANK);
        let content = line.trim_start_matches(BLANK);
        let indent = line.len() - content.len();
        match content.as_bytes().first() {
            None | Some(b'#') => Ok(()),
            Some(b'*') => self.table(&content[1..], indent),
            _ if content == "COMMIT" => self.commit(indent),
            Some(first) => match self.place {
                Place::Skipping => Ok(()),
                Place::Outside => Err(Fault::at(
                    indent..indent + content.len(),
                    "a line outside of a table; expected `*table`",
                )),
                Place::Inside if *first == b':' => self.chain(line),
                Place::Inside => self.command(line),
            },
        }
    }

    fn table(&mut self, name: &str, indent: usize) -> Result<(), Fault> {
        let columns = indent..indent + 1 + name.len();
        let inside = matches!(self.place, Place::Inside);
        self.place = Place::Skipping;
        let Some(name) = TableName::ALL.into_iter().find(|table| table.as_str() == name) else {
            let expected = "expected filter, mangle, nat, raw or security";
            return Err(Fault::at(
                columns,
                format!("`*{}`; {expected}; the table is left out", printable(name)),
            ));
        };
        self.place = Place::Inside;
        self.tables.push(Table { name, chains: Vec::new(), commands: Vec::new() });
        if inside {
            Err(Fault::at(columns, "a table inside a table; expected `COMMIT` before it"))
        } else {
            Ok(())
        }
    }

    fn commit(&mut self, indent: usize) -> Result<(), Fault> {
        match std::mem::replace(&mut self.place, Place::Outside) {
            Place::Outside => {
                Err(Fault::at(indent..indent + 6, "`COMMIT` outside of a table; expected `*table`"))
            }
            Place::Inside | Place::Skipping => Ok(()),
        }
    }

    /// `:NAME POLICY [packets:bytes]`
    fn chain(&mut self, line: &str) -> Result<(), Fault> {
        let words = words::split(line)?;
        let (name, policy) = match &words[..] {
            [name, policy] => (name, policy),
            [name, policy, counters] if is_counters(&counters.text) => (name, policy),
            _ => return Err(Fault::at(0..line.len(), "expected `:CHAIN POLICY [packets:bytes]`")),
        };
        let chain = ChainName::new(&name.text[1..]).ok_or_else(|| Fault::unexpected(name, CHAIN_NAME))?;
        let policy = match &*policy.text {
            "-" => None,
            "ACCEPT" => Some(Policy::Accept),
            "DROP" => Some(Policy::Drop),
            _ => return Err(Fault::unexpected(policy, "the policy `-`, `ACCEPT` or `DROP`")),
        };
        self.add(|table| table.chains.push(Chain { name: chain, policy }));
        Ok(())
    }

    /// `[packets:bytes] -A CHAIN …`
    fn command(&mut self, line: &str) -> Result<(), Fault> {
        let words = words::split(line)?;
        let words = match &words[..] {
            [counters, words @ ..] if is_counters(&counters.text) => words,
            words => words,
        };
        let command = rule::command(words, line.len(), self.family)?;
        self.add(|table| table.commands.push(command));
        Ok(())
    }

    fn add(&mut self, add: impl FnOnce(&mut Table)) {
        if let Some(table) = self.tables.last_mut() {
            add(table);
        }
    }
}

/// What a chain's name must be.
const CHAIN_NAME: &str = "the name of a chain, 1 to 28 printable characters";

/// What may stand around a line; the last of a text may end in a lone carriage return.
const BLANK: [char; 3] = [' ', '\t', '\r'];

/// `[packets:bytes]`, as `iptables-save -c` prints it.
fn is_counters(word: &str) -> bool {
    let inside = word.strip_prefix('[').and_then(|word| word.strip_suffix(']'));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    inside
        .and_then(|inside| inside.split_once(':'))
        .is_some_and(|(packets, bytes)| number(packets) && number(bytes))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod words_again;
#[cfg(test)]
mod tests;
