//! What a platform offers to whoever changes a node.

use crate::answer::step::{Done, Failure, Fingerprint, Obstacle, Standing, Step};

/// A platform on one node.
///
/// Steps name objects as the plan does. A node may give an object another id; what it gave is told with
/// [`Done`], kept in the journal, and said again with [`recall`](Self::recall) before later steps.
pub trait Executor {
    /// The kind of plan that it carries out: `hns`, `iptables`, `netsh`.
    const TARGET: &'static str;

    /// A change of this platform.
    type Step: Step;
    /// What it holds.
    type State;

    /// What tells whether a state is still the one that a plan was made from.
    fn fingerprint(state: &Self::State) -> Fingerprint;

    /// Reads what is there now.
    ///
    /// # Errors
    /// When the platform does not answer.
    fn read(&mut self) -> Result<Self::State, Failure>;

    /// What stands in the way of these steps, known before the first one is carried out.
    ///
    /// # Errors
    /// When the platform does not answer.
    fn obstacles(&mut self, steps: &[Self::Step]) -> Result<Vec<Obstacle>, Failure>;

    /// Carries a step out.
    ///
    /// # Errors
    /// What the platform answered. Whether the step was done all the same, [`look`](Self::look) tells.
    fn run(&mut self, step: &Self::Step) -> Result<Done, Failure>;

    /// Looks how the node stands to a step.
    ///
    /// # Errors
    /// When the platform does not answer.
    fn look(&mut self, step: &Self::Step) -> Result<Standing, Failure>;

    /// Is told what came of a step, now or in an earlier process, in the order in which it happened.
    fn recall(&mut self, step: &Self::Step, done: &Done);
}
