//! Objects of schema 2.0, as HNS answers them through HCN.
//!
//! What has no field goes to `extra`. `Dns`, `Health` and `SchemaVersion` go there only if they say more
//! than every object of kube-proxy does. The parts of an object have no such place: what is unknown of
//! a port mapping or an address is reported once and lost.

use serde_json::{Value, json};

use super::super::model::{
    Condition, Detail, Distribution, Endpoint, EndpointFlags, EndpointPolicy, Extra, Gaps, Guid,
    IpConfiguration, LoadBalancer, LoadBalancerFlags, Network, Parts, PortFlags, PortMapping, RemoteSubnet,
    Telling,
};
use super::log::Log;
use super::members::{Member, Members};
use super::problem::Problem;
use crate::net::{parse_cidr, parse_ip};
use crate::node::{HnsVersion, NetworkType};

/// An endpoint. HNS writes members that are zero or empty as well, so one that is missing is not told.
pub(super) fn endpoint<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> Endpoint {
    let condition = condition(&members);
    let mut gaps = Gaps::default();
    let policies = told_list(&mut members, "Policies", Parts::POLICIES, &mut gaps, log);
    let configurations = told_list(&mut members, "IpConfigurations", Parts::ADDRESSES, &mut gaps, log);
    let flags = members.read("Flags", log, Member::number);
    let network = members.read("HostComputeNetwork", log, Member::id);
    gaps.lacks(Parts::PLACE, flags.is_none());
    gaps.lacks(Parts::NETWORK, network.is_none());
    Endpoint {
        id: members.read("ID", log, Member::id),
        name: members.read("Name", log, Member::text).unwrap_or_default().into(),
        network,
        policies: all_of(&policies, Parts::POLICIES, &mut gaps, |policy| endpoint_policy(policy, log)),
        ip_configurations: all_of(&configurations, Parts::ADDRESSES, &mut gaps, |configuration| {
            ip_configuration(configuration.object(log)?, log)
        }),
        mac_address: members.read("MacAddress", log, Member::mac_address),
        flags: flags.map(EndpointFlags::from_bits_retain).unwrap_or_default(),
        extra: extra(members, log),
        gaps,
        condition,
        ..Endpoint::default()
    }
}

/// The values of a list that tells some parts of an object; without the list they are not told.
pub(super) fn told_list<'a>(
    members: &mut Members<'a>,
    name: &'static str,
    parts: Parts,
    gaps: &mut Gaps,
    log: &mut Log<'a>,
) -> Vec<Member<'a>> {
    let list = members.read(name, log, Member::list);
    gaps.lacks(parts, list.is_none());
    list.unwrap_or_default()
}

/// What the values of a list mean; a value that cannot be read leaves a part of the list.
pub(super) fn all_of<'a, T>(
    list: &[Member<'a>],
    parts: Parts,
    gaps: &mut Gaps,
    mut read: impl FnMut(&Member<'a>) -> Option<T>,
) -> Vec<T> {
    let found: Vec<T> = list.iter().filter_map(&mut read).collect();
    if found.len() < list.len() {
        gaps.note(parts, Telling::InPart);
    }
    found
}

/// What HNS says about the condition of an object.
pub(super) fn condition(members: &Members<'_>) -> Condition {
    let last_error = members.silent_number(&["Health", "LastErrorCode"]);
    let of_resources = || members.silent_number(&["Resources", "Health", "LastErrorCode"]);
    let is_error = |code: &u32| *code != 0;
    Condition {
        state: members.silent_number(&["State"]),
        last_error: last_error.filter(is_error).or_else(|| of_resources().filter(is_error)),
        is_applied: members.silent_truth("IsApplied"),
    }
}

/// A policy; of one with a provider address nothing else is of use. One without a type may be any.
fn endpoint_policy<'a>(policy: &Member<'a>, log: &mut Log<'a>) -> Option<EndpointPolicy> {
    let mut members = policy.object(log)?;
    let Some(type_) = members.read("Type", log, Member::word) else {
        members.leave_rest(log);
        return None;
    };
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
    let condition = condition(&members);
    let mut gaps = Gaps::default();
    let endpoints = told_list(&mut members, "HostComputeEndpoints", Parts::MEMBERS, &mut gaps, log);
    let mappings = told_list(&mut members, "PortMappings", MAPPING, &mut gaps, log);
    let has_vips = members.has("FrontendVIPs");
    let vips = told_list(&mut members, "FrontendVIPs", Parts::VIPS, &mut gaps, log);
    let flags = members.read("Flags", log, Member::number);
    let (source_vip, is_told) = members.told("SourceVIP", log, Member::address);
    gaps.lacks(Parts::SOURCE_VIP, !is_told);
    gaps.lacks(Parts::FAMILY | Parts::DSR, flags.is_none());
    let mut of_mappings = Gaps::default();
    let port_mappings: Vec<PortMapping> = all_of(&mappings, MAPPING, &mut gaps, |mapping| {
        Some(port_mapping(mapping.object(log)?, &mut of_mappings, log))
    });
    if port_mappings.len() < mappings.len() {
        gaps.note(MAPPING, Telling::NotTold);
    }
    if !has_vips && is_node_port(&port_mappings) {
        gaps.note(Parts::VIPS, Telling::Whole);
    }
    LoadBalancer {
        id: members.read("ID", log, Member::id),
        endpoints: all_of(&endpoints, Parts::MEMBERS, &mut gaps, |endpoint| endpoint.id(log)),
        source_vip,
        frontend_vips: all_of(&vips, Parts::VIPS, &mut gaps, |address| address.address(log)),
        port_mappings,
        flags: flags.map(LoadBalancerFlags::from_bits_retain).unwrap_or_default(),
        extra: extra(members, log),
        gaps: gaps.with(of_mappings),
        condition,
        ..LoadBalancer::default()
    }
}

/// What a port mapping tells.
pub(super) const MAPPING: Parts =
    Parts::PORTS.union(Parts::INTERNAL_PORT).union(Parts::PORT_FLAGS).union(Parts::DISTRIBUTION);

/// A load balancer without address is one of a node port if it says so: kube-proxy marks those.
pub(super) fn is_node_port(mappings: &[PortMapping]) -> bool {
    mappings.iter().any(|mapping| mapping.flags.contains(PortFlags::LOCAL_ROUTED_VIP))
}

fn port_mapping<'a>(mut members: Members<'a>, gaps: &mut Gaps, log: &mut Log<'a>) -> PortMapping {
    let protocol = members.read("Protocol", log, Member::number);
    let internal_port = members.read("InternalPort", log, Member::number);
    let external_port = members.read("ExternalPort", log, Member::number);
    let distribution = members.read("DistributionType", log, Member::number);
    let flags = members.read("Flags", log, Member::number);
    gaps.lacks(Parts::PORTS, protocol.is_none() || external_port.is_none());
    gaps.lacks(Parts::INTERNAL_PORT, internal_port.is_none());
    gaps.lacks(Parts::DISTRIBUTION, distribution.is_none());
    gaps.lacks(Parts::PORT_FLAGS, flags.is_none());
    members.leave_rest(log);
    PortMapping {
        protocol: protocol.unwrap_or_default(),
        internal_port: internal_port.unwrap_or_default(),
        external_port: external_port.unwrap_or_default(),
        distribution: distribution.map(Distribution).unwrap_or_default(),
        flags: flags.map(PortFlags::from_bits_retain).unwrap_or_default(),
    }
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
    let condition = condition(&members);
    let name = members.read("Name", log, Member::text).unwrap_or_default().into();
    let type_ = members.read("Type", log, Member::word);
    let mut gaps = Gaps::default();
    gaps.lacks(Parts::TYPE, type_.is_none());
    gaps.lacks(Parts::POLICIES, !members.has("Policies"));
    let type_ = NetworkType::of(&type_.unwrap_or_default());
    let mut subnets = Vec::new();
    for mut ipam in members.peek_objects("Ipams", log) {
        for mut subnet in ipam.objects("Subnets", log) {
            subnets.extend(subnet.read("IpAddressPrefix", log, cidr));
        }
    }
    let before = log.len();
    let policies = members.peek_objects("Policies", log);
    let remote_subnets = policies.into_iter().filter_map(|policy| remote_subnet(policy, log)).collect();
    if log.len() > before {
        gaps.note(Parts::POLICIES, Telling::InPart);
    }
    let extra = members.into_extra(log);
    Some(Network { id, name, type_, subnets, remote_subnets, extra, detail: Detail::Full, gaps, condition })
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
    let type_ = policy.read("Type", log, Member::word)?;
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
