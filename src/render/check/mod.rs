//! Draws what a check found.

pub mod html;
mod lints;
pub mod text;
