//! Reads what HNS holds from what people can get of it: JSON of PowerShell or `hnsdiag -d` in the
//! current and the old schema, tables of `hnsdiag`, files of a log collector, and states that were written
//! here.
//!
//! Nothing but the text decides how it is read. What cannot be read becomes a [`StateProblem`], and
//! everything else is read: reading never fails.

mod current_schema;
mod document;
mod files;
mod log;
mod members;
mod merge;
mod object;
mod old_schema;
mod parts;
mod planned;
mod problem;
mod table;

use super::model::State;
use crate::name::printable;

use document::{Contents, Place};
use log::Log;
use object::Objects;
use parts::{Part, Parts};
use table::Tables;

pub use files::is_dump;
pub use planned::{Planned, planned};
pub use problem::{Problem, StateProblem};

/// Reads one text, decoded and without a byte order mark. An empty text is the dump of nothing: that is
/// what PowerShell makes of an empty list.
#[must_use]
pub fn read(text: &str) -> (State, Vec<StateProblem>) {
    let mut log = Log::of(text);
    let mut objects = Objects::default();
    let mut tables = Tables::new();
    let mut documents = 0;
    for part in Parts::of(text) {
        let (document, error) = match part {
            Part::Line(line) => {
                tables.line(line, &mut objects.state, &mut log);
                continue;
            }
            Part::Document(document) => (document, None),
            Part::Broken(rest, error) => (rest, Some(error)),
        };
        documents += 1;
        tables.end_table();
        read_document(document, error, tables.section(), &mut objects, &mut log);
    }
    objects.report_unknown(&mut log);
    tables.report_networks(&mut log);
    if documents == 0 && !tables.recognised && !text.trim().is_empty() {
        log.add(text, Problem::Nothing);
    }
    (State::merged([objects.state]), log.problems())
}

/// Reads the objects of a document, or those before its error.
fn read_document<'a>(
    document: &'a str,
    error: Option<serde_json::Error>,
    place: Place,
    objects: &mut Objects<'a>,
    log: &mut Log<'a>,
) {
    let (contents, result) = Contents::of(document, place);
    if let Some(shown) = contents.stray {
        log.add(document, Problem::NotAnObject { shown });
    }
    let complete = contents.objects.len();
    for found in contents.objects {
        objects.add(found, log);
    }
    if let Some(error) = error.or(result.err()) {
        log.add(parts::line_of(document, error.line()), broken(document, &error, complete));
    }
}

fn broken(document: &str, error: &serde_json::Error, objects: usize) -> Problem {
    if parts::is_cut(document, error) {
        return Problem::Truncated { objects };
    }
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text);
    Problem::NotJson { reason: printable(reason), objects }
}

#[cfg(test)]
mod tests;
