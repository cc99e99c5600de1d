//! HCN objects of schema 2.0: networks, endpoints, load balancers, and all of them on one node.
//!
//! Serialised, an object is the exact text that kube-proxy's HCN library sends: members in the order of
//! their declaration, empty ones left out, but `Dns`, `Health` and `SchemaVersion` always there.

mod address;
mod condition;
mod fixed;
mod flags;
mod guid;
mod policies;
mod reference;
mod switch;
mod switch_port;
mod telling;

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;
use serde_json::Value;

use crate::node::{HnsVersion, MacAddress, NetworkType};

pub use address::Address;
pub use condition::Condition;
pub use fixed::{Dns, Health, SchemaVersion};
pub use flags::{Distribution, EndpointFlags, LoadBalancerFlags, PortFlags, protocol_name, protocol_number};
pub use guid::{Guid, NotAGuid};
pub use policies::NodePort;
pub use reference::{EndpointRef, NetworkRef};
pub use switch::{SwitchCount, SwitchGroup, SwitchList, SwitchOwner, SwitchPort, SwitchRule, SwitchTask};
pub use telling::{Gaps, Listed, Lookup, Parts, Telling};

/// What HNS says of an object besides what is modelled here, by the name of the member. It is kept, so
/// that an object can be written again without loss.
pub type Extra = BTreeMap<Box<str>, Value>;

/// What HNS holds on one node, as far as its source tells: each kind of object is told, told in part or not told.
/// By default HNS holds nothing; [`State::not_told`] is the state of which nothing is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Networks, in the order in which HNS lists them.
    pub networks: Listed<Network>,
    /// Endpoints of all networks, in the order in which HNS lists them.
    pub endpoints: Listed<Endpoint>,
    /// Load balancers, in the order in which HNS lists them.
    pub load_balancers: Listed<LoadBalancer>,
    /// The version of HNS, where objects tell it.
    pub hns_version: Option<HnsVersion>,
    /// Rules of the virtual switch below it, as far as a dump has them.
    pub switch: Vec<SwitchList>,
    /// Ports of the virtual switch, as far as a dump has them.
    pub switch_ports: Vec<SwitchPort>,
    /// Names and types of networks whose ids are not told: they are no objects, as nothing can refer to them.
    pub without_ids: Vec<(Box<str>, NetworkType)>,
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
    /// How much of it is known; never [`Detail::Table`], as tables do not tell its type.
    pub detail: Detail,
    /// What of it the source leaves out.
    pub gaps: Gaps,
    /// What HNS says about its condition.
    pub condition: Condition,
}

impl Network {
    /// One of which nothing else is known.
    #[must_use]
    pub fn bare(id: Guid, name: Box<str>, type_: NetworkType) -> Self {
        Self {
            id,
            name,
            type_,
            subnets: Vec::new(),
            remote_subnets: Vec::new(),
            extra: Extra::new(),
            detail: Detail::Full,
            gaps: Gaps::default(),
            condition: Condition::default(),
        }
    }
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
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    /// Nothing.
    pub dns: Dns,
    /// Its MAC address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac_address: Option<MacAddress>,
    /// Whether it is remote, and more.
    #[serde(skip_serializing_if = "EndpointFlags::is_empty")]
    pub flags: EndpointFlags,
    /// Nothing.
    pub health: Health,
    /// Always 2.0.
    pub schema_version: SchemaVersion,
    /// What else HNS says of it.
    #[serde(skip)]
    pub extra: Extra,
    /// The form in which it is told.
    #[serde(skip)]
    pub detail: Detail,
    /// What of it the source leaves out.
    #[serde(skip)]
    pub gaps: Gaps,
    /// What HNS says about its condition.
    #[serde(skip)]
    pub condition: Condition,
}

/// A policy of an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", tag = "Type", content = "Settings")]
#[non_exhaustive]
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
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    /// Always 2.0.
    pub schema_version: SchemaVersion,
    /// Direct server return and family.
    #[serde(skip_serializing_if = "LoadBalancerFlags::is_empty")]
    pub flags: LoadBalancerFlags,
    /// What else HNS says of it.
    #[serde(skip)]
    pub extra: Extra,
    /// The form in which it is told.
    #[serde(skip)]
    pub detail: Detail,
    /// What of it the source leaves out.
    #[serde(skip)]
    pub gaps: Gaps,
    /// What HNS says about its condition.
    #[serde(skip)]
    pub condition: Condition,
}

/// How much a dump tells of an object, from the most to the least.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Everything.
    #[default]
    Full,
    /// The old schema. Of a load balancer it does not tell whether it is for IPv6, how connections are
    /// distributed, or the port flags but `ILB` and `LocalRoutedVip`.
    OldSchema,
    /// A table of `hnsdiag`: addresses and members of a load balancer only, and no address of an endpoint.
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

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

impl State {
    /// Whether it is not told whether there is anything: a source that was not read makes no other.
    #[must_use]
    pub fn tells_nothing(&self) -> bool {
        *self == Self::not_told()
    }

    /// A state of which nothing is told.
    #[must_use]
    pub fn not_told() -> Self {
        Self {
            networks: Listed::not_told(),
            endpoints: Listed::not_told(),
            load_balancers: Listed::not_told(),
            hns_version: None,
            switch: Vec::new(),
            switch_ports: Vec::new(),
            without_ids: Vec::new(),
        }
    }

    /// Whether every kind of object is told.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.networks.is_whole() && self.endpoints.is_whole() && self.load_balancers.is_whole()
    }

    /// Whether all endpoints are told, with their addresses: an address that none of them has is not in HNS.
    #[must_use]
    pub fn tells_all_endpoints(&self) -> bool {
        self.endpoints.is_whole() && self.endpoints.iter().all(|of| of.gaps.tells(Parts::ADDRESSES))
    }

    /// Whether all load balancers are told, with what they answer to and their members.
    #[must_use]
    pub fn tells_all_load_balancers(&self) -> bool {
        self.load_balancers.is_whole()
            && self.load_balancers.iter().all(|of| of.gaps.tells(LoadBalancer::DEED))
    }

    /// Whether an endpoint names a network that HNS does not have any more; `false` where networks are not told.
    #[must_use]
    pub fn has_lost_network_of(&self, endpoint: &Endpoint) -> bool {
        let Some(NetworkRef::Id(id)) = &endpoint.network else { return false };
        self.networks.lookup(|network| network.id == *id) == Lookup::Absent
    }
}

impl LoadBalancer {
    /// What it answers to and to whom connections go, without which nothing can be said about it.
    pub const DEED: Parts = Parts::VIPS.union(Parts::PORTS).union(Parts::INTERNAL_PORT).union(Parts::MEMBERS);

    /// What it answers to.
    pub const FRONTEND: Parts = Parts::VIPS.union(Parts::PORTS);

    /// Whether HNS has it without any port, as when it was made only in part.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.port_mappings.is_empty() && self.gaps.tells(Parts::PORTS)
    }
}

impl Endpoint {
    /// Whether it stands for a pod on another node.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.flags.contains(EndpointFlags::REMOTE)
    }

    /// Whether it is remote; `None` where the source does not tell. Local endpoints are often told by the lack of a
    /// mark, which a source that leaves something out lacks as well.
    #[must_use]
    pub fn place(&self) -> Option<bool> {
        (self.is_remote() || self.gaps.tells(Parts::PLACE)).then(|| self.is_remote())
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
