//! A packet with its verdict, asked of the kernel: do connections like it meet what the verdict says?

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::thread;
use std::time::Duration;

use hnsplan::answer::verdict::{Delivery, Fate, Packet, SourceAddress, Verdict};
use hnsplan::net::Protocol;

use crate::case_packets::host;
use crate::client::{Reply, Transport, ask};
use crate::expect::node_address_towards;
use crate::servers::Servers;
use crate::topology::{Place, Topology};

/// What happens by chance is taken for a fault once in 10¹² times: e to the power of -28.
const SURPRISE: f64 = 28.0;

/// A packet, its verdict, and where connections like it begin.
pub(crate) struct Probe {
    pub(crate) packet: Packet,
    pub(crate) place: Place,
    pub(crate) verdict: Verdict,
    /// The verdicts on clients that were sent to one of its endpoints before.
    again: BTreeMap<SocketAddr, Verdict>,
}

impl Probe {
    pub(crate) fn of(packet: Packet, place: Place, verdict_of: impl Fn(&Packet) -> Verdict) -> Self {
        let verdict = verdict_of(&packet);
        let again = |endpoint| verdict_of(&Packet { remembered: Some(endpoint), ..packet.clone() });
        let again = verdict.endpoints().take(10).map(|endpoint| (endpoint, again(endpoint))).collect();
        Self { packet, place, verdict, again }
    }

    pub(crate) fn destination(&self) -> SocketAddr {
        SocketAddr::new(self.packet.destination, self.packet.port)
    }

    /// What it has in common with those of which another trial would tell nothing new.
    pub(crate) fn class(&self) -> (Place, Protocol, SocketAddr, Vec<Fate>) {
        let fates = self.verdict.outcomes().iter().map(|outcome| outcome.fate.clone()).collect();
        (self.place, self.packet.protocol, self.destination(), fates)
    }

    /// Whether packets like it can be sent and everyone is here who may get them.
    pub(crate) fn can_be_tried(&self) -> bool {
        let Packet { source, destination, protocol, .. } = self.packet;
        // The bridge's address is one more of the node.
        let is_spare = ["10.244.1.1", "fd00:244:0:1::1"].contains(&&*destination.to_string());
        let has_a_way = source.is_loopback() == destination.is_loopback()
            || (self.place == Place::Outside && destination.is_ipv4());
        // A pod with several addresses answers itself without the node.
        let is_pod = matches!(self.place, Place::PodA | Place::PodB);
        let beside = |ip| is_pod && place_of(ip) == Some(self.place) && ip != source;
        let mut ends = self.verdict.endpoints().chain([self.destination()]).map(|to| to.ip());
        let is_here = |ip| place_of(ip).is_some() && !beside(ip);
        protocol != Protocol::Sctp && !is_spare && has_a_way && ends.all(is_here)
    }

    pub(crate) fn is_handled(&self) -> bool {
        self.verdict.outcomes().iter().all(|outcome| !matches!(outcome.fate, Fate::Unhandled(_)))
    }

    pub(crate) fn has_affinity(&self) -> bool {
        let affinity = |fate: &Fate| matches!(fate, Fate::Endpoint(to) if to.affinity.is_some());
        self.verdict.outcomes().iter().any(|outcome| affinity(&outcome.fate))
    }

    /// Enough connections that an endpoint which is never met is a fault.
    pub(crate) fn attempts(&self) -> usize {
        let chances = self.verdict.outcomes().iter().map(|outcome| outcome.chance.as_f64());
        match chances.fold(1.0, f64::min) {
            // A loss shows by waiting, and once is enough.
            _ if self.verdict.outcomes()[0].fate == Fate::Dropped => 1,
            1.0 => 4,
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
            least => (SURPRISE / -(1.0 - least).ln()) as usize + 1,
        }
    }

    /// Whether connections had the replies that the verdict promises; `Err` tells what was not as it says.
    fn compare(&self, replies: &[Reply]) -> Result<(), String> {
        let expected = self.replies(&self.verdict);
        let count = |reply: &Reply| replies.iter().filter(|other| *other == reply).count();
        let named = replies.iter().all(|reply| expected.contains_key(reply));
        let shared =
            expected.iter().all(|(reply, chance)| is_plausible(count(reply), replies.len(), *chance));
        if named && shared {
            return Ok(());
        }
        let counted: BTreeMap<&Reply, usize> = replies.iter().map(|reply| (reply, count(reply))).collect();
        let Packet { source, protocol, .. } = self.packet;
        let to = self.destination();
        Err(format!("{protocol} from {source} to {to}: {expected:?} were expected, {counted:?} came"))
    }

    /// Makes connections.
    fn asked(&self, topology: &Topology, attempts: usize, forget: fn()) -> Asked {
        match self.connect(topology, attempts, forget) {
            Ok(replies) => Asked { fault: self.compare(&replies).err(), replies },
            Err(fault) => Asked { fault: Some(fault), replies: Vec::new() },
        }
    }

    fn connect(&self, topology: &Topology, attempts: usize, forget: fn()) -> Result<Vec<Reply>, String> {
        let mut replies = Vec::with_capacity(attempts);
        if !self.has_affinity() {
            let ask = || (0..attempts).map(|_| self.ask()).collect();
            return Ok(topology.at(self.place).run(ask));
        }
        for _ in 0..attempts {
            topology.at(Place::Node).run(forget);
            let [first, again] = topology.at(self.place).run(|| [self.ask(), self.ask()]);
            let Reply::From { server, .. } = first else { return Ok(vec![first]) };
            let expected = self.again.get(&server).map(|verdict| self.replies(verdict));
            if expected != Some(BTreeMap::from([(again.clone(), 1.0)])) {
                let source = self.packet.source;
                return Err(format!("{source} was sent to {first:?}, then to {again:?}, not {expected:?}"));
            }
            replies.push(first);
        }
        Ok(replies)
    }

    /// Whether some of its connections have no answer.
    pub(crate) fn may_be_lost(&self) -> bool {
        let is_lost = |fate: &Fate| *fate == Fate::Dropped || self.meets_itself(fate);
        self.verdict.outcomes().iter().any(|outcome| is_lost(&outcome.fate))
    }

    pub(crate) fn ask(&self) -> Reply {
        let transport = if self.packet.protocol == Protocol::Udp { Transport::Udp } else { Transport::Tcp };
        let patience = Duration::from_secs(if self.may_be_lost() { 1 } else { 5 });
        told_apart(ask(transport, self.packet.source, self.destination(), patience))
    }

    /// Whether a pod gets its own packet with its own address as the source: it takes none from itself, and answers past
    /// the node. A neighbour that gets what was sent from outside in its name answers by the node.
    fn meets_itself(&self, fate: &Fate) -> bool {
        let itself =
            |to: &Delivery| to.source == SourceAddress::Kept && to.endpoint.ip() == self.packet.source;
        matches!(self.place, Place::PodA | Place::PodB) && matches!(fate, Fate::Endpoint(to) if itself(to))
    }

    /// The replies that its verdict leads to.
    pub(crate) fn possible_replies(&self) -> Vec<Reply> {
        self.replies(&self.verdict).into_keys().collect()
    }

    /// The reply where no rule does anything for its packets.
    pub(crate) fn untranslated(&self) -> Vec<Reply> {
        self.without_rules().possible_replies()
    }

    /// The same on a node without rules.
    pub(crate) fn without_rules(&self) -> Self {
        let verdict = Verdict::certain(Fate::Unhandled(SourceAddress::Kept), Vec::new());
        Self { verdict, again: BTreeMap::new(), packet: self.packet.clone(), ..*self }
    }

    /// The replies that a verdict on packets like it leads to, with their chances.
    fn replies(&self, verdict: &Verdict) -> BTreeMap<Reply, f64> {
        let from = |server: SocketAddr, source| {
            let client = match source {
                SourceAddress::Masqueraded => node_address_towards(server.ip()),
                _ => self.packet.source,
            };
            told_apart(Reply::From { server, client })
        };
        let reply = |fate: &Fate| match fate {
            Fate::Endpoint(_) if self.meets_itself(fate) => Reply::Silence,
            Fate::Endpoint(to) => from(to.endpoint, to.source),
            Fate::Unhandled(source) => from(self.destination(), *source),
            Fate::Rejected => Reply::Refused,
            Fate::Dropped => Reply::Silence,
            Fate::Answered(what) => Reply::Failed(format!("answered: {what}")),
            Fate::Undecided(why) => Reply::Failed(format!("undecided: {why}")),
        };
        verdict.outcomes().iter().map(|outcome| (reply(&outcome.fate), outcome.chance.as_f64())).collect()
    }
}

/// The node that meets itself may take any of its addresses for it.
fn told_apart(reply: Reply) -> Reply {
    match reply {
        Reply::From { server, client } if host().is_local(server.ip()) && host().is_local(client) => {
            Reply::From { server, client: server.ip() }
        }
        other => other,
    }
}

/// What came of the connections of a probe.
pub(crate) struct Asked {
    pub(crate) replies: Vec<Reply>,
    /// What was not as the verdict says.
    pub(crate) fault: Option<String>,
}

/// Makes so many connections for each probe, all at once as far as that goes. `forget` empties the lists of clients that
/// stay with their endpoints, in the current namespace.
pub(crate) fn ask_all(
    topology: &Topology,
    probes: &[Probe],
    attempts: impl Fn(&Probe) -> usize + Sync,
    forget: fn(),
) -> Vec<Asked> {
    let ask = |probe: &Probe| probe.asked(topology, attempts(probe), forget);
    let mut asked: Vec<Option<Asked>> = thread::scope(|scope| {
        let running: Vec<_> =
            probes.iter().map(|probe| (!probe.has_affinity()).then(|| scope.spawn(|| ask(probe)))).collect();
        running.into_iter().map(|probe| Some(probe?.join().expect("a probe is made"))).collect()
    });
    // Affinity distinguishes clients by their address only, so they come one after the other.
    for (asked, probe) in asked.iter_mut().zip(probes) {
        if asked.is_none() {
            *asked = Some(ask(probe));
        }
    }
    asked.into_iter().flatten().collect()
}

/// Everybody listens who may be meant: endpoints, and addresses that are left alone.
pub(crate) fn servers<'p>(topology: &Topology, probes: impl IntoIterator<Item = &'p Probe>) -> Servers {
    let meant = |probe: &Probe| {
        let destination = probe.destination();
        probe
            .verdict
            .endpoints()
            .chain([destination])
            .map(|to| (probe.packet.protocol, to))
            .collect::<Vec<_>>()
    };
    let (mut tcp, mut udp) = (BTreeSet::new(), BTreeSet::new());
    for (protocol, address) in probes.into_iter().flat_map(meant) {
        match (protocol, place_of(address.ip())) {
            (Protocol::Udp, Some(place)) => drop(udp.insert((place, address))),
            _ => drop(tcp.insert(address.port())),
        }
    }
    Servers::on(topology, &tcp, &udp)
}

/// Who has an address; `None` for nobody here.
pub(crate) fn place_of(ip: IpAddr) -> Option<Place> {
    let is = |texts: &[&str]| texts.contains(&&*ip.to_string());
    let begins = |texts: &[&str]| texts.iter().any(|text| ip.to_string().starts_with(text));
    if host().is_local(ip) {
        Some(Place::Node)
    } else if is(&[
        "10.244.1.5",
        "10.244.1.3",
        "10.244.1.9",
        "10.244.1.21",
        "fd00:244:0:1::5",
        "fd00:244:0:1::21",
    ]) {
        Some(Place::PodA)
    } else if is(&["10.244.1.6", "10.244.1.7", "10.244.1.8", "10.244.1.30", "fd00:244:0:1::6"]) {
        Some(Place::PodB)
    } else if begins(&[
        "10.244.2.",
        "10.244.3.",
        "10.244.4.",
        "10.244.5.",
        "10.244.9.",
        "10.96.",
        "198.51.100.",
        "203.0.113.",
    ]) || begins(&["fd00:244:0:2:", "fd00:244:0:3:", "fd00:96:"])
        || is(&[
            "192.168.10.2",
            "192.168.10.5",
            "192.168.10.6",
            "192.168.10.12",
            "192.0.2.80",
            "93.184.216.34",
        ])
    {
        Some(Place::Neighbours)
    } else {
        None
    }
}

/// Whether something of this chance may be seen so often: the Chernoff bound.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
pub(crate) fn is_plausible(seen: usize, of: usize, chance: f64) -> bool {
    let share = seen as f64 / of as f64;
    let divergence = |share: f64, chance: f64| if share == 0.0 { 0.0 } else { share * (share / chance).ln() };
    of as f64 * (divergence(share, chance) + divergence(1.0 - share, 1.0 - chance)) <= SURPRISE
}
