//! What tells one input from another, so that shares of different ones are not joined.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::source::Sources;

/// A fingerprint of texts, in whatever order and under whatever names they were read, and of what is set besides.
#[must_use]
pub fn fingerprint(sources: &Sources, settings: &[String]) -> String {
    let mut texts: Vec<[u8; 32]> =
        sources.iter().map(|(_, file)| Sha256::digest(&file.text).into()).collect();
    texts.sort_unstable();
    let mut all = Sha256::new();
    for text in &texts {
        all.update(text);
    }
    for setting in settings {
        all.update((setting.len() as u64).to_le_bytes());
        all.update(setting);
    }
    HEXLOWER.encode(&all.finalize())
}
