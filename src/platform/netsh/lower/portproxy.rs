//! Which listeners the Services need, and where each connects to.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::claims::{Claim, Claims, Place};
use super::findings::{Finding, Findings, some_of};
use super::loops::loops;
use super::pick::{Choice, pick};
use super::{Lowering, Service, by_port, full_label, is_forwarded, kind, label, node_port_addresses, number};
use crate::ir::{Frontend, FrontendKind, Route, ServicePort};
use crate::manifest::TrafficPolicy;
use crate::net::Family;
use crate::platform::netsh::options::{Empty, FirewallUse};
use crate::platform::netsh::plan::Planned;

/// The objects of all Services.
pub(super) fn objects<'r>(
    services: &[Service<'r>],
    lowering: &Lowering<'r>,
    findings: &mut Findings,
) -> Vec<Planned> {
    let mut all = Portproxy { lowering, findings, claims: Claims::default(), unserved: Vec::new() };
    for (at, service) in services.iter().enumerate() {
        all.service(at, service);
    }
    all.remove_loops();
    all.report_shadowed();
    all.report_partial();
    all.claims.objects(lowering.options)
}

struct Portproxy<'a, 'r> {
    lowering: &'a Lowering<'r>,
    findings: &'a mut Findings,
    claims: Claims<'r>,
    /// Addresses with a port that netsh cannot serve, by Service.
    unserved: Vec<(usize, IpAddr, String)>,
}

/// Where traffic of some frontends goes, which share a pool.
struct Way<'r> {
    port: &'r ServicePort,
    frontends: Vec<&'r Frontend>,
    route: Route,
    choice: Option<Choice>,
}

impl<'r> Portproxy<'_, 'r> {
    fn service(&mut self, at: usize, service: &Service<'r>) {
        let mut listens = false;
        for ports in by_port(service) {
            if is_forwarded(ports[0].protocol) {
                listens |= self.port(at, ports);
            } else {
                self.not_forwarded(at, ports);
            }
        }
        self.of_service(at, service, listens);
    }

    /// A port with a protocol that netsh has no proxy for.
    fn not_forwarded(&mut self, at: usize, ports: &[&'r ServicePort]) {
        self.findings.add(at, Finding::not_forwarded(ports[0].protocol, full_label(ports[0])));
        let served = ports.iter().flat_map(|port| port.frontends.iter().filter(|frontend| frontend.served));
        let addresses: BTreeSet<IpAddr> = served.filter_map(|frontend| frontend.address).collect();
        self.unserved.extend(addresses.into_iter().map(|ip| (at, ip, number(ports[0]))));
    }

    /// A TCP port in all its families. Returns whether it listens.
    fn port(&mut self, at: usize, ports: &[&'r ServicePort]) -> bool {
        let ways: Vec<Way<'_>> = ports.iter().flat_map(|port| self.ways(port)).collect();
        let several = ways.len() > 1;
        let mut listens = false;
        for way in &ways {
            listens |= self.way(at, way, several);
        }
        listens
    }

    /// The frontends of a port by where their traffic goes. For traffic from outside the policy decides; the
    /// node's own traffic arrives at the same listener.
    fn ways(&self, port: &'r ServicePort) -> Vec<Way<'r>> {
        let mut ways = Vec::new();
        for route in [Route::Cluster, Route::Local, Route::Reject, Route::Drop] {
            let of_route = |frontend: &&Frontend| frontend.served && frontend.outside == route;
            let frontends: Vec<&Frontend> = port.frontends.iter().filter(of_route).collect();
            if !frontends.is_empty() {
                let choice = port.pool(route).and_then(|pool| pick(pool, port, self.lowering));
                ways.push(Way { port, frontends, route, choice });
            }
        }
        ways
    }

    fn way(&mut self, at: usize, way: &Way<'r>, several: bool) -> bool {
        let subject = if several { subject(way) } else { label(way.port) };
        let Some(choice) = &way.choice else {
            let claims = self.lowering.options.empty == Empty::Address && self.claim_bare(at, way);
            // What a policy keeps on the node is dropped: then nobody listening is as good.
            if way.route != Route::Drop {
                self.findings.add(at, Finding::NoReject { subject, claims });
            }
            return false;
        };
        if !choice.unused.is_empty() {
            self.findings.add(at, Finding::OneEndpoint { subject, choice: choice.clone() });
        }
        let mut listens = false;
        for frontend in &way.frontends {
            for ip in self.places(at, frontend, way.port) {
                listens |= self.listen(at, way.port, frontend, ip, choice);
            }
        }
        listens
    }

    /// The addresses that a frontend listens on.
    fn places(&mut self, at: usize, frontend: &Frontend, port: &ServicePort) -> Vec<IpAddr> {
        match frontend.address {
            Some(ip) if Lowering::can_be_claimed(ip) => vec![ip],
            Some(ip) => {
                self.findings.add(at, Finding::Unusable { ip, kind: kind(frontend.kind) });
                Vec::new()
            }
            None => {
                let node = &self.lowering.rules.node;
                if let Some(known) = node_port_addresses(node, self.lowering.options, port.family) {
                    return known;
                }
                self.findings.add(at, Finding::Wildcard { port: frontend.port, family: port.family });
                vec![match port.family {
                    Family::Ipv4 => Ipv4Addr::UNSPECIFIED.into(),
                    Family::Ipv6 => Ipv6Addr::UNSPECIFIED.into(),
                }]
            }
        }
    }

    fn listen(
        &mut self,
        at: usize,
        port: &'r ServicePort,
        frontend: &Frontend,
        ip: IpAddr,
        choice: &Choice,
    ) -> bool {
        let place = (ip, frontend.port);
        let is_node_port = frontend.kind == FrontendKind::NodePort;
        let claim = Claim {
            service: at,
            target: choice.used,
            needs_address: !is_node_port && !self.lowering.own.contains(&ip),
            allowed: frontend.restricted.then(|| port.source_ranges.clone()),
            uses: BTreeSet::from([(&*port.id, kind(frontend.kind))]),
        };
        if let Err(holder) = self.claims.add(place, claim) {
            self.findings
                .add(at, Finding::Conflict { place, wanted_by: port.id.clone(), held_by: holder.into() });
            return false;
        }
        self.check_port(at, place, is_node_port);
        if frontend.restricted {
            let firewall = self.lowering.options.firewall;
            self.findings.add(at, Finding::SourceRanges { ip, firewall });
        }
        true
    }

    /// Ports that Windows may hold itself. Outgoing connections use the node's addresses, not service
    /// addresses, which are left out when a source is chosen.
    fn check_port(&mut self, at: usize, place: Place, is_node_port: bool) {
        let port = place.1;
        let of_host = &self.lowering.rules.node.windows.ports;
        let mut excluded = self.lowering.options.excluded_ports.iter().chain(&of_host.excluded);
        if let Some(range) = excluded.find(|range| range.contains(port)) {
            self.findings.add(at, Finding::Excluded { place, range: *range });
        } else if is_node_port && of_host.dynamic().contains(port) {
            self.findings.add(at, Finding::Dynamic { port });
        }
    }

    /// Claims the addresses of frontends without endpoints. Returns whether there are any.
    fn claim_bare(&mut self, at: usize, way: &Way<'r>) -> bool {
        let mut any = false;
        for frontend in way.frontends.iter().filter(|frontend| frontend.address.is_some()) {
            for ip in self.places(at, frontend, way.port) {
                if !self.lowering.own.contains(&ip) {
                    self.claims.bare.entry(ip).or_default().insert(&way.port.id);
                    any = true;
                }
            }
        }
        any
    }

    /// What is said once for each Service.
    fn of_service(&mut self, at: usize, service: &Service<'r>, listens: bool) {
        let common = service.common();
        for name in &common.ingress_hostnames {
            self.findings.add(at, Finding::Hostname(name.clone()));
        }
        if !listens {
            return;
        }
        let wants_local = common.external_policy == TrafficPolicy::Local
            && service.ports.iter().any(|port| port.is_externally_accessible());
        self.findings.add(at, Finding::ClientAddress { wants_local });
        if let Some(port) = common.health_check_node_port {
            self.findings.add(at, Finding::HealthCheckPort(port));
        }
        if common.affinity_seconds.is_some() {
            self.findings.add(at, Finding::Affinity);
        }
        let external = service.ports.iter().flat_map(|port| &port.frontends).filter(|frontend| {
            matches!(frontend.kind, FrontendKind::ExternalIp | FrontendKind::LoadBalancerIp)
        });
        let claimed: BTreeSet<IpAddr> = external
            .filter_map(|frontend| Some((frontend.address?, frontend.port)))
            .filter(|place| self.claims.listeners.get(place).is_some_and(|claim| claim.needs_address))
            .map(|(ip, _)| ip)
            .collect();
        if !claimed.is_empty() {
            self.findings.add(at, Finding::SharedSegment(claimed.into_iter().collect()));
        }
    }

    /// A listener must not connect to itself: each connection would make another one, until the node has no
    /// port left.
    fn remove_loops(&mut self) {
        let claimed = self.claims.addresses();
        let own = &self.lowering.own;
        for place in loops(&self.claims, |ip| own.contains(&ip) || claimed.contains_key(&ip)) {
            if let Some(claim) = self.claims.listeners.remove(&place) {
                self.findings.add(claim.service, Finding::Loop { place, target: claim.target });
            }
        }
    }

    /// A listener on all addresses and one on an address of the same port: who gets the connection is not
    /// documented.
    fn report_shadowed(&mut self) {
        let wildcards: BTreeMap<(Family, u16), usize> = self
            .claims
            .listeners
            .iter()
            .filter(|((ip, _), _)| ip.is_unspecified())
            .map(|((ip, port), claim)| ((Family::of(*ip), *port), claim.service))
            .collect();
        for (ip, port) in self.claims.listeners.keys().filter(|(ip, _)| !ip.is_unspecified()) {
            if let Some(service) = wildcards.get(&(Family::of(*ip), *port)) {
                self.findings.add(*service, Finding::Shadowed { place: (*ip, *port) });
            }
        }
    }

    /// An address that is claimed takes all its traffic away from whoever else would serve it.
    fn report_partial(&mut self) {
        let claimed = self.claims.addresses();
        let mut by_address: BTreeMap<(usize, IpAddr), BTreeSet<String>> = BTreeMap::new();
        for (service, ip, port) in std::mem::take(&mut self.unserved) {
            if claimed.contains_key(&ip) {
                by_address.entry((service, ip)).or_default().insert(port);
            }
        }
        for ((service, ip), ports) in by_address {
            self.findings.add(service, Finding::PartialVip { ip, ports: ports.into_iter().collect() });
        }
    }
}

/// A port and the frontends that are meant: `https clusterip 10.0.0.1, nodeport 30443`.
fn subject(way: &Way<'_>) -> String {
    let frontends: Vec<String> = way
        .frontends
        .iter()
        .map(|frontend| match frontend.address {
            Some(ip) => format!("{} {ip}", kind(frontend.kind)),
            None => format!("{} {}", kind(frontend.kind), frontend.port),
        })
        .collect();
    format!("{} {}", label(way.port), some_of(frontends))
}

/// How rules restrict who connects, in words.
pub(super) fn restriction(firewall: FirewallUse) -> &'static str {
    match firewall {
        FirewallUse::None => "no firewall rule is written, so all clients may connect",
        FirewallUse::Allow => "needs default inbound action Block",
        FirewallUse::AllowAndBlock => "does not hold for the node itself",
    }
}
