//! The sums below what targets differ in: what was compared, what was found of each severity, and what is not known.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::catalog;
use crate::diagnostics::{Severity, Tally};
use crate::document::saved::SavedCheck;
use crate::render::check::text::{is_on_purpose, listed_words};
use crate::render::check::{LISTED, REASONS};
use crate::render::counted;

pub(super) fn draw(text: &mut String, check: &SavedCheck, all: bool) {
    let ports = counted(check.service_ports as usize, "service port");
    let decided = check.packets.saturating_sub(check.undecided.packets);
    let names = listed_words(&check.sides);
    let _ = match check.sides.len() {
        // Of several sides, some two may decide what another one leaves undecided: the document does not tell how much.
        3.. => {
            let asked = counted(check.packets as usize, "packet class");
            writeln!(text, "{names}: {ports} compared; all sides were asked about {asked}")
        }
        _ => {
            writeln!(text, "{names}: {ports} compared over {}", counted(decided as usize, "packet class"))
        }
    };
    if !check.lints.is_empty() {
        let lints: Tally = check.lints.iter().map(|lint| lint.severity).collect();
        let _ = writeln!(text, "on this node: {lints}");
    }
    let kinds: BTreeSet<(&str, Severity)> =
        check.findings.iter().map(|finding| (&*finding.code, finding.severity)).collect();
    let compares_nothing = why_nothing(check, decided);
    match &compares_nothing {
        Some(why) => {
            let _ = writeln!(text, "nothing was compared: {why}");
        }
        None if kinds.is_empty() => {
            let known = if check.undecided.packets > 0 { ", as far as it is decided" } else { "" };
            let _ = writeln!(text, "no difference in effect{known}");
        }
        None => {
            let found: Tally = kinds.iter().map(|(_, severity)| *severity).collect();
            let kinds = counted(kinds.len(), "kind");
            let _ = writeln!(text, "{kinds} of difference ({found}); hnsplan explain CODE says more");
        }
    }
    let left_out = left_out(check);
    if !left_out.is_empty() && compares_nothing.is_none() {
        let _ = writeln!(text, "not compared: {left_out}");
    }
    losses(text, check);
    rests_on(text, check);
    undecided(text, check, compares_nothing.is_none(), all);
    allowed(text, check, all);
}

/// Why "no difference" would be no answer.
fn why_nothing(check: &SavedCheck, decided: u32) -> Option<String> {
    let is_found = check.findings.iter().any(|of| !of.services.is_empty() || !of.unclaimed.is_empty());
    let is_accepted = check.allowed.iter().any(|entry| entry.findings > 0);
    if is_found || is_accepted || (check.service_ports > 0 && (decided > 0 || check.sides.len() > 2)) {
        return None;
    }
    Some(if check.service_ports > 0 {
        let reason = check.undecided.reasons.iter().min_by_key(|of| (Reverse(of.packets), &of.reason));
        let reason = reason.map(|of| format!(": {}", of.reason)).unwrap_or_default();
        format!("no packet class is decided{}", reason.trim_end_matches('.'))
    } else if check.left_out.services == 0 && check.left_out.unread == 0 {
        "no Service of the input has rules on this node".to_owned()
    } else {
        left_out(check)
    })
}

/// What could not be compared; nothing where all was.
fn left_out(check: &SavedCheck) -> String {
    let of = &check.left_out;
    let mut parts = Vec::new();
    if of.services > 0 {
        let services = if of.of == 1 { "Service" } else { "Services" };
        let have = if of.services == 1 { "has" } else { "have" };
        parts.push(format!("{} of {} {services} {have} no rules", of.services, of.of));
    }
    match of.unread {
        0 => {}
        1 => parts.push("1 document or object could not be read".to_owned()),
        many => parts.push(format!("{many} documents or objects could not be read")),
    }
    parts.join(", ")
}

/// A target, and what is told about it.
type OfTarget<'c> = (&'c str, &'static str);

/// What each target loses of the Services, and what else is wrong with it there, by code.
fn losses(text: &mut String, check: &SavedCheck) {
    let mut of_targets: Vec<(OfTarget<'_>, BTreeMap<&str, usize>)> = Vec::new();
    for remark in &check.diagnostics {
        let code = &*remark.record.code;
        let Some(target) = &remark.target else { continue };
        let what = match remark.record.severity {
            _ if remark.loss => "not supported by",
            _ if catalog::find(code).is_some_and(is_on_purpose) => continue,
            Severity::Error | Severity::Warning => "warnings for",
            Severity::Note => continue,
        };
        let key = (&**target, what);
        let at = of_targets.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            of_targets.push((key, BTreeMap::new()));
            of_targets.len() - 1
        });
        *of_targets[at].1.entry(code).or_default() += 1;
    }
    let place = |target: &str| check.sides.iter().position(|side| side.split(' ').next() == Some(target));
    of_targets.sort_by_key(|((target, what), _)| (place(target), *what));
    for ((target, what), codes) in of_targets {
        let codes = codes.into_iter().map(|(code, count)| match count {
            1 => code.to_owned(),
            count => format!("{code} ({count})"),
        });
        let _ = writeln!(text, "{what} {target}: {}", codes.collect::<Vec<_>>().join(", "));
    }
}

/// How sure the rules are that answers rest on.
fn rests_on(text: &mut String, check: &SavedCheck) {
    let of = &check.confidence;
    let counts = [(of.read, "read"), (of.seen, "seen"), (of.believed, "believed")];
    let told = counts.into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, word)| format!("{count} {word}")).collect();
    if !told.is_empty() {
        let told = told.join(", ");
        let _ = writeln!(text, "packet classes by the least sure rule that they rest on: {told}");
    }
}

fn undecided(text: &mut String, check: &SavedCheck, names_services: bool, all: bool) {
    let of = &check.undecided;
    if of.packets == 0 {
        return;
    }
    let many = counted(of.packets as usize, "packet class");
    let _ = writeln!(text, "undecided: {many}; what decides about them is not known:");
    let mut reasons: Vec<_> = of.reasons.iter().map(|of| (of.packets, &*of.reason)).collect();
    reasons.sort_by_key(|(count, reason)| (Reverse(*count), *reason));
    let listed = if all { usize::MAX } else { REASONS };
    for (count, reason) in reasons.iter().take(listed) {
        let _ = writeln!(text, "  {count:5}  {reason}");
    }
    if reasons.len() > listed {
        let _ = writeln!(text, "         and {} more reasons; -v lists all", reasons.len() - listed);
    }
    for of in of.services.iter().filter(|_| names_services) {
        let listed = if all { of.services.len() } else { of.services.len().min(LISTED) };
        let more = match of.services.len() - listed {
            0 => String::new(),
            more => format!(" and {more} more; -v names all"),
        };
        let ([one, other], services) = (&of.between, of.services[..listed].join(", "));
        let _ =
            writeln!(text, "not decided between {one} and {other}, whatever the packet: {services}{more}");
    }
}

/// What the allow-list accepts: a sum, and with `all` a line for each entry.
fn allowed(text: &mut String, check: &SavedCheck, all: bool) {
    if check.allowed.is_empty() {
        return;
    }
    let findings: u64 = check.allowed.iter().map(|entry| u64::from(entry.findings)).sum();
    let findings = counted(usize::try_from(findings).unwrap_or(usize::MAX), "finding");
    let more = if all { "" } else { "; -v lists them" };
    let _ = writeln!(text, "allowed: {findings}, by {}{more}", counted(check.allowed.len(), "reason"));
    for entry in check.allowed.iter().filter(|_| all) {
        let _ = writeln!(text, "  {:5}  {}  {}", entry.findings, entry.code, entry.reason);
        let _ = writeln!(text, "         at {}", entry.entry);
    }
}
