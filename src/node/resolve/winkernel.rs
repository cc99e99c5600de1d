//! The settings of the Windows mode, from configuration, facts and flags.

use std::net::IpAddr;
use std::str::FromStr;

use super::inputs::Inputs;
use crate::diagnostics::Diagnostic;
use crate::manifest::{Cluster, Node};
use crate::name::printable;
use crate::net::{Family, parse_ip};
use crate::node::codes;
use crate::node::config::{Config, host_port};
use crate::node::context::{HostPorts, PodNetwork, WindowsSettings};
use crate::node::loopback::{Loopback, NetworkPlugin};
use crate::node::release::{BuildBasis, ToldBuild, WindowsBuild, WindowsRelease};

/// Where kube-proxy's own health server listens by default (all versions).
const HEALTHZ_PORT: u16 = 10_256;

/// The host's HNS endpoint by default (all versions).
const ROOT_ENDPOINT: &str = "cbr0";

/// The pods of all nodes but this one, of one family.
pub(super) fn pod_networks(cluster: &Cluster, this: Option<&Node>, family: Family) -> Vec<PodNetwork> {
    let others = cluster.nodes.iter().filter(|node| this.is_none_or(|this| this.name != node.name));
    let networks = |node: &Node| {
        let address = node.addresses.iter().copied().find(|ip| Family::of(*ip) == family);
        let prefixes = node.pod_cidrs.iter().copied().filter(|prefix| Family::of_net(prefix) == family);
        let networks = prefixes.filter_map(|prefix| Some(PodNetwork { prefix, node: address? }));
        networks.collect::<Vec<_>>()
    };
    others.flat_map(networks).collect()
}

/// The one address at which the health server listens; `None` where it listens at all of them.
pub(super) fn healthz_address(config: &Config) -> Option<IpAddr> {
    let (ip, _) = host_port(&config.healthz_bind_address)?;
    (!ip.is_unspecified()).then_some(ip)
}

pub(super) fn settings(
    inputs: &mut Inputs<'_>,
    node: Option<&Node>,
    pod_networks: Vec<PodNetwork>,
) -> WindowsSettings {
    let (config, overrides, facts) = (&inputs.config.winkernel, inputs.overrides, inputs.facts);
    let flag_or = |flag: &Option<String>, value: &str| flag.clone().unwrap_or_else(|| value.to_owned());
    let source_vip = flag_or(&overrides.source_vip, &config.source_vip);
    let root_endpoint = flag_or(&overrides.root_endpoint_name, &config.root_hns_endpoint_name);
    let host_mac = overrides.host_mac.as_ref().or(facts.host_mac.as_ref());
    let hns_version = overrides.hns_version.as_ref().or(facts.hns_version.as_ref());
    let ip = parse_ip(&source_vip);
    if ip.is_none() && !source_vip.is_empty() {
        inputs.refuse("winkernel.sourceVip", &source_vip, "an IP address", "no source address is used");
    }
    let healthz = &inputs.config.healthz_bind_address;
    WindowsSettings {
        network_name: flag_or(&overrides.network_name, &config.network_name),
        network_type: overrides.network_type.clone(),
        source_vip: ip,
        enable_dsr: overrides.enable_dsr.or(config.enable_dsr).unwrap_or(false),
        root_endpoint_name: if root_endpoint.is_empty() { ROOT_ENDPOINT.to_owned() } else { root_endpoint },
        forward_health_check_vip: overrides
            .forward_health_check_vip
            .or(config.forward_health_check_vip)
            .unwrap_or(false),
        healthz_port: host_port(healthz).and_then(|(_, port)| port).unwrap_or(HEALTHZ_PORT),
        host_mac: fact(inputs, "hostMac", host_mac),
        hns_version: fact(inputs, "hnsVersion", hns_version),
        build: build(inputs, node),
        data_plane: node.and_then(|node| node.data_plane.clone()),
        loopback: loopback(inputs),
        pod_networks,
        ports: HostPorts {
            dynamic: facts.dynamic_ports,
            excluded: facts.excluded_ports.clone(),
            dynamic_udp: facts.dynamic_udp_ports,
            excluded_udp: facts.excluded_udp_ports.clone(),
            free_blocks: facts.free_port_blocks,
        },
    }
}

/// The build of Windows by the first of those who tell it. On other systems the version of the kernel is no build.
fn build(inputs: &mut Inputs<'_>, node: Option<&Node>) -> Option<ToldBuild> {
    let told = |build, by| ToldBuild { build, by };
    if let Some(WindowsRelease(build)) = inputs.overrides.windows_release {
        return Some(told(build, BuildBasis::Flag));
    }
    let facts = inputs.facts;
    let kernel = node.and_then(|node| node.kernel_version.as_deref()?.parse().ok());
    let mut of_facts = || fact(inputs, "windowsBuild", facts.windows_build.as_ref());
    let of_logs = || facts.collected_build.as_ref()?.parse().ok();
    let of_image = || WindowsBuild::of_os_image(node?.os_image.as_deref()?);
    (kernel.map(|build| told(build, BuildBasis::KernelVersion)))
        .or_else(|| of_facts().map(|build| told(build, BuildBasis::Facts)))
        .or_else(|| of_logs().map(|build| told(build, BuildBasis::CollectedLogs)))
        .or_else(|| of_image().map(|build| told(build, BuildBasis::OsImage)))
}

/// Whether pods reach themselves, by a person or by the network plugin.
fn loopback(inputs: &mut Inputs<'_>) -> Loopback {
    let (overrides, facts) = (inputs.overrides, inputs.facts);
    let said = overrides.loopback_dsr.or_else(|| fact(inputs, "loopbackDSR", facts.loopback_dsr.as_ref()));
    said.unwrap_or_else(|| {
        let mut of_facts = || fact(inputs, "networkPlugin", facts.network_plugin.as_ref());
        let plugin = overrides.network_plugin.or_else(&mut of_facts);
        plugin.map(NetworkPlugin::loopback).unwrap_or_default()
    })
}

/// Reads a fact; what cannot be read is reported and ignored.
fn fact<T: FromStr<Err: std::fmt::Display>>(
    inputs: &mut Inputs<'_>,
    field: &str,
    text: Option<&String>,
) -> Option<T> {
    let text = text?;
    let parsed: Result<T, T::Err> = text.parse();
    if let Err(allowed) = &parsed {
        let message = format!("{field} is `{}`", printable(text));
        let found = Diagnostic::new(codes::FACTS_INVALID, message).allowed(allowed.to_string());
        inputs.tell_fact(found.help("it is ignored"), field);
    }
    parsed.ok()
}
