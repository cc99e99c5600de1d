//! The elements of sets and maps that all service ports share.

use rustc_hash::FxHashMap;

use super::super::model::{Element, Key};
use super::super::names::fixed as name;

/// A set or map that service ports add elements to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::platform::nftables) enum Shared {
    /// The set of all cluster IPs.
    ClusterIps,
    /// The set of packets of pods to themselves.
    Hairpins,
    /// The map of restricted addresses.
    FirewallIps,
    /// The map of node ports without endpoints.
    NoEndpointNodePorts,
    /// The map of addresses without endpoints.
    NoEndpointServices,
    /// The map of addresses.
    ServiceIps,
    /// The map of node ports.
    ServiceNodePorts,
    /// The map of node ports that are rejected on loopback addresses.
    LocalhostRejects,
}

impl Shared {
    /// All of them, in the order in which kube-proxy deletes what is left over in them.
    pub(in crate::platform::nftables) const ALL: [Self; 8] = [
        Self::ClusterIps,
        Self::ServiceIps,
        Self::FirewallIps,
        Self::NoEndpointServices,
        Self::NoEndpointNodePorts,
        Self::ServiceNodePorts,
        Self::Hairpins,
        Self::LocalhostRejects,
    ];

    /// Its name.
    pub(in crate::platform::nftables) fn name(self) -> &'static str {
        match self {
            Self::ClusterIps => name::CLUSTER_IPS,
            Self::Hairpins => name::HAIRPINS,
            Self::LocalhostRejects => name::LOCALHOST_REJECTS,
            Self::FirewallIps => name::FIREWALL_IPS,
            Self::NoEndpointNodePorts => name::NO_ENDPOINT_NODE_PORTS,
            Self::NoEndpointServices => name::NO_ENDPOINT_SERVICES,
            Self::ServiceIps => name::SERVICE_IPS,
            Self::ServiceNodePorts => name::SERVICE_NODE_PORTS,
        }
    }
}

/// An element that a service port wants.
#[derive(Debug, Clone)]
pub struct Claim {
    /// In which set or map.
    pub(in crate::platform::nftables) shared: Shared,
    /// The element.
    pub element: Element,
}

/// The elements of all service ports, as kube-proxy leaves them.
#[derive(Default)]
pub(super) struct Contents {
    of: [Elements; 8],
    lost: Vec<Claim>,
}

/// Elements by their keys, in the order in which they were added last.
#[derive(Default)]
struct Elements {
    places: FxHashMap<Key, usize>,
    all: Vec<Option<Element>>,
}

impl Contents {
    /// Adds what service ports want, in their order. A key that another one had with another verdict goes over to the
    /// last (all versions; kube-proxy deletes the element and adds it anew); with the same one nothing happens.
    pub(super) fn add(&mut self, claims: Vec<Claim>) {
        for Claim { shared, element } in claims {
            let elements = &mut self.of[shared as usize];
            let at = elements.all.len();
            let Some(known) = elements.places.get_mut(&element.key) else {
                elements.places.insert(element.key.clone(), at);
                elements.all.push(Some(element));
                continue;
            };
            let place = &mut elements.all[*known];
            if place.as_ref().is_some_and(|of| of.verdict != element.verdict) {
                self.lost.extend(place.take().map(|element| Claim { shared, element }));
                *known = at;
                elements.all.push(Some(element));
            }
        }
    }

    /// The elements of one set or map.
    pub(super) fn take(&mut self, shared: Shared) -> Vec<Element> {
        std::mem::take(&mut self.of[shared as usize]).all.into_iter().flatten().collect()
    }

    /// The elements that were replaced.
    pub(super) fn into_lost(self) -> Vec<Claim> {
        self.lost
    }
}
