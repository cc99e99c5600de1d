//! Rules of the virtual switch (VFP) below HNS: what a load balancer has become at the ports of pods and of the host.

use std::net::{IpAddr, SocketAddr};

/// One list that `vfpctrl` printed: the rules of one port, or of a layer of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwitchList {
    /// The port that it is about, where a script says it.
    pub port: Option<Box<str>>,
    /// The groups that it has, each with its layer, in its order.
    pub groups: Vec<SwitchGroup>,
    /// Whether it ends with the line that says so.
    pub is_whole: bool,
}

/// A group of rules of a layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwitchGroup {
    /// The layer, empty where the list is one of a single layer.
    pub layer: Box<str>,
    /// Its name: `LB_DSR_IPv4_OUT`.
    pub name: Box<str>,
    /// Its rules, in its order.
    pub rules: Vec<SwitchRule>,
}

/// A rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwitchRule {
    /// Its friendly name. The id of rules of load balancers is empty.
    pub name: Box<str>,
    /// What it does: `lbnat`, `dynnat`, `block`, `allow`.
    pub type_: Box<str>,
    /// Number of the protocol, where it is for a single one.
    pub protocol: Option<u32>,
    /// The address that packets go to, where it is a single one.
    pub destination: Option<IpAddr>,
    /// The port that packets go to, where it is a single one.
    pub port: Option<u16>,
    /// Where packets are sent to (`DIP Range(s)`).
    pub members: Vec<SocketAddr>,
    /// How many packets it took and how many it dropped, where counters are told.
    pub packets: Option<SwitchCount>,
}

/// Counters of a rule since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SwitchCount {
    /// `Matched packets`
    pub matched: u64,
    /// `Dropped packets`
    pub dropped: u64,
}

impl SwitchRule {
    /// Whether it shares out connections to members.
    #[must_use]
    pub fn is_of_balancer(&self) -> bool {
        self.type_.eq_ignore_ascii_case("lbnat")
    }

    /// What it answers to, if that is one address, port and protocol.
    #[must_use]
    pub fn frontend(&self) -> Option<(u32, SocketAddr)> {
        Some((self.protocol?, SocketAddr::new(self.destination?, self.port?)))
    }
}

impl SwitchGroup {
    /// Whether load balancers have a rule here at every port of a pod: with direct server return in the layer `LB_DSR`,
    /// without in `LB`.
    #[must_use]
    pub fn is_of_pods(&self, dsr: bool) -> bool {
        let starts = |with: &str| self.name.get(..with.len()).is_some_and(|of| of.eq_ignore_ascii_case(with));
        if dsr { starts("LB_DSR_") } else { starts("LB_OUT") && !self.has_host_rules() }
    }

    /// The group `LB_OUT` of the host has rules for the host's own packets.
    fn has_host_rules(&self) -> bool {
        self.rules.iter().any(|rule| rule.name.starts_with("LB_HOST_"))
    }

    /// Whether it is for IPv6; groups for both families say none.
    #[must_use]
    pub fn family(&self) -> Option<crate::net::Family> {
        let name = self.name.to_ascii_lowercase();
        if name.contains("v6") {
            Some(crate::net::Family::Ipv6)
        } else if name.contains("v4") {
            Some(crate::net::Family::Ipv4)
        } else {
            None
        }
    }
}
