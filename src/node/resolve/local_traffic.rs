//! How traffic of pods on the node is recognised.

use ipnet::IpNet;

use super::inputs::Inputs;
use crate::diagnostics::Diagnostic;
use crate::manifest::Node;
use crate::name::{InterfaceName, printable};
use crate::net::{Family, PerFamily};
use crate::node::codes;
use crate::node::config::{Config, LOCAL_MODES, NETWORKS, networks};
use crate::node::context::LocalDetector;
use crate::node::overrides::Overrides;

/// How traffic of local pods is recognised, by the detection mode. Without a mode it is `ClusterCIDR`, as in
/// kube-proxy (all versions).
pub(super) fn detectors(inputs: &mut Inputs<'_>, node: Option<&Node>) -> PerFamily<LocalDetector> {
    let (config, overrides) = (inputs.config, inputs.overrides);
    let mode = overrides.detect_local_mode.as_ref().unwrap_or(&config.detect_local_mode);
    match mode.as_str() {
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
            let instead = "traffic of local pods is not distinguished";
            inputs.refuse("detectLocalMode", other, &LOCAL_MODES.join(", "), instead);
            PerFamily::default()
        }
    }
}

/// Whether nothing is given that decides how traffic of local pods is recognised. A configuration without a cluster CIDR
/// says that there is none; without a configuration that is not known.
pub(super) fn is_assumed(inputs: &Inputs<'_>) -> bool {
    let Overrides { detect_local_mode, cluster_cidr, .. } = inputs.overrides;
    *inputs.config == Config::default() && detect_local_mode.is_none() && cluster_cidr.is_none()
}

fn interface(inputs: &mut Inputs<'_>, field: &str, name: &str) -> Option<InterfaceName> {
    if let Ok(checked) = InterfaceName::new(name) {
        return Some(checked);
    }
    let configured = InterfaceName::as_configured(name).ok();
    if configured.is_some() {
        let message = format!("{field} is `{}`, which is longer than 15 bytes", printable(name));
        let help = "kube-proxy starts, and iptables-restore refuses all of its rules; they are compiled as it passes them";
        inputs.tell(Diagnostic::new(codes::INTERFACE_TOO_LONG, message).help(help), field);
    } else {
        let instead = "traffic of local pods is not distinguished";
        inputs.refuse(field, name, "1 to 15 letters, digits, `-`, `_` and `.`", instead);
    }
    configured
}

/// `clusterCIDR`: at most one network for each family.
fn cluster_cidrs(inputs: &mut Inputs<'_>) -> Vec<IpNet> {
    let text = inputs.overrides.cluster_cidr.as_ref().unwrap_or(&inputs.config.cluster_cidr);
    if text.is_empty() {
        return Vec::new();
    }
    networks(text).unwrap_or_else(|| {
        let instead = "traffic of local pods is not distinguished";
        inputs.refuse("clusterCIDR", &text.clone(), NETWORKS, instead);
        Vec::new()
    })
}

fn source_in(cidrs: &[IpNet], family: Family) -> LocalDetector {
    let first = cidrs.iter().find(|cidr| Family::of_net(cidr) == family);
    first.map_or(LocalDetector::None, |cidr| LocalDetector::Source(*cidr))
}
