//! What a replay says of a node at each step of a sequence is what the kernel does there.
//!
//! The texts that kube-proxy loaded are loaded one after another. After each of them connections of all kinds of clients go to
//! all that Services listened on at any time, and meet the rules which the replay says the node holds. What clients notice
//! then, of frontends that are wanted, is what the replay notices: those frontends, those clients, no other.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use hnsplan::ir::RuleSet;
use hnsplan::net::{Family, Protocol};
use hnsplan::platform::timeline::{Client, Disturbance, Trouble};

use crate::case_packets::{self, frontends};
use crate::client::Reply;
use crate::probe::{Asked, Probe, ask_all, servers};
use crate::recorded::{Kind, Recorded, Recordings, Step};
use crate::restore::BackEnd;
use crate::tools;
use crate::topology::{Place, Topology};

/// Who asks: as the replay tells clients apart, and an endpoint besides.
pub(crate) const CLIENTS: [(case_packets::Client, Place); 4] = [
    (case_packets::POD, Place::ClientPod),
    (case_packets::POD_A, Place::PodA),
    (case_packets::NODE, Place::Node),
    (case_packets::OUTSIDE, Place::Outside),
];

/// At most so many connections for a probe; where each takes long, as clients have to be forgotten or a loss shows only by
/// waiting; and where nothing has changed since the step before.
const MOST: usize = 200;
const MOST_SLOW: usize = 10;
const FEW: usize = 3;

#[test]
fn each_step_of_iptables_is_as_the_replay_says() {
    // What lasts longer than a step is seen in the other mode only: here rules come back within it.
    assert_all_as_replayed(Kind::Iptables, "1.36", None, [3000, 0]);
}

/// The texts of 1.30, where they are others.
#[test]
fn each_step_of_iptables_of_1_30_is_as_the_replay_says() {
    assert_all_as_replayed(Kind::Iptables, "1.30", Some("1.36"), [10, 0]);
}

#[test]
fn each_step_of_nftables_is_as_the_replay_says() {
    assert_all_as_replayed(Kind::Nftables, "1.36", None, [4000, 4]);
}

/// What was found out about a sequence.
#[derive(Default)]
struct Walked {
    probes: usize,
    interruptions: usize,
    wrong: Vec<String>,
}

/// Walks through the sequences; there have to be more probes and interruptions than `least`.
fn assert_all_as_replayed(kind: Kind, version: &str, unlike: Option<&str>, least: [usize; 2]) {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let recordings = Recordings::new();
    let names = recordings.names(kind, version, unlike);
    let (next, all) = (AtomicUsize::new(0), Mutex::new(Walked::default()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let walked = walk(kind, &recordings.sequence(name, kind, version));
                    let mut all = all.lock().expect("nobody panics with it");
                    all.probes += walked.probes;
                    all.interruptions += walked.interruptions;
                    all.wrong.extend(walked.wrong);
                }
            });
        }
    });
    let Walked { probes, interruptions, wrong } = all.into_inner().expect("nobody panics with it");
    assert!(wrong.is_empty(), "{} are otherwise:\n{}", wrong.len(), wrong.join("\n"));
    assert!(probes > least[0], "only {probes} probes of {} sequences", names.len());
    assert!(interruptions >= least[1], "only {interruptions} interruptions were met");
}

/// Loads the texts of a sequence one after another, and connects in between.
fn walk(kind: Kind, recorded: &Recorded) -> Walked {
    let topology = Topology::new();
    let probes: Vec<Vec<Probe>> = recorded.steps.iter().map(|step| probes(recorded, step)).collect();
    let _servers = servers(&topology, probes.iter().flatten());
    let mut walked = Walked::default();
    let mut before = BTreeSet::new();
    for (step, probes) in recorded.steps.iter().zip(probes) {
        topology.at(Place::Node).run(|| kind.act(step));
        let wanted = wanted(&step.rules);
        let predicted = predicted(&recorded.disturbances, step.number, &wanted);
        let attempts = |probe: &Probe| {
            let most = if probe.may_be_lost() || probe.has_affinity() { MOST_SLOW } else { MOST };
            let all = probe.attempts().min(most);
            if predicted.is_empty() && before.contains(&class(probe)) { all.min(FEW) } else { all }
        };
        let asked = ask_all(&topology, &probes, attempts, kind.forget_clients());
        let place = |what: &dyn std::fmt::Display| format!("{} step {}: {what}", recorded.name, step.number);
        walked.wrong.extend(asked.iter().filter_map(|asked| asked.fault.as_ref()).map(|fault| place(fault)));
        let observed = observed(&wanted, &probes, &asked);
        walked
            .wrong
            .extend(observed.difference(&predicted).map(|of| place(&format!("{of:?} is not foretold"))));
        walked.wrong.extend(predicted.difference(&observed).map(|of| place(&format!("{of:?} is not met"))));
        walked.probes += probes.len();
        walked.interruptions += observed.len();
        before = probes.iter().map(class).collect();
    }
    walked
}

/// What two probes have in common of which the second would tell nothing new.
fn class(probe: &Probe) -> String {
    format!("{:?}", probe.class())
}

/// The probes of a step: all clients, all that Services listen on at any time of the sequence, by what the replay says the
/// node holds.
pub(crate) fn probes(recorded: &Recorded, step: &Step) -> Vec<Probe> {
    let mut probes = Vec::new();
    for (family, held) in &step.held {
        let targets: BTreeSet<(Protocol, SocketAddr)> =
            recorded.steps.iter().flat_map(|step| frontends(&step.rules, *family)).collect();
        let node = step.rules.node.ips.get(*family);
        // Of the addresses of the node one tells it all.
        let is_spare = |to: &SocketAddr| case_packets::host().is_local(to.ip()) && to.ip() != *node;
        held.judge(|verdict| {
            for (protocol, to) in targets.into_iter().filter(|(_, to)| !is_spare(to)) {
                for (client, place) in CLIENTS {
                    let packet = client.packet(protocol, to);
                    let probe = packet.map(|packet| Probe::of(packet, place, verdict));
                    probes.extend(probe.filter(Probe::can_be_tried));
                }
            }
        });
    }
    probes
}

/// Something that a kind of clients notices of a frontend.
type Noticed = (Box<str>, Trouble, Client);

/// What the replay says clients notice at the end of a step, where somebody could answer.
fn predicted(disturbances: &[Disturbance], step: usize, wanted: &AllWanted) -> BTreeSet<Noticed> {
    let able: BTreeSet<&str> = wanted.values().filter(|of| of.has_ready).map(|of| &*of.text).collect();
    let lasts = |of: &&Disturbance| of.from.step <= step && of.to.is_none_or(|to| to.step > step);
    let clients = |of: &Disturbance| {
        let (frontend, what) = (of.frontend.clone(), of.what);
        of.clients.iter().map(move |reach| (frontend.clone(), what, reach.client)).collect::<Vec<_>>()
    };
    let lasting = disturbances.iter().filter(lasts).filter(|of| able.contains(&*of.frontend));
    lasting.flat_map(clients).collect()
}

/// What clients noticed of frontends that are wanted, where somebody could answer.
fn observed(wanted: &AllWanted, probes: &[Probe], asked: &[Asked]) -> BTreeSet<Noticed> {
    let mut observed = BTreeSet::new();
    for (probe, asked) in probes.iter().zip(asked) {
        let client = match probe.place {
            Place::ClientPod => Client::Pod,
            Place::Node => Client::Node,
            Place::Outside => Client::Outside,
            _ => continue,
        };
        let frontend = wanted.get(&(probe.packet.protocol, probe.destination()));
        let Some(frontend) = frontend.filter(|of| of.has_ready) else { continue };
        for reply in &asked.replies {
            let trouble = match reply {
                Reply::From { server, .. } if *server == probe.destination() => Trouble::NoRules,
                Reply::From { server, .. } if !frontend.fine.contains(server) => Trouble::WrongMembers,
                _ => continue,
            };
            observed.insert((frontend.text.clone(), trouble, client));
        }
    }
    observed
}

/// A frontend that is wanted, as replays name it, and who may answer for it.
pub(crate) struct Wanted {
    pub(crate) text: Box<str>,
    fine: BTreeSet<SocketAddr>,
    /// Whether any endpoint is ready: where none is, nobody could answer.
    has_ready: bool,
}

pub(crate) type AllWanted = BTreeMap<(Protocol, SocketAddr), Wanted>;

pub(crate) fn wanted(rules: &RuleSet) -> AllWanted {
    let mut wanted = BTreeMap::new();
    for family in [Family::Ipv4, Family::Ipv6] {
        for port in rules.services_of(family) {
            let pools = port.cluster.members.iter().chain(&port.local.members).map(|id| port.endpoint(*id));
            let serving = port.endpoints.iter().filter(|of| rules.backend(of.backend).serving);
            let fine: BTreeSet<SocketAddr> =
                pools.chain(serving).filter_map(|endpoint| endpoint.text.parse().ok()).collect();
            let has_ready = port.endpoints.iter().any(|of| rules.backend(of.backend).ready);
            let suffix = if family == Family::Ipv6 { " IPv6" } else { "" };
            for of in port.frontends.iter().filter(|frontend| frontend.served) {
                let (protocol, number) = (port.protocol, of.port);
                let ip: IpAddr = of.address.unwrap_or(*rules.node.ips.get(family));
                let to = SocketAddr::new(ip, number);
                let text = match of.address {
                    Some(_) => format!("{protocol} {to}{suffix}"),
                    None => format!("{protocol} *:{number}{suffix}"),
                };
                wanted.insert((protocol, to), Wanted { text: text.into(), fine: fine.clone(), has_ready });
            }
        }
    }
    wanted
}
