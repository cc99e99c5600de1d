//! Names of chains: the fixed ones, and the hashed ones of service ports and endpoints.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use super::model::ChainName;
use crate::net::Protocol;

/// Chains that exist on every node, whatever the Services are.
pub mod fixed {
    use super::ChainName;

    /// Dispatch by cluster, external and load balancer address; in `filter`, REJECT and DROP for cluster IPs.
    pub const SERVICES: ChainName = ChainName::literal("KUBE-SERVICES");
    /// Dispatch by node port; in `filter`, ACCEPT for health check ports.
    pub const NODE_PORTS: ChainName = ChainName::literal("KUBE-NODEPORTS");
    /// REJECT and DROP for external destinations.
    pub const EXTERNAL_SERVICES: ChainName = ChainName::literal("KUBE-EXTERNAL-SERVICES");
    /// Fixed rules for forwarded packets.
    pub const FORWARD: ChainName = ChainName::literal("KUBE-FORWARD");
    /// DROP for sources outside `loadBalancerSourceRanges`.
    pub const PROXY_FIREWALL: ChainName = ChainName::literal("KUBE-PROXY-FIREWALL");
    /// Protection of the loopback network; shared with kubelet.
    pub const FIREWALL: ChainName = ChainName::literal("KUBE-FIREWALL");
    /// Masquerading of marked packets.
    pub const POSTROUTING: ChainName = ChainName::literal("KUBE-POSTROUTING");
    /// Marks a packet for masquerading.
    pub const MARK_MASQ: ChainName = ChainName::literal("KUBE-MARK-MASQ");
}

/// The chains that the kernel itself enters.
pub mod base {
    use super::ChainName;

    /// Packets for the node.
    pub const INPUT: ChainName = ChainName::literal("INPUT");
    /// Packets that pass through.
    pub const FORWARD: ChainName = ChainName::literal("FORWARD");
    /// Packets of the node.
    pub const OUTPUT: ChainName = ChainName::literal("OUTPUT");
    /// Packets that come in.
    pub const PREROUTING: ChainName = ChainName::literal("PREROUTING");
    /// Packets that go out.
    pub const POSTROUTING: ChainName = ChainName::literal("POSTROUTING");

    /// All of them.
    pub const ALL: [ChainName; 5] = [INPUT, FORWARD, OUTPUT, PREROUTING, POSTROUTING];

    /// Whether the kernel enters a chain of this name.
    #[must_use]
    pub fn is_base(chain: ChainName) -> bool {
        ALL.contains(&chain)
    }
}

/// The hashed chains of a service port; all share one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceChain {
    /// Endpoints of the Cluster policy.
    Cluster,
    /// Endpoints of the Local policy.
    Local,
    /// Traffic to external destinations.
    External,
    /// Source ranges of load balancer addresses.
    Firewall,
}

impl ServiceChain {
    fn prefix(self) -> &'static str {
        match self {
            Self::Cluster => "KUBE-SVC-",
            Self::Local => "KUBE-SVL-",
            Self::External => "KUBE-EXT-",
            Self::Firewall => "KUBE-FW-",
        }
    }
}

/// Prefixes of all hashed chains: what a node may have left over from Services that are gone.
pub const HASHED_PREFIXES: [&str; 5] = ["KUBE-SVC-", "KUBE-SVL-", "KUBE-SEP-", "KUBE-FW-", "KUBE-EXT-"];

/// The names of the chains of one service port.
#[derive(Debug, Clone, Copy)]
pub struct ServiceChains {
    hash: [u8; 16],
}

impl ServiceChains {
    /// `service_port` is `namespace/name` or `namespace/name:port`.
    #[must_use]
    pub fn new(service_port: &str, protocol: Protocol) -> Self {
        Self { hash: hash(&[service_port, protocol.lower()]) }
    }

    /// The name of one of them.
    #[must_use]
    pub fn name(&self, kind: ServiceChain) -> ChainName {
        ChainName::from_checked(kind.prefix().as_bytes(), &self.hash)
    }

    /// The names of all of them.
    #[must_use]
    pub fn all(&self) -> [ChainName; 4] {
        use ServiceChain::{Cluster, External, Firewall, Local};
        [Cluster, Local, External, Firewall].map(|kind| self.name(kind))
    }
}

/// The chain of one endpoint (`ip:port`) of one service port.
#[must_use]
pub fn endpoint_chain(service_port: &str, protocol: Protocol, endpoint: &str) -> ChainName {
    ChainName::from_checked(b"KUBE-SEP-", &hash(&[service_port, protocol.lower(), endpoint]))
}

/// The first 16 base32 characters of the SHA-256 of the joined parts (kube-proxy, all versions).
fn hash(parts: &[&str]) -> [u8; 16] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
    }
    let mut text = [0; 16];
    BASE32_NOPAD.encode_mut(&digest.finalize()[..10], &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chain_names_are_those_of_kube_proxy() {
        use Protocol::{Sctp, Tcp, Udp};
        use ServiceChain::{Cluster, External, Firewall};
        let service = |name, protocol, kind| ServiceChains::new(name, protocol).name(kind).to_string();
        assert_eq!(service("ns1/svc1:p80", Tcp, Cluster), "KUBE-SVC-XPGD46QRK7WJZT7O");
        assert_eq!(service("ns2/svc2:p80", Tcp, External), "KUBE-EXT-GNZBNJ2PO5MGZ6GT");
        assert_eq!(service("default/kubernetes:https", Tcp, Cluster), "KUBE-SVC-NPX46M4PTMTKRN6Y");
        assert_eq!(service("kube-system/kube-dns:dns", Udp, Cluster), "KUBE-SVC-TCOU7JCQXEZGVUNU");
        assert_eq!(service("default/nginx", Tcp, Cluster), "KUBE-SVC-2CMXP7HKUVJN7L6M");
        assert_eq!(service("media/rtp:ctl", Sctp, Cluster), "KUBE-SVC-2ZU2YWOE2PDMTOHA");
        assert_eq!(service("shop/front:https", Tcp, Firewall), "KUBE-FW-VPWLIZ4UCZR3AVHA");
    }

    #[test]
    fn endpoint_chains_hash_the_bracketed_text() {
        let endpoint = |name, text| endpoint_chain(name, Protocol::Tcp, text).to_string();
        assert_eq!(endpoint("ns1/svc1:p80", "10.180.0.1:80"), "KUBE-SEP-SXIVWICOYRO3J4NJ");
        assert_eq!(endpoint("default/web", "10.244.1.10:8080"), "KUBE-SEP-BSJG54EXAHTH4INO");
        assert_eq!(endpoint("shop/front:https", "[fd00:244:1::6]:8443"), "KUBE-SEP-P7TRFQ4RJCLKBGEC");
    }
}
