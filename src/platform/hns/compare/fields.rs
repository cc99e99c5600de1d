//! Fields of HCN objects that differ, as far as both sides tell them.

use std::fmt::Display;

use super::side::{Balancer, Known};
use crate::answer::change::FieldChange;
use crate::name::printable;
use crate::platform::hns::flag_words::NumberKind;
use crate::platform::hns::model::{
    Address, Detail, Endpoint, Gaps, LoadBalancer, LoadBalancerFlags, NetworkRef, Parts, PortFlags,
    PortMapping, Telling,
};

/// What counts in a comparison.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    /// Source addresses belong to kube-proxy on overlay networks only; elsewhere HNS fills them in.
    pub(super) is_overlay: bool,
    /// Whether both sides are dumps, in which ids mean something.
    pub(super) both_held: bool,
    /// The side that should be, where the other one is a node.
    pub(super) wanted: Option<usize>,
}

/// What both of two load balancers tell.
#[derive(Clone, Copy)]
struct Told {
    gaps: Gaps,
    port_flags: PortFlags,
    flags: LoadBalancerFlags,
}

impl Told {
    fn of(one: &LoadBalancer, other: &LoadBalancer) -> Self {
        let gaps = one.gaps.with(other.gaps);
        let detail = one.detail.max(other.detail);
        let port_flags = match gaps.telling(Parts::PORT_FLAGS) {
            Telling::Whole if detail == Detail::Full => PortFlags::all(),
            Telling::Whole | Telling::InPart => PortFlags::ILB | PortFlags::LOCAL_ROUTED_VIP,
            Telling::NotTold => PortFlags::empty(),
        };
        let mut flags = LoadBalancerFlags::all();
        if detail != Detail::Full || !gaps.tells(Parts::FAMILY) {
            flags = LoadBalancerFlags::DSR;
        }
        if !gaps.tells(Parts::DSR) {
            flags -= LoadBalancerFlags::DSR;
        }
        Self { gaps, port_flags, flags }
    }

    /// One part, as if it were told.
    fn only(part: Parts) -> Self {
        let mut gaps = Gaps::default();
        gaps.note(Parts::all() - part, Telling::NotTold);
        Self {
            gaps,
            port_flags: if part == Parts::PORT_FLAGS { PortFlags::all() } else { PortFlags::empty() },
            flags: match part {
                Parts::DSR => LoadBalancerFlags::DSR,
                Parts::FAMILY => LoadBalancerFlags::IPV6,
                _ => LoadBalancerFlags::empty(),
            },
        }
    }

    fn tells(self, parts: Parts) -> bool {
        self.gaps.tells(parts)
    }
}

/// What a form of dump never tells: that it does not is known, and said once for all objects.
pub(in crate::platform::hns) fn never_told(detail: Detail) -> Parts {
    match detail {
        Detail::Full => Parts::empty(),
        Detail::OldSchema => Parts::FAMILY | Parts::DISTRIBUTION | Parts::PORT_FLAGS,
        Detail::Table => Parts::all() - Parts::VIPS - Parts::MEMBERS,
    }
}

/// The parts of a load balancer that may be left out, and what people know them as.
const NAMES: [(Parts, &str); 7] = [
    (Parts::MEMBERS, "members"),
    (Parts::INTERNAL_PORT, "internal ports"),
    (Parts::PORT_FLAGS, "flags of the port mappings"),
    (Parts::DISTRIBUTION, "distribution types"),
    (Parts::DSR, "direct server return"),
    (Parts::FAMILY, "families"),
    (Parts::SOURCE_VIP, "source VIPs"),
];

impl Scope {
    fn counts_source_vip(self, one: &LoadBalancer, other: &LoadBalancer) -> bool {
        let both = one.source_vip.is_some() && other.source_vip.is_some();
        self.is_overlay || both
    }

    /// Whether two load balancers do the same, as far as both sides tell.
    pub(super) fn same_balancers(self, one: &Balancer, other: &Balancer) -> bool {
        self.of_told(one, other, Told::of(&one.object, &other.object)).is_empty()
    }

    pub(super) fn of_balancers(self, one: &Balancer, other: &Balancer) -> Vec<FieldChange> {
        self.of_told(one, other, Told::of(&one.object, &other.object))
    }

    /// What of two load balancers is not compared, as one side leaves it out and the other one has it: HNS writes
    /// members that are zero, so what is missing is not known.
    pub(super) fn not_compared(self, one: &Balancer, other: &Balancer) -> Vec<&'static str> {
        let (a, b) = (&one.object, &other.object);
        let left_out = |object: &LoadBalancer, part: Parts| {
            !never_told(object.detail).intersects(part) && !object.gaps.tells(part)
        };
        let mut found = Vec::new();
        for (part, name) in NAMES {
            if !left_out(a, part) && !left_out(b, part) {
                continue;
            }
            let scope = Self { both_held: false, ..self };
            if part == Parts::MEMBERS || !scope.of_told(one, other, Told::only(part)).is_empty() {
                found.push(name);
            }
        }
        found
    }

    /// What of two endpoints is not compared, as one side leaves it out and the other one has it.
    pub(super) fn not_compared_of_endpoints(one: &Known, other: &Known) -> Vec<&'static str> {
        let (a, b) = (&one.object, &other.object);
        let lacks = |part: Parts| !a.gaps.tells(part) || !b.gaps.tells(part);
        let have = |has: fn(&Endpoint) -> bool| has(a) || has(b);
        let mut found = Vec::new();
        if a.place().is_some() != b.place().is_some() {
            found.push("remote flags");
        }
        if lacks(Parts::NETWORK) && have(|of| matches!(of.network, Some(NetworkRef::Id(_)))) {
            found.push("networks");
        }
        if lacks(Parts::ADDRESSES) && have(|of| of.ip_configurations.len() > 1) {
            found.push("further addresses");
        }
        if lacks(Parts::POLICIES) && have(|of| of.provider_address().is_some()) {
            found.push("provider addresses");
        }
        found
    }

    fn of_told(self, one: &Balancer, other: &Balancer, told: Told) -> Vec<FieldChange> {
        let (a, b) = (&one.object, &other.object);
        let mut found = Vec::new();
        if self.both_held {
            found.extend(FieldChange::between("ID", &shown(a.id), &shown(b.id)));
        }
        let mappings = a.port_mappings.len().max(b.port_mappings.len());
        for at in 0..mappings {
            let [is, should] = [a, b].map(|object| object.port_mappings.get(at).copied());
            found.extend(of_mappings(at, is, should, told));
        }
        if told.tells(Parts::MEMBERS) {
            found.extend(self.of_members(one, other));
        }
        let word = |flags: LoadBalancerFlags| words(NumberKind::LoadBalancer, flags.bits());
        let (is, should) = (known_flags(a.flags & told.flags, one), known_flags(b.flags & told.flags, other));
        found.extend(FieldChange::between("Flags", &word(is), &word(should)));
        if told.tells(Parts::SOURCE_VIP) && self.counts_source_vip(a, b) {
            found.extend(optional("SourceVIP", a.source_vip.as_ref(), b.source_vip.as_ref()));
        }
        if told.tells(Parts::VIPS) {
            let further = |object: &LoadBalancer| {
                let further = object.frontend_vips.iter().skip(1);
                further.map(|vip| printable(&vip.to_string())).collect::<Vec<_>>().join(", ")
            };
            found.extend(FieldChange::between("FrontendVIPs[1..]", &further(a), &further(b)));
        }
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
        let are_told = a.place().is_some() && b.place().is_some();
        if are_told && a.is_remote() != b.is_remote() {
            let word = |is_remote| if is_remote { "RemoteEndpoint" } else { "local" };
            found.extend(FieldChange::between("Flags", &word(a.is_remote()), &word(b.is_remote())));
        }
        let tells = |parts| a.gaps.with(b.gaps).tells(parts);
        if let (true, Some(NetworkRef::Id(is)), Some(NetworkRef::Id(should))) =
            (tells(Parts::NETWORK), &a.network, &b.network)
        {
            // Ids are equal in any case of letters.
            if is != should {
                found.extend(FieldChange::between("HostComputeNetwork", is, should));
            }
        }
        if tells(Parts::POLICIES) && a.provider_address() != b.provider_address() {
            let path = "Policies[ProviderAddress]";
            found.extend(optional(path, a.provider_address(), b.provider_address()));
        }
        let both_addresses = a.ip_configurations.len() == b.ip_configurations.len();
        let second = (a.addresses().nth(1), b.addresses().nth(1));
        if tells(Parts::ADDRESSES) && both_addresses && second.0 != second.1 {
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
    told: Told,
) -> Vec<FieldChange> {
    let path = |member: &str| format!("PortMappings[{at}].{member}");
    let (Some(a), Some(b)) = (one, other) else {
        if !told.tells(Parts::PORTS) {
            return Vec::new();
        }
        let text = |of: PortMapping| format!("{} → {}", of.external_port, of.internal_port);
        let path = format!("PortMappings[{at}]");
        return vec![FieldChange::new(path, one.map(text), other.map(text))];
    };
    let flags = |flags: PortFlags| words(NumberKind::Port, (flags & told.port_flags).bits());
    let distribution = |of: PortMapping| words(NumberKind::Distribution, of.distribution.0);
    let mut found = Vec::new();
    if told.tells(Parts::PORTS) {
        found.extend(FieldChange::between(&path("ExternalPort"), &a.external_port, &b.external_port));
    }
    if told.tells(Parts::INTERNAL_PORT) {
        found.extend(FieldChange::between(&path("InternalPort"), &a.internal_port, &b.internal_port));
    }
    if told.tells(Parts::DISTRIBUTION) && a.distribution != b.distribution {
        found.extend(FieldChange::between(&path("DistributionType"), &distribution(a), &distribution(b)));
    }
    if a.flags & told.port_flags != b.flags & told.port_flags {
        found.extend(FieldChange::between(&path("Flags"), &flags(a.flags), &flags(b.flags)));
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
