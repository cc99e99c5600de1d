//! Who sends packets: one client of each kind, with addresses that the cluster's objects tell.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;

use crate::answer::verdict::{Packet, Sender};
use crate::ir::RuleSet;
use crate::manifest::Cluster;
use crate::name::InterfaceName;
use crate::net::{Family, Networks, PerFamily, Protocol};
use crate::node::LocalDetector;

/// A kind of client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientKind {
    /// A pod on the node.
    LocalPod,
    /// A pod on another node.
    RemotePod,
    /// The node, from its own address.
    Node,
    /// A process of the node that connects to a loopback address.
    Localhost,
    /// A host outside the cluster.
    Outside,
}

/// A client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// What kind.
    pub kind: ClientKind,
    /// Its address.
    pub ip: IpAddr,
    /// The interface of the node by which its packets come in, where rules ask for it.
    pub interface: Option<InterfaceName>,
}

/// The clients of a cluster, as the node that rules are compiled for sees them.
#[derive(Debug)]
pub struct Clients {
    local_networks: Networks,
    remote_networks: Networks,
    local_pods: BTreeSet<IpAddr>,
    /// All pods of Services.
    pods: Arc<BTreeSet<IpAddr>>,
    /// Those that are endpoints here: of a part of a cluster not all.
    endpoints: Arc<BTreeSet<IpAddr>>,
    node: PerFamily<Option<IpAddr>>,
    /// All addresses of the node that are known.
    own: BTreeSet<IpAddr>,
    interfaces: PerFamily<Interfaces>,
    /// The address of the client of each kind, in the order of [`ClientKind::ALL`].
    chosen: PerFamily<[Option<IpAddr>; 5]>,
}

/// The interfaces of local pods and of everybody else, where rules tell them apart by that.
#[derive(Debug, Default)]
struct Interfaces {
    pods: Option<InterfaceName>,
    others: Option<InterfaceName>,
}

/// How many addresses are tried until one belongs to no endpoint.
const MOST_TRIED: u32 = 4096;

impl ClientKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::LocalPod, Self::RemotePod, Self::Node, Self::Localhost, Self::Outside];

    /// Its name in a few words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LocalPod => "pod",
            Self::RemotePod => "remote-pod",
            Self::Node => "node",
            Self::Localhost => "localhost",
            Self::Outside => "external",
        }
    }

    fn sender(self) -> Sender {
        match self {
            Self::LocalPod => Sender::Pod,
            Self::Node | Self::Localhost => Sender::Node,
            Self::RemotePod | Self::Outside => Sender::Outside,
        }
    }
}

impl Client {
    /// A packet that it opens a connection with.
    #[must_use]
    pub fn packet(&self, protocol: Protocol, to: SocketAddr) -> Packet {
        Packet {
            sender: self.kind.sender(),
            source: self.ip,
            destination: to.ip(),
            protocol,
            port: to.port(),
            interface: self.interface.clone(),
            remembered: None,
        }
    }
}

impl Clients {
    /// The clients that a cluster's objects tell of.
    #[must_use]
    pub fn of(cluster: &Cluster, rules: &RuleSet) -> Self {
        let node = &rules.node;
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            cluster.nodes.iter().partition(|of| node.is_this_node(Some(&of.name)));
        let networks = |nodes: &[&crate::manifest::Node]| -> Vec<IpNet> {
            nodes.iter().flat_map(|node| node.pod_cidrs.iter().copied()).collect()
        };
        let told = Family::ALL.into_iter().filter_map(|family| match node.local_traffic.get(family) {
            LocalDetector::Source(net) => Some(*net),
            _ => None,
        });
        let ips = |local: bool| {
            let backends = rules.backends.iter();
            let of_node = move |of: &&crate::manifest::Backend| !local || node.is_this_node(of.node.as_ref());
            backends.filter(of_node).filter_map(|backend| backend.address.ip()).collect()
        };
        let pods = cluster.pods();
        let usable = |ip: &IpAddr| !ip.is_loopback() && !ip.is_unspecified();
        let mut clients = Self {
            local_networks: networks(&here).into_iter().chain(told).collect(),
            remote_networks: networks(&elsewhere).into_iter().collect(),
            local_pods: ips(true),
            endpoints: if cluster.is_part() { Arc::new(ips(false)) } else { Arc::clone(&pods) },
            pods,
            node: PerFamily::of(|family| Some(*node.ips.get(family)).filter(usable)),
            own: node.addresses.own.iter().copied().collect(),
            interfaces: PerFamily::of(|family| Interfaces::of(node.local_traffic.get(family))),
            chosen: PerFamily::default(),
        };
        clients.chosen = PerFamily::of(|family| ClientKind::ALL.map(|kind| clients.choose(kind, family)));
        clients
    }

    /// A client of a kind that is no endpoint, if one is; `None` where no such address is known.
    #[must_use]
    pub fn any(&self, kind: ClientKind, family: Family) -> Option<Client> {
        Some(self.client(kind, self.chosen.get(family)[kind as usize]?))
    }

    fn choose(&self, kind: ClientKind, family: Family) -> Option<IpAddr> {
        match kind {
            ClientKind::LocalPod => {
                self.free(&self.local_networks, family).or_else(|| of_family(&self.local_pods, family))
            }
            ClientKind::RemotePod => self.free(&self.remote_networks, family).or_else(|| {
                let mut remote = self.pods.difference(&self.local_pods).copied();
                remote.find(|ip| Family::of(*ip) == family)
            }),
            ClientKind::Node => *self.node.get(family),
            ClientKind::Localhost => Some(loopback(family)),
            ClientKind::Outside => Some(outside(family)),
        }
    }

    /// The client with an address, of the kind that it seems to be.
    #[must_use]
    pub fn at(&self, ip: IpAddr) -> Client {
        let kind = if ip.is_loopback() {
            ClientKind::Localhost
        } else if self.own.contains(&ip) {
            ClientKind::Node
        } else if self.local_pods.contains(&ip) {
            ClientKind::LocalPod
        } else if self.pods.contains(&ip) {
            ClientKind::RemotePod
        } else {
            self.kind_by_network(ip)
        };
        self.client(kind, ip)
    }

    /// The address of the node.
    #[must_use]
    pub fn node(&self, family: Family) -> Option<IpAddr> {
        *self.node.get(family)
    }

    /// All addresses of the node that are known, without loopback ones.
    pub fn own(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.own.iter().copied()
    }

    /// The networks of pods.
    pub fn networks(&self) -> impl Iterator<Item = IpNet> + '_ {
        self.local_networks.iter().chain(self.remote_networks.iter()).copied()
    }

    /// Whether an address is that of an endpoint.
    #[must_use]
    pub fn is_endpoint(&self, ip: IpAddr) -> bool {
        self.pods.contains(&ip)
    }

    /// The addresses of endpoints.
    pub fn endpoints(&self, family: Family) -> impl Iterator<Item = IpAddr> + '_ {
        self.endpoints.iter().copied().filter(move |ip| Family::of(*ip) == family)
    }

    /// What an address is taken for if it is neither the node's nor an endpoint's.
    #[must_use]
    pub fn kind_by_network(&self, ip: IpAddr) -> ClientKind {
        if self.remote_networks.contains(ip) {
            ClientKind::RemotePod
        } else if self.local_networks.contains(ip) {
            ClientKind::LocalPod
        } else {
            ClientKind::Outside
        }
    }

    /// A client of a kind with an address.
    #[must_use]
    pub fn client(&self, kind: ClientKind, ip: IpAddr) -> Client {
        let interfaces = self.interfaces.get(Family::of(ip));
        let interface = match kind {
            ClientKind::LocalPod => interfaces.pods.clone(),
            ClientKind::RemotePod | ClientKind::Outside => interfaces.others.clone(),
            ClientKind::Node | ClientKind::Localhost => None,
        };
        Client { kind, ip, interface }
    }

    /// An address near the end of a network, where no endpoint is.
    fn free(&self, networks: &Networks, family: Family) -> Option<IpAddr> {
        let network = networks.iter().find(|network| Family::of_net(network) == family)?;
        let mut candidates = (1..MOST_TRIED).map_while(|back| before(network.broadcast(), back));
        candidates.find(|ip| network.contains(ip) && !self.pods.contains(ip))
    }
}

impl Interfaces {
    fn of(detector: &LocalDetector) -> Self {
        let named = |name: &str| InterfaceName::new(name).ok();
        let other = |taken: &dyn Fn(&str) -> bool| {
            ["eth0", "ens0", "net0"].into_iter().find(|name| !taken(name)).and_then(named)
        };
        match detector {
            LocalDetector::None | LocalDetector::Source(_) => Self::default(),
            LocalDetector::Interface(name) => {
                Self { pods: Some(name.clone()), others: other(&|other| other == name.as_str()) }
            }
            LocalDetector::InterfacePrefix(prefix) => Self {
                pods: named(&format!("{}0", prefix.as_str())).or(Some(prefix.clone())),
                others: other(&|other| other.starts_with(prefix.as_str())),
            },
        }
    }
}

fn of_family(ips: &BTreeSet<IpAddr>, family: Family) -> Option<IpAddr> {
    ips.iter().copied().find(|ip| Family::of(*ip) == family)
}

/// The address so many before another one.
fn before(ip: IpAddr, back: u32) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).checked_sub(back).map(|bits| Ipv4Addr::from(bits).into()),
        IpAddr::V6(ip) => u128::from(ip).checked_sub(back.into()).map(|bits| Ipv6Addr::from(bits).into()),
    }
}

/// The loopback address.
#[must_use]
pub(super) fn loopback(family: Family) -> IpAddr {
    match family {
        Family::Ipv4 => Ipv4Addr::LOCALHOST.into(),
        Family::Ipv6 => Ipv6Addr::LOCALHOST.into(),
    }
}

/// An address that nobody has: it is set aside for documentation (RFC 5737, RFC 3849).
fn outside(family: Family) -> IpAddr {
    match family {
        Family::Ipv4 => Ipv4Addr::new(192, 0, 2, 250).into(),
        Family::Ipv6 => Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 0x250).into(),
    }
}
