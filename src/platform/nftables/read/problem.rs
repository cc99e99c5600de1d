//! What could not be read.

/// A part of a text that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadProblem {
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong; safe to print.
    pub message: String,
}
