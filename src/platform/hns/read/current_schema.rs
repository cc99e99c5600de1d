//! Objects of schema 2.0, as HNS answers them through HCN.
//!
//! What has no field goes to `extra`. `Dns`, `Health` and `SchemaVersion` go there only if they say more
//! than every object of kube-proxy does. The parts of an object have no such place: what is unknown of
//! a port mapping or an address is reported once and lost.

use serde_json::{Value, json};

use super::super::model::{
    Address, Detail, Distribution, Endpoint, EndpointFlags, EndpointPolicy, Extra, Guid, IpConfiguration,
    LoadBalancer, LoadBalancerFlags, Network, PortFlags, PortMapping, RemoteSubnet,
};
use super::log::Log;
use super::members::{Member, Members};
use super::problem::Problem;
use crate::net::{parse_cidr, parse_ip};
use crate::node::{HnsVersion, NetworkType};

/// An endpoint.
pub(super) fn endpoint<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> Endpoint {
    let policies = members.list("Policies", log);
    let configurations = members.objects("IpConfigurations", log);
    let flags = members.read("Flags", log, Member::number);
    Endpoint {
        id: members.read("ID", log, Member::id),
        name: members.read("Name", log, Member::text).unwrap_or_default().into(),
        network: members.read("HostComputeNetwork", log, Member::id),
        policies: policies.iter().filter_map(|policy| endpoint_policy(policy, log)).collect(),
        ip_configurations: configurations
            .into_iter()
            .filter_map(|members| ip_configuration(members, log))
            .collect(),
        mac_address: members.read("MacAddress", log, Member::mac_address),
        flags: flags.map(EndpointFlags::from_bits_retain).unwrap_or_default(),
        extra: extra(members, log),
        ..Endpoint::default()
    }
}

/// A policy; of one with a provider address nothing else is of use.
fn endpoint_policy<'a>(policy: &Member<'a>, log: &mut Log<'a>) -> Option<EndpointPolicy> {
    let mut members = policy.object(log)?;
    let type_ = members.read("Type", log, Member::text).unwrap_or_default();
    if !type_.eq_ignore_ascii_case("ProviderAddress") {
        return policy.value(log).map(EndpointPolicy::Other);
    }
    let settings = members.take("Settings");
    members.leave_rest(log);
    let mut settings = settings?.object(log)?;
    let provider_address = settings.read("ProviderAddress", log, Member::address);
    settings.leave_rest(log);
    provider_address.map(|provider_address| EndpointPolicy::ProviderAddress { provider_address })
}

fn ip_configuration<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> Option<IpConfiguration> {
    let ip_address = members.read("IpAddress", log, Member::address);
    let prefix_length = members.read("PrefixLength", log, Member::number).unwrap_or_default();
    members.leave_rest(log);
    ip_address.map(|ip_address| IpConfiguration { ip_address, prefix_length })
}

/// A load balancer.
pub(super) fn load_balancer<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> LoadBalancer {
    let endpoints = members.list("HostComputeEndpoints", log);
    let mappings = members.objects("PortMappings", log);
    let flags = members.read("Flags", log, Member::number);
    LoadBalancer {
        id: members.read("ID", log, Member::id),
        endpoints: endpoints.iter().filter_map(|endpoint| endpoint.id(log)).collect(),
        source_vip: members.read("SourceVIP", log, Member::address),
        frontend_vips: addresses(&members.list("FrontendVIPs", log), log),
        port_mappings: mappings.into_iter().map(|members| port_mapping(members, log)).collect(),
        flags: flags.map(LoadBalancerFlags::from_bits_retain).unwrap_or_default(),
        extra: extra(members, log),
        ..LoadBalancer::default()
    }
}

/// Addresses of a list.
pub(super) fn addresses<'a>(list: &[Member<'a>], log: &mut Log<'a>) -> Vec<Address> {
    list.iter().filter_map(|address| address.address(log)).collect()
}

fn port_mapping<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> PortMapping {
    let mapping = PortMapping {
        protocol: members.read("Protocol", log, Member::number).unwrap_or_default(),
        internal_port: members.read("InternalPort", log, Member::number).unwrap_or_default(),
        external_port: members.read("ExternalPort", log, Member::number).unwrap_or_default(),
        distribution: members
            .read("DistributionType", log, Member::number)
            .map(Distribution)
            .unwrap_or_default(),
        flags: members
            .read("Flags", log, Member::number)
            .map(PortFlags::from_bits_retain)
            .unwrap_or_default(),
    };
    members.leave_rest(log);
    mapping
}

/// The id of a network, without which it is of no use.
pub(super) fn network_id<'a>(members: &mut Members<'a>, log: &mut Log<'a>) -> Option<Guid> {
    let part = members.part();
    let id = members.take("ID");
    if id.is_none() {
        log.add(part, Problem::NetworkWithoutId);
    }
    id?.id(log)
}

/// A network.
pub(super) fn network<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> Option<Network> {
    let id = network_id(&mut members, log)?;
    let name = members.read("Name", log, Member::text).unwrap_or_default().into();
    let type_ = NetworkType::of(&members.read("Type", log, Member::text).unwrap_or_default());
    let mut subnets = Vec::new();
    for mut ipam in members.peek_objects("Ipams", log) {
        for mut subnet in ipam.objects("Subnets", log) {
            subnets.extend(subnet.read("IpAddressPrefix", log, cidr));
        }
    }
    let policies = members.peek_objects("Policies", log);
    let remote_subnets = policies.into_iter().filter_map(|policy| remote_subnet(policy, log)).collect();
    let extra = members.into_extra(log);
    Some(Network { id, name, type_, subnets, remote_subnets, extra, detail: Detail::Full })
}

/// Reads a CIDR.
pub(super) fn cidr<'a>(member: &Member<'a>, log: &mut Log<'a>) -> Option<ipnet::IpNet> {
    let net = parse_cidr(&member.text(log)?);
    if net.is_none() {
        member.wrong(log, "a network as in 10.244.1.0/24");
    }
    net
}

/// The remote subnet of a network's policy; the old schema has no `Settings` around it.
pub(super) fn remote_subnet<'a>(mut policy: Members<'a>, log: &mut Log<'a>) -> Option<RemoteSubnet> {
    let type_ = policy.read("Type", log, Member::text)?;
    if !type_.eq_ignore_ascii_case("RemoteSubnetRoute") {
        return None;
    }
    let mut settings = match policy.take("Settings") {
        Some(settings) => settings.object(log)?,
        None => policy,
    };
    let prefix = settings.read("DestinationPrefix", log, cidr);
    let provider_address = settings.read("ProviderAddress", log, ip);
    Some(RemoteSubnet { prefix: prefix?, provider_address: provider_address? })
}

fn ip<'a>(member: &Member<'a>, log: &mut Log<'a>) -> Option<std::net::IpAddr> {
    let ip = parse_ip(&member.text(log)?);
    if ip.is_none() {
        member.wrong(log, "an IP address");
    }
    ip
}

/// The version that HNS answers to `GET /globals/version`; in a state it is the member `Version`.
pub(super) fn version<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> Option<HnsVersion> {
    let mut version = members.read("Version", log, Member::object).unwrap_or(members);
    let major = version.read("Major", log, Member::number)?;
    Some(HnsVersion { major, minor: version.read("Minor", log, Member::number).unwrap_or_default() })
}

/// What is left of an endpoint or a load balancer.
fn extra<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> Extra {
    let usual: [(&'static str, &[Value]); 3] = [
        ("Dns", &[json!({})]),
        ("Health", &[json!({}), json!({ "Extra": {} })]),
        ("SchemaVersion", &[json!({ "Major": 2, "Minor": 0 }), json!({ "Major": 2 })]),
    ];
    let mut special = Extra::new();
    for (name, says_nothing) in usual {
        let value = members.read(name, log, Member::value).filter(|value| !says_nothing.contains(value));
        special.extend(value.map(|value| (name.into(), value)));
    }
    let mut extra = members.into_extra(log);
    extra.extend(special);
    extra
}
