//! Reads what HNS holds from what people can get of it: JSON of PowerShell or `hnsdiag -d` in the
//! current and the old schema, lists and tables of PowerShell, tables of `hnsdiag`, files of a log collector, and states that were written
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
mod pasted;
mod planned;
mod problem;
mod rows;
mod switch;
mod switch_json;
mod table;
mod view;
mod views;

use super::model::{State, Telling};
use crate::name::printable;

use document::{Contents, List, Place};
use log::Log;
use object::{Added, Objects};
use parts::{Part, Parts};
use table::Tables;

pub use files::is_dump;
pub use planned::{Planned, planned};
pub use problem::{Problem, StateProblem};
pub use view::View;

/// Reads one text, decoded and without a byte order mark. See [`read_file`].
#[must_use]
pub fn read(text: &str) -> (State, Vec<StateProblem>) {
    read_file("", text)
}

/// Reads the text of a file. Its name tells what an empty list is a list of, and what an empty text is: that is what
/// PowerShell makes of an empty list.
#[must_use]
pub fn read_file(name: &str, text: &str) -> (State, Vec<StateProblem>) {
    let text = &*pasted::unquoted(text);
    let text = &*views::as_documents(text, files::is_collected(name));
    let mut switch = switch::switch(text);
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
            Part::Document(document) => {
                if let Some(told) = switch_json::switch(document) {
                    switch.lists.extend(told.lists);
                    switch.ports.extend(told.ports);
                    continue;
                }
                (document, None)
            }
            Part::Broken(rest, error) => (rest, Some(error)),
        };
        documents += 1;
        tables.end_table(&mut objects.state, &mut log);
        let empty = files::list_of(name).unwrap_or(List::LoadBalancers);
        read_document(document, error, Around { place: tables.section(), empty }, &mut objects, &mut log);
    }
    objects.report_unknown(&mut log);
    objects.report_views(&mut log);
    tables.finish(text.ends_with('\n'), &mut objects.state, &mut log);
    (objects.state.switch, objects.state.switch_ports) = (switch.lists, switch.ports);
    let is_of_switch = !objects.state.switch.is_empty() || !objects.state.switch_ports.is_empty();
    if text.trim().is_empty() {
        if let Some(list) = files::list_of(name) {
            objects.hear(list, Telling::Whole);
        }
    } else if documents == 0 && !tables.recognised && !is_of_switch {
        log.add(text, Problem::Nothing(View::of(text)));
    }
    (State::merged([objects.state]), log.problems())
}

/// What stands around a document.
#[derive(Clone, Copy)]
struct Around {
    place: Place,
    /// What an empty list without a name is a list of.
    empty: List,
}

/// Reads the objects of a document, or those before its error.
fn read_document<'a>(
    document: &'a str,
    error: Option<serde_json::Error>,
    around: Around,
    objects: &mut Objects<'a>,
    log: &mut Log<'a>,
) {
    let (contents, result) = Contents::of(document, around.place);
    if contents.objects.iter().any(|found| found.members.has(views::ONE_OF_MORE)) {
        for found in contents.objects {
            objects.add(found, log);
        }
        return;
    }
    let error = error.or(result.err());
    if let Some(shown) = contents.stray.clone() {
        log.add(document, Problem::NotAnObject { shown });
    }
    let complete = contents.objects.len();
    let mut is_whole = error.is_none() && contents.stray.is_none();
    let mut kinds: Vec<List> = Vec::new();
    let lists: Vec<List> = contents.lists.iter().map(|(list, _)| *list).collect();
    for (list, is_complete) in contents.lists {
        objects.hear(list, if is_complete { Telling::Whole } else { Telling::InPart });
    }
    for found in contents.objects {
        match objects.add(found, log) {
            Added::Of(list) => kinds.push(list),
            Added::LeftOut(list) => {
                objects.hear(list, Telling::InPart);
                kinds.push(list);
            }
            Added::Unknown => is_whole = false,
            Added::Unneeded => {}
        }
    }
    if let Place::In(list) = around.place {
        kinds.push(list);
    }
    let is_empty = contents.has_empty_list && kinds.is_empty() && lists.is_empty();
    if is_empty && is_whole {
        objects.hear(around.empty, Telling::Whole);
    }
    // What ends too early before anything tells what it is may be more of what is told already.
    if error.is_some() && kinds.is_empty() && lists.is_empty() {
        objects.hear_of_more();
    }
    for list in kinds {
        if !lists.contains(&list) {
            objects.hear(list, if is_whole { Telling::Whole } else { Telling::InPart });
        }
    }
    if let Some(error) = error {
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
