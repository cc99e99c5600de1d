//! One change of a node, and how it went.

mod any;
pub mod codes;
mod counts;
mod failure;
mod fingerprint;

use std::fmt::Debug;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::diagnostics::Code;

pub use any::{AnyState, AnyStep};
pub use counts::PlanCounts;
pub use failure::{Again, Failure, FailureClass};
pub use fingerprint::Fingerprint;

/// One change of a node, with all that is needed to take it back.
pub trait Step: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The step that takes this one back.
    #[must_use]
    fn inverse(&self) -> Self;

    /// What it changes, for people.
    fn changes(&self) -> Vec<PlanLine>;

    /// What the object of a line of [`changes`](Self::changes) does before and afterwards, a text for each fact, as far
    /// as it is known: people have to see what changes, not how much.
    fn facts(&self, _: usize) -> [Vec<String>; 2] {
        [Vec::new(), Vec::new()]
    }

    /// Whether such an answer means that the node was as the step wants it before the step was tried. The step did
    /// not make what it found, so taking it back leaves that alone.
    fn had_nothing_to_do(&self, _: FailureClass) -> bool {
        false
    }
}

/// A step is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The id that the node gave the object, as the node spells it; `None` where it gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// Whether a node is as before a step or as after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepStanding {
    /// As before the step.
    Before,
    /// As after the step.
    After(Done),
    /// Another object has the place of the one that is to be made; the text names it. It is not ours.
    Taken(String),
    /// Neither as before nor as after; the text describes the difference.
    Neither(String),
}

/// Something that makes steps fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The kind of obstacle.
    pub code: Code,
    /// What is in the way.
    pub what: String,
    /// What to do about it.
    pub advice: String,
    /// Whether a person may decide to go on.
    pub may_be_forced: bool,
    /// Which of the steps it keeps from being done, from 0; `None` where it keeps all.
    pub step: Option<usize>,
}

/// How a node differs from what a run left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Objects that are neither as the run left them nor as they were before it.
    pub changed: Vec<Obstacle>,
    /// Whether some objects are as before the run.
    pub is_partly_undone: bool,
}

impl Obstacle {
    /// One that cannot be forced.
    #[must_use]
    pub fn new(code: Code, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { code, what: what.into(), advice: advice.into(), may_be_forced: false, step: None }
    }

    /// The same, and a person may decide to go on.
    #[must_use]
    pub fn that_may_be_forced(self) -> Self {
        Self { may_be_forced: true, ..self }
    }

    /// The same, of one of the steps.
    #[must_use]
    pub fn of_step(self, number: usize) -> Self {
        Self { step: Some(number), ..self }
    }
}

/// A line of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// What is done.
    pub sign: Sign,
    /// The kind of object, as in `load balancer`.
    pub kind: &'static str,
    /// Which object.
    pub name: String,
    /// More about it, in a few words.
    pub detail: String,
    /// The service ports that need it.
    pub services: Vec<String>,
}

/// What is done with an object, by the sign of Terraform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Sign {
    /// It is made.
    #[serde(rename = "+")]
    Add,
    /// It is changed where it is.
    #[serde(rename = "~")]
    Change,
    /// It is deleted.
    #[serde(rename = "-")]
    Destroy,
}

impl Sign {
    /// The sign.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Change => "~",
            Self::Destroy => "-",
        }
    }
}
