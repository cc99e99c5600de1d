//! Expectations in sentences: `from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080"], AsItself)`.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::client::{Reply, Transport, ask};
use crate::topology::{Place, Topology};

/// Where a connection comes from: a place, and its address in each family.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    name: &'static str,
    place: Place,
    ipv4: &'static str,
    ipv6: Option<&'static str>,
}

const fn source(name: &'static str, place: Place, ipv4: &'static str, ipv6: Option<&'static str>) -> Source {
    Source { name, place, ipv4, ipv6 }
}

/// A pod of the node that is no endpoint.
pub(crate) const POD: Source = source("a pod", Place::ClientPod, "10.244.1.20", Some("fd00:244:0:1::20"));
/// The endpoint on the node.
pub(crate) const POD_A: Source = source("pod A", Place::PodA, "10.244.1.5", Some("fd00:244:0:1::5"));
/// The other endpoint on the node.
pub(crate) const POD_B: Source = source("pod B", Place::PodB, "10.244.1.6", Some("fd00:244:0:1::6"));
/// The node, with the address that the Node object has.
pub(crate) const NODE: Source = source("the node", Place::Node, "192.168.10.11", Some("fd00:10::11"));
/// The node, with the address of its other interface.
pub(crate) const NODE_ETH1: Source = source("the node's eth1", Place::Node, "10.0.5.4", Some("fd00:5::4"));
/// A process of the node that talks to localhost.
pub(crate) const LOCALHOST: Source = source("localhost", Place::Node, "127.0.0.1", Some("::1"));
/// A host outside the cluster, in no source range of any case.
pub(crate) const OUTSIDE: Source = source("outside", Place::Outside, "10.0.5.50", Some("fd00:5::50"));
/// A host outside, in 203.0.113.0/24.
pub(crate) const OUTSIDE_203: Source =
    source("outside, 203.0.113.0/24", Place::Outside, "203.0.113.50", None);
/// A host outside, in 192.0.2.0/24.
pub(crate) const OUTSIDE_192: Source = source("outside, 192.0.2.0/24", Place::Outside, "192.0.2.50", None);
/// The node, which uses a VIP of its own as the source address.
pub(crate) const NODE_VIP: Source = source("the node's VIP", Place::Node, "198.51.100.7", None);

/// The client address that an endpoint sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "they are read as the end of a sentence")]
pub(crate) enum Seen {
    /// The client's own: no masquerading.
    AsItself,
    /// The node's, of the interface towards the endpoint: masqueraded.
    AsNode,
    /// The client is one of the endpoints: masqueraded where it meets itself, its own address elsewhere.
    AsNodeByItself,
}

/// What becomes of the connections of a flow.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// All of these endpoints answer, and no other.
    Reaches(&'static [&'static str], Seen),
    /// One of these endpoints answers, and always the same.
    StaysWithOneOf(&'static [&'static str], Seen),
    /// The connection is refused at once.
    IsRefused,
    /// Nobody answers.
    IsDropped,
    /// The packets go where they were sent, as if there were no rules.
    IsLeftAlone,
}

use Outcome::{IsDropped, IsLeftAlone, IsRefused, Reaches, StaysWithOneOf};

/// One source, one destination, and what is to happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flow {
    source: Source,
    transport: Transport,
    destination: &'static str,
    outcome: Outcome,
}

pub(crate) const fn from(source: Source) -> Flow {
    Flow { source, transport: Transport::Tcp, destination: "", outcome: IsLeftAlone }
}

impl Flow {
    pub(crate) const fn tcp(self, destination: &'static str) -> Self {
        Self { transport: Transport::Tcp, destination, ..self }
    }

    pub(crate) const fn udp(self, destination: &'static str) -> Self {
        Self { transport: Transport::Udp, destination, ..self }
    }

    pub(crate) const fn reaches(self, endpoints: &'static [&'static str], seen: Seen) -> Self {
        Self { outcome: Reaches(endpoints, seen), ..self }
    }

    pub(crate) const fn stays_with_one_of(self, endpoints: &'static [&'static str], seen: Seen) -> Self {
        Self { outcome: StaysWithOneOf(endpoints, seen), ..self }
    }

    pub(crate) const fn is_refused(self) -> Self {
        Self { outcome: IsRefused, ..self }
    }

    pub(crate) const fn is_dropped(self) -> Self {
        Self { outcome: IsDropped, ..self }
    }

    pub(crate) const fn is_left_alone(self) -> Self {
        Self { outcome: IsLeftAlone, ..self }
    }

    /// Makes the connections; `Err` is a sentence about what happened instead.
    pub(crate) fn check(&self, topology: &Topology) -> Result<(), String> {
        let destination: SocketAddr =
            self.destination.parse().expect("destinations are addresses with ports");
        let client = self.source.address_for(destination);
        let replies = topology.at(self.source.place).run(|| self.connect_often(client, destination));
        let as_expected = match self.outcome {
            Reaches(endpoints, seen) => replies == all_of(endpoints, seen, client),
            StaysWithOneOf(endpoints, seen) => {
                replies.len() == 1 && replies.is_subset(&all_of(endpoints, seen, client))
            }
            IsRefused => replies == BTreeSet::from([Reply::Refused]),
            IsDropped => replies == BTreeSet::from([Reply::Silence]),
            IsLeftAlone => replies == BTreeSet::from([Reply::From { server: destination, client }]),
        };
        if as_expected { Ok(()) } else { Err(format!("{self}, but there was {replies:?}")) }
    }

    /// The different replies to many connections; one that is lost ends them, as waiting for more tells nothing.
    fn connect_often(&self, client: IpAddr, destination: SocketAddr) -> BTreeSet<Reply> {
        let mut replies = BTreeSet::new();
        for _ in 0..self.outcome.attempts() {
            let reply = ask(self.transport, client, destination, self.outcome.patience());
            let lost = matches!(reply, Reply::Silence | Reply::Failed(_));
            replies.insert(reply);
            if lost {
                break;
            }
        }
        replies
    }
}

impl Source {
    fn address_for(&self, destination: SocketAddr) -> IpAddr {
        let address = if destination.is_ipv4() { self.ipv4 } else { self.ipv6.expect("an IPv6 source") };
        address.parse().expect("sources are addresses")
    }
}

impl Outcome {
    /// Enough that an endpoint with a share of a third is missed once in a hundred million runs.
    fn attempts(self) -> usize {
        match self {
            Reaches([_], _) => 12,
            Reaches(..) => 48,
            StaysWithOneOf(..) => 24,
            IsRefused | IsLeftAlone => 4,
            IsDropped => 1,
        }
    }

    /// A drop shows only by waiting; everything else has the time that a busy machine needs.
    fn patience(self) -> Duration {
        match self {
            IsDropped => Duration::from_secs(1),
            _ => Duration::from_secs(5),
        }
    }
}

fn all_of(endpoints: &[&str], seen: Seen, client: IpAddr) -> BTreeSet<Reply> {
    let reply = |endpoint: &&str| {
        let server: SocketAddr = endpoint.parse().expect("endpoints are addresses with ports");
        let client = match seen {
            Seen::AsNodeByItself if server.ip() != client => client,
            Seen::AsItself => client,
            Seen::AsNode | Seen::AsNodeByItself => node_address_towards(server.ip()),
        };
        Reply::From { server, client }
    };
    endpoints.iter().map(reply).collect()
}

/// The address of `cni0` for the node's own pods, that of `eth0` for everyone else.
pub(crate) fn node_address_towards(endpoint: IpAddr) -> IpAddr {
    let text = endpoint.to_string();
    let own_pod = text.starts_with("10.244.1.") || text.starts_with("fd00:244:0:1:");
    let address = match (own_pod, endpoint.is_ipv4()) {
        (true, true) => "10.244.1.1",
        (true, false) => "fd00:244:0:1::1",
        (false, true) => "192.168.10.11",
        (false, false) => "fd00:10::11",
    };
    address.parse().expect("addresses of the node are addresses")
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, transport, destination, outcome } = self;
        let transport = match transport {
            Transport::Tcp => "TCP",
            Transport::Udp => "UDP",
        };
        write!(f, "{transport} from {} to {destination} ", source.name)?;
        match outcome {
            Reaches(endpoints, seen) => write!(f, "reaches all of {endpoints:?}, seen {seen:?}"),
            StaysWithOneOf(endpoints, seen) => write!(f, "stays with one of {endpoints:?}, seen {seen:?}"),
            IsRefused => f.write_str("is refused"),
            IsDropped => f.write_str("is dropped"),
            IsLeftAlone => f.write_str("is left alone"),
        }
    }
}
