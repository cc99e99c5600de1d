//! What tells whether all that runs change in HNS is as it was: load balancers and remote endpoints, by what they do.
//!
//! Ids do not count, as objects that are made again get new ones. Local endpoints come and go with their pods.

use rustc_hash::FxHashMap;

use crate::answer::step::Fingerprint;
use crate::platform::hns::model::{Endpoint, EndpointRef, Guid, LoadBalancer, State};

/// Of what HNS holds.
pub(super) fn outline(state: &State) -> Fingerprint {
    let names: FxHashMap<Guid, String> =
        state.endpoints.iter().filter_map(|endpoint| Some((endpoint.id?, name(endpoint)))).collect();
    let remote = state.endpoints.iter().filter(|endpoint| endpoint.is_remote()).map(of_endpoint);
    let balancers = state.load_balancers.iter().map(|balancer| of_balancer(balancer, &names));
    Fingerprint::of_lines(remote.chain(balancers).collect())
}

/// What stays the same when an endpoint is made again.
fn name(endpoint: &Endpoint) -> String {
    let addresses: Vec<String> = endpoint.addresses().map(ToString::to_string).collect();
    format!("{} {}", if endpoint.is_remote() { "remote" } else { "local" }, addresses.join("+"))
}

fn of_endpoint(endpoint: &Endpoint) -> String {
    let network = endpoint.network.as_ref().map(ToString::to_string).unwrap_or_default().to_lowercase();
    format!("{} {network} {:?} {:?}", name(endpoint), endpoint.provider_address(), endpoint.mac_address)
}

fn of_balancer(balancer: &LoadBalancer, names: &FxHashMap<Guid, String>) -> String {
    let member = |member: &EndpointRef| match member {
        // One that HNS does not have any more has no other name.
        EndpointRef::Id(id) => names.get(id).cloned().unwrap_or_else(|| id.to_string()),
        other => other.to_string(),
    };
    let mut members: Vec<String> = balancer.endpoints.iter().map(member).collect();
    members.sort_unstable();
    let LoadBalancer { frontend_vips, port_mappings, flags, source_vip, .. } = balancer;
    format!("{frontend_vips:?} {port_mappings:?} {flags:?} {source_vip:?} {members:?}")
}
