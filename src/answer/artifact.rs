//! A side as text in normal order, for tools that compare text line by line.

/// A text of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The name of a file for it.
    pub file: &'static str,
    /// The text; of two equal sides it is the same.
    pub text: String,
}
