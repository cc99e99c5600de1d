//! The Windows host: its network, what HNS holds and can do, and whether kube-proxy starts there at all.

use std::net::IpAddr;

use super::features::Features;
use super::model::{Endpoint, EndpointRef, LoadBalancer, NetworkRef, NodePort, RemoteSubnet, State};
use super::providers::ProviderAddresses;
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::name::printable;
use crate::net::Family;
use crate::node::{NetworkType, NodeContext, PodNetwork};
use crate::platform::hns::codes;

/// The name that most guides give the network, for when nobody says it.
const ASSUMED_NETWORK: &str = "cbr0";

/// What is known of the host.
#[derive(Debug, Clone)]
pub struct Host<'s> {
    /// The network of the pods.
    pub network: HostNetwork,
    /// What its HNS can do.
    pub features: Features,
    /// The families that kube-proxy serves there, in its order.
    pub families: Vec<Family>,
    /// The node's address, which matters on overlay networks only.
    pub node_ip: IpAddr,
    /// Which node carries an address on an overlay network.
    pub providers: ProviderAddresses,
    /// The endpoints of the network, in the order of HNS; `None` where no dump was given.
    pub endpoints: Option<Vec<&'s Endpoint>>,
    /// The endpoints of all networks, which may have ports of the host.
    pub all_endpoints: &'s [Endpoint],
    /// All load balancers of the host.
    pub load_balancers: &'s [LoadBalancer],
    /// The host's own endpoint, for health checks.
    pub root_endpoint: Option<EndpointRef>,
}

/// The network of the pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostNetwork {
    /// How endpoints refer to it.
    pub reference: NetworkRef,
    /// Its name.
    pub name: Box<str>,
    /// Its type.
    pub type_: NetworkType,
    /// Whether nothing tells its type, and the usual one is taken. No advice follows from it.
    pub is_assumed: bool,
}

impl HostNetwork {
    /// Whether an endpoint is on the network. Tables and dumps of the old schema may tell its name only, or
    /// nothing.
    #[must_use]
    pub fn holds(&self, endpoint: &Endpoint) -> bool {
        endpoint.network.as_ref().is_none_or(|of| match of {
            NetworkRef::Id(_) => *of == self.reference,
            NetworkRef::Named(name) => *name == self.name,
        })
    }
}

impl<'s> Host<'s> {
    /// The ports of the host that endpoints have taken.
    pub(super) fn owned_ports(&self) -> impl Iterator<Item = (NodePort, &'s Endpoint)> {
        let local = self.all_endpoints.iter().filter(|endpoint| !endpoint.is_remote());
        local.flat_map(|endpoint| endpoint.node_ports().map(move |port| (port, endpoint)))
    }
}

impl Host<'_> {
    /// Whether the network is an overlay, which kube-proxy treats unlike all others.
    #[must_use]
    pub fn is_overlay(&self) -> bool {
        self.network.type_ == NetworkType::Overlay
    }
}

/// Finds the node's network in what HNS holds, and decides what is known of the host.
#[must_use]
pub fn host<'s>(rules: &RuleSet, state: Option<&'s State>) -> (Host<'s>, Vec<Diagnostic>) {
    let node = &rules.node;
    let mut found = Vec::new();
    let name = network_name(node, state, &mut found);
    let in_state = state.and_then(|state| state.networks.iter().find(|network| network.name == name));
    if let (Some(state), None) = (state, in_state) {
        found.push(network_missing(&name, state));
    }
    let type_ = node.windows.network_type.clone().or(in_state.map(|network| network.type_.clone()));
    let is_assumed = type_.is_none();
    let type_ = type_.unwrap_or_else(|| {
        let help = "say it with --network-type, or give what HNS holds with --hns-state";
        found.push(assumed("type of the network", "L2Bridge", help));
        NetworkType::L2Bridge
    });
    let version = node.windows.hns_version.or(state.and_then(|state| state.hns_version));
    let version = version.unwrap_or_else(|| {
        let help = "say it with --hns-version or hnsVersion in the facts file";
        found.push(assumed("version of HNS", "13.2 (Windows Server 2022)", help));
        Features::ASSUMED
    });
    let features = Features::of(version);
    let is_overlay = type_ == NetworkType::Overlay;
    let network = HostNetwork {
        reference: in_state
            .map_or_else(|| NetworkRef::Named(name.clone()), |network| NetworkRef::Id(network.id)),
        name,
        type_,
        is_assumed,
    };
    let endpoints = state
        .filter(|_| in_state.is_some())
        .map(|state| state.endpoints.iter().filter(|endpoint| network.holds(endpoint)).collect());
    let pod_networks: Vec<RemoteSubnet> = match in_state {
        Some(network) => network.remote_subnets.clone(),
        None => node.windows.pod_networks.iter().map(RemoteSubnet::from).collect(),
    };
    let host = Host {
        network,
        features,
        // Dual stack does not depend on the cluster: where HNS can, both proxiers run (all versions).
        families: if features.dual_stack && !is_overlay {
            Family::ALL.to_vec()
        } else {
            vec![node.primary_family]
        },
        node_ip: *node.ips.get(node.primary_family),
        providers: ProviderAddresses::new(&pod_networks),
        endpoints,
        all_endpoints: state.map_or(&[], |state| &state.endpoints),
        load_balancers: state.map_or(&[], |state| &state.load_balancers),
        root_endpoint: root_endpoint(node, state),
    };
    found.extend(why_not_started(node, &host));
    found.extend(unknowns(rules, &host));
    (host, found)
}

/// The name that the configuration says; or that of the only network; or the usual one.
fn network_name(node: &NodeContext, state: Option<&State>, found: &mut Vec<Diagnostic>) -> Box<str> {
    let said = node.windows.network_name.as_str();
    if !said.is_empty() {
        return said.into();
    }
    let only = match state.map(|state| state.networks.as_slice()) {
        Some([only]) => Some(only.name.clone()),
        _ => None,
    };
    let name = only.unwrap_or_else(|| ASSUMED_NETWORK.into());
    let message = format!("no HNS network is named; {} is taken", printable(&name));
    found.push(
        Diagnostic::new(codes::ASSUMED, message)
            .help("name it with --network-name; kube-proxy takes winkernel.networkName or KUBE_NETWORK"),
    );
    name
}

fn assumed(what: &str, taken: &str, help: &str) -> Diagnostic {
    Diagnostic::new(codes::ASSUMED, format!("the {what} is not known; {taken} is taken")).help(help)
}

fn network_missing(name: &str, state: &State) -> Diagnostic {
    let names: Vec<String> = state.networks.iter().map(|network| printable(&network.name)).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let message = format!("HNS has no network {}", printable(name));
    Diagnostic::new(codes::NETWORK_MISSING, message)
        .allowed(names)
        .help("kube-proxy would wait for it for ever; the plan is made as if HNS had not been looked at")
}

/// The host's endpoint by its name, on whatever network (kube-proxy, all versions).
fn root_endpoint(node: &NodeContext, state: Option<&State>) -> Option<EndpointRef> {
    let name = node.windows.root_endpoint_name.as_str();
    match state {
        None => Some(EndpointRef::Named(name.into())),
        Some(state) => {
            let named = state.endpoints.iter().find(|endpoint| &*endpoint.name == name);
            named.and_then(|endpoint| endpoint.id).map(EndpointRef::Id)
        }
    }
}

/// Why kube-proxy would end at once on this host.
fn why_not_started(node: &NodeContext, host: &Host<'_>) -> Vec<Diagnostic> {
    let Host { features, .. } = host;
    let (windows, behavior) = (&node.windows, &node.behavior.winkernel);
    let version = node.version;
    let reasons = [
        (
            !features.api_v2,
            format!("HNS {} has no HCN API of version 2", features.version),
            "HNS 9.2 and later",
        ),
        (
            windows.enable_dsr && !behavior.dsr_gate,
            format!("enableDSR is set, and in {version} the feature gate WinDSR is off"),
            "featureGates: {WinDSR: true}, or kube-proxy 1.33 and later",
        ),
        (
            windows.enable_dsr && !features.dsr,
            format!("enableDSR is set, and HNS {} cannot do it", features.version),
            "HNS 9.3 to 9.x, 10.2 and later",
        ),
        (
            host.is_overlay() && !behavior.overlay_gate,
            "the network is an overlay, and the feature gate WinOverlay is off".to_owned(),
            "featureGates: {WinOverlay: true}",
        ),
        (
            host.is_overlay() && windows.source_vip.is_none(),
            "the network is an overlay, and no source VIP is set".to_owned(),
            "winkernel.sourceVip or --source-vip",
        ),
        (
            host.is_overlay() && windows.host_mac.is_none(),
            "the network is an overlay, and the MAC address of the node is not known".to_owned(),
            "hostMac in the facts file or --host-mac",
        ),
    ];
    let said = |(applies, reason, allowed): (bool, String, &str)| {
        applies.then(|| {
            Diagnostic::new(codes::NOT_STARTED, format!("kube-proxy does not start: {reason}"))
                .allowed(allowed)
                .help("the plan shows what it would make if it did")
        })
    };
    reasons.into_iter().filter_map(said).collect()
}

/// What cannot be known without a dump, and whom nobody serves.
fn unknowns(rules: &RuleSet, host: &Host<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if host.endpoints.is_none() {
        let message = "what HNS holds is not known, so endpoints of local pods are named, not identified";
        found
            .push(Diagnostic::new(codes::STATE_UNKNOWN, message).help(
                "give a dump with --hns-state; local:10.244.1.5 is looked up when the plan is applied",
            ));
        if host.is_overlay() {
            let message = "provider addresses are taken from the Node objects (podCIDR, InternalIP)";
            found.push(
                Diagnostic::new(codes::ASSUMED, message).help("HNS knows them: give a dump with --hns-state"),
            );
        }
    }
    for family in Family::ALL.into_iter().filter(|family| !host.families.contains(family)) {
        let unserved = rules.services_of(family).count();
        if unserved > 0 {
            let why = if host.is_overlay() {
                "the network is an overlay".to_owned()
            } else {
                format!("HNS {} has no dual stack", host.features.version)
            };
            let message = format!("{unserved} service ports of {family} are not served: {why}");
            found.push(
                Diagnostic::new(codes::FAMILY_UNSERVED, message)
                    .help("on Windows kube-proxy serves one family there, that of the node's first address"),
            );
        }
    }
    found
}

impl From<&PodNetwork> for RemoteSubnet {
    fn from(network: &PodNetwork) -> Self {
        Self { prefix: network.prefix, provider_address: network.node }
    }
}
