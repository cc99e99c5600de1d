//! Feature gates that kube-proxy no longer has.
//!
//! Read from the list of gates in the documentation of Kubernetes (`feature-gates/NAME.md`, `toVersion` of the
//! last stage). Only gates of Services and kube-proxy are listed.

use super::gates::FeatureGates;
use super::version::Version;

/// The last minor version that has a gate.
const LAST: [(&str, u8); 13] = [
    ("EndpointSlice", 24),
    ("EndpointSliceProxying", 24),
    ("EndpointSliceTerminatingCondition", 27),
    ("IPv6DualStack", 24),
    ("KubeProxyDrainingTerminatingNodes", 32),
    ("LoadBalancerIPMode", 34),
    ("MinimizeIPTablesRestore", 29),
    ("ProxyTerminatingEndpoints", 29),
    ("ServiceInternalTrafficPolicy", 27),
    ("ServiceTopology", 22),
    ("ServiceTrafficDistribution", 35),
    ("TopologyAwareHints", 35),
    ("WindowsEndpointSliceProxying", 24),
];

impl FeatureGates {
    /// The last minor version that has a gate, if it was removed.
    #[must_use]
    pub fn last_known(gate: &str) -> Option<u8> {
        LAST.iter().find(|(name, _)| *name == gate).map(|(_, last)| *last)
    }

    /// Gates that are set and that a version no longer has, each with the last minor version that had it.
    pub fn removed(&self, version: Version) -> impl Iterator<Item = (&'static str, u8)> {
        LAST.into_iter().filter(move |(name, last)| self.0.contains_key(*name) && version.minor > *last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_exists_to_its_last_version() {
        let gates = ["LoadBalancerIPMode", "IPv6DualStack", "ServiceTrafficDistribution", "WinDSR"]
            .map(|name| (name.to_owned(), true));
        let removed = |version: &str| {
            let gates = FeatureGates(gates.clone().into());
            gates.removed(version.parse().unwrap()).map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(removed("1.34"), ["IPv6DualStack"]);
        assert_eq!(removed("1.36"), ["IPv6DualStack", "LoadBalancerIPMode", "ServiceTrafficDistribution"]);
        assert_eq!(removed("1.35"), ["IPv6DualStack", "LoadBalancerIPMode"]);
    }
}
