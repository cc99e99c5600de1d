//! Draws a trace for people: what each target does step by step, side by side where there is room, and below
//! what it comes to.

use std::fmt::Write;

use super::columns::{Column, Paragraph, side_by_side};
use super::view::{AnswerView, OutcomeView, StepView, View};
use crate::answer::verdict::Ground;
use crate::ir::RuleSet;
use crate::trace::{Summary, Traced};

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
    let mut text = View::of(asked, rules).draw(detail);
    if detail.explain {
        grounds(&mut text, asked);
    }
    text
}

impl View {
    /// What each target does, and what it comes to.
    #[must_use]
    pub(in crate::render) fn draw(&self, detail: Detail) -> String {
        let mut text = self.head.clone() + "\n";
        let beside = detail.width.and_then(|width| {
            let columns = self.answers.iter().map(|answer| column(answer, detail));
            side_by_side(&columns.collect::<Vec<_>>(), width)
        });
        match beside {
            Some(columns) => {
                let _ = write!(text, "\n{columns}");
            }
            None => {
                for answer in &self.answers {
                    let _ = writeln!(text, "\n{}", answer.target);
                    outcomes(&mut text, answer, detail);
                }
            }
        }
        text.push('\n');
        for AnswerView { target, sentence, believed, .. } in &self.answers {
            let _ = writeln!(text, "{target:10} {sentence}");
            if !believed.is_empty() {
                let _ =
                    writeln!(text, "{:10}   relies on unverified assumptions: {}", "", believed.join(", "));
            }
        }
        text
    }
}

fn outcomes(text: &mut String, answer: &AnswerView, detail: Detail) {
    for (at, group) in alike(&answer.outcomes, detail).iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        steps(text, &group[0].steps);
        for outcome in group.iter().take(LISTED) {
            let _ = writeln!(text, "  {:>5}  {}", outcome.chance, outcome.fate);
        }
        if group.len() > LISTED {
            let _ = writeln!(text, "         and {} more; -v shows all", group.len() - LISTED);
        }
    }
}

/// The same as `outcomes`, to stand beside others: a place is named once, above all of its steps.
fn column(answer: &AnswerView, detail: Detail) -> Column {
    let mut paragraphs = Vec::new();
    for group in alike(&answer.outcomes, detail) {
        if !paragraphs.is_empty() {
            paragraphs.push(Paragraph::new("", ""));
        }
        let mut last = "";
        for step in &group[0].steps {
            if step.within != last {
                paragraphs.push(Paragraph::new("  ", &*step.within));
                last = &step.within;
            }
            paragraphs.push(Paragraph::new("  · ", &*step.rule));
            if let Some(after) = &step.after {
                paragraphs.push(Paragraph::new("    ⇒ ", &**after));
            }
        }
        for outcome in group.iter().take(LISTED) {
            paragraphs.push(Paragraph::new(format!("  {:>5}  ", outcome.chance), &*outcome.fate));
        }
        if group.len() > LISTED {
            let more = format!("and {} more; -v shows all", group.len() - LISTED);
            paragraphs.push(Paragraph::new(format!("{:9}", ""), more));
        }
    }
    Column { title: answer.target.clone(), paragraphs }
}

/// Outcomes that come about in the same way, in groups.
fn alike(outcomes: &[OutcomeView], detail: Detail) -> Vec<Vec<&OutcomeView>> {
    let mut groups: Vec<Vec<&OutcomeView>> = Vec::new();
    for outcome in outcomes {
        let same = |group: &&mut Vec<&OutcomeView>| !detail.all && group[0].way == outcome.way;
        match groups.iter_mut().find(same) {
            Some(group) => group.push(outcome),
            None => groups.push(vec![outcome]),
        }
    }
    groups
}

fn steps(text: &mut String, steps: &[StepView]) {
    let width = steps.iter().map(|step| step.within.chars().count()).max().unwrap_or_default();
    for StepView { within, rule, after } in steps {
        let _ = writeln!(text, "  {within:width$}  {rule}");
        if let Some(after) = after {
            let _ = writeln!(text, "  {:width$}    ⇒ {after}", "");
        }
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
