//! Changes of rules of iptables.

use super::*;
use crate::platform::iptables::model::{Address, Is, Match, Probability, Target as RuleTarget};

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

pub(super) const OF_IPTABLES: [Change<Rule>; 10] = [
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
