//! Writes changes and findings as Markdown, for comments on pull requests.

use std::fmt::Write;

use crate::diff::{Comparison, FieldChange, ObjectChange, Verb, Weight};

/// How many changes are listed; a comment has a largest length.
const LISTED: usize = 200;

/// Sums in a table, changes in a list, findings in a table.
#[must_use]
pub fn draw(names: &[String; 2], comparison: &Comparison) -> String {
    let [one, other] = names.each_ref().map(|name| code(name));
    let mut text = format!("### {} {one} → {other}\n\n", comparison.platform);
    if comparison.is_equal() {
        text.push_str("No difference.\n\n");
    } else if comparison.is_empty() {
        text.push_str("Nothing that differs, and not all could be compared.\n\n");
    }
    text.push_str(
        "| objects | A | B | equal | changed | only A | only B |\n|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for (kind, counts) in &comparison.counts {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            kind.plural(),
            counts.of_side(0),
            counts.of_side(1),
            counts.equal,
            counts.changed,
            counts.only[0],
            counts.only[1]
        );
    }
    let changes: Vec<&ObjectChange> =
        comparison.changes.iter().filter(|change| change.weight == Weight::Counts).collect();
    let mut group: Option<&[String]> = None;
    for change in changes.iter().take(LISTED) {
        let services = change.subject.services.as_slice();
        if group != Some(services) {
            let title =
                if services.is_empty() { "of no Service".to_owned() } else { code(&services.join(", ")) };
            let _ = writeln!(text, "\n**{title}**\n");
            group = Some(services);
        }
        list(&mut text, change);
    }
    if changes.len() > LISTED {
        let _ = writeln!(text, "\n… and {} more changes", changes.len() - LISTED);
    }
    if comparison.findings.iter().any(crate::diff::Defect::is_fault) {
        text.push_str("\n| finding | object | what |\n|---|---|---|\n");
        for finding in comparison.findings.iter().filter(|finding| finding.is_fault()).take(LISTED) {
            let (id, subject) = (finding.code.id(), code(&finding.subject.to_string()));
            let _ = writeln!(text, "| {id} | {subject} | {} |", cell(&finding.message));
        }
    }
    for gap in &comparison.gaps {
        let _ = writeln!(text, "\nNot compared: {}", cell(gap));
    }
    text
}

fn list(text: &mut String, change: &ObjectChange) {
    let sign = match change.verb {
        Verb::Created => "➕",
        Verb::Deleted => "➖",
        _ => "✏️",
    };
    let _ = write!(text, "- {sign} {} {}", change.verb.as_str(), code(&change.subject.to_string()));
    match &change.verb {
        Verb::Moved { from } => {
            let _ = write!(text, " from {}", code(from));
        }
        Verb::Renamed { from } => {
            let _ = write!(text, " from {}", code(&from.join(", ")));
        }
        _ => {}
    }
    text.push('\n');
    if matches!(change.verb, Verb::Changed) {
        for FieldChange { path, before, after } in &change.fields {
            let value = |value: &Option<String>| value.as_deref().map_or_else(|| "none".to_owned(), code);
            let _ = writeln!(text, "  - {}: {} → {}", code(path), value(before), value(after));
        }
    }
}

/// A text as it stands: no name can begin a link or end the cell.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let ticks = "`".repeat(longest + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{gap}{text}{gap}{ticks}")
}

fn cell(text: &str) -> String {
    text.chars().flat_map(|c| if "|<>[]*_`\\".contains(c) { vec!['\\', c] } else { vec![c] }).collect()
}
