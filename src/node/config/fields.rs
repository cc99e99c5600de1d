//! The fields of a `KubeProxyConfiguration`, and what kube-proxy takes in each.

use super::value::Kind::{
    self, Address, Any, Bool, Duration, Gates, HostPort, List, Mapping, Networks, NodePortAddress, Number,
    Text, Word, Words,
};

/// A field by its path.
#[derive(Debug)]
pub(in crate::node) struct Field {
    /// Its path.
    pub(in crate::node) path: &'static str,
    /// What it takes.
    pub(in crate::node) kind: Kind,
}

impl Field {
    /// The path of the mapping that it is in, and its own name.
    pub(in crate::node) fn split(&self) -> (&'static str, &'static str) {
        self.path.rsplit_once('.').unwrap_or(("", self.path))
    }
}

const fn of(path: &'static str, kind: Kind) -> Field {
    Field { path, kind }
}

const WHOLE: Kind = Number(0, i32::MAX as i64);

/// The modes that `mode` can name (1.30 to 1.37); which of them a node can have, its system decides.
pub(in crate::node) const MODES: [&str; 4] = ["iptables", "nftables", "ipvs", "kernelspace"];

/// The modes of `detectLocalMode` (all versions).
pub(in crate::node) const LOCAL_MODES: [&str; 4] =
    ["ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"];

/// All fields (`kubeproxy.config.k8s.io/v1alpha1`, 1.30 to 1.37), by their paths, with what kube-proxy checks of each
/// before it starts, whatever its mode and version. Checks of versions and systems are made where those are known.
pub(in crate::node) const FIELDS: &[Field] = &[
    of("apiVersion", Word("kubeproxy.config.k8s.io/v1alpha1")),
    of("bindAddress", Address),
    of("bindAddressHardFail", Bool),
    of("clientConnection", Mapping),
    of("clientConnection.acceptContentTypes", Text),
    of("clientConnection.burst", WHOLE),
    of("clientConnection.contentType", Text),
    of("clientConnection.kubeconfig", Text),
    of("clientConnection.qps", Any),
    of("clusterCIDR", Networks),
    of("configSyncPeriod", Duration),
    of("conntrack", Mapping),
    of("conntrack.maxPerCore", WHOLE),
    of("conntrack.min", WHOLE),
    of("conntrack.tcpBeLiberal", Bool),
    of("conntrack.tcpCloseWaitTimeout", Duration),
    of("conntrack.tcpEstablishedTimeout", Duration),
    of("conntrack.udpStreamTimeout", Duration),
    of("conntrack.udpTimeout", Duration),
    of("detectLocal", Mapping),
    of("detectLocal.bridgeInterface", Text),
    of("detectLocal.interfaceNamePrefix", Text),
    of("detectLocalMode", Words(&LOCAL_MODES)),
    of("enableProfiling", Bool),
    of("featureGates", Gates),
    of("healthzBindAddress", HostPort),
    of("hostnameOverride", Text),
    of("iptables", Mapping),
    of("iptables.localhostNodePorts", Bool),
    of("iptables.masqueradeAll", Bool),
    of("iptables.masqueradeBit", Number(0, 31)),
    of("iptables.minSyncPeriod", Duration),
    of("iptables.syncPeriod", Duration),
    of("ipvs", Mapping),
    of("ipvs.excludeCIDRs", List(&Text)),
    of("ipvs.minSyncPeriod", Duration),
    of("ipvs.scheduler", Text),
    of("ipvs.strictARP", Bool),
    of("ipvs.syncPeriod", Duration),
    of("ipvs.tcpFinTimeout", Duration),
    of("ipvs.tcpTimeout", Duration),
    of("ipvs.udpTimeout", Duration),
    of("kind", Word("KubeProxyConfiguration")),
    of("logging", Mapping),
    of("logging.flushFrequency", Any),
    of("logging.format", Text),
    of("logging.options", Mapping),
    of("logging.options.json", Any),
    of("logging.options.text", Any),
    of("logging.verbosity", Number(0, u32::MAX as i64)),
    of("logging.vmodule", Any),
    of("metricsBindAddress", HostPort),
    of("mode", Words(&MODES)),
    of("nftables", Mapping),
    of("nftables.masqueradeAll", Bool),
    // Only in its own mode kube-proxy looks at the number.
    of("nftables.masqueradeBit", Number(i32::MIN as i64, i32::MAX as i64)),
    of("nftables.minSyncPeriod", Duration),
    of("nftables.syncPeriod", Duration),
    of("nodePortAddresses", List(&NodePortAddress)),
    of("oomScoreAdj", Number(-1000, 1000)),
    of("portRange", Text),
    of("showHiddenMetricsForVersion", Text),
    of("udpIdleTimeout", Duration),
    of("windowsRunAsService", Bool),
    of("winkernel", Mapping),
    of("winkernel.enableDSR", Bool),
    of("winkernel.forwardHealthCheckVip", Bool),
    of("winkernel.networkName", Text),
    of("winkernel.rootHnsEndpointName", Text),
    of("winkernel.sourceVip", Text),
];

/// The names in a mapping; `None` where it is no mapping of fields.
pub(in crate::node) fn names_in(mapping: &str) -> Option<Vec<&'static str>> {
    let names: Vec<&str> = FIELDS
        .iter()
        .map(Field::split)
        .filter(|(outer, _)| *outer == mapping)
        .map(|(_, name)| name)
        .collect();
    (!names.is_empty()).then_some(names)
}

/// The field at a path.
pub(in crate::node) fn at(path: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.path == path)
}
