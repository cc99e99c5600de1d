//! Choosing one endpoint of a pool, and translating to it.

use super::super::model::{
    Address, AddressRange, Braces, Chain, Container, Destination, Element, Key, KeyShape, Lookup, Name, Rule,
    Selected, Side, Statement, Verdict, Word,
};
use super::super::names::ServiceNames;
use super::contents::{Claim, Shared};
use super::{Group, Lowering};
use crate::ir::{EndpointId, Pool, ServicePort};

/// The endpoints of one service port that are used.
pub(super) struct Endpoints<'l> {
    port: &'l ServicePort,
    lowering: &'l Lowering<'l>,
    /// The endpoints of both pools, each once, in their order.
    used: Vec<EndpointId>,
    /// Chain and set by endpoint, where endpoints have any.
    names: Vec<Option<[Name; 2]>>,
}

impl<'l> Endpoints<'l> {
    pub(super) fn new(port: &'l ServicePort, lowering: &'l Lowering<'l>, names: &ServiceNames) -> Self {
        let mut endpoints = Self { port, lowering, used: members(port), names: Vec::new() };
        if endpoints.have_chains() {
            let mut of = vec![None; port.endpoints.len()];
            for id in &endpoints.used {
                let address = match endpoints.address(*id) {
                    Address::Ip(ip) => ip.to_string(),
                    Address::Verbatim(word) => word.as_str().to_owned(),
                };
                of[id.0 as usize] = Some(names.endpoint(&address, port.endpoint(*id).port));
            }
            endpoints.names = of;
        }
        endpoints
    }

    /// Whether each of the used ones runs on this node, in their order.
    pub(super) fn locals(&self) -> Vec<bool> {
        self.used.iter().map(|id| self.port.endpoint(*id).local).collect()
    }

    /// Whether each endpoint has a chain: always up to 1.35, and since then where clients stay with theirs.
    fn have_chains(&self) -> bool {
        self.port.affinity_seconds.is_some() || !self.lowering.behavior.maps_of_endpoints
    }

    fn names(&self, id: EndpointId) -> &[Name; 2] {
        self.names[id.0 as usize].as_ref().expect("every member of a pool has names")
    }

    /// The address as the version of kube-proxy writes it: read and printed again, or as it is spelled.
    fn address(&self, id: EndpointId) -> Address {
        let backend = &self.lowering.rules.backend(self.port.endpoint(id).backend).address;
        let canonical = self.lowering.node.behavior.canonical_endpoints;
        let verbatim =
            |text| Address::Verbatim(Word::new(text).expect("an address text has no blanks or quotes"));
        backend.written(canonical).map_or_else(verbatim, Address::Ip)
    }

    /// Pods of this node that may reach themselves (since 1.36).
    pub(super) fn hairpins(&self, group: &mut Group) {
        if !self.lowering.behavior.set_of_hairpins {
            return;
        }
        let local = self.used.iter().filter(|id| self.port.endpoint(**id).local);
        group.claims.extend(local.map(|id| {
            let address = self.address(*id);
            let pair = [address.clone(), address];
            let key = Key::Pair(pair, self.port.protocol, self.port.endpoint(*id).port);
            Claim { shared: Shared::Hairpins, element: Element { key, verdict: None, comment: None } }
        }));
    }

    /// Rules that send traffic of a chain to one member of a pool: the client's own one if it has one, else one by
    /// chance.
    pub(super) fn balance(&self, rules: &mut Vec<Rule>, pool: &Pool) {
        if self.port.affinity_seconds.is_some() {
            rules.extend(pool.members.iter().map(|id| {
                let [chain, set] = self.names(*id).clone();
                let is_known = Statement::InSet { lookup: Lookup::Source, not: false, set };
                Rule::of(vec![is_known, Statement::Verdict(Verdict::Goto(chain))])
            }));
        }
        if self.have_chains() {
            let chains = pool.members.iter().map(|id| Verdict::Goto(self.names(*id)[0].clone()));
            rules.push(Rule::of(vec![Statement::Choose(Selected::evenly(chains.collect()))]));
            return;
        }
        let targets: Vec<(Address, u16)> =
            pool.members.iter().map(|id| (self.address(*id), self.port.endpoint(*id).port)).collect();
        let destination = match &targets[..] {
            [(address, port)] if self.lowering.behavior.plain_single_endpoint => {
                Destination::One(address.clone(), *port)
            }
            _ => Destination::Choose(Selected::evenly(targets)),
        };
        rules
            .push(Rule::of(vec![Statement::Protocol(self.port.protocol), Statement::Translate(destination)]));
    }

    /// The chains of endpoints, and the sets of clients that stay with each.
    pub(super) fn chains(&self, group: &mut Group) {
        if !self.have_chains() {
            return;
        }
        for id in &self.used {
            let [chain, set] = self.names(*id).clone();
            let address = self.address(*id);
            let mut rules = Vec::new();
            // A pod that reaches itself through the Service must see another source than itself.
            if !self.lowering.behavior.set_of_hairpins {
                let ranges = vec![match &address {
                    Address::Ip(ip) => AddressRange::Ip(*ip),
                    Address::Verbatim(word) => AddressRange::Verbatim(word.clone()),
                }];
                let itself =
                    Statement::Addresses { side: Side::Source, not: false, ranges, braces: Braces::Without };
                rules.push(Rule::of(vec![itself, self.lowering.masquerade()]));
            }
            if let Some(seconds) = self.port.affinity_seconds {
                rules.push(Rule::of(vec![Statement::Remember(set.clone())]));
                group.sets.push(Container {
                    name: set,
                    shape: KeyShape::Address,
                    is_map: false,
                    timeout: Some(seconds.into()),
                    comment: None,
                    elements: Vec::new(),
                });
            }
            let destination = Destination::One(address, self.port.endpoint(*id).port);
            rules.push(Rule::of(vec![
                Statement::Protocol(self.port.protocol),
                Statement::Translate(destination),
            ]));
            group.chains.push(Chain { name: chain, base: None, comment: None, rules });
        }
    }
}

/// The endpoints of both pools, each once, in their order.
fn members(port: &ServicePort) -> Vec<EndpointId> {
    let (cluster, local) = (&port.cluster.members, &port.local.members);
    if local.is_empty() {
        return cluster.clone();
    }
    let mut all: Vec<EndpointId> = cluster.iter().chain(local).copied().collect();
    all.sort();
    all.dedup();
    all
}
