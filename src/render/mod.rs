//! Draws documents and answers: for terminals, Markdown, browsers, monitoring, code scanning.
//!
//! **Invariant:** nothing is computed here, and no file is read. What is drawn is safe to print: names have been
//! escaped where they were read, or are escaped for the language that is drawn.

pub mod columns;

pub mod allowed;
pub mod check;
pub mod diff;
pub mod explain;
pub mod fill;
pub mod fleet;
pub mod github;
#[cfg(feature = "apply")]
pub mod history;
pub mod html;
pub mod junit;
pub mod messages;
pub mod plan;
pub mod replay;
pub mod rollout;
pub mod sarif;
#[cfg(feature = "apply")]
pub mod saved;
pub mod trace;

pub use crate::name::counted;
