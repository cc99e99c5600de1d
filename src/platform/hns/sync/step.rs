//! What happened at a step of a sequence.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stand_in::Call;
use crate::name::printable;
use crate::platform::timeline::{CallRecord, Fault, StepRecord};

/// What happened at a step.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) number: usize,
    pub(super) restarts: bool,
    pub(super) events: Vec<String>,
    /// How many of the events asked for a sync; none for the first one of a process, which no event asks for.
    pub(super) requests: Option<usize>,
    /// What others did.
    pub(super) outside: Vec<Value>,
    pub(super) faults: Vec<Fault>,
    pub(super) calls: Vec<Call>,
    pub(super) reads: BTreeMap<&'static str, u32>,
}

impl Step {
    /// The step in words.
    pub(super) fn record(&self) -> StepRecord {
        let call = |call: &Call| CallRecord {
            by: call.by,
            what: call.op.words(),
            on: printable(&call.on),
            members: call.members.iter().map(|member| printable(member)).collect(),
            error: call.error.as_deref().map(printable),
        };
        StepRecord {
            step: self.number,
            restart: self.restarts,
            events: self.events.iter().map(|event| printable(event)).collect(),
            calls: self.calls.iter().map(call).collect(),
        }
    }
}
