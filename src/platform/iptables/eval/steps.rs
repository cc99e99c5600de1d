//! The rules that a packet matched on its way, told in words.

use super::Evaluator;
use super::address::loaded_socket;
use super::chains::ChainId;
use crate::answer::verdict::{Rewrite, SourceAddress, TraceStep};
use crate::name::escaped;
use crate::platform::iptables::model::{Rule, Target};
use crate::platform::iptables::write_rule;
use crate::source::Origin;

/// A rule that did something; told only when the way is at its end, as most ways share most rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepTaken {
    pub(super) chain: ChainId,
    /// The position of the rule in its chain; `None` is the policy.
    pub(super) position: Option<usize>,
    /// The chain that it jumped or went to.
    pub(super) led_to: Option<ChainId>,
    pub(super) origin: Option<Origin>,
}

impl StepTaken {
    pub(super) fn tell(self, evaluator: &Evaluator<'_>) -> TraceStep {
        let chain = evaluator.chains.get(self.chain);
        let mut rule = String::new();
        let mut rewrite = None;
        match self.position {
            Some(position) => {
                rule.push_str("-A ");
                write_rule(&mut rule, chain.rule(position));
                rewrite = rewritten(chain.rule(position));
            }
            None => rule = format!("-P {} DROP", chain.name),
        }
        TraceStep {
            within: format!("{} {}", chain.table.as_str(), chain.name).into(),
            number: self.position.map(|position| position + 1),
            rule: escaped(&rule).into(),
            origin: self.origin,
            rewrite,
            ground: None,
        }
    }
}

/// What a rule makes of the packet's addresses.
fn rewritten(rule: &Rule) -> Option<Rewrite> {
    match rule.target.as_ref()? {
        Target::DestinationNat(to) => loaded_socket(to).map(Rewrite::Destination),
        Target::Masquerade { .. } => Some(Rewrite::Source(SourceAddress::Masqueraded)),
        _ => None,
    }
}
