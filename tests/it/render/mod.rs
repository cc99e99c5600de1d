//! Answers in the forms of others: web pages and SARIF.

pub(crate) mod pages;
pub(crate) mod sarif;
