//! Draws changes object by object, by service port, and what is wrong below.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::answer::change;
use crate::diff::{Comparison, Defect, FieldChange, ObjectChange, ObjectKind, Subject, Verb, Weight};

/// How many objects with the same finding are named, unless all are asked for.
const LISTED: usize = 10;

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const BOLD: Style = Style::new().bold();

/// All of it; the sums come last.
#[must_use]
pub fn draw(names: &[String; 2], comparison: &Comparison, all: bool) -> String {
    let mut text = String::new();
    let findings_of = of_changes(comparison);
    let mut group: Option<&[String]> = None;
    let is_shown = |change: &&ObjectChange| all || change.weight == Weight::Counts;
    for change in comparison.changes.iter().filter(is_shown) {
        let services = change.subject.services.as_slice();
        if group != Some(services) {
            let title = if services.is_empty() { "of no Service".to_owned() } else { services.join(", ") };
            let _ = writeln!(text, "{BOLD}{title}{BOLD:#}");
            group = Some(services);
        }
        draw_change(&mut text, change, findings_of.get(&change.subject).copied());
    }
    if group.is_some() {
        text.push('\n');
    }
    draw_findings(&mut text, names, comparison, all);
    text
}

/// What is wrong, and the sums.
pub fn draw_findings(text: &mut String, names: &[String; 2], comparison: &Comparison, all: bool) {
    findings(text, comparison, all);
    sums(text, names, comparison);
}

/// Findings that say no more than the change that they are about.
fn of_changes(comparison: &Comparison) -> FxHashMap<&Subject, &Defect> {
    let of_changes = comparison.findings.iter().filter(|finding| finding.repeats_change());
    of_changes.map(|finding| (&finding.subject, finding)).collect()
}

fn draw_change(text: &mut String, change: &ObjectChange, finding: Option<&Defect>) {
    let subject = &change.subject;
    let (sign, style) = match change.verb {
        Verb::Created => ('+', GREEN),
        Verb::Deleted => ('-', RED),
        Verb::Changed | Verb::Moved { .. } | Verb::Renamed { .. } | Verb::Replaced => ('~', YELLOW),
    };
    let _ = write!(text, "  {style}{sign} {subject}{style:#}");
    match &change.verb {
        Verb::Moved { from } => {
            let _ = write!(text, "  moved from {from}");
        }
        Verb::Renamed { from } => {
            let _ = write!(text, "  was of {}", from.join(", "));
        }
        Verb::Replaced => text.push_str("  made anew"),
        Verb::Created | Verb::Deleted | Verb::Changed => {}
    }
    if let Some(id) = &subject.id {
        let _ = write!(text, "  {id}");
    }
    match change.references {
        Some([before, after]) if before == after => {
            let _ = write!(text, "  used by {before}");
        }
        Some([before, after]) => {
            let _ = write!(text, "  used by {before} → {after}");
        }
        None => {}
    }
    match change.weight {
        Weight::Counts => {}
        Weight::Foreign => text.push_str("  (of others)"),
        Weight::Undecided => text.push_str("  (undecided: the dump does not show it)"),
    }
    if let Some(finding) = finding {
        let _ = write!(text, "  {YELLOW}{}{YELLOW:#}", finding.code.id());
    }
    text.push('\n');
    let width =
        change.fields.iter().map(|field| field.path.chars().count()).max().unwrap_or_default().min(58);
    for field in &change.fields {
        draw_field(text, field, width);
    }
    if let Some(cause) = finding.and_then(|finding| finding.cause.as_ref()) {
        let _ = writeln!(text, "      cause: {cause}");
    }
    // What is wanted, the plan makes; what is left over, somebody has to delete.
    if let Some(finding) = finding.filter(|finding| finding.code == change::codes::STALE) {
        let _ = writeln!(text, "      {}", finding.message);
        if let Some(help) = &finding.help {
            let _ = writeln!(text, "      → {help}");
        }
    }
}

fn draw_field(text: &mut String, field: &FieldChange, width: usize) {
    let _ = write!(text, "      {:width$}  ", field.path);
    let _ = match (&field.before, &field.after) {
        (Some(before), Some(after)) => writeln!(text, "{RED}{before}{RED:#} → {GREEN}{after}{GREEN:#}"),
        (Some(before), None) => writeln!(text, "{RED}- {before}{RED:#}"),
        (None, Some(after)) => writeln!(text, "{GREEN}+ {after}{GREEN:#}"),
        (None, None) => writeln!(text),
    };
}

/// What is wrong besides what the changes say, by code.
fn findings(text: &mut String, comparison: &Comparison, all: bool) {
    // Findings about changes are told with them.
    let changes: FxHashSet<&Subject> = comparison.changes.iter().map(|change| &change.subject).collect();
    let is_said = |finding: &Defect| finding.repeats_change() && changes.contains(&finding.subject);
    let of_code = comparison.findings.chunk_by(|one, other| one.code == other.code);
    for found in of_code.filter(|found| all || found[0].is_fault()) {
        let code = found[0].code;
        let _ = writeln!(text, "{} {:7}  {}  × {}", code.id(), code.severity(), code.title(), found.len());
        let more: Vec<&Defect> = found.iter().filter(|finding| !is_said(finding)).collect();
        let listed = if all { more.len() } else { LISTED.min(more.len()) };
        for finding in &more[..listed] {
            draw_finding(text, finding);
        }
        if more.len() > listed {
            let _ = writeln!(text, "     and {} more; -v names all", more.len() - listed);
        }
    }
    if comparison.findings.iter().any(|finding| all || finding.is_fault()) {
        text.push('\n');
    }
}

fn draw_finding(text: &mut String, finding: &Defect) {
    let services = finding.subject.services.join(", ");
    let gap = if services.is_empty() { "" } else { "  " };
    let _ = writeln!(text, "     {}{gap}{services}: {}", finding.subject, finding.message);
    if let Some(cause) = &finding.cause {
        let _ = writeln!(text, "       cause: {cause}");
    }
    if let Some(help) = &finding.help {
        let _ = writeln!(text, "       → {help}");
    }
}

fn sums(text: &mut String, names: &[String; 2], comparison: &Comparison) {
    for gap in &comparison.gaps {
        let _ = writeln!(text, "not compared: {}", gap.named(names));
    }
    for (kind, counts) in &comparison.counts {
        let [one, other] = [0, 1].map(|side| comparison.count_of(*kind, side));
        let mut parts = vec![format!("{} equal", counts.equal)];
        let mut part = |many: usize, what: &str| {
            if many > 0 {
                parts.push(format!("{many} {what}"));
            }
        };
        part(counts.changed, "changed");
        let words = ["deleted", "created"];
        let words = comparison
            .wanted()
            .map_or(words, |wanted| [0, 1].map(|side| if side == wanted { "missing" } else { "extra" }));
        part(counts.only[0], words[0]);
        part(counts.only[1], words[1]);
        part(counts.undecided, "undecided");
        part(counts.foreign, "of others");
        let [of_one, of_other] = [0, 1].map(|side| comparison.count_word(*kind, side));
        let many = if of_one == of_other { of_one } else { format!("{of_one} → {of_other}") };
        let _ = writeln!(text, "{many} {}: {}", word(*kind, one.max(other)), parts.join(", "));
    }
    let differences = comparison.counting().count();
    let faults = comparison.findings.iter().filter(|finding| finding.is_fault()).count();
    let [one, other] = names;
    let _ = match (differences, faults) {
        (0, 0) if comparison.left_open > 0 => {
            writeln!(text, "{one} and {other}: nothing that differs, and not all could be compared")
        }
        (0, 0) if !comparison.is_whole() => {
            writeln!(text, "{one} and {other}: nothing that was compared differs")
        }
        (0, 0) => writeln!(text, "{one} and {other}: no difference"),
        (0, 1) => writeln!(text, "{one} and {other}: no difference, 1 finding"),
        (0, _) => writeln!(text, "{one} and {other}: no difference, {faults} findings"),
        (1, _) => writeln!(text, "{one} and {other}: 1 difference"),
        _ => writeln!(text, "{one} and {other}: {differences} differences"),
    };
}

fn word(kind: ObjectKind, many: usize) -> &'static str {
    if many == 1 { kind.as_str() } else { kind.plural() }
}
