//! HCN objects of schema 2.0: networks, endpoints, load balancers, and all of them on one node.
//!
//! Serialised, an object is the exact text that kube-proxy's HCN library sends: members in the order of
//! their declaration, empty ones left out, but `Dns`, `Health` and `SchemaVersion` always there.

mod address;
mod flags;
mod guid;
mod reference;

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;
use serde_json::Value;

use crate::node::{HnsVersion, MacAddress, NetworkType};

pub use address::Address;
pub use flags::{Distribution, EndpointFlags, LoadBalancerFlags, PortFlags, protocol_name, protocol_number};
pub use guid::{Guid, NotAGuid};
pub use reference::{EndpointRef, NetworkRef};

/// What HNS says of an object besides what is modelled here, by the name of the member. It is kept, so
/// that an object can be written again without loss.
pub type Extra = BTreeMap<Box<str>, Value>;

/// What HNS holds on one node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Networks, in the order in which HNS lists them.
    pub networks: Vec<Network>,
    /// Endpoints of all networks, in the order in which HNS lists them.
    pub endpoints: Vec<Endpoint>,
    /// Load balancers, in the order in which HNS lists them.
    pub load_balancers: Vec<LoadBalancer>,
    /// The version of HNS, where objects tell it.
    pub hns_version: Option<HnsVersion>,
}

/// A network.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Its id.
    pub id: Guid,
    /// Its name.
    pub name: Box<str>,
    /// Its type.
    pub type_: NetworkType,
    /// The networks of its pods on this node.
    pub subnets: Vec<IpNet>,
    /// Pod networks of other nodes, in the order in which HNS lists them (`RemoteSubnetRoute`).
    pub remote_subnets: Vec<RemoteSubnet>,
    /// All members but `ID`, `Name` and `Type`, as HNS wrote them.
    pub extra: Extra,
}

/// The pods of another node on an overlay network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSubnet {
    /// Their addresses.
    pub prefix: IpNet,
    /// The address of their node.
    pub provider_address: IpAddr,
}

/// An endpoint: an address on a network.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Endpoint {
    /// Its id; HNS chooses one when it is made.
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<Guid>,
    /// Its name, empty for those that kube-proxy makes.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub name: Box<str>,
    /// Its network.
    #[serde(rename = "HostComputeNetwork", skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkRef>,
    /// Its policies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<EndpointPolicy>,
    /// Its addresses, at most one of each family.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ip_configurations: Vec<IpConfiguration>,
    #[serde(serialize_with = "empty_object")]
    dns: (),
    /// Its MAC address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac_address: Option<MacAddress>,
    /// Whether it is remote, and more.
    #[serde(skip_serializing_if = "EndpointFlags::is_empty")]
    pub flags: EndpointFlags,
    health: Health,
    schema_version: SchemaVersion,
    /// What else HNS says of it.
    #[serde(skip)]
    pub extra: Extra,
}

/// A policy of an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", tag = "Type", content = "Settings")]
pub enum EndpointPolicy {
    /// Packets to it are carried to the node with this address.
    #[serde(rename_all = "PascalCase")]
    ProviderAddress {
        /// The node's address.
        provider_address: Address,
    },
    /// Any other policy, as HNS wrote it.
    #[serde(untagged)]
    Other(Value),
}

/// An address of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IpConfiguration {
    /// The address.
    pub ip_address: Address,
    /// Length of its network's prefix; kube-proxy says none.
    #[serde(skip_serializing_if = "is_zero")]
    pub prefix_length: u8,
}

/// A load balancer: an address and port whose connections go to endpoints.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancer {
    /// Its id; HNS chooses one when it is made.
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<Guid>,
    /// Who gets the connections.
    #[serde(rename = "HostComputeEndpoints", skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<EndpointRef>,
    /// The source address of translated connections.
    #[serde(rename = "SourceVIP", skip_serializing_if = "Option::is_none")]
    pub source_vip: Option<Address>,
    /// The address; none means the node's own.
    #[serde(rename = "FrontendVIPs", skip_serializing_if = "Vec::is_empty")]
    pub frontend_vips: Vec<Address>,
    /// The port; kube-proxy always makes exactly one mapping.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub port_mappings: Vec<PortMapping>,
    schema_version: SchemaVersion,
    /// Direct server return and family.
    #[serde(skip_serializing_if = "LoadBalancerFlags::is_empty")]
    pub flags: LoadBalancerFlags,
    /// What else HNS says of it.
    #[serde(skip)]
    pub extra: Extra,
    /// How much of it is known.
    #[serde(skip)]
    pub detail: Detail,
}

/// How much a dump tells of a load balancer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// Everything.
    #[default]
    Full,
    /// The old schema: not whether it is for IPv6, how connections are distributed, or the port flags but
    /// `ILB` and `LocalRoutedVip`.
    OldSchema,
    /// A table of `hnsdiag`: address and members only.
    Table,
}

/// Which port goes to which.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PortMapping {
    /// Number of the protocol: 6 TCP, 17 UDP, 132 SCTP.
    #[serde(skip_serializing_if = "is_zero")]
    pub protocol: u32,
    /// The port of the endpoints.
    #[serde(skip_serializing_if = "is_zero")]
    pub internal_port: u16,
    /// The port that clients connect to.
    #[serde(skip_serializing_if = "is_zero")]
    pub external_port: u16,
    /// What decides about the endpoint of a connection.
    #[serde(rename = "DistributionType", skip_serializing_if = "Distribution::is_tuple")]
    pub distribution: Distribution,
    /// What kind of port.
    #[serde(skip_serializing_if = "PortFlags::is_empty")]
    pub flags: PortFlags,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Health {
    #[serde(serialize_with = "empty_object")]
    extra: (),
}

/// Version 2.0, which kube-proxy always says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SchemaVersion {
    major: u32,
    minor: u32,
}

impl Default for SchemaVersion {
    fn default() -> Self {
        Self { major: 2, minor: 0 }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn empty_object<S: serde::Serializer>(_: &(), serializer: S) -> Result<S::Ok, S::Error> {
    serde::ser::SerializeMap::end(serializer.serialize_map(Some(0))?)
}

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            id: None,
            name: Box::default(),
            network: None,
            policies: Vec::new(),
            ip_configurations: Vec::new(),
            dns: (),
            mac_address: None,
            flags: EndpointFlags::empty(),
            health: Health::default(),
            schema_version: SchemaVersion::default(),
            extra: Extra::new(),
        }
    }
}

impl Endpoint {
    /// Whether it stands for a pod on another node.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.flags.contains(EndpointFlags::REMOTE)
    }

    /// Its addresses as kube-proxy sees them: the first two.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.ip_configurations.iter().take(2).map(|configuration| &configuration.ip_address)
    }

    /// The address of its node on an overlay network.
    #[must_use]
    pub fn provider_address(&self) -> Option<&Address> {
        self.policies.iter().find_map(|policy| match policy {
            EndpointPolicy::ProviderAddress { provider_address } => Some(provider_address),
            EndpointPolicy::Other(_) => None,
        })
    }
}

impl Default for LoadBalancer {
    fn default() -> Self {
        Self {
            id: None,
            endpoints: Vec::new(),
            source_vip: None,
            frontend_vips: Vec::new(),
            port_mappings: Vec::new(),
            schema_version: SchemaVersion::default(),
            flags: LoadBalancerFlags::empty(),
            extra: Extra::new(),
            detail: Detail::Full,
        }
    }
}

impl Network {
    /// The address of the node that carries an address on an overlay network: of all remote subnets that
    /// hold it, or whose node it is, the last one counts (kube-proxy, all versions).
    #[must_use]
    pub fn provider_address(&self, ip: IpAddr) -> Option<IpAddr> {
        let carries = |subnet: &&RemoteSubnet| subnet.prefix.contains(&ip) || subnet.provider_address == ip;
        self.remote_subnets.iter().rfind(carries).map(|subnet| subnet.provider_address)
    }
}
