//! What tells whether something is still what it was when a plan was made.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::target::hns::model::State;

/// A SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of a text.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self(HEXLOWER.encode(&Sha256::digest(text)))
    }

    /// Of lines, in whatever order they stand.
    #[must_use]
    pub fn of_lines(mut lines: Vec<String>) -> Self {
        lines.sort_unstable();
        Self::of_text(&lines.join("\n"))
    }

    /// Of what HNS holds, as far as plans depend on it: not on its order, and not on counters and other
    /// members that HNS adds.
    #[must_use]
    pub fn of_hns(state: &State) -> Self {
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
        Self::of_lines(lines)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
