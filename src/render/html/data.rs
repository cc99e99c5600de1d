//! Services as JSON, for the script that draws them: a list to filter, and what unfolds below each, line by
//! line, so that a browser reads only what somebody looks at.

use std::collections::BTreeMap;

use serde::Serialize;

use super::model::{ChangeView, EntryView, FrontendView, Page};

/// How many bytes the page has for what unfolds. More would keep a browser from showing it at once.
pub(super) const ROOM: usize = 12 << 20;

/// What a page carries for its script.
pub(super) struct Data {
    /// The list, as one document.
    pub(super) list: String,
    /// What unfolds: a document in each line, in the order of the list.
    pub(super) views: String,
    /// How many entries have found no room.
    pub(super) left_out: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'r> {
    codes: Vec<(&'static str, &'static str)>,
    verbs: &'r [&'static str],
    kinds: &'r [&'static str],
    sides: &'r [String],
    is_one_language: bool,
    entries: Vec<Listed<'r>>,
}

/// Name, place, codes, and how many changes of a verb and a kind, all by their positions.
type Listed<'r> = (&'r str, &'r str, Vec<usize>, Vec<(usize, usize, usize)>);

/// Changes: verb and kind by their positions, name, notes, and fields with both values.
type ChangeData<'r> =
    (usize, usize, &'r str, &'r [String], Vec<(&'r str, &'r Option<String>, &'r Option<String>)>);

/// Frontends: name, codes, and lines with a code, what each side says, and 1 for the name of an object.
type FrontendData<'r> = (&'r str, &'r [&'static str], Vec<(&'static str, &'r [Option<String>], u8)>);

impl Data {
    pub(super) fn of(report: &Page, verbs: &[&'static str], kinds: &[&'static str]) -> Self {
        let codes = codes(report);
        let entries = report.entries.iter().map(|entry| listed(entry, &codes, verbs, kinds)).collect();
        let list = List {
            codes,
            verbs,
            kinds,
            sides: &report.sides,
            is_one_language: report.is_one_language,
            entries,
        };
        let mut views = String::new();
        let mut left_out = 0;
        for entry in &report.entries {
            let view = json(&view(entry, verbs, kinds));
            if views.len() + view.len() <= ROOM {
                views.push_str(&view);
            } else {
                views.push_str("null");
                left_out += 1;
            }
            views.push('\n');
        }
        Self { list: json(&list), views, left_out }
    }
}

/// The codes of all entries and findings with their severities, sorted.
fn codes(report: &Page) -> Vec<(&'static str, &'static str)> {
    let findings = report.groups.iter().flat_map(|group| &group.findings);
    let mut codes: Vec<(&str, &str)> = findings.map(|finding| (finding.code, finding.severity)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn listed<'r>(
    entry: &'r EntryView,
    codes: &[(&'static str, &'static str)],
    verbs: &[&'static str],
    kinds: &[&'static str],
) -> Listed<'r> {
    let code = |code: &&str| codes.binary_search_by_key(code, |(id, _)| id).ok();
    let mut changes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for change in &entry.changes {
        *changes.entry((position(verbs, change.verb), position(kinds, change.kind))).or_default() += 1;
    }
    let changes = changes.into_iter().map(|((verb, kind), many)| (verb, kind, many));
    (&entry.name, &entry.place, entry.codes.iter().filter_map(code).collect(), changes.collect())
}

fn view<'r>(
    entry: &'r EntryView,
    verbs: &[&'static str],
    kinds: &[&'static str],
) -> (Vec<ChangeData<'r>>, Vec<FrontendData<'r>>) {
    let change = |change: &'r ChangeView| -> ChangeData<'r> {
        let fields = change.fields.iter().map(|field| (&*field.path, &field.values[0], &field.values[1]));
        let (verb, kind) = (position(verbs, change.verb), position(kinds, change.kind));
        (verb, kind, &change.name, &change.notes, fields.collect())
    };
    let frontend = |frontend: &'r FrontendView| -> FrontendData<'r> {
        let lines = frontend.lines.iter().map(|line| (line.code, &*line.sides, u8::from(line.is_name)));
        (&frontend.name, &frontend.codes, lines.collect())
    };
    (entry.changes.iter().map(change).collect(), entry.frontends.iter().map(frontend).collect())
}

fn position(all: &[&'static str], one: &str) -> usize {
    all.iter().position(|of| *of == one).expect("these are the words of all changes")
}

/// JSON that no browser takes for markup, on one line: `<` is written by its number.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers are JSON").replace('<', "\\u003c")
}
