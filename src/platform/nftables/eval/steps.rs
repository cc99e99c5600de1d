//! The rules that a packet matched on its way, told in words.

use std::net::SocketAddr;

use super::Evaluator;
use super::tables::ChainId;
use crate::answer::verdict::{Rewrite, SourceAddress, TraceStep};
use crate::name::escaped;
use crate::platform::nftables::model::{Element, family_word};
use crate::platform::nftables::write::{push_element_body, push_rule};
use crate::source::Origin;

/// A rule that did something; told only when the way is at its end, as most ways share most rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepTaken<'r> {
    pub(super) chain: ChainId,
    /// The position of the rule in its chain; `None` is the policy.
    pub(super) position: Option<usize>,
    /// The element whose verdict it took.
    pub(super) element: Option<&'r Element>,
    /// The chain that it jumped or went to.
    pub(super) led_to: Option<ChainId>,
    pub(super) origin: Option<Origin>,
    pub(super) rewrite: Option<Rewrite>,
}

impl<'r> StepTaken<'r> {
    pub(super) fn of(chain: ChainId, position: Option<usize>) -> Self {
        Self { chain, position, element: None, led_to: None, origin: None, rewrite: None }
    }

    pub(super) fn translates(self, endpoint: SocketAddr) -> Self {
        Self { rewrite: Some(Rewrite::Destination(endpoint)), ..self }
    }

    pub(super) fn masquerades(self) -> Self {
        Self { rewrite: Some(Rewrite::Source(SourceAddress::Masqueraded)), ..self }
    }

    pub(super) fn tell(self, evaluator: &Evaluator<'r>) -> TraceStep {
        let chain = evaluator.tables.get(self.chain);
        let mut rule = String::new();
        match self.position {
            Some(position) => push_rule(&mut rule, evaluator.family, &chain.rules[position]),
            None => rule.push_str("policy drop"),
        }
        if let Some(element) = self.element {
            rule.push_str(" { ");
            push_element_body(&mut rule, element);
            rule.push_str(" }");
        }
        TraceStep {
            within: format!("{} {}", family_word(evaluator.family), chain.name).into(),
            number: self.position.map(|position| position + 1),
            rule: escaped(&rule).into(),
            origin: self.origin,
            rewrite: self.rewrite,
            ground: None,
        }
    }
}
