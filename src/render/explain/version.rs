//! What versions of kube-proxy do, for terminals.

use std::fmt::Write;

use crate::node::{FAULTS, Fault, GATES, SWITCHES, Switch, Version};
use crate::render::columns::block;

/// Columns before the text of a change.
const MARGIN: usize = 4;

/// What a version has, what another one does otherwise, or all changes, in lines of at most `width` characters.
#[must_use]
pub fn shown(release: Option<Version>, against: Option<Version>, width: usize) -> String {
    match (release, against) {
        (Some(release), Some(other)) => describe_change(release, other, width),
        (Some(release), None) => describe(release, width),
        (None, _) => list(width),
    }
}

/// What a version has of all changes, and what it lacks.
#[must_use]
pub fn describe(version: Version, width: usize) -> String {
    let of = |wanted: bool| -> Vec<&Switch> {
        SWITCHES.iter().filter(|switch| switch.is_in(version) == wanted).collect()
    };
    let mut text = format!("kube-proxy {}\n", version.described());
    if version.is_newer_than_known() {
        text.push_str("It is newer than what is known.\n");
    }
    if version.is_newer_than_recorded() {
        let _ = writeln!(
            text,
            "What changed after {} was read in pull requests; no release with it was recorded.",
            Version::RECORDED
        );
    }
    let has: Vec<&Fault> = FAULTS.iter().filter(|fault| fault.is_in(version)).collect();
    text.push_str(&faults("It has these known faults, those of Windows first:", &has, width));
    text.push_str(&changes("It has what changed since the oldest version that is known:", &of(true), width));
    text.push_str(&changes("It does not have what changed later:", &of(false), width));
    let states = GATES.iter().map(|gate| format!("  {}: {}\n", gate.name, gate.state(version).as_str()));
    text.push_str(&gates(&states.collect::<Vec<_>>()));
    text
}

/// What one version does otherwise than another.
#[must_use]
pub fn describe_change(from: Version, to: Version, width: usize) -> String {
    let (old, new) = (from.described(), to.described());
    let of = |has: Version, lacks: Version| -> Vec<&Switch> {
        SWITCHES.iter().filter(|switch| switch.is_in(has) && !switch.is_in(lacks)).collect()
    };
    let (gained, lost) = (of(to, from), of(from, to));
    let only = |has: Version, lacks: Version| -> Vec<&Fault> {
        FAULTS.iter().filter(|fault| fault.is_in(has) && !fault.is_in(lacks)).collect()
    };
    let (mended, new_faults) = (only(from, to), only(to, from));
    let of_gates = GATES.iter().filter_map(|gate| {
        let [before, after] = [from, to].map(|version| gate.state(version));
        let line = || format!("  {}: {}, then {}\n", gate.name, before.as_str(), after.as_str());
        (before != after).then(line)
    });
    let of_gates: Vec<String> = of_gates.collect();
    if of_gates.is_empty()
        && gained.is_empty()
        && lost.is_empty()
        && mended.is_empty()
        && new_faults.is_empty()
    {
        return format!("No change is known between kube-proxy {old} and {new}.\n");
    }
    let heading = |has: &str, lacks: &str| format!("kube-proxy {has} has what {lacks} does not have:");
    let of_faults =
        |has: &str, lacks: &str| format!("kube-proxy {has} has known faults that {lacks} does not have:");
    [
        faults(&of_faults(&old, &new), &mended, width),
        faults(&of_faults(&new, &old), &new_faults, width),
        changes(&heading(&new, &old), &gained, width),
        changes(&heading(&old, &new), &lost, width),
        gates(&of_gates),
    ]
    .concat()
    .trim_start()
    .to_owned()
}

/// Every change that is known.
#[must_use]
pub fn list(width: usize) -> String {
    let all: Vec<&Switch> = SWITCHES.iter().collect();
    let every: Vec<&Fault> = FAULTS.iter().collect();
    changes("What kube-proxy does otherwise, and since which releases:", &all, width)
        + &faults("Known faults of kube-proxy, those of Windows first:", &every, width)
}

fn gates(lines: &[String]) -> String {
    if lines.is_empty() {
        String::new()
    } else {
        format!("\nFeature gates that act on rules:\n\n{}", lines.concat())
    }
}

fn faults(heading: &str, faults: &[&Fault], width: usize) -> String {
    if faults.is_empty() {
        return String::new();
    }
    let rows: Vec<String> = faults.iter().map(|of| fault(of, width)).collect();
    format!("\n{heading}\n\n{}", rows.join("\n"))
}

fn fault(fault: &Fault, width: usize) -> String {
    let source = fault.issue.map(|number| format!(", kubernetes/kubernetes#{number}")).unwrap_or_default();
    let mended = fault
        .mended_releases()
        .map_or_else(|| "in every later release that is known".to_owned(), |of| format!("mended in {of}"));
    let (since, evidence) = (fault.releases(), fault.evidence.as_str());
    let head = format!("  {}: since {since}, {mended} ({evidence}{source})\n", fault.id);
    head + &block("", MARGIN, fault.title, width)
}

fn changes(heading: &str, switches: &[&Switch], width: usize) -> String {
    if switches.is_empty() {
        return String::new();
    }
    let rows: Vec<String> = switches.iter().map(|switch| change(switch, width)).collect();
    format!("\n{heading}\n\n{}", rows.join("\n"))
}

fn change(switch: &Switch, width: usize) -> String {
    let Switch { id, title, evidence, pull_request, .. } = switch;
    let source = pull_request.map(|number| format!(", kubernetes/kubernetes#{number}")).unwrap_or_default();
    let head = format!("  {id}: since {} ({}{source})\n", switch.releases(), evidence.as_str());
    head + &block("", MARGIN, title, width)
}
