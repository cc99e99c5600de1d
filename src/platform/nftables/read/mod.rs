//! Reads what `nft list` and `nft --json list` print, and what `nft --file` takes.
//!
//! ```text
//! json ─► the text that a listing would have
//! words ─► lines of words, quoted texts and blocks
//! tables ─► draft, others ─► chains, sets and maps      rule, element, values ─► what stands in them
//! ```
//!
//! Only kube-proxy's tables are read; of others the base chains are noted. Statements that are not known are kept as
//! they are written.

mod draft;
mod element;
mod json;
mod others;
mod problem;
mod rule;
mod tables;
mod values;
mod whole;
mod words;

use self::others::Others;
pub use self::problem::ReadProblem;
use self::tables::{Finished, Tables};
use self::words::{Broken, Item, Line, cut};
use super::model::{Gaps, OtherChain, TABLE, Table, family_word};
use crate::net::PerFamily;

/// What was read of a text.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// kube-proxy's tables.
    pub tables: PerFamily<Option<Table>>,
    /// What is not told of them.
    pub gaps: PerFamily<Gaps>,
    /// The base chains of other tables.
    pub others: Vec<OtherChain>,
    /// Whether the text lists other tables as well, so that a table that it does not list is not there.
    pub is_ruleset: bool,
    /// Whether other tables have the chains of kube-proxy in iptables mode, as the iptables program of today makes them.
    pub runs_iptables: bool,
    /// What could not be read.
    pub problems: Vec<ReadProblem>,
    /// How many more there are.
    pub more_problems: usize,
    /// Why nothing that follows from the text is to be trusted, if so: it was cut.
    pub broken: Option<String>,
}

/// Reads a text.
#[must_use]
pub fn read(text: &str) -> Reading {
    if text.trim_start().starts_with(['{', '[']) {
        return match json::listing(text) {
            Ok(listing) => {
                let mut reading = read_text(&listing, true);
                // Lines are those of a text that nobody has seen.
                for problem in &mut reading.problems {
                    problem.line = 1;
                }
                reading
            }
            Err(reason) => Reading { broken: Some(reason), ..Reading::default() },
        };
    }
    read_text(text, false)
}

/// Reads a text; one that shows what a node has lists all that belongs together.
fn read_text(text: &str, is_listing: bool) -> Reading {
    let (lines, broken) = cut(text);
    let mut found = Tables::new(is_listing);
    for line in &lines {
        found.line(line);
    }
    // A command that ends with the text may be half of one; a brace that is closed ends a whole one.
    let is_open = |line: &Line<'_>| !matches!(line.items.last(), Some(Item::Block(_)));
    if let Some(last) = lines.last().filter(|line| !text.ends_with('\n') && is_open(line)) {
        found.lose_any(last.number, "the text ends inside a line: it may have been cut");
    }
    let twice = found.twice.map(|family| {
        format!(
            "it lists the table {} {TABLE} once more: two listings of one node; pass one of them",
            family_word(family)
        )
    });
    let broken = broken.first().map(|broken| match broken {
        Broken::Open(line) => format!("the brace of line {line} is never closed: the text was cut"),
        Broken::Closed(line) => format!("line {line} closes a brace that was never opened: the text was cut"),
        Broken::Deep(line) => format!("braces are nested too deep in line {line}"),
        Broken::Interrupted(line) => {
            format!("line {line} inside of braces is no line of nft: the listing was interrupted")
        }
    });
    let broken = broken.or(twice);
    // Where a line is lost, a table may be.
    let is_ruleset = found.others.are_named && !found.has_lost_lines();
    let Others { chains: others, run_iptables: runs_iptables, .. } = std::mem::take(&mut found.others);
    let Finished { tables, gaps, problems, more_problems } = found.finish();
    Reading { tables, gaps, others, is_ruleset, runs_iptables, problems, more_problems, broken }
}

#[cfg(test)]
mod tests;
