//! Draws changes object by object, by service port, and what is wrong below.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::diff::{Change, Comparison, FieldChange, Finding, ObjectKind, Verb, Weight};

/// How many objects with the same finding are named, unless all are asked for.
const LISTED: usize = 10;

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const BOLD: Style = Style::new().bold();

/// All of it; the sums come last.
pub(super) fn draw(names: &[String; 2], comparison: &Comparison, all: bool) -> String {
    let mut text = String::new();
    let mut group: Option<&[String]> = None;
    let is_shown = |change: &&Change| all || change.weight == Weight::Counts;
    for change in comparison.changes.iter().filter(is_shown) {
        let services = change.subject.services.as_slice();
        if group != Some(services) {
            let title = if services.is_empty() { "of no Service".to_owned() } else { services.join(", ") };
            let _ = writeln!(text, "{BOLD}{title}{BOLD:#}");
            group = Some(services);
        }
        draw_change(&mut text, change);
    }
    if group.is_some() {
        text.push('\n');
    }
    findings(&mut text, comparison, all);
    sums(&mut text, names, comparison);
    text
}

fn draw_change(text: &mut String, change: &Change) {
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
    text.push('\n');
    let width =
        change.fields.iter().map(|field| field.path.chars().count()).max().unwrap_or_default().min(48);
    for field in &change.fields {
        draw_field(text, field, width);
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

/// What is wrong: what the objects above do not say by themselves, and what to do.
fn findings(text: &mut String, comparison: &Comparison, all: bool) {
    for found in comparison.findings.chunk_by(|one, other| one.code == other.code) {
        let code = found[0].code;
        if !all && !found[0].is_fault() {
            continue;
        }
        let _ = writeln!(text, "{} {:7}  {}  × {}", code.id(), code.severity(), code.title(), found.len());
        let listed = if all { found.len() } else { LISTED.min(found.len()) };
        for finding in &found[..listed] {
            draw_finding(text, finding);
        }
        if found.len() > listed {
            let _ = writeln!(text, "     and {} more; -v names all", found.len() - listed);
        }
    }
    if comparison.findings.iter().any(|finding| all || finding.is_fault()) {
        text.push('\n');
    }
}

fn draw_finding(text: &mut String, finding: &Finding) {
    let services = finding.subject.services.join(", ");
    let gap = if services.is_empty() { "" } else { "  " };
    let _ = writeln!(text, "     {}{gap}{services}: {}", finding.subject, finding.message);
    if let Some(help) = &finding.help {
        let _ = writeln!(text, "       → {help}");
    }
}

fn sums(text: &mut String, names: &[String; 2], comparison: &Comparison) {
    for gap in &comparison.gaps {
        let _ = writeln!(text, "not compared: {gap}");
    }
    for (kind, counts) in &comparison.counts {
        let [one, other] = [0, 1].map(|side| counts.of_side(side));
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
        let many = if one == other { one.to_string() } else { format!("{one} → {other}") };
        let _ = writeln!(text, "{many} {}: {}", word(*kind, one.max(other)), parts.join(", "));
    }
    let differences = comparison.counting().count();
    let faults = comparison.findings.iter().filter(|finding| finding.is_fault()).count();
    let [one, other] = names;
    let _ = match (differences, faults) {
        (0, 0) => writeln!(text, "{one} and {other}: no difference"),
        (0, _) => writeln!(text, "{one} and {other}: no difference, {faults} findings"),
        (1, _) => writeln!(text, "{one} and {other}: 1 difference"),
        _ => writeln!(text, "{one} and {other}: {differences} differences"),
    };
}

fn word(kind: ObjectKind, many: usize) -> &'static str {
    if many == 1 { kind.as_str() } else { kind.plural() }
}
