//! What the evaluator says of a packet is what the kernel does with it.
//!
//! Each golden case is loaded on a node. The verdicts come from what `iptables-save` then prints, and real
//! connections must meet them: only endpoints that the verdict names, all of them, as often as it says and
//! with the source address that it says; refused or lost where it says so. With session affinity, each
//! connection is followed by a second one of the same client.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use hnsplan::answer::verdict::{Fate, Packet, SourceAddress, Verdict};
use hnsplan::net::Protocol;
use hnsplan::platform::{iptables, nftables};

use crate::case_packets::{self, Client, frontends, host};
use crate::client::{Reply, Transport, ask};
use crate::compiler::{Request, cases};
use crate::expect::node_address_towards;
use crate::golden::golden;
use crate::loading::understood;
use crate::nft;
use crate::restore::{BackEnd, Family, save};
use crate::servers::Servers;
use crate::tools;
use crate::topology::{Place, Topology};

/// The newest version that was recorded, and the newest one that is known.
const VERSION: &str = "1.36";
const NEWEST: &str = "1.37";

/// Who asks, and where it stands.
const CLIENTS: [(Client, Place); 8] = [
    (case_packets::POD, Place::ClientPod),
    (case_packets::POD_A, Place::PodA),
    (case_packets::NODE, Place::Node),
    (case_packets::NODE_ETH1, Place::Node),
    (case_packets::LOCALHOST, Place::Node),
    (case_packets::OUTSIDE, Place::Outside),
    (case_packets::OUTSIDE_203, Place::Outside),
    (case_packets::OUTSIDE_192, Place::Outside),
];

/// Cases that cannot be tried: an address that iptables refuses, and a cluster with other networks.
const NOT_HERE: [&str; 2] = ["115-wrong-family-in-slice", "r11-services60"];

/// What happens by chance is taken for a fault once in 10¹² times: e to the power of -28.
const SURPRISE: f64 = 28.0;

/// Which rules the node has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Iptables,
    /// As kube-proxy of this version writes them.
    Nftables(&'static str),
}

impl Mode {
    fn node(self, case: &str) -> Topology {
        match self {
            Self::Iptables => golden(case).node(BackEnd::Nft),
            Self::Nftables(version) => nft::node(case, version),
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Iptables => VERSION,
            Self::Nftables(version) => version,
        }
    }

    /// The flows of packets by what the node lists of its rules.
    fn flows(
        self,
        topology: &Topology,
        family: Family,
        packets: impl Iterator<Item = (Packet, Place)>,
    ) -> Vec<Flow> {
        let host = host();
        match self {
            Self::Iptables => {
                let saved = topology.at(Place::Node).run(|| save(BackEnd::Nft, family));
                let rules = understood(&saved, family);
                let evaluator = iptables::eval::Evaluator::new(&rules, &host);
                packets.map(|(packet, place)| Flow::of(packet, place, |of| evaluator.verdict(of))).collect()
            }
            Self::Nftables(_) => {
                let listed = topology.at(Place::Node).run(|| nft::list(family));
                let table = nft::understood(&listed, family);
                let evaluator = nftables::eval::Evaluator::new(&table, &host);
                packets.map(|(packet, place)| Flow::of(packet, place, |of| evaluator.verdict(of))).collect()
            }
        }
    }

    /// Empties the lists of clients of the current namespace.
    fn forget_clients(self) {
        match self {
            Self::Iptables => forget_clients(),
            Self::Nftables(_) => nft::forget_clients(),
        }
    }
}

#[test]
fn real_connections_meet_the_verdicts() {
    real_connections_meet_them(Mode::Iptables);
}

#[test]
fn real_connections_meet_the_verdicts_of_nftables() {
    real_connections_meet_them(Mode::Nftables(VERSION));
}

fn real_connections_meet_them(mode: Mode) {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let cases: Vec<String> = cases().into_iter().filter(|case| !NOT_HERE.contains(&&**case)).collect();
    let (next, tried) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    // Much of the time goes into waiting for what is dropped, so more go on at once than there are cores.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let done = try_case(mode, case, 400);
                    tried.lock().expect("nobody panics with it").push(done);
                }
            });
        }
    });
    let tried = tried.into_inner().expect("nobody panics with it");
    let wrong: Vec<&str> = tried.iter().flat_map(|case| &case.wrong).map(String::as_str).collect();
    assert!(wrong.is_empty(), "the kernel does otherwise:\n{}", wrong.join("\n"));
    let handled = tried.iter().filter(|case| case.handled > 0).count();
    assert!(handled >= 80, "connections of only {handled} cases met a rule for them");
    let flows: usize = tried.iter().map(|case| case.handled).sum();
    // In nftables mode fewer addresses serve node ports.
    let least = if mode == Mode::Iptables { 800 } else { 700 };
    assert!(flows > least, "only {flows} flows met a rule for them");
}

/// What 1.37 writes otherwise: service ports with one endpoint, beside those with several, with none, and with clients that
/// stay.
const CASES_OF_NEWEST: [&str; 12] = [
    "001-clusterip-1ep",
    "003-clusterip-3ep",
    "009-no-endpoints-external",
    "020-affinity-clientip-default",
    "022-nodeport",
    "023-nodeport-etp-local-with-local",
    "024-nodeport-etp-local-no-local",
    "031-lb-source-ranges-node",
    "040-itp-local-etp-local",
    "072-hairpin-local-and-remote",
    "051-dualstack",
    "005-multiport-named",
];

#[test]
fn real_connections_meet_the_verdicts_of_the_newest_nftables() {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let (mut flows, mut wrong) = (0, Vec::new());
    for case in CASES_OF_NEWEST {
        let mut tried = try_case(Mode::Nftables(NEWEST), case, 400);
        assert!(tried.handled > 0, "{case}: no connection met a rule");
        flows += tried.handled;
        wrong.append(&mut tried.wrong);
    }
    assert!(wrong.is_empty(), "the kernel does otherwise:\n{}", wrong.join("\n"));
    assert!(flows > 80, "only {flows} flows met a rule for them");
}

#[test]
fn endpoints_are_met_as_often_as_the_verdicts_say() {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    for mode in [Mode::Iptables, Mode::Nftables(VERSION), Mode::Nftables(NEWEST)] {
        let tried = try_flows(mode, "003-clusterip-3ep", |flow| flow.place == Place::ClientPod, |_| 6000);
        assert_eq!((tried.wrong, tried.handled), (Vec::new(), 1));
    }
}

#[test]
fn a_wrong_verdict_is_noticed() {
    let sound = [(10, 30, 0.3), (300, 1000, 1.0 / 3.0), (4, 4, 1.0), (0, 4, 0.0), (38, 100, 0.5)];
    assert!(sound.iter().all(|&(seen, of, chance)| is_plausible(seen, of, chance)));
    let odd = [(0, 70, 1.0 / 3.0), (3, 4, 1.0), (1, 4, 0.0), (1700, 6000, 1.0 / 3.0), (3300, 6000, 0.5)];
    assert!(odd.iter().all(|&(seen, of, chance)| !is_plausible(seen, of, chance)));
}

/// What was found out about a case.
struct Tried {
    /// How many flows met a rule that does something for them.
    handled: usize,
    /// What was not as the verdicts say.
    wrong: Vec<String>,
}

/// A packet, its verdict, and where connections like it begin.
struct Flow {
    packet: Packet,
    place: Place,
    verdict: Verdict,
    /// The verdicts on clients that were sent to one of its endpoints before.
    again: BTreeMap<SocketAddr, Verdict>,
}

fn try_case(mode: Mode, case: &str, most: usize) -> Tried {
    try_flows(mode, case, |_| true, |flow| flow.attempts().min(most))
}

/// Makes as many connections as `attempts` says for each of the chosen flows.
fn try_flows(
    mode: Mode,
    case: &str,
    chosen: fn(&Flow) -> bool,
    attempts: impl Fn(&Flow) -> usize + Sync,
) -> Tried {
    let topology = mode.node(case);
    let mut flows = Vec::new();
    for family in Family::BOTH {
        let request = Request { case, version: mode.version(), family };
        flows.extend(mode.flows(&topology, family, packets(&request)));
    }
    let mut known = HashSet::new();
    flows.retain(|flow| flow.can_be_tried() && chosen(flow) && known.insert(flow.class()));
    let _servers = servers(&topology, &flows);
    // Affinity distinguishes clients by their address only, so they come one after the other.
    let (sticky, others): (Vec<&Flow>, Vec<&Flow>) = flows.iter().partition(|flow| flow.has_affinity());
    let mut wrong: Vec<String> = thread::scope(|scope| {
        let (topology, attempts) = (&topology, &attempts);
        let running: Vec<_> = others
            .iter()
            .map(|flow| scope.spawn(move || flow.check(mode, topology, attempts(flow))))
            .collect();
        running.into_iter().filter_map(|flow| flow.join().expect("a flow is checked").err()).collect()
    });
    wrong.extend(sticky.iter().filter_map(|flow| flow.check(mode, &topology, attempts(flow)).err()));
    let handled = flows.iter().filter(|flow| flow.is_handled()).count();
    Tried { handled, wrong: wrong.into_iter().map(|what| format!("{case}: {what}")).collect() }
}

/// The packets of a family that make sense on the wire, and where they are sent.
fn packets(request: &Request<'_>) -> impl Iterator<Item = (Packet, Place)> {
    let frontends = frontends(&request.rules(), request.family.into());
    frontends.into_iter().flat_map(|(protocol, to)| {
        CLIENTS.into_iter().filter_map(move |(client, place)| Some((client.packet(protocol, to)?, place)))
    })
}

/// Everybody listens who may be meant: endpoints, and addresses that are left alone.
fn servers(topology: &Topology, flows: &[Flow]) -> Servers {
    let meant = |flow: &Flow| {
        let destination = flow.destination();
        flow.verdict.endpoints().chain([destination]).map(|to| (flow.packet.protocol, to)).collect::<Vec<_>>()
    };
    let (mut tcp, mut udp) = (BTreeSet::new(), BTreeSet::new());
    for (protocol, address) in flows.iter().flat_map(meant) {
        match (protocol, place_of(address.ip())) {
            (Protocol::Udp, Some(place)) => drop(udp.insert((place, address))),
            _ => drop(tcp.insert(address.port())),
        }
    }
    Servers::on(topology, &tcp, &udp)
}

/// Who has an address; `None` for nobody here.
fn place_of(ip: IpAddr) -> Option<Place> {
    let is = |texts: &[&str]| texts.contains(&&*ip.to_string());
    let begins = |texts: &[&str]| texts.iter().any(|text| ip.to_string().starts_with(text));
    if host().is_local(ip) {
        Some(Place::Node)
    } else if is(&["10.244.1.5", "10.244.1.3", "10.244.1.9", "fd00:244:0:1::5"]) {
        Some(Place::PodA)
    } else if is(&["10.244.1.6", "fd00:244:0:1::6"]) {
        Some(Place::PodB)
    } else if begins(&["10.244.2.", "10.244.3.", "10.244.9.", "10.96.", "198.51.100.", "203.0.113."])
        || begins(&["fd00:244:0:2:", "fd00:96:"])
        || is(&["192.168.10.5", "192.168.10.6", "192.168.10.12", "93.184.216.34"])
    {
        Some(Place::Neighbours)
    } else {
        None
    }
}

impl Flow {
    fn of(packet: Packet, place: Place, verdict_of: impl Fn(&Packet) -> Verdict) -> Self {
        let verdict = verdict_of(&packet);
        let again = |endpoint| verdict_of(&Packet { remembered: Some(endpoint), ..packet.clone() });
        let again = verdict.endpoints().take(10).map(|endpoint| (endpoint, again(endpoint))).collect();
        Self { packet, place, verdict, again }
    }

    fn destination(&self) -> SocketAddr {
        SocketAddr::new(self.packet.destination, self.packet.port)
    }

    /// What a flow has in common with those of which another trial would tell nothing new.
    fn class(&self) -> (Place, Protocol, SocketAddr, Vec<Fate>) {
        let fates = self.verdict.outcomes().iter().map(|outcome| outcome.fate.clone()).collect();
        (self.place, self.packet.protocol, self.destination(), fates)
    }

    /// Whether packets like it can be sent and everyone is here who may get them.
    fn can_be_tried(&self) -> bool {
        let Packet { source, destination, protocol, .. } = self.packet;
        // The bridge's address is one more of the node.
        let is_spare = ["10.244.1.1", "fd00:244:0:1::1"].contains(&&*destination.to_string());
        let has_a_way = source.is_loopback() == destination.is_loopback()
            || (self.place == Place::Outside && destination.is_ipv4());
        // A pod with several addresses answers itself without the node.
        let beside = |ip| self.place == Place::PodA && place_of(ip) == Some(Place::PodA) && ip != source;
        let mut ends = self.verdict.endpoints().chain([self.destination()]).map(|to| to.ip());
        let is_here = |ip| place_of(ip).is_some() && !beside(ip);
        protocol != Protocol::Sctp && !is_spare && has_a_way && ends.all(is_here)
    }

    fn is_handled(&self) -> bool {
        self.verdict.outcomes().iter().all(|outcome| !matches!(outcome.fate, Fate::Unhandled(_)))
    }

    fn has_affinity(&self) -> bool {
        let affinity = |fate: &Fate| matches!(fate, Fate::Endpoint(to) if to.affinity.is_some());
        self.verdict.outcomes().iter().any(|outcome| affinity(&outcome.fate))
    }

    /// Enough connections that an endpoint which is never met is a fault.
    fn attempts(&self) -> usize {
        let chances = self.verdict.outcomes().iter().map(|outcome| outcome.chance.as_f64());
        match chances.fold(1.0, f64::min) {
            // A loss shows by waiting, and once is enough.
            _ if self.verdict.outcomes()[0].fate == Fate::Dropped => 1,
            1.0 => 4,
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
            least => (SURPRISE / -(1.0 - least).ln()) as usize + 1,
        }
    }

    /// Makes connections; `Err` tells what was not as the verdict says.
    fn check(&self, mode: Mode, topology: &Topology, attempts: usize) -> Result<(), String> {
        let replies = self.connect(mode, topology, attempts)?;
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

    fn connect(&self, mode: Mode, topology: &Topology, attempts: usize) -> Result<Vec<Reply>, String> {
        let mut replies = Vec::with_capacity(attempts);
        if !self.has_affinity() {
            let ask = || (0..attempts).map(|_| self.ask()).collect();
            return Ok(topology.at(self.place).run(ask));
        }
        for _ in 0..attempts {
            topology.at(Place::Node).run(|| mode.forget_clients());
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

    fn ask(&self) -> Reply {
        let transport = if self.packet.protocol == Protocol::Udp { Transport::Udp } else { Transport::Tcp };
        let is_lost = |fate: &Fate| *fate == Fate::Dropped || self.meets_itself(fate);
        let lost = self.verdict.outcomes().iter().any(|outcome| is_lost(&outcome.fate));
        let patience = Duration::from_secs(if lost { 1 } else { 5 });
        told_apart(ask(transport, self.packet.source, self.destination(), patience))
    }

    /// Whether a pod gets its own packet with its own address as the source: it takes none from itself, and answers past
    /// the node.
    fn meets_itself(&self, fate: &Fate) -> bool {
        let itself = |to: &hnsplan::answer::verdict::Delivery| {
            to.source == SourceAddress::Kept && to.endpoint.ip() == self.packet.source
        };
        self.place != Place::Node && matches!(fate, Fate::Endpoint(to) if itself(to))
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

/// Empties the lists of clients of the current namespace (Linux, `xt_recent`).
fn forget_clients() {
    let lists = fs::read_dir("/proc/thread-self/net/xt_recent").expect("there are lists");
    for list in lists {
        fs::write(list.expect("the lists can be listed").path(), "/").expect("a list can be emptied");
    }
}

/// Whether something of this chance may be seen so often: the Chernoff bound.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn is_plausible(seen: usize, of: usize, chance: f64) -> bool {
    let share = seen as f64 / of as f64;
    let divergence = |share: f64, chance: f64| if share == 0.0 { 0.0 } else { share * (share / chance).ln() };
    of as f64 * (divergence(share, chance) + divergence(1.0 - share, 1.0 - chance)) <= SURPRISE
}
