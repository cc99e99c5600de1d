//! What is odd about single endpoints and frontends of HNS as they are put together.

use std::collections::BTreeSet;
use std::net::Ipv6Addr;

use super::super::about;
use super::super::directory::Hidden;
use crate::diagnostics::Diagnostic;
use crate::ir::{Endpoint, ServicePort};
use crate::name::{first_names, printable};
use crate::net::Family;
use crate::node::SameAddress;
use crate::platform::hns::codes;
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::model::{Address, EndpointRef};

/// How many endpoints a message names.
const NAMED: usize = 5;

/// Whether endpoints are on this node decides, and nobody tells.
pub(in super::super) fn unplaced(endpoints: &BTreeSet<Box<str>>) -> Option<Diagnostic> {
    let message = format!(
        "whether {} endpoints are on this node is told neither by HNS nor by their slices; they are taken to be: {}",
        endpoints.len(),
        first_names(endpoints.iter().map(|text| printable(text)), NAMED)
    );
    (!endpoints.is_empty()).then(|| {
        Diagnostic::new(codes::ASSUMED, message)
            .help("traffic policies hang on it; take the dump with all members of the endpoints, Flags among them, or say nodeName in the slices")
    })
}

/// A pod of this node is no endpoint of the network.
pub(in super::super) fn local_endpoint_missing(port: &ServicePort, address: &Address) -> Diagnostic {
    let message = format!(
        "endpoint {} is on this node, and HNS has no endpoint for it",
        printable(&address.to_string())
    );
    about(port, codes::LOCAL_ENDPOINT_MISSING, "metadata.name", message)
        .help("it gets no connections from here; pods with the node's own network are never endpoints")
}

/// The endpoint of a pod of this node is on a network that kube-proxy does not look at.
pub(in super::super) fn local_endpoint_elsewhere(
    port: &ServicePort,
    address: &Address,
    network: &str,
) -> Diagnostic {
    let message = format!(
        "endpoint {} is on this node and in HNS on network {}, where kube-proxy does not look",
        printable(&address.to_string()),
        printable(network)
    );
    about(port, codes::POD_ELSEWHERE, "metadata.name", message)
        .help("kube-proxy cannot serve it; compare winkernel.networkName with the network of the CNI plugin")
}

/// HNS takes a pod of this node for one elsewhere.
pub(in super::super) fn local_is_remote(
    port: &ServicePort,
    reference: &EndpointRef,
    endpoint: &Endpoint,
) -> Diagnostic {
    let text = &endpoint.text;
    about(
        port,
        codes::LOCAL_IS_REMOTE,
        "metadata.name",
        format!("endpoint {text} is on this node, and remote for HNS ({reference})"),
    )
    .help("the address was another node's once; its HNS endpoint is left over, and the pod has none yet")
}

/// Two addresses of other nodes get one MAC address.
pub(in super::super) fn mac_shared(first: Ipv6Addr, second: Ipv6Addr) -> Diagnostic {
    let message = format!("{first} and {second} get the same MAC address, made of their last four bytes");
    Diagnostic::new(codes::MAC_SHARED, message).help("connections to one may reach the other")
}

/// A remote endpoint has the address of a pod of this node.
pub(in super::super) fn hidden(hidden: &Hidden, rule: SameAddress) -> Diagnostic {
    let Hidden { address, remote } = hidden;
    let address = printable(&address.to_string());
    let message = format!("HNS has a remote endpoint {remote} with {address}, the address of a local one");
    Diagnostic::new(codes::REMOTE_HIDES_LOCAL, message).help(match rule {
        SameAddress::Local => "it is left over; kube-proxy deletes it, and so does the plan",
        SameAddress::Remote => "kube-proxy sends connections to the remote one; delete it",
        SameAddress::LastListed => {
            "which one gets connections depends on the order of HNS; delete the remote one"
        }
    })
}

/// The load balancer of another family is taken for one's own.
pub(in super::super) fn taken_for_own(port: &ServicePort, key: &FrontendKey) -> Diagnostic {
    let other = if port.family == Family::Ipv6 { Family::Ipv4 } else { Family::Ipv6 };
    about(
        port,
        codes::FAMILIES_SHARE,
        "metadata.name",
        format!("{key} gets no load balancer: that of {other} is taken for it"),
    )
    .help("kube-proxy 1.33.8, 1.34.4, 1.35.1 and later releases of each tell the families apart")
}

/// A load balancer has more than one owner.
pub(in super::super) fn shared(port: &ServicePort, key: &FrontendKey) -> Diagnostic {
    about(port, codes::SHARED, "metadata.name", format!("{key} shares a load balancer that is already there"))
        .help("whichever of its owners goes first takes it away from the others")
}

/// Two service ports want the same frontend with different endpoints.
pub(in super::super) fn frontend_taken(
    port: &ServicePort,
    key: &FrontendKey,
    first: &ServicePort,
) -> Diagnostic {
    about(
        port,
        codes::FRONTEND_TAKEN,
        "metadata.name",
        format!("{key} gets no load balancer: {} has it", first.id),
    )
    .help("HNS refuses a second one (0x803B0013); kube-proxy tries again for ever, in random order")
}
