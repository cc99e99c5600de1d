//! A rollout as text: for how long Services have no endpoints, what helps, the moments, and what clients notice.

use std::fmt::Write;

use super::sentence::{felt_in_orders, gap, headline, lasting, longest, not_modelled, place, remedy, rolled};
use crate::document::rollout::{Order, Rollout};
use crate::name::printable;

/// How many lines of a kind are listed, unless all are asked for.
const LISTED: usize = 12;
const FELT: usize = 6;

/// The text; `all` of it, or as much as fits a screen.
pub(in crate::render) fn text(rollout: &Rollout, all: bool) -> String {
    let mut text = String::new();
    let changed = || rollout.workloads.iter().filter(|of| of.pods != [0, 0]);
    for of in changed() {
        let _ = writeln!(text, "{}", rolled(of));
    }
    for of in &rollout.not_modelled {
        let _ = writeln!(text, "{}", not_modelled(of));
    }
    if changed().next().is_none() {
        text.push_str("No pod of a workload changes.\n");
    }
    text.push('\n');
    let longest = longest(rollout);
    let _ = writeln!(text, "{}", headline(rollout));
    let most = if all { usize::MAX } else { LISTED };
    text.push_str(&listed(&longest, most));
    let lasting = lasting(rollout);
    if !lasting.is_empty() {
        text.push_str("And after the rollout:\n");
        text.push_str(&listed(&lasting, most));
    }
    text.push_str(&not_ended(&rollout.worst));
    if !longest.is_empty() {
        let is_fine = rollout.best.gaps.iter().all(|gap| gap.starts.is_none());
        let best: Vec<String> = rollout.best.gaps.iter().map(gap).collect();
        text.push_str(if is_fine {
            "In the best order no Service is without endpoints.\n"
        } else {
            "In the best order:\n"
        });
        text.push_str(&listed(if is_fine { &[] } else { &best }, most));
    }
    let remedies: Vec<String> = rollout.remedies.iter().map(remedy).collect();
    if !remedies.is_empty() {
        text.push_str("What changes it:\n");
        text.push_str(&listed(&remedies, usize::MAX));
    }
    for note in &rollout.notes {
        let _ = writeln!(text, "Note: {}.", printable(note));
    }
    moments(&mut text, "Moments of the worst order", &rollout.worst);
    if all {
        moments(&mut text, "Moments of the best order", &rollout.best);
    }
    for (at, worst) in rollout.worst.replays.iter().enumerate() {
        let _ = write!(text, "\nWhat clients notice on {}", place(worst));
        let orders = felt_in_orders(rollout, at);
        if orders.iter().all(|(_, _, felt)| felt.is_empty()) {
            text.push_str(": nothing\n");
            continue;
        }
        text.push_str(":\n");
        for (order, _, lines) in orders {
            let nothing = if lines.is_empty() { " nothing" } else { "" };
            let _ = writeln!(text, "  in {order}:{nothing}");
            let lines: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
            text.push_str(&listed(&lines, if all { usize::MAX } else { FELT }));
        }
    }
    text
}

fn not_ended(order: &Order) -> String {
    order.stuck.as_ref().map(|stuck| format!("It does not end: {}.\n", printable(stuck))).unwrap_or_default()
}

fn moments(text: &mut String, title: &str, order: &Order) {
    let _ = writeln!(text, "\n{title}:");
    for (number, moment) in (1..).zip(&order.moments) {
        let _ = writeln!(text, "{number:>4}  {}", printable(moment));
    }
    for of in &order.gaps {
        let _ = writeln!(text, "      {}", gap(of));
    }
}

fn listed(lines: &[String], most: usize) -> String {
    let mut text = String::new();
    for line in lines.iter().take(most) {
        let _ = writeln!(text, "  {line}");
    }
    if let more @ 1.. = lines.len().saturating_sub(most) {
        let _ = writeln!(text, "  and {more} more; -v lists all");
    }
    text
}
