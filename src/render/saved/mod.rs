//! Draws saved documents as text, as the command that wrote each would have.
//!
//! What a document tells as a whole is drawn by the lines of its command. The others are drawn here, without what stands
//! in the manifests only.

mod check;
mod draw;
mod flows;
mod trace;

pub use draw::text;

/// Where lines end, unless another width is set.
pub const WIDTH: usize = 105;

/// How much is drawn, and how wide.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// Whether everything is named.
    pub all: bool,
    /// Where lines end.
    pub width: usize,
    /// How many columns targets may have next to each other; none where that is not known.
    pub targets: Option<usize>,
    /// How many columns two sides have next to each other.
    pub sides: usize,
}
