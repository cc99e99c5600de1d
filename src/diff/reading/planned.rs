//! Plans as a side: what a node holds when a plan is done.
//!
//! A plan contains what changes and not what stays, so what the node held before, or holds now, is needed. What the
//! plan makes takes the place of what has the same identity: on a node where the plan is done already nothing
//! differs.

use super::ReadingError;
use super::remarks::Remarks;
use crate::apply::NodePlan;
use crate::platform::{DumpText, Held, PlanOutcome, Platform, all};

/// A plan.
pub struct PlanFile(Kind);

enum Kind {
    /// One that hnsplan compile prints.
    Compiled(&'static dyn Platform, DumpText),
    /// One that hnsplan plan --out FILE writes.
    Saved(NodePlan),
}

impl PlanFile {
    /// Reads a plan.
    pub(super) fn read(text: &DumpText) -> Result<Self, ReadingError> {
        let compiled = all().iter().find(|platform| platform.outcome_of_text(text, None).is_some());
        if let Some(platform) = compiled {
            return Ok(Self(Kind::Compiled(*platform, text.clone())));
        }
        let plan = NodePlan::from_text(&text.text);
        plan.map(|plan| Self(Kind::Saved(plan)))
            .map_err(|error| ReadingError(format!("{}: {error}", text.name)))
    }

    /// The platform that it is for.
    #[must_use]
    pub fn platform(&self) -> &'static dyn Platform {
        match &self.0 {
            Kind::Compiled(platform, _) => *platform,
            Kind::Saved(plan) => plan.platform(),
        }
    }

    /// What the node holds when the plan is done. `before` is what it held when the plan was made; without it the
    /// other side has what stays, if that is a dump.
    pub(super) fn outcome(
        self,
        name: &str,
        before: Option<&dyn Held>,
        other: Option<&dyn Held>,
        remarks: &mut Remarks,
    ) -> Result<Box<dyn Held>, ReadingError> {
        let platform = self.platform();
        let is_own = |held: &&dyn Held| held.platform() == platform;
        let (before, other) = (before.filter(is_own), other.filter(is_own));
        let held = before.or(other);
        let outcome = match self.0 {
            Kind::Compiled(platform, text) => platform.outcome_of_text(&text, held),
            Kind::Saved(plan) => {
                let was = before.and_then(|held| platform.state_of(held).ok()).map(|was| was.fingerprint());
                if was.is_some() && plan.state.is_some() && was != plan.state {
                    remarks.0.push(format!("the dump is not what the node held when {name} was made"));
                }
                let is_known = held.is_some() || plan.state.is_none();
                is_known.then(|| platform.outcome(&plan.steps, held))
            }
        };
        let PlanOutcome { held, remarks: more } = outcome.unwrap_or(PlanOutcome::of(None));
        remarks.0.extend(more);
        held.ok_or_else(|| {
            ReadingError(format!(
                "{name} contains what changes, and not what stays as it is; compare it with a dump of the node, or \
                 pass the dump that it was made from with --dump"
            ))
        })
    }
}
