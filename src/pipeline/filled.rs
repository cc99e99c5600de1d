//! Manifests as a cluster would complete them, read by the same walk over the texts as without that.

use rustc_hash::FxHashSet;

use super::Setup;
use crate::diagnostics::{Diagnostic, Severity};
use crate::fill::{self, Assumed, Assumptions, Filled, fill, fill_without_pods};
use crate::manifest::{AnyObject, AnyObjects, Manifests, ReadOptions, any_objects};
use crate::source::{Origin, Sources};

/// Reads the objects of all texts, adds what a cluster would add, and takes the result for the input.
pub(super) fn read(
    sources: &Sources,
    options: &ReadOptions,
    assumptions: &Assumptions,
) -> (Manifests, Assumed) {
    let AnyObjects { objects, mut diagnostics, unread, .. } = any_objects(sources);
    let new = new_services(&objects);
    let mut filled = fill_without_pods(objects, assumptions);
    let mut unread_pods = filled.unread();
    let mut manifests = Manifests::of_objects(filled.objects, sources, options);
    let refused = refusals(&manifests.diagnostics, &new);
    if !refused.is_empty() {
        filled = fill_without_pods(without(any_objects(sources).objects, &refused), assumptions);
        unread_pods = filled.unread();
        manifests = Manifests::of_objects(filled.objects, sources, options);
        diagnostics.extend(refused);
    }
    diagnostics.extend(filled.diagnostics);
    diagnostics.append(&mut manifests.diagnostics);
    manifests.diagnostics = diagnostics;
    manifests.unread += unread + unread_pods;
    manifests.skipped.retain(|kind, _| !fill::KINDS.contains(&&**kind));
    (manifests, filled.assumed)
}

/// Adds what a cluster would add to objects of these texts, and leaves out the Services that its API server would refuse.
///
/// [`fill()`](fill::fill) refuses what hangs on the cluster and on other Services; what is wrong with a Service by itself is
/// found where all manifests are checked.
#[must_use]
pub fn fill_checked(objects: Vec<AnyObject>, sources: &Sources, assumptions: &Assumptions) -> Filled {
    let options = Setup::default().read_options();
    let new = new_services(&objects);
    let mut filled = fill(objects, assumptions);
    let services = filled.objects.iter().filter(|object| object.kind() == ("v1", "Service")).cloned();
    let found = Manifests::of_objects(services.collect(), sources, &options).diagnostics;
    let refused = refusals(&found, &new);
    if !refused.is_empty() {
        filled = fill(without(any_objects(sources).objects, &refused), assumptions);
        filled.diagnostics.splice(..0, refused);
    }
    filled
}

/// Where the Services are that come from no cluster.
fn new_services(objects: &[AnyObject]) -> FxHashSet<Origin> {
    objects.iter().filter(|object| fill::is_new_service(object)).map(|object| object.origin).collect()
}

/// Why the API server would refuse some of the Services.
fn refusals(found: &[Diagnostic], new: &FxHashSet<Origin>) -> Vec<Diagnostic> {
    let is_refusal = |found: &&Diagnostic| {
        let of_new = found.place.as_ref().is_some_and(|place| new.contains(&place.origin));
        of_new && found.severity() == Severity::Error
    };
    found.iter().filter(is_refusal).cloned().collect()
}

/// The objects without those that are refused.
fn without(mut objects: Vec<AnyObject>, refused: &[Diagnostic]) -> Vec<AnyObject> {
    let refused: FxHashSet<Origin> =
        refused.iter().filter_map(|found| found.place.as_ref()).map(|place| place.origin).collect();
    objects.retain(|object| !refused.contains(&object.origin));
    objects
}
