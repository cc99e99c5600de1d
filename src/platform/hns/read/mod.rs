//! Reads what HNS holds from what people can get of it: JSON of PowerShell or `hnsdiag -d` in the
//! current and the old schema, lists and tables of PowerShell, tables of `hnsdiag`, files of a log collector, and states that were written
//! here.
//!
//! Nothing but the text decides how it is read. What cannot be read becomes a [`StateProblem`], and
//! everything else is read: reading never fails.

mod blocks;
mod current_schema;
mod document;
mod files;
mod heads;
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
mod torn;
mod view;
mod views;

use super::model::{State, Telling};
use crate::diagnostics::in_plain_words;
use crate::name::printable;

use document::{Contents, List, Place};
use log::Log;
use object::{Added, Objects};
use parts::{Broken, Part, Parts};
use table::{Line, Tables};
use torn::Torn;

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
    let mut torn = Torn::default();
    let mut documents = 0;
    for part in Parts::of(text) {
        let (document, broken) = match part {
            Part::Line(line) => {
                if torn.line(line, &mut log) {
                    tables.end_table(&mut objects.state, &mut log);
                } else if tables.line(line, &mut objects.state, &mut log) == Line::Around {
                    torn.end();
                }
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
            Part::Broken(broken) => (broken.start, Some(broken)),
        };
        documents += 1;
        tables.end_table(&mut objects.state, &mut log);
        let empty = files::list_of(name).unwrap_or(List::LoadBalancers);
        let around = Around { place: tables.section(), empty };
        read_document(document, broken, around, &mut torn, &mut objects, &mut log);
    }
    objects.lose(torn.kinds());
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
    broken: Option<Broken<'a>>,
    around: Around,
    torn: &mut Torn,
    objects: &mut Objects<'a>,
    log: &mut Log<'a>,
) {
    let is_list = document.starts_with('[');
    let is_loose = torn.is_open() && !is_list && around.place == Place::Alone;
    let place = if is_loose { Place::Loose } else { around.place };
    let (contents, result) = Contents::of(document, place);
    if contents.objects.iter().any(|found| found.members.has(views::ONE_OF_MORE)) {
        for found in contents.objects {
            objects.add(found, log);
        }
        return;
    }
    let (passed, error) = broken.map_or((document, None), |broken| (broken.passed, Some(broken.error)));
    let error = error.or(result.err());
    if let Some(shown) = contents.stray.clone() {
        log.add(document, Problem::NotAnObject { shown });
    }
    if let Some((count, length)) = contents.miscounted {
        log.add(document, Problem::Miscounted { count, length });
    }
    let complete = contents.objects.len();
    // Of a list that is told by pieces there may be more.
    let is_piece = torn.is_open() && !is_list && contents.lists.is_empty();
    let mut is_whole =
        error.is_none() && contents.stray.is_none() && contents.miscounted.is_none() && !is_piece;
    let are_objects = contents.lists.is_empty();
    let mut kinds: Vec<List> = Vec::new();
    let lists: Vec<List> = contents.lists.iter().map(|(list, _)| *list).collect();
    let is_complete = |(_, is_complete): &&(List, bool)| *is_complete;
    let complete_lists: Vec<List> =
        contents.lists.iter().filter(is_complete).map(|(list, _)| *list).collect();
    for (at, (list, is_complete)) in contents.lists.iter().enumerate() {
        let is_there_once = !lists[..at].contains(list);
        objects.hear(*list, if *is_complete && is_there_once { Telling::Whole } else { Telling::InPart });
    }
    for found in contents.objects {
        let place = found.place;
        let (list, is_read) = match objects.add(found, log) {
            Added::Of(list) => (list, true),
            Added::LeftOut(list) => (list, false),
            Added::Unknown => {
                is_whole = false;
                continue;
            }
            Added::Unneeded => continue,
        };
        // Below the heading of another list, the one of its own is lost, and what else is not known.
        let is_in_its_place = !matches!(place, Place::In(other) if other != list);
        if !(is_read && is_in_its_place) {
            objects.hear(list, Telling::InPart);
        }
        if let (Place::In(other), false) = (place, is_in_its_place) {
            objects.hear(other, Telling::InPart);
        }
        kinds.push(list);
    }
    if let Place::In(list) = around.place {
        kinds.push(list);
    }
    let is_empty = contents.has_empty_list && kinds.is_empty() && lists.is_empty();
    if is_empty && is_whole && !torn.is_open() {
        objects.hear(around.empty, Telling::Whole);
    }
    for list in &kinds {
        if !lists.contains(list) {
            objects.hear(*list, if is_whole { Telling::Whole } else { Telling::InPart });
        }
    }
    kinds.extend(lists);
    torn.document(&kinds, is_list || !are_objects);
    if let Some(error) = error {
        torn.broken(passed, &complete_lists);
        // What ends too early before anything tells what it is may be more of what is told already.
        if kinds.is_empty() && torn.kinds().is_empty() {
            objects.hear_of_more();
        }
        log.add(parts::line_of(document, error.line()), why_broken(document, &error, complete));
    } else if is_piece {
        torn.scan(document);
    }
}

fn why_broken(document: &str, error: &serde_json::Error, objects: usize) -> Problem {
    if parts::is_cut(document, error) {
        return Problem::Truncated { objects };
    }
    Problem::NotJson { reason: printable(&in_plain_words(&error.to_string())), objects }
}

#[cfg(test)]
mod tests;
