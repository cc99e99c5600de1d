//! The id of an object in HNS: found by what is known of the object, or by the id that a plan gave it.

use rustc_hash::FxHashMap;

use super::step::HnsObject;
use crate::platform::hns::FrontendKey;
use crate::platform::hns::model::{Address, Endpoint, EndpointRef, Guid, LoadBalancer, NetworkRef, State};

/// Ids of what HNS holds.
#[derive(Debug, Default)]
pub(super) struct Directory {
    networks: FxHashMap<Box<str>, Guid>,
    /// Endpoints of local pods and of the host.
    local: FxHashMap<Address, Guid>,
    /// All endpoints.
    any: FxHashMap<Address, Guid>,
    named: FxHashMap<Box<str>, Guid>,
    balancers: FxHashMap<FrontendKey, Guid>,
}

/// An object that HNS does not have, so it has no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unresolved(pub(super) String);

impl Directory {
    /// The directory of a state.
    pub(super) fn of(state: &State) -> Self {
        let mut directory = Self::default();
        for network in &state.networks {
            directory.networks.insert(network.name.clone(), network.id);
        }
        for endpoint in &state.endpoints {
            directory.enter(endpoint);
        }
        for balancer in &state.load_balancers {
            if let (Some(key), Some(id)) = (FrontendKey::of(balancer), balancer.id) {
                directory.balancers.insert(key, id);
            }
        }
        directory
    }

    fn enter(&mut self, endpoint: &Endpoint) {
        let Some(id) = endpoint.id else { return };
        for address in endpoint.addresses() {
            self.any.insert(address.clone(), id);
            if !endpoint.is_remote() {
                self.local.insert(address.clone(), id);
            }
        }
        if !endpoint.name.is_empty() {
            self.named.entry(endpoint.name.clone()).or_insert(id);
        }
    }

    /// The object that has the place of another one: the same address or frontend.
    pub(super) fn like(&self, object: &HnsObject) -> Option<Guid> {
        match object {
            HnsObject::Endpoint(endpoint) => {
                endpoint.addresses().find_map(|address| self.any.get(address)).copied()
            }
            HnsObject::LoadBalancer(balancer) => self.balancers.get(&FrontendKey::of(balancer)?).copied(),
        }
    }

    /// An object that refers to others by their ids only.
    pub(super) fn resolved(&self, object: &HnsObject, names: &Names) -> Result<HnsObject, Unresolved> {
        Ok(match object {
            HnsObject::Endpoint(endpoint) => {
                let network = endpoint.network.as_ref().map(|network| self.network(network)).transpose()?;
                HnsObject::Endpoint(Box::new(Endpoint { network, ..(**endpoint).clone() }))
            }
            HnsObject::LoadBalancer(balancer) => {
                let members = balancer.endpoints.iter().map(|member| self.member(member, names));
                let endpoints = members.collect::<Result<_, _>>()?;
                HnsObject::LoadBalancer(Box::new(LoadBalancer { endpoints, ..(**balancer).clone() }))
            }
        })
    }

    fn network(&self, network: &NetworkRef) -> Result<NetworkRef, Unresolved> {
        match network {
            NetworkRef::Id(id) => Ok(NetworkRef::Id(*id)),
            NetworkRef::Named(name) => {
                let id = self.networks.get(name).copied();
                id.map(NetworkRef::Id).ok_or_else(|| Unresolved(network.to_string()))
            }
        }
    }

    fn member(&self, member: &EndpointRef, names: &Names) -> Result<EndpointRef, Unresolved> {
        let id = match member {
            EndpointRef::Id(id) => Some(names.current(*id)),
            EndpointRef::Local(address) => self.local.get(address).copied(),
            EndpointRef::Named(name) => self.named.get(name).copied(),
        };
        id.map(EndpointRef::Id).ok_or_else(|| Unresolved(member.to_string()))
    }
}

/// New ids of objects: by the id that a plan gave, or that an object had before it was deleted and made again, the
/// one that HNS gave.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: FxHashMap<Guid, Guid>,
}

impl Names {
    /// An object has a new id.
    pub(super) fn add(&mut self, planned: Guid, given: Guid) {
        // What HNS has just given is a current id, whatever object had it before.
        self.given.remove(&given);
        if planned != given {
            self.given.insert(planned, given);
        }
    }

    /// The id that it has now.
    pub(super) fn current(&self, id: Guid) -> Guid {
        let mut current = id;
        while let Some(next) = self.given.get(&current) {
            current = *next;
        }
        current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guid(number: u128) -> Guid {
        uuid::Uuid::from_u128(number).into()
    }

    #[test]
    fn an_object_is_found_by_every_id_that_it_ever_had() {
        let mut names = Names::default();
        names.add(guid(1), guid(10));
        names.add(guid(10), guid(11));
        assert_eq!([guid(1), guid(10), guid(11)].map(|id| names.current(id)), [guid(11); 3]);
        // HNS comes back to an id: no circle.
        names.add(guid(11), guid(10));
        assert_eq!([guid(1), guid(10), guid(11)].map(|id| names.current(id)), [guid(10); 3]);
        names.add(guid(10), guid(10));
        assert_eq!(names.current(guid(1)), guid(10));
    }
}
