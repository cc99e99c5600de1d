//! kube-proxy in iptables mode over a sequence of events: the text of each sync, and what the node holds after it.
//!
//! ```text
//! proxier ─► what changed, full or partial ─► lower: the text ─► tables: the node, table by table
//! ```
//!
//! A full sync writes everything; a partial one all dispatch, and the chains of those Services that changed. The rules
//! here are those that recordings of kube-proxy 1.30 and 1.36 over sequences of events show.

mod call;
mod proxier;
mod tables;

pub(super) use proxier::OPERATIONS;

use self::proxier::Proxier;
use self::tables::Tables;
use super::held::recognize;
use super::model::{ChainName, Ruleset};
use super::{IptablesHeld, read};
use crate::ir::RuleSet;
use crate::name::escaped;
use crate::net::Family;
use crate::platform::Match;
use crate::platform::later_syncs::Replay;
use crate::platform::timeline::{Start, StartError, Timeline};

/// A kube-proxy on a node that holds at the beginning what was dumped of it.
///
/// # Errors
/// When a dump cannot be read.
pub(super) fn timeline(start: &Start<'_>) -> Result<Box<dyn Timeline>, StartError> {
    let before = before(start).map_err(StartError::Held)?;
    let proxier = |family: Family| {
        let held = before.iter().find(|rules| rules.family == family);
        Proxier::new(family, held.map_or_else(|| fresh(start.rules, family), Tables::holding))
    };
    let primary = start.rules.node.primary_family;
    Ok(Box::new(Replay::new(Family::ALL.map(proxier), primary, start.keeps)))
}

/// A node of which no dump tells; the chains that the input names are there.
fn fresh(rules: &RuleSet, family: Family) -> Tables {
    let names = rules.node.iptables.existing_nat_chains.iter().filter_map(|name| ChainName::new(name));
    Tables::with_chains(family, names)
}

/// What dumps tell of the node at the beginning.
fn before(start: &Start<'_>) -> Result<Vec<Ruleset>, String> {
    if let Some(held) = start.held.get::<IptablesHeld>() {
        return Ok(Family::ALL.iter().filter_map(|family| held.rules.get(*family).clone()).collect());
    }
    let mut found = Vec::new();
    for dump in start.before.iter().filter(|dump| recognize(&dump.text) == Match::Certain) {
        let family = if dump.name.contains("ip6tables") { Family::Ipv6 } else { Family::Ipv4 };
        let (rules, problems) = read(&dump.text, family);
        if let Some(problem) = problems.first() {
            return Err(format!("{}:{}: {}", escaped(&dump.name), problem.line, problem.message));
        }
        found.push(rules);
    }
    Ok(found)
}
