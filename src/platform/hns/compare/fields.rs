//! Fields of HCN objects that differ, as far as both sides tell them.

use std::fmt::Display;

use super::member::{Member, MemberName};
use super::side::{Balancer, Known};
use crate::answer::change::FieldChange;
use crate::name::printable;
use crate::platform::hns::flag_words::NumberKind;
use crate::platform::hns::model::{Address, Detail, LoadBalancer, LoadBalancerFlags, PortFlags, PortMapping};

/// What counts in a comparison.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    /// Source addresses belong to kube-proxy on overlay networks only; elsewhere HNS fills them in.
    pub(super) is_overlay: bool,
    /// Whether both sides are dumps, in which ids mean something.
    pub(super) both_held: bool,
}

/// The port flags and load balancer flags that both sides tell.
fn told(one: Detail, other: Detail) -> (PortFlags, LoadBalancerFlags) {
    match one.max(other) {
        Detail::Full => (PortFlags::all(), LoadBalancerFlags::all()),
        Detail::OldSchema => (PortFlags::ILB | PortFlags::LOCAL_ROUTED_VIP, LoadBalancerFlags::DSR),
        Detail::Table => (PortFlags::empty(), LoadBalancerFlags::empty()),
    }
}

impl Scope {
    fn counts_source_vip(self, one: &LoadBalancer, other: &LoadBalancer) -> bool {
        let both = one.source_vip.is_some() && other.source_vip.is_some();
        one.detail.max(other.detail) != Detail::Table && (self.is_overlay || both)
    }

    /// Whether two load balancers do the same, as far as both sides tell. Absent is zero.
    pub(super) fn same_balancers(self, one: &Balancer, other: &Balancer) -> bool {
        let (a, b) = (&one.object, &other.object);
        let detail = a.detail.max(b.detail);
        let (port_flags, flags) = told(a.detail, b.detail);
        let mapping = |object: &LoadBalancer| object.port_mappings.first().copied().unwrap_or_default();
        let (is, other_is) = (mapping(a), mapping(b));
        let same_ports = detail == Detail::Table
            || (a.port_mappings.len() == b.port_mappings.len()
                && a.port_mappings.get(1..) == b.port_mappings.get(1..)
                && is.internal_port == other_is.internal_port
                && is.flags & port_flags == other_is.flags & port_flags
                && (detail != Detail::Full || is.distribution == other_is.distribution));
        same_ports
            && known_flags(a.flags & flags, one) == known_flags(b.flags & flags, other)
            && (!self.counts_source_vip(a, b) || a.source_vip == b.source_vip)
            && a.frontend_vips.get(1..) == b.frontend_vips.get(1..)
            && same_members(&one.members, &other.members)
            && (!self.both_held || a.id == b.id)
    }

    pub(super) fn of_balancers(self, one: &Balancer, other: &Balancer) -> Vec<FieldChange> {
        let (a, b) = (&one.object, &other.object);
        let detail = a.detail.max(b.detail);
        let (port_flags, flags) = told(a.detail, b.detail);
        let mut found = Vec::new();
        if self.both_held {
            found.extend(FieldChange::between("ID", &shown(a.id), &shown(b.id)));
        }
        if detail != Detail::Table {
            let mappings = a.port_mappings.len().max(b.port_mappings.len());
            for at in 0..mappings {
                let [is, should] = [a, b].map(|object| object.port_mappings.get(at).copied());
                found.extend(of_mappings(at, is, should, port_flags, detail));
            }
        }
        found.extend(members(&one.members, &other.members));
        let word = |flags: LoadBalancerFlags| words(NumberKind::LoadBalancer, flags.bits());
        let (is, should) = (known_flags(a.flags & flags, one), known_flags(b.flags & flags, other));
        found.extend(FieldChange::between("Flags", &word(is), &word(should)));
        if self.counts_source_vip(a, b) {
            found.extend(optional("SourceVIP", a.source_vip.as_ref(), b.source_vip.as_ref()));
        }
        let further = |object: &LoadBalancer| {
            let further = object.frontend_vips.iter().skip(1);
            further.map(|vip| printable(&vip.to_string())).collect::<Vec<_>>().join(", ")
        };
        found.extend(FieldChange::between("FrontendVIPs[1..]", &further(a), &further(b)));
        found
    }

    /// Whether two endpoints are the same. The MAC address of a remote one is made up, and says nothing.
    pub(super) fn same_endpoints(self, one: &Known, other: &Known) -> bool {
        self.of_endpoints(one, other).is_empty()
    }

    pub(super) fn of_endpoints(self, one: &Known, other: &Known) -> Vec<FieldChange> {
        let (a, b) = (&one.object, &other.object);
        let mut found = Vec::new();
        if self.both_held && a.id != b.id {
            found.extend(FieldChange::between("ID", &shown(a.id), &shown(b.id)));
        }
        if a.is_remote() != b.is_remote() {
            let word = |is_remote| if is_remote { "RemoteEndpoint" } else { "local" };
            found.extend(FieldChange::between("Flags", &word(a.is_remote()), &word(b.is_remote())));
        }
        let told = a.detail.max(b.detail) != Detail::Table;
        if told && a.provider_address() != b.provider_address() {
            let path = "Policies[ProviderAddress]";
            found.extend(optional(path, a.provider_address(), b.provider_address()));
        }
        let both_addresses = a.ip_configurations.len() == b.ip_configurations.len();
        let second = (a.addresses().nth(1), b.addresses().nth(1));
        if told && both_addresses && second.0 != second.1 {
            found.extend(optional("IpConfigurations[1].IpAddress", second.0, second.1));
        }
        found
    }
}

/// The flag of the family is what the key says already; the load balancers of health checks lack it.
fn known_flags(flags: LoadBalancerFlags, balancer: &Balancer) -> LoadBalancerFlags {
    let has_address = !balancer.object.frontend_vips.is_empty();
    if has_address { flags - LoadBalancerFlags::IPV6 } else { flags }
}

fn of_mappings(
    at: usize,
    one: Option<PortMapping>,
    other: Option<PortMapping>,
    told: PortFlags,
    detail: Detail,
) -> Vec<FieldChange> {
    let path = |member: &str| format!("PortMappings[{at}].{member}");
    let (Some(a), Some(b)) = (one, other) else {
        let text = |of: PortMapping| format!("{} → {}", of.external_port, of.internal_port);
        let path = format!("PortMappings[{at}]");
        return vec![FieldChange::new(path, one.map(text), other.map(text))];
    };
    let flags = |flags: PortFlags| words(NumberKind::Port, (flags & told).bits());
    let distribution = |of: PortMapping| words(NumberKind::Distribution, of.distribution.0);
    let mut found = Vec::new();
    found.extend(FieldChange::between(&path("ExternalPort"), &a.external_port, &b.external_port));
    found.extend(FieldChange::between(&path("InternalPort"), &a.internal_port, &b.internal_port));
    if detail == Detail::Full && a.distribution != b.distribution {
        found.extend(FieldChange::between(&path("DistributionType"), &distribution(a), &distribution(b)));
    }
    if a.flags & told != b.flags & told {
        found.extend(FieldChange::between(&path("Flags"), &flags(a.flags), &flags(b.flags)));
    }
    found
}

/// Members whose endpoint a side does not tell are as good as any.
fn same_members(one: &[Member], other: &[Member]) -> bool {
    let is_unknown = |member: &Member| matches!(member.name, MemberName::Unknown(_));
    if one.iter().chain(other).any(is_unknown) { one.len() == other.len() } else { one == other }
}

/// Members that only one side has, in the order of their addresses.
fn members(one: &[Member], other: &[Member]) -> Vec<FieldChange> {
    if same_members(one, other) {
        return Vec::new();
    }
    let path = |member: &Member| format!("HostComputeEndpoints[{}]", member.name);
    let place = |member: &Member| {
        let word = match (member.is_remote, &member.name) {
            (_, MemberName::Dangling(_)) => "no such endpoint",
            (Some(true), _) => "remote",
            (Some(false), _) => "local",
            (None, _) => "there",
        };
        Some(word.to_owned())
    };
    let is_in = |list: &[Member], member: &Member| list.binary_search(member).is_ok();
    let gone = one.iter().filter(|member| !is_in(other, member));
    let new = other.iter().filter(|member| !is_in(one, member));
    let mut found: Vec<FieldChange> =
        gone.map(|member| FieldChange::new(path(member), place(member), None)).collect();
    found.extend(new.map(|member| FieldChange::new(path(member), None, place(member))));
    if found.is_empty() {
        // A member that stands there twice.
        found.extend(FieldChange::between("HostComputeEndpoints.length", &one.len(), &other.len()));
    }
    found
}

fn optional(path: &str, one: Option<&Address>, other: Option<&Address>) -> Option<FieldChange> {
    let text = |address: Option<&Address>| address.map(|address| printable(&address.to_string()));
    (one != other).then(|| FieldChange::new(path, text(one), text(other)))
}

fn shown(value: Option<impl Display>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

/// A number in the words of HNS: `IsVipExternalIp | LocalRoutedVip`.
pub(in crate::platform::hns) fn words(kind: NumberKind, number: u32) -> String {
    let reading = kind.read(number);
    let mut words: Vec<String> = reading.meanings.iter().map(|meaning| meaning.name.to_owned()).collect();
    if reading.unknown != 0 {
        words.push(format!("{:#x}", reading.unknown));
    }
    if words.is_empty() { "none".to_owned() } else { words.join(" | ") }
}
