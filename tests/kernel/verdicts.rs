//! What the evaluator says of a packet is what the kernel does with it.
//!
//! Each golden case is loaded on a node. The verdicts come from what `iptables-save` then prints, and real
//! connections must meet them: only endpoints that the verdict names, all of them, as often as it says and
//! with the source address that it says; refused or lost where it says so. With session affinity, each
//! connection is followed by a second one of the same client.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use hnsplan::answer::verdict::Packet;
use hnsplan::platform::{iptables, nftables};

use crate::case_packets::{self, Client, frontends, host};
use crate::compiler::{Request, cases};
use crate::golden::golden;
use crate::loading::understood;
use crate::nft;
use crate::probe::{Probe, ask_all, is_plausible, servers};
use crate::restore::{BackEnd, Family, forget_clients, save};
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
    ) -> Vec<Probe> {
        let host = host();
        match self {
            Self::Iptables => {
                let saved = topology.at(Place::Node).run(|| save(BackEnd::Nft, family));
                let rules = understood(&saved, family);
                let evaluator = iptables::eval::Evaluator::new(&rules, &host);
                packets.map(|(packet, place)| Probe::of(packet, place, |of| evaluator.verdict(of))).collect()
            }
            Self::Nftables(_) => {
                let listed = topology.at(Place::Node).run(|| nft::list(family));
                let table = nft::understood(&listed, family);
                let evaluator = nftables::eval::Evaluator::new(&table, &host);
                packets.map(|(packet, place)| Probe::of(packet, place, |of| evaluator.verdict(of))).collect()
            }
        }
    }

    /// What empties the lists of clients of the current namespace.
    fn forget_clients(self) -> fn() {
        match self {
            Self::Iptables => forget_clients,
            Self::Nftables(_) => nft::forget_clients,
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

fn try_case(mode: Mode, case: &str, most: usize) -> Tried {
    try_flows(mode, case, |_| true, |flow| flow.attempts().min(most))
}

/// Makes as many connections as `attempts` says for each of the chosen flows.
fn try_flows(
    mode: Mode,
    case: &str,
    chosen: fn(&Probe) -> bool,
    attempts: impl Fn(&Probe) -> usize + Sync,
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
    let asked = ask_all(&topology, &flows, attempts, mode.forget_clients());
    let wrong = asked.into_iter().filter_map(|asked| asked.fault);
    let handled = flows.iter().filter(|flow| flow.is_handled()).count();
    Tried { handled, wrong: wrong.map(|what| format!("{case}: {what}")).collect() }
}

/// The packets of a family that make sense on the wire, and where they are sent.
fn packets(request: &Request<'_>) -> impl Iterator<Item = (Packet, Place)> {
    let frontends = frontends(&request.rules(), request.family.into());
    frontends.into_iter().flat_map(|(protocol, to)| {
        CLIENTS.into_iter().filter_map(move |(client, place)| Some((client.packet(protocol, to)?, place)))
    })
}
