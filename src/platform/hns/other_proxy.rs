//! Nodes where kube-proxy serves nothing: a network plugin does it by other means, so what kube-proxy would make in HNS
//! is not in force there, and that HNS has nothing of it is no fault.

use super::model::{Network, State};
use crate::name::printable;
use crate::node::{NetworkType, NodeContext};

/// Who serves Services in place of kube-proxy, in a sentence; `None` where nothing tells of anybody else.
#[must_use]
pub fn other_proxy(node: &NodeContext, state: Option<&State>) -> Option<String> {
    let of_node = node.windows.data_plane.as_ref().map(|data_plane| {
        format!(
            "the Node says that its data plane is {} ({}): eBPF serves Services there, and what is in HNS is not in force",
            printable(data_plane),
            crate::manifest::DATA_PLANE_LABEL
        )
    });
    of_node.or_else(|| state.and_then(of_network))
}

/// A plugin that serves Services itself, as Antrea does with Open vSwitch on a transparent network (antrea#7720 makes
/// that mandatory): HNS has no network that kube-proxy could use, and no load balancer of anybody.
pub(super) fn of_network(state: &State) -> Option<String> {
    let is_plugins = |network: &&Network| network.type_ == NetworkType::Transparent;
    let is_of_kube_proxy = |network: &Network| {
        matches!(network.type_, NetworkType::L2Bridge | NetworkType::L2Tunnel | NetworkType::Overlay)
    };
    let networks = &state.networks;
    let may_be_others = !networks.is_whole() || networks.iter().any(is_of_kube_proxy);
    if may_be_others || !state.load_balancers.is_empty() {
        return None;
    }
    networks.iter().find(is_plugins).map(|network| {
        format!(
            "the network {} is Transparent: its plugin serves Services itself (Antrea does, with Open vSwitch), and \
             kube-proxy does not run on the node; no load balancer is expected in HNS",
            printable(&network.name)
        )
    })
}
