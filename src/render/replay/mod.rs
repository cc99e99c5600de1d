//! Sequences as people and programs read them: the formats of `hnsplan replay`.

mod notice;
mod text;

use crate::document;
use crate::document::replay::Replay;
use crate::flag::{Choice, Flag, FlagError, Given, Takes};
use crate::platform::timeline::Timeline;

pub use text::text;

/// The flag for the format.
pub const FORMAT: Flag = Flag::new(
    "output",
    Takes::Choice(
        "FORMAT",
        &[
            Choice { word: "text", help: "For people" },
            Choice { word: "json", help: "The same as JSON" },
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
        Ok(match given.choice(&FORMAT)? {
            Some(1) => Self::Json,
            Some(2) => Self::Calls,
            Some(3) => Self::State,
            _ => Self::Text,
        })
    }

    /// The answer; `all` of it, or as much as fits a screen.
    ///
    /// # Errors
    /// When the answer cannot be written as JSON.
    pub fn write(self, replay: &Replay, timeline: &dyn Timeline, all: bool) -> serde_json::Result<String> {
        match self {
            Self::Text => Ok(text(replay, all)),
            Self::Json => document::text(replay),
            Self::Calls => document::text(&timeline.calls()),
            Self::State => document::text(&timeline.states()),
        }
    }
}
