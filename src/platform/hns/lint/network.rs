//! The HNS network: its type, and the interface of the node behind it.
//!
//! That no network has the name is said where the plan is made.

use super::WindowsNode;
use crate::diagnostics::Diagnostic;
use crate::name::printable;
use crate::platform::hns::codes;

impl WindowsNode<'_> {
    pub(super) fn network(self) -> Vec<Diagnostic> {
        [self.type_differs(), self.node_address_unknown()].into_iter().flatten().collect()
    }

    /// The flag wins over what HNS says, and both cannot be right.
    fn type_differs(self) -> Option<Diagnostic> {
        let said = self.rules.node.windows.network_type.as_ref()?;
        let mut networks = self.hns.state?.networks.iter();
        let network = networks.find(|network| network.name == self.host.network.name)?;
        (network.type_ != *said).then(|| {
            let (name, is) = (printable(&network.name), printable(network.type_.as_str()));
            let message =
                format!("the HNS network {name} is {is}, and --network-type says {}", said.as_str());
            Diagnostic::new(codes::NETWORK_TYPE_DIFFERS, message)
                .help("leave --network-type out; the dump contains the type")
        })
    }

    /// k/k#100966, sig-windows-tools#159: "Could not find host mac address for 0.0.0.0".
    fn node_address_unknown(self) -> Option<Diagnostic> {
        let ip = self.host.node_ip;
        (self.host.is_overlay() && (ip.is_unspecified() || ip.is_loopback())).then(|| {
            let message =
                format!("no interface of the node has the address {ip}, and the network is an overlay");
            Diagnostic::new(codes::NODE_ADDRESS_UNKNOWN, message)
                .help("add the Node object to the input, or give --bind-address")
        })
    }
}
