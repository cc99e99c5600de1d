//! Clients that connect in a loop while the texts of a sequence are loaded one after another: what happens to their
//! connections is what the replay says, at every moment.
//!
//! A connection may meet the rules before and after each load that it overlaps with, and of a frontend that led to nobody
//! before, between the tables of one text, no rules. Everything else was not foretold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hnsplan::net::Protocol;
use hnsplan::platform::timeline::{Disturbance, Trouble};

use crate::client::Reply;
use crate::nft;
use crate::probe::{Probe, servers};
use crate::recorded::{Kind, Recorded, Recordings};
use crate::restore::BackEnd;
use crate::sequences::{AllWanted, probes, wanted};
use crate::tools;
use crate::topology::{Place, Topology};

/// How long clients connect between two loads.
const BETWEEN: Duration = Duration::from_millis(120);

/// A node tracks connections before kube-proxy comes. Otherwise one that began before the first rules would be new to them in
/// its middle, and be sent to an endpoint that knows nothing of it.
const TRACKING: &str = "table inet tracking {\n\tchain seen {\n\t\ttype filter hook prerouting priority raw; policy accept;\n\
     \t\tct state invalid counter\n\t}\n}\n";

/// Scaling, rolling updates, taking over, changes of policies and ports, failures, and rules that somebody deletes.
const SEQUENCES: [&str; 12] = [
    "01-scale-remote",
    "02-scale-local",
    "04-zero-and-back",
    "07-rolling-clusterip",
    "10-rolling-lb-cluster",
    "16-service-deleted",
    "19-clusterip-taken-over",
    "25-etp-changes",
    "31-nodeport-changed",
    "53-restart-after-changes",
    "69-restore-fails",
    "86-flush",
];

#[test]
fn loops_meet_what_is_foretold_of_iptables() {
    assert_foretold(Kind::Iptables);
}

#[test]
fn loops_meet_what_is_foretold_of_nftables() {
    assert_foretold(Kind::Nftables);
}

fn assert_foretold(kind: Kind) {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let recordings = Recordings::new();
    let (mut wrong, mut counts) = (Vec::new(), Counts::default());
    for name in SEQUENCES {
        let recorded = recordings.sequence(name, kind, "1.36");
        let mut unforeseen = connect_through(kind, &recorded).unforeseen(&mut counts);
        // While a text is loaded, the kernel itself loses a connection in ten thousands: it reads a chain and the map of its
        // rule one after the other, of which it may have replaced the second meanwhile. What has another reason is seen again.
        if !unforeseen.is_empty() && unforeseen.keys().all(|(_, states)| states.len() > 1) {
            let again = connect_through(kind, &recorded).unforeseen(&mut counts);
            unforeseen.retain(|what, _| again.contains_key(what));
        }
        wrong.extend(unforeseen.into_values().map(|what| format!("{name}: {what}")));
    }
    assert!(wrong.is_empty(), "this was not foretold:\n{}", wrong.join("\n"));
    let Counts { all, across, interrupted } = counts;
    assert!(all > 2000 && across > 20, "only {all} connections, {across} of them while a text was loaded");
    assert!(interrupted > 0, "nobody met the interruption that is foretold");
}

/// Connections: all, those during which a text was loaded, and those that met no rules although there had been some.
#[derive(Default)]
struct Counts {
    all: usize,
    across: usize,
    interrupted: usize,
}

/// A connection.
struct Tried {
    /// Which probe of each state it belongs to.
    probe: usize,
    begin: Instant,
    end: Instant,
    reply: Reply,
}

/// A step, and which frontends are wanted then.
struct StepWanted {
    number: usize,
    wanted: AllWanted,
}

/// All connections through the states of a sequence.
struct Talk {
    /// By state: before the first load, and after each. Those of all states have one order.
    probes: Vec<Vec<Probe>>,
    /// The steps that the loads belong to.
    steps: Vec<StepWanted>,
    /// What clients notice by the replay.
    disturbances: Vec<Disturbance>,
    /// When each load began and ended.
    loads: Vec<[Instant; 2]>,
    tried: Vec<Tried>,
}

impl Talk {
    /// The states that a connection can have met: the state `n` begins with the load `n - 1`, and ends with the load `n`.
    fn states_of(&self, tried: &Tried) -> BTreeSet<usize> {
        let has_begun = |state: usize| state == 0 || self.loads[state - 1][0] <= tried.end;
        let is_over = |state: usize| self.loads.get(state).is_some_and(|load| load[1] < tried.begin);
        (0..self.probes.len()).filter(|state| has_begun(*state) && !is_over(*state)).collect()
    }

    /// The replies that the replay foretells.
    fn allowed(&self, tried: &Tried) -> BTreeSet<Reply> {
        let states = self.states_of(tried);
        let probe = |state: usize| &self.probes[state][tried.probe];
        let mut allowed: BTreeSet<Reply> =
            states.iter().flat_map(|state| probe(*state).possible_replies()).collect();
        // Halfway through the text of a frontend that led to nobody before, there are no rules.
        let mut before = states.iter().rev().skip(1);
        let is_halfway = before.any(|state| probe(*state).verdict.endpoints().next().is_none());
        if is_halfway || states.iter().any(|state| self.is_noticed(*state, probe(*state))) {
            allowed.extend(probe(0).untranslated());
        }
        allowed
    }

    /// What was not foretold, by probe and states; counts the connections.
    fn unforeseen(&self, counts: &mut Counts) -> BTreeMap<(usize, BTreeSet<usize>), String> {
        let mut unforeseen = BTreeMap::new();
        for tried in &self.tried {
            let (allowed, states) = (self.allowed(tried), self.states_of(tried));
            let probe = &self.probes[0][tried.probe];
            let leads_somewhere =
                |state: &usize| self.probes[*state][tried.probe].verdict.endpoints().next().is_some();
            let is_interrupted = probe.untranslated().contains(&tried.reply);
            counts.all += 1;
            counts.across += usize::from(states.len() > 1);
            counts.interrupted += usize::from(is_interrupted && states.first().is_some_and(leads_somewhere));
            if !allowed.contains(&tried.reply) {
                let (place, to, reply) = (probe.place, probe.destination(), &tried.reply);
                let what = format!("{place:?} to {to}: {reply:?}, not {allowed:?}, in the states {states:?}");
                unforeseen.insert((tried.probe, states), what);
            }
        }
        unforeseen
    }

    /// Whether the replay notices that the frontend of a probe has no rules, during the step that a state comes from.
    fn is_noticed(&self, state: usize, probe: &Probe) -> bool {
        let Some(step) = state.checked_sub(1).map(|at| &self.steps[at]) else { return true };
        let Some(text) = step.wanted.get(&(probe.packet.protocol, probe.destination())) else { return false };
        self.disturbances.iter().any(|of| {
            let lasts = of.from.step <= step.number && of.to.is_none_or(|to| to.step >= step.number);
            of.what == Trouble::NoRules && of.frontend == text.text && lasts
        })
    }
}

/// Loads the texts of a sequence while clients connect.
fn connect_through(kind: Kind, recorded: &Recorded) -> Talk {
    let topology = Topology::new();
    topology.at(Place::Node).run(|| nft::load(TRACKING).expect("connections can be tracked"));
    let mut probes: Vec<Vec<Probe>> = recorded.steps.iter().map(|step| probes(recorded, step)).collect();
    for of_step in &mut probes {
        // Clients that come back, and datagrams, have a past.
        of_step.retain(|probe| probe.packet.protocol == Protocol::Tcp && probe.place != Place::PodA);
    }
    let fresh = probes[0].iter().map(Probe::without_rules).collect();
    probes.insert(0, fresh);
    let _servers = servers(&topology, probes.iter().flatten());
    let stop = AtomicBool::new(false);
    let (mut loads, mut tried) = (Vec::new(), Vec::new());
    thread::scope(|scope| {
        let clients: Vec<_> = (0..probes[0].len())
            .map(|at| {
                let (topology, stop, probes) = (&topology, &stop, &probes);
                scope.spawn(move || connect_often(topology, &probes[0][at], at, stop))
            })
            .collect();
        for step in &recorded.steps {
            thread::sleep(BETWEEN);
            let begin = Instant::now();
            topology.at(Place::Node).run(|| kind.act(step));
            loads.push([begin, Instant::now()]);
        }
        thread::sleep(BETWEEN);
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            tried.extend(client.join().expect("a client goes on"));
        }
    });
    let steps = recorded.steps.iter();
    let steps = steps.map(|step| StepWanted { number: step.number, wanted: wanted(&step.rules) }).collect();
    Talk { probes, steps, disturbances: recorded.disturbances.clone(), loads, tried }
}

/// Connects until it is told to stop.
fn connect_often(topology: &Topology, probe: &Probe, at: usize, stop: &AtomicBool) -> Vec<Tried> {
    topology.at(probe.place).run(|| {
        let mut tried = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let begin = Instant::now();
            let reply = probe.ask();
            tried.push(Tried { probe: at, begin, end: Instant::now(), reply });
            // All of them have one processor or two.
            thread::sleep(Duration::from_millis(2));
        }
        tried
    })
}
