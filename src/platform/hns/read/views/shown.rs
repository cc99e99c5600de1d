//! An object that a view shows, and what kind of object it is.

use serde_json::{Map, Value};

/// An object that a view shows: its members, and the lines that it takes.
pub(super) struct Shown {
    pub(super) members: Map<String, Value>,
    pub(super) lines: std::ops::Range<usize>,
}

/// Members that nothing but objects of a kind have.
const MARKS: [(&str, &[&str]); 3] = [
    (
        "Endpoints",
        &[
            "VirtualNetwork",
            "VirtualNetworkName",
            "IPAddress",
            "IsRemoteEndpoint",
            "HostComputeNetwork",
            "IpConfigurations",
        ],
    ),
    ("LoadBalancers", &["HostComputeEndpoints", "FrontendVIPs", "PortMappings", "References"]),
    (
        "Networks",
        &["Subnets", "Ipams", "MacPools", "ManagementIP", "NetworkAdapterName", "CurrentEndpointCount"],
    ),
];

impl Shown {
    fn has(&self, name: &str) -> bool {
        self.members.keys().any(|key| key.eq_ignore_ascii_case(name))
    }

    /// The list of a state that it belongs to: by its members, the command that printed it, or the type that only networks
    /// have.
    pub(super) fn list(&self, command: Option<&str>) -> Option<&'static str> {
        let is_network = || self.type_().is_some_and(is_network_type);
        let by_command = || kind_of(command?);
        let has_id = self.has("ID");
        self.by_marks()
            .or_else(|| by_command().filter(|_| has_id))
            .or_else(|| (has_id && self.has("Name") && is_network()).then_some("Networks"))
    }

    fn by_marks(&self) -> Option<&'static str> {
        let is_of = |(_, marks): &(&str, &[&str])| marks.iter().any(|mark| self.has(mark));
        MARKS.into_iter().find(is_of).map(|(list, _)| list)
    }

    fn type_(&self) -> Option<&str> {
        self.members.iter().find(|(key, _)| key.eq_ignore_ascii_case("Type")).and_then(|(_, of)| of.as_str())
    }
}

fn is_network_type(text: &str) -> bool {
    let types = ["L2Bridge", "L2Tunnel", "Overlay", "Transparent", "NAT", "ICS", "Internal"];
    types.iter().any(|of| text.eq_ignore_ascii_case(of))
}

/// What a command lists.
pub(super) fn kind_of(command: &str) -> Option<&'static str> {
    let command = command.to_ascii_lowercase();
    let kinds = [
        ("get-hnsnetwork", "Networks"),
        ("get-hnsendpoint", "Endpoints"),
        ("get-hnspolicylist", "LoadBalancers"),
        ("get-hnsloadbalancer", "LoadBalancers"),
    ];
    kinds.into_iter().find(|(name, _)| command.contains(name)).map(|(_, list)| list)
}
