//! The endpoints that a service port uses, with what it takes to make those that HNS does not have. All
//! that does not depend on other service ports is done here, for many of them at once.

use std::net::IpAddr;

use super::Lowering;
use super::directory::conjured_mac;
use super::selection::Selection;
use crate::ir::EndpointId;
use crate::target::hns::ids;
use crate::target::hns::model::{Address, Endpoint, EndpointFlags, EndpointPolicy, Guid, IpConfiguration};

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
    /// The HNS endpoint to make if it is on another node and no service port before made it.
    pub(super) remote: Option<(Guid, Box<Endpoint>)>,
}

impl Lowering<'_> {
    /// The endpoints in use. One without an address is left out: HNS takes no text that is none, so
    /// kube-proxy is refused and passes over it.
    pub(super) fn candidates(&self, selection: &Selection<'_>) -> Vec<Candidate> {
        selection.used.iter().filter_map(|&id| self.candidate(id, selection)).collect()
    }

    fn candidate(&self, id: EndpointId, selection: &Selection<'_>) -> Option<Candidate> {
        let endpoint = selection.endpoint(id);
        let written = &self.rules.backend(endpoint.backend).address;
        let spelling = written.spelling().filter(|_| !self.rules.node.behavior.canonical_endpoints);
        let ip = written.ip()?;
        let address = spelling.map_or(Address::Ip(ip), Address::of);
        let is_new = !endpoint.local && self.directory.get(&address).is_none();
        let remote = is_new
            .then(|| (ids::endpoint(&self.host.network.name, &address), Box::new(self.remote(ip, spelling))));
        Some(Candidate { id, ip, address, is_local: endpoint.local, remote })
    }

    /// An endpoint on another node. On an overlay network its packets are carried to that node; what lies in
    /// no subnet of another node is taken for a public address, and carried to this one.
    fn remote(&self, ip: IpAddr, spelling: Option<&str>) -> Endpoint {
        let overlay = self.host.is_overlay();
        let provider = overlay.then(|| self.host.providers.of(ip).unwrap_or(self.host.node_ip));
        Endpoint {
            network: Some(self.host.network.reference.clone()),
            policies: provider.map(provider_address).into_iter().collect(),
            ip_configurations: configured(Address::spelled(ip, spelling)),
            mac_address: Some(conjured_mac(spelling.map_or(Some(ip), |text| text.parse().ok()))),
            flags: EndpointFlags::REMOTE,
            ..Endpoint::default()
        }
    }
}

pub(super) fn configured(address: Address) -> Vec<IpConfiguration> {
    vec![IpConfiguration { ip_address: address, prefix_length: 0 }]
}

pub(super) fn provider_address(ip: IpAddr) -> EndpointPolicy {
    EndpointPolicy::ProviderAddress { provider_address: Address::Ip(ip) }
}
