//! What kube-proxy did at each sync of a sequence, as text: first what clients notice, then the calls.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::document::replay::Replay;
use crate::name::printable;
use crate::platform::timeline::{Absence, CallAt, CallRecord, StepRecord};
use crate::render::counted;

/// How many absences of a service port are listed, unless all are asked for.
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
    if replay.absences.is_empty() {
        return format!("On {on}, no frontend that a Service wants was without rules.\n");
    }
    let mut by_service: BTreeMap<&str, Vec<&Absence>> = BTreeMap::new();
    for absence in &replay.absences {
        by_service.entry(&absence.service).or_default().push(absence);
    }
    let mut text = format!("Frontends without a load balancer ({on}):\n");
    for (service, absences) in by_service {
        let _ = writeln!(text, "  {}", printable(service));
        let shown = if all { absences.len() } else { LISTED };
        for absence in absences.iter().take(shown) {
            let why = if absence.has_ready_endpoints { "" } else { "; no endpoint was ready" };
            let _ = writeln!(text, "    {}: {}{why}", printable(&absence.frontend), span(absence));
        }
        if let more @ 1.. = absences.len().saturating_sub(shown) {
            let _ = writeln!(text, "    and {} more; -v lists all", counted(more, "time"));
        }
    }
    text.push_str(
        "While there is none, a packet to that address meets no rule of the Service on this node.\n",
    );
    text
}

fn span(absence: &Absence) -> String {
    let begin = |at: CallAt| match at.call {
        0 => format!("before step {}", at.step),
        call => format!("from call {call} of step {}", at.step),
    };
    match absence.to {
        Some(to) if to.step == absence.from.step && absence.from.call > 0 => {
            format!("between calls {} and {} of step {}", absence.from.call, to.call, to.step)
        }
        Some(to) => format!("{} to call {} of step {}", begin(absence.from), to.call, to.step),
        None => format!("{} to the end", begin(absence.from)),
    }
}

fn of_step(step: &StepRecord) -> String {
    let restart = if step.restart { ", kube-proxy starts anew" } else { "" };
    let events = if step.events.is_empty() { "no event".to_owned() } else { step.events.join(", ") };
    let mut text = format!("Step {}{restart}: {events}\n", step.step);
    if step.calls.is_empty() {
        text.push_str("  no call\n");
    }
    for (number, call) in (1..).zip(&step.calls) {
        let CallRecord { what, on, members, error, .. } = call;
        let members = if members.is_empty() { String::new() } else { format!("  → {}", members.join(" ")) };
        let error = error.as_ref().map(|error| format!("  failed: {error}")).unwrap_or_default();
        let _ = writeln!(text, "{number:>4}  {what:20}  {on}{members}{error}");
    }
    text
}
