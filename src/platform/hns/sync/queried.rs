//! What HNS listed at the beginning of a sync, as kube-proxy keeps it until the end of that sync.

use rustc_hash::FxHashMap;

use crate::node::{SameAddress, WinkernelBehavior};
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::lower::balancers::odd_members;
use crate::platform::hns::lower::directory::{Directory, Entry};
use crate::platform::hns::model::{
    Address, Endpoint, EndpointRef, Guid, LoadBalancer, LoadBalancerFlags, NetworkRef, PortMapping,
};
use crate::platform::hns::store::Store;

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
    network: NetworkRef,
    same_address: SameAddress,
    tells_families_apart: bool,
    /// Remote endpoints whose address a local one has as well.
    hidden: Vec<Guid>,
    /// What was made since.
    endpoints: FxHashMap<Address, Found>,
    by_id: FxHashMap<Guid, Found>,
    balancers: FxHashMap<BalancerKey, Guid>,
}

impl Queried {
    /// What HNS has now: it is kept there as a list, of which the endpoints of the network are looked at.
    pub(super) fn list(hns: &mut Store, network: NetworkRef, behavior: WinkernelBehavior) -> Self {
        hns.list();
        let same_address = behavior.same_address;
        let hidden = if same_address == SameAddress::Local {
            let sharing =
                hns.sharing_addresses().filter(|endpoint| endpoint.network.as_ref() == Some(&network));
            let hidden = Directory::new(&sharing.collect::<Vec<_>>(), same_address).hidden;
            hidden.iter().map(|hidden| hidden.remote).collect()
        } else {
            Vec::new()
        };
        Self {
            network,
            same_address,
            tells_families_apart: behavior.own_addresses,
            hidden,
            endpoints: FxHashMap::default(),
            by_id: FxHashMap::default(),
            balancers: FxHashMap::default(),
        }
    }

    fn is_of_network(&self, endpoint: &Endpoint) -> bool {
        endpoint.network.as_ref() == Some(&self.network)
    }

    /// The endpoint with an address.
    pub(super) fn endpoint(&self, hns: &Store, address: &Address) -> Option<Found> {
        if let Some(made) = self.endpoints.get(address) {
            return Some(*made);
        }
        let mut listed = hns.listed_with(address);
        listed.retain(|endpoint| self.is_of_network(endpoint));
        if let [only] = listed[..] {
            return Found::of(only);
        }
        let directory = Directory::new(&listed, self.same_address);
        let Entry { reference, is_remote, .. } = directory.get(address)?;
        Some(Found { id: reference.id()?, is_remote: *is_remote == Some(true) })
    }

    /// The endpoint with an id.
    pub(super) fn endpoint_by_id(&self, hns: &Store, id: Guid) -> Option<Found> {
        let listed = || hns.listed_endpoint(id).filter(|of| self.is_of_network(of)).and_then(Found::of);
        self.by_id.get(&id).copied().or_else(listed)
    }

    /// Adds an endpoint that was made.
    pub(super) fn add_endpoint(&mut self, endpoint: &Endpoint) {
        let Some(found) = Found::of(endpoint) else { return };
        self.by_id.insert(found.id, found);
        self.endpoints.extend(endpoint.addresses().map(|address| (address.clone(), found)));
    }

    /// Remote endpoints whose address a local one has as well.
    pub(super) fn hidden(&self) -> &[Guid] {
        &self.hidden
    }

    /// The key of a load balancer; `None` for one without a port or members.
    pub(super) fn key_of(&self, balancer: &LoadBalancer) -> Option<BalancerKey> {
        let PortMapping { protocol, internal_port, external_port, .. } = *balancer.port_mappings.first()?;
        let members = odd_members(balancer).into_iter().cloned().collect();
        let is_ipv6 = self.tells_families_apart && balancer.flags.contains(LoadBalancerFlags::IPV6);
        let vip = balancer.frontend_vips.first().cloned();
        Some(BalancerKey { protocol, internal_port, external_port, vip, is_ipv6, members })
    }

    /// The load balancer with a key: of several the last one.
    pub(super) fn balancer(&self, hns: &Store, key: &BalancerKey) -> Option<Guid> {
        if let Some(made) = self.balancers.get(key) {
            return Some(*made);
        }
        let families = if self.tells_families_apart { vec![key.is_ipv6] } else { vec![false, true] };
        let frontend = |ipv6| FrontendKey {
            vip: key.vip.clone(),
            protocol: key.protocol,
            port: key.external_port,
            ipv6,
        };
        let frontends: Vec<FrontendKey> = families.into_iter().map(frontend).collect();
        let listed = frontends.iter().flat_map(|frontend| hns.listed_at(frontend));
        let same = listed.filter(|(_, of)| of.id.is_some() && self.key_of(of).as_ref() == Some(key));
        same.max_by_key(|(place, _)| *place)?.1.id
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
