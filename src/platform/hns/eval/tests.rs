//! A test for every row of the table: a state and a packet whose verdict names it.

use std::collections::BTreeSet;

use super::*;
use crate::answer::verdict::{Affinity, Chance, Confidence, Delivery, Sender};
use crate::net::{Family, Protocol};
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
    ask_on(None, state, packet)
}

/// What becomes of a packet on a build of Windows.
fn ask_on(build: Option<&str>, state: &State, packet: &Packet) -> Verdict {
    let (mut node, _) = crate::node::resolve(
        crate::node::Version::NEWEST,
        &crate::node::Config::default(),
        &crate::node::Facts::default(),
        &crate::node::Overrides::default(),
        &crate::manifest::Cluster::default(),
    );
    node.windows.build = build.map(|build| build.parse().unwrap());
    Evaluator::new(state, &host()).on(&node, state).verdict(packet)
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

/// One case for each row: what HNS holds, a packet, and what becomes of it in a word.
fn cases() -> Vec<(&'static str, State, Packet, &'static str)> {
    let of = |balancer: Balancer| state(&balancer.json());
    let outside = |to: &str| from(Sender::Outside, "203.0.113.9", to);
    let node = |to: &str| from(Sender::Node, NODE, to);
    let itself = || from(Sender::Pod, "10.244.1.5", "10.96.0.10");
    let direct = || Balancer { flags: 1, members: &[1], ..PLAIN };
    let without_pods = {
        let mut state = of(Balancer { members: &[2], ..NODE_PORT });
        state.endpoints.retain(Endpoint::is_remote);
        state
    };
    let sticky = || Balancer { distribution: 2, ..PLAIN };
    let old_hns = |balancer: Balancer, version: &str| State {
        hns_version: Some(version.parse().unwrap()),
        ..of(balancer)
    };
    let detailed = |balancer: Balancer, detail| {
        let mut state = of(balancer);
        state.load_balancers[0].detail = detail;
        state
    };
    let without_ports = {
        let mut state = of(PLAIN);
        state.load_balancers[0].port_mappings.clear();
        state
    };
    let in_part = {
        let mut state = of(PLAIN);
        state.load_balancers.hear(Telling::InPart);
        state
    };
    let twice = state(&format!("{},{}", PLAIN.json(), PLAIN.json().replace("a335", "b446")));
    vec![
        ("H01", of(PLAIN), pod("10.96.0.10"), "delivered"),
        ("H02", of(NODE_PORT), outside(NODE), "delivered"),
        ("H03", of(NODE_PORT), node(NODE), "unhandled"),
        ("H04", of(NODE_PORT), node("127.0.0.1"), "unhandled"),
        ("H05", of(PLAIN), pod("10.96.0.11"), "unhandled"),
        ("H06", of(PLAIN), node("10.96.0.10"), "undecided"),
        ("H07", of(Balancer { port_flags: 16, ..PLAIN }), pod("10.96.0.10"), "delivered"),
        ("H08", of(Balancer { port_flags: 16, ..PLAIN }), outside("10.96.0.10"), "delivered"),
        ("H09", of(PLAIN), outside("10.96.0.10"), "delivered"),
        ("H10", of(PLAIN), pod("10.96.0.10"), "delivered"),
        ("H11", of(sticky()), pod("10.96.0.10"), "delivered"),
        (
            "H12",
            of(sticky()),
            Packet { remembered: Some("10.244.2.5:8080".parse().unwrap()), ..pod("10.96.0.10") },
            "delivered",
        ),
        ("H13", old_hns(sticky(), "9.5"), pod("10.96.0.10"), "undecided"),
        ("H14", of(Balancer { distribution: 7, ..PLAIN }), pod("10.96.0.10"), "undecided"),
        ("H15", of(Balancer { flags: 1, ..PLAIN }), pod("10.96.0.10"), "delivered"),
        (
            "H16",
            of(Balancer { more: "\"SourceVIP\":\"10.244.1.2\",", ..PLAIN }),
            pod("10.96.0.10"),
            "delivered",
        ),
        ("H17", of(PLAIN), itself(), "delivered"),
        (
            "H18",
            of(Balancer { flags: 1, port_flags: 28, members: &[1], ..PLAIN }),
            outside("10.96.0.10"),
            "delivered",
        ),
        ("H19", of(direct()), itself(), "undecided"),
        ("H20", old_hns(Balancer { members: &[1], ..PLAIN }, "9.5"), itself(), "undecided"),
        ("H21", of(PLAIN), pod("10.96.0.10"), "delivered"),
        ("H22", of(Balancer { members: &[4], ..PLAIN }), pod("10.96.0.10"), "delivered"),
        ("H23", of(Balancer { members: &[3], ..PLAIN }), pod("10.96.0.10"), "undecided"),
        ("H24", without_ports, pod("10.96.0.10"), "undecided"),
        ("H25", detailed(PLAIN, Detail::OldSchema), pod("10.96.0.10"), "undecided"),
        ("H26", twice, pod("10.96.0.10"), "undecided"),
        ("H27", of(Balancer { flags: 2, ..PLAIN }), pod("10.96.0.10"), "undecided"),
        (
            "H28",
            of(Balancer { protocol: 132, ..PLAIN }),
            Packet { protocol: Protocol::Sctp, ..pod("10.96.0.10") },
            "undecided",
        ),
        ("H29", of(Balancer { port_flags: 1, ..PLAIN }), pod("10.96.0.10"), "undecided"),
        ("H30", of(NODE_PORT), node(NODE), "unhandled"),
        ("H31", with_policy(ITSELF, &direct()), itself(), "delivered"),
        ("H32", with_policy(OTHERS, &direct()), itself(), "dropped"),
        ("H33", without_pods, outside(NODE), "undecided"),
        ("H34", with_policy(MAPPING, &PLAIN), outside(NODE), "delivered"),
        ("H35", in_part, pod("10.96.0.11"), "undecided"),
        ("H36", of(Balancer { more: "\"State\":5,", ..PLAIN }), pod("10.96.0.10"), "undecided"),
    ]
}

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
fn every_row_decides_about_a_packet() {
    let cases = cases();
    assert_eq!(
        cases.iter().map(|(row, ..)| *row).collect::<Vec<_>>(),
        RULES.iter().map(|rule| rule.id).collect::<Vec<_>>()
    );
    for (row, state, packet, wanted) in cases {
        let build = (row == "H30").then_some("10.0.17763.1397");
        let verdict = ask_on(build, &state, &packet);
        assert!(rows(&verdict).contains(row), "{row}: {verdict:?}");
        assert_eq!(word(&verdict), wanted, "{row}: {verdict:?}");
    }
}

#[test]
fn open_questions_make_verdicts_undecided_and_nothing_else_does() {
    for (row, state, packet, _) in cases() {
        for outcome in ask(&state, &packet).outcomes() {
            let grounds = outcome.steps.iter().filter_map(|step| step.ground);
            let open = grounds.filter(|ground| ground.confidence == Confidence::Open).count();
            assert_eq!(open > 0, matches!(outcome.fate, Fate::Undecided(_)), "{row}: {outcome:?}");
        }
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

#[test]
fn the_build_decides_how_sure_it_is_that_a_node_misses_its_own_node_ports() {
    let state = state(&NODE_PORT.json());
    let confidence = |build: Option<&str>| {
        let verdict = ask_on(build, &state, &from(Sender::Node, NODE, NODE));
        assert_eq!(word(&verdict), "unhandled");
        verdict.outcomes()[0].steps[0].ground.unwrap().confidence
    };
    for (build, sure) in [
        (None, false),
        (Some("10.0.14393.5000"), true),
        (Some("10.0.17763.1431"), true),
        (Some("10.0.17763.1432"), false),
        (Some("10.0.20348.1"), false),
        (Some("10.0.26100.1"), false),
    ] {
        assert_eq!(confidence(build) == Confidence::Read, sure, "{build:?}");
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
fn a_node_without_a_pod_is_in_doubt_whatever_other_endpoints_it_has() {
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
    assert_eq!(with(None), "undecided");
    assert_eq!(with(Some(("cbr0", "10.244.1.9"))), "undecided");
    assert_eq!(with(Some(("", "10.244.1.2"))), "undecided");
    assert_eq!(with(Some(("web-1_vxlan0", "10.244.1.9"))), "delivered");
    // Of a dump without endpoints nothing follows.
    let mut untold = state(&balancer.json());
    untold.endpoints.clear();
    assert!(!rows(&ask(&untold, &outside)).contains("H33"));
}
