//! The flags of a replay: what happens to the node between the steps, and which calls fail.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::ReplayError;
use super::folder::parse_json;
use super::sequence::Sequence;
use super::step::Outside;
use crate::flag::{Flag, FlagError, Given, Takes};
use crate::name::{did_you_mean, escaped, nearest, printable};
use crate::node::{UnknownVersion, Version};
use crate::platform::Platform;
use crate::platform::timeline::Fault;

const HEADING: &str = "Sequence";

/// What others do to HNS.
const EVENTS: Flag = Flag::new(
    "hns-events",
    Takes::Files("FILE"),
    HEADING,
    "What others, as the network plugin, do to HNS before the steps: JSON by numbers of steps; may be repeated",
)
.saying("As in {\"2\": {\"RemoveEndpoints\": [\"10.244.1.6\"]}}: each step with what 02.hns.json may say.");
/// The calls that fail.
const FAULT: Flag = Flag::new(
    "fault",
    Takes::Values("STEP:CALL=ERROR"),
    HEADING,
    "A call that fails, as in 3:CreateLoadBalancer=HCN_E_PORT_ALREADY_EXISTS; may be repeated",
)
.saying(
    "3:CreateLoadBalancer@2x4=0x803b0013 fails the second of these calls of step 3 and the three after it. An ERROR is \
     the symbol or number of an error; hnsplan explain lists them.",
);

/// The other version of kube-proxy.
pub const AGAINST: Flag = Flag::new(
    "against",
    Takes::Value("VERSION"),
    HEADING,
    "Compare with another version of kube-proxy: what clients notice with one and not with the other",
);

/// The flags, in the order in which help lists them.
pub const FLAGS: &[Flag] = &[EVENTS, FAULT, AGAINST];

/// The other version of kube-proxy, if one is given.
///
/// # Errors
/// When it is no version that is known.
pub fn against(given: &Given) -> Result<Option<Version>, FlagError> {
    let version =
        |text: &str| text.parse().map_err(|error: UnknownVersion| AGAINST.error(text, error.to_string()));
    given.one(&AGAINST).map(version).transpose()
}

impl Sequence {
    /// The same with what flags say of its steps, for a platform.
    ///
    /// # Errors
    /// When a value is wrong, or is about a step that there is not.
    pub fn with(mut self, given: &Given, platform: &dyn Platform) -> Result<Self, ReplayError> {
        for text in given.texts(&EVENTS) {
            let events: BTreeMap<usize, Value> = parse_json(text)?;
            for (number, change) in events {
                let (file, numbers) = (escaped(&text.name), self.numbers());
                let reason = |what: &str| ReplayError::Wrong { file: file.clone(), reason: what.to_owned() };
                let Some(step) = self.step_mut(number) else {
                    return Err(reason(&format!("there is no step {number}; steps are {numbers}")));
                };
                if let Some(known) = &step.outside {
                    return Err(reason(&format!("{} is about step {number} already", known.file)));
                }
                step.outside = Some(Outside { file, change });
            }
        }
        for value in given.all(&FAULT) {
            let (number, fault) = fault(value, platform).map_err(|reason| FAULT.error(value, reason))?;
            let numbers = self.numbers();
            let Some(step) = self.step_mut(number) else {
                let reason = format!("there is no step {number}; steps are {numbers}");
                return Err(FAULT.error(value, reason).into());
            };
            step.faults.push(fault);
        }
        Ok(self)
    }
}

const FORM: &str = "expected STEP:CALL=ERROR as in 3:CreateLoadBalancer=HCN_E_PORT_ALREADY_EXISTS";

/// `3:CreateLoadBalancer@2x4=0x803b0013`
fn fault(text: &str, platform: &dyn Platform) -> Result<(usize, Fault), String> {
    let (place, error) = text.split_once('=').ok_or(FORM)?;
    let (step, call) = place.split_once(':').ok_or(FORM)?;
    let step = step.parse().map_err(|_| FORM)?;
    let (op, times) = call.split_once('@').unwrap_or((call, "1"));
    let (nth, count) = times.split_once('x').unwrap_or((times, "1"));
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
    let (Some(nth), Some(count)) = (number(nth), number(count)) else {
        return Err(format!(
            "`{}` does not say which calls fail; expected @2 for the second, @2x4 for that and the three after it",
            printable(times)
        ));
    };
    let (error, code) = error_of(error, platform)?;
    Ok((step, Fault { op: op.into(), nth, count, error, code }))
}

/// An error by its symbol or number, as its text and code. Where a platform has no such table, any text is an error.
fn error_of(text: &str, platform: &dyn Platform) -> Result<(Box<str>, Option<Box<str>>), String> {
    let errors = platform.errors();
    if errors.is_empty() {
        return Ok((text.into(), None));
    }
    let known = errors.iter().find(|error| error.is_named(text));
    let known = known.ok_or_else(|| {
        let near = nearest(text, errors.iter().map(|error| error.symbol));
        let near =
            if near.is_empty() { String::new() } else { format!("did you mean {}? ", near.join(" or ")) };
        format!("`{}` is no known error; {near}hnsplan explain lists them", printable(text))
    })?;
    Ok((known.symbol.into(), Some(format!("0x{:08x}", known.code).into())))
}

/// Refuses calls that fail and that the platform has not.
pub(super) fn check_operations(faults: &[Fault], known: &[&'static str]) -> Result<(), String> {
    let is_unknown = |fault: &&Fault| !known.is_empty() && !known.contains(&&*fault.op);
    let Some(fault) = faults.iter().find(is_unknown) else { return Ok(()) };
    let near = did_you_mean(&fault.op, known.iter().copied());
    Err(format!("`{}` is no call; {near}expected one of {}", printable(&fault.op), known.join(", ")))
}
