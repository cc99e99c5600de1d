//! What a platform offers to whoever changes it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Failure, Fingerprint};
use crate::diagnostics::Code;
use crate::target::hns::errors::ErrorClass;

/// One change of a node, with all that is needed to take it back.
pub trait Step: Clone + Serialize + DeserializeOwned {
    /// The step that takes this one back.
    #[must_use]
    fn inverse(&self) -> Self;

    /// What it changes, for people.
    fn changes(&self) -> Vec<Change>;

    /// Whether such an answer means that the node was as the step wants it before anybody asked. What it found it
    /// did not make, so it does not take it back.
    fn had_nothing_to_do(&self, _: ErrorClass) -> bool {
        false
    }
}

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

/// A step is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The id that the node gave the object, as the node spells it; `None` where it gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// How a node stands to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// As it was before the step.
    Before,
    /// As it is to be after it.
    After(Done),
    /// Something else stands in the place of what is to be made; the text says what. It is not ours.
    Taken(String),
    /// Neither as before nor as after; the text says how.
    Neither(String),
}

/// Something that makes steps fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// What kind of obstacle.
    pub code: Code,
    /// What is in the way.
    pub what: String,
    /// What to do about it.
    pub advice: String,
    /// Whether a person may decide to go on.
    pub may_be_forced: bool,
}

impl Obstacle {
    /// One that nobody can force.
    #[must_use]
    pub fn new(code: Code, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { code, what: what.into(), advice: advice.into(), may_be_forced: false }
    }

    /// The same, and a person may decide to go on.
    #[must_use]
    pub fn that_may_be_forced(self) -> Self {
        Self { may_be_forced: true, ..self }
    }
}

/// A line of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is done.
    pub sign: Sign,
    /// The kind of object, as in `load balancer`.
    pub kind: &'static str,
    /// Which object.
    pub name: String,
    /// What is worth knowing of it.
    pub detail: String,
    /// The service ports that need it.
    pub services: Vec<String>,
}

/// What is done with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sign {
    /// It is made.
    Add,
    /// It is changed where it stands.
    Change,
    /// It is deleted.
    Destroy,
}

impl Sign {
    /// The sign of Terraform.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Change => "~",
            Self::Destroy => "-",
        }
    }
}
