//! An `EndpointSlice`: the addresses behind a Service.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::positions::Positions;
use super::raw::{RawEndpoint, RawHint, RawObject, RawSlicePort, RawTargetRef};
use super::value::{port, version};
use crate::diagnostics::ObjectRef;
use crate::manifest::format::{Bool, Text};
use crate::name::{Label, PortName, Subdomain};
use crate::net::{Family, Protocol, parse_ip};
use crate::source::Origin;

/// An `EndpointSlice` that names its Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSlice {
    /// Its namespace, which is also the Service's.
    pub namespace: Label,
    /// The Service, by the label `kubernetes.io/service-name`.
    pub service: Label,
    /// Its own name.
    pub name: Subdomain,
    /// The family of its addresses.
    pub address_type: AddressType,
    /// Its ports, those with a usable name, number and protocol.
    pub ports: Vec<SlicePort>,
    /// Its endpoints, those with an address, as positions in [`Cluster::backends`](crate::manifest::Cluster).
    pub backends: Positions,
    /// The label `service.kubernetes.io/service-proxy-name` exists.
    pub has_other_proxy: bool,
    /// The label `service.kubernetes.io/headless` exists.
    pub has_headless_label: bool,
    /// `metadata.resourceVersion`, if it is a number.
    pub resource_version: Option<u64>,
    /// Where it was read.
    pub origin: Origin,
}

/// `addressType`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddressType {
    /// Names instead of addresses; kube-proxy ignores the slice.
    Fqdn,
    /// IP addresses of a family.
    Ip(Family),
}

/// `ports[]`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlicePort {
    /// Its name, which joins it to a service port.
    pub name: PortName,
    /// Its protocol, which must equal that of the service port.
    pub protocol: Protocol,
    /// The port of the pods.
    pub port: u16,
}

/// One endpoint of a slice: an address and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Backend {
    /// Its first address.
    pub address: EndpointAddress,
    /// The other ones, joined by commas; kube-proxy 1.30 sorts by them.
    #[serde(skip)]
    pub more_addresses: Option<Box<str>>,
    /// The node it runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<Subdomain>,
    /// The zone it runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Subdomain>,
    /// It takes new connections.
    pub ready: bool,
    /// It answers, even if it is about to end.
    pub serving: bool,
    /// It is about to end.
    pub terminating: bool,
    /// Zones whose clients should use it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub zone_hints: Box<[Subdomain]>,
    /// Nodes whose clients should use it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub node_hints: Box<[Subdomain]>,
    /// The pod behind it, by `targetRef`, in the namespace of the slice.
    #[serde(skip)]
    pub pod: Option<Subdomain>,
}

/// The text of an endpoint's address, and the address if it is one.
///
/// In kube-proxy 1.30 the text goes into the rules unchanged; later versions print the address
/// that they read. The text contains letters, digits, `.` and `:` only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointAddress {
    ip: Option<IpAddr>,
    /// The text, where it differs from the canonical one.
    spelling: Option<Box<str>>,
}

impl EndpointAddress {
    /// Reads an address; `None` when the text could not be written safely.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':');
        if !(1..=64).contains(&text.len()) || !text.bytes().all(safe) {
            return None;
        }
        let ip = parse_ip(text);
        let is_canonical = ip.is_some_and(|ip| is_spelled(ip, text));
        Some(Self { ip, spelling: (!is_canonical).then(|| text.into()) })
    }

    /// The address; `None` when the text is not one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// What kube-proxy writes of it: the address, read and printed again, or its text as it is spelled. What is no
    /// address is printed as `<nil>`, as Go does.
    ///
    /// # Errors
    /// The text, where that is what is written.
    pub fn written(&self, canonical: bool) -> Result<IpAddr, &str> {
        match (self.spelling(), self.ip()) {
            (Some(spelling), _) if !canonical => Err(spelling),
            (_, Some(ip)) => Ok(ip),
            (_, None) => Err("<nil>"),
        }
    }

    /// The text as written in the slice, where it differs from the canonical one.
    #[must_use]
    pub fn spelling(&self) -> Option<&str> {
        self.spelling.as_deref()
    }
}

/// Whether `text` is the canonical text of `ip`, without allocating for the usual family.
fn is_spelled(ip: IpAddr, text: &str) -> bool {
    match ip {
        // Strict IPv4 text has one spelling only.
        IpAddr::V4(ip) => text.parse() == Ok(ip),
        IpAddr::V6(ip) => ip.to_string() == text,
    }
}

impl From<IpAddr> for EndpointAddress {
    fn from(ip: IpAddr) -> Self {
        Self { ip: Some(ip), spelling: None }
    }
}

impl Serialize for EndpointAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (&self.spelling, self.ip) {
            (Some(text), _) => serializer.serialize_str(text),
            (None, Some(ip)) => serializer.collect_str(&ip),
            (None, None) => unreachable!("a text that is no address is kept as its spelling"),
        }
    }
}

impl JsonSchema for EndpointAddress {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EndpointAddress".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "The address as written in the slice." })
    }
}

impl EndpointSlice {
    /// The slice, for a diagnostic.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        ObjectRef::new("EndpointSlice", self.namespace.as_str(), self.name.as_str())
    }

    /// Reads a slice and its endpoints; `None` when it has no Service, or a name that could not be
    /// written safely.
    pub(in crate::manifest) fn convert(
        raw: RawObject,
        namespace: &str,
        origin: Origin,
    ) -> Option<(Self, Vec<Backend>)> {
        let labels = &raw.metadata.labels;
        let address_type = match raw.address_type.as_ref().map(Text::as_str) {
            Some("IPv4") => AddressType::Ip(Family::Ipv4),
            Some("IPv6") => AddressType::Ip(Family::Ipv6),
            _ => AddressType::Fqdn,
        };
        let backends = match address_type {
            AddressType::Fqdn => Vec::new(),
            AddressType::Ip(_) => raw.endpoints.into_iter().filter_map(backend).collect(),
        };
        let slice = Self {
            namespace: Label::new(namespace).ok()?,
            service: Label::new(labels.get("kubernetes.io/service-name")?).ok()?,
            name: Subdomain::new(raw.metadata.name.as_ref()?.as_str()).ok()?,
            address_type,
            has_other_proxy: labels.has("service.kubernetes.io/service-proxy-name"),
            has_headless_label: labels.has("service.kubernetes.io/headless"),
            resource_version: version(raw.metadata.resource_version.as_ref()),
            ports: raw.ports.iter().filter_map(slice_port).collect(),
            backends: Positions::default(),
            origin,
        };
        Some((slice, backends))
    }
}

/// A port that can be joined to a service port: kube-proxy passes over those without a number.
fn slice_port(raw: &RawSlicePort) -> Option<SlicePort> {
    let protocol = raw.protocol.as_ref();
    let protocol = protocol.map_or(Some(Protocol::Tcp), |text| Protocol::parse(text.as_str()))?;
    slice_port_with(raw, protocol)
}

/// A port whose protocol has been read.
pub(super) fn slice_port_with(raw: &RawSlicePort, protocol: Protocol) -> Option<SlicePort> {
    Some(SlicePort {
        name: PortName::new(raw.name.as_ref().map_or("", Text::as_str)).ok()?,
        protocol,
        port: raw.port.and_then(port)?,
    })
}

/// Conditions that are absent count as ready, serving and not terminating (kube-proxy, all versions).
fn backend(raw: RawEndpoint) -> Option<Backend> {
    let condition = |condition: Option<Bool>, default| condition.map_or(default, |Bool(value)| value);
    Some(Backend {
        address: EndpointAddress::new(raw.addresses.first()?.as_str())?,
        more_addresses: joined(&raw.addresses[1..]),
        node: raw.node_name.and_then(|name| Subdomain::new(name.as_str()).ok()),
        zone: raw.zone.and_then(|zone| Subdomain::new(zone.as_str()).ok()),
        ready: condition(raw.conditions.ready, true),
        serving: condition(raw.conditions.serving, true),
        terminating: condition(raw.conditions.terminating, false),
        zone_hints: hints(&raw.hints.for_zones),
        node_hints: hints(&raw.hints.for_nodes),
        pod: pod(&raw.target_ref),
    })
}

fn joined(addresses: &[Text]) -> Option<Box<str>> {
    let texts: Vec<&str> = addresses.iter().map(Text::as_str).collect();
    (!texts.is_empty()).then(|| texts.join(",").into())
}

/// The pod that a reference names, if it is one.
pub(super) fn pod(reference: &RawTargetRef) -> Option<Subdomain> {
    reference.kind.as_ref().filter(|kind| kind.as_str() == "Pod")?;
    Subdomain::new(reference.name.as_ref()?.as_str()).ok()
}

fn hints(raw: &[RawHint]) -> Box<[Subdomain]> {
    raw.iter().filter_map(|hint| Subdomain::new(hint.name.as_ref()?.as_str()).ok()).collect()
}
