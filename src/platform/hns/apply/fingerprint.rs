//! What tells whether HNS still holds what a plan was made from.

use crate::answer::step::Fingerprint;
use crate::platform::hns::model::State;

/// Of what HNS holds, as far as plans depend on it: not on its order, and not on counters and other
/// members that HNS adds.
#[must_use]
pub fn fingerprint(state: &State) -> Fingerprint {
    let mut lines = Vec::with_capacity(state.endpoints.len() + state.load_balancers.len() + 2);
    for network in &state.networks {
        let mut remote: Vec<String> = network
            .remote_subnets
            .iter()
            .map(|of| format!("{}={}", of.prefix, of.provider_address))
            .collect();
        remote.sort_unstable();
        lines.push(format!("{:?} {:?} {} {remote:?}", network.id, network.name, network.type_.as_str()));
    }
    let json = |object: Result<String, _>| object.expect("an HCN object is JSON").to_lowercase();
    lines.extend(state.endpoints.iter().map(|endpoint| json(serde_json::to_string(endpoint))));
    lines.extend(state.load_balancers.iter().map(|balancer| {
        let mut balancer = balancer.clone();
        balancer.endpoints.sort_unstable();
        json(serde_json::to_string(&balancer))
    }));
    Fingerprint::of_lines(lines)
}
