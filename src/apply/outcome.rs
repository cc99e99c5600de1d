//! What happens in a run, and how it ends.

use std::time::Duration;

use super::{AnyStep, Failure};

/// Why a run was taken back that was not confirmed.
pub const NOT_CONFIRMED: &str = "the run was not confirmed";

/// Something happens, for whoever watches.
#[derive(Debug)]
pub enum Event<'e> {
    /// A step begins.
    Begun {
        /// Which, from 0.
        number: usize,
        /// It.
        step: &'e AnyStep,
    },
    /// A step is done and verified.
    Done {
        /// Which.
        number: usize,
        /// Whether there was nothing to do.
        adopted: bool,
    },
    /// A call failed, and is made again after a pause.
    Retried {
        /// Why it failed.
        failure: &'e Failure,
        /// The pause.
        pause: Duration,
    },
    /// What was done is taken back from here on.
    TurnedBack {
        /// Why.
        why: &'e str,
    },
    /// A step has been taken back.
    Back {
        /// Which.
        number: usize,
    },
    /// A step was given up.
    Skipped {
        /// Which.
        number: usize,
        /// Why it could not be done.
        failure: &'e Failure,
    },
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    /// All steps are done.
    Applied,
    /// All is as it was before; the text says why.
    RolledBack(String),
    /// It was to be as it was before, and some steps could not be taken back.
    Incomplete {
        /// Why it was turned back.
        why: String,
        /// What could not be taken back.
        left: Vec<Trouble>,
    },
    /// The run is over, but for steps that were given up on request.
    Skipped {
        /// Why it was turned back; empty where it was not.
        why: String,
        /// What was given up.
        left: Vec<Trouble>,
    },
    /// All steps are done or taken back, each of them verified, and still the node is not as it was before.
    Differs {
        /// Why it was turned back; empty where it was not.
        why: String,
    },
}

/// A step that could not be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Which, from 0.
    pub number: usize,
    /// Why.
    pub failure: Failure,
}
