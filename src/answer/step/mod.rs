//! One change of a node, and how it went.

pub mod codes;
mod failure;
mod fingerprint;
mod tally;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::diagnostics::Code;

pub use failure::{Again, Failure, FailureClass};
pub use fingerprint::Fingerprint;
pub use tally::Tally;

/// One change of a node, with all that is needed to take it back.
pub trait Step: Clone + Serialize + DeserializeOwned {
    /// The step that takes this one back.
    #[must_use]
    fn inverse(&self) -> Self;

    /// What it changes, for people.
    fn changes(&self) -> Vec<Change>;

    /// Whether such an answer means that the node was as the step wants it before anybody asked. What it found it
    /// did not make, so it does not take it back.
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
