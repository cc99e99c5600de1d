//! What tells whether something is still what it was when a plan was made.

use std::fmt;

use data_encoding::HEXLOWER;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of a text.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self(HEXLOWER.encode(&Sha256::digest(text)))
    }

    /// Of lines, whatever their order.
    #[must_use]
    pub fn of_lines(mut lines: Vec<String>) -> Self {
        lines.sort_unstable();
        Self::of_text(&lines.join("\n"))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
