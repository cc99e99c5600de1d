//! What kube-proxy did at each sync of a sequence, as text: first what clients notice, then the calls.

use std::fmt::Write;

use super::call::{object, title};
use super::flows;
use super::notice::{listed, reach, sentence};
use crate::document::replay::{Comparison, Replay};
use crate::name::printable;
use crate::platform::timeline::{Disturbance, StepRecord, Trouble};
use crate::render::counted;

/// How many lines about one kind of trouble are listed, unless all are asked for.
const LISTED: usize = 6;

/// The text; `all` of it, or as much as fits a screen.
pub(in crate::render) fn text(replay: &Replay, all: bool) -> String {
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
    if !replay.flows.is_empty() {
        text.push_str("Flows that the kernel remembers:\n");
        text.push_str(&shortened(replay.flows.iter().map(|of| format!("  {}\n", flows::sentence(of))), all));
    }
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
    let mut text = title(step) + "\n";
    if step.calls.is_empty() {
        text.push_str("  no call\n");
    }
    for (number, call) in (1..).zip(&step.calls) {
        let _ = writeln!(text, "{number:>4}  {:20}  {}", call.what, object(call));
        for flow in &call.forgets {
            let _ = writeln!(text, "      {:20}  {flow}", "forget flows");
        }
    }
    text
}

/// What only one of two runs has, and what both have otherwise.
pub(in crate::render) fn comparison_text(comparison: &Comparison, all: bool) -> String {
    let [one, other] = &comparison.kube_proxy_versions;
    let mut text = format!("On {}, kube-proxy {one} against {other}:\n", comparison.target);
    let line = |of: &Disturbance| format!("  {}\n", sentence(of, comparison.noun));
    for (version, only) in comparison.kube_proxy_versions.iter().zip(&comparison.only) {
        let none = if only.is_empty() { " nothing" } else { "" };
        let _ = writeln!(text, "Only with {version}:{none}");
        text.push_str(&shortened(only.iter().map(line), all));
    }
    if !comparison.different.is_empty() {
        text.push_str("With both, and otherwise:\n");
        let lines = comparison.different.iter().map(|[a, b]| {
            format!(
                "  {one}: {}\n  {other}: {}\n",
                sentence(a, comparison.noun),
                sentence(b, comparison.noun)
            )
        });
        text.push_str(&shortened(lines, all));
    }
    if !comparison.flows.is_empty() {
        text.push_str("Flows that fare otherwise:\n");
        let lines = comparison
            .flows
            .iter()
            .map(|[a, b]| format!("  {one}: {}\n  {other}: {}\n", flows::sentence(a), flows::sentence(b)));
        text.push_str(&shortened(lines, all));
    }
    let _ = writeln!(text, "The same with both: {}", comparison.same);
    text
}
