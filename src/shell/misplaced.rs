//! A file that was passed in the place of another one is named for what it is, before anything is read from it.

use std::collections::BTreeSet;

use super::Failure;
use crate::capture::{Identity, identify};
use crate::pipeline::Unread;
use crate::source::SourceId;

/// Refuses a text that is plainly something else than what is expected. `takes` are the kinds that the place takes, or
/// about which its own reader says more.
pub(crate) fn check(
    file: &str,
    text: &str,
    expected: &str,
    takes: impl Fn(Identity) -> bool,
) -> Result<(), Failure> {
    match identify(text).filter(|identity| !takes(*identity)) {
        Some(identity) => Err(Failure::Message(identity.instead_of(file, expected))),
        None => Ok(()),
    }
}

/// The files among manifests that could not be read and are plainly something else, unless others could not be read as
/// well.
pub(crate) fn manifests(unread: &Unread) -> Vec<String> {
    let files: BTreeSet<SourceId> =
        unread.diagnostics.iter().filter_map(|found| Some(found.place.as_ref()?.origin.source)).collect();
    let sentence = |source: SourceId| {
        let file = unread.sources.file(source);
        let identity = identify(&file.text).filter(|identity| *identity != Identity::Manifests)?;
        Some(identity.instead_of(&file.name, "Kubernetes objects"))
    };
    files.into_iter().map(sentence).collect::<Option<_>>().unwrap_or_default()
}
