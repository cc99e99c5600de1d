//! What a text is, by what stands in it.

use super::formats;
use crate::flag::message_of_kubectl;
use crate::name::printable;
use crate::platform::{Match, Platform, all};

/// What a text is.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Contents {
    /// Kubernetes objects.
    Manifests,
    /// A plan of hnsplan.
    Plan,
    /// What a node holds of a platform, or a text that brings it there.
    Dump(&'static dyn Platform),
}

/// How many characters are looked at for the names of members: they stand near the beginning, and a large file
/// is not read as a whole for them.
const BEGINNING: usize = 4096;

/// The part of a text that is looked at for what it is.
pub(super) fn beginning(text: &str) -> &str {
    text.char_indices().nth(BEGINNING).map_or(text, |(at, _)| &text[..at])
}

/// What a text is; `None` if nothing in it tells.
#[must_use]
pub fn detect(text: &str) -> Option<Contents> {
    let beginning = beginning(text);
    if message_of_kubectl(beginning).is_some() {
        return None;
    }
    let is_plan = ["\"HnsPlan\"", "\"ApplyPlan\""].iter().any(|kind| beginning.contains(kind));
    if is_plan && beginning.contains("apiVersion") {
        return Some(Contents::Plan);
    }
    if begins_as_manifests(beginning) {
        return Some(Contents::Manifests);
    }
    let mut best = (Match::No, None);
    for platform in all() {
        let found = platform.recognize(text);
        // Of equal matches the first platform wins.
        if found > best.0 {
            best = (found, Some(Contents::Dump(*platform)));
        }
        // The others would read all of the text, and could not say more.
        if found == Match::Certain {
            break;
        }
    }
    best.1
}

/// Whether the beginning of a text is that of Kubernetes objects. Where members are sorted, a long list may stand before
/// the kind.
#[must_use]
pub fn begins_as_manifests(beginning: &str) -> bool {
    let starts = |line: &str| line.trim_start().trim_start_matches("- ").starts_with("apiVersion:");
    beginning.lines().any(starts) || beginning.contains("\"apiVersion\"")
}

/// What a text is that is known to be nothing that can be read, and what to do, to be said after its name.
#[must_use]
pub fn resembling(text: &str) -> Option<String> {
    if let Some(message) = message_of_kubectl(beginning(text)) {
        return Some(format!(
            "is a message of kubectl, and nothing that a node has: `{}`; repeat the command that wrote it once that is mended",
            printable(message)
        ));
    }
    all().iter().find_map(|platform| platform.resembles(text))
}

/// That nobody knows what a text is: what it resembles and what to do, or else the formats that are known.
pub(super) fn unknown(name: &str, text: &str) -> String {
    if let Some(hint) = resembling(text) {
        return format!("{name} {hint}");
    }
    let about: Vec<String> =
        formats().map(|(_, format)| format!("{} ({})", format.name, format.about)).collect();
    format!("cannot tell what {name} is; known formats: {}; FORMAT=FILE names one", about.join(", "))
}
