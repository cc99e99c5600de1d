//! Objects of the schema before HCN (v1), as the inbox PowerShell module and `hnsdiag -d` write them,
//! translated to schema 2.0 as far as they tell.

use serde_json::{Value, json};

use super::super::model::{
    Address, Detail, Endpoint, EndpointFlags, EndpointPolicy, EndpointRef, Extra, IpConfiguration,
    LoadBalancer, LoadBalancerFlags, Network, NetworkRef, PortFlags, PortMapping,
};
use super::current_schema::{addresses, cidr, network_id, remote_subnet};
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
    let network_name = members.read("VirtualNetworkName", log, Member::text);
    let network = members.read("VirtualNetwork", log, Member::id).map(NetworkRef::Id);
    let policies = members.list("Policies", log);
    let mut endpoint = Endpoint {
        id: members.read("ID", log, Member::id),
        name: members.read("Name", log, Member::text).unwrap_or_default().into(),
        network: network.or_else(|| network_name.map(|name| NetworkRef::Named(name.into()))),
        policies: policies.iter().filter_map(|policy| endpoint_policy(policy, log)).collect(),
        mac_address: members.read("MacAddress", log, Member::mac_address),
        detail: Detail::OldSchema,
        ..Endpoint::default()
    };
    for (address, prefix_length) in [("IPAddress", "PrefixLength"), ("IPv6Address", "IPv6PrefixLength")] {
        let prefix_length = members.read(prefix_length, log, Member::number).unwrap_or_default();
        if let Some(ip_address) = members.read(address, log, Member::address) {
            endpoint.ip_configurations.push(IpConfiguration { ip_address, prefix_length });
        }
    }
    for (name, flag) in [
        ("IsRemoteEndpoint", EndpointFlags::REMOTE),
        ("DisableICC", EndpointFlags::DISABLE_ICC),
        ("EnableLowMetric", EndpointFlags::LOW_METRIC),
    ] {
        endpoint.flags.set(flag, members.flag(name, log));
    }
    endpoint
}

/// A policy is flat: what is in `Settings` now stood beside `Type`.
fn endpoint_policy<'a>(policy: &Member<'a>, log: &mut Log<'a>) -> Option<EndpointPolicy> {
    let mut members = policy.object(log)?;
    let type_ = members.read("Type", log, Member::text).unwrap_or_default();
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
    let id = members.read("ID", log, Member::id);
    let references = members.list("References", log);
    let mut policies = members.objects("Policies", log);
    let all = policies.len();
    policies.retain_mut(|policy| {
        policy.read("Type", log, Member::text).is_some_and(|type_| type_.eq_ignore_ascii_case("ELB"))
    });
    if policies.is_empty() && all > 0 {
        return None;
    }
    let endpoints = references.iter().filter_map(|reference| reference_of(reference, log)).collect();
    let mut balancer = LoadBalancer { id, endpoints, detail: Detail::OldSchema, ..LoadBalancer::default() };
    for policy in policies {
        add_policy(&mut balancer, policy, log);
    }
    Some(balancer)
}

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
    let mut flags = PortFlags::empty();
    flags.set(PortFlags::ILB, policy.flag("ILB", log));
    flags.set(PortFlags::LOCAL_ROUTED_VIP, policy.flag("LocalRoutedVip", log));
    balancer.port_mappings.push(PortMapping {
        protocol: policy.read("Protocol", log, Member::number).unwrap_or_default(),
        internal_port: policy.read("InternalPort", log, Member::number).unwrap_or_default(),
        external_port: policy.read("ExternalPort", log, Member::number).unwrap_or_default(),
        flags,
        ..PortMapping::default()
    });
    let vips: Vec<Address> = addresses(&policy.list("VIPs", log), log);
    if vips != balancer.frontend_vips {
        balancer.frontend_vips.extend(vips);
    }
    if let Some(source_vip) = policy.read("SourceVIP", log, Member::address) {
        balancer.source_vip = Some(source_vip);
    }
    if policy.flag("IsDSR", log) {
        balancer.flags.insert(LoadBalancerFlags::DSR);
    }
}

/// A network.
pub(super) fn network<'a>(mut members: Members<'a>, log: &mut Log<'a>) -> Option<Network> {
    let id = network_id(&mut members, log)?;
    let mut subnets = Vec::new();
    for mut subnet in members.objects("Subnets", log) {
        subnets.extend(subnet.read("AddressPrefix", log, cidr));
    }
    let policies = members.objects("Policies", log);
    Some(Network {
        id,
        name: members.read("Name", log, Member::text).unwrap_or_default().into(),
        type_: NetworkType::of(&members.read("Type", log, Member::text).unwrap_or_default()),
        subnets,
        remote_subnets: policies.into_iter().filter_map(|policy| remote_subnet(policy, log)).collect(),
        extra: Extra::new(),
        detail: Detail::OldSchema,
    })
}
