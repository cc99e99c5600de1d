//! Plans as a side: what a node holds when a plan is done.
//!
//! A plan tells what changes and not what stays, so what the node held before, or holds now, is needed. What the
//! plan makes takes the place of what answers to the same: on a node where the plan is done already nothing
//! differs.

use super::ReadingError;
use super::asked::Remarks;
use crate::apply::{Plan, PlanError};
use crate::net::PerFamily;
use crate::platform::hns::apply::{HnsStep, fingerprint};
use crate::platform::hns::model::State;
use crate::platform::hns::{HnsHeld, read_plan};
use crate::platform::iptables::apply::IptablesStep;
use crate::platform::iptables::{IptablesHeld, model::Ruleset};
use crate::platform::netsh::apply::NetshStep;
use crate::platform::netsh::{Captured, NetshHeld};
use crate::platform::{DumpText, Held, Platform, hns, iptables, netsh};

/// A plan, of one of the platforms.
pub struct PlanFile(Kind);

enum Kind {
    /// What hnsplan compile -t hns prints.
    Compiled(hns::read::Planned),
    /// What hnsplan plan --out FILE writes.
    Hns(Plan<HnsStep>),
    Iptables(Plan<IptablesStep>),
    Netsh(Plan<NetshStep>),
}

impl PlanFile {
    /// Reads a plan.
    pub(super) fn read(text: &DumpText, remarks: &mut Remarks) -> Result<Self, ReadingError> {
        if let Some((planned, problems)) = read_plan(&text.name, &text.text) {
            remarks.0.extend(problems.into_iter().map(|problem| problem.message));
            return Ok(Self(Kind::Compiled(planned)));
        }
        let of_compile = "hnsplan compile -t hns prints one as well";
        Self::saved(&text.text).map_err(|error| ReadingError(format!("{}: {error}; {of_compile}", text.name)))
    }

    fn saved(text: &str) -> Result<Self, PlanError> {
        let kind = match Plan::from_text(text, "hns") {
            Err(PlanError::OtherTarget { found, .. }) if found == "iptables" => {
                Plan::from_text(text, "iptables").map(Kind::Iptables)
            }
            Err(PlanError::OtherTarget { found, .. }) if found == "netsh" => {
                Plan::from_text(text, "netsh").map(Kind::Netsh)
            }
            plan => plan.map(Kind::Hns),
        };
        kind.map(Self)
    }

    /// The platform that it is for.
    #[must_use]
    pub fn platform(&self) -> &'static dyn Platform {
        match self.0 {
            Kind::Compiled(_) | Kind::Hns(_) => &hns::Hns,
            Kind::Iptables(_) => &iptables::Iptables,
            Kind::Netsh(_) => &netsh::Netsh,
        }
    }

    /// What the node holds when the plan is done. `before` is what it held when the plan was made; without it the
    /// other side tells what stays, if that is a dump.
    pub(super) fn outcome(
        self,
        name: &str,
        before: Option<&dyn Held>,
        other: Option<&dyn Held>,
        remarks: &mut Remarks,
    ) -> Result<Box<dyn Held>, ReadingError> {
        let state = |held: Option<&dyn Held>| -> Option<State> {
            held.and_then(<dyn Held>::typed::<HnsHeld>).map(|held| held.state.clone())
        };
        Ok(match self.0 {
            Kind::Compiled(planned) => {
                let state = if planned.is_of_node() {
                    match state(before).or_else(|| state(other)) {
                        Some(held) => planned.outcome(held),
                        None => return Err(untold(name, "load balancers and endpoints", HNS_ADVICE)),
                    }
                } else {
                    planned.state
                };
                Box::new(HnsHeld { state, is_planned: true })
            }
            Kind::Hns(plan) => {
                let (was, now) = (state(before), state(other));
                let before = was.as_ref().map(fingerprint);
                if before.is_some() && plan.state.is_some() && before != plan.state {
                    remarks.0.push(format!("the dump is not what the node held when {name} was made"));
                }
                let held = match (was.or(now), &plan.state) {
                    (Some(held), _) => held,
                    (None, None) => State::default(),
                    (None, Some(_)) => return Err(untold(name, "load balancers and endpoints", HNS_ADVICE)),
                };
                Box::new(HnsHeld { state: hns::outcome(&plan.steps, held), is_planned: true })
            }
            Kind::Iptables(plan) => {
                let other = other.and_then(<dyn Held>::typed::<IptablesHeld>);
                let held = match (other, &plan.state) {
                    (Some(held), _) => held.rules.clone(),
                    (None, None) => PerFamily::of(|family| Some(Ruleset { family, tables: Vec::new() })),
                    (None, Some(_)) => {
                        return Err(untold(name, "chains", "compare it with iptables-save of the node"));
                    }
                };
                let (rules, unknown) = iptables::outcome(&plan.steps, held);
                remarks.0.extend(unknown.into_iter().map(|family| {
                    format!("{name} changes rules of {family}, and the dump has none: they are not compared; join \
                             both: node.save,node.save6")
                }));
                Box::new(IptablesHeld { rules, is_planned: true })
            }
            Kind::Netsh(plan) => {
                let other = other.and_then(<dyn Held>::typed::<NetshHeld>);
                let held = match (other, &plan.state) {
                    (Some(held), _) => held.captured.clone(),
                    (None, None) => Captured::default(),
                    (None, Some(_)) => {
                        let advice = "compare it with netsh dump of the node";
                        return Err(untold(name, "addresses and listeners", advice));
                    }
                };
                Box::new(NetshHeld { captured: netsh::outcome(&plan.steps, held), is_planned: true })
            }
        })
    }
}

const HNS_ADVICE: &str =
    "compare it with a dump of the node, or pass the dump that it was made from with --dump";

fn untold(name: &str, what: &str, advice: &str) -> ReadingError {
    ReadingError(format!("{name} contains what changes, and not which {what} stay as they are; {advice}"))
}
