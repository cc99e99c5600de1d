//! Choosing one endpoint of a pool, and translating to it.

use super::super::model::{
    Address, ChainName, Is, Match, Probability, Recent, RecentOperation, SocketAddress, Target, Word,
};
use super::super::names::endpoint_chain;
use super::super::names::fixed::MARK_MASQ;
use super::{Lowering, Part, comment};
use crate::ir::{EndpointId, Pool, ServicePort};

/// The endpoints of both pools, each once, in their order.
pub(super) fn members(port: &ServicePort) -> Vec<EndpointId> {
    let (cluster, local) = (&port.cluster.members, &port.local.members);
    if local.is_empty() {
        return cluster.clone();
    }
    let mut all: Vec<EndpointId> = cluster.iter().chain(local).copied().collect();
    all.sort();
    all.dedup();
    all
}

/// The endpoints of one service port with the names of their chains.
pub(super) struct EndpointChains<'l> {
    port: &'l ServicePort,
    lowering: &'l Lowering<'l>,
    /// By endpoint; only those that are used have a name.
    names: Vec<Option<ChainName>>,
}

impl<'l> EndpointChains<'l> {
    pub(super) fn new(port: &'l ServicePort, lowering: &'l Lowering<'l>, used: &[EndpointId]) -> Self {
        let mut names = vec![None; port.endpoints.len()];
        for id in used {
            let text = &port.endpoint(*id).text;
            names[id.0 as usize] = Some(endpoint_chain(&port.id, port.protocol, text));
        }
        Self { port, lowering, names }
    }

    fn name(&self, id: EndpointId) -> ChainName {
        self.names[id.0 as usize].expect("every member of a pool has a name")
    }

    /// Rules that send traffic of a chain to one member of a pool: the client's own one if it has one,
    /// else one by chance.
    pub(super) fn balance(&self, nat: &mut Part, chain: ChainName, pool: &Pool) {
        if let Some(seconds) = self.port.affinity_seconds {
            for &id in &pool.members {
                let list = self.name(id);
                let operation = RecentOperation::Check { seconds, reap: true };
                let mut matches = self.to_endpoint(id);
                matches.push(Match::Recent(Recent { list, operation }));
                nat.rule(chain, matches, Target::Jump(list));
            }
        }
        // The first of n takes 1/n, the next of what is left 1/(n-1), the last all the rest.
        let left = (1..=u32::try_from(pool.members.len()).unwrap_or(u32::MAX)).rev();
        for (&id, left) in pool.members.iter().zip(left) {
            let mut matches = self.to_endpoint(id);
            if left > 1 {
                matches.push(Match::Statistic(Probability::OneIn(left)));
            }
            nat.rule(chain, matches, Target::Jump(self.name(id)));
        }
    }

    /// A comment that names the endpoint, with room for one more match.
    fn to_endpoint(&self, id: EndpointId) -> Vec<Match> {
        let mut matches = Vec::with_capacity(2);
        if self.lowering.comments_endpoints {
            matches.push(comment(&[&self.port.id, " -> ", &self.port.endpoint(id).text]));
        }
        matches
    }

    /// A comment that names the service port, with room for more matches.
    fn of_service(&self, more: usize) -> Vec<Match> {
        let mut matches = Vec::with_capacity(1 + more);
        if self.lowering.comments_endpoints {
            matches.push(comment(&[&self.port.id]));
        }
        matches
    }

    /// The chain of one endpoint.
    pub(super) fn endpoint(&self, nat: &mut Part, id: EndpointId) {
        let chain = self.name(id);
        let address = self.address(id);
        nat.chain(chain);

        // A pod that reaches itself through the Service must see another source than itself.
        let mut hairpin = self.of_service(1);
        hairpin.push(Match::Source(Is::a(address.clone())));
        nat.rule(chain, hairpin, Target::Jump(MARK_MASQ));

        let mut translate = self.of_service(2);
        if self.port.affinity_seconds.is_some() {
            translate.push(Match::Recent(Recent { list: chain, operation: RecentOperation::Set }));
        }
        translate.push(Match::Protocol(Is::a(self.port.protocol)));
        let port = self.port.endpoint(id).port;
        nat.rule(chain, translate, Target::DestinationNat(SocketAddress { address, port }));
    }

    /// The address as the version of kube-proxy writes it: read and printed again, or as it is spelled.
    fn address(&self, id: EndpointId) -> Address {
        let backend = &self.lowering.rules.backend(self.port.endpoint(id).backend).address;
        let canonical = self.lowering.node.behavior.canonical_endpoints;
        let verbatim =
            |text| Address::Verbatim(Word::new(text).expect("an address text has no blanks or quotes"));
        backend.written(canonical).map_or_else(verbatim, Address::Ip)
    }
}
