//! Where clients connect to: every address and port that a rule of any side is about.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Participant;
use crate::ir::{self, PassedOverReason, RuleSet, ServicePort};
use crate::net::{Family, Protocol};
use crate::platform::{Site, SiteAddress};

/// An address, port and protocol, with the service ports that want it.
#[derive(Debug)]
pub(super) struct Destination<'r> {
    pub(super) to: SocketAddr,
    pub(super) protocol: Protocol,
    /// None where no Service does.
    pub(super) claims: Vec<Claim<'r>>,
    /// Whether a rule or a Service names the port; else it stands for all that nobody serves.
    pub(super) is_named: bool,
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
    Frontend(&'r ir::Frontend),
    /// It names the address, and Kubernetes does not serve it there.
    PassedOver(PassedOverReason),
}

impl<'r> Destination<'r> {
    /// One that stands for all ports that nobody serves.
    fn of_nobody(to: SocketAddr) -> Self {
        Self { to, protocol: Protocol::Tcp, claims: Vec::new(), is_named: false }
    }

    /// The service ports that want it.
    pub(super) fn ports(&self) -> impl Iterator<Item = &'r ServicePort> + '_ {
        self.claims.iter().map(|claim| claim.port)
    }
}

type Key = (SocketAddr, Protocol);

/// All destinations in the order of their addresses: what the rules of any side name, whether Services want
/// that or not, and a port that nobody serves at an address with Services and at the node's own.
pub(super) fn destinations<'r>(sides: &[Participant<'r>]) -> Vec<Destination<'r>> {
    let hosts = hosts(sides);
    let mut found: Vec<(Key, Option<Claim<'r>>)> = Vec::new();
    for rules in rule_sets(sides) {
        for port in &rules.services {
            claims(rules, port, &hosts, |to, claim| found.push(((to, port.protocol), Some(claim))));
        }
    }
    for Site { at, port, protocol } in sides.iter().flat_map(|side| side.target.sites()) {
        let mut named = |ip: IpAddr| found.push(((SocketAddr::new(ip, port), protocol), None));
        match at {
            SiteAddress::Address(ip) => named(ip),
            SiteAddress::Node(family) => {
                let of_family = |ip: &&IpAddr| family.is_none_or(|family| Family::of(**ip) == family);
                hosts.iter().filter(of_family).copied().for_each(&mut named);
            }
        }
    }
    found.sort_by_key(|(key, _)| *key);
    let mut unserved = unserved(&found, &hosts);
    unserved.extend(without_port(sides, &found));
    let mut merged: Vec<Destination<'r>> = Vec::new();
    for ((to, protocol), claim) in found {
        match merged.last_mut().filter(|last| (last.to, last.protocol) == (to, protocol)) {
            Some(last) => last.claims.extend(claim),
            None => {
                merged.push(Destination {
                    to,
                    protocol,
                    claims: claim.into_iter().collect(),
                    is_named: true,
                });
            }
        }
    }
    merged.extend(unserved);
    merged
}

/// The rules of all sides, each once: they differ between versions, and not between targets.
pub(super) fn rule_sets<'r>(sides: &[Participant<'r>]) -> Vec<&'r RuleSet> {
    let mut all: Vec<&RuleSet> = Vec::new();
    for side in sides {
        if !all.iter().any(|known| std::ptr::eq(*known, side.rules)) {
            all.push(side.rules);
        }
    }
    all
}

/// The addresses of the node, loopback as well.
fn hosts(sides: &[Participant<'_>]) -> Vec<IpAddr> {
    let mut hosts: Vec<IpAddr> = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    for rules in rule_sets(sides) {
        hosts.extend(&rules.node.addresses.own);
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
        let taken: BTreeSet<u16> = at(ip, served).map(|((to, _), _)| to.port()).collect();
        (1..=u16::MAX).rev().find(|port| !taken.contains(port)).map(|port| SocketAddr::new(ip, port))
    };
    let of = |family: Family| {
        let vip = served.iter().map(|((to, _), _)| to.ip());
        let vip = vip.filter(|ip| Family::of(*ip) == family).find(|ip| !hosts.contains(ip));
        let own = hosts.iter().copied().find(|ip| Family::of(*ip) == family && !ip.is_loopback());
        vip.into_iter().chain(own)
    };
    Family::ALL.into_iter().flat_map(of).filter_map(free).map(Destination::of_nobody).collect()
}

/// A destination at each address that some rule is about, and none with a port; `served` is sorted.
fn without_port<'r>(sides: &[Participant<'r>], served: &[(Key, Option<Claim<'r>>)]) -> Vec<Destination<'r>> {
    let addresses: BTreeSet<IpAddr> = sides.iter().flat_map(|side| side.target.addresses()).collect();
    let apart = addresses.into_iter().filter(|ip| at(*ip, served).next().is_none());
    apart.map(|ip| Destination::of_nobody(SocketAddr::new(ip, u16::MAX))).collect()
}

/// What is at an address; `served` is sorted.
fn at<'s, 'r>(
    ip: IpAddr,
    served: &'s [(Key, Option<Claim<'r>>)],
) -> impl Iterator<Item = &'s (Key, Option<Claim<'r>>)> {
    let from = served.partition_point(|((to, _), _)| to.ip() < ip);
    served[from..].iter().take_while(move |((to, _), _)| to.ip() == ip)
}
