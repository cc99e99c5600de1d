//! From configuration, facts, Node object and flags to one [`NodeContext`].

mod addresses;
mod identity;
mod inputs;
mod iptables;
mod local_traffic;
mod nftables;
mod node_ports;
mod version;
mod winkernel;

use super::behavior::{Behavior, FeatureGates, Version};
use super::config::Config;
use super::context::NodeContext;
use super::facts::Facts;
use super::overrides::Overrides;
use crate::diagnostics::Diagnostic;
use crate::manifest::Cluster;
use crate::name::printable;
use crate::node::codes;
use inputs::Inputs;

/// Decides every setting of the node. Wrong values are reported, and the default is used in their place.
#[must_use]
pub fn resolve(
    version: Option<Version>,
    config: &Config,
    facts: &Facts,
    overrides: &Overrides,
    cluster: &Cluster,
) -> (NodeContext, Vec<Diagnostic>) {
    let mut inputs = Inputs { config, facts, overrides, diagnostics: Vec::new() };
    let (name, node) = identity::choose(&mut inputs, cluster);
    let version = version::choose(version, node, &mut inputs);
    let gates = overrides.feature_gates(config);
    check_gates(&gates, version, &mut inputs);
    check_keys(&mut inputs);
    let mut behavior = Behavior::of(version, &gates);
    if let Some((other, change)) = &overrides.taken {
        behavior = change.taken(&behavior, other);
    }
    check_mode(node.is_some_and(|node| node.runs_windows), &mut inputs);
    let (ips, primary_family) = identity::addresses(&mut inputs, node);
    let interfaces = addresses::of_interfaces(&mut inputs);
    let addresses = addresses::all(&ips, interfaces.as_deref(), node, cluster);
    let node_ports = node_ports::addresses(&mut inputs, &ips, interfaces, &addresses, &behavior);
    let context = NodeContext {
        name,
        zone: node.and_then(|node| node.zone.clone()),
        runs_windows: node.is_some_and(|node| node.runs_windows),
        runs_linux: node.is_some_and(|node| node.runs_linux),
        ips,
        addresses,
        healthz_address: winkernel::healthz_address(config),
        primary_family,
        version,
        behavior,
        masquerade_all: overrides.masquerade_all.or(config.iptables.masquerade_all).unwrap_or(false),
        local_traffic_is_assumed: local_traffic::is_assumed(&inputs),
        local_traffic_is_chosen: overrides.detect_local_mode.is_some() || overrides.cluster_cidr.is_some(),
        local_traffic: local_traffic::detectors(&mut inputs, node),
        node_port_addresses: node_ports.usual,
        iptables: iptables::settings(&mut inputs),
        nftables: nftables::settings(&mut inputs, node_ports.nftables, cluster),
        windows: winkernel::settings(
            &mut inputs,
            node,
            winkernel::pod_networks(cluster, node, primary_family),
        ),
    };
    (context, inputs.diagnostics)
}

fn check_gates(gates: &FeatureGates, version: Version, inputs: &mut Inputs<'_>) {
    for gate in gates.without_effect(version) {
        let message = format!("feature gate {} cannot be set in {}", printable(gate), version.described());
        inputs
            .diagnostics
            .push(Diagnostic::new(codes::GATE_LOCKED, message).help("the setting has no effect"));
    }
}

/// Keys that kube-proxy does not know, and ignores.
fn check_keys(inputs: &mut Inputs<'_>) {
    for key in &inputs.config.unknown_keys {
        let message = format!("unknown key `{}` in line {} of the configuration", key.path, key.line);
        let help = match key.meant {
            Some(meant) => format!("did you mean `{meant}`? kube-proxy ignores the key"),
            None => "kube-proxy ignores the key".to_owned(),
        };
        inputs.diagnostics.push(Diagnostic::new(codes::UNKNOWN_KEY, message).help(help));
    }
}

/// On Windows kube-proxy ends at once in any mode but its own; on Linux other modes have other rules.
fn check_mode(runs_windows: bool, inputs: &mut Inputs<'_>) {
    let mode = inputs.overrides.mode.as_ref().unwrap_or(&inputs.config.mode);
    if runs_windows {
        if !matches!(mode.as_str(), "" | "kernelspace") {
            let message = format!("mode is `{}`, and the node runs Windows", printable(mode));
            let help = "kube-proxy does not start with it; kernelspace is used here";
            let found =
                Diagnostic::new(codes::CONFIG_INVALID, message).allowed("kernelspace, or none").help(help);
            inputs.diagnostics.push(found);
        }
        return;
    }
    if !matches!(mode.as_str(), "" | "iptables" | "nftables" | "kernelspace") {
        let message = format!("the proxy mode is `{}`", printable(mode));
        inputs.diagnostics.push(
            Diagnostic::new(codes::CONFIG_MODE, message)
                .allowed("iptables, nftables, kernelspace")
                .help("a node in this mode has different rules"),
        );
    }
}
