//! Kinds of differences: what two verdicts on one packet differ in, in the words of Services.

use std::net::{IpAddr, SocketAddr};

use super::Participant;
use super::destination::{Claim, Destination, Wants};
use crate::answer::verdict::{Affinity, Effect, Fate, SourceAddress};
use crate::check::codes;
use crate::diagnostics::Code;
use crate::ir::{Frontend, FrontendKind, PassedOverReason, Pool, Route, RuleSet, Selection, ServicePort};
use crate::net::Family;
use crate::trace::{Client, ClientKind};

/// How much chances may differ: iptables writes them with ten digits, and the errors of a long chain add up.
const TOLERANCE: f64 = 1e-6;

/// What a packet is about, between two sides.
pub(super) struct Question<'q, 'r> {
    pub(super) sides: [&'q Participant<'r>; 2],
    pub(super) client: &'q Client,
    pub(super) destination: &'q Destination<'r>,
}

impl Question<'_, '_> {
    /// All that two effects differ in; nothing where one of them is undecided.
    pub(super) fn differences(&self, effects: [&Effect<'_>; 2]) -> Vec<Code> {
        let [one, other] = effects;
        if one.is_same(other, TOLERANCE) != Some(false) {
            return Vec::new();
        }
        match effects.map(End::of) {
            [End::Delivered, End::Delivered] => self.deliveries(effects),
            [End::Delivered, to] => vec![self.one_sided(one, self.sides, to)],
            [to, End::Delivered] => vec![self.one_sided(other, [self.sides[1], self.sides[0]], to)],
            [End::Rejected, End::Rejected] | [End::Dropped, End::Dropped] => Vec::new(),
            [End::Rejected, _] | [_, End::Rejected] => vec![codes::REJECTED],
            [End::Dropped, _] | [_, End::Dropped] => vec![codes::DROPPED],
            // A health check that kube-proxy answers on one side only.
            [End::Answered, _] | [_, End::Answered] => vec![codes::DELIVERED],
            [End::Unhandled, End::Unhandled] => vec![codes::SOURCE],
        }
    }

    /// Why only the first of two sides delivers; the `silent` one does something else `instead`.
    fn one_sided(
        &self,
        delivering: &Effect<'_>,
        [serving, silent]: [&Participant<'_>; 2],
        instead: End,
    ) -> Code {
        if let Some(code) = self.passed_over() {
            return code;
        }
        let Some(served) = self.frontend() else {
            let is_left_over = serving.target.is_dump();
            return if is_left_over { codes::STALE_FRONTEND } else { codes::UNKNOWN_FRONTEND };
        };
        let Served { port, frontend, .. } = served;
        let endpoints = || -> Vec<SocketAddr> { Shares::of(delivering).endpoints().collect() };
        if self.sides_differ() && self.is_of_one_manifest(&endpoints()) {
            return codes::DELIVERED;
        }
        let ip = self.client.ip;
        if instead == End::Dropped
            && frontend.restricted
            && !port.source_ranges.iter().any(|range| range.contains(&ip))
        {
            return codes::SOURCE_RANGES;
        }
        let is_node_port = frontend.kind == FrontendKind::NodePort;
        let is_own = matches!(self.client.kind, ClientKind::Localhost | ClientKind::Node);
        if is_node_port && !is_own && self.is_no_node_port_address() {
            return codes::NODE_PORT_ADDRESSES;
        }
        if self.is_of_one_make() {
            return codes::DELIVERED;
        }
        if is_node_port && is_own {
            return codes::OWN_NODE_PORT;
        }
        if !silent.target.forwards(port.protocol) {
            return codes::PROTOCOL;
        }
        self.lack_of_endpoints(served, &endpoints()).unwrap_or(codes::DELIVERED)
    }

    /// Why one side has no endpoint for a client at all, and the other one delivers to some.
    fn lack_of_endpoints(&self, served: Served<'_>, delivering: &[SocketAddr]) -> Option<Code> {
        let Served { port, frontend, .. } = served;
        let is_inside = self.client.kind != ClientKind::Outside;
        let route = if is_inside { frontend.inside } else { frontend.outside };
        let has_any = |route| port.pool(route).is_some_and(|pool| !pool.members.is_empty());
        // Endpoints that end, and those of the node's own address, are not served by every platform.
        let is_served_everywhere = |route| {
            port.pool(route).is_some_and(|pool| {
                pool.selection != Selection::Terminating && served.ips(pool).any(|ip| !served.is_host(ip))
            })
        };
        if port.pool(route).is_some_and(|pool| pool.selection == Selection::Terminating) {
            return Some(codes::TERMINATING);
        }
        if !has_any(route) {
            return Some(codes::NOT_READY);
        }
        if is_inside
            && frontend.inside == Route::Cluster
            && frontend.outside != Route::Cluster
            && !is_served_everywhere(frontend.outside)
        {
            return Some(codes::LOCAL_POLICY);
        }
        delivering.iter().all(|to| served.is_host(to.ip())).then_some(codes::HOST_ENDPOINT)
    }

    /// What differs between packets that both sides deliver.
    fn deliveries(&self, effects: [&Effect<'_>; 2]) -> Vec<Code> {
        let [one, other] = effects.map(Shares::of);
        let mut codes = Vec::new();
        let (ips, other_ips) = (one.ips(), other.ips());
        if ips != other_ips {
            let is_missing = |ips: &[IpAddr], to: &SocketAddr| ips.binary_search(&to.ip()).is_err();
            let only_one = one.endpoints().filter(|to| is_missing(&other_ips, to));
            let only_one = only_one.chain(other.endpoints().filter(|to| is_missing(&ips, to)));
            let only_one: Vec<SocketAddr> = only_one.collect();
            let known = self.frontend().filter(|_| !self.is_of_one_make());
            let known = known.filter(|_| !self.is_of_one_manifest(&only_one));
            let known = known.and_then(|served| self.by_endpoints(served, &only_one));
            codes.push(known.unwrap_or(codes::ENDPOINTS));
        } else if !one.endpoints().eq(other.endpoints()) {
            codes.push(codes::PORTS);
        } else if one.chances().zip(other.chances()).any(|(a, b)| (a - b).abs() > TOLERANCE) {
            codes.push(codes::SHARES);
        }
        if one.affinities != other.affinities {
            let is_lost = [&one, &other].iter().any(|shares| shares.affinities.contains(&None));
            codes.push(if is_lost { codes::AFFINITY } else { codes::AFFINITY_TIMEOUT });
        }
        if one.shares.iter().any(|(to, share)| other.sees(to).is_some_and(|seen| *seen != share.seen)) {
            codes.push(codes::SOURCE);
        }
        codes
    }

    /// Why endpoints are served on one side only, where Services tell.
    fn by_endpoints(&self, served: Served<'_>, only_one: &[SocketAddr]) -> Option<Code> {
        let Served { port, frontend, .. } = served;
        let mut pools: Vec<IpAddr> =
            [&port.cluster, &port.local].into_iter().flat_map(|pool| served.ips(pool)).collect();
        pools.sort_unstable();
        let is_used = |to: &SocketAddr| pools.binary_search(&to.ip()).is_ok();
        // Where local pods are told by the network of the whole cluster, pods of other nodes count as such.
        let is_inside = self.client.kind != ClientKind::Outside;
        let route = if is_inside { frontend.inside } else { frontend.outside };
        let follows_hints = |pool: &Pool| matches!(pool.selection, Selection::SameZone | Selection::SameNode);
        if !only_one.iter().any(is_used) && !self.sides_differ() {
            // With hints, all ready endpoints are more than those of the pools.
            let are_ready = only_one.iter().all(|to| served.is_ready(to.ip()));
            if follows_hints(&port.cluster) && are_ready {
                return Some(codes::HINTS);
            }
            // Which are none of the Service's, no platform uses for a reason.
            return only_one.iter().all(|to| served.has(to.ip())).then_some(codes::NOT_READY);
        }
        match port.pool(route).map(|pool| pool.selection) {
            Some(Selection::SameZone | Selection::SameNode) if self.sides_differ() => Some(codes::HINTS),
            Some(Selection::Terminating) => Some(codes::TERMINATING),
            _ if is_inside && frontend.inside == Route::Cluster && frontend.outside != Route::Cluster => {
                Some(codes::LOCAL_POLICY)
            }
            _ if only_one.iter().all(|to| served.is_host(to.ip())) => Some(codes::HOST_ENDPOINT),
            _ => None,
        }
    }

    /// Whether the Services of one side lack any of these endpoints, as those of yesterday's manifests may. Then the
    /// rules differ because they should, and neither platform nor version explains it.
    fn is_of_one_manifest(&self, endpoints: &[SocketAddr]) -> bool {
        let has = |rules: &RuleSet, ip: IpAddr| {
            let mut ports = self.destination.claims.iter().filter(|claim| std::ptr::eq(claim.rules, rules));
            ports.any(|claim| {
                claim.port.endpoints.iter().any(|of| rules.backend(of.backend).address.ip() == Some(ip))
            })
        };
        let lacks_any = |side: &&Participant<'_>| endpoints.iter().any(|to| !has(side.rules, to.ip()));
        self.sides_differ() && self.sides.iter().any(lacks_any)
    }

    fn sides_differ(&self) -> bool {
        !std::ptr::eq(self.sides[0].rules, self.sides[1].rules)
    }

    /// Whether both sides do the same by what is known of their platform and version: then no cause of the tables
    /// makes them differ, and one of them is not what it should be.
    fn is_of_one_make(&self) -> bool {
        let [one, other] = self.sides.map(|side| side.target.side.platform);
        one == other && !self.sides_differ()
    }

    fn frontend(&self) -> Option<Served<'_>> {
        self.destination.claims.iter().find_map(|Claim { rules, port, wants }| match wants {
            Wants::Frontend(frontend) => Some(Served { rules, port, frontend }),
            Wants::PassedOver(_) => None,
        })
    }

    fn passed_over(&self) -> Option<Code> {
        if self.frontend().is_some() {
            return None;
        }
        self.destination.claims.iter().find_map(|claim| match claim.wants {
            Wants::PassedOver(PassedOverReason::ModeProxy) => Some(codes::MODE_PROXY),
            Wants::PassedOver(PassedOverReason::OtherFamily) | Wants::Frontend(_) => None,
        })
    }

    /// Whether the address is not one at which a side serves node ports, by its `nodePortAddresses` or without any.
    fn is_no_node_port_address(&self) -> bool {
        let ip = self.destination.to.ip();
        self.sides.iter().any(|Participant { rules, target, .. }| {
            !target.side.platform.node_port_addresses(&rules.node, Family::of(ip)).has(ip)
        })
    }
}

/// The service port that serves a destination.
#[derive(Clone, Copy)]
struct Served<'r> {
    rules: &'r RuleSet,
    port: &'r ServicePort,
    frontend: &'r Frontend,
}

impl Served<'_> {
    /// Whether an address is the node's own, which pods on the host network have.
    fn is_host(&self, ip: IpAddr) -> bool {
        self.rules.node.addresses.has(ip)
    }

    /// Whether an endpoint of the service port has an address.
    fn has(&self, ip: IpAddr) -> bool {
        self.port.endpoints.iter().any(|of| self.rules.backend(of.backend).address.ip() == Some(ip))
    }

    /// The same of one that is ready.
    fn is_ready(&self, ip: IpAddr) -> bool {
        let mut backends = self.port.endpoints.iter().map(|of| self.rules.backend(of.backend));
        backends.any(|backend| backend.ready && backend.address.ip() == Some(ip))
    }

    fn ips(&self, pool: &Pool) -> impl Iterator<Item = IpAddr> {
        let backends = pool.members.iter().map(|id| self.port.endpoint(*id).backend);
        backends.filter_map(|id| self.rules.backend(id).address.ip())
    }
}

/// What becomes of all packets like one, where that is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Delivered,
    Answered,
    Unhandled,
    Rejected,
    Dropped,
}

impl End {
    /// Where one packet is delivered and the next one is not, the end is that of the first.
    fn of(effect: &Effect<'_>) -> Self {
        match effect.fates().first() {
            Some((Fate::Endpoint(_), _)) => Self::Delivered,
            Some((Fate::Rejected, _)) => Self::Rejected,
            Some((Fate::Dropped, _)) => Self::Dropped,
            Some((Fate::Answered(_), _)) => Self::Answered,
            Some((Fate::Unhandled(_) | Fate::Undecided(_), _)) | None => Self::Unhandled,
        }
    }
}

/// Who gets packets, how often, and whom they see.
struct Shares {
    /// In the order of the endpoints, each once.
    shares: Vec<(SocketAddr, Share)>,
    /// Of all of them, each once, in order: some endpoints may remember clients and others not.
    affinities: Vec<Option<Affinity>>,
}

/// What one endpoint gets.
struct Share {
    chance: f64,
    seen: Vec<Seen>,
}

/// Whom an endpoint sees; how its answers find back is not its business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Client,
    Node,
    SourceVip(IpAddr),
}

impl Seen {
    fn of(source: SourceAddress) -> Self {
        match source {
            SourceAddress::Kept | SourceAddress::DirectReturn => Self::Client,
            SourceAddress::Masqueraded => Self::Node,
            SourceAddress::SourceVip(ip) => Self::SourceVip(ip),
        }
    }
}

impl Shares {
    fn of(effect: &Effect<'_>) -> Self {
        let mut all = Self { shares: Vec::with_capacity(effect.fates().len()), affinities: Vec::new() };
        for (fate, chance) in effect.fates() {
            // Fates are in the order of the endpoints.
            let Fate::Endpoint(to) = fate else { break };
            let seen = Seen::of(to.source);
            if !all.affinities.contains(&to.affinity) {
                all.affinities.push(to.affinity);
            }
            match all.shares.last_mut().filter(|(last, _)| *last == to.endpoint) {
                Some((_, share)) => {
                    share.chance += chance;
                    share.seen.push(seen);
                }
                None => all.shares.push((to.endpoint, Share { chance: *chance, seen: vec![seen] })),
            }
        }
        all.affinities.sort_unstable();
        for (_, share) in &mut all.shares {
            share.seen.sort_unstable();
            share.seen.dedup();
        }
        all
    }

    fn endpoints(&self) -> impl Iterator<Item = SocketAddr> {
        self.shares.iter().map(|(to, _)| *to)
    }

    fn chances(&self) -> impl Iterator<Item = f64> {
        self.shares.iter().map(|(_, share)| share.chance)
    }

    /// The addresses of the endpoints, in order, each once.
    fn ips(&self) -> Vec<IpAddr> {
        let mut ips: Vec<IpAddr> = self.endpoints().map(|to| to.ip()).collect();
        ips.dedup();
        ips
    }

    /// Whom an endpoint sees, if it is one of these.
    fn sees(&self, to: &SocketAddr) -> Option<&Vec<Seen>> {
        let at = self.shares.binary_search_by_key(to, |(to, _)| *to).ok()?;
        Some(&self.shares[at].1.seen)
    }
}
