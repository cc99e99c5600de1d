//! One rule of a target is changed: the comparison with what it was shows that, or brute force shows that
//! nothing has changed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use ipnet::IpNet;
use proptest::test_runner::TestRunner;

use super::*;
use crate::answer::verdict::Packet;
use crate::net::{Family, PerFamily, Protocol};
use crate::platform::hns::model::{Address as HnsAddress, Distribution, LoadBalancer, State};
use crate::platform::hns::{Hns, PlanOptions, Semantics, StateModel};
use crate::platform::iptables::lower;
use crate::platform::iptables::model::{
    Address, Command, Is, Match, Probability, Rule, Ruleset, TableName, Target as RuleTarget,
};
use crate::platform::iptables::{Iptables, RulesModel};
use crate::platform::netsh::model::{
    Action, ConnectionName, Description, Endpoints, FirewallRule, Host, Listen, Listener, Object, Remote,
    RuleName, Transport,
};
use crate::platform::netsh::{FirewallUse, Netsh, Plan, PlanModel, Planned};

/// A kind of change, by an amount: what a rule becomes, if it has something of the kind.
type Change<T> = (&'static str, fn(&T, u32) -> Option<Vec<T>>);

/// A rule with another target.
fn to(rule: &Rule, target: RuleTarget) -> Rule {
    Rule { target: Some(target), ..rule.clone() }
}

/// A rule with another match in the place of the first that `change` takes.
fn matching(rule: &Rule, change: impl Fn(&Match) -> Option<Match>) -> Option<Vec<Rule>> {
    let (at, other) = rule.matches.iter().enumerate().find_map(|(at, of)| Some((at, change(of)?)))?;
    let mut rule = rule.clone();
    rule.matches[at] = other;
    Some(vec![rule])
}

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

const OF_IPTABLES: [Change<Rule>; 10] = [
    ("endpoint", |rule, by| {
        let Some(RuleTarget::DestinationNat(socket)) = &rule.target else { return None };
        let mut socket = socket.clone();
        match &mut socket.address {
            Address::Ip(ip) if by.is_multiple_of(2) => *ip = next(*ip),
            _ => socket.port += 1,
        }
        Some(vec![to(rule, RuleTarget::DestinationNat(socket))])
    }),
    ("chance", |rule, by| {
        matching(rule, |of| match of {
            Match::Statistic(chance) => Some(Match::Statistic(Probability::Raw(chance.raw() / (2 + by % 8)))),
            _ => None,
        })
    }),
    ("rule", |rule, _| rule.chain.as_str().starts_with("KUBE-S").then(Vec::new)),
    ("address", |rule, _| {
        matching(rule, |of| match of {
            Match::Destination(Is { not, value: Address::Ip(ip) }) => {
                Some(Match::Destination(Is { not: *not, value: Address::Ip(next(*ip)) }))
            }
            _ => None,
        })
    }),
    ("port", |rule, _| {
        matching(rule, |of| match of {
            Match::DestinationPort(Is { not, value }) => {
                Some(Match::DestinationPort(Is { not: *not, value: value + 1 }))
            }
            _ => None,
        })
    }),
    ("masquerade", |rule, _| match &rule.target {
        Some(RuleTarget::Jump(chain)) if chain.as_str() == "KUBE-MARK-MASQ" => Some(Vec::new()),
        _ => None,
    }),
    ("range", |rule, by| {
        matching(rule, |of| match of {
            Match::Source(Is { not, value: Address::Net(net) }) => {
                Some(Match::Source(Is { not: *not, value: Address::Net(resized(*net, by)?) }))
            }
            _ => None,
        })
    }),
    ("frontend that is left over", |rule, by| left_over(rule, by)),
    ("range of a frontend that is left over", |rule, by| {
        let mut added = left_over(rule, by)?.pop()?;
        added.matches.insert(0, Match::Source(Is::a(Address::Net(some_range(by)))));
        Some(vec![rule.clone(), added])
    }),
    ("address that is taken away", |rule, _| {
        let mut added = matching(rule, |of| match of {
            Match::Destination(Is { not: false, value: Address::Ip(ip) }) => {
                Some(Match::Destination(Is::a(Address::Ip(next(*ip)))))
            }
            _ => None,
        })?
        .pop()?;
        added.matches.retain(|of| matches!(of, Match::Destination(_)));
        Some(vec![rule.clone(), to(&added, RuleTarget::Drop)])
    }),
];

/// A rule for a frontend, and another one for a frontend that no Service has.
fn left_over(rule: &Rule, by: u32) -> Option<Vec<Rule>> {
    let added = if by.is_multiple_of(2) {
        matching(rule, |of| match of {
            Match::Destination(Is { not: false, value: Address::Ip(ip) }) => {
                Some(Match::Destination(Is::a(Address::Ip(next(*ip)))))
            }
            _ => None,
        })
    } else {
        matching(rule, |of| match of {
            Match::DestinationPort(Is { not: false, value }) => {
                Some(Match::DestinationPort(Is::a(value + 1)))
            }
            _ => None,
        })
    };
    Some(vec![rule.clone(), added?.pop()?])
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

const OF_NETSH: [Change<Object>; 8] = [
    ("endpoint", |object, by| {
        let Object::PortProxy(proxy) = object else { return None };
        let mut proxy = proxy.clone();
        match &mut proxy.connect.host {
            Host::Ip(ip) if by.is_multiple_of(2) => *ip = next(*ip),
            _ => proxy.connect.port += 1,
        }
        Some(vec![Object::PortProxy(proxy)])
    }),
    ("port", |object, _| {
        let Object::PortProxy(proxy) = object else { return None };
        let mut proxy = proxy.clone();
        proxy.listener.port += 1;
        Some(vec![Object::PortProxy(proxy)])
    }),
    ("listener", |object, _| matches!(object, Object::PortProxy(_)).then(Vec::new)),
    ("address", |object, _| matches!(object, Object::Address(_)).then(Vec::new)),
    ("firewall range", |object, by| {
        let Object::Firewall(rule) = object else { return None };
        let Remote::Only(some) = &rule.remote else { return None };
        let others = some.iter().copied().filter(|of| *of != some[by as usize % some.len()]).collect();
        let remote = if by.is_multiple_of(2) { Remote::Any } else { Remote::Only(others) };
        Some(vec![Object::Firewall(FirewallRule { remote, ..rule.clone() })])
    }),
    ("firewall range that no Service names", |object, by| {
        let Object::Firewall(rule) = object else { return None };
        let (first, last) = (by % UNIVERSE, by % UNIVERSE + by / UNIVERSE % 8);
        let remote = Remote::Only(vec![Endpoints::Range(ip(first).into(), ip(last).into())]);
        let action = if by.is_multiple_of(2) { Action::Allow } else { Action::Block };
        let changed = FirewallRule { action, remote, ..rule.clone() };
        // In its place, or besides it.
        let kept = (!by.is_multiple_of(3)).then(|| object.clone());
        Some(kept.into_iter().chain([Object::Firewall(changed)]).collect())
    }),
    ("frontend that is left over", |object, by| {
        let Object::PortProxy(proxy) = object else { return None };
        let Listen::Ip(ip) = proxy.listener.address else { return None };
        let mut proxy = proxy.clone();
        let mut added = vec![object.clone()];
        if by.is_multiple_of(2) {
            proxy.listener.address = Listen::Ip(next(ip));
            added.push(claimed(next(ip)));
        } else {
            proxy.listener.port += 1;
        }
        added.push(admitted(&proxy.listener));
        added.push(Object::PortProxy(proxy));
        Some(added)
    }),
    ("address that is left over", |object, _| {
        let Object::Address(address) = object else { return None };
        Some(vec![object.clone(), claimed(next(address.address.ip()))])
    }),
];

/// An address that the node gets for a Service.
fn claimed(ip: IpAddr) -> Object {
    let claimed = netsh::model::Address {
        interface: ConnectionName::new("vEthernet (HNS Internal NIC)").expect("a name"),
        address: netsh::model::Assigned::host(ip),
        gateway: None,
        store: None,
        skip_as_source: None,
    };
    Object::Address(claimed)
}

/// A rule of the firewall that lets everybody get to a listener.
fn admitted(listener: &Listener) -> Object {
    let Listen::Ip(ip) = listener.address else { unreachable!("those of this universe have one") };
    let name = RuleName::of_listener(Family::of(ip), Some(ip), listener.port);
    Object::Firewall(FirewallRule {
        description: Description::new("left over").expect("plain words"),
        name,
        action: Action::Allow,
        protocol: Transport::Tcp,
        local_ip: Some(ip),
        local_port: listener.port,
        remote: Remote::Any,
    })
}

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
                .with_model(Side::held(&Hns), Box::new(StateModel(&before)))
                .with_model(Side::held(&Hns), Box::new(StateModel(&after))),
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
