//! Leaves the rules of selected Services: their chains, and their rules in the chains that all Services share.

use super::index::{Chains, is_shared, service_of};
use super::owners::Owners;
use crate::platform::iptables::model::{ChainName, Command, Rule, Ruleset, TableName};
use crate::scope::Selector;

/// Leaves what is for selected Services. In large clusters rules of endpoints have no comments: where nothing leads
/// to their chain any more, `other` tells whose it is.
pub(super) fn restrict(rules: &mut Ruleset, other: Option<&Ruleset>, selector: &Selector) {
    let owners = [Some(&*rules), other].map(|rules| rules.map(|rules| Owners::of_side(&Chains::new(rules))));
    let is_of_service = |table: TableName, chain: ChainName| {
        let owner = owners.iter().flatten().find_map(|owners| owners.get(&(table, chain)));
        owner.is_some_and(|service| selector.selects(service))
    };
    let is_selected = |table: TableName, rule: &Rule| {
        if is_shared(rule.chain) {
            service_of(rule).is_some_and(|service| selector.selects(service))
        } else {
            is_of_service(table, rule.chain)
        }
    };
    for table in &mut rules.tables {
        let name = table.name;
        table.chains.retain(|chain| is_of_service(name, chain.name));
        table.commands.retain(|command| match command {
            Command::Append(rule) | Command::Insert(rule) => is_selected(name, rule),
            Command::DeleteChain(chain) => is_of_service(name, *chain),
        });
    }
}
