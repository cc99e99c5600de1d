//! Draws what a check found.

pub mod html;
pub mod junit;
mod lints;
pub mod scanning;
pub mod text;

/// Where lines end, unless another width is set.
const WIDTH: usize = 105;

/// How far the lines below a headline are indented.
pub(super) const INDENT: usize = 5;

/// How many Services of a kind are named, unless all are asked for.
pub(super) const LISTED: usize = 3;

/// How many reasons of what is not decided are named, unless all are asked for.
pub(super) const REASONS: usize = 5;

/// How much is drawn.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Detail {
    /// Whether all Services are named.
    pub all: bool,
    /// Whether each entry of the allow-list is listed with what it accepts.
    pub show_allowed: bool,
    /// Where lines end.
    pub width: usize,
}

impl Default for Detail {
    fn default() -> Self {
        Self { all: false, show_allowed: false, width: WIDTH }
    }
}
