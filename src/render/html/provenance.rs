//! What a page says of where it comes from.

/// What an answer was made from, so that it can be made again.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// The program and its version.
    pub made_by: String,
    /// The command, as it can be pasted.
    pub command: String,
    /// When it was made, where that was given.
    pub time: Option<String>,
    /// What was read.
    pub inputs: Vec<InputView>,
}

/// A file or stream that was read.
#[derive(Debug, Clone, Default)]
pub struct InputView {
    /// Its name; safe to print.
    pub name: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}
