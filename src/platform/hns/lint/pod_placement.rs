//! Where pods run: HNS knows the local ones.

use std::net::IpAddr;

use rustc_hash::FxHashSet;

use super::WindowsNode;
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::platform::hns::codes;
use crate::platform::hns::model::Address;

impl WindowsNode<'_> {
    /// A pod runs where HNS has a local endpoint for it, whatever its slice says.
    pub(super) fn pods_placed_elsewhere(self) -> Vec<Diagnostic> {
        let (Some(name), Some(endpoints)) = (&self.rules.node.name, &self.host.endpoints) else {
            return Vec::new();
        };
        let local = endpoints.iter().filter(|endpoint| !endpoint.is_remote());
        let local: FxHashSet<IpAddr> =
            local.flat_map(|endpoint| endpoint.addresses()).filter_map(Address::ip).collect();
        let mut found = Vec::new();
        for slice in &self.cluster.slices {
            for backend in self.cluster.backends_of(slice) {
                let Some(ip) = backend.address.ip().filter(|ip| local.contains(ip)) else { continue };
                let Some(elsewhere) = backend.node.as_ref().filter(|node| *node != name) else { continue };
                let message = format!("{ip} is a local endpoint in HNS, and its slice says node {elsewhere}");
                let help = format!("compare with the name of this node, {name}; or the dump is old");
                found.push(
                    Diagnostic::new(codes::POD_PLACED_ELSEWHERE, message)
                        .about(ObjectRef::new("EndpointSlice", slice.namespace.as_str(), slice.name.as_str()))
                        .at(slice.origin.field("endpoints"))
                        .help(help),
                );
            }
        }
        found
    }
}
