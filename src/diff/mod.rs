//! What two sets of rules differ in: object by object between two of one platform, frontend by frontend
//! between any two.
//!
//! ```text
//! reading ─► both sides: compiled, read from dumps, or left by plans
//! effect ─► which packets both sides treat differently
//! conclusion ─► whether both are the same, as far as both tell
//! cause ─► which fields of the manifests changed, and the Services they are about
//! ```
//!
//! Order counts only where the platform gives it a meaning, ids never do, and what a dump cannot show is
//! undecided.
//!
//! **Invariant:** nothing is drawn here, and no platform is named.

mod cause;
mod conclusion;
mod effect;
mod reading;
mod story;

pub use crate::answer::artifact::Artifact;
pub use crate::answer::change::{
    Comparison, Counts, Defect, FieldChange, Gap, ObjectChange, ObjectKind, Ownership, Standing, Subject,
    Verb, Weight,
};
pub use crate::answer::directory::{Directory, Named};
pub use crate::answer::frontend::{Aspect, FrontendAt};
pub use crate::sheet::{Ground, Marks, Pairing, Row, Sheet, sheet, sheet_of};
pub use cause::{Cause, causes};
pub use conclusion::Conclusion;
pub use effect::Flows;
pub use reading::{
    Asked, Content, ManifestFiles, Manifests, Material, Pair, Reading, ReadingError, SideFormat,
};
pub use story::{Story, StoryError, tell_story};

use crate::platform::Objects;
use crate::scope::Selector;

/// Compares two sides object by object; `None` if they are of two platforms, which have no object in common.
#[must_use]
pub fn compare(
    sides: &mut [Box<dyn Objects>; 2],
    directory: &Directory<'_>,
    ownership: &Ownership,
) -> Option<Comparison> {
    compare_selected(sides, directory, ownership, &Selector::default())
}

/// The same for the objects of some Services. Nothing else is left of the sides.
#[must_use]
pub fn compare_selected(
    sides: &mut [Box<dyn Objects>; 2],
    directory: &Directory<'_>,
    ownership: &Ownership,
    selector: &Selector,
) -> Option<Comparison> {
    let [one, other] = sides;
    one.prepare(&**other);
    other.prepare(&**one);
    if !selector.is_all() {
        one.restrict(&**other, directory, selector);
        other.restrict(&**one, directory, selector);
    }
    let platform = one.platform();
    (platform == other.platform()).then(|| {
        let mut found = platform.compare([&mut **one, &mut **other], directory, ownership);
        if !selector.is_all() {
            // What is said of the node as a whole is not about these Services.
            found.findings.retain(|finding| selector.selects_any(&finding.subject.services));
        }
        found
    })
}
