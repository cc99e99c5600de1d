//! What is noticed while sides are read.

/// What was found while a side was read.
#[derive(Debug, Default)]
pub(super) struct Remarks(pub(super) Vec<String>);
