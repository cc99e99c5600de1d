//! A side as text in normal order, for tools that compare text line by line.

use crate::name::{escaped, is_unprintable};

/// A text of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Artifact {
    /// The name of a file for it.
    pub file: &'static str,
    /// The text; of two equal sides it is the same. It is safe to print.
    pub text: String,
    /// What parts of the text are for: the number of the first line of each, from 0, and the service ports.
    pub parts: Vec<(usize, String)>,
}

impl Artifact {
    /// A text in a file. What a dump has of characters that do more than print is escaped: these texts are shown on
    /// terminals, and by programs that show them there.
    #[must_use]
    pub fn new(file: &'static str, text: String) -> Self {
        let is_safe = |line: &str| !line.chars().any(is_unprintable);
        if text.split('\n').all(is_safe) {
            return Self { file, text, parts: Vec::new() };
        }
        let lines: Vec<String> = text.split('\n').map(escaped).collect();
        Self { file, text: lines.join("\n"), parts: Vec::new() }
    }

    /// The same with what its parts are for.
    #[must_use]
    pub fn with_parts(self, parts: Vec<(usize, String)>) -> Self {
        Self { parts, ..self }
    }

    /// What some lines are for, as far as it is known.
    #[must_use]
    pub fn parts_in(&self, lines: std::ops::Range<usize>) -> Vec<&str> {
        let begins = self.parts.iter().rposition(|(at, _)| *at <= lines.start).unwrap_or(0);
        let mut found: Vec<&str> = Vec::new();
        for (at, name) in &self.parts[begins.min(self.parts.len())..] {
            if *at < lines.end && !name.is_empty() && !found.contains(&name.as_str()) {
                found.push(name);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_for_what_begins_before_or_among_them() {
        let parts = vec![(0, "a".to_owned()), (5, String::new()), (9, "b".to_owned()), (12, "b".to_owned())];
        let artifact = Artifact::new("file", String::new()).with_parts(parts);
        for (lines, names) in [(1..3, vec!["a"]), (3..6, vec!["a"]), (6..7, vec![]), (6..20, vec!["b"])] {
            assert_eq!(artifact.parts_in(lines.clone()), names, "{lines:?}");
        }
        assert!(Artifact::new("file", String::new()).parts_in(0..5).is_empty());
    }

    #[test]
    fn only_ends_of_lines_are_kept_of_what_does_not_print() {
        let artifact = Artifact::new("file", "a\u{202e}b\n\u{1b}[2J\n".to_owned());
        assert_eq!(artifact.text, "a\\u{202e}b\n\\u{1b}[2J\n");
        assert_eq!(Artifact::new("file", "a b\nc\n".to_owned()).text, "a b\nc\n");
    }
}
