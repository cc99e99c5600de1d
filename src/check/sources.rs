//! Who asks: one client of each class of addresses that every rule treats alike.
//!
//! Rules tell clients apart by what they are to the node (a pod on it, the node itself, …), by the network
//! that tells pods of the node, by source ranges, and by whether a client is the endpoint that was chosen.
//! The first two cut all addresses once for a node; source ranges cut them again where a Service has some, or
//! where the rules of a side compare sources with others.
//! Endpoints come last: one of them differs from its neighbours only in the packets that it gets itself.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::Participant;
use super::destination::{Destination, rule_sets};
use super::ranges::{Piece, Range, Set, Within, address, cut, number};
use crate::ir::{RuleSet, ServicePort};
use crate::net::{Family, PerFamily};
use crate::node::LocalDetector;
use crate::trace::{Client, ClientKind, Clients};

/// All clients of a node, in classes.
pub(super) struct Sources<'c> {
    clients: &'c Clients,
    sides: &'c [Participant<'c>],
    detectors: PerFamily<Detectors>,
    classes: PerFamily<Classes>,
    /// Who is asked about a destination that no network restricts.
    unrestricted: PerFamily<Askable>,
    /// Who is asked about a loopback address.
    localhost: PerFamily<Askable>,
}

/// A client that is asked about for all of its class.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) client: Client,
    /// The position of its class; none for localhost, which is no endpoint's.
    class: Option<usize>,
    /// In which of the sets it is that sources are compared with.
    within: Within,
}

/// Who can be asked about a destination.
#[derive(Debug, Clone, Default)]
pub(super) struct Askable {
    /// All addresses, cut at the borders of the sets that sources are compared with; none where none are.
    pieces: Vec<Piece>,
    /// One client of each class.
    pub(super) asked: Vec<Asked>,
}

/// The clients of a family.
#[derive(Debug, Default)]
struct Classes {
    all: Vec<Class>,
    /// The class of each range of addresses, ascending; those of no client are left out.
    of_ranges: Vec<(Range, usize)>,
}

/// Clients that are told apart by source ranges and endpoints only.
#[derive(Debug)]
struct Class {
    kind: ClientKind,
    detected: Vec<bool>,
    /// Their addresses, ascending.
    ranges: Vec<Range>,
}

/// The network by which each version of the rules tells pods of the node.
type Detectors = Vec<Option<IpNet>>;

/// Networks whose addresses no packet carries as its source: this network, loopback, multicast, reserved;
/// loopback is asked apart.
const NO_CLIENT: [&str; 6] =
    ["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/127", "::ffff:0:0/96", "ff00::/8"];

/// How many addresses are tried until one belongs to no endpoint.
const MOST_TRIED: u128 = 4096;

impl<'c> Sources<'c> {
    pub(super) fn new(clients: &'c Clients, sides: &'c [Participant<'c>]) -> Self {
        let detector = |rules: &RuleSet, family| match rules.node.local_traffic.get(family) {
            LocalDetector::Source(net) => Some(*net),
            _ => None,
        };
        let rules = rule_sets(sides);
        let detectors: PerFamily<Detectors> =
            PerFamily::of(|family| rules.iter().map(|rules| detector(rules, family)).collect());
        let classes = PerFamily::of(|family| Classes::of(clients, detectors.get(family), family));
        let (unrestricted, localhost) = (PerFamily::default(), PerFamily::default());
        let sources = Self { clients, sides, detectors, classes, unrestricted, localhost };
        let localhost = |family| Askable {
            pieces: Vec::new(),
            asked: clients
                .any(ClientKind::Localhost, family)
                .map(|client| Asked { client, class: None, within: Within::NONE })
                .into_iter()
                .collect(),
        };
        Self {
            unrestricted: PerFamily::of(|family| sources.cut_by(&[], family)),
            localhost: PerFamily::of(localhost),
            ..sources
        }
    }

    /// The kind of each class, and which versions of the rules take its clients for pods of the node.
    pub(super) fn classes(&self) -> Vec<(Family, ClientKind, Vec<bool>)> {
        let of = |family| {
            let classes = self.classes.get(family).all.iter();
            classes.map(move |class| (family, class.kind, class.detected.clone()))
        };
        Family::ALL.into_iter().flat_map(of).collect()
    }

    /// The classes that rules for a destination may tell apart, except for endpoints.
    pub(super) fn at(&self, destination: &Destination<'_>) -> Cow<'_, Askable> {
        let family = Family::of(destination.to.ip());
        if destination.to.ip().is_loopback() {
            return Cow::Borrowed(self.localhost.get(family));
        }
        let wanted = destination.ports().flat_map(restricting);
        let wanted = wanted.filter(|net| Family::of_net(net) == family).map(|net| vec![Range::of(&net)]);
        let sets: Vec<Set> = wanted.chain(self.loaded(destination, family)).collect();
        match &*sets {
            [] => Cow::Borrowed(self.unrestricted.get(family)),
            sets => Cow::Owned(self.cut_by(sets, family)),
        }
    }

    /// What the rules of a side compare sources with, whatever the Services want.
    fn loaded(&self, destination: &Destination<'_>, family: Family) -> impl Iterator<Item = Set> {
        let (to, protocol) = (destination.to, destination.protocol);
        let detectors = self.detectors.get(family).iter().flatten();
        let detectors: Vec<Set> = detectors.map(|net| vec![Range::of(net)]).collect();
        let of_side = move |side: &Participant<'_>| side.target.compared_sources(to, protocol);
        let sets = self.sides.iter().flat_map(of_side).map(move |set| -> Set {
            let of_family = set.into_iter().filter(|(first, _)| Family::of(*first) == family);
            of_family.map(|(first, last)| Range::between(first, last)).collect()
        });
        sets.filter(move |set| !set.is_empty() && !detectors.contains(set))
    }

    /// All classes, cut at the borders of sets.
    fn cut_by(&self, sets: &[Set], family: Family) -> Askable {
        let pieces = cut(sets, family);
        let mut of_sets: BTreeMap<Within, Vec<Range>> = BTreeMap::new();
        for piece in &pieces {
            of_sets.entry(piece.within).or_default().push(piece.range);
        }
        let mut asked = Vec::new();
        for (at, class) in self.classes.get(family).all.iter().enumerate() {
            // What is in no set is asked last.
            for (within, ranges) in of_sets.iter().rev() {
                let shared = ranges.iter().flat_map(|range| class.within(*range));
                let client = self.representative(class, &shared, family);
                asked.extend(client.map(|client| Asked { client, class: Some(at), within: *within }));
            }
        }
        Askable { pieces, asked }
    }

    /// The client with an endpoint's address, if rules for a destination tell it from the one that was asked
    /// by nothing but its being an endpoint.
    pub(super) fn alike(&self, asked: &Asked, ip: IpAddr, askable: &Askable) -> Option<Client> {
        let class = self.classes.get(Family::of(ip)).find(ip)?;
        let is_alike =
            ip != asked.client.ip && Some(class) == asked.class && askable.within(ip) == asked.within;
        is_alike.then(|| self.clients.at(ip))
    }

    /// A client with one of these addresses; if possible the usual one of its kind, or one that is no pod.
    fn representative(
        &self,
        class: &Class,
        ranges: &(impl Iterator<Item = Range> + Clone),
        family: Family,
    ) -> Option<Client> {
        let usual = self
            .clients
            .any(class.kind, family)
            .filter(|client| ranges.clone().any(|range| range.contains(number(client.ip))));
        let free = |range: Range| {
            // The first address of a network is no host's.
            let first = if range.last - range.first > 1 { range.first + 1 } else { range.first };
            let tried = (first..=range.last).take(usize::try_from(MOST_TRIED).unwrap_or(usize::MAX));
            tried.map(|number| address(number, family)).find(|ip| !self.clients.is_endpoint(*ip))
        };
        let ip = usual
            .map(|client| client.ip)
            .or_else(|| ranges.clone().take(64).find_map(free))
            .or_else(|| ranges.clone().next().map(|range| address(range.first, family)))?;
        Some(self.clients.client(class.kind, ip))
    }
}

impl Askable {
    /// In which of the sets an address is.
    fn within(&self, ip: IpAddr) -> Within {
        let at = self.pieces.partition_point(|piece| piece.range.last < number(ip));
        self.pieces.get(at).map_or(Within::NONE, |piece| piece.within)
    }
}

impl Class {
    /// The addresses of a range that are in the class.
    fn within(&self, range: Range) -> impl Iterator<Item = Range> + Clone + '_ {
        let start = self.ranges.partition_point(|own| own.last < range.first);
        self.ranges[start..].iter().map_while(move |own| own.and(range))
    }
}

/// The networks that restrict who may use a service port.
///
/// kube-proxy 1.30, iptables: where the source ranges hold the node's address, load balancer addresses may
/// use themselves, so they are networks as well.
fn restricting(port: &ServicePort) -> Vec<IpNet> {
    if port.source_ranges.is_empty() {
        return Vec::new();
    }
    let vips = port.frontends.iter().filter(|frontend| frontend.restricted);
    let vips = vips.filter_map(|frontend| frontend.address).map(IpNet::from);
    port.source_ranges.iter().copied().chain(vips).collect()
}

impl Classes {
    fn of(clients: &Clients, detectors: &Detectors, family: Family) -> Self {
        let no_client: Vec<IpNet> = NO_CLIENT.iter().filter_map(|net| net.parse().ok()).collect();
        let mut networks: Vec<IpNet> = no_client.clone();
        networks.extend(clients.networks());
        networks.extend(detectors.iter().flatten());
        networks.extend(clients.own().filter(|ip| Family::of(*ip) == family).map(IpNet::from));
        networks.extend(apart(clients, &networks, family));
        // What clients are, and which versions of the rules take them for pods of the node.
        let mut of_traits: BTreeMap<(ClientKind, Vec<bool>), Vec<Range>> = BTreeMap::new();
        for piece in cut(&sets(&networks, family), family) {
            let ip: IpAddr = address(piece.range.first, family);
            if no_client.iter().any(|net| net.contains(&ip)) {
                continue;
            }
            let detected = detectors.iter().map(|net| net.is_some_and(|net| net.contains(&ip))).collect();
            of_traits.entry((clients.at(ip).kind, detected)).or_default().push(piece.range);
        }
        let all: Vec<Class> = of_traits
            .into_iter()
            .map(|((kind, detected), ranges)| Class { kind, detected, ranges })
            .collect();
        let of_class = |(at, class): (usize, &Class)| {
            class.ranges.iter().map(move |range| (*range, at)).collect::<Vec<_>>()
        };
        let mut of_ranges: Vec<(Range, usize)> = all.iter().enumerate().flat_map(of_class).collect();
        of_ranges.sort_by_key(|(range, _)| range.first);
        Self { all, of_ranges }
    }

    /// The class of an address, by its position.
    fn find(&self, ip: IpAddr) -> Option<usize> {
        let at = self.of_ranges.partition_point(|(range, _)| range.last < number(ip));
        self.of_ranges.get(at).filter(|(range, _)| range.contains(number(ip))).map(|(_, class)| *class)
    }
}

/// Endpoints that are clients of another kind than the addresses around them: pods outside of the networks of
/// pods, and pods of the node in the network of another one.
fn apart(clients: &Clients, networks: &[IpNet], family: Family) -> Vec<IpNet> {
    let pieces = cut(&sets(networks, family), family);
    let kinds: Vec<ClientKind> =
        pieces.iter().map(|piece| clients.kind_by_network(address(piece.range.first, family))).collect();
    let is_apart = |ip: &IpAddr| {
        let at = pieces.partition_point(|piece| piece.range.last < number(*ip));
        clients.at(*ip).kind != kinds[at]
    };
    clients.endpoints(family).filter(is_apart).map(IpNet::from).collect()
}

/// The networks of a family, each as a set of its own.
fn sets(networks: &[IpNet], family: Family) -> Vec<Set> {
    networks.iter().filter(|net| Family::of_net(net) == family).map(|net| vec![Range::of(net)]).collect()
}
