//! A rollout as Markdown, for comments on pull requests.

use std::fmt::Write;

use super::sentence::{felt, headline, lasting, longest, not_modelled, place, remedy, rolled};
use crate::document::rollout::Rollout;
use crate::render::diff::markdown::cell;

/// How many lines are written of a kind; a comment has a largest length.
const LISTED: usize = 50;

/// The comment.
pub(super) fn markdown(rollout: &Rollout) -> String {
    let mut text = "### What this rollout does\n\n".to_owned();
    list(&mut text, &rollout.workloads.iter().map(rolled).collect::<Vec<_>>());
    let unknown: Vec<String> = rollout.not_modelled.iter().map(|of| not_modelled(of)).collect();
    list(&mut text, &unknown);
    let longest = longest(rollout);
    let _ = writeln!(text, "\n**{}**\n", headline(rollout));
    list(&mut text, &longest);
    let lasting = lasting(rollout);
    if !lasting.is_empty() {
        text.push_str("\n**And after the rollout:**\n\n");
        list(&mut text, &lasting);
    }
    if let Some(stuck) = &rollout.worst.stuck {
        let _ = writeln!(text, "\n**It does not end:** {}.", cell(stuck));
    }
    if !rollout.remedies.is_empty() {
        text.push_str("\nWhat changes it:\n\n");
        list(&mut text, &rollout.remedies.iter().map(remedy).collect::<Vec<_>>());
    }
    for (at, on_node) in rollout.worst.replays.iter().enumerate() {
        let _ = write!(text, "\nWhat clients notice on {} in the worst order", cell(&place(on_node)));
        let felt = felt(&rollout.worst, at);
        text.push_str(if felt.is_empty() { ": nothing.\n" } else { ":\n\n" });
        list(&mut text, &felt);
    }
    for note in &rollout.notes {
        let _ = writeln!(text, "\nNote: {}.", cell(note));
    }
    text
}

fn list(text: &mut String, lines: &[String]) {
    for line in lines.iter().take(LISTED) {
        let _ = writeln!(text, "- {}", cell(line));
    }
    if let more @ 1.. = lines.len().saturating_sub(LISTED) {
        let _ = writeln!(text, "- and {more} more; `hnsplan rollout -o json` has all");
    }
}
