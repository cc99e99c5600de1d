//! What `check --migrate iptables,nftables` tells of a change of mode, seen on a node that changes its mode: the packets of
//! clients of every kind go to whatever Services listen on, and beside it, first through the rules of iptables mode and then
//! through those of nftables mode. What differs is what the report names, and what it names differs.

mod guarded;
mod observed;
mod report;

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use hnsplan::answer::verdict::Packet;
use hnsplan::net::{Family as NetFamily, Protocol};
use hnsplan::node::Config;
use hnsplan::pipeline::{Compiled, Loaded, Setup};
use hnsplan::platform::{iptables, nftables};
use hnsplan::source::{Input, Sources};
use hnsplan::trace::{ClientKind, Clients};

use self::observed::Observed;
use self::report::Report;
use crate::case_packets::{NODE_IPS, frontends, host};
use crate::loading::understood;
use crate::nft;
use crate::probe::{Probe, ask_all, place_of, servers};
use crate::restore::{BackEnd, Family, forget_clients, load, save};
use crate::tools;
use crate::topology::{Place, Topology};

/// A cluster, and the node that changes its mode.
struct Move {
    folder: &'static str,
    node: &'static str,
    /// Who asks besides one client of each kind and the endpoints.
    others: &'static [(&'static str, ClientKind)],
    /// The facts that the report has to name, and that packets show.
    facts: &'static [&'static str],
}

#[test]
fn the_shop_moves_as_told() {
    assert_moves(&Move {
        folder: "fixtures/shop",
        node: "linux-1",
        others: &[("203.0.113.50", ClientKind::Outside), ("10.0.5.4", ClientKind::Node)],
        facts: &["L0931", "L0932", "L0935"],
    });
}

#[test]
fn a_node_with_defaults_moves_as_told() {
    assert_moves(&Move {
        folder: "fixtures/migration/defaults",
        node: "node-a",
        others: &[("203.0.113.50", ClientKind::Outside), ("10.0.5.4", ClientKind::Node)],
        facts: &["L0931", "L0932", "L0933", "L0935", "L0936"],
    });
}

#[test]
fn a_node_with_settings_moves_as_told() {
    assert_moves(&Move {
        folder: "fixtures/migration/settings",
        node: "node-a",
        others: &[("10.0.5.50", ClientKind::Outside)],
        facts: &["L0935", "L0937"],
    });
}

fn assert_moves(moved: &Move) {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let report = Report::of(moved.folder, moved.node);
    let observed = observe(moved);
    let mut wrong: Vec<String> = observed.iter().flat_map(|of| of.faults.clone()).collect();
    wrong.extend(
        observed.iter().filter(|of| of.differs() && !report.names(of)).map(|of| format!("not told: {of}")),
    );
    wrong.extend(report.unseen(&observed));
    assert!(wrong.is_empty(), "{}:\n{}", moved.folder, wrong.join("\n"));
    assert_eq!(report.facts_of_packets(), moved.facts, "{}", moved.folder);
    // A node that does not change shows nothing of the report.
    let unchanged: Vec<Observed> = observed.iter().map(Observed::unchanged).collect();
    assert_eq!(report.unseen(&unchanged).len(), report.unseen(&[]).len(), "{}", moved.folder);
    let alike = observed.iter().filter(|of| !of.differs()).count();
    let different = observed.len() - alike;
    assert!(alike > 40 && different > 10, "{}: {alike} alike, {different} different", moved.folder);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a cluster: its objects, and the configuration of its kube-proxy.
fn files(folder: &str) -> [PathBuf; 2] {
    ["cluster.yaml", "kube-proxy.yaml"].map(|name| root().join(folder).join(name))
}

/// The addresses of the node's interfaces, which it knows and the cluster does not.
fn interface_addresses() -> Vec<String> {
    let own = NODE_IPS.into_iter().map(|ip| format!("{ip}/{}", if ip.contains(':') { 64 } else { 24 }));
    own.chain(["127.0.0.1/8", "::1/128"].map(str::to_owned)).collect()
}

fn compiled(folder: &str, node: &str) -> Compiled {
    let [cluster, config] = files(folder);
    let config = fs::read_to_string(config).expect("a configuration is there");
    let mut setup = Setup::of_node(node).config(Config::parse(&config).expect("a configuration"));
    setup.overrides.interface_addresses = Some(interface_addresses());
    let sources =
        Sources::read(&[Input::from(&*cluster.to_string_lossy())], false).expect("a cluster is there");
    Loaded::new(sources).parse(&setup).resolve(&setup).compile()
}

/// Sends all packets before and after the change.
fn observe(moved: &Move) -> Vec<Observed> {
    let compiled = compiled(moved.folder, moved.node);
    let asked = packets(&compiled, moved);
    let topology = Topology::new();
    let at = |place: Place| asked.iter().filter(move |(_, of)| *of == place).map(|(packet, _)| packet.source);
    topology.let_in(&at(Place::Outside).collect());
    let spare = |ip: &IpAddr| {
        place_of(*ip).is_none() && !["10.244.1.20", "fd00:244:0:1::20"].contains(&&*ip.to_string())
    };
    topology.add_client_addresses(&at(Place::ClientPod).filter(spare).collect());

    load_iptables(&topology, &compiled);
    let before = probes(&topology, &asked, iptables_probe);
    // The verdicts of the other mode tell which servers it takes, and which packets are of one class in both modes.
    let coming = Family::BOTH.map(|family| nftables::lower(&compiled.rules, family.into()));
    let host = host();
    let coming = coming.each_ref().map(|table| nftables::eval::Evaluator::new(table, &host));
    let verdict = |packet: &Packet| coming[usize::from(packet.source.is_ipv6())].verdict(packet);
    let mut known = HashSet::new();
    let pairs = before.into_iter().filter_map(|before| {
        let after = Probe::of(before.packet.clone(), before.place, verdict);
        (before.can_be_tried() && after.can_be_tried() && known.insert((before.class(), after.class())))
            .then_some((before, after))
    });
    let (before, after): (Vec<Probe>, Vec<Probe>) = pairs.unzip();
    let _servers = servers(&topology, before.iter().chain(&after));
    let seen_before = ask_all(&topology, &before, attempts, forget_clients);

    delete_iptables(&topology);
    load_nftables(&topology, &compiled);
    let asked: Vec<(Packet, Place)> = after.iter().map(|of| (of.packet.clone(), of.place)).collect();
    let after = probes(&topology, &asked, nftables_probe);
    let seen_after = ask_all(&topology, &after, attempts, nft::forget_clients);
    let seen = before.iter().zip(seen_before).zip(seen_after);
    seen.map(|((probe, before), after)| Observed::new(probe, &compiled.rules, [before, after])).collect()
}

/// Enough that no endpoint is missed; of clients that stay, which come one after the other, as many as tell whom
/// endpoints see.
fn attempts(probe: &Probe) -> usize {
    if probe.has_affinity() { probe.attempts().min(6) } else { probe.attempts() }
}

/// One client of each kind, every endpoint and the others, each with all destinations of its family.
fn packets(compiled: &Compiled, moved: &Move) -> Vec<(Packet, Place)> {
    let clients = Clients::of(&compiled.cluster, &compiled.rules);
    let mut packets = Vec::new();
    for family in NetFamily::ALL {
        let usual = ClientKind::ALL.into_iter().filter_map(|kind| clients.any(kind, family));
        let endpoints = clients.endpoints(family).map(|ip| clients.at(ip));
        let others =
            moved.others.iter().map(|(ip, kind)| clients.client(*kind, ip.parse().expect("an address")));
        let destinations = destinations(compiled, family);
        for client in usual.chain(endpoints).chain(others).filter(|client| NetFamily::of(client.ip) == family)
        {
            let place = match client.kind {
                ClientKind::LocalPod => place_of(client.ip).unwrap_or(Place::ClientPod),
                ClientKind::Node | ClientKind::Localhost => Place::Node,
                ClientKind::RemotePod | ClientKind::Outside => Place::Outside,
            };
            // Nobody else's packets to a loopback address get over a network.
            let reachable =
                destinations.iter().filter(|(_, to)| place == Place::Node || !to.ip().is_loopback());
            packets.extend(reachable.map(|(protocol, to)| (client.packet(*protocol, *to), place)));
        }
    }
    packets
}

/// Where Services listen; another port and the other protocol there; and addresses that no Service has.
fn destinations(compiled: &Compiled, family: NetFamily) -> BTreeSet<(Protocol, SocketAddr)> {
    let mut all = BTreeSet::new();
    for (protocol, to) in frontends(&compiled.rules, family) {
        let other = if protocol == Protocol::Udp { Protocol::Tcp } else { Protocol::Udp };
        all.extend([(protocol, to), (other, to)]);
        all.extend([to.port() + 1, u16::MAX].map(|port| (Protocol::Tcp, SocketAddr::new(to.ip(), port))));
    }
    let networks =
        compiled.rules.node.nftables.service_cidrs.iter().filter(|of| NetFamily::of_net(of) == family);
    let unallocated = networks.map(|_| SocketAddr::from(([10, 96, 200, 200], 80)));
    all.extend(unallocated.flat_map(|to| [(Protocol::Tcp, to), (Protocol::Udp, to)]));
    all
}

/// Makes probes of packets of a family, by what the node holds.
type ProbeOf = fn(&Topology, Family, &[(Packet, Place)]) -> Vec<Probe>;

/// Probes of both families.
fn probes(topology: &Topology, asked: &[(Packet, Place)], probe: ProbeOf) -> Vec<Probe> {
    let of = |family: Family| -> Vec<(Packet, Place)> {
        let is_of = |(packet, _): &&(Packet, Place)| NetFamily::of(packet.source) == family.into();
        asked.iter().filter(is_of).cloned().collect()
    };
    Family::BOTH.into_iter().flat_map(|family| probe(topology, family, &of(family))).collect()
}

fn iptables_probe(topology: &Topology, family: Family, asked: &[(Packet, Place)]) -> Vec<Probe> {
    let saved = topology.at(Place::Node).run(|| save(BackEnd::Nft, family));
    let (rules, host) = (understood(&saved, family), host());
    let evaluator = iptables::eval::Evaluator::new(&rules, &host);
    let probe =
        |(packet, place): &(Packet, Place)| Probe::of(packet.clone(), *place, |of| evaluator.verdict(of));
    asked.iter().map(probe).collect()
}

fn nftables_probe(topology: &Topology, family: Family, asked: &[(Packet, Place)]) -> Vec<Probe> {
    let listed = topology.at(Place::Node).run(|| nft::list(family));
    let (table, host) = (nft::understood(&listed, family), host());
    let evaluator = nftables::eval::Evaluator::new(&table, &host);
    let probe =
        |(packet, place): &(Packet, Place)| Probe::of(packet.clone(), *place, |of| evaluator.verdict(of));
    asked.iter().map(probe).collect()
}

fn load_iptables(topology: &Topology, compiled: &Compiled) {
    for family in Family::BOTH {
        let text = compiled.iptables_with_jumps(family.into());
        topology
            .at(Place::Node)
            .run(|| load(BackEnd::Nft, family, &text))
            .expect("the rules of iptables mode load");
    }
}

fn load_nftables(topology: &Topology, compiled: &Compiled) {
    for family in Family::BOTH {
        let table = nftables::lower(&compiled.rules, family.into());
        let text = nftables::write(&table, nftables::Format::Nft).to_string();
        topology.at(Place::Node).run(|| nft::load(&text)).expect("the rules of nftables mode load");
    }
}

/// Deletes the chains of kube-proxy and the jumps to them, and leaves other rules alone, as kube-proxy does when it starts
/// in another mode.
fn delete_iptables(topology: &Topology) {
    for family in Family::BOTH {
        topology.at(Place::Node).run(|| {
            let saved = save(BackEnd::Nft, family);
            let mut text = String::new();
            for table in saved.split("\n*").map(|table| table.trim_start_matches('*')) {
                let Some(name) = table.lines().find(|line| !line.starts_with('#')) else { continue };
                let chains = table.lines().filter_map(|line| line.strip_prefix(":KUBE-")?.split(' ').next());
                // The kubelet keeps this one.
                let chains = chains.filter(|chain| *chain != "FIREWALL");
                let is_jump = |line: &&str| {
                    line.contains(" -j KUBE-")
                        && !line.starts_with("-A KUBE-")
                        && !line.ends_with(" KUBE-FIREWALL")
                };
                let jumps = table.lines().filter(is_jump);
                let lines: Vec<String> = (chains.clone().map(|chain| format!(":KUBE-{chain} - [0:0]")))
                    .chain(jumps.map(|jump| jump.replacen("-A ", "-D ", 1)))
                    .chain(chains.map(|chain| format!("-X KUBE-{chain}")))
                    .collect();
                writeln!(text, "*{}\n{}\nCOMMIT", name.trim_start_matches('*'), lines.join("\n")).unwrap();
            }
            load(BackEnd::Nft, family, &text).expect("the rules of iptables mode can be deleted");
            assert!(!save(BackEnd::Nft, family).contains("KUBE-SERVICES"), "some are left");
        });
    }
}
