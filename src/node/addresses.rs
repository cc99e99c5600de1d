//! The addresses of a node: which it has, which others have, and whether it may have more.

use std::net::IpAddr;

use ipnet::IpNet;

/// What the input tells about the addresses of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeAddresses {
    /// Those that it has, sorted, without loopback ones: internal addresses of its Node object, the one that
    /// kube-proxy uses, addresses of its interfaces.
    pub own: Vec<IpAddr>,
    /// Whether these are all, as the addresses of its interfaces are listed. Else it may have more: a bridge, a
    /// second network card, addresses of load balancers.
    pub is_complete: bool,
    /// Addresses of other nodes.
    pub of_other_nodes: Vec<IpAddr>,
    /// Networks of the pods of other nodes.
    pub other_pods: Vec<IpNet>,
}

impl NodeAddresses {
    /// Whether the node is known to have an address.
    #[must_use]
    pub fn has(&self, ip: IpAddr) -> bool {
        self.own.binary_search(&ip).is_ok()
    }
}
