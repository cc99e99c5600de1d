//! Rules of the virtual switch (VFP) below HNS: what a load balancer has become at the ports of pods and of the host.

use std::net::{IpAddr, SocketAddr};

use crate::net::Family;
use crate::node::MacAddress;

/// One list that `vfpctrl` printed: the rules of one port, or of a layer of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwitchList {
    /// The port that it is about, where a script or the command before it says so.
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
    /// What it does: `lbnat`, `dynnat`, `block`, `allow`; empty where nothing tells.
    pub type_: Box<str>,
    /// Number of the protocol, where it is for a single one.
    pub protocol: Option<u32>,
    /// The addresses that packets go to, from the first to the last of each range.
    pub destinations: Vec<(IpAddr, IpAddr)>,
    /// The port that packets go to, where it is a single one.
    pub port: Option<u16>,
    /// Whether it has conditions besides these, as one about the source.
    pub is_narrowed: bool,
    /// Where packets are sent to (`DIP Range(s)`); `None` where that is not told to the end.
    pub members: Option<Vec<SocketAddr>>,
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

/// A port of the switch (`vfpctrl /list-vmswitch-port`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwitchPort {
    /// Its name, by which lists of rules name it.
    pub name: Box<str>,
    /// `Port Friendly name`
    pub friendly_name: Box<str>,
    /// `Nic name`, the id of the endpoint where a container has it.
    pub nic: Box<str>,
    /// Its address, where it is told.
    pub mac: Option<MacAddress>,
    /// `Port type`: `Synthetic` for pods, `Internal` for the host, `External`.
    pub type_: Box<str>,
    /// `VFP Port State`: `Enabled` or `Blocked`; empty where it is not told.
    pub state: Box<str>,
}

/// Whose a port of the switch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchOwner {
    /// The host's.
    Host,
    /// A pod's.
    Pod,
    /// Nothing tells, or the network card's.
    Unknown,
}

/// What the rules of a group are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SwitchTask {
    /// Connections of pods, with direct server return.
    Direct,
    /// Connections of pods, without direct server return.
    Translated,
    /// Connections of the host.
    OfHost,
    /// Packets that come to the host from outside and are turned back into the node.
    Hairpin,
}

impl SwitchTask {
    /// What rules of a load balancer at the ports of pods are for.
    #[must_use]
    pub fn of_pods(dsr: bool) -> Self {
        if dsr { Self::Direct } else { Self::Translated }
    }
}

impl SwitchRule {
    /// Whether it shares out connections to members.
    #[must_use]
    pub fn is_of_balancer(&self) -> bool {
        self.type_.eq_ignore_ascii_case("lbnat") || self.type_.is_empty() && starts(&self.name, "LB_")
    }

    /// What it answers to, if that is one address, port and protocol.
    #[must_use]
    pub fn frontend(&self) -> Option<(u32, SocketAddr)> {
        let [(first, last)] = &*self.destinations else { return None };
        (first == last && !self.is_narrowed).then_some(())?;
        Some((self.protocol?, SocketAddr::new(*first, self.port?)))
    }

    /// Whether it translates the source of what is sent to an address (`OutBoundNAT` with `Destinations`).
    #[must_use]
    pub fn translates_to(&self, ip: IpAddr) -> bool {
        self.name.to_ascii_uppercase().contains("OUTBOUNDNAT")
            && self
                .destinations
                .iter()
                .any(|(first, last)| Family::of(*first) == Family::of(ip) && (*first..=*last).contains(&ip))
    }
}

impl SwitchGroup {
    /// What it is for; `None` for one that load balancers have no rules in.
    #[must_use]
    pub fn task(&self, owner: SwitchOwner) -> Option<SwitchTask> {
        let of = |with: &str| starts(&self.name, with);
        if of("LB_DSR") {
            Some(SwitchTask::Direct)
        } else if of("SLB_GROUP_HAIRPIN") {
            Some(SwitchTask::Hairpin)
        } else if of("SLB_GROUP_LB") {
            Some(SwitchTask::OfHost)
        } else if of("LB_OUT") {
            Some(if owner == SwitchOwner::Host { SwitchTask::OfHost } else { SwitchTask::Translated })
        } else {
            None
        }
    }

    /// Whether it is for IPv6; groups for both families say none.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        let name = self.name.to_ascii_lowercase();
        if name.contains("v6") {
            Some(Family::Ipv6)
        } else if name.contains("v4") {
            Some(Family::Ipv4)
        } else {
            None
        }
    }

    fn is_of_host(&self) -> bool {
        starts(&self.name, "SLB_GROUP_HAIRPIN")
            || starts(&self.name, "SLB_GROUP_LB")
            || self.rules.iter().any(|rule| starts(&rule.name, "LB_HOST_") || starts(&rule.name, "HairPin_"))
    }

    fn is_of_pods(&self) -> bool {
        ["LB_DSR", "LB_OUT", "SNAT", "ACL_ENDPOINT"].iter().any(|with| starts(&self.name, with))
    }
}

impl SwitchList {
    /// The port that it is about, among those that are told.
    #[must_use]
    pub fn port_among<'p>(&self, ports: &'p [SwitchPort]) -> Option<&'p SwitchPort> {
        let name = self.port.as_deref()?;
        let is_it = |of: &&SwitchPort| {
            of.name.eq_ignore_ascii_case(name) || of.friendly_name.eq_ignore_ascii_case(name)
        };
        ports.iter().find(is_it)
    }

    /// Whose port it is about: the ports tell, or else what it has groups for.
    #[must_use]
    pub fn owner(&self, ports: &[SwitchPort]) -> SwitchOwner {
        if let Some(port) = self.port_among(ports) {
            return port.owner();
        }
        let is_direct = |group: &SwitchGroup| starts(&group.name, "LB_DSR");
        match self.groups.iter().any(SwitchGroup::is_of_host) {
            true if self.groups.iter().any(is_direct) => SwitchOwner::Unknown,
            true => SwitchOwner::Host,
            false if self.groups.iter().any(SwitchGroup::is_of_pods) => SwitchOwner::Pod,
            false => SwitchOwner::Unknown,
        }
    }

    /// Whether a rule for a task and a family that it does not have is not there either: it goes to its end, and has a
    /// group for them, or all layers.
    #[must_use]
    pub fn tells(&self, task: SwitchTask, family: Family, owner: SwitchOwner) -> bool {
        let is_it = |group: &SwitchGroup| {
            group.task(owner) == Some(task) && group.family().is_none_or(|of| of == family)
        };
        let has_layers = || self.groups.iter().any(|group| !group.layer.is_empty());
        self.is_whole && (self.groups.iter().any(is_it) || has_layers())
    }
}

impl SwitchPort {
    /// Whether the switch lets no packet through it (microsoft/SDN, networkhealth.ps1).
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.state.eq_ignore_ascii_case("Blocked")
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> SwitchOwner {
        let named = |with: &str| starts(&self.friendly_name, with) || starts(&self.nic, with);
        if self.type_.eq_ignore_ascii_case("External") || named("ExternalPort") {
            SwitchOwner::Unknown
        } else if self.type_.eq_ignore_ascii_case("Internal") || named("Container NIC") || named("Host Vnic")
        {
            SwitchOwner::Host
        } else if self.type_.eq_ignore_ascii_case("Synthetic") || self.mac.is_some() && self.type_.is_empty()
        {
            SwitchOwner::Pod
        } else {
            SwitchOwner::Unknown
        }
    }
}

fn starts(name: &str, with: &str) -> bool {
    name.get(..with.len()).is_some_and(|of| of.eq_ignore_ascii_case(with))
}
