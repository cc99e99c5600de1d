//! Sequences as people and programs read them: the formats of `hnsplan replay`.

mod call;
mod flows;
pub(super) mod lanes;
mod markdown;
pub(super) mod notice;
mod page;
#[cfg(test)]
pub(super) mod testing;
pub(super) mod text;

use crate::document;
use crate::document::replay::{Comparison, Replay};
use crate::flag::{Choice, Flag, FlagError, Given, Takes};
use crate::replay::{AGAINST, Replayed};

/// The flag for the format.
pub const FORMAT: Flag = Flag::new(
    "output",
    Takes::Choice(
        "FORMAT",
        &[
            Choice { word: "text", help: "For people" },
            Choice { word: "json", help: "The same as JSON" },
            Choice { word: "html", help: "One page with a lane for each frontend over the calls" },
            Choice { word: "md", help: "A table for comments on pull requests" },
            Choice { word: "calls", help: "Each call with all that is handed over, as JSON" },
            Choice {
                word: "state",
                help: "What the node holds and what kube-proxy remembers after each step, as JSON",
            },
        ],
    ),
    "Output",
    "How the answer is written",
)
.or("text");

/// How a sequence is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// The same as JSON.
    Json,
    /// One page.
    Html,
    /// A table in Markdown.
    Markdown,
    /// Each call with all that is handed over.
    Calls,
    /// What the node holds and what kube-proxy remembers after each step.
    State,
}

impl Format {
    /// What the flag gives.
    ///
    /// # Errors
    /// When there is no such format.
    pub fn of(given: &Given) -> Result<Self, FlagError> {
        let format = match given.choice(&FORMAT)? {
            Some(1) => Self::Json,
            Some(2) => Self::Html,
            Some(3) => Self::Markdown,
            Some(4) => Self::Calls,
            Some(5) => Self::State,
            _ => Self::Text,
        };
        let is_of_two = matches!(format, Self::Text | Self::Json | Self::Markdown);
        if given.has(&AGAINST) && !is_of_two {
            let word = given.one(&FORMAT).unwrap_or_default();
            return Err(
                FORMAT.error(word, "it shows one run; with --against, expected one of text, json, md")
            );
        }
        Ok(format)
    }

    /// The answer, and whether clients notice anything, or notice other things with the other version; `all` of it, or as
    /// much as fits a screen.
    ///
    /// # Errors
    /// When the answer cannot be written as JSON.
    pub fn write(self, replayed: &Replayed, all: bool) -> serde_json::Result<(String, bool)> {
        let replay = Replay::of(replayed);
        if let Some(other) = &replayed.other {
            let comparison = Comparison::between(replay, Replay::of(other));
            let text = match self {
                Self::Json => document::text(&comparison)?,
                Self::Markdown => markdown::markdown_comparison(&comparison),
                _ => text::comparison_text(&comparison, all),
            };
            return Ok((text, !comparison.is_same()));
        }
        let text = match self {
            Self::Text => text::text(&replay, all),
            Self::Json => document::text(&replay)?,
            Self::Html => page::page(&replay),
            Self::Markdown => markdown::markdown(&replay),
            Self::Calls => document::text(&replayed.timeline.calls())?,
            Self::State => document::text(&replayed.timeline.states())?,
        };
        Ok((text, replay.is_felt()))
    }
}
