//! What one sync writes of the rules of a family: all of them, or the dispatch to all service ports and the chains of some.

use std::mem;

use rustc_hash::FxHashSet;

use super::super::model::{ChainName, Ruleset};
use super::super::names::fixed::{NODE_PORTS, SERVICES};
use super::{Group, Lowering, fixed, service};
use crate::ir::{RuleSet, ServicePort};
use crate::net::{Family, Protocol};

/// What every sync writes of each service port, kept from one to the next.
#[derive(Debug, Default)]
pub(in crate::platform::iptables) struct Dispatch(Vec<(Box<str>, Protocol, Always)>);

/// What every sync writes of a service port, and the chains that are in use whether they are written or not.
#[derive(Debug)]
struct Always {
    group: Group,
    chains: Vec<ChainName>,
}

impl Always {
    fn of(group: &Group) -> Self {
        let mut always = Group { filter: group.filter.clone(), ..Group::default() };
        let commands = group.nat.commands.iter().filter(|command| is_fixed(command.chain()));
        always.nat.commands.extend(commands.cloned());
        Self { group: always, chains: group.nat.chains.iter().map(|chain| chain.name).collect() }
    }
}

/// What one sync writes of the rules of a family. `is_written` tells of which service ports it writes the chains: of all
/// in a full sync. `is_same` tells which are what they were at the sync before, of which the dispatch is kept.
/// `existing` are the chains of the nat table that it looks through for stale ones.
pub(in crate::platform::iptables) fn lower_sync(
    rules: &RuleSet,
    family: Family,
    is_written: impl Fn(&ServicePort) -> bool,
    is_same: impl Fn(&ServicePort) -> bool,
    existing: Vec<ChainName>,
    dispatch: &mut Dispatch,
) -> Ruleset {
    let lowering = Lowering::new(rules, family);
    let mut all = fixed::head(&lowering);
    // What a partial sync leaves out is in use all the same.
    let mut active: FxHashSet<ChainName> = FxHashSet::default();
    let is_looked_for = !existing.is_empty();
    if is_looked_for {
        active.extend(all.nat.chains.iter().map(|chain| chain.name));
    }
    // Both are in the order of service ports.
    let mut known = mem::take(&mut dispatch.0).into_iter().peekable();
    for port in rules.services_of(family) {
        let place = (&*port.id, port.protocol);
        while known.next_if(|(id, protocol, _)| (&**id, *protocol) < place).is_some() {}
        let same = known.next_if(|(id, protocol, _)| (&**id, *protocol) == place);
        let (id, always) = match same {
            Some((id, _, always)) if is_same(port) && !is_written(port) => {
                all.append(always.group.clone());
                (id, always)
            }
            _ => {
                let group = service::lower(port, &lowering);
                let always = Always::of(&group);
                all.append(if is_written(port) { group } else { always.group.clone() });
                (port.id.clone(), always)
            }
        };
        if is_looked_for {
            active.extend(&always.chains);
        }
        dispatch.0.push((id, port.protocol, always));
    }
    all.append(fixed::tail(&lowering, existing, &active));
    all.into_rules(family)
}

/// Whether a chain of the nat table is there whatever the Services are.
fn is_fixed(chain: ChainName) -> bool {
    [SERVICES, NODE_PORTS].contains(&chain)
}
