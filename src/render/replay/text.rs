//! What kube-proxy did at each sync of a sequence, as text: first what clients notice, then the calls.

use std::fmt::Write;

use super::notice::{listed, reach, sentence};
use crate::document::replay::Replay;
use crate::name::printable;
use crate::platform::timeline::{CallRecord, Disturbance, StepRecord, Trouble};
use crate::render::counted;

/// How many lines about one kind of trouble are listed, unless all are asked for.
const LISTED: usize = 6;

/// The text; `all` of it, or as much as fits a screen.
#[must_use]
pub fn text(replay: &Replay, all: bool) -> String {
    let mut text = summary(replay, all);
    for step in &replay.steps {
        text.push('\n');
        text.push_str(&of_step(step));
    }
    text
}

fn summary(replay: &Replay, all: bool) -> String {
    let on = format!("{}, kube-proxy {}", replay.target, replay.kube_proxy_version);
    let mut text = if replay.is_felt() {
        format!("What clients notice ({on}):\n")
    } else {
        format!(
            "Clients notice nothing ({on}): no frontend that a Service wants was without a {}.\n",
            replay.noun
        )
    };
    for is_felt in [true, false] {
        for what in [Trouble::NoRules, Trouble::GoneMembers, Trouble::WrongMembers] {
            let of_kind: Vec<&Disturbance> = replay.of_kind(what, is_felt).collect();
            if let Some(heading) = heading(what, is_felt).filter(|_| !of_kind.is_empty()) {
                let _ = writeln!(text, "{heading}:");
            }
            let lines = of_kind.iter().map(|of| format!("  {}\n", sentence(of, replay.noun)));
            text.push_str(&shortened(lines, all));
        }
    }
    text.push_str(&reached(replay, all));
    for note in &replay.notes {
        let _ = writeln!(text, "Note: {}.", printable(note));
    }
    text.push_str(&refusals(replay, all));
    text
}

/// What stands above troubles that do not count as felt.
fn heading(what: Trouble, is_felt: bool) -> Option<&'static str> {
    match (what, is_felt) {
        (_, true) => None,
        (Trouble::NoRules, _) => Some("While no endpoint was ready"),
        (Trouble::GoneMembers | Trouble::WrongMembers, _) => {
            Some("Until the sync has come to the Service, as on every platform")
        }
    }
}

/// As many lines as are listed, and how many there are more.
fn shortened(lines: impl ExactSizeIterator<Item = String>, all: bool) -> String {
    let many = lines.len();
    let shown = if all { many } else { LISTED.min(many) };
    let mut text: String = lines.take(shown).collect();
    if let more @ 1.. = many - shown {
        let _ = writeln!(text, "  and {more} more; -v lists all");
    }
    text
}

/// Whose connections meet no rule, by frontends.
fn reached(replay: &Replay, all: bool) -> String {
    let lines = listed(replay.of_kind(Trouble::NoRules, true), reach);
    if lines.is_empty() {
        return String::new();
    }
    let heading = format!("While there is no {}:\n", replay.noun);
    let lines = lines.into_iter().map(|(frontend, reach)| format!("  {}: {reach}\n", printable(&frontend)));
    heading + &shortened(lines, all)
}

/// The calls that a real node refuses.
fn refusals(replay: &Replay, all: bool) -> String {
    let of_step = |step: &StepRecord| {
        let number = step.step;
        let calls = (1..).zip(&step.calls).filter_map(move |(at, call)| {
            let refusal = call.refusal.as_ref()?;
            Some(format!("  call {at} of step {number}, {} {}: {refusal}\n", call.what, printable(&call.on)))
        });
        calls.collect::<Vec<String>>()
    };
    let lines: Vec<String> = replay.steps.iter().flat_map(of_step).collect();
    if lines.is_empty() {
        return String::new();
    }
    let calls = counted(lines.len(), "call");
    let heading = format!("A real node refuses {calls}; the replay goes on as if it did not:\n");
    heading + &shortened(lines.into_iter(), all)
}

fn of_step(step: &StepRecord) -> String {
    let restart = if step.restart { ", kube-proxy starts anew" } else { "" };
    let events = if step.events.is_empty() { "no event".to_owned() } else { step.events.join(", ") };
    let mut text = format!("Step {}{restart}: {events}\n", step.step);
    if step.calls.is_empty() {
        text.push_str("  no call\n");
    }
    for (number, call) in (1..).zip(&step.calls) {
        let CallRecord { what, on, members, error, refusal, .. } = call;
        let members = if members.is_empty() { String::new() } else { format!("  → {}", members.join(" ")) };
        let error = error.as_ref().map(|error| format!("  failed: {error}")).unwrap_or_default();
        let refusal = if refusal.is_some() { "  refused by a real node" } else { "" };
        let _ = writeln!(text, "{number:>4}  {what:20}  {on}{members}{error}{refusal}");
    }
    text
}
