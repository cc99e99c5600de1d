//! What every platform is asked when steps are planned for a node.

use super::{Held, Holdings, PLANNED_BY_DEFAULT, Platform};
use crate::answer::step::{AnyState, AnyStep, Step};
use crate::diagnostics::Diagnostic;
use crate::node::NodeContext;
use crate::scope::Selector;

/// What is to be planned of the wanted rules.
#[derive(Clone, Copy)]
pub struct PlanRequest<'r> {
    /// The Services that steps are planned for.
    pub selector: &'r Selector,
    /// Delete what the rules need, and what earlier runs made, instead.
    pub destroy: bool,
    /// The steps that earlier runs carried out: what they made may be deleted.
    pub made: &'r [AnyStep],
    /// What the node holds; `None` where that is not known.
    pub state: Option<&'r AnyState>,
}

/// The steps that bring a node from its state to what is wanted.
#[derive(Debug, Default)]
pub struct PlannedSteps {
    /// What to do, in this order.
    pub steps: Vec<AnyStep>,
    /// What a person should know: what is lost, and what cannot be planned.
    pub diagnostics: Vec<Diagnostic>,
    /// How many of the diagnostics say that the node is not as it should be, and that the steps do not change that.
    pub unmet: usize,
}

/// Why nothing can be planned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanningError {
    /// The platform has nothing that belongs to single Services.
    #[error("{0}")]
    Selection(&'static str),
    /// The plan hangs on what the state of the node does not tell; the text says what tells it.
    #[error("no plan can be made: {0}")]
    NotTold(String),
    /// A dump of the platform lacks what plans need; the text names it.
    #[error("no plan for {0} can be made from the dump: {1}")]
    FromDump(&'static str, &'static str),
    /// There are dumps, and none of them is of the platform.
    #[error("no dump is of {0}; name another target with -t")]
    OtherDump(&'static str),
    /// The node runs Linux, and the platform is of Windows.
    #[error(
        "node {0} runs Linux, so {1} changes nothing for it; name the node whose state it is with --node, or another target with -t"
    )]
    OfLinux(String, &'static str),
    /// The platform has no steps.
    #[error("plans cannot be made for {0}: it has no steps")]
    Unsupported(&'static str),
}

impl Holdings {
    /// The platform that is planned for, and the state of the node if a dump tells it: the platform that is named, or
    /// else the only one that the node holds something of.
    ///
    /// # Errors
    /// When no dump is of the platform, or the dump lacks what plans need.
    pub fn to_plan(
        &self,
        named: Option<&'static dyn Platform>,
    ) -> Result<(&'static dyn Platform, Option<AnyState>), PlanningError> {
        let mut held = self.iter().map(Held::platform);
        let only = held.next().filter(|_| held.next().is_none());
        let platform = named.or(only).unwrap_or(PLANNED_BY_DEFAULT);
        match self.of(platform) {
            Some(held) => {
                let state = platform.state_of(held);
                let state = state.map_err(|lacks| PlanningError::FromDump(platform.name(), lacks))?;
                Ok((platform, Some(state)))
            }
            None if self.iter().next().is_some() => Err(PlanningError::OtherDump(platform.name())),
            None => Ok((platform, None)),
        }
    }
}

/// What a node holds when a plan is done.
#[derive(Debug)]
pub struct PlanOutcome {
    /// What it holds; `None` where that depends on what it held before, and nothing is known of that.
    pub held: Option<Box<dyn Held>>,
    /// What a person should know about it, a line each; safe to print.
    pub remarks: Vec<String>,
}

impl PlanningError {
    /// Refuses a plan for a platform of Windows where the label of the node says that it runs Linux: its state is another
    /// node's.
    pub(super) fn of_linux(node: &NodeContext, target: &'static str) -> Result<(), Self> {
        match node.name.as_ref().filter(|_| node.runs_linux) {
            Some(name) => Err(Self::OfLinux(name.to_string(), target)),
            None => Ok(()),
        }
    }
}

impl<'r> PlanRequest<'r> {
    /// For these Services, on a node of which nothing is known.
    #[must_use]
    pub fn new(selector: &'r Selector) -> Self {
        Self { selector, destroy: false, made: &[], state: None }
    }

    /// The state of the node with its type.
    #[must_use]
    pub fn state<T: 'static>(&self) -> Option<&T> {
        self.state.and_then(AnyState::typed)
    }

    /// The steps of earlier runs with their type.
    pub fn made<S: Step>(&self) -> impl Iterator<Item = &S> {
        self.made.iter().filter_map(|step| step.typed().ok())
    }
}

impl PlanOutcome {
    /// One without remarks.
    #[must_use]
    pub fn of(held: Option<Box<dyn Held>>) -> Self {
        Self { held, remarks: Vec::new() }
    }
}
