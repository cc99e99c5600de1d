//! All that is decided about a service port without regard to others: which endpoints it uses, and what it
//! takes to make those that HNS does not have.

use std::net::IpAddr;

use super::Semantics;
use super::directory::conjured_mac;
use super::selection::{Selection, select};
use crate::ir::{EndpointId, RuleSet};
use crate::platform::hns::host::Host;
use crate::platform::hns::ids;
use crate::platform::hns::model::{
    Address, Endpoint, EndpointFlags, EndpointPolicy, Guid, IpConfiguration, NetworkRef,
};

/// An endpoint in use.
pub(super) struct Candidate {
    /// The endpoint.
    pub(super) id: EndpointId,
    /// Its address.
    pub(super) ip: IpAddr,
    /// The address as HNS is asked for it.
    pub(super) address: Address,
    /// Whether it is on this node, as its slice says.
    pub(super) is_local: bool,
    /// Whether its slice says on which node it is.
    pub(super) is_assigned: bool,
    /// The HNS endpoint to make if it is on another node and no service port before made it.
    pub(super) remote: Option<(Guid, Box<Endpoint>)>,
}

/// What is decided about a service port.
pub(super) struct Decided<'r> {
    /// Its position in the rule set.
    pub(super) owner: u32,
    /// Which endpoints it uses.
    pub(super) selection: Selection<'r>,
    /// The same, ready to be looked up.
    pub(super) candidates: Vec<Candidate>,
}

/// What decisions rest on.
#[derive(Clone, Copy)]
pub(super) struct Deciding<'r> {
    pub(super) rules: &'r RuleSet,
    pub(super) host: &'r Host<'r>,
    pub(super) semantics: Semantics,
}

impl<'r> Deciding<'r> {
    /// Decides about the service port at a position of the rule set.
    pub(super) fn about(self, position: usize) -> Decided<'r> {
        let port = &self.rules.services[position];
        let selection = select(port, self.rules, &self.host.features, self.semantics);
        let candidates = selection.used.iter().filter_map(|&id| self.candidate(id, &selection)).collect();
        let owner = u32::try_from(position).expect("fewer than 2^32 service ports");
        Decided { owner, selection, candidates }
    }

    /// An endpoint in use. One without an address is left out: HNS takes no text that is none, so kube-proxy
    /// is refused and passes over it.
    fn candidate(self, id: EndpointId, selection: &Selection<'_>) -> Option<Candidate> {
        let endpoint = selection.endpoint(id);
        let backend = self.rules.backend(endpoint.backend);
        let written = &backend.address;
        let spelling = written.spelling().filter(|_| !self.rules.node.behavior.canonical_endpoints);
        let ip = written.ip()?;
        let address = spelling.map_or(Address::Ip(ip), Address::of);
        let remote = (!endpoint.local)
            .then(|| (ids::endpoint(&self.host.network.name, &address), Box::new(self.remote(ip, spelling))));
        let is_assigned = backend.node.is_some();
        Some(Candidate { id, ip, address, is_local: endpoint.local, is_assigned, remote })
    }

    /// An endpoint on another node. On an overlay network its packets are carried to that node; what lies in
    /// no subnet of another node is taken for a public address, and carried to this one.
    fn remote(self, ip: IpAddr, spelling: Option<&str>) -> Endpoint {
        let provider = || self.host.providers.of(ip).unwrap_or(self.host.node_ip);
        let provider = self.host.is_overlay().then(provider);
        let address = Address::spelled(ip, spelling);
        remote_endpoint(self.host.network.reference.clone(), address, provider)
    }
}

/// The endpoint that kube-proxy makes for one on another node, whose packets are carried to a provider on an overlay
/// network.
pub(in crate::platform::hns) fn remote_endpoint(
    network: NetworkRef,
    address: Address,
    provider: Option<IpAddr>,
) -> Endpoint {
    Endpoint {
        network: Some(network),
        policies: provider.map(provider_address).into_iter().collect(),
        mac_address: Some(conjured_mac(address.value())),
        ip_configurations: configured(address),
        flags: EndpointFlags::REMOTE,
        ..Endpoint::default()
    }
}

pub(super) fn configured(address: Address) -> Vec<IpConfiguration> {
    vec![IpConfiguration { ip_address: address, prefix_length: 0 }]
}

pub(super) fn provider_address(ip: IpAddr) -> EndpointPolicy {
    EndpointPolicy::ProviderAddress { provider_address: Address::Ip(ip) }
}
