//! Damage to texts that tools printed, at every place or at many: what a console, a mail, a full disk or a hand does.

use std::ops::Range;

/// What was done to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harm {
    /// A line is gone.
    LineLost,
    /// A line is no longer apart from the next one.
    LinesJoined,
    /// A byte is gone.
    ByteLost,
    /// A byte is another one, which stands in no name, number or address.
    ByteChanged,
    /// A line of something else stands between others.
    LineInserted,
    /// A line of something else stands in the place of some others.
    LinesReplaced,
    /// A line of something else, and then nothing.
    BrokenOff,
}

/// A text that is damaged.
pub(crate) struct Torn {
    pub(crate) harm: Harm,
    /// What of the whole text is gone or changed, in bytes.
    pub(crate) place: Range<usize>,
    pub(crate) text: String,
}

/// What tools print where they cannot go on.
const STRANGE: [&str; 6] = [
    "-- More --",
    "Access is denied.",
    "The operation timed out",
    "error: You must be logged in to the server (Unauthorized)",
    "sudo: a terminal is required to read the password",
    "command terminated with exit code 137",
];

/// Damages of a text: lines everywhere, bytes at each `step`th place.
pub(crate) fn damages(text: &str, step: usize) -> Vec<Torn> {
    let mut found = Vec::new();
    let mut add = |harm, place: Range<usize>, new: &str| {
        if text.is_char_boundary(place.start) && text.is_char_boundary(place.end) {
            let torn = format!("{}{new}{}", &text[..place.start], &text[place.end..]);
            found.push(Torn { harm, place, text: torn });
        }
    };
    let lines = lines_of(text);
    for (number, line) in lines.iter().enumerate() {
        let strange = format!("{}\n", STRANGE[number % STRANGE.len()]);
        add(Harm::LineLost, line.clone(), "");
        add(Harm::LineInserted, line.start..line.start, &strange);
        let behind = lines.get(number + 2).map_or(text.len(), |line| line.start);
        add(Harm::LinesReplaced, line.start..behind, &strange);
        add(Harm::BrokenOff, line.start..text.len(), &strange);
        if text[line.clone()].ends_with('\n') {
            add(Harm::LinesJoined, line.end - 1..line.end, "");
        }
    }
    for at in (0..text.len().saturating_sub(1)).step_by(step) {
        add(Harm::ByteLost, at..at + 1, "");
        add(Harm::ByteChanged, at..at + 1, "?");
    }
    found
}

/// The lines of a text, each with its end.
pub(crate) fn lines_of(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        start += line.len();
        start - line.len()..start
    });
    lines.collect()
}
