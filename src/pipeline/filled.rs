//! Manifests as a cluster would complete them, read by the same walk over the texts as without that.

use rustc_hash::FxHashSet;

use super::{Setup, Unread};
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

/// The objects of some texts with all that a cluster would add, none of which could not be read.
#[derive(Debug)]
pub struct Completed {
    /// The objects, without those that the API server would refuse.
    pub objects: Vec<AnyObject>,
    /// What was assumed.
    pub assumed: Assumed,
    /// What was found, in the order of the stages.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the objects of texts and adds what a cluster would add.
///
/// # Errors
/// When one of them cannot be read: what it asks for is not known.
pub fn complete(sources: &Sources, assumptions: &Assumptions) -> Result<Completed, Box<Unread>> {
    complete_with(sources, assumptions, |_| {})
}

/// The same for objects that are changed before.
///
/// # Errors
/// When one of them cannot be read.
pub fn complete_with(
    sources: &Sources,
    assumptions: &Assumptions,
    change: impl Fn(&mut Vec<AnyObject>),
) -> Result<Completed, Box<Unread>> {
    let AnyObjects { mut objects, mut diagnostics, unread, .. } = any_objects(sources);
    Unread::check(unread, &diagnostics, sources)?;
    change(&mut objects);
    let new = new_services(&objects);
    let mut filled = fill(objects, assumptions);
    // `fill` refuses what hangs on the cluster and on other Services; what is wrong with a Service by itself is found
    // where all manifests are checked.
    let services = filled.objects.iter().filter(|object| object.kind() == ("v1", "Service")).cloned();
    let options = Setup::default().read_options();
    let found = Manifests::of_objects(services.collect(), sources, &options).diagnostics;
    let refused = refusals(&found, &new);
    if !refused.is_empty() {
        let mut objects = without(any_objects(sources).objects, &refused);
        change(&mut objects);
        filled = fill(objects, assumptions);
        filled.diagnostics.splice(..0, refused);
    }
    let unread = filled.unread();
    let Filled { objects, assumed, diagnostics: found, .. } = filled;
    diagnostics.extend(found);
    Unread::check(unread, &diagnostics, sources)?;
    Ok(Completed { objects, assumed, diagnostics })
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
