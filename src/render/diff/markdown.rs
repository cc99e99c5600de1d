//! Writes changes and findings as Markdown, for comments on pull requests.

use std::fmt::Write;

use crate::check::EffectComparison;
use crate::diff::{Cause, Comparison, FieldChange, ObjectChange, Verb, Weight};
use crate::fill::Marks;
use crate::trace::Summary;

/// How many changes are listed; a comment has a largest length.
const LISTED: usize = 200;

/// What is compared, for the headings.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    /// What both sides were asked for by.
    pub names: &'s [String; 2],
    /// The nodes that the rules are for, each once: their names, and whether they run Windows.
    pub nodes: &'s [(Option<String>, bool)],
    /// What of the rules is assumed.
    pub marks: &'s Marks,
}

impl Subject<'_> {
    /// `on Linux node linux-1`, behind a blank; nothing where no rules were compiled.
    fn place(&self) -> String {
        let nodes = self.nodes.iter().map(|(name, runs_windows)| {
            let system = if *runs_windows { "Windows" } else { "Linux" };
            match name {
                Some(name) => format!("{system} node {}", code(name)),
                None => format!("a {system} node without a name"),
            }
        });
        let nodes: Vec<String> = nodes.collect();
        if nodes.is_empty() { String::new() } else { format!(" on {}", nodes.join(" and ")) }
    }

    /// What is assumed in the text above.
    fn list_assumed(&self, text: &mut String) {
        let mut lines = String::new();
        for (number, mark) in self.marks.found_in(text) {
            let _ = writeln!(lines, "- {} {}", code(number), code(&mark.to_string()));
        }
        if !lines.is_empty() {
            let _ = write!(text, "\n**Assumed, and of no cluster**\n\n{lines}");
        }
    }
}

/// Sums in a table, changes in a list, findings in a table. Where both sides are manifests, each group of changes begins
/// with the fields of the manifests that caused it.
#[must_use]
pub fn draw(subject: &Subject<'_>, comparison: &Comparison, causes: &[Cause]) -> String {
    let names = subject.names;
    let [one, other] = names.each_ref().map(|name| code(name));
    let mut text = format!("### {} {one} → {other}{}\n\n", comparison.platform, subject.place());
    if comparison.is_empty() && comparison.is_whole() {
        text.push_str("No difference.\n\n");
    } else if comparison.is_equal() {
        text.push_str("Nothing that was compared differs.\n\n");
    } else if comparison.is_empty() {
        text.push_str("Nothing that differs, and not all could be compared.\n\n");
    }
    let has_undecided = comparison.total().undecided > 0;
    let [title, rule] = if has_undecided { [" undecided |", "---:|"] } else { [""; 2] };
    let _ = writeln!(
        text,
        "| objects | A | B | equal | changed | only A | only B |{title}\n|---|---:|---:|---:|---:|---:|---:|{rule}"
    );
    for (kind, counts) in &comparison.counts {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |{}",
            kind.plural(),
            comparison.count_word(*kind, 0),
            comparison.count_word(*kind, 1),
            counts.equal,
            counts.changed,
            counts.only[0],
            counts.only[1],
            if has_undecided { format!(" {} |", counts.undecided) } else { String::new() }
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
            list_causes(&mut text, causes.iter().filter(|cause| cause.is_of(services)));
            group = Some(services);
        }
        list(&mut text, change);
    }
    if changes.len() > LISTED {
        let _ = writeln!(text, "\n… and {} more changes", changes.len() - LISTED);
    }
    let groups: Vec<&[String]> = changes.iter().map(|change| change.subject.services.as_slice()).collect();
    other_causes(&mut text, causes, |cause| groups.iter().any(|services| cause.is_of(services)));
    if comparison.findings.iter().any(crate::diff::Defect::is_fault) {
        text.push_str("\n| finding | object | what |\n|---|---|---|\n");
        for finding in comparison.findings.iter().filter(|finding| finding.is_fault()).take(LISTED) {
            let (id, subject) = (finding.code.id(), code(&finding.subject.to_string()));
            let _ = writeln!(text, "| {id} | {subject} | {} |", cell(&finding.message_and_cause()));
        }
    }
    for gap in &comparison.gaps {
        let _ = writeln!(text, "\nNot compared: {}", cell(&gap.named(names)));
    }
    subject.list_assumed(&mut text);
    text
}

/// Flows that both sides treat differently, each with an example and with the fields of the manifests that caused it.
#[must_use]
pub fn flows(subject: &Subject<'_>, comparison: &EffectComparison<'_>, causes: &[Cause]) -> String {
    let names = subject.names;
    let [one, other] = names.each_ref().map(|name| code(name));
    let mut text = format!("### Flows {one} → {other}{}\n", subject.place());
    if comparison.compares_nothing() {
        let _ = writeln!(text, "\nNothing was compared: {}.", cell(&comparison.why_undecided()));
    } else if comparison.findings.is_empty() {
        text.push_str("\nNo packet is treated differently.\n");
    }
    if !comparison.compares_nothing() {
        for line in comparison.undecided_services(names, LISTED_SERVICES) {
            let _ = writeln!(text, "\n{}.", cell(&line));
        }
    }
    let mut explained: Vec<Vec<String>> = Vec::new();
    for finding in &comparison.findings {
        // Where a Service stands in another line now, it is there twice.
        let mut services: Vec<String> = finding.services.iter().map(|of| of.id.to_owned()).collect();
        services.dedup();
        let (id, title) = (finding.code.id(), finding.code.title());
        let shown: Vec<String> = services.iter().take(LISTED_SERVICES).map(|name| code(name)).collect();
        let more = match services.len().saturating_sub(LISTED_SERVICES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = writeln!(text, "\n**{id} {}**: {}{more}\n", cell(title), shown.join(", "));
        list_causes(&mut text, causes.iter().filter(|cause| cause.is_of(&services)));
        let example = &finding.example;
        let to = std::net::SocketAddr::new(example.packet.destination, example.packet.port);
        let client = &example.client;
        let packet = format!("{} {} → {to}/{}", client.kind.as_str(), client.ip, example.packet.protocol);
        let _ = writeln!(text, "- {}", code(&packet));
        for (name, verdict) in names.iter().zip(&example.verdicts) {
            let _ = writeln!(text, "  - {}: {}", code(name), cell(&Summary::of(verdict).sentence()));
        }
        explained.push(services);
    }
    other_causes(&mut text, causes, |cause| explained.iter().any(|services| cause.is_of(services)));
    subject.list_assumed(&mut text);
    text
}

/// How many Services of one flow are named.
const LISTED_SERVICES: usize = 5;

/// How many fields of manifests are listed at one place.
const LISTED_CAUSES: usize = 20;

fn list_causes<'c>(text: &mut String, causes: impl Iterator<Item = &'c Cause>) {
    let causes: Vec<&Cause> = causes.collect();
    for Cause { object, place, path, before, after, .. } in causes.iter().take(LISTED_CAUSES) {
        let value = |value: &Option<String>| value.as_deref().map_or_else(|| "none".to_owned(), code);
        let field = if path.is_empty() { String::new() } else { format!("{} of ", code(path)) };
        let _ = writeln!(
            text,
            "- 📝 {} {field}{}: {} → {}",
            code(place),
            code(object),
            value(before),
            value(after)
        );
    }
    if causes.len() > LISTED_CAUSES {
        let _ = writeln!(text, "- … and {} more fields", causes.len() - LISTED_CAUSES);
    }
}

/// What changed in the manifests and is listed nowhere else: it changes nothing here, or is about no Service alone.
fn other_causes(text: &mut String, causes: &[Cause], is_listed: impl Fn(&Cause) -> bool) {
    let others: Vec<&Cause> = causes.iter().filter(|cause| !is_listed(cause)).collect();
    if !others.is_empty() {
        text.push_str("\n**Also changed in the manifests**\n\n");
        list_causes(text, others.into_iter());
    }
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
pub(in crate::render) fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let ticks = "`".repeat(longest + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{gap}{text}{gap}{ticks}")
}

pub(in crate::render) fn cell(text: &str) -> String {
    text.chars().flat_map(|c| if "|<>[]*_`\\".contains(c) { vec!['\\', c] } else { vec![c] }).collect()
}
