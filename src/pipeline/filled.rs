//! Manifests as a cluster would complete them, read by the same walk over the texts as without that.

use crate::fill::{self, Assumed, Assumptions, fill_without_pods};
use crate::manifest::{AnyObjects, Manifests, ReadOptions, any_objects};
use crate::source::Sources;

/// Reads the objects of all texts, adds what a cluster would add, and takes the result for the input.
pub(super) fn read(
    sources: &Sources,
    options: &ReadOptions,
    assumptions: &Assumptions,
) -> (Manifests, Assumed) {
    let AnyObjects { objects, mut diagnostics, unread, .. } = any_objects(sources);
    let filled = fill_without_pods(objects, assumptions);
    let unread = unread + filled.unread();
    let mut manifests = Manifests::of_objects(filled.objects, sources, options);
    diagnostics.extend(filled.diagnostics);
    diagnostics.append(&mut manifests.diagnostics);
    manifests.diagnostics = diagnostics;
    manifests.unread += unread;
    manifests.skipped.retain(|kind, _| !fill::KINDS.contains(&&**kind));
    (manifests, filled.assumed)
}
