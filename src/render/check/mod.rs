//! Draws what a check found.

pub mod html;
mod lints;
pub mod text;

/// How long a line of an explanation may be.
const WIDTH: usize = 100;

/// How many Services of a kind are named, unless all are asked for.
const LISTED: usize = 3;
