//! One rule of a target is changed: the comparison with what it was shows that, or brute force shows that
//! nothing has changed.

#[path = "iptables/tests.rs"]
mod of_iptables;
#[path = "netsh/tests.rs"]
mod of_netsh;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use ipnet::IpNet;
use proptest::test_runner::TestRunner;

use self::of_iptables::OF_IPTABLES;
use self::of_netsh::OF_NETSH;
use super::*;
use crate::answer::verdict::Packet;
use crate::net::{Family, PerFamily, Protocol};
use crate::platform::hns::model::{Address as HnsAddress, Distribution, LoadBalancer, State};
use crate::platform::hns::{Hns, PlanOptions, Semantics, StateModel};
use crate::platform::iptables::lower;
use crate::platform::iptables::model::{Command, Rule, Ruleset, TableName};
use crate::platform::iptables::{Iptables, RulesModel};
use crate::platform::netsh::model::Object;
use crate::platform::netsh::{FirewallUse, Netsh, Plan, PlanModel, Planned};

/// A kind of change, by an amount: what a rule becomes, if it has something of the kind.
type Change<T> = (&'static str, fn(&T, u32) -> Option<Vec<T>>);

fn next(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from(u32::from(ip) + 1).into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

/// The other half, the half, or the double of a network.
fn resized(net: IpNet, by: u32) -> Option<IpNet> {
    let length = net.prefix_len();
    match by % 3 {
        0 => net.subnets(length + 1).ok()?.nth(1),
        1 => net.subnets(length + 1).ok()?.next(),
        _ => net.supernet(),
    }
}

/// A network of the universe that no Service names, but for chance.
fn some_range(by: u32) -> IpNet {
    IpNet::new(ip((by % UNIVERSE) & !3).into(), 30).expect("a length of IPv4")
}

/// Changes to what HNS holds. Its members are told by ids, which no dump shares between endpoints.
const OF_HNS: [Change<LoadBalancer>; 6] = [
    ("load balancer", |_, _| Some(Vec::new())),
    ("member", |balancer, by| {
        let mut balancer = balancer.clone();
        let at = (by as usize).checked_rem(balancer.endpoints.len())?;
        balancer.endpoints.remove(at);
        Some(vec![balancer])
    }),
    ("port of members", |balancer, _| {
        let mut balancer = balancer.clone();
        balancer.port_mappings.first_mut()?.internal_port += 1;
        Some(vec![balancer])
    }),
    ("port", |balancer, _| {
        let mut balancer = balancer.clone();
        balancer.port_mappings.first_mut()?.external_port += 1;
        Some(vec![balancer])
    }),
    ("affinity", |balancer, _| {
        let mut balancer = balancer.clone();
        let mapping = balancer.port_mappings.first_mut()?;
        let is_kept = mapping.distribution == Distribution::SOURCE_IP;
        mapping.distribution = if is_kept { Distribution::TUPLE } else { Distribution::SOURCE_IP };
        Some(vec![balancer])
    }),
    ("frontend that is left over", |balancer, by| {
        let mut added = balancer.clone();
        added.id = None;
        match added.frontend_vips.first().and_then(HnsAddress::ip) {
            Some(vip) if by.is_multiple_of(2) => {
                added.frontend_vips = vec![HnsAddress::spelled(next(vip), None)];
            }
            _ => added.port_mappings.first_mut()?.external_port += 1,
        }
        Some(vec![balancer.clone(), added])
    }),
];

/// One of the rules that can be changed so, by its position, with what it becomes.
fn chosen<T>(all: impl Iterator<Item = T>, change: Change<T>, by: u32) -> Option<(usize, Vec<T>)> {
    let able = all.enumerate().filter_map(|(at, rule)| Some((at, (change.1)(&rule, by)?)));
    let mut able: Vec<(usize, Vec<T>)> = able.collect();
    let at = (by as usize).checked_rem(able.len())?;
    Some(able.swap_remove(at))
}

fn changed_rules(rules: &Ruleset, change: Change<Rule>, by: u32) -> Option<Ruleset> {
    let mut rules = rules.clone();
    let nat = rules.tables.iter_mut().find(|table| table.name == TableName::Nat)?;
    let appended = nat.commands.iter().filter_map(|command| match command {
        Command::Append(rule) => Some(rule.clone()),
        _ => None,
    });
    let (at, becomes) = chosen(appended, change, by)?;
    let mut positions = (0..).zip(&nat.commands).filter(|(_, of)| matches!(of, Command::Append(_)));
    let (at, _): (usize, _) = positions.nth(at)?;
    nat.commands.splice(at..=at, becomes.into_iter().map(Command::Append));
    Some(rules)
}

fn changed_state(state: &State, change: Change<LoadBalancer>, by: u32) -> Option<State> {
    let mut state = state.clone();
    let (at, becomes) = chosen(state.load_balancers.iter().cloned(), change, by)?;
    state.load_balancers.splice(at..=at, becomes);
    Some(state)
}

fn changed_plan(plan: &Plan, change: Change<Object>, by: u32) -> Option<Plan> {
    let mut plan = plan.clone();
    let (at, becomes) = chosen(plan.objects.iter().map(|of| of.object.clone()), change, by)?;
    let owners = plan.objects[at].owners.clone();
    let becomes = becomes.into_iter().map(|object| Planned { object, owners: owners.clone() });
    plan.objects.splice(at..=at, becomes);
    Some(plan)
}

/// Every packet of the universe: to all that the cluster serves, and to what is beside it.
fn packets(clients: &Clients) -> impl Iterator<Item = Packet> + '_ {
    let own = [20, 21, 40, 41].map(|low| IpAddr::from(ip(low)));
    let cluster_ips = [10, 11].map(|low| Ipv4Addr::new(10, 96, 0, low).into());
    let addresses = own.into_iter().chain(cluster_ips);
    let to = addresses.flat_map(|ip| [80, 81, 30080, 30081].map(|port| SocketAddr::new(ip, port)));
    to.flat_map(move |to| {
        sources_of_universe().map(move |source| clients.at(source).packet(Protocol::Tcp, to))
    })
}

/// Whether a packet of the universe has another verdict, as far as that is decided.
fn differ(clients: &Clients, [before, after]: [&Target<'_>; 2]) -> Option<Packet> {
    packets(clients).find(|packet| {
        let (before, after) = (before.effect(packet), after.effect(packet));
        before.same_effect(&after, 1e-6) == Some(false)
    })
}

/// Compares the target before a change with the one after it.
fn is_found(compiled: &Compiled, models: &Models<'_>) -> Result<bool, TestCaseError> {
    let targets = models.targets();
    let clients = Clients::of(&compiled.cluster, &compiled.rules);
    let sides: Vec<Participant<'_>> =
        targets.iter().map(|target| Participant { rules: &compiled.rules, target }).collect();
    let comparison = compare(&clients, &sides);
    for finding in &comparison.findings {
        let [before, after] = finding.between.of(&finding.example.verdicts);
        prop_assert_eq!(before.same_effect(after, 1e-6), Some(false), "{:?}", finding);
    }
    let is_found = !comparison.findings.is_empty();
    if !is_found {
        prop_assert_eq!(differ(&clients, [&targets[0], &targets[1]]), None);
    }
    Ok(is_found)
}

/// Makes each change to a rule of each of so many clusters; each must be found somewhere.
fn each_change_is_found<T>(
    clusters: u32,
    changes: &[Change<T>],
    check: impl Fn(&Compiled, Change<T>, u32) -> Result<bool, TestCaseError>,
) {
    let found: RefCell<BTreeMap<&str, usize>> = RefCell::default();
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(clusters) };
    let result = TestRunner::new(config).run(&(small(), any::<u32>()), |(small, by)| {
        let compiled = small.compile();
        for change in changes {
            let is_found = check(&compiled, *change, by)
                .map_err(|error| TestCaseError::fail(format!("{}: {error}", change.0)))?;
            *found.borrow_mut().entry(change.0).or_default() += usize::from(is_found);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    for (kind, found) in found.into_inner() {
        assert!(found > 0, "a changed {kind} was found in none of {clusters} clusters");
    }
}

#[test]
fn a_changed_rule_of_iptables_is_found() {
    each_change_is_found(48, &OF_IPTABLES, |compiled, change, by| {
        let before = lower(&compiled.rules, Family::Ipv4);
        let Some(after) = changed_rules(&before, change, by) else { return Ok(false) };
        let ipv4 = |rules| PerFamily { ipv4: Some(rules), ipv6: None };
        let (before, after) = (ipv4(before), ipv4(after));
        let models = Models::new(Context::of(&compiled.rules))
            .with_model(Side::held(&Iptables), Box::new(RulesModel::held(&before)))
            .with_model(Side::held(&Iptables), Box::new(RulesModel::held(&after)));
        is_found(compiled, &models)
    });
}

#[test]
fn a_changed_load_balancer_of_hns_is_found() {
    each_change_is_found(96, &OF_HNS, |compiled, change, by| {
        let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
        let before = plan.after(&compiled.rules, None).state;
        let Some(after) = changed_state(&before, change, by) else { return Ok(false) };
        is_found(
            compiled,
            &Models::new(Context::of(&compiled.rules))
                .with_model(Side::held(&Hns), Box::new(StateModel::new(&before)))
                .with_model(Side::held(&Hns), Box::new(StateModel::new(&after))),
        )
    });
}

#[test]
fn a_changed_object_of_netsh_is_found() {
    each_change_is_found(192, &OF_NETSH, |compiled, change, by| {
        let options = netsh::Options { firewall: FirewallUse::AllowAndBlock, ..Default::default() };
        let before = compiled.netsh(&options).plan;
        let Some(after) = changed_plan(&before, change, by) else { return Ok(false) };
        is_found(
            compiled,
            &Models::new(Context::of(&compiled.rules))
                .with_model(Side::wanted(&Netsh), Box::new(PlanModel(before)))
                .with_model(Side::wanted(&Netsh), Box::new(PlanModel(after))),
        )
    });
}
