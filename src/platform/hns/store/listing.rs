//! What HNS listed at some moment, told later although calls have changed it since: kept is only what they took away, so
//! that a list of thousands of objects need not be copied for each sync.

use rustc_hash::FxHashMap;

use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::model::{Address, Endpoint, Guid, LoadBalancer};

/// What was taken away or changed since the objects of a store were listed, by their places.
#[derive(Debug, Clone, Default)]
pub(super) struct Listing {
    /// The last place that was taken when it was listed.
    last: usize,
    endpoints: FxHashMap<usize, Endpoint>,
    addresses: FxHashMap<Address, Vec<usize>>,
    ids: FxHashMap<Guid, usize>,
    balancers: FxHashMap<usize, LoadBalancer>,
    frontends: FxHashMap<FrontendKey, Vec<usize>>,
}

impl Listing {
    /// Nothing has changed since this place was the last one.
    pub(super) fn new(last: usize) -> Self {
        Self { last, ..Self::default() }
    }

    /// Whether an object that is there now was there then.
    pub(super) fn has(&self, place: usize) -> bool {
        place <= self.last
    }

    /// Whether a load balancer that is there now was there then, and as it is.
    pub(super) fn has_same_balancer(&self, place: usize) -> bool {
        self.has(place) && !self.balancers.contains_key(&place)
    }

    /// Keeps an endpoint that is taken away.
    pub(super) fn keep_endpoint(&mut self, place: usize, endpoint: &Endpoint) {
        if !self.has(place) {
            return;
        }
        for address in endpoint.addresses() {
            self.addresses.entry(address.clone()).or_default().push(place);
        }
        self.ids.extend(endpoint.id.map(|id| (id, place)));
        self.endpoints.insert(place, endpoint.clone());
    }

    /// Keeps a load balancer that is taken away or changed, as it was first.
    pub(super) fn keep_balancer(&mut self, place: usize, balancer: &LoadBalancer) {
        if !self.has_same_balancer(place) {
            return;
        }
        if let Some(key) = FrontendKey::of(balancer) {
            self.frontends.entry(key).or_default().push(place);
        }
        self.balancers.insert(place, balancer.clone());
    }

    /// The endpoints with an address that are gone since.
    pub(super) fn endpoints_with(&self, address: &Address) -> impl Iterator<Item = (usize, &Endpoint)> {
        let places = self.addresses.get(address);
        places.into_iter().flatten().filter_map(|place| Some((*place, self.endpoints.get(place)?)))
    }

    /// The endpoint with an id, if it is gone since.
    pub(super) fn endpoint(&self, id: Guid) -> Option<&Endpoint> {
        self.endpoints.get(self.ids.get(&id)?)
    }

    /// The load balancers that answered to a frontend, of those that are others now.
    pub(super) fn balancers_at(
        &self,
        frontend: &FrontendKey,
    ) -> impl Iterator<Item = (usize, &LoadBalancer)> {
        let places = self.frontends.get(frontend);
        places.into_iter().flatten().filter_map(|place| Some((*place, self.balancers.get(place)?)))
    }
}
