//! The objects of a host in the order in which they came, found by id, address, name, frontend and use. What HNS refuses
//! is not known here.

mod listing;

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

use rustc_hash::{FxHashMap, FxHashSet};

use self::listing::Listing;
use super::ids::FrontendKey;
use super::model::{Address, Endpoint, EndpointRef, Guid, LoadBalancer, Network, NetworkRef, State};
use crate::node::HnsVersion;

/// Where objects stand in their order.
type Places = BTreeSet<usize>;

/// The objects.
#[derive(Debug, Clone, Default)]
pub(super) struct Store {
    pub(super) networks: Vec<Network>,
    hns_version: Option<HnsVersion>,
    endpoints: BTreeMap<usize, Endpoint>,
    load_balancers: BTreeMap<usize, LoadBalancer>,
    by_id: FxHashMap<Guid, usize>,
    /// The endpoints that have an address, in whatever network.
    addresses: FxHashMap<Address, Places>,
    /// The addresses that several endpoints have.
    shared: FxHashSet<Address>,
    names: FxHashMap<Box<str>, Places>,
    frontends: FxHashMap<FrontendKey, Places>,
    /// The load balancers that have an endpoint among their members; some may be without it.
    uses: FxHashMap<Guid, Places>,
    next: usize,
    listing: Listing,
}

impl Store {
    /// What a state holds.
    pub(super) fn new(state: &State) -> Self {
        let mut store =
            Self { networks: state.networks.to_vec(), hns_version: state.hns_version, ..Self::default() };
        for endpoint in &state.endpoints {
            store.insert_endpoint(endpoint.clone());
        }
        for balancer in &state.load_balancers {
            store.insert_balancer(balancer.clone());
        }
        store
    }

    /// The same as a state.
    pub(super) fn state(&self) -> State {
        State {
            networks: self.networks.clone().into(),
            endpoints: self.endpoints.values().cloned().collect(),
            load_balancers: self.load_balancers.values().cloned().collect(),
            hns_version: self.hns_version,
            // What the switch makes of it is not known here.
            switch: Vec::new(),
            switch_ports: Vec::new(),
            without_ids: Vec::new(),
        }
    }

    /// Whether there is an object with an id.
    pub(super) fn has(&self, id: Guid) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(super) fn endpoint(&self, id: Guid) -> Option<&Endpoint> {
        self.endpoints.get(self.by_id.get(&id)?)
    }

    pub(super) fn load_balancer(&self, id: Guid) -> Option<&LoadBalancer> {
        self.load_balancers.get(self.by_id.get(&id)?)
    }

    pub(super) fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.values()
    }

    pub(super) fn load_balancers(&self) -> impl Iterator<Item = &LoadBalancer> {
        self.load_balancers.values()
    }

    /// The endpoints of a network that have an address.
    pub(super) fn endpoints_at(
        &self,
        network: Option<&NetworkRef>,
        address: &Address,
    ) -> impl Iterator<Item = &Endpoint> {
        self.endpoints_with(address).filter(move |endpoint| endpoint.network.as_ref() == network)
    }

    /// The endpoints that have an address, in any network.
    pub(super) fn endpoints_with(&self, address: &Address) -> impl Iterator<Item = &Endpoint> {
        let places = self.addresses.get(address);
        places.into_iter().flatten().filter_map(|place| self.endpoints.get(place))
    }

    /// Lists everything: what [`Self::listed_with`] and those after it tell stays the same, whatever calls change.
    pub(super) fn list(&mut self) {
        self.listing = Listing::new(self.next);
    }

    /// The endpoints that had an address when they were listed, in their order.
    pub(super) fn listed_with(&self, address: &Address) -> Vec<&Endpoint> {
        let there =
            self.addresses.get(address).into_iter().flatten().filter(|place| self.listing.has(**place));
        let there = there.filter_map(|place| Some((*place, self.endpoints.get(place)?)));
        let mut all: Vec<(usize, &Endpoint)> = there.chain(self.listing.endpoints_with(address)).collect();
        all.sort_unstable_by_key(|(place, _)| *place);
        all.into_iter().map(|(_, endpoint)| endpoint).collect()
    }

    /// The endpoint that had an id when it was listed.
    pub(super) fn listed_endpoint(&self, id: Guid) -> Option<&Endpoint> {
        let place = self.by_id.get(&id).filter(|place| self.listing.has(**place));
        place.and_then(|place| self.endpoints.get(place)).or_else(|| self.listing.endpoint(id))
    }

    /// The load balancers that answered to a frontend when they were listed, with their places.
    pub(super) fn listed_at(&self, frontend: &FrontendKey) -> impl Iterator<Item = (usize, &LoadBalancer)> {
        let places = self.frontends.get(frontend).into_iter().flatten();
        let there = places.filter(|place| self.listing.has_same_balancer(**place));
        let there = there.filter_map(|place| Some((*place, self.load_balancers.get(place)?)));
        there.chain(self.listing.balancers_at(frontend))
    }

    /// The endpoints that have an address which others have as well, in their order.
    pub(super) fn sharing_addresses(&self) -> impl Iterator<Item = &Endpoint> {
        let places = self.shared.iter().filter_map(|address| self.addresses.get(address));
        let places: Places = places.flatten().copied().collect();
        places.into_iter().filter_map(|place| self.endpoints.get(&place))
    }

    /// The endpoints that have a name.
    pub(super) fn endpoints_named(&self, name: &str) -> impl Iterator<Item = &Endpoint> {
        let places = self.names.get(name);
        places.into_iter().flatten().filter_map(|place| self.endpoints.get(place))
    }

    /// The load balancers that answer to a frontend.
    pub(super) fn balancers_at(&self, frontend: &FrontendKey) -> impl Iterator<Item = &LoadBalancer> {
        let places = self.frontends.get(frontend);
        places.into_iter().flatten().filter_map(|place| self.load_balancers.get(place))
    }

    /// The load balancers that use an endpoint.
    pub(super) fn users_of(&self, endpoint: Guid) -> impl Iterator<Item = &LoadBalancer> {
        let places = self.uses.get(&endpoint);
        places.into_iter().flatten().filter_map(|place| self.load_balancers.get(place))
    }

    /// Adds an endpoint behind all others.
    pub(super) fn insert_endpoint(&mut self, endpoint: Endpoint) {
        let place = self.place(endpoint.id);
        for address in endpoint.addresses() {
            let places = self.addresses.entry(address.clone()).or_default();
            places.insert(place);
            if places.len() > 1 {
                self.shared.insert(address.clone());
            }
        }
        self.names.entry(endpoint.name.as_ref().into()).or_default().insert(place);
        self.endpoints.insert(place, endpoint);
    }

    /// Takes an endpoint out, whoever uses it.
    pub(super) fn remove_endpoint(&mut self, id: Guid) -> Option<Endpoint> {
        let place = *self.by_id.get(&id)?;
        let endpoint = self.endpoints.remove(&place)?;
        self.by_id.remove(&id);
        self.listing.keep_endpoint(place, &endpoint);
        for address in endpoint.addresses() {
            take(&mut self.addresses, address, place);
            if self.addresses.get(address).is_none_or(|places| places.len() < 2) {
                self.shared.remove(address);
            }
        }
        take(&mut self.names, &*endpoint.name, place);
        Some(endpoint)
    }

    /// Adds a load balancer behind all others.
    pub(super) fn insert_balancer(&mut self, balancer: LoadBalancer) {
        let place = self.place(balancer.id);
        self.put_balancer(place, balancer);
    }

    /// Takes a load balancer out.
    pub(super) fn remove_balancer(&mut self, id: Guid) -> Option<LoadBalancer> {
        let place = *self.by_id.get(&id)?;
        let balancer = self.take_balancer(place)?;
        self.by_id.remove(&id);
        Some(balancer)
    }

    /// Puts a load balancer in the place of the one with its id, if there is one.
    pub(super) fn replace_balancer(&mut self, balancer: LoadBalancer) -> Option<LoadBalancer> {
        let place = *self.by_id.get(&balancer.id?)?;
        let before = self.take_balancer(place)?;
        self.put_balancer(place, balancer);
        Some(before)
    }

    fn put_balancer(&mut self, place: usize, balancer: LoadBalancer) {
        if let Some(key) = FrontendKey::of(&balancer) {
            self.frontends.entry(key).or_default().insert(place);
        }
        for member in balancer.endpoints.iter().filter_map(EndpointRef::id) {
            self.uses.entry(member).or_default().insert(place);
        }
        self.load_balancers.insert(place, balancer);
    }

    fn take_balancer(&mut self, place: usize) -> Option<LoadBalancer> {
        let balancer = self.load_balancers.remove(&place)?;
        self.listing.keep_balancer(place, &balancer);
        if let Some(key) = FrontendKey::of(&balancer) {
            take(&mut self.frontends, &key, place);
        }
        for member in balancer.endpoints.iter().filter_map(EndpointRef::id) {
            take(&mut self.uses, &member, place);
        }
        Some(balancer)
    }

    fn place(&mut self, id: Option<Guid>) -> usize {
        self.next += 1;
        if let Some(id) = id {
            self.by_id.insert(id, self.next);
        }
        self.next
    }
}

fn take<K, Q>(places: &mut FxHashMap<K, Places>, key: &Q, place: usize)
where
    K: Borrow<Q> + Hash + Eq,
    Q: Hash + Eq + ?Sized,
{
    if let Some(of_key) = places.get_mut(key) {
        of_key.remove(&place);
        if of_key.is_empty() {
            places.remove(key);
        }
    }
}
