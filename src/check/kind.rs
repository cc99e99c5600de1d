//! Kinds of differences: what two verdicts on one packet differ in, in the words of Services.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use super::Side;
use super::destination::{Claim, Destination, Wants};
use crate::diagnostics::Code;
use crate::ir::{Frontend, FrontendKind, PassedOverReason, Pool, Route, RuleSet, Selection, ServicePort};
use crate::net::Family;
use crate::node::NodePortMatch;
use crate::trace::{Client, ClientKind, Conclusion, Summary};
use crate::verdict::{Affinity, Fate, SourceAddress, Verdict};

/// How much chances may differ: iptables writes them with ten digits, and the errors of a long chain add up.
const TOLERANCE: f64 = 1e-6;

/// What a packet is about, between two sides.
pub(super) struct Question<'q, 'r> {
    pub(super) sides: [&'q Side<'r>; 2],
    pub(super) client: &'q Client,
    pub(super) destination: &'q Destination<'r>,
}

/// Two verdicts cannot be compared, since one of them is undecided.
pub(super) struct Undecided;

impl Question<'_, '_> {
    /// All that two verdicts differ in.
    pub(super) fn differences(&self, verdicts: [&Verdict; 2]) -> Result<Vec<Code>, Undecided> {
        let [one, other] = verdicts;
        match one.same_effect(other, TOLERANCE) {
            None => return Err(Undecided),
            Some(true) => return Ok(Vec::new()),
            Some(false) => {}
        }
        let ends = verdicts.map(End::of);
        Ok(match ends {
            [End::Delivered, End::Delivered] => self.deliveries(verdicts),
            [End::Delivered, to] => vec![self.one_sided(one, to)],
            [to, End::Delivered] => vec![self.one_sided(other, to)],
            [End::Rejected, End::Rejected] | [End::Dropped, End::Dropped] => Vec::new(),
            [End::Rejected, _] | [_, End::Rejected] => vec![Code::DifferRejected],
            [End::Dropped, _] | [_, End::Dropped] => vec![Code::DifferDropped],
            [End::Unhandled, End::Unhandled] => vec![Code::DifferSource],
        })
    }

    /// Why only one side delivers; the other does `instead`.
    fn one_sided(&self, delivering: &Verdict, instead: End) -> Code {
        if let Some(code) = self.passed_over() {
            return code;
        }
        let Some(served) = self.frontend() else { return Code::DifferUnknownFrontend };
        let Served { port, frontend, .. } = served;
        let ip = self.client.ip;
        if instead == End::Dropped
            && frontend.restricted
            && !port.source_ranges.iter().any(|range| range.contains(&ip))
        {
            return Code::DifferSourceRanges;
        }
        if frontend.kind == FrontendKind::NodePort {
            if matches!(self.client.kind, ClientKind::Localhost | ClientKind::Node) {
                return Code::DifferOwnNodePort;
            }
            if self.is_no_node_port_address() {
                return Code::DifferNodePortAddresses;
            }
        }
        self.by_endpoints(served, delivering.endpoints()).unwrap_or(Code::DifferDelivered)
    }

    /// What differs between packets that both sides deliver.
    fn deliveries(&self, verdicts: [&Verdict; 2]) -> Vec<Code> {
        let [one, other] = verdicts.map(Shares::of);
        let mut codes = Vec::new();
        if one.ips() != other.ips() {
            let either = one.endpoints.keys().chain(other.endpoints.keys());
            let only_one = either.filter(|to| one.ips().contains(&to.ip()) != other.ips().contains(&to.ip()));
            let known = self.frontend().and_then(|served| self.by_endpoints(served, only_one.copied()));
            codes.push(known.unwrap_or(Code::DifferEndpoints));
        } else if !one.endpoints.keys().eq(other.endpoints.keys()) {
            codes.push(Code::DifferPorts);
        } else if one.endpoints.values().zip(other.endpoints.values()).any(|(a, b)| (a - b).abs() > TOLERANCE)
        {
            codes.push(Code::DifferShares);
        }
        match (one.affinity, other.affinity) {
            (one, other) if one == other => {}
            (Some(_), Some(_)) => codes.push(Code::DifferAffinityTimeout),
            _ => codes.push(Code::DifferAffinity),
        }
        let both = one.sources.iter().filter_map(|(to, seen)| Some((seen, other.sources.get(to)?)));
        if both.clone().any(|(one, other)| one != other) {
            codes.push(Code::DifferSource);
        }
        codes
    }

    /// Why endpoints are served on one side only, where Services tell.
    fn by_endpoints(
        &self,
        served: Served<'_>,
        mut only_one: impl Iterator<Item = SocketAddr>,
    ) -> Option<Code> {
        let Served { port, frontend, .. } = served;
        let pools: BTreeSet<IpAddr> =
            [&port.cluster, &port.local].into_iter().flat_map(|pool| served.ips(pool)).collect();
        // Where local pods are told by the network of the whole cluster, pods of other nodes count as such.
        let is_inside = self.client.kind != ClientKind::Outside;
        let route = if is_inside { frontend.inside } else { frontend.outside };
        if only_one.any(|to| !pools.contains(&to.ip())) && !self.sides_differ() {
            // With hints, all ready endpoints are more than those of the pools.
            return Some(match port.cluster.selection {
                Selection::SameZone | Selection::SameNode => Code::DifferHints,
                _ => Code::DifferNotReady,
            });
        }
        match port.pool(route).map(|pool| pool.selection) {
            Some(Selection::SameZone | Selection::SameNode) => Some(Code::DifferHints),
            Some(Selection::Terminating) => Some(Code::DifferTerminating),
            _ if is_inside && frontend.inside == Route::Cluster && frontend.outside != Route::Cluster => {
                Some(Code::DifferLocalPolicy)
            }
            _ => None,
        }
    }

    fn sides_differ(&self) -> bool {
        !std::ptr::eq(self.sides[0].rules, self.sides[1].rules)
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
            Wants::PassedOver(PassedOverReason::ModeProxy) => Some(Code::DifferModeProxy),
            Wants::PassedOver(PassedOverReason::OtherFamily) | Wants::Frontend(_) => None,
        })
    }

    /// Whether a side's `nodePortAddresses` leaves the address out.
    fn is_no_node_port_address(&self) -> bool {
        let ip = self.destination.to.ip();
        self.sides.iter().any(|side| {
            match &side.rules.node.iptables.node_port_addresses.get(Family::of(ip)).serving {
                NodePortMatch::All => false,
                NodePortMatch::Only(ips) => !ips.contains(&ip),
            }
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
    fn ips(&self, pool: &Pool) -> impl Iterator<Item = IpAddr> {
        let backends = pool.members.iter().map(|id| self.port.endpoint(*id).backend);
        backends.filter_map(|id| self.rules.backend(id).address.ip())
    }
}

/// What becomes of all packets like one, where that is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Delivered,
    Unhandled,
    Rejected,
    Dropped,
}

impl End {
    fn of(verdict: &Verdict) -> Self {
        match Summary::of(verdict).conclusion {
            Conclusion::Delivered | Conclusion::Mixed => Self::Delivered,
            Conclusion::Rejected => Self::Rejected,
            Conclusion::Dropped => Self::Dropped,
            Conclusion::Unhandled | Conclusion::Undecided => Self::Unhandled,
        }
    }
}

/// Who gets packets, how often, and whom they see.
struct Shares {
    endpoints: BTreeMap<SocketAddr, f64>,
    sources: BTreeMap<SocketAddr, BTreeSet<Seen>>,
    affinity: Option<Affinity>,
}

/// Whom an endpoint sees; how its answers find back is not its business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Client,
    Node,
    SourceVip(IpAddr),
}

impl Shares {
    fn of(verdict: &Verdict) -> Self {
        let mut shares = Self { endpoints: BTreeMap::new(), sources: BTreeMap::new(), affinity: None };
        for outcome in verdict.outcomes() {
            let Fate::Endpoint(to) = &outcome.fate else { continue };
            *shares.endpoints.entry(to.endpoint).or_default() += outcome.chance.as_f64();
            let seen = match to.source {
                SourceAddress::Kept | SourceAddress::DirectReturn => Seen::Client,
                SourceAddress::Masqueraded => Seen::Node,
                SourceAddress::SourceVip(ip) => Seen::SourceVip(ip),
            };
            shares.sources.entry(to.endpoint).or_default().insert(seen);
            shares.affinity = shares.affinity.or(to.affinity);
        }
        shares
    }

    fn ips(&self) -> BTreeSet<IpAddr> {
        self.endpoints.keys().map(SocketAddr::ip).collect()
    }
}

/// What to do about a difference.
#[must_use]
pub fn advice(code: Code) -> &'static str {
    match code {
        Code::DifferDelivered => "follow the packet with hnsplan trace on both sides",
        Code::DifferSourceRanges => "restrict with a network policy or the provider's firewall instead",
        Code::DifferPorts => "give all pods of the Service one number for the port",
        Code::DifferNotReady => {
            "keep a ready endpoint on each Windows node, or use externalTrafficPolicy: Cluster"
        }
        Code::DifferTerminating => "keep more replicas than a rolling update ends at a time",
        Code::DifferHints => "accept it, or run the Windows clients in one zone with their endpoints",
        Code::DifferLocalPolicy => "let clients in the cluster use the cluster IP",
        Code::DifferEndpoints => "see with hnsplan trace which endpoints are missing, and why",
        Code::DifferShares => "accept it, or give endpoints equal weight by other means",
        Code::DifferAffinity => "do not rely on session affinity in clients of both platforms",
        Code::DifferAffinityTimeout => "accept it, or keep clients short-lived",
        Code::DifferOwnNodePort => "let processes of the node use the cluster IP",
        Code::DifferNodePortAddresses => "restrict node ports with the firewall of the node",
        Code::DifferModeProxy => "use a newer kube-proxy, or the cluster IP inside the cluster",
        Code::DifferUnknownFrontend => "accept it, or delete what is left over",
        Code::DifferRejected => "let clients give up early, or keep an endpoint for the Service",
        Code::DifferDropped => "let clients give up early, or keep an endpoint on each node",
        Code::DifferSource => "do not decide by the client's address on nodes of both platforms",
        _ => "",
    }
}
