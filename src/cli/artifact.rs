//! One text of a result, in the pieces in which it was made.

use std::borrow::Cow;
use std::iter;

use crate::platform::hns::PlanText;
use crate::platform::iptables::RestoreText;

/// One text of the result.
pub(super) struct Artifact<'r> {
    /// The name of its file.
    pub(super) file: &'static str,
    /// What stands before it when several go to one stream.
    pub(super) heading: Option<&'static str>,
    /// The text.
    pub(super) text: Text<'r>,
}

/// The text of an artifact.
pub(super) enum Text<'r> {
    Whole(String),
    Restore(RestoreText),
    Plan(PlanText<'r>),
}

impl Artifact<'_> {
    pub(super) fn of(file: &'static str, text: String) -> Self {
        Self { file, heading: None, text: Text::Whole(text) }
    }
}

impl Text<'_> {
    pub(super) fn pieces(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        match self {
            Self::Whole(text) => Box::new(iter::once(text.as_str().into())),
            Self::Restore(text) => Box::new(text.pieces().map(Cow::Borrowed)),
            Self::Plan(text) => Box::new(text.pieces().map(Cow::Owned)),
        }
    }
}
