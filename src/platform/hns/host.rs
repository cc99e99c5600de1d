//! The Windows host: its network, what HNS holds and can do, and whether kube-proxy starts there at all.

use std::net::IpAddr;

use super::features::Features;
use super::model::{
    Endpoint, EndpointRef, LoadBalancer, Lookup, NetworkRef, NodePort, Parts, RemoteSubnet, State, Telling,
};
use super::other_proxy::other_proxy;
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
    /// The endpoints of the network, in the order of HNS; `None` where no dump tells them.
    pub endpoints: Option<Vec<&'s Endpoint>>,
    /// The endpoints of all networks, which may have ports of the host.
    pub all_endpoints: &'s [Endpoint],
    /// Whether an address that none of them has is none of the host's: all are told, with their addresses.
    pub tells_all_endpoints: bool,
    /// Whether an address that none of them has may be one of the host's all the same: a dump tells only a part.
    pub may_have_more_endpoints: bool,
    /// The endpoints of other networks, with the names of these.
    pub others: Vec<(&'s Endpoint, Box<str>)>,
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

/// What decides about the rules of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// All that kube-proxy looks at, the endpoints that HNS holds among it: what it would do.
    KubeProxy,
    /// Manifests, node and configuration: what should be, whatever HNS holds. Of HNS only its version and the network
    /// are taken.
    Manifests,
}

/// Finds the node's network in what HNS holds, and decides what is known of the host.
#[must_use]
pub fn host<'s>(rules: &RuleSet, state: Option<&'s State>, basis: Basis) -> (Host<'s>, Vec<Diagnostic>) {
    let node = &rules.node;
    let mut found = Vec::new();
    let name = network_name(node, state, &mut found);
    let lookup = state.map(|state| state.networks.lookup(|network| network.name == name));
    let in_state = match lookup {
        Some(Lookup::Found(network)) => Some(network),
        _ => None,
    };
    match (state, lookup) {
        (Some(state), Some(Lookup::Absent)) => found.push(network_missing(&name, state)),
        (Some(_), Some(Lookup::NotTold)) => found.push(network_not_told(&name)),
        _ => {}
    }
    let of_network = in_state.filter(|network| network.gaps.tells(Parts::TYPE));
    let of_network = of_network.map(|network| network.type_.clone());
    let without_id = || {
        let mut known = state?.without_ids.iter();
        known.find(|(of, _)| *of == name).map(|(_, type_)| type_.clone())
    };
    let said = node.windows.network_type.clone();
    let type_ = said.or(of_network).or_else(without_id).or_else(|| state.and_then(overlay_by_endpoints));
    let is_assumed = type_.is_none();
    let type_ = type_.unwrap_or_else(|| {
        let help = "say it with --network-type, or give what HNS holds with --hns-state";
        found.push(assumed("type of the network", "L2Bridge", help));
        NetworkType::L2Bridge
    });
    let version = node.windows.hns_version.or(state.and_then(|state| state.hns_version));
    let by_release = || {
        let told = node.windows.build?;
        Some((Features::usual_on(told.build)?, told))
    };
    let version = version.or_else(|| {
        let (usual, told) = by_release()?;
        let help = "say it with --hns-version or hnsVersion in the facts file";
        found.push(assumed("version of HNS", &format!("{usual}, as usual on {told},"), help));
        Some(usual)
    });
    let version = version.unwrap_or_else(|| {
        let help = "say it with --hns-version or hnsVersion in the facts file";
        found.push(assumed("version of HNS", "13.2 (Windows Server 2022)", help));
        Features::ASSUMED
    });
    let features = Features::of(version);
    let is_overlay = type_ == NetworkType::Overlay;
    // Where networks are not told, all endpoints being on one network tells its id.
    let by_endpoints = state.filter(|_| lookup == Some(Lookup::NotTold)).and_then(only_network);
    let reference = in_state.map(|network| NetworkRef::Id(network.id)).or(by_endpoints);
    let is_found = reference.is_some();
    let reference = reference.unwrap_or_else(|| NetworkRef::Named(name.clone()));
    let network = HostNetwork { reference, name, type_, is_assumed };
    let listed = state.filter(|state| {
        is_found && basis == Basis::KubeProxy && state.endpoints.telling() != Telling::NotTold
    });
    let endpoints =
        listed.map(|state| state.endpoints.iter().filter(|endpoint| network.holds(endpoint)).collect());
    let others = listed.map(|state| others(state, &network)).unwrap_or_default();
    let of_hns = in_state.filter(|network| network.gaps.tells(Parts::POLICIES));
    let of_hns = of_hns.map(|network| network.remote_subnets.clone()).unwrap_or_default();
    let of_nodes = node.windows.pod_networks.iter().map(RemoteSubnet::from);
    let pod_networks: Vec<RemoteSubnet> = match basis {
        // kube-proxy reads them from HNS, and nowhere else.
        Basis::KubeProxy
            if of_hns.is_empty() && in_state.is_none_or(|of| !of.gaps.tells(Parts::POLICIES)) =>
        {
            of_nodes.collect()
        }
        Basis::KubeProxy => of_hns,
        // Of several that hold an address the last one counts.
        Basis::Manifests => of_hns.into_iter().chain(of_nodes).collect(),
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
        tells_all_endpoints: listed.is_some_and(State::tells_all_endpoints),
        may_have_more_endpoints: state.is_some_and(|state| !state.tells_all_endpoints()),
        others,
        load_balancers: state.map_or(&[], |state| &state.load_balancers),
        root_endpoint: root_endpoint(node, state),
    };
    found.extend(other_proxy(node, state).map(|why| {
        Diagnostic::new(codes::OTHER_PROXY, why)
            .help("what is shown is what kube-proxy would make if it ran there")
    }));
    found.extend(why_not_started(node, &host));
    let is_expected = basis == Basis::Manifests && state.is_some();
    found.extend(unknowns(rules, &host, is_expected));
    (host, found)
}

/// The network that all endpoints are on.
fn only_network(state: &State) -> Option<NetworkRef> {
    let mut networks = state.endpoints.iter().filter_map(|endpoint| endpoint.network.clone());
    let first = networks.next()?;
    networks.all(|network| network == first).then_some(first)
}

/// Only overlay networks have endpoints with a provider address.
fn overlay_by_endpoints(state: &State) -> Option<NetworkType> {
    state
        .endpoints
        .iter()
        .any(|endpoint| endpoint.provider_address().is_some())
        .then_some(NetworkType::Overlay)
}

/// The endpoints that are on other networks, as far as that is told.
fn others<'s>(state: &'s State, network: &HostNetwork) -> Vec<(&'s Endpoint, Box<str>)> {
    let name_of = |reference: &NetworkRef| match reference {
        NetworkRef::Named(name) => name.clone(),
        NetworkRef::Id(id) => {
            let known = state.networks.iter().find(|network| network.id == *id);
            known.map_or_else(|| id.to_string().into(), |network| network.name.clone())
        }
    };
    let endpoints = state.endpoints.iter().filter(|endpoint| !network.holds(endpoint));
    endpoints.filter_map(|endpoint| Some((endpoint, name_of(endpoint.network.as_ref()?)))).collect()
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

fn network_not_told(name: &str) -> Diagnostic {
    let message = format!("the dump does not contain networks; {} is taken to be there", printable(name));
    Diagnostic::new(codes::ASSUMED, message)
        .help("add the output of Get-HnsNetwork | ConvertTo-Json -Depth 20")
}

/// The host's endpoint by its name, on whatever network (kube-proxy, all versions).
fn root_endpoint(node: &NodeContext, state: Option<&State>) -> Option<EndpointRef> {
    let name = node.windows.root_endpoint_name.as_str();
    match state {
        None => Some(EndpointRef::Named(name.into())),
        Some(state) => match state.endpoints.lookup(|endpoint| &*endpoint.name == name) {
            Lookup::Found(endpoint) => endpoint.id.map(EndpointRef::Id),
            Lookup::Absent => None,
            Lookup::NotTold => Some(EndpointRef::Named(name.into())),
        },
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
fn unknowns(rules: &RuleSet, host: &Host<'_>, is_expected: bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if host.endpoints.is_none() && !is_expected {
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
