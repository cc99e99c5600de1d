//! What of the tables others have changed, and what of them the kernel would refuse.

use super::IptablesStep;
use crate::answer::step::{Drift, Obstacle, codes};
use crate::name::printable;
use crate::net::{Family, PerFamily};
use crate::platform::iptables::plan::ChainStanding;

/// How many rules of a chain are named.
const NAMED: usize = 3;

/// How the tables differ from what these steps, all that a run did, have left.
pub(super) fn drift(steps: &[IptablesStep], saved: &PerFamily<String>) -> Drift {
    let mut drift = Drift::default();
    for (number, IptablesStep(change)) in steps.iter().enumerate() {
        let saved = saved.get(change.family);
        drift.is_partly_undone |= change.is_partly_undone(saved);
        for (table, chain, standing) in change.others(saved) {
            let what = format!(
                "chain {} of table {} of {} is not as the run left it: {}",
                printable(chain.as_str()),
                table.as_str(),
                program(change.family),
                difference(&standing)
            );
            let advice =
                "another program or person changed it; delete what was added, or put back what is missing";
            let obstacle = Obstacle::new(codes::CHANGED_SINCE, what, advice).that_may_be_forced();
            drift.changed.push(obstacle.of_step(number));
        }
    }
    drift
}

/// Rules of others that lead to chains which steps delete, and rules that could not be put back.
pub(super) fn refusals(steps: &[IptablesStep], saved: &PerFamily<String>) -> Vec<Obstacle> {
    let mut found = Vec::new();
    for (number, IptablesStep(change)) in steps.iter().enumerate() {
        let program = program(change.family);
        for (table, rule, chain) in change.uses_of_deleted_chains(saved.get(change.family)) {
            let (rule, table) = (printable(&rule), table.as_str());
            let what = format!("{program} -t {table} -A {rule} leads to {chain}, which is to be deleted");
            let advice = format!(
                "the kernel deletes no chain that a rule leads to; delete that rule first: {program} -t {table} -D {rule}"
            );
            found.push(Obstacle::new(codes::IN_USE, what, advice).of_step(number));
        }
        for (table, rule) in change.rules_that_cannot_return() {
            let what = format!(
                "the rule `{}` of table {} of {program} contains bytes that are not text, so it could not be put back",
                printable(rule.as_str()),
                table.as_str()
            );
            let advice = "delete that rule, or give it a comment in UTF-8 on one line";
            found.push(Obstacle::new(codes::CHANGED_SINCE, what, advice).of_step(number));
        }
    }
    found
}

fn difference(standing: &ChainStanding) -> String {
    let ChainStanding::Other { more, fewer } = standing else { return String::new() };
    let listed = |rules: &[String], what: &str| {
        let named: Vec<String> =
            rules.iter().take(NAMED).map(|rule| format!("`{}`", printable(rule))).collect();
        let rest = match rules.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!rules.is_empty()).then(|| format!("{what} {}{rest}", named.join(", ")))
    };
    let parts = [listed(more, "it has the rule"), listed(fewer, "it lacks the rule")];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    if text.is_empty() { "its rules stand in another order, or the chain is gone".to_owned() } else { text }
}

fn program(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "iptables",
        Family::Ipv6 => "ip6tables",
    }
}
