//! Why a command ends without success.

use std::fmt::Display;

use crate::diagnostics::{Diagnostic, text};
use crate::pipeline::Unread;
use crate::source::Sources;

/// Why a command ended without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Diagnostics with errors have been printed.
    Findings,
    /// The command line contradicts itself; the text says what to do.
    Usage(String),
    /// Something else is wrong; the text says what and what to do.
    Message(String),
    /// The same, with an exit code of its own.
    Exit(u8, String),
    /// The same, as diagnostics.
    Diagnosed(u8, Vec<Diagnostic>),
    /// A file that people write is wrong, so nothing was done; with its text.
    Invalid(Vec<Diagnostic>, Box<Sources>),
    /// Some of the input could not be read, so nothing was done.
    Unread {
        /// What of it.
        unread: Box<Unread>,
        /// What else can be done than to correct it; may be empty.
        way_on: &'static str,
    },
    /// All is said already; this is the exit code.
    Quiet(u8),
}

impl Failure {
    /// That an error is one of how hnsplan is used.
    pub(crate) fn usage(error: impl Display) -> Self {
        Self::Usage(error.to_string())
    }

    /// That some of the input could not be read, where nothing allows for it.
    pub(crate) fn unread(unread: Box<Unread>) -> Self {
        Self::Unread { unread, way_on: "" }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usage(message) | Self::Message(message) | Self::Exit(_, message) => f.write_str(message),
            Self::Diagnosed(_, why) => {
                let messages: Vec<&str> = why.iter().map(|diagnostic| &*diagnostic.message).collect();
                f.write_str(&messages.join("; "))
            }
            Self::Invalid(wrong, sources) => {
                let told = |found: &Diagnostic| {
                    let allowed = found.allowed.iter().map(|allowed| format!("allowed: {allowed}"));
                    let short = std::iter::once(text::short(found, sources));
                    short.chain(allowed).chain(found.help.clone()).collect::<Vec<_>>().join("; ")
                };
                f.write_str(&wrong.iter().map(told).collect::<Vec<_>>().join("; "))
            }
            Self::Unread { unread, .. } => {
                let messages: Vec<String> =
                    unread.diagnostics.iter().map(|found| text::short(found, &unread.sources)).collect();
                write!(f, "{unread}: {}", messages.join("; "))
            }
            Self::Findings | Self::Quiet(_) => Ok(()),
        }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Message(error.to_string())
    }
}
