//! HNS in memory: it takes the operations of a plan, and refuses what HNS would refuse.

use std::fmt;

use rustc_hash::FxHashMap;

use super::ids::FrontendKey;
use super::model::{Address, Endpoint, EndpointRef, Guid, LoadBalancer, Network, NetworkRef, State};
use super::plan::{Action, Operation};
use super::store::Store;

/// A host's HNS, as far as a plan can tell.
#[derive(Debug, Clone, Default)]
pub struct Simulator {
    objects: Store,
    /// The endpoint that an address belongs to. Where a host came with two endpoints of one address, it is the first
    /// one's, and free again when that one is deleted.
    addresses: FxHashMap<(Option<NetworkRef>, Address), Option<Guid>>,
}

/// Why HNS does not do what it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// `HCN_E_NETWORK_NOT_FOUND`
    NetworkNotFound(String),
    /// `HCN_E_ENDPOINT_NOT_FOUND`
    EndpointNotFound(String),
    /// `ERROR_NOT_FOUND`
    NotFound(Guid),
    /// `ERROR_ALREADY_EXISTS`
    AlreadyExists(String),
    /// `HCN_E_PORT_ALREADY_EXISTS`
    PortAlreadyExists(FrontendKey),
    /// `HCN_E_INVALID_JSON_REFERENCE`
    ReferenceRequired,
    /// `HCN_E_INVALID_INTERNAL_PORT`
    InvalidInternalPort,
    /// `HCN_E_INVALID_IP`
    InvalidAddress(Address),
    /// `HCN_E_ENTITY_HAS_REFERENCES`
    HasReferences(Guid),
}

impl Refusal {
    /// The HRESULT that HNS answers with; [`errors`](super::errors) has a row for it.
    #[must_use]
    pub fn code(&self) -> u32 {
        match self {
            Self::NetworkNotFound(_) => 0x803b_0001,
            Self::EndpointNotFound(_) => 0x803b_0002,
            Self::NotFound(_) => 0x8007_0490,
            Self::AlreadyExists(_) => 0x8007_00b7,
            Self::PortAlreadyExists(_) => 0x803b_0013,
            Self::ReferenceRequired => 0x803b_001c,
            Self::InvalidInternalPort => 0x803b_002d,
            Self::InvalidAddress(_) => 0x803b_001e,
            Self::HasReferences(_) => 0x803b_002c,
        }
    }

    /// What is wrong with what it was told.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::NetworkNotFound(network) => format!("there is no network {network}"),
            Self::EndpointNotFound(endpoint) => format!("there is no endpoint {endpoint}"),
            Self::NotFound(id) => format!("there is no object {id}"),
            Self::AlreadyExists(what) => format!("{what} is there already"),
            Self::PortAlreadyExists(frontend) => format!("another load balancer has {frontend}"),
            Self::ReferenceRequired => "a load balancer without endpoints".to_owned(),
            Self::InvalidInternalPort => "a load balancer without an internal port".to_owned(),
            Self::InvalidAddress(address) => format!("{address} is no address"),
            Self::HasReferences(id) => format!("load balancers use endpoint {id}"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}: {}", self.code(), self.reason())
    }
}

impl std::error::Error for Refusal {}

impl Simulator {
    /// A host that holds a state.
    #[must_use]
    pub fn new(state: &State) -> Self {
        let mut simulator = Self { objects: Store::new(state), addresses: FxHashMap::default() };
        for endpoint in &state.endpoints {
            simulator.claim(endpoint);
        }
        simulator
    }

    /// What the host holds now, in the order in which it came.
    #[must_use]
    pub fn state(&self) -> State {
        self.objects.state()
    }

    /// Carries out one operation, or changes nothing. New objects get the id of the plan.
    ///
    /// # Errors
    /// What HNS would refuse, it refuses as well.
    pub fn apply(&mut self, operation: &Operation) -> Result<(), Refusal> {
        let id = operation.id;
        match &operation.action {
            Action::CreateEndpoint(endpoint) => self.create_endpoint(id, endpoint),
            Action::CreateLoadBalancer(balancer) => self.create_load_balancer(id, balancer),
            Action::ModifyLoadBalancer(balancer) => self.modify_load_balancer(id, balancer),
            Action::DeleteLoadBalancer | Action::DeletePolicyList => self.delete_load_balancer(id),
            Action::DeleteEndpoint => self.delete_endpoint(id),
        }
    }

    /// The endpoint with an id.
    #[must_use]
    pub fn endpoint(&self, id: Guid) -> Option<&Endpoint> {
        self.objects.endpoint(id)
    }

    /// The load balancer with an id.
    #[must_use]
    pub fn load_balancer(&self, id: Guid) -> Option<&LoadBalancer> {
        self.objects.load_balancer(id)
    }

    /// Makes a load balancer.
    ///
    /// # Errors
    /// What HNS would refuse; then nothing has changed.
    pub fn create_load_balancer(&mut self, id: Guid, balancer: &LoadBalancer) -> Result<(), Refusal> {
        let balancer = self.checked(id, balancer)?;
        self.create_balancer(id, balancer)
    }

    /// Replaces what a load balancer is.
    ///
    /// # Errors
    /// What HNS would refuse; then nothing has changed.
    pub fn modify_load_balancer(&mut self, id: Guid, balancer: &LoadBalancer) -> Result<(), Refusal> {
        let balancer = self.checked(id, balancer)?;
        let present = self.objects.remove_balancer(id).ok_or(Refusal::NotFound(id))?;
        self.create_balancer(id, balancer).inspect_err(|_| self.objects.insert_balancer(present))
    }

    /// Deletes a load balancer.
    ///
    /// # Errors
    /// When it is not there.
    pub fn delete_load_balancer(&mut self, id: Guid) -> Result<(), Refusal> {
        self.objects.remove_balancer(id).map(drop).ok_or(Refusal::NotFound(id))
    }

    /// Makes an endpoint.
    ///
    /// # Errors
    /// What HNS would refuse; then nothing has changed.
    pub fn create_endpoint(&mut self, id: Guid, endpoint: &Endpoint) -> Result<(), Refusal> {
        let network = self.resolve_network(endpoint.network.as_ref())?;
        for address in endpoint.addresses() {
            if address.ip().is_none() {
                return Err(Refusal::InvalidAddress(address.clone()));
            }
            if self.addresses.contains_key(&(Some(network.clone()), address.clone())) {
                return Err(Refusal::AlreadyExists(address.to_string()));
            }
        }
        if self.objects.has(id) {
            return Err(Refusal::AlreadyExists(id.to_string()));
        }
        let endpoint = Endpoint { id: Some(id), network: Some(network), ..endpoint.clone() };
        self.claim(&endpoint);
        self.objects.insert_endpoint(endpoint);
        Ok(())
    }

    fn resolve_network(&self, network: Option<&NetworkRef>) -> Result<NetworkRef, Refusal> {
        let is_meant = |candidate: &&Network| match network {
            Some(NetworkRef::Id(id)) => candidate.id == *id,
            Some(NetworkRef::Named(name)) => candidate.name == *name,
            None => false,
        };
        let found = self.objects.networks.iter().find(is_meant).map(|network| NetworkRef::Id(network.id));
        found.ok_or_else(|| Refusal::NetworkNotFound(network.map(ToString::to_string).unwrap_or_default()))
    }

    /// The load balancer with its members looked up, if HNS could take it.
    fn checked(&self, id: Guid, balancer: &LoadBalancer) -> Result<LoadBalancer, Refusal> {
        if balancer.endpoints.is_empty() {
            return Err(Refusal::ReferenceRequired);
        }
        if balancer.port_mappings.iter().any(|mapping| mapping.internal_port == 0) {
            return Err(Refusal::InvalidInternalPort);
        }
        let members = balancer.endpoints.iter().map(|member| self.resolve_member(member));
        let endpoints = members.collect::<Result<Vec<_>, _>>()?;
        Ok(LoadBalancer { id: Some(id), endpoints, ..balancer.clone() })
    }

    fn resolve_member(&self, member: &EndpointRef) -> Result<EndpointRef, Refusal> {
        let endpoint = match member {
            EndpointRef::Id(id) => self.endpoint(*id),
            EndpointRef::Local(address) => {
                self.objects.endpoints_with(address).find(|endpoint| !endpoint.is_remote())
            }
            EndpointRef::Named(name) => self.objects.endpoints_named(name).next(),
        };
        let id = endpoint.and_then(|endpoint| endpoint.id);
        id.map(EndpointRef::Id).ok_or_else(|| Refusal::EndpointNotFound(member.to_string()))
    }

    fn create_balancer(&mut self, id: Guid, balancer: LoadBalancer) -> Result<(), Refusal> {
        if self.objects.has(id) {
            return Err(Refusal::AlreadyExists(id.to_string()));
        }
        if let Some(key) =
            FrontendKey::of(&balancer).filter(|key| self.objects.balancers_at(key).next().is_some())
        {
            return Err(Refusal::PortAlreadyExists(key));
        }
        self.objects.insert_balancer(balancer);
        Ok(())
    }

    /// Deletes an endpoint that no load balancer uses.
    ///
    /// # Errors
    /// When it is not there, or in use.
    pub fn delete_endpoint(&mut self, id: Guid) -> Result<(), Refusal> {
        if self.objects.users_of(id).next().is_some() {
            return Err(Refusal::HasReferences(id));
        }
        let endpoint = self.objects.remove_endpoint(id).ok_or(Refusal::NotFound(id))?;
        for address in endpoint.addresses() {
            let key = (endpoint.network.clone(), address.clone());
            if self.addresses.get(&key) == Some(&Some(id)) {
                self.addresses.remove(&key);
            }
        }
        Ok(())
    }

    fn claim(&mut self, endpoint: &Endpoint) {
        for address in endpoint.addresses() {
            self.addresses.entry((endpoint.network.clone(), address.clone())).or_insert(endpoint.id);
        }
    }
}
