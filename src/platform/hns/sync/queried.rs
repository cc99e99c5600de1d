//! What HNS listed at the beginning of a sync, as kube-proxy keeps it until the end of that sync.

use rustc_hash::FxHashMap;

use crate::node::WinkernelBehavior;
use crate::platform::hns::lower::balancers::odd_members;
use crate::platform::hns::lower::directory::{Directory, Entry};
use crate::platform::hns::model::{
    Address, Endpoint, EndpointRef, Guid, LoadBalancer, LoadBalancerFlags, PortMapping,
};

/// By what a load balancer is taken for one's own: neither flags but the family nor affinity nor source VIP count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct BalancerKey {
    pub(super) protocol: u32,
    pub(super) internal_port: u16,
    pub(super) external_port: u16,
    pub(super) vip: Option<Address>,
    pub(super) is_ipv6: bool,
    pub(super) members: Vec<EndpointRef>,
}

/// What HNS listed, and what was made since.
#[derive(Debug)]
pub(super) struct Queried {
    endpoints: Directory,
    by_id: FxHashMap<Guid, Found>,
    balancers: FxHashMap<BalancerKey, Guid>,
    tells_families_apart: bool,
}

impl Queried {
    /// What HNS listed of endpoints; load balancers are listed after them.
    pub(super) fn new<'h>(
        endpoints: impl Iterator<Item = &'h Endpoint>,
        behavior: WinkernelBehavior,
    ) -> Self {
        let listed: Vec<&Endpoint> = endpoints.collect();
        Self {
            endpoints: Directory::new(&listed, behavior.same_address),
            by_id: listed.iter().filter_map(|of| Found::of(of)).map(|found| (found.id, found)).collect(),
            balancers: FxHashMap::default(),
            tells_families_apart: behavior.own_addresses,
        }
    }

    /// Adds what HNS listed of load balancers.
    pub(super) fn list<'h>(&mut self, balancers: impl Iterator<Item = &'h LoadBalancer>) {
        for balancer in balancers {
            if let (Some(key), Some(id)) = (self.key_of(balancer), balancer.id) {
                self.balancers.insert(key, id);
            }
        }
    }

    /// The endpoint with an address.
    pub(super) fn endpoint(&self, address: &Address) -> Option<Found> {
        let Entry { reference, is_remote, .. } = self.endpoints.get(address)?;
        Some(Found { id: reference.id()?, is_remote: *is_remote == Some(true) })
    }

    /// The endpoint with an id.
    pub(super) fn endpoint_by_id(&self, id: Guid) -> Option<Found> {
        self.by_id.get(&id).copied()
    }

    /// Adds an endpoint that was made.
    pub(super) fn add_endpoint(&mut self, endpoint: &Endpoint) {
        let Some(found) = Found::of(endpoint) else { return };
        self.by_id.insert(found.id, found);
        for address in endpoint.addresses() {
            let reference = EndpointRef::Id(found.id);
            let entry = Entry { reference, is_remote: Some(found.is_remote), planned: None };
            self.endpoints.insert(address.clone(), entry);
        }
    }

    /// Remote endpoints whose address a local one has as well.
    pub(super) fn hidden(&self) -> Vec<Guid> {
        self.endpoints.hidden.iter().map(|hidden| hidden.remote).collect()
    }

    /// The key of a load balancer; `None` for one without a port or members.
    pub(super) fn key_of(&self, balancer: &LoadBalancer) -> Option<BalancerKey> {
        let PortMapping { protocol, internal_port, external_port, .. } = *balancer.port_mappings.first()?;
        let members = odd_members(balancer).into_iter().cloned().collect();
        let is_ipv6 = self.tells_families_apart && balancer.flags.contains(LoadBalancerFlags::IPV6);
        let vip = balancer.frontend_vips.first().cloned();
        Some(BalancerKey { protocol, internal_port, external_port, vip, is_ipv6, members })
    }

    /// The load balancer with a key.
    pub(super) fn balancer(&self, key: &BalancerKey) -> Option<Guid> {
        self.balancers.get(key).copied()
    }

    /// Adds a load balancer that was made or changed.
    pub(super) fn add_balancer(&mut self, key: BalancerKey, id: Guid) {
        self.balancers.insert(key, id);
    }
}

/// What HNS says of an endpoint that was looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) id: Guid,
    pub(super) is_remote: bool,
}

impl Found {
    pub(super) fn of(endpoint: &Endpoint) -> Option<Self> {
        Some(Self { id: endpoint.id?, is_remote: endpoint.is_remote() })
    }
}
