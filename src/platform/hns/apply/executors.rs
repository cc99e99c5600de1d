//! Who carries out plans of HNS.

use std::path::Path;

use super::HnsNode;
use super::hcn::Hcn;
use super::sim::{Habits, Sim};
use crate::answer::step::Failure;
use crate::flag::{Flag, Given, Takes, parse_duration};
use crate::platform::executor::{AnyExecutor, EXECUTOR_HEADING, ExecutorKind, OpenError};

/// The executors of HNS.
pub const EXECUTORS: &[ExecutorKind] = &[
    ExecutorKind { name: "hcn", argument: "", about: "HNS of this Windows", flags: &[], open: open_hcn },
    ExecutorKind {
        name: "sim",
        argument: "FILE",
        about: "a simulated HNS in a JSON file",
        flags: &[FAULT, PAUSE, OWN_IDS],
        open: open_sim,
    },
];

const FAULT: Flag = Flag::new(
    "sim-fault",
    Takes::Values("FAULT"),
    EXECUTOR_HEADING,
    "Make a call of the simulated HNS fail: CALL=CODE, CALL=CODE:done (fails, and is done all the same) or \
     CALL=ignored",
)
.for_experts();

const PAUSE: Flag =
    Flag::new("sim-pause", Takes::Value("TIME"), EXECUTOR_HEADING, "Duration of a call of the simulated HNS")
        .or("0s")
        .for_experts();

const OWN_IDS: Flag = Flag::new(
    "sim-own-ids",
    Takes::Nothing,
    EXECUTOR_HEADING,
    "The simulated HNS chooses the ids of new objects itself",
)
.for_experts();

fn open_hcn(_: &str, _: &Given) -> Result<Box<dyn AnyExecutor>, OpenError> {
    let hcn = Hcn::of_system().map_err(Failure::from)?;
    Ok(Box::new(HnsNode::new(hcn)))
}

fn open_sim(file: &str, given: &Given) -> Result<Box<dyn AnyExecutor>, OpenError> {
    let pause = given.one(&PAUSE).unwrap_or("0s");
    let habits = Habits {
        faults: given.parse_all(&FAULT)?,
        gives_own_ids: given.has(&OWN_IDS),
        pause: parse_duration(pause).map_err(|reason| PAUSE.error(pause, reason))?,
    };
    Ok(Box::new(HnsNode::new(Sim::open(Path::new(file), habits)?)))
}
