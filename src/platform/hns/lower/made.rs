//! The endpoints that are made: those of kube-proxy itself on an overlay network, and those of pods on other nodes.

use std::net::IpAddr;

use super::candidates::{configured, provider_address};
use super::directory::Entry;
use super::{Lowering, Object, Purpose, Wanted};
use crate::ir::ServicePort;
use crate::node::MacAddress;
use crate::platform::hns::ids;
use crate::platform::hns::model::{Address, Endpoint, EndpointFlags, EndpointRef, Guid};

impl Lowering<'_> {
    pub(super) fn make_source_vip(&mut self) {
        let Some(ip) = self.rules.node.windows.source_vip else { return };
        if let Some(entry) = self.directory.get(&Address::Ip(ip)) {
            self.used.extend(entry.reference.id());
            return;
        }
        let endpoint = Endpoint { mac_address: self.host_mac(), ..Endpoint::default() };
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
            let endpoint = Endpoint {
                policies: vec![provider_address(self.host.node_ip)],
                mac_address: self.host_mac(),
                flags: EndpointFlags::REMOTE,
                ..Endpoint::default()
            };
            self.make_host_endpoint(Purpose::ServiceVip, ip, endpoint).planned
        };
        if let Some(planned) = planned.filter(|&at| self.objects[at as usize].purpose == Purpose::ServiceVip)
        {
            self.objects[planned as usize].own(owner);
        }
    }

    fn host_mac(&self) -> Option<MacAddress> {
        self.rules.node.windows.host_mac.map(MacAddress::with_colons)
    }

    /// Makes an endpoint of kube-proxy's own on an overlay network.
    fn make_host_endpoint(&mut self, purpose: Purpose, ip: IpAddr, endpoint: Endpoint) -> Entry {
        let address = Address::Ip(ip);
        let endpoint = Endpoint {
            network: Some(self.host.network.reference.clone()),
            ip_configurations: configured(address.clone()),
            ..endpoint
        };
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
