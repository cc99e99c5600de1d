//! Plans as a side: what a node holds when a plan is done.
//!
//! A plan tells what changes and not what stays, so what the node held before, or holds now, is asked for. What
//! the plan makes is taken into it in the place of what answers to the same: of a node on which the plan is done
//! already nothing differs.

use super::input::Content;
use crate::apply::{Plan, PlanError};
use crate::diff::Platform;
use crate::net::PerFamily;
use crate::platform::hns::apply::{HnsStep, fingerprint};
use crate::platform::hns::model::State;
use crate::platform::hns::read::Planned;
use crate::platform::iptables::apply::IptablesStep;
use crate::platform::iptables::model::Ruleset;
use crate::platform::netsh::Captured;
use crate::platform::netsh::apply::NetshStep;
use crate::platform::{hns, iptables, netsh};

/// A plan, of one of the platforms.
pub(super) enum PlanFile {
    /// What hnsplan compile -t hns prints.
    Compiled(Planned),
    /// What hnsplan plan -o FILE writes.
    Hns(Plan<HnsStep>),
    Iptables(Plan<IptablesStep>),
    Netsh(Plan<NetshStep>),
}

/// What a node holds when a plan is done, and what is to be said about it.
pub(super) struct Outcome {
    pub(super) content: Content,
    pub(super) remarks: Vec<String>,
}

impl PlanFile {
    /// Reads what `hnsplan plan -o FILE` writes.
    pub(super) fn saved(text: &str) -> Result<Self, PlanError> {
        match Plan::from_text(text, Platform::Hns.as_str()) {
            Err(PlanError::OtherTarget { found, .. }) if found == Platform::Iptables.as_str() => {
                Plan::from_text(text, Platform::Iptables.as_str()).map(Self::Iptables)
            }
            Err(PlanError::OtherTarget { found, .. }) if found == Platform::Netsh.as_str() => {
                Plan::from_text(text, Platform::Netsh.as_str()).map(Self::Netsh)
            }
            plan => plan.map(Self::Hns),
        }
    }

    pub(super) fn platform(&self) -> Platform {
        match self {
            Self::Compiled(_) | Self::Hns(_) => Platform::Hns,
            Self::Iptables(_) => Platform::Iptables,
            Self::Netsh(_) => Platform::Netsh,
        }
    }

    /// What the node holds when the plan is done. `before` is what HNS held, by `--hns-state`; without it the
    /// other side tells what stays, if that is a dump. Fails where nobody tells it.
    pub(super) fn outcome(
        self,
        name: &str,
        before: Option<&State>,
        other: Option<&Content>,
    ) -> Result<Outcome, String> {
        let of_node = match other {
            Some(Content::Hns(state)) => Some(state),
            _ => None,
        };
        let mut remarks = Vec::new();
        let content = match self {
            Self::Compiled(planned) => match before.or(of_node) {
                _ if !planned.is_of_node() => Content::Hns(planned.state),
                Some(held) => Content::Hns(planned.outcome(held.clone())),
                None => return Err(untold(name, "load balancers and endpoints", HNS_ADVICE)),
            },
            Self::Hns(plan) => {
                let held = match (before.or(of_node), &plan.state) {
                    (Some(held), _) => held.clone(),
                    (None, None) => State::default(),
                    (None, Some(_)) => return Err(untold(name, "load balancers and endpoints", HNS_ADVICE)),
                };
                let was = before.map(fingerprint);
                if was.is_some() && plan.state.is_some() && was != plan.state {
                    remarks.push(format!("--hns-state is not what HNS held when {name} was made"));
                }
                Content::Hns(hns::outcome(&plan.steps, held))
            }
            Self::Iptables(plan) => {
                let held = match (other, &plan.state) {
                    (Some(Content::Iptables(held)), _) => held.clone(),
                    (_, None) => PerFamily::of(|family| Some(Ruleset { family, tables: Vec::new() })),
                    (_, Some(_)) => {
                        return Err(untold(name, "chains", "compare it with iptables-save of the node"));
                    }
                };
                let (rules, untold) = iptables::outcome(&plan.steps, held);
                remarks.extend(untold.into_iter().map(|family| {
                    format!("{name} changes rules of {family}, and the dump tells none: they are not compared; join \
                             both: node.save,node.save6")
                }));
                Content::Iptables(rules)
            }
            Self::Netsh(plan) => {
                let held = match (other, &plan.state) {
                    (Some(Content::Netsh(held)), _) => held.clone(),
                    (_, None) => Captured::default(),
                    (_, Some(_)) => {
                        let advice = "compare it with netsh dump of the node";
                        return Err(untold(name, "addresses and listeners", advice));
                    }
                };
                Content::Netsh(netsh::outcome(&plan.steps, held))
            }
        };
        Ok(Outcome { content, remarks })
    }
}

const HNS_ADVICE: &str =
    "compare it with a dump of the node, or give the dump that it was made from: --hns-state";

fn untold(name: &str, what: &str, advice: &str) -> String {
    format!("{name} tells what changes, and not which {what} stay as they are; {advice}")
}
