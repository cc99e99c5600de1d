//! The diagnostic for a piece that could not be read.

use super::codes;
use super::format::{ReadError, ReadErrorKind};
use crate::diagnostics::Diagnostic;

/// The diagnostic for a piece that could not be read.
pub(super) fn unreadable(ReadError { kind, message, place }: ReadError) -> Diagnostic {
    let (code, help) = match kind {
        ReadErrorKind::Syntax => (
            codes::NOT_PARSABLE,
            "check brackets, quotes and indentation, here and above; the whole document is ignored",
        ),
        ReadErrorKind::TooDeep => (codes::NOT_PARSABLE, "the whole document is ignored"),
        ReadErrorKind::Shape => {
            (codes::WRONG_SHAPE, "the API server would refuse this object; it is left out")
        }
        ReadErrorKind::DuplicateKey => {
            (codes::DUPLICATE_KEY, "the API server would refuse this object; it is left out")
        }
    };
    Diagnostic::new(code, message).at(place).help(help)
}
