//! A test for every row of the table: a node, a state and a packet whose verdict names it.

use super::*;
use Rule::*;

/// What is known of the node, what HNS holds, a packet, and what becomes of it in a word.
type Case = (Rule, &'static str, State, Packet, &'static str);

fn of(balancer: Balancer) -> State {
    state(&balancer.json())
}

fn outside(to: &str) -> Packet {
    from(Sender::Outside, "203.0.113.9", to)
}

fn node(to: &str) -> Packet {
    from(Sender::Node, NODE, to)
}

fn itself() -> Packet {
    from(Sender::Pod, "10.244.1.5", "10.96.0.10")
}

fn direct() -> Balancer {
    Balancer { flags: 1, members: &[1], ..PLAIN }
}

fn without_pods(balancer: Balancer) -> State {
    let mut state = of(Balancer { members: &[2], ..balancer });
    state.endpoints.retain(Endpoint::is_remote);
    state
}

/// A node of a plugin that serves Services itself.
fn of_other_proxy() -> State {
    let mut state = state("");
    state.networks.retain(|network| &*network.name == "cbr0");
    state.networks[0].type_ = crate::node::NetworkType::Transparent;
    state
}

/// What the switch has at the port of the host, or of a pod.
const HOST_RULES: &str = "LAYER : SLB_HAIRPIN_LAYER\nGROUP : SLB_GROUP_HAIRPIN_IPv4_IN\nRULE :\n\
    Friendly name : HairPin_1\nType : allow\nProtocols : 6\nDestination IP : 10.96.0.10\nDestination ports : 80\n\
    LAYER : LB\nGROUP : LB_OUT_V4\nRULE :\nFriendly name : LB_HOST_1\nType : lbnat\nProtocols : 6\n\
    Destination IP : 10.96.0.10\nDestination ports : 80\n{ 10.244.1.5 : 8080 }\n";
const POD_RULES: &str = "LAYER : LB_DSR\nGROUP : LB_DSR_IPv4_OUT\nRULE :\nFriendly name : LB_DSR_1\nType : lbnat\n\
    Protocols : 6\nDestination IP : 10.96.0.10\nDestination ports : 80\n{ 10.244.1.5 : 8080 }\n\
    LAYER : SNAT\nGROUP : SNAT_OUT\nRULE :\nFriendly name : SNAT_TCP_OUTBOUNDNAT_0\nType : dynnat\n\
    Destination IP : 10.244.1.5\n";

/// The state with lists of rules of the switch.
fn with_switch(lists: &[&str], balancer: Balancer) -> State {
    let text: String =
        lists.iter().flat_map(|list| ["ITEM LIST\n", list, "Command list-rule succeeded!\n"]).collect();
    State { switch: read(&text).0.switch, ..of(balancer) }
}

/// Rules of the host for another address.
fn of_node(rules: &str) -> String {
    rules.replace("10.96.0.10", NODE)
}

/// One case for each row.
fn cases() -> Vec<Case> {
    let mut cases = whom_they_serve();
    cases.extend(how_they_serve());
    cases.extend(what_is_not_known());
    cases.extend(what_the_switch_says());
    cases
}

/// The rules of the switch that decide at the ports of pods.
fn what_the_switch_says() -> Vec<Case> {
    let other = POD_RULES.replace("10.244.1.5 : 8080", "10.244.2.5 : 8080");
    let differing = with_switch(&[POD_RULES, &other], direct());
    vec![
        (Rule::Switch, "", with_switch(&[POD_RULES], direct()), pod("10.96.0.10"), "delivered"),
        (LoopbackBySwitch, "", with_switch(&[POD_RULES], direct()), itself(), "delivered"),
        (SwitchDepends, "", differing, pod("10.96.0.10"), "undecided"),
    ]
}

/// The rules for those who send.
fn whom_they_serve() -> Vec<Case> {
    let ipv6 = || Balancer { vip: Some("fd00::10"), flags: 2, ..PLAIN };
    vec![
        (Rule::Frontend, "", of(PLAIN), pod("10.96.0.10"), "delivered"),
        (NodePort, "", of(NODE_PORT), outside(NODE), "delivered"),
        (OwnNodePortBefore, "--windows-release ltsc2019:1431", of(NODE_PORT), node(NODE), "unhandled"),
        (
            OwnNodePortOfDsr,
            "--windows-release ltsc2019:1432 --enable-dsr true",
            of(NODE_PORT),
            node(NODE),
            "delivered",
        ),
        (OwnNodePort2022, "--windows-release ltsc2022", of(NODE_PORT), node(NODE), "delivered"),
        (OwnNodePort2025, "--windows-release ltsc2025", of(NODE_PORT), node(NODE), "delivered"),
        (OwnNodePortUnseen, "--windows-release ltsc2019:1432", of(NODE_PORT), node(NODE), "undecided"),
        (OwnNodePort, "", of(NODE_PORT), node(NODE), "undecided"),
        (OwnNodePortBySwitch, "", with_switch(&[&of_node(HOST_RULES)], NODE_PORT), node(NODE), "delivered"),
        (Loopback, "", of(NODE_PORT), node("127.0.0.1"), "unhandled"),
        (NothingThere, "", of(PLAIN), pod("10.96.0.11"), "unhandled"),
        (FromNodeBefore, "--windows-release ltsc2019:1431", of(PLAIN), node("10.96.0.10"), "unhandled"),
        (FromNodeOfDsr, "--windows-release ltsc2019:1432", of(direct()), node("10.96.0.10"), "delivered"),
        (FromNodeIpv4, "--windows-release ltsc2022", of(PLAIN), node("10.96.0.10"), "delivered"),
        (FromNodeIpv6Before, "--windows-release ltsc2022:1849", of(ipv6()), node("fd00::10"), "unhandled"),
        (FromNodeIpv6, "--windows-release ltsc2022:1850", of(ipv6()), node("fd00::10"), "undecided"),
        (FromNode2025, "--windows-release ltsc2025", of(PLAIN), node("10.96.0.10"), "delivered"),
        (FromNodeUnseen, "--windows-release ltsc2019:1432", of(PLAIN), node("10.96.0.10"), "undecided"),
        (FromNode, "", of(PLAIN), node("10.96.0.10"), "undecided"),
        (FromNodeBySwitch, "", with_switch(&[HOST_RULES], PLAIN), node("10.96.0.10"), "delivered"),
    ]
}

/// The rules for members.
#[expect(clippy::too_many_lines, reason = "a table: a row a case")]
fn how_they_serve() -> Vec<Case> {
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
    let twice = state(&format!("{},{}", PLAIN.json(), PLAIN.json().replace("a335", "b446")));
    vec![
        (FromPod, "", of(Balancer { port_flags: 16, ..PLAIN }), pod("10.96.0.10"), "delivered"),
        (FromOutside2019, "--windows-release ltsc2019", of(NODE_PORT), outside(NODE), "delivered"),
        (
            FromOutside,
            "--windows-release ltsc2022",
            of(Balancer { port_flags: 16, ..PLAIN }),
            outside("10.96.0.10"),
            "delivered",
        ),
        (
            FromOutsideAnywhere,
            "",
            of(Balancer { port_flags: 16, ..PLAIN }),
            outside("10.96.0.10"),
            "delivered",
        ),
        (
            FromOutsideBySwitch,
            "",
            with_switch(&[&of_node(HOST_RULES)], NODE_PORT),
            outside(NODE),
            "delivered",
        ),
        (RoutedFromOutside2022, "--windows-release ltsc2022", of(PLAIN), outside("10.96.0.10"), "delivered"),
        (RoutedFromOutside, "--windows-release ltsc2025", of(PLAIN), outside("10.96.0.10"), "delivered"),
        (RoutedFromOutsideAnywhere, "", of(PLAIN), outside("10.96.0.10"), "delivered"),
        (RoutedBySwitch, "", with_switch(&[HOST_RULES], PLAIN), outside("10.96.0.10"), "delivered"),
        (Tuple, "", of(PLAIN), pod("10.96.0.10"), "delivered"),
        (SourceIp, "", of(sticky()), pod("10.96.0.10"), "delivered"),
        (
            Remembered,
            "",
            of(sticky()),
            Packet { remembered: Some("10.244.2.5:8080".parse().unwrap()), ..pod("10.96.0.10") },
            "delivered",
        ),
        (AffinityUnsupported, "", old_hns(sticky(), "9.5"), pod("10.96.0.10"), "undecided"),
        (OtherDistribution, "", of(Balancer { distribution: 7, ..PLAIN }), pod("10.96.0.10"), "undecided"),
        (DirectReturn, "", of(Balancer { flags: 1, ..PLAIN }), pod("10.96.0.10"), "delivered"),
        (
            SourceVip,
            "",
            of(Balancer { more: "\"SourceVIP\":\"10.244.1.2\",", ..PLAIN }),
            pod("10.96.0.10"),
            "delivered",
        ),
        (Masquerade, "", of(PLAIN), itself(), "delivered"),
        (
            PreserveDip,
            "",
            of(Balancer { flags: 1, port_flags: 28, members: &[1], ..PLAIN }),
            outside("10.96.0.10"),
            "delivered",
        ),
        (HairpinDirectReturn, "", of(direct()), itself(), "undecided"),
        (
            HairpinWithoutSourceVip,
            "",
            old_hns(Balancer { members: &[1], ..PLAIN }, "9.5"),
            itself(),
            "undecided",
        ),
        (Member, "", of(PLAIN), pod("10.96.0.10"), "delivered"),
        (Carried, "", of(Balancer { members: &[4], ..PLAIN }), pod("10.96.0.10"), "delivered"),
        (UnknownMember, "", of(Balancer { members: &[3], ..PLAIN }), pod("10.96.0.10"), "undecided"),
        (NoPorts, "", without_ports, pod("10.96.0.10"), "undecided"),
        (OldSchema, "", detailed(PLAIN, Detail::OldSchema), pod("10.96.0.10"), "undecided"),
        (Twice, "", twice, pod("10.96.0.10"), "undecided"),
        (OtherFamily, "", of(Balancer { flags: 2, ..PLAIN }), pod("10.96.0.10"), "undecided"),
        (
            Sctp,
            "",
            of(Balancer { protocol: 132, ..PLAIN }),
            Packet { protocol: Protocol::Sctp, ..pod("10.96.0.10") },
            "undecided",
        ),
        (Unusual, "", of(Balancer { port_flags: 1, ..PLAIN }), pod("10.96.0.10"), "undecided"),
        (NoPod, "", without_pods(NODE_PORT), outside(NODE), "dropped"),
        (NoPodAndRouted, "", without_pods(PLAIN), outside("10.96.0.10"), "dropped"),
        (LoopsBack, "", with_policy(ITSELF, &direct()), itself(), "delivered"),
        (NoLoopback, "", with_policy(OTHERS, &direct()), itself(), "dropped"),
        (LoopbackOfPlugin, "--network-plugin calico:3.27", of(direct()), itself(), "delivered"),
        (PortOfEndpoint, "", with_policy(MAPPING, &PLAIN), outside(NODE), "delivered"),
    ]
}

/// The rules for what is not known.
fn what_is_not_known() -> Vec<Case> {
    let in_part = {
        let mut state = of(PLAIN);
        state.load_balancers.hear(Telling::InPart);
        state
    };
    vec![
        (NotTold, "", in_part, pod("10.96.0.11"), "undecided"),
        (Degraded, "", of(Balancer { more: "\"State\":5,", ..PLAIN }), pod("10.96.0.10"), "undecided"),
        (OtherProxy, "", of_other_proxy(), pod("10.96.0.10"), "undecided"),
    ]
}

/// The rows that a verdict names.
fn grounds(verdict: &Verdict) -> Vec<&'static Ground> {
    let steps = verdict.outcomes().iter().flat_map(|outcome| &outcome.steps);
    steps.filter_map(|step| step.ground).collect()
}

#[test]
fn every_row_decides_about_a_packet() {
    let cases = cases();
    // Two are about connections that are open while a load balancer is made anew, which no packet tells.
    let of_connections = [Rule::EstablishedKept, Rule::EstablishedUnknown];
    let of_cases = cases.iter().map(|(rule, ..)| *rule);
    let mut rows: Vec<usize> = of_cases.chain(of_connections).map(|rule| rule as usize).collect();
    rows.sort_unstable();
    assert_eq!(rows, (0..RULES.len()).collect::<Vec<_>>());
    for (port_flags, wanted, rule) in [(16, Some(true), of_connections[0]), (0, None, of_connections[1])] {
        let held = state(&Balancer { port_flags, ..PLAIN }.json());
        let (goes_on, ground) = established(&held.load_balancers[0], Confidence::Believed);
        assert_eq!(goes_on, wanted, "{rule:?}");
        assert!(std::ptr::eq(ground, rule.ground()), "{rule:?}: {ground:?}");
    }
    for (rule, flags, state, packet, wanted) in cases {
        let verdict = ask_on(flags, &state, &packet);
        let ground = rule.ground();
        assert!(grounds(&verdict).iter().any(|row| std::ptr::eq(*row, ground)), "{rule:?}: {verdict:?}");
        assert_eq!(word(&verdict), wanted, "{rule:?}: {verdict:?}");
    }
}

#[test]
fn open_questions_make_verdicts_undecided_and_nothing_else_does() {
    for (rule, flags, state, packet, _) in cases() {
        for outcome in ask_on(flags, &state, &packet).outcomes() {
            let grounds = outcome.steps.iter().filter_map(|step| step.ground);
            let open = grounds.filter(|ground| ground.confidence == Confidence::Open).count();
            assert_eq!(open > 0, outcome.is_undecided(), "{rule:?}: {outcome:?}");
        }
    }
}

/// Whatever may be built on, nothing that is decided rests on less, and nothing else changes.
#[test]
fn a_verdict_is_built_on_rules_that_are_sure_enough() {
    let mut kept = [0; 3];
    for (rule, flags, state, packet, _) in cases() {
        let all = ask_on(flags, &state, &packet);
        for (trusted, kept) in
            [Confidence::Read, Confidence::Seen, Confidence::Believed].into_iter().zip(&mut kept)
        {
            let verdict = ask_trusting(trusted, flags, &state, &packet);
            for (outcome, known) in verdict.outcomes().iter().zip(all.outcomes()) {
                let grounds = known.steps.iter().filter_map(|step| step.ground);
                let counted = grounds.filter(|ground| !["H10", "H11"].contains(&ground.id));
                let least = counted.map(|ground| ground.confidence).max();
                let is_sure = least.is_none_or(|least| least <= trusted) && !known.is_undecided();
                assert_eq!(!outcome.is_undecided(), is_sure, "{rule:?} {trusted:?}: {outcome:?}");
                if is_sure {
                    assert_eq!(outcome, known);
                    assert_eq!(outcome.rests_on.map(|ground| ground.confidence), least, "{rule:?}");
                    *kept += 1;
                } else if known.is_undecided() {
                    assert_eq!(outcome, known);
                }
            }
        }
    }
    assert!(0 < kept[0] && kept[0] < kept[1] && kept[1] < kept[2], "{kept:?}");
}

/// The policy of an endpoint wins over what a person or a plugin says, and each family is a question of its own.
#[test]
fn whether_a_pod_meets_itself_is_told_by_its_policy_then_by_flags() {
    let direct = Balancer { flags: 1, members: &[1], ..PLAIN };
    let itself = from(Sender::Pod, "10.244.1.5", "10.96.0.10");
    let on = |flags: &str, state: &State| word(&ask_on(flags, state, &itself));
    let untold = state(&direct.json());
    for (flags, wanted) in [
        ("", "undecided"),
        ("--loopback-dsr true", "delivered"),
        ("--loopback-dsr ipv4", "delivered"),
        ("--loopback-dsr ipv6", "dropped"),
        ("--loopback-dsr false", "dropped"),
        ("--network-plugin azure-cni", "delivered"),
        ("--network-plugin azure-cni:1.4.15", "dropped"),
        ("--network-plugin win-overlay", "undecided"),
        ("--network-plugin win-overlay --loopback-dsr true", "delivered"),
    ] {
        assert_eq!(on(flags, &untold), wanted, "{flags}");
    }
    assert_eq!(on("--loopback-dsr false", &with_policy(ITSELF, &direct)), "delivered");
    assert_eq!(on("--loopback-dsr true", &with_policy(OTHERS, &direct)), "dropped");
}

/// HNS tells its release; the version that only is assumed tells nothing.
#[test]
fn the_version_of_hns_tells_the_release() {
    let from_node =
        |flags: &str| word(&ask_on(flags, &state(&PLAIN.json()), &from(Sender::Node, NODE, "10.96.0.10")));
    assert_eq!(from_node("--hns-version 13.4"), "delivered");
    assert_eq!(from_node("--hns-version 15.1"), "delivered");
    assert_eq!(from_node("--hns-version 9.4"), "undecided");
    assert_eq!(from_node("--hns-version 11.4"), "undecided");
    assert_eq!(from_node("--hns-version 13.4 --windows-release ltsc2019:1"), "unhandled");
}

/// A pod that meets itself on Windows Server 2019 without source VIP is in doubt, and on later ones it is not.
#[test]
fn the_build_decides_where_the_version_of_hns_is_not_known() {
    let itself = from(Sender::Pod, "10.244.1.5", "10.96.0.10");
    let mut state = state(&Balancer { members: &[1], ..PLAIN }.json());
    state.hns_version = None;
    let on = |flags: &str| word(&ask_on(flags, &state, &itself));
    assert_eq!((on(""), on("--windows-release ltsc2019:9999")), ("undecided", "undecided"));
    assert_eq!(
        (on("--windows-release ltsc2022"), on("--windows-release 10.0.17764.0")),
        ("delivered", "delivered")
    );
}
