//! What happened at a step of a sequence.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stand_in::{Call, Op};
use crate::name::printable;
use crate::platform::hns::errors;
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

/// Why a real HNS refuses a call: of two load balancers with one frontend it keeps the first.
fn refusal(call: &Call) -> Option<String> {
    let first = call.beside.first().filter(|_| call.op == Op::CreateLoadBalancer && call.error.is_none())?;
    let error = errors::of(FRONTEND_TAKEN).expect("it is in the table");
    Some(format!("load balancer {first} has this frontend: 0x{FRONTEND_TAKEN:08X} {}", error.symbol))
}

/// What HNS answers to a second load balancer with a frontend.
const FRONTEND_TAKEN: u32 = 0x803b_0013;

impl Step {
    /// The step in words.
    pub(super) fn record(&self) -> StepRecord {
        let call = |call: &Call| CallRecord {
            by: call.by,
            what: call.op.words().into(),
            on: printable(&call.on),
            members: call.members.iter().map(|member| printable(member)).collect(),
            error: call.error.as_deref().map(printable),
            refusal: refusal(call),
            forgets: Vec::new(),
        };
        StepRecord {
            step: self.number,
            restart: self.restarts,
            events: self.events.iter().map(|event| printable(event)).collect(),
            calls: self.calls.iter().map(call).collect(),
        }
    }
}
