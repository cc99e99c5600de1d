//! Where clients connect to: every address and port that a rule of any side is about.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Side;
use crate::ir::{Frontend, PassedOverReason, RuleSet, ServicePort};
use crate::net::{Family, Protocol};
use crate::node::NodePortMatch;

/// An address, port and protocol, with the service ports that want it.
#[derive(Debug)]
pub(super) struct Destination<'r> {
    pub(super) to: SocketAddr,
    pub(super) protocol: Protocol,
    /// None where nobody serves.
    pub(super) claims: Vec<Claim<'r>>,
}

/// What a service port wants of an address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'r> {
    pub(super) rules: &'r RuleSet,
    pub(super) port: &'r ServicePort,
    pub(super) wants: Wants<'r>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Wants<'r> {
    /// It is served there.
    Frontend(&'r Frontend),
    /// It names the address, and Kubernetes does not serve it there.
    PassedOver(PassedOverReason),
}

impl<'r> Destination<'r> {
    /// The service ports that want it.
    pub(super) fn ports(&self) -> impl Iterator<Item = &'r ServicePort> + '_ {
        self.claims.iter().map(|claim| claim.port)
    }
}

type Key = (SocketAddr, Protocol);

/// All destinations in the order of their addresses: what the rules of any side name, what their load
/// balancers answer to, and a port that nobody serves at an address with Services and at the node's own.
pub(super) fn destinations<'r>(sides: &[Side<'r>]) -> Vec<Destination<'r>> {
    let hosts = hosts(sides);
    let mut found: Vec<(Key, Option<Claim<'r>>)> = Vec::new();
    for rules in rule_sets(sides) {
        for port in &rules.services {
            claims(rules, port, &hosts, |to, claim| found.push(((to, port.protocol), Some(claim))));
        }
    }
    for (ip, port, protocol) in sides.iter().flat_map(|side| side.target.frontends()) {
        let ips = ip.as_ref().map_or(&*hosts, std::slice::from_ref);
        found.extend(ips.iter().map(|ip| ((SocketAddr::new(*ip, port), protocol), None)));
    }
    found.sort_by_key(|(key, _)| *key);
    let unserved = unserved(&found, &hosts);
    let mut merged: Vec<Destination<'r>> = Vec::new();
    for ((to, protocol), claim) in found {
        match merged.last_mut().filter(|last| (last.to, last.protocol) == (to, protocol)) {
            Some(last) => last.claims.extend(claim),
            None => merged.push(Destination { to, protocol, claims: claim.into_iter().collect() }),
        }
    }
    merged.extend(unserved);
    merged
}

/// The rules of all sides, each once: they differ between versions, and not between targets.
pub(super) fn rule_sets<'r>(sides: &[Side<'r>]) -> Vec<&'r RuleSet> {
    let mut all: Vec<&RuleSet> = Vec::new();
    for side in sides {
        if !all.iter().any(|known| std::ptr::eq(*known, side.rules)) {
            all.push(side.rules);
        }
    }
    all
}

/// The addresses of the node, loopback as well.
fn hosts(sides: &[Side<'_>]) -> Vec<IpAddr> {
    let serving = |rules: &RuleSet, family| match &rules.node.iptables.node_port_addresses.get(family).serving
    {
        NodePortMatch::All => Vec::new(),
        NodePortMatch::Only(ips) => ips.clone(),
    };
    let mut hosts: Vec<IpAddr> = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    for rules in rule_sets(sides) {
        for family in Family::ALL {
            hosts.push(*rules.node.ips.get(family));
            hosts.extend(serving(rules, family));
        }
    }
    hosts.retain(|ip| !ip.is_unspecified());
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

fn claims<'r>(
    rules: &'r RuleSet,
    port: &'r ServicePort,
    hosts: &[IpAddr],
    mut claim: impl FnMut(SocketAddr, Claim<'r>),
) {
    for frontend in &port.frontends {
        let wants = Claim { rules, port, wants: Wants::Frontend(frontend) };
        if let Some(ip) = frontend.address {
            claim(SocketAddr::new(ip, frontend.port), wants);
        } else {
            let own = hosts.iter().filter(|ip| Family::of(**ip) == port.family);
            own.for_each(|ip| claim(SocketAddr::new(*ip, frontend.port), wants));
        }
    }
    for passed_over in &port.passed_over {
        let to = SocketAddr::new(passed_over.address, port.cluster_ip().port);
        claim(to, Claim { rules, port, wants: Wants::PassedOver(passed_over.reason) });
    }
}

/// Destinations that nobody serves; `served` is sorted.
fn unserved<'r>(served: &[(Key, Option<Claim<'r>>)], hosts: &[IpAddr]) -> Vec<Destination<'r>> {
    let free = |ip: IpAddr| {
        let from = served.partition_point(|((to, _), _)| to.ip() < ip);
        let own = served[from..].iter().take_while(|((to, _), _)| to.ip() == ip);
        let taken: std::collections::BTreeSet<u16> = own.map(|((to, _), _)| to.port()).collect();
        (1..=u16::MAX).rev().find(|port| !taken.contains(port)).map(|port| SocketAddr::new(ip, port))
    };
    let of = |family: Family| {
        let vip = served.iter().map(|((to, _), _)| to.ip());
        let vip = vip.filter(|ip| Family::of(*ip) == family).find(|ip| !hosts.contains(ip));
        let own = hosts.iter().copied().find(|ip| Family::of(*ip) == family && !ip.is_loopback());
        vip.into_iter().chain(own)
    };
    let free = Family::ALL.into_iter().flat_map(of).filter_map(free);
    free.map(|to| Destination { to, protocol: Protocol::Tcp, claims: Vec::new() }).collect()
}
