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
}

impl Artifact {
    /// A text in a file. What a dump has of characters that do more than print is escaped: these texts are shown on
    /// terminals, and by programs that show them there.
    #[must_use]
    pub fn new(file: &'static str, text: String) -> Self {
        let is_safe = |line: &str| !line.chars().any(is_unprintable);
        if text.split('\n').all(is_safe) {
            return Self { file, text };
        }
        let lines: Vec<String> = text.split('\n').map(escaped).collect();
        Self { file, text: lines.join("\n") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ends_of_lines_are_kept_of_what_does_not_print() {
        let artifact = Artifact::new("file", "a\u{202e}b\n\u{1b}[2J\n".to_owned());
        assert_eq!(artifact.text, "a\\u{202e}b\n\\u{1b}[2J\n");
        assert_eq!(Artifact::new("file", "a b\nc\n".to_owned()).text, "a b\nc\n");
    }
}
