//! Names of chains, sets and maps.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use super::model::Name;
use crate::ir::ServicePort;
use crate::net::{Protocol, push_decimal};

/// Names that do not depend on Services. None has a `/`.
pub mod fixed {
    /// The chain of all traffic that is to be translated.
    pub const SERVICES: &str = "services";
    /// The chain that masquerades.
    pub const MASQUERADING: &str = "masquerading";
    /// The chain that sets the mark (up to 1.35).
    pub const MARK: &str = "mark-for-masquerade";
    /// The chain for traffic to Services without endpoints.
    pub const SERVICE_CHECK: &str = "service-endpoints-check";
    /// The chain for traffic to node ports without endpoints.
    pub const NODE_PORT_CHECK: &str = "nodeport-endpoints-check";
    /// The chain that rejects.
    pub const REJECT: &str = "reject-chain";
    /// The chain for source ranges.
    pub const FIREWALL_CHECK: &str = "firewall-check";
    /// The chain for what is left of traffic to cluster IPs.
    pub const CLUSTER_IPS_CHECK: &str = "cluster-ips-check";
    /// The set of all cluster IPs.
    pub const CLUSTER_IPS: &str = "cluster-ips";
    /// The set of packets of pods to themselves (1.36).
    pub const HAIRPINS: &str = "hairpin-connections";
    /// The set of addresses that serve node ports.
    pub const NODE_PORT_IPS: &str = "nodeport-ips";
    /// The map of addresses that are restricted to source ranges.
    pub const FIREWALL_IPS: &str = "firewall-ips";
    /// The map of node ports without endpoints.
    pub const NO_ENDPOINT_NODE_PORTS: &str = "no-endpoint-nodeports";
    /// The map of addresses of Services without endpoints.
    pub const NO_ENDPOINT_SERVICES: &str = "no-endpoint-services";
    /// The map of addresses of Services.
    pub const SERVICE_IPS: &str = "service-ips";
    /// The map of node ports.
    pub const SERVICE_NODE_PORTS: &str = "service-nodeports";
    /// The map of node ports that are rejected on loopback addresses (1.37).
    pub const LOCALHOST_REJECTS: &str = "localhost-nodeport-reject-ports";
    /// What the names of the chains begin with that reject them.
    pub const LOCALHOST_REJECT: &str = "localhost-nodeport-reject-";
}

/// The chain that rejects packets of a protocol to node ports on loopback addresses, and the counter of them (1.37).
#[must_use]
pub fn localhost_reject(protocol: Protocol) -> [Name; 2] {
    [fixed::LOCALHOST_REJECT, "localhost-nodeport-rejected-"]
        .map(|start| Name::from_checked(&[start, protocol.lower()].concat()))
}

/// A chain of a service port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceChain {
    /// Endpoints for traffic that may go to any node.
    Cluster,
    /// Endpoints for traffic that must stay on this node.
    Local,
    /// Traffic to external destinations.
    External,
    /// Source ranges of load balancer addresses.
    Firewall,
}

/// Longer texts are cut, as names have limits (kube-proxy, all versions).
const LONGEST: usize = 240;

/// The names of one service port.
pub(super) struct ServiceNames {
    /// `namespace/name/protocol/port`
    text: String,
    base: String,
}

impl ServiceNames {
    pub(super) fn new(port: &ServicePort) -> Self {
        let text = service_text(port);
        let base = base(&text);
        Self { text, base }
    }

    pub(super) fn chain(&self, kind: ServiceChain) -> Name {
        let prefix = match kind {
            ServiceChain::Cluster => "service-",
            ServiceChain::Local => "local-",
            ServiceChain::External => "external-",
            ServiceChain::Firewall => "firewall-",
        };
        Name::from_checked(&[prefix, &self.base].concat())
    }

    /// Chain and set of an endpoint, by its address as it stands in rules, and its port.
    pub(super) fn endpoint(&self, address: &str, port: u16) -> [Name; 2] {
        let mut text = self.text.clone();
        text.push_str("__");
        text.extend(address.chars().map(|c| if c == ':' { '.' } else { c }));
        text.push('/');
        push_decimal(&mut text, port.into());
        let base = base(&text);
        ["endpoint-", "affinity-"].map(|prefix| Name::from_checked(&[prefix, &base].concat()))
    }
}

/// What the names of a service port contain: `namespace/name/protocol/port`.
pub(super) fn service_text(port: &ServicePort) -> String {
    let parts = [port.namespace.as_str(), port.name.as_str(), port.protocol.lower(), port.port_name.as_str()];
    parts.join("/")
}

/// The service port in a name, as `namespace/name/protocol/port`; `None` where it has none or was cut.
pub(super) fn service_of(name: &str) -> Option<&str> {
    const HASH: usize = 8;
    let prefixes = ["service-", "local-", "external-", "firewall-", "endpoint-", "affinity-"];
    let rest = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let text = rest.get(HASH..)?.strip_prefix('-')?;
    let text = text.split_once("__").map_or(text, |(service, _)| service);
    (text.matches('/').count() == 3).then_some(text)
}

/// The service port in a name as comments write it: `namespace/name:port`.
pub(super) fn service_port_of(name: &str) -> Option<String> {
    let mut parts = service_of(name)?.split('/');
    let (namespace, service, _, port) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some(if port.is_empty() {
        format!("{namespace}/{service}")
    } else {
        format!("{namespace}/{service}:{port}")
    })
}

/// A hash of the text and the text itself, if need be cut (kube-proxy, all versions).
fn base(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut hash = [0; 8];
    BASE32_NOPAD.encode_mut(&digest[..5], &mut hash);
    let hash = std::str::from_utf8(&hash).expect("base32 is ASCII");
    let mut base = String::with_capacity(hash.len() + 1 + text.len());
    base.push_str(hash);
    base.push('-');
    base.push_str(text);
    if base.len() > LONGEST {
        base.truncate(LONGEST - "...".len());
        base.push_str("...");
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_kube_proxy() {
        for (text, wanted) in [
            ("ns1/svc1/tcp/p80", "ULMVA6XW-ns1/svc1/tcp/p80"),
            ("default/kubernetes/tcp/https", "2QRHZV4L-default/kubernetes/tcp/https"),
            ("kube-system/kube-dns/udp/dns", "FY5PMXPG-kube-system/kube-dns/udp/dns"),
            ("kube-system/kube-dns/tcp/dns-tcp", "NWBZK7IH-kube-system/kube-dns/tcp/dns-tcp"),
            ("default/nginx/tcp/", "ECO34HEO-default/nginx/tcp/"),
        ] {
            assert_eq!(base(text), wanted);
        }
        let names = |text: &str| ServiceNames { text: text.to_owned(), base: base(text) };
        let [chain, set] = names("ns1/svc1/tcp/p80").endpoint("10.180.0.1", 80);
        assert_eq!(chain.as_str(), "endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80");
        assert_eq!(set.as_str(), "affinity-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80");
        let [chain, _] = names("shop/front/tcp/https").endpoint("fd00:244:1::6", 8443);
        assert_eq!(chain.as_str(), "endpoint-R7WFEBEO-shop/front/tcp/https__fd00.244.1..6/8443");
    }

    #[test]
    fn names_tell_their_service_port() {
        let of = |name: &str| service_port_of(name).unwrap_or_default();
        assert_eq!(of("service-ULMVA6XW-ns1/svc1/tcp/p80"), "ns1/svc1:p80");
        assert_eq!(of("external-ECO34HEO-default/nginx/tcp/"), "default/nginx");
        assert_eq!(of("endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80"), "ns1/svc1:p80");
        for none in ["services", "service-endpoints-check", "service-ULMVA6XW-ns1/svc1", "endpoint-x"] {
            assert_eq!(of(none), "", "{none}");
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        let long = base(&"x".repeat(300));
        assert_eq!(long.len(), LONGEST);
        assert!(long.ends_with("x..."));
    }
}
