//! Draws a trace for people: what each target does step by step, side by side where there is room, and below
//! what it comes to.

use std::fmt::Write;

use super::columns::{Column, Paragraph, side_by_side};
use crate::answer::verdict::{Confidence, Fate, Ground, Outcome, SourceAddress, TraceStep};
use crate::ir::RuleSet;
use crate::trace::{Answer, Hop, Summary, Traced, describe_source, hops};

/// How much is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// The steps of all outcomes, not only of the first of each kind.
    pub all: bool,
    /// The rules of the platform that steps rest on.
    pub explain: bool,
    /// How many columns the answer may have to show targets side by side; they are one under the other
    /// where it is not known.
    pub width: Option<usize>,
}

/// How many outcomes of a target are listed unless all are asked for.
const LISTED: usize = 8;

/// The whole answer.
#[must_use]
pub fn draw(asked: &Traced<'_>, rules: &RuleSet, detail: Detail) -> String {
    let mut text = head(asked, rules);
    let beside = detail.width.and_then(|width| {
        let columns = asked.answers.iter().map(|answer| column(asked, rules, answer, detail));
        side_by_side(&columns.collect::<Vec<_>>(), width)
    });
    match beside {
        Some(columns) => {
            let _ = write!(text, "\n{columns}");
        }
        None => {
            for answer in &asked.answers {
                let _ = writeln!(text, "\n{}", answer.side.name());
                outcomes(&mut text, asked, rules, answer.verdict.outcomes(), detail);
            }
        }
    }
    text.push('\n');
    for answer in &asked.answers {
        let summary = Summary::of(&answer.verdict);
        let _ = writeln!(text, "{:10} {}", answer.side.name(), summary.sentence());
        let believed: Vec<&str> = summary.believed().map(|ground| ground.id).collect();
        if !believed.is_empty() {
            let _ = writeln!(text, "{:10}   relies on unverified assumptions: {}", "", believed.join(", "));
        }
    }
    if detail.explain {
        grounds(&mut text, asked);
    }
    text
}

fn head(asked: &Traced<'_>, rules: &RuleSet) -> String {
    let client = &asked.client;
    let mut text = format!(
        "{} {} → {}/{}",
        client.kind.as_str(),
        client.ip,
        asked.destination.to,
        asked.destination.protocol
    );
    if let Some(port) = asked.destination.port {
        let _ = write!(text, "  {}  {}", port.id, rules.place(port.origin));
    }
    text.push('\n');
    text
}

fn outcomes(text: &mut String, asked: &Traced<'_>, rules: &RuleSet, outcomes: &[Outcome], detail: Detail) {
    for (at, group) in alike(outcomes, detail).iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        steps(text, asked, rules, hops(&asked.packet, group[0]));
        for outcome in group.iter().take(LISTED) {
            let _ = writeln!(text, "  {:>5}  {}", outcome.chance.to_string(), fate(&outcome.fate));
        }
        if group.len() > LISTED {
            let _ = writeln!(text, "         and {} more; -v shows all", group.len() - LISTED);
        }
    }
}

/// The same as `outcomes`, to stand beside others: a place is named once, above all of its steps.
fn column(asked: &Traced<'_>, rules: &RuleSet, answer: &Answer, detail: Detail) -> Column {
    let mut paragraphs = Vec::new();
    for group in alike(answer.verdict.outcomes(), detail) {
        if !paragraphs.is_empty() {
            paragraphs.push(Paragraph::new("", ""));
        }
        let mut last = String::new();
        for hop in hops(&asked.packet, group[0]) {
            let place = within(hop.step);
            if place != last {
                paragraphs.push(Paragraph::new("  ", &*place));
                last = place;
            }
            paragraphs.push(Paragraph::new("  · ", describe_step(hop.step, asked, rules)));
            if let Some(after) = hop.after {
                paragraphs.push(Paragraph::new("    ⇒ ", after.to_string()));
            }
        }
        for outcome in group.iter().take(LISTED) {
            paragraphs
                .push(Paragraph::new(format!("  {:>5}  ", outcome.chance.to_string()), fate(&outcome.fate)));
        }
        if group.len() > LISTED {
            let more = format!("and {} more; -v shows all", group.len() - LISTED);
            paragraphs.push(Paragraph::new(format!("{:9}", ""), more));
        }
    }
    Column { title: answer.side.name().to_owned(), paragraphs }
}

/// Outcomes that come about in the same way, in groups.
fn alike(outcomes: &[Outcome], detail: Detail) -> Vec<Vec<&Outcome>> {
    let mut groups: Vec<Vec<&Outcome>> = Vec::new();
    for outcome in outcomes {
        let same = |group: &&mut Vec<&Outcome>| !detail.all && kind(&group[0].fate) == kind(&outcome.fate);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(outcome),
            None => groups.push(vec![outcome]),
        }
    }
    groups
}

/// Fates whose ways differ.
fn kind(fate: &Fate) -> (u8, Option<SourceAddress>) {
    match fate {
        Fate::Endpoint(to) => (0, Some(to.source)),
        Fate::Unhandled(source) => (1, Some(*source)),
        Fate::Rejected => (2, None),
        Fate::Dropped => (3, None),
        Fate::Undecided(_) => (4, None),
        Fate::Answered(_) => (5, None),
    }
}

fn steps<'v>(text: &mut String, asked: &Traced<'_>, rules: &RuleSet, hops: impl Iterator<Item = Hop<'v>>) {
    let hops: Vec<Hop<'_>> = hops.collect();
    let width = hops.iter().map(|hop| within(hop.step).chars().count()).max().unwrap_or_default();
    for hop in hops {
        let _ = writeln!(text, "  {:width$}  {}", within(hop.step), describe_step(hop.step, asked, rules));
        if let Some(after) = hop.after {
            let _ = writeln!(text, "  {:width$}    ⇒ {after}", "");
        }
    }
}

/// The rule of a step, what it rests on and where it comes from.
fn describe_step(step: &TraceStep, asked: &Traced<'_>, rules: &RuleSet) -> String {
    // The head has said where the Service that is asked about was read.
    let said = asked.destination.port.map(|port| port.origin);
    let ground = step.ground.map(mark).unwrap_or_default();
    let origin = step.origin.filter(|origin| Some(*origin) != said);
    let origin = origin.map(|origin| format!("  {}", rules.place(origin))).unwrap_or_default();
    format!("{}{ground}{origin}", step.rule)
}

/// `nat KUBE-SERVICES 12`
fn within(step: &TraceStep) -> String {
    match step.number {
        Some(number) => format!("{} {number}", step.within),
        None => step.within.to_string(),
    }
}

fn mark(ground: &Ground) -> String {
    match ground.confidence {
        Confidence::Read | Confidence::Seen => format!("  [{}]", ground.id),
        Confidence::Believed | Confidence::Open => {
            format!("  [{}, {}]", ground.id, ground.confidence.as_str())
        }
    }
}

fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Endpoint(to) => format!("{}; {}", to.endpoint, describe_source(to.source)),
        Fate::Answered(what) => format!("answered by kube-proxy: {what}"),
        Fate::Unhandled(_) => "goes where it was sent".to_owned(),
        Fate::Rejected => "rejected".to_owned(),
        Fate::Dropped => "dropped".to_owned(),
        Fate::Undecided(reason) => format!("undecided: {reason}"),
    }
}

/// The rules of platforms that the answers rest on.
fn grounds(text: &mut String, asked: &Traced<'_>) {
    let summaries = asked.answers.iter().map(|answer| Summary::of(&answer.verdict));
    let mut all: Vec<&Ground> = summaries.flat_map(|summary| summary.grounds).collect();
    all.sort_by_key(|ground| ground.id);
    all.dedup();
    for ground in all {
        let holds = ground.holds.map(|holds| format!(" ({holds})")).unwrap_or_default();
        let _ = writeln!(text, "\n{}  {}{holds}: {}", ground.id, ground.confidence.as_str(), ground.sentence);
        let _ = writeln!(text, "     from {}", ground.source);
    }
}
