//! What becomes of packets, on nodes that are known more or less well.

mod rows;

use std::collections::BTreeSet;

use super::*;
use crate::answer::verdict::{Affinity, Chance, Confidence, Delivery, Sender, SourceAddress};
use crate::flag::Given;
use crate::net::{Family, Protocol};
use crate::node::{FLAGS, Overrides};
use crate::platform::hns::model::{Detail, Listed, NetworkRef, Parts, Telling};
use crate::platform::hns::read::read;

/// Endpoints `3f…1` and `3f…2` on an L2 bridge, `3f…3` and `3f…4` remote on an overlay, without and with
/// a provider address; the load balancers that a test adds; HNS 13.2.
fn state(balancers: &str) -> State {
    let text = format!(
        r#"{{"Networks":[{{"ID":"00000000-0000-0000-0000-0000000000a1","Name":"cbr0","Type":"L2Bridge"}},
            {{"ID":"00000000-0000-0000-0000-0000000000a2","Name":"vxlan0","Type":"Overlay"}}],
        "Endpoints":[{},{},{},{}],
        "LoadBalancers":[{balancers}],"Version":{{"Major":13,"Minor":2}}}}"#,
        endpoint(1, "10.244.1.5", "a1", 0, ""),
        endpoint(2, "10.244.2.5", "a1", 1, ""),
        endpoint(3, "10.244.3.5", "a2", 1, ""),
        endpoint(
            4,
            "10.244.4.5",
            "a2",
            1,
            r#"{"Type":"ProviderAddress","Settings":{"ProviderAddress":"192.168.10.12"}}"#
        ),
    );
    let (mut state, problems) = read(&text);
    assert!(problems.is_empty(), "{problems:?}");
    state.hns_version = Some("13.2".parse().unwrap());
    state
}

fn endpoint(number: u8, ip: &str, network: &str, flags: u8, policies: &str) -> String {
    format!(
        r#"{{"ID":"{}","HostComputeNetwork":"00000000-0000-0000-0000-0000000000{network}",
           "IpConfigurations":[{{"IpAddress":"{ip}"}}],"Flags":{flags},"Policies":[{policies}]}}"#,
        id(number)
    )
}

fn id(number: u8) -> String {
    format!("3f0a8c1e-5b7d-4a52-9c3e-00000000000{number}")
}

/// A load balancer by its parts: VIPs, members, protocol, flags, port flags, distribution, and more.
#[derive(Clone, Copy)]
struct Balancer {
    vip: Option<&'static str>,
    members: &'static [u8],
    protocol: u8,
    flags: u8,
    port_flags: u8,
    distribution: u8,
    more: &'static str,
}

/// The load balancer of a cluster IP as kube-proxy makes it.
const PLAIN: Balancer = Balancer {
    vip: Some("10.96.0.10"),
    members: &[1, 2],
    protocol: 6,
    flags: 0,
    port_flags: 0,
    distribution: 0,
    more: "",
};
const NODE_PORT: Balancer = Balancer { vip: None, port_flags: 18, ..PLAIN };

impl Balancer {
    fn json(&self) -> String {
        let vip = self.vip.map(|vip| format!("\"{vip}\"")).unwrap_or_default();
        let members: Vec<String> = self.members.iter().map(|member| format!("\"{}\"", id(*member))).collect();
        format!(
            r#"{{"ID":"a335d997-4160-44f9-9f72-1087a2cba45e","FrontendVIPs":[{vip}],"Flags":{},{}
               "HostComputeEndpoints":[{}],"PortMappings":[{{"Protocol":{},"InternalPort":8080,
               "ExternalPort":80,"Flags":{},"DistributionType":{}}}]}}"#,
            self.flags,
            self.more,
            members.join(","),
            self.protocol,
            self.port_flags,
            self.distribution
        )
    }
}

fn from(sender: Sender, source: &str, destination: &str) -> Packet {
    Packet {
        sender,
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
        protocol: Protocol::Tcp,
        port: 80,
        interface: None,
        remembered: None,
    }
}

fn pod(destination: &str) -> Packet {
    from(Sender::Pod, "10.244.1.20", destination)
}

fn host() -> Host {
    Host::new(["192.168.10.21".parse().unwrap()])
}

fn ask(state: &State, packet: &Packet) -> Verdict {
    ask_on("", state, packet)
}

/// What becomes of a packet on a node that flags tell about: `--windows-release ltsc2019 --loopback-dsr true`.
fn ask_on(flags: &str, state: &State, packet: &Packet) -> Verdict {
    ask_trusting(Confidence::Believed, flags, state, packet)
}

fn ask_trusting(trusted: Confidence, flags: &str, state: &State, packet: &Packet) -> Verdict {
    let mut given = Given::default();
    let words: Vec<&str> = flags.split_whitespace().collect();
    for pair in words.chunks(2) {
        let flag = FLAGS.iter().find(|flag| Some(flag.name) == pair[0].strip_prefix("--")).unwrap();
        given.add(flag, pair[1]);
    }
    let (node, _) = crate::node::resolve(
        None,
        &crate::node::Config::default(),
        &crate::node::Facts::default(),
        &Overrides::of(&given).unwrap(),
        &crate::manifest::Cluster::default(),
    );
    let host = host();
    let evaluator =
        Evaluator::new(state, &host).on(&node, node.windows.hns_version).with_pods_of(&node).with_switch();
    let evaluator = evaluator.beside(crate::platform::hns::other_proxy::other_proxy(&node, Some(state)));
    let evaluator = evaluator.trusting(trusted);
    let (verdict, effect) = (evaluator.verdict(packet), evaluator.effect(packet));
    let rests_on = |of: &Verdict| of.outcomes().iter().map(|one| one.rests_on).collect::<Vec<_>>();
    assert_eq!((verdict.effect(), rests_on(&verdict)), (effect.effect(), rests_on(&effect)));
    verdict
}

fn verdict(balancer: &Balancer, packet: &Packet) -> Verdict {
    ask(&state(&balancer.json()), packet)
}

/// The ids of all rows that a verdict names.
fn rows(verdict: &Verdict) -> BTreeSet<&'static str> {
    let steps = verdict.outcomes().iter().flat_map(|outcome| &outcome.steps);
    steps.filter_map(|step| step.ground.map(|ground| ground.id)).collect()
}

fn sources(verdict: &Verdict) -> Vec<SourceAddress> {
    let fates = verdict.outcomes().iter().map(|outcome| &outcome.fate);
    fates.filter_map(|fate| if let Fate::Endpoint(to) = fate { Some(to.source) } else { None }).collect()
}

fn endpoints(verdict: &Verdict) -> Vec<String> {
    verdict.endpoints().map(|endpoint| endpoint.to_string()).collect()
}

const NODE: &str = "192.168.10.21";

/// A policy that translates what endpoint 1 sends to itself, one that does not, and one that takes port 80.
const ITSELF: &str = r#"{"Type":"OutBoundNAT","Settings":{"Destinations":["10.244.1.5"]}}"#;
const OTHERS: &str = r#"{"Type":"OutBoundNAT","Settings":{"Destinations":["169.254.169.254"]}}"#;
const MAPPING: &str =
    r#"{"Type":"PortMapping","Settings":{"Protocol":6,"ExternalPort":80,"InternalPort":9100}}"#;

/// The state with a policy of endpoint 1.
fn with_policy(policy: &str, balancer: &Balancer) -> State {
    let plain = endpoint(1, "10.244.1.5", "a1", 0, "");
    let text = endpoint(1, "10.244.1.5", "a1", 0, policy);
    let (with, problems) = read(&format!("[{text}]"));
    assert!(problems.is_empty() && plain != text, "{problems:?}");
    let mut state = state(&balancer.json());
    state.endpoints[0] = with.endpoints[0].clone();
    state
}

fn word(verdict: &Verdict) -> &'static str {
    match &verdict.outcomes()[0].fate {
        Fate::Endpoint(_) => "delivered",
        Fate::Unhandled(_) => "unhandled",
        Fate::Undecided(_) => "undecided",
        Fate::Dropped => "dropped",
        Fate::Rejected | Fate::Answered(_) => unreachable!("HNS does neither"),
    }
}

#[test]
fn members_are_equally_likely_and_masqueraded() {
    let verdict = verdict(&PLAIN, &pod("10.96.0.10"));
    assert_eq!(endpoints(&verdict), ["10.244.1.5:8080", "10.244.2.5:8080"]);
    assert!(verdict.outcomes().iter().all(|outcome| outcome.chance == Chance::one_in(2)));
    assert_eq!(sources(&verdict), [SourceAddress::Masqueraded; 2]);
}

#[test]
fn a_member_that_stands_there_twice_gets_two_shares() {
    let verdict = verdict(&Balancer { members: &[1, 2, 1], ..PLAIN }, &pod("10.96.0.10"));
    let shares: Vec<String> = verdict.outcomes().iter().map(|outcome| outcome.chance.to_string()).collect();
    assert_eq!((endpoints(&verdict).len(), shares), (2, vec!["2/3".to_owned(), "1/3".to_owned()]));
}

#[test]
fn affinity_has_no_timeout_and_keeps_the_member() {
    let sticky = Balancer { distribution: 2, ..PLAIN };
    let wanted = Some(Affinity { timeout_seconds: None });
    let first = verdict(&sticky, &pod("10.96.0.10"));
    assert_eq!(endpoints(&first).len(), 2);
    let again = Packet { remembered: Some("10.244.2.5:8080".parse().unwrap()), ..pod("10.96.0.10") };
    let second = verdict(&sticky, &again);
    assert_eq!(endpoints(&second), ["10.244.2.5:8080"]);
    for outcome in first.outcomes().iter().chain(second.outcomes()) {
        assert!(
            matches!(outcome.fate, Fate::Endpoint(Delivery { affinity, .. }) if affinity == wanted),
            "{outcome:?}"
        );
    }
    // Without affinity nothing is remembered, and a member that is gone is forgotten.
    assert_eq!(endpoints(&verdict(&PLAIN, &again)).len(), 2);
    let gone = Packet { remembered: Some("10.244.9.9:8080".parse().unwrap()), ..again };
    assert_eq!(endpoints(&verdict(&sticky, &gone)).len(), 2);
}

#[test]
fn who_is_seen_depends_on_flags_and_source_vip() {
    let of = |balancer: Balancer| sources(&verdict(&balancer, &pod("10.96.0.10")));
    let vip = "10.244.1.2".parse().unwrap();
    assert_eq!(of(Balancer { flags: 1, ..PLAIN }), [SourceAddress::DirectReturn; 2]);
    let with_vip = Balancer { more: "\"SourceVIP\":\"10.244.1.2\",", ..PLAIN };
    assert_eq!(of(with_vip), [SourceAddress::SourceVip(vip); 2]);
    let preserved = verdict(&Balancer { flags: 1, port_flags: 28, ..PLAIN }, &pod("10.96.0.10"));
    let rewritten = preserved.outcomes()[0].steps.iter().filter_map(|step| step.rewrite).count();
    assert_eq!(rewritten, 0, "{preserved:?}");
}

#[test]
fn a_pod_that_meets_itself_is_a_question_of_its_own() {
    let itself = from(Sender::Pod, "10.244.1.5", "10.96.0.10");
    let direct = verdict(&Balancer { flags: 1, ..PLAIN }, &itself);
    assert_eq!(direct.undecided().count(), 1);
    assert_eq!(endpoints(&direct), ["10.244.2.5:8080"]);
    assert_eq!(verdict(&PLAIN, &itself).undecided().count(), 0);
}

#[test]
fn node_ports_of_the_families_do_not_meet() {
    let both = format!(
        "{},{}",
        NODE_PORT.json(),
        Balancer { flags: 2, members: &[2], ..NODE_PORT }.json().replace("a335", "b446")
    );
    let ipv4 = ask(&state(&both), &from(Sender::Outside, "203.0.113.9", NODE));
    assert_eq!(endpoints(&ipv4).len(), 2);
    let host = Host::new(["fd00:10::21".parse().unwrap()]);
    let packet = from(Sender::Outside, "fd00:5::9", "fd00:10::21");
    let only_ipv4 = state(&NODE_PORT.json());
    assert_eq!(word(&Evaluator::new(&only_ipv4, &host).verdict(&packet)), "unhandled");
    // The members have no address of the family.
    let both = state(&both);
    let ipv6 = Evaluator::new(&both, &host).verdict(&packet);
    assert_eq!(rows(&ipv6).iter().filter(|id| **id == "H23").count(), 1);
    assert_eq!(packet.family(), Family::Ipv6);
}

/// Whatever a dump leaves out of a load balancer or its members, nothing is decided on it.
#[test]
fn what_is_not_told_is_undecided() {
    let word_of = |part: Parts, telling| {
        let mut state = state(&PLAIN.json());
        state.load_balancers[0].gaps.note(part, telling);
        word(&ask(&state, &pod("10.96.0.10")))
    };
    for part in [Parts::VIPS, Parts::MEMBERS, Parts::INTERNAL_PORT] {
        for telling in [Telling::NotTold, Telling::InPart] {
            assert_eq!(word_of(part, telling), "undecided", "{part:?} {telling:?}");
        }
    }
    // One without a known address may be any.
    let mut vague = state(&PLAIN.json());
    vague.load_balancers[0].gaps.note(Parts::VIPS, Telling::NotTold);
    assert_eq!(word(&ask(&vague, &pod("10.96.0.77"))), "undecided");
    assert_eq!(word(&ask(&vague, &Packet { port: 81, ..pod("10.96.0.77") })), "unhandled");
    let mut none = state(&PLAIN.json());
    none.load_balancers = Listed::not_told();
    assert_eq!(word(&ask(&none, &pod("10.96.0.77"))), "undecided");
}

/// A member that HNS reports as faulty, is on a network that is gone, or is carried to another node than its own.
#[test]
fn a_member_that_cannot_be_reached_is_undecided() {
    let healthy = state(&PLAIN.json());
    let undecided = |state: &State| ask(state, &pod("10.96.0.10")).undecided().count();
    assert_eq!(undecided(&healthy), 0);
    let mut faulty = healthy.clone();
    faulty.endpoints[0].condition.state = Some(5);
    assert_eq!(undecided(&faulty), 1);
    let mut faulty = healthy.clone();
    faulty.endpoints[0].condition.last_error = Some(0x803b_0007);
    assert_eq!(undecided(&faulty), 1);
    let mut lost = healthy.clone();
    lost.endpoints[0].network = Some(NetworkRef::Id("00000000-0000-4000-8000-00000000dead".parse().unwrap()));
    assert_eq!(undecided(&lost), 1);
    lost.networks.hear(Telling::InPart);
    assert_eq!(undecided(&lost), 0, "the network may be there");
}

#[test]
fn other_ports_protocols_and_addresses_are_left_alone() {
    for packet in [
        Packet { port: 81, ..pod("10.96.0.10") },
        Packet { protocol: Protocol::Udp, ..pod("10.96.0.10") },
        pod("10.96.0.12"),
        pod(NODE),
    ] {
        assert_eq!(word(&verdict(&PLAIN, &packet)), "unhandled", "{packet:?}");
    }
    // A node port is at no address but the node's.
    assert_eq!(word(&verdict(&NODE_PORT, &pod("10.96.0.10"))), "unhandled");
}

#[test]
fn steps_tell_the_load_balancer_and_its_service() {
    let state = state(&PLAIN.json());
    let mut sources = crate::source::Sources::default();
    let id = sources.add("a.yaml", "x").unwrap();
    let origin = Origin { source: id, start: 0, end: 1, line: 1, item: None };
    let host = host();
    let balancer = state.load_balancers[0].id.unwrap();
    let evaluator = Evaluator::new(&state, &host).with_origins([(balancer, origin)]);
    let verdict = evaluator.verdict(&pod("10.96.0.10"));
    for step in &verdict.outcomes()[0].steps {
        assert_eq!((&*step.within, step.origin), ("load balancer a335d997", Some(origin)));
    }
}

/// Whoever else listens in on a node port: who answers to it does not depend on `IsVipExternalIp`.
#[test]
fn external_clients_do_not_depend_on_the_flag_of_external_addresses() {
    for (vip, destination) in [(None, NODE), (Some("10.96.0.10"), "10.96.0.10")] {
        for port_flags in [2, 18] {
            let balancer = Balancer { vip, port_flags, ..PLAIN };
            let verdict = verdict(&balancer, &from(Sender::Outside, "203.0.113.9", destination));
            assert_eq!(word(&verdict), "delivered", "{vip:?} {port_flags}");
        }
    }
}

/// Endpoints of the host, of kube-proxy and of other nodes are no pods.
#[test]
fn a_node_without_a_pod_loses_packets_whatever_other_endpoints_it_has() {
    let outside = from(Sender::Outside, "203.0.113.9", NODE);
    let balancer = Balancer { members: &[2], more: "\"SourceVIP\":\"10.244.1.2\",", ..NODE_PORT };
    let with = |more: Option<(&str, &str)>| {
        let mut state = state(&balancer.json());
        state.endpoints.retain(Endpoint::is_remote);
        if let Some((name, ip)) = more {
            let mut endpoint = state.endpoints[0].clone();
            (endpoint.name, endpoint.flags) =
                (name.into(), crate::platform::hns::model::EndpointFlags::empty());
            endpoint.id = Some(id(9).parse().unwrap());
            endpoint.ip_configurations[0].ip_address = Address::of(ip);
            state.endpoints.push(endpoint);
        }
        word(&ask(&state, &outside))
    };
    assert_eq!(with(None), "dropped");
    assert_eq!(with(Some(("cbr0", "10.244.1.9"))), "dropped");
    assert_eq!(with(Some(("", "10.244.1.2"))), "dropped");
    assert_eq!(with(Some(("web-1_vxlan0", "10.244.1.9"))), "delivered");
    // Of a dump without endpoints nothing follows.
    let mut untold = state(&balancer.json());
    untold.endpoints.clear();
    assert!(!rows(&ask(&untold, &outside)).contains("H30"));
    // Nor of one that has them in part.
    let mut in_part = state(&balancer.json());
    in_part.endpoints.retain(Endpoint::is_remote);
    in_part.endpoints.hear(Telling::InPart);
    assert!(!rows(&ask(&in_part, &outside)).contains("H30"));
}
