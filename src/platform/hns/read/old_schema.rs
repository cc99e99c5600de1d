//! Objects of the schema before HCN (v1), as the inbox PowerShell module and `hnsdiag -d` write them,
//! translated to schema 2.0 as far as they tell.

use serde_json::{Value, json};

use super::super::model::{
    Address, Detail, Endpoint, EndpointFlags, EndpointPolicy, EndpointRef, Extra, Gaps, IpConfiguration,
    LoadBalancer, LoadBalancerFlags, Network, NetworkRef, Parts, PortFlags, PortMapping, RemoteSubnet,
    Telling,
};
use super::current_schema::{all_of, cidr, condition, is_node_port, network_id, remote_subnet, told_list};
use super::log::Log;
use super::members::{Member, Members};
use crate::node::{HnsVersion, NetworkType};

/// The version of HNS that made an object: the major version stands above the lower 32 bits.
pub(super) fn version<'a>(members: &mut Members<'a>, log: &mut Log<'a>) -> Option<HnsVersion> {
    let version: u64 = members.read("Version", log, Member::number)?;
    let half = |bits: u64| u32::try_from(bits).expect("half of 64 bits");
    Some(HnsVersion { major: half(version >> 32), minor: half(version & 0xffff_ffff) })
}

/// An endpoint.
pub(super) fn endpoint<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> Endpoint {
    let condition = condition(&members);
    let mut gaps = Gaps::default();
    let network_name = members.read("VirtualNetworkName", log, Member::text);
    let network = members.read("VirtualNetwork", log, Member::id).map(NetworkRef::Id);
    let policies = told_list(&mut members, "Policies", Parts::POLICIES, &mut gaps, log);
    gaps.lacks(Parts::NETWORK, network.is_none() && network_name.is_none());
    let mut endpoint = Endpoint {
        id: members.read("ID", log, Member::id),
        name: members.read("Name", log, Member::text).unwrap_or_default().into(),
        network: network.or_else(|| network_name.map(|name| NetworkRef::Named(name.into()))),
        policies: all_of(&policies, Parts::POLICIES, &mut gaps, |policy| endpoint_policy(policy, log)),
        mac_address: members.read("MacAddress", log, Member::mac_address),
        detail: Detail::OldSchema,
        condition,
        ..Endpoint::default()
    };
    for (address, prefix_length) in [("IPAddress", "PrefixLength"), ("IPv6Address", "IPv6PrefixLength")] {
        let prefix_length = members.read(prefix_length, log, Member::number).unwrap_or_default();
        let before = log.len();
        if let Some(ip_address) = members.read(address, log, Member::address) {
            endpoint.ip_configurations.push(IpConfiguration { ip_address, prefix_length });
        } else if log.len() > before {
            gaps.note(Parts::ADDRESSES, Telling::InPart);
        }
    }
    gaps.lacks(Parts::ADDRESSES, endpoint.ip_configurations.is_empty());
    // What is local has no mark, and what lost its mark neither.
    let (is_remote, is_told) = members.told("IsRemoteEndpoint", log, Member::truth);
    gaps.lacks(Parts::PLACE, !is_told);
    endpoint.gaps = gaps;
    endpoint.flags.set(EndpointFlags::REMOTE, is_remote.unwrap_or_default());
    for (name, flag) in
        [("DisableICC", EndpointFlags::DISABLE_ICC), ("EnableLowMetric", EndpointFlags::LOW_METRIC)]
    {
        endpoint.flags.set(flag, members.flag(name, log));
    }
    endpoint
}

/// A policy is flat: what is in `Settings` now stood beside `Type`.
fn endpoint_policy<'a>(policy: &Member<'a>, log: &mut Log<'a>) -> Option<EndpointPolicy> {
    let mut members = policy.object(log)?;
    // One without a type may be any.
    let type_ = members.read("Type", log, Member::word)?;
    if type_.eq_ignore_ascii_case("PA") {
        let provider_address = members.read("PA", log, Member::address)?;
        return Some(EndpointPolicy::ProviderAddress { provider_address });
    }
    let settings: serde_json::Map<String, Value> =
        members.into_extra(log).into_iter().map(|(name, value)| (name.into(), value)).collect();
    Some(EndpointPolicy::Other(json!({ "Type": type_, "Settings": settings })))
}

/// The load balancer of a policy list; none if it holds other policies, such as routes.
pub(super) fn load_balancer<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> Option<LoadBalancer> {
    let condition = condition(&members);
    let mut gaps = Gaps::default();
    gaps.note(Parts::FAMILY | Parts::DISTRIBUTION, Telling::NotTold);
    let id = members.read("ID", log, Member::id);
    let references = told_list(&mut members, "References", Parts::MEMBERS, &mut gaps, log);
    let list = told_list(&mut members, "Policies", OF_POLICY, &mut gaps, log);
    let mut policies: Vec<Members<'a>> = list.iter().filter_map(|policy| policy.object(log)).collect();
    if policies.len() < list.len() {
        gaps.note(OF_POLICY, Telling::NotTold);
    }
    let is_whole = policies.len() == list.len();
    policies.retain_mut(|policy| {
        let type_ = policy.read("Type", log, Member::word);
        gaps.lacks(OF_POLICY, type_.is_none());
        type_.is_some_and(|type_| type_.eq_ignore_ascii_case("ELB"))
    });
    if is_whole && policies.is_empty() && !list.is_empty() && gaps.tells(Parts::PORTS) {
        return None;
    }
    let endpoints = all_of(&references, Parts::MEMBERS, &mut gaps, |reference| reference_of(reference, log));
    let mut balancer =
        LoadBalancer { id, endpoints, detail: Detail::OldSchema, gaps, condition, ..LoadBalancer::default() };
    for policy in policies {
        add_policy(&mut balancer, policy, log);
    }
    Some(balancer)
}

/// What a policy of a policy list tells.
const OF_POLICY: Parts = Parts::PORTS
    .union(Parts::INTERNAL_PORT)
    .union(Parts::PORT_FLAGS)
    .union(Parts::VIPS)
    .union(Parts::DSR)
    .union(Parts::SOURCE_VIP);

/// `/endpoints/3f0a8c1e-…`
fn reference_of<'a>(reference: &Member<'a>, log: &mut Log<'a>) -> Option<EndpointRef> {
    const PATH: &str = "/endpoints/";
    let text = reference.text(log)?;
    let is_endpoint = text.get(..PATH.len()).is_some_and(|path| path.eq_ignore_ascii_case(PATH));
    let id = is_endpoint.then(|| text[PATH.len()..].parse().ok()).flatten();
    if id.is_none() {
        reference.wrong(log, "the path of an endpoint, /endpoints/ and its id");
    }
    id.map(EndpointRef::Id)
}

/// Each policy maps one port; kube-proxy makes one policy.
fn add_policy<'a>(balancer: &mut LoadBalancer, mut policy: Members<'a>, log: &mut Log<'a>) {
    let gaps = &mut balancer.gaps;
    // Nothing asks for `ILB`, so that it may be left out where it is false.
    let (is_routed, tells_flags) = policy.told("LocalRoutedVip", log, Member::truth);
    gaps.note(Parts::PORT_FLAGS, if tells_flags { Telling::InPart } else { Telling::NotTold });
    let (is_dsr, tells_dsr) = policy.told("IsDSR", log, Member::truth);
    gaps.lacks(Parts::DSR, !tells_dsr);
    let mut flags = PortFlags::empty();
    flags.set(PortFlags::ILB, policy.flag("ILB", log));
    flags.set(PortFlags::LOCAL_ROUTED_VIP, is_routed.unwrap_or_default());
    let protocol = policy.read("Protocol", log, Member::number);
    let internal_port = policy.read("InternalPort", log, Member::number);
    let external_port = policy.read("ExternalPort", log, Member::number);
    gaps.lacks(Parts::PORTS, protocol.is_none() || external_port.is_none());
    gaps.lacks(Parts::INTERNAL_PORT, internal_port.is_none());
    let mapping = PortMapping {
        protocol: protocol.unwrap_or_default(),
        internal_port: internal_port.unwrap_or_default(),
        external_port: external_port.unwrap_or_default(),
        flags,
        ..PortMapping::default()
    };
    balancer.port_mappings.push(mapping);
    let has_vips = policy.has("VIPs");
    let list = told_list(&mut policy, "VIPs", Parts::VIPS, gaps, log);
    if !has_vips && is_node_port(&[mapping]) {
        gaps.note(Parts::VIPS, Telling::Whole);
    }
    let vips: Vec<Address> = all_of(&list, Parts::VIPS, gaps, |vip| vip.address(log));
    if vips != balancer.frontend_vips {
        balancer.frontend_vips.extend(vips);
    }
    let (source_vip, is_told) = policy.told("SourceVIP", log, Member::address);
    gaps.lacks(Parts::SOURCE_VIP, !is_told);
    if source_vip.is_some() {
        balancer.source_vip = source_vip;
    }
    if is_dsr.unwrap_or_default() {
        balancer.flags.insert(LoadBalancerFlags::DSR);
    }
}

/// A network.
pub(super) fn network<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> Option<Network> {
    let id = network_id(&mut members, log)?;
    let condition = condition(&members);
    let mut gaps = Gaps::default();
    let mut subnets = Vec::new();
    for mut subnet in members.objects("Subnets", log) {
        subnets.extend(subnet.read("AddressPrefix", log, cidr));
    }
    gaps.lacks(Parts::POLICIES, !members.has("Policies"));
    let before = log.len();
    let policies = members.objects("Policies", log);
    let remote_subnets: Vec<RemoteSubnet> =
        policies.into_iter().filter_map(|policy| remote_subnet(policy, log)).collect();
    if log.len() > before {
        gaps.note(Parts::POLICIES, Telling::InPart);
    }
    let type_ = members.read("Type", log, Member::word);
    gaps.lacks(Parts::TYPE, type_.is_none());
    Some(Network {
        id,
        name: members.read("Name", log, Member::text).unwrap_or_default().into(),
        type_: NetworkType::of(&type_.unwrap_or_default()),
        subnets,
        remote_subnets,
        extra: Extra::new(),
        detail: Detail::OldSchema,
        gaps,
        condition,
    })
}
