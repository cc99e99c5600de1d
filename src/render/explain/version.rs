//! What versions of kube-proxy do, for terminals.

use crate::node::{SWITCHES, Switch, Version};
use crate::render::columns::block;

/// Columns before the text of a change.
const MARGIN: usize = 4;

/// What a version has of all changes, and what it lacks.
#[must_use]
pub fn describe(version: Version, width: usize) -> String {
    let of = |wanted: bool| -> Vec<&Switch> {
        SWITCHES.iter().filter(|switch| switch.is_in(version) == wanted).collect()
    };
    let mut text = format!("kube-proxy {}\n", with_patch(version));
    text.push_str(&changes("It has what changed since the oldest version that is known:", &of(true), width));
    text.push_str(&changes("It does not have what changed later:", &of(false), width));
    text
}

/// What one version does otherwise than another.
#[must_use]
pub fn describe_change(from: Version, to: Version, width: usize) -> String {
    let (old, new) = (with_patch(from), with_patch(to));
    let of = |has: Version, lacks: Version| -> Vec<&Switch> {
        SWITCHES.iter().filter(|switch| switch.is_in(has) && !switch.is_in(lacks)).collect()
    };
    let (gained, lost) = (of(to, from), of(from, to));
    if gained.is_empty() && lost.is_empty() {
        return format!("No change of rules is known between kube-proxy {old} and {new}.\n");
    }
    let heading = |has: &str, lacks: &str| format!("kube-proxy {has} has what {lacks} does not have:");
    changes(&heading(&new, &old), &gained, width) + &changes(&heading(&old, &new), &lost, width)
}

/// Every change that is known.
#[must_use]
pub fn list(width: usize) -> String {
    let all: Vec<&Switch> = SWITCHES.iter().collect();
    changes("What kube-proxy does otherwise, and since which releases:", &all, width)
}

/// A version, with the patch release that a minor version stands for.
fn with_patch(version: Version) -> String {
    let known = version.stands_for();
    if version == known { version.to_string() } else { format!("{version} (as {known})") }
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
