//! Answers as web pages and in the formats of other tools.

pub(crate) mod pages;
pub(crate) mod sarif;
