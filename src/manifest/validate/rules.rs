//! What differs between the API servers of different versions.

/// What the API server of a version accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiRules {
    /// The name of a Service may start with a digit.
    pub relaxed_service_names: bool,
    /// `trafficDistribution` may be `PreferSameZone` or `PreferSameNode`.
    pub same_zone_distribution: bool,
    /// Addresses with leading zeros and the like are refused in new objects. Changes words only: stored
    /// objects keep theirs, and kube-proxy reads them.
    pub strict_addresses: bool,
    /// Port 10250 of a LoadBalancer Service is refused, as it is the kubelet's (to 1.32).
    pub reserves_kubelet_port: bool,
}
