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

use super::behavior::{Behavior, FeatureGates, GATES, Version};
use super::config::Config;
use super::context::NodeContext;
use super::facts::Facts;
use super::overrides::Overrides;
use crate::diagnostics::Diagnostic;
use crate::manifest::Cluster;
use crate::name::{nearest, printable};
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
    let (runs_windows, runs_linux) = node.map_or((false, false), |node| (node.runs_windows, node.runs_linux));
    check_mode(runs_windows, runs_linux, &mut inputs);
    let (ips, primary_family) = identity::addresses(&mut inputs, node);
    let interfaces = addresses::of_interfaces(&mut inputs);
    let addresses = addresses::all(&ips, interfaces.as_deref(), node, cluster);
    let node_ports = node_ports::addresses(&mut inputs, &ips, interfaces, &addresses, &behavior);
    let context = NodeContext {
        name,
        zone: node.and_then(|node| node.zone.clone()),
        runs_windows,
        runs_linux,
        ips,
        addresses,
        healthz_address: winkernel::healthz_address(config),
        primary_family,
        version,
        behavior,
        mode: overrides.mode.as_deref().unwrap_or(&config.mode).into(),
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
        let found = Diagnostic::new(codes::GATE_LOCKED, message).help("the setting has no effect");
        inputs.tell(found, &format!("featureGates.{gate}"));
    }
    for gate in gates.0.keys().filter(|gate| GATES.iter().all(|known| known.name != **gate)) {
        let found = unknown_gate(gate);
        inputs.tell(found, &format!("featureGates.{gate}"));
    }
}

/// What is to be said about a gate that is none of those that act on rules: most gates of Kubernetes do not.
fn unknown_gate(gate: &str) -> Diagnostic {
    let shown = printable(gate);
    if matches!(gate, "AllAlpha" | "AllBeta") {
        let message = format!("feature gate {shown} sets other gates, which are not set here");
        let acting: Vec<&str> = GATES.iter().map(|gate| gate.name).collect();
        let help = format!("name those that act on rules: {}", acting.join(", "));
        return Diagnostic::new(codes::GATE_UNKNOWN, message).help(help);
    }
    match nearest(gate, GATES.iter().map(|gate| gate.name)).first() {
        Some(near) => {
            let message = format!("unknown feature gate {shown}");
            let help =
                format!("did you mean {near}? kube-proxy does not start with a gate that it does not know");
            Diagnostic::new(codes::GATE_UNKNOWN, message).help(help)
        }
        None => Diagnostic::new(
            codes::GATE_WITHOUT_EFFECT,
            format!("feature gate {shown} is none of those that are known to act on rules"),
        ),
    }
}

/// Keys that kube-proxy does not know, and ignores.
fn check_keys(inputs: &mut Inputs<'_>) {
    let config = inputs.config;
    for key in &config.unknown_keys {
        let message = format!("unknown key `{}`", key.shown());
        let help = match key.meant {
            Some(meant) => format!("did you mean `{meant}`? kube-proxy ignores the key"),
            None => "kube-proxy ignores the key".to_owned(),
        };
        inputs.tell(Diagnostic::new(codes::UNKNOWN_KEY, message).help(help), &key.path);
    }
}

/// On Windows kube-proxy ends at once in any mode but its own; on Linux other modes have other rules.
fn check_mode(runs_windows: bool, runs_linux: bool, inputs: &mut Inputs<'_>) {
    let mode = inputs.overrides.mode.as_ref().unwrap_or(&inputs.config.mode);
    let field = if inputs.overrides.mode.is_some() { "" } else { "mode" };
    if runs_windows {
        if !matches!(mode.as_str(), "" | "kernelspace") {
            let message = format!("mode is `{}`, and the node runs Windows", printable(mode));
            let help = "kube-proxy does not start with it; kernelspace is used here";
            let found =
                Diagnostic::new(codes::CONFIG_INVALID, message).allowed("kernelspace, or none").help(help);
            inputs.tell(found, field);
        }
        return;
    }
    if runs_linux && mode == "kernelspace" {
        let message = format!("mode is `{}`, and the node runs Linux", printable(mode));
        let found =
            Diagnostic::new(codes::CONFIG_INVALID, message).allowed("iptables, nftables, ipvs, or none");
        let help = "kube-proxy does not start with it; only targets that are named with -t are answered for";
        return inputs.tell(found.help(help), field);
    }
    if !matches!(mode.as_str(), "" | "iptables" | "nftables" | "kernelspace") {
        let message = format!("the proxy mode is `{}`", printable(mode));
        let found = Diagnostic::new(codes::CONFIG_MODE, message)
            .allowed("iptables, nftables, kernelspace")
            .help("its rules are not modelled: what is printed is not what such a node has");
        inputs.tell(found, field);
    }
}
