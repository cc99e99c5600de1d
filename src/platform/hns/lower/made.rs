//! The endpoints that are made: those of kube-proxy itself on an overlay network, and those of pods on other nodes.

use std::net::IpAddr;

use super::candidates::{configured, provider_address};
use super::directory::Entry;
use super::{Lowering, Object, Purpose, Wanted};
use crate::ir::ServicePort;
use crate::node::{MacAddress, NodeContext};
use crate::platform::hns::ids;
use crate::platform::hns::model::{Address, Endpoint, EndpointFlags, EndpointRef, Guid, NetworkRef};

impl Lowering<'_> {
    pub(super) fn make_source_vip(&mut self) {
        let Some(ip) = self.rules.node.windows.source_vip else { return };
        if let Some(entry) = self.directory.get(&Address::Ip(ip)) {
            self.used.extend(entry.reference.id());
            return;
        }
        let endpoint = source_vip(self.host.network.reference.clone(), ip, &self.rules.node);
        self.make_host_endpoint(Purpose::SourceVip, ip, endpoint);
    }

    /// The cluster IP has an endpoint of its own, whichever port of the Service comes first, even if no load
    /// balancer will be made.
    pub(super) fn make_service_vip(&mut self, owner: u32, port: &ServicePort) {
        let Some(ip) = port.cluster_ip().address else { return };
        let planned = if let Some(entry) = self.directory.get(&Address::Ip(ip)) {
            self.used.extend(entry.reference.id());
            entry.planned
        } else {
            let network = self.host.network.reference.clone();
            let endpoint = service_vip(network, ip, &self.rules.node, self.host.node_ip);
            self.make_host_endpoint(Purpose::ServiceVip, ip, endpoint).planned
        };
        if let Some(planned) = planned.filter(|&at| self.objects[at as usize].purpose == Purpose::ServiceVip)
        {
            self.objects[planned as usize].own(owner);
        }
    }

    /// Makes an endpoint of kube-proxy's own on an overlay network.
    fn make_host_endpoint(&mut self, purpose: Purpose, ip: IpAddr, endpoint: Endpoint) -> Entry {
        let address = Address::Ip(ip);
        let id = ids::endpoint(&self.host.network.name, &address);
        self.make_endpoint(purpose, id, address, Box::new(endpoint))
    }

    pub(super) fn make_endpoint(
        &mut self,
        purpose: Purpose,
        id: Guid,
        address: Address,
        endpoint: Box<Endpoint>,
    ) -> Entry {
        let entry = Entry {
            reference: EndpointRef::Id(id),
            is_remote: Some(endpoint.is_remote()),
            planned: Some(u32::try_from(self.objects.len()).expect("fewer than 2^32 objects")),
        };
        let object = Object::Endpoint(endpoint);
        self.objects.push(Wanted { id, object, purpose, owners: Vec::new() });
        self.directory.insert(address, entry)
    }
}

/// The endpoint of the source VIP on an overlay network.
pub(in crate::platform::hns) fn source_vip(network: NetworkRef, ip: IpAddr, node: &NodeContext) -> Endpoint {
    Endpoint {
        network: Some(network),
        ip_configurations: configured(Address::Ip(ip)),
        mac_address: node.windows.host_mac.map(MacAddress::with_colons),
        ..Endpoint::default()
    }
}

/// The endpoint of a cluster IP on an overlay network, which the node itself carries.
pub(in crate::platform::hns) fn service_vip(
    network: NetworkRef,
    ip: IpAddr,
    node: &NodeContext,
    node_ip: IpAddr,
) -> Endpoint {
    Endpoint {
        policies: vec![provider_address(node_ip)],
        flags: EndpointFlags::REMOTE,
        ..source_vip(network, ip, node)
    }
}
