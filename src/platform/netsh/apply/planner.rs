//! From rules to the steps of netsh.

use super::{NetshState, NetshStep, deletions, steps};
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::platform::netsh::model::Object;
use crate::platform::netsh::{Lowered, Options, Plan, lower};
use crate::scope::Selector;

/// What is to be planned.
pub struct Wish<'w> {
    /// The rules.
    pub rules: &'w RuleSet,
    /// How they are lowered.
    pub options: &'w Options,
    /// The Services that steps are planned for.
    pub selector: &'w Selector,
    /// Delete what the rules need, and what earlier runs made, instead.
    pub destroy: bool,
    /// What the node holds.
    pub state: &'w NetshState,
    /// What earlier runs made.
    pub made: &'w [Object],
}

/// The steps that bring a node from its state to what is wanted, and what is lost.
#[must_use]
pub fn plan_steps(wish: &Wish<'_>) -> (Vec<NetshStep>, Vec<Diagnostic>) {
    let Lowered { mut plan, diagnostics, .. } = lower(wish.rules, wish.options);
    let is_partial = !wish.selector.is_all();
    if is_partial {
        plan.objects.retain(|of| of.owners.iter().any(|owner| wish.selector.selects(owner)));
    }
    let Wish { state, made, .. } = *wish;
    let steps = match (wish.destroy, is_partial) {
        (true, true) => deletions(&plan, state, made),
        (true, false) => steps(&Plan { objects: Vec::new(), ..plan }, state, made),
        (false, true) => steps(&plan, state, &[]),
        (false, false) => steps(&plan, state, made),
    };
    (steps, diagnostics)
}
