//! What PowerShell prints of HNS objects without `ConvertTo-Json`: lists of properties, and tables.
//!
//! ```text
//! list ─► `Name : value`, an object up to a blank line
//! table ─► a head, a line of dashes, an object a row
//! shown ─► an object, and what kind of one it is
//! value ─► what stands in a cell: `{@{Type=ELB; Protocol=6}}`, `System.Object[]`
//! ```
//!
//! Each object becomes JSON in the place of its first line, and empty lines in the place of the others, so that messages
//! name the right lines and one reader decides what the members mean. What a view shortens stays a text that is no
//! value, and what it leaves out is not there: either is not told. A view tells all objects of a kind only where the
//! command before it lists them all, and the next prompt shows that nothing is missing at its end.

mod list;
mod shown;
mod table;
mod value;

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde_json::Value;

use self::shown::{Shown, kind_of};
use super::pasted::{command_of, is_around};

/// A member that no object of HNS has: other objects of its kind may not be in the text.
pub(super) const ONE_OF_MORE: &str = "#one of more";

/// A text with JSON in the place of views of HNS objects. `is_all` says that it lists all of a kind, as files of a log
/// collector do.
pub(super) fn as_documents(text: &str, is_all: bool) -> Cow<'_, str> {
    let lines: Vec<&str> = text.lines().collect();
    let mut shown = list::objects(&lines);
    shown.extend(table::objects(&lines));
    if shown.is_empty() {
        return Cow::Borrowed(text);
    }
    shown.sort_by_key(|object| object.lines.start);
    let prompts: Vec<usize> = (0..lines.len()).filter(|at| is_around(lines[*at].trim())).collect();
    let mut written: Vec<Cow<'_, str>> = lines.iter().map(|line| Cow::Borrowed(*line)).collect();
    let mut is_any = false;
    let mut whole: FxHashMap<usize, bool> = FxHashMap::default();
    let is_shown = covered(&shown, lines.len());
    // Of outputs with a line that is none of an object, an object may be lost.
    let is_all_shown =
        |from: usize, to: usize| (from..to).all(|at| is_shown[at] || lines[at].trim().is_empty());
    for object in shown {
        let next = prompts.partition_point(|at| *at < object.lines.start);
        let command = next.checked_sub(1).and_then(|before| command_of(lines[prompts[before]].trim()));
        let Some(list) = object.list(command) else { continue };
        let is_closed = prompts.get(next).is_some();
        let begin = next.checked_sub(1).map_or(0, |before| prompts[before] + 1);
        let end = prompts.get(next).copied().unwrap_or(lines.len());
        let is_all = (is_all
            || is_closed && command.is_some_and(|of| kind_of(of) == Some(list) && lists_all(of)))
            && *whole.entry(begin).or_insert_with(|| is_all_shown(begin, end));
        let Shown { mut members, lines } = object;
        if !is_all {
            members.insert(ONE_OF_MORE.to_owned(), Value::Bool(true));
        }
        written[lines.start] = Cow::Owned(serde_json::json!({ list: [members] }).to_string());
        written[lines.start + 1..lines.end].fill(Cow::Borrowed(""));
        is_any = true;
    }
    if !is_any {
        return Cow::Borrowed(text);
    }
    let mut all = written.join("\n");
    if text.ends_with('\n') {
        all.push('\n');
    }
    Cow::Owned(all)
}

/// Which lines belong to objects.
fn covered(shown: &[Shown], lines: usize) -> Vec<bool> {
    let mut found = vec![false; lines];
    for object in shown {
        found[object.lines.clone()].fill(true);
    }
    found
}

/// Whether a command lists all objects of a kind: it has no arguments, and what follows changes the view only.
fn lists_all(command: &str) -> bool {
    let mut stages = command.split('|').map(|stage| stage.trim().to_ascii_lowercase());
    let is_whole = |stage: String| {
        ["get-hnsnetwork", "get-hnsendpoint", "get-hnspolicylist", "get-hnsloadbalancer"].contains(&&*stage)
    };
    let changes_view = |stage: String| {
        let name = stage.split_whitespace().next().unwrap_or_default();
        let views = ["fl", "ft", "format-list", "format-table", "select", "select-object", "out-string"];
        let picks = ["-first", "-last", "-skip", "-index", "-unique"];
        views.contains(&name) && !picks.iter().any(|pick| stage.contains(pick))
    };
    stages.next().is_some_and(is_whole) && stages.all(changes_view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_picks_lists_not_all() {
        for (command, is_all) in [
            ("Get-HnsEndpoint", true),
            ("get-hnsnetwork | Format-List *", true),
            ("Get-HnsPolicyList | select ID, References | ft -AutoSize", true),
            ("Get-HnsEndpoint | select -First 3", false),
            ("Get-HnsEndpoint | ? IsRemoteEndpoint", false),
            ("Get-HnsEndpoint -Id e0000000-0000-4000-8000-000000000006", false),
            ("Get-HnsEndpoint | findstr 10.200", false),
            ("hnsdiag list all", false),
        ] {
            assert_eq!(lists_all(command), is_all, "{command}");
        }
    }

    #[test]
    fn texts_without_views_stay_as_they_are() {
        for text in
            ["", "Name : value\nOther : more\n", "{\"ID\": 1}\n", "ID | Virtual IPs | Direct IP IDs\n"]
        {
            assert!(matches!(as_documents(text, false), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn lines_stay_where_they_are() {
        let text = "PS C:\\> Get-HnsEndpoint\n\nID        : 1\nIPAddress : 10.0.0.5\n\nID        : 2\nIPAddress : 10.0.0.6\nPS C:\\>\n";
        let written = as_documents(text, false);
        let lines: Vec<&str> = written.lines().collect();
        assert_eq!(lines.len(), text.lines().count());
        assert_eq!(lines[2], r#"{"Endpoints":[{"ID":"1","IPAddress":"10.0.0.5"}]}"#);
        assert_eq!((lines[3], lines[4]), ("", ""));
        assert!(lines[5].starts_with(r#"{"Endpoints":[{"ID":"2""#), "{written}");
    }
}
