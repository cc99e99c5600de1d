//! The one error of the block reader.

/// The text is not in the subset. The YAML parser describes the mistake, if there is one.
#[derive(Debug)]
pub(super) struct NotUnderstood;

impl std::fmt::Display for NotUnderstood {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not in the block style of kubectl")
    }
}

impl std::error::Error for NotUnderstood {}

impl serde::de::Error for NotUnderstood {
    /// The message is dropped: it is never shown.
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}
