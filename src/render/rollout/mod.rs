//! Rollouts as people and programs read them: the formats of `hnsplan rollout`.

mod markdown;
mod page;
mod sentence;
pub(super) mod text;

use crate::document;
use crate::document::rollout::Rollout;
use crate::platform::timeline::Disturbance;
use crate::rollout::PoolGap;

/// A time without endpoints in one sentence.
pub(crate) fn gap_in_words(of: &PoolGap) -> String {
    sentence::longest_gap(of)
}

/// What clients notice of a frontend in one sentence, by the numbers of moments; `noun` is what its rules are called.
pub(crate) fn trouble_in_words(of: &Disturbance, noun: &str) -> String {
    sentence::trouble(of, noun)
}

/// How a rollout is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// The same as JSON.
    Json,
    /// One page.
    Html,
    /// Markdown, for comments on pull requests.
    Markdown,
}

impl Format {
    /// The answer; `all` of it, or as much as fits a screen.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn write(self, rollout: &Rollout, all: bool) -> serde_json::Result<String> {
        Ok(match self {
            Self::Text => text::text(rollout, all),
            Self::Json => document::text(rollout)?,
            Self::Html => page::page(rollout),
            Self::Markdown => markdown::markdown(rollout),
        })
    }
}
