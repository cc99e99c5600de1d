//! How traffic of pods on the node is recognised.

use ipnet::IpNet;

use super::inputs::Inputs;
use crate::diagnostics::{Code, Diagnostic};
use crate::manifest::Node;
use crate::name::InterfaceName;
use crate::net::{Family, PerFamily, parse_cidr};
use crate::node::context::LocalDetector;

/// How traffic of local pods is told, by the detection mode.
pub(super) fn detectors(inputs: &mut Inputs<'_>, node: Option<&Node>) -> PerFamily<LocalDetector> {
    let (config, overrides) = (inputs.config, inputs.overrides);
    let mode = overrides.detect_local_mode.as_ref().or(config.detect_local_mode.as_ref());
    match mode.map_or("", String::as_str) {
        "" if mode.is_none() && overrides.cluster_cidr.is_none() => {
            note_undetected(inputs);
            PerFamily::default()
        }
        "" | "ClusterCIDR" => {
            let cidrs = cluster_cidrs(inputs);
            PerFamily::of(|family| source_in(&cidrs, family))
        }
        "NodeCIDR" => {
            let cidrs = node.map_or(&[][..], |node| &node.pod_cidrs);
            PerFamily::of(|family| source_in(cidrs, family))
        }
        "BridgeInterface" => {
            let name = overrides.bridge_interface.as_ref().unwrap_or(&config.detect_local.bridge_interface);
            let name = interface(inputs, "detectLocal.bridgeInterface", name);
            PerFamily::of(|_| name.clone().map_or(LocalDetector::None, LocalDetector::Interface))
        }
        "InterfaceNamePrefix" => {
            let prefix = overrides
                .interface_name_prefix
                .as_ref()
                .unwrap_or(&config.detect_local.interface_name_prefix);
            let prefix = interface(inputs, "detectLocal.interfaceNamePrefix", prefix);
            PerFamily::of(|_| prefix.clone().map_or(LocalDetector::None, LocalDetector::InterfacePrefix))
        }
        other => {
            inputs.refuse(
                "detectLocalMode",
                other,
                "ClusterCIDR, NodeCIDR, BridgeInterface, InterfaceNamePrefix",
            );
            PerFamily::default()
        }
    }
}

/// A configuration without `detectLocalMode` detects no local traffic, even with a `clusterCIDR`: the
/// recorded proxiers of 1.30 and 1.36 do so (an empty text means `ClusterCIDR`, as kubeadm writes it).
fn note_undetected(inputs: &mut Inputs<'_>) {
    if !inputs.config.cluster_cidr.is_empty() {
        let message = "clusterCIDR is set, but detectLocalMode is not, so local traffic is not detected";
        inputs.diagnostics.push(
            Diagnostic::new(Code::LocalModeMissing, message)
                .help("to use clusterCIDR, add detectLocalMode: ClusterCIDR or give --detect-local-mode"),
        );
    }
}

fn interface(inputs: &mut Inputs<'_>, field: &str, name: &str) -> Option<InterfaceName> {
    let checked = InterfaceName::new(name).ok();
    if checked.is_none() {
        inputs.refuse(field, name, "1 to 15 letters, digits, `-`, `_` and `.`");
    }
    checked
}

/// `clusterCIDR`: at most one network for each family.
fn cluster_cidrs(inputs: &mut Inputs<'_>) -> Vec<IpNet> {
    let text = inputs.overrides.cluster_cidr.as_ref().unwrap_or(&inputs.config.cluster_cidr);
    if text.is_empty() {
        return Vec::new();
    }
    let parsed: Vec<Option<IpNet>> = text.split(',').map(|cidr| parse_cidr(cidr.trim())).collect();
    let cidrs: Vec<IpNet> = parsed.iter().flatten().copied().collect();
    let one_family_twice = cidrs.len() == 2 && Family::of_net(&cidrs[0]) == Family::of_net(&cidrs[1]);
    if cidrs.len() < parsed.len() || cidrs.len() > 2 || one_family_twice {
        inputs.refuse("clusterCIDR", &text.clone(), "a CIDR, or one of each family joined by a comma");
    }
    cidrs
}

fn source_in(cidrs: &[IpNet], family: Family) -> LocalDetector {
    let first = cidrs.iter().find(|cidr| Family::of_net(cidr) == family);
    first.map_or(LocalDetector::None, |cidr| LocalDetector::Source(*cidr))
}
