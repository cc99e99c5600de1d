//! The labels and annotations that kube-proxy reads.

use crate::manifest::format::Keys;

/// The label of a Node whose Services an eBPF data plane serves, as AKS sets it; kube-proxy does not read it, and does
/// not run there (Azure/AKS#4540, microsoft/retina#1488).
pub const DATA_PLANE_LABEL: &str = "kubernetes.azure.com/ebpf-dataplane";

/// The labels and annotations that kube-proxy reads, and one that says it does not run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::manifest) struct ProxyKeys;

impl Keys for ProxyKeys {
    fn keeps(key: &str) -> bool {
        matches!(
            key,
            DATA_PLANE_LABEL
                | "kubernetes.io/os"
                | "kubernetes.io/service-name"
                | "preserve-destination"
                | "service.beta.kubernetes.io/load-balancer-source-ranges"
                | "service.kubernetes.io/headless"
                | "service.kubernetes.io/service-proxy-name"
                | "service.kubernetes.io/topology-aware-hints"
                | "service.kubernetes.io/topology-mode"
                | "topology.kubernetes.io/zone"
                | "winProxyOptimization"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::format::Entries;

    #[test]
    fn labels_for_other_programs_are_dropped() {
        let text = "{a: 1, kubernetes.io/service-name: web}";
        let kept: Entries<ProxyKeys> = serde_yaml::from_str(text).unwrap();
        assert_eq!(kept.get("kubernetes.io/service-name"), Some("web"));
        assert!(!kept.has("a"));
    }
}
