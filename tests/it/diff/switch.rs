//! Promise: rules of the virtual switch are compared with the load balancers of HNS that they are for: one that is lost,
//! left over, there twice or with other members is named, exactly it, and nothing else is.

use std::net::SocketAddr;

use hnsplan::answer::change::Ownership;
use hnsplan::diff::{Directory, compare};
use hnsplan::node::MacAddress;
use hnsplan::pipeline::Compiled;
use hnsplan::platform::hns::model::{
    Address, Endpoint, Listed, LoadBalancerFlags, State, SwitchCount, SwitchGroup, SwitchList, SwitchOwner,
    SwitchPort, SwitchRule,
};
use hnsplan::platform::hns::{Hns, HnsHeld, PlanOptions, Semantics, plan_rules, read, write};
use hnsplan::platform::{Held, Holdings, Options, Platform};
use hnsplan::source::decode_capture;
use proptest::prelude::*;

use super::omission::{Node, shop};
use crate::support::case::fixtures;
use crate::support::run::Run;

/// The shop with kube-proxy's work done, with direct server return.
pub(crate) fn node() -> (Compiled, State) {
    let [cluster, config, state] = ["cluster.yaml", "kube-proxy.yaml", "win-1.json"].map(shop);
    let run = Run::default().and("cluster.yaml", &cluster).config(&config);
    let compiled = run.on("win-1").flags(|flags| flags.enable_dsr = Some(true)).compile();
    let (before, _) = read::read(&state);
    let plan = plan_rules(&compiled.rules, Some(&before), Semantics::KubeProxy, &PlanOptions::default());
    let state = plan.after(&compiled.rules, Some(&before)).state;
    (compiled, state)
}

/// The rules that the switch has at the port of a pod for what HNS holds.
pub(crate) fn rules(state: &State) -> SwitchList {
    let node = "192.168.10.21".parse().expect("an address");
    let mut groups: Vec<SwitchGroup> = ["LB_DSR_IPv4_OUT", "LB_OUT"]
        .map(|name| SwitchGroup { layer: name[..2].into(), name: name.into(), rules: Vec::new() })
        .into();
    for balancer in &state.load_balancers {
        let mapping = balancer.port_mappings[0];
        let ips = balancer.endpoints.iter().filter_map(|member| {
            let endpoint = state.endpoints.iter().find(|of| of.id == member.id())?;
            endpoint.addresses().find_map(Address::ip)
        });
        let members: Vec<SocketAddr> = ips.map(|ip| SocketAddr::new(ip, mapping.internal_port)).collect();
        if members.iter().any(SocketAddr::is_ipv6) {
            continue;
        }
        let destination = balancer.frontend_vips.first().and_then(Address::ip).or(Some(node));
        let group = usize::from(!balancer.flags.contains(LoadBalancerFlags::DSR));
        let name = format!("LB_{}", groups[group].rules.len()).into();
        groups[group].rules.push(SwitchRule {
            name,
            type_: "lbnat".into(),
            protocol: Some(mapping.protocol),
            destinations: destination.into_iter().map(|ip| (ip, ip)).collect(),
            port: Some(mapping.external_port),
            members: Some(members),
            is_narrowed: false,
            packets: Some(SwitchCount { matched: 3, dropped: 1 }),
        });
    }
    SwitchList { port: Some("7A31F0C2".into()), groups, is_whole: true }
}

/// The members of a rule, to be changed.
fn members(rule: &mut SwitchRule) -> &mut Vec<SocketAddr> {
    rule.members.as_mut().expect("they are told")
}

/// What is found about rules of the switch: the messages.
fn findings(compiled: &Compiled, state: &State, text: &str) -> Vec<String> {
    found_of("F1015", compiled, state, text)
}

/// What is found about the switch with a code: the messages.
fn found_of(code: &str, compiled: &Compiled, state: &State, text: &str) -> Vec<String> {
    let (mut state, read) = (state.clone(), read::read(text).0);
    (state.switch, state.switch_ports) = (read.switch, read.switch_ports);
    let held: Box<dyn Held> = Box::new(HnsHeld::of(state));
    let mut holdings = Holdings::default();
    holdings.add(held.duplicate());
    let options = Options::default();
    let wanted = Hns.objects(compiled.context(&options, &holdings)).value;
    let directory = Directory::new(vec![&compiled.rules]);
    let mut sides = [wanted, held.into_objects()];
    let comparison = compare(&mut sides, &directory, &Ownership::default()).expect("both are of HNS");
    let of_switch = comparison.findings.iter().filter(|of| of.code.id() == code);
    of_switch.map(|of| format!("{}: {}", of.subject.name, of.message)).collect()
}

/// Texts as the tool, scripts and consoles write them.
pub(crate) fn wrappings(text: &str) -> Vec<String> {
    let flat: String = text.lines().map(|line| [line.trim(), "\n"].concat()).collect();
    let of_capture = |bytes: Vec<u8>| decode_capture(bytes).0;
    let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let marked = [vec![0xff, 0xfe], utf16(u16::to_le_bytes)].concat();
    let quoted: String = text.lines().flat_map(|line| ["> ", line, "\n"]).collect();
    let unmarked = [utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)].map(of_capture);
    let mut texts = vec![text.to_owned(), flat, text.replace('\n', "\r\n"), of_capture(marked), quoted];
    texts.extend(unmarked);
    texts
}

#[test]
fn rules_that_fit_are_not_mentioned() {
    for (compiled, state) in [node(), node_of_the_old_schema()] {
        let list = rules(&state);
        assert!(list.groups.iter().all(|group| !group.rules.is_empty()), "{list:?}");
        for text in wrappings(&write::switch_lists(&[list.clone(), list.clone()])) {
            assert_eq!(read::read(&text).0.switch.len(), 2);
            assert_eq!(findings(&compiled, &state, &text), [""; 0], "{text}");
        }
    }
}

/// The same, as cmdlets of the old schema show it.
fn node_of_the_old_schema() -> (Compiled, State) {
    let (compiled, state) = node();
    let node = Node::holding(compiled, state);
    let texts = node.old_schema();
    let [networks, endpoints, balancers] = &*texts else { panic!("three files") };
    let [mut state, endpoints, balancers] =
        [networks, endpoints, balancers].map(|(_, text)| read::read(text).0);
    (state.endpoints, state.load_balancers) = (endpoints.endpoints, balancers.load_balancers);
    (node.compiled, state)
}

/// A rule is taken away, doubled, left over, or given other members: exactly that one is named.
#[test]
fn a_rule_that_differs_is_named_and_no_other() {
    for (compiled, state) in [node(), node_of_the_old_schema()] {
        assert_each_rule_is_named(&compiled, &state);
    }
}

fn assert_each_rule_is_named(compiled: &Compiled, state: &State) {
    let whole = rules(state);
    for (at, group) in whole.groups.iter().enumerate() {
        for (number, rule) in group.rules.iter().enumerate() {
            let changed = |change: &dyn Fn(&mut Vec<SwitchRule>)| {
                let mut list = whole.clone();
                change(&mut list.groups[at].rules);
                let found: Vec<Vec<String>> = wrappings(&write::switch_lists(&[list]))
                    .iter()
                    .map(|text| findings(compiled, state, text))
                    .collect();
                assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
                let [one] = &*found[0] else { panic!("{}: {:?}", rule.name, found[0]) };
                one.clone()
            };
            let port = rule.port.expect("a port").to_string();
            let missing = changed(&|rules| drop(rules.remove(number)));
            assert!(missing.contains("no rule for it") && missing.contains(&port), "{missing}");
            let twice = changed(&|rules| rules.push(rule.clone()));
            assert!(twice.contains("is a duplicate") && twice.contains(&*rule.name), "{twice}");
            let left_over = changed(&|rules| {
                rules.push(SwitchRule { port: Some(9), name: "left".into(), ..rule.clone() });
            });
            assert!(
                left_over.contains("rule left") && left_over.contains("no load balancer of HNS"),
                "{left_over}"
            );
            let other: SocketAddr = "10.244.77.7:7777".parse().expect("an address");
            let more = changed(&|rules| members(&mut rules[number]).push(other));
            assert!(
                more.contains("10.244.77.7:7777") && more.contains("3 packets matched, 1 dropped"),
                "{more}"
            );
            let fewer = changed(&|rules| _ = members(&mut rules[number]).pop());
            assert!(fewer.contains("lacks the members"), "{fewer}");
        }
    }
}

/// The ports of the pods of this node, each with a MAC address of its own.
fn ports(state: &State) -> Vec<SwitchPort> {
    let pods = state.endpoints.iter().filter(|endpoint| !endpoint.is_remote());
    let port = |(number, endpoint): (u8, &Endpoint)| SwitchPort {
        name: format!("7A31F0C2-{number}").into(),
        friendly_name: format!("7A31F0C2-{number}").into(),
        nic: endpoint.id.expect("an id").to_string().into(),
        mac: Some(MacAddress::dashed([0, 0x15, 0x5d, 1, 2, number])),
        type_: "Synthetic".into(),
        state: "Enabled".into(),
    };
    (0..).zip(pods).map(port).collect()
}

/// A port that is blocked, or has the address of another one, is named with its pod, and nothing else is.
#[test]
fn a_port_that_does_not_work_is_named() {
    let (compiled, state) = node();
    let healthy = ports(&state);
    assert!(healthy.len() > 2);
    let found = |ports: &[SwitchPort]| {
        let texts = wrappings(&write::switch_ports(ports));
        let found: Vec<_> = texts.iter().map(|text| found_of("F1016", &compiled, &state, text)).collect();
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
        found[0].clone()
    };
    let none = [""; 0];
    assert_eq!(found(&healthy), none);
    assert_eq!(found(&[healthy.clone(), healthy.clone()].concat()), none, "a list that was taken twice");
    let with = |at: usize, change: &dyn Fn(&mut SwitchPort)| {
        let mut ports = healthy.clone();
        change(&mut ports[at]);
        found(&ports)
    };
    for (at, endpoint) in state.endpoints.iter().filter(|endpoint| !endpoint.is_remote()).enumerate() {
        let address = endpoint.addresses().next().expect("an address").to_string();
        let named = |found: Vec<String>, what: &str| {
            let [one] = &*found else { panic!("{found:?}") };
            assert!(one.starts_with(&address) && one.contains(what) && one.contains("7A31F0C2-"), "{one}");
        };
        named(with(at, &|port| port.state = "Blocked".into()), "the virtual switch blocks its port");
        let other = if at == 0 { continue } else { healthy[0].mac };
        named(with(at, &|port| port.mac = other), "has the MAC address");
        // The host may share that of its network card, and one that is not set is nobody's.
        let host = |port: &mut SwitchPort| (port.mac, port.type_) = (other, "Internal".into());
        assert_eq!(with(at, &host), none);
    }
    let mut unset = healthy.clone();
    for port in &mut unset {
        port.mac = Some(MacAddress::dashed([0; 6]));
    }
    assert_eq!(found(&unset), none);
}

/// Nothing is missing in a list that ends before its end, and nothing left over where HNS is told in part.
#[test]
fn what_is_cut_is_not_missing() {
    let (compiled, mut state) = node();
    let text = write::switch_lists(&[rules(&state)]);
    for at in (0..text.len()).step_by(97) {
        let cut = &text[..at];
        let found = findings(&compiled, &state, cut);
        assert_eq!(found, [""; 0], "{cut}");
    }
    state.load_balancers = Listed::not_told();
    assert_eq!(findings(&compiled, &state, &text), [""; 0]);
}

/// The examples of a node on an overlay network.
#[test]
fn the_examples_are_joined_to_their_load_balancers() {
    let text = |name: &str| std::fs::read_to_string(fixtures().join("hns-state").join(name)).expect("a text");
    let lists = read::read(&text("vfp/pod-port-dsr-counters.txt")).0.switch;
    let [list] = &*lists else { panic!("{lists:?}") };
    assert!(list.is_whole && &*list.groups[0].name == "LB_DSR_IPv4_OUT");
    let rules = &list.groups[0].rules;
    let shown: Vec<String> = rules
        .iter()
        .map(|rule| {
            let (protocol, at) = rule.frontend().expect("one address");
            let packets = rule.packets.expect("counters");
            format!(
                "{at}/{protocol} {:?} {} {}",
                rule.members.as_ref().expect("told"),
                packets.matched,
                packets.dropped
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "10.61.7.7:443/6 [10.60.3.21:8443, 10.60.4.8:8443] 41 0",
            "172.20.0.33:31443/6 [10.60.3.21:8443] 0 0",
            "10.61.7.9:80/6 [10.60.3.77:8080] 3 3",
        ]
    );
    let host = &read::read(&text("vfp/host-port-dsr.txt")).0.switch[0];
    let layers: Vec<(&str, &str, usize)> =
        host.groups.iter().map(|group| (&*group.layer, &*group.name, group.rules.len())).collect();
    assert_eq!(layers, [("SLB_HAIRPIN_LAYER", "SLB_GROUP_HAIRPIN_IPv4_IN", 1), ("LB", "LB_OUT_V4", 1)]);
    let old = &read::read(&text("vfp/pod-port-nondsr.txt")).0.switch[0];
    let types: Vec<&str> = old.groups.iter().flat_map(|of| &of.rules).map(|rule| &*rule.type_).collect();
    assert_eq!(types, ["block", "dynnat", "lbnat"]);
}

/// What `/format 1` prints tells conditions and names; and a list of ports whose they are.
#[test]
fn the_examples_of_ports_and_of_format_1_are_read() {
    let text =
        |name: &str| std::fs::read_to_string(fixtures().join("hns-state/vfp").join(name)).expect("a text");
    let (state, problems) = read::read(&text("format1.json"));
    assert!(problems.is_empty(), "{problems:?}");
    let [list] = &*state.switch else { panic!("{:?}", state.switch) };
    let rule = &list.groups[0].rules[0];
    assert_eq!(
        (&*list.groups[0].name, &*rule.name, rule.frontend(), rule.members.is_none()),
        (
            "LB_DSR_IPv4_OUT",
            "LB_DSR_1bad1_172.20.0.33_10.61.7.7_443_8443_6",
            Some((6, "10.61.7.7:443".parse().unwrap())),
            true
        )
    );
    let (state, problems) = read::read(&text("ports.txt"));
    assert!(problems.is_empty() && state.switch.is_empty(), "{problems:?} {:?}", state.switch);
    let owners: Vec<SwitchOwner> = state.switch_ports.iter().map(SwitchPort::owner).collect();
    assert_eq!(owners, [SwitchOwner::Pod, SwitchOwner::Host]);
    let held = read::read(&text("../kube-proxy-state.json")).0;
    let of_pod: Vec<_> = state.switch_ports[0].addresses(&held.endpoints).collect();
    assert_eq!(of_pod, ["10.60.3.21".parse::<std::net::IpAddr>().unwrap()]);
    let json = r#"{"Ports":[{"Id":3,"Name":"7A31","MacAddress":"00-15-5D-77-31-09","VmsPortId":3}]}"#;
    let [port] = &*read::read(json).0.switch_ports else { panic!() };
    assert_eq!(port.addresses(&held.endpoints).collect::<Vec<_>>(), of_pod);
    // Rules of format 1 tell no members, so none differ.
    let (compiled, state) = node();
    let list = rules(&state);
    let rules: Vec<String> = list.groups[0].rules.iter().map(as_json).collect();
    let json = |rules: &[String]| format!("{{\"Rules\":[{}]}}", rules.join(","));
    assert_eq!(findings(&compiled, &state, &json(&rules)), [""; 0]);
    let found = findings(&compiled, &state, &json(&rules[1..]));
    assert!(found.len() == 1 && found[0].contains("no rule for it"), "{found:?}");
}

/// A rule as `/format 1` prints it.
fn as_json(rule: &SwitchRule) -> String {
    let (protocol, at) = rule.frontend().expect("one address");
    let name = rule.name.replace("LB_", "LB_DSR_");
    let (ip, port) = (at.ip(), at.port());
    format!(
        r#"{{"Id":"","Name":"{name}","Conditions":[{{"ConditionType":1,"ProtocolList":[{protocol}]}},
           {{"ConditionType":5,"DestinationPortList":[{port}]}},
           {{"ConditionType":11,"DestinationIPv4RangeList":[{{"L":"{ip}","H":"{ip}"}}]}}]}}"#
    )
}

proptest! {
    /// Ports are read as they are written.
    #[test]
    fn ports_are_read_as_they_are_written(
        ports in proptest::collection::vec(("[0-9A-F]{8}", "[a-zA-Z][a-z0-9 ]{0,9}[a-z]", any::<Option<[u8; 6]>>()), 1..4),
    ) {
        let port = |(name, friendly, mac): &(String, String, Option<[u8; 6]>)| SwitchPort {
            name: (**name).into(),
            friendly_name: (**friendly).into(),
            nic: "10CA1000".into(),
            mac: mac.map(MacAddress::dashed),
            type_: "Synthetic".into(),
            state: "Enabled".into(),
        };
        let ports: Vec<SwitchPort> = ports.iter().map(port).collect();
        let (state, problems) = read::read(&write::switch_ports(&ports));
        prop_assert!(problems.is_empty() && state.switch.is_empty());
        prop_assert_eq!(state.switch_ports, ports);
    }

    /// What is written is read again.
    #[test]
    fn rules_are_read_as_they_are_written(
        port in 1u16.., members in proptest::collection::vec((any::<std::net::IpAddr>(), 1u16..), 0..4),
        protocol in prop_oneof![Just(6u32), Just(17)], is_whole: bool, destination: std::net::IpAddr, counts: bool, is_narrowed: bool,
    ) {
        let rule = SwitchRule {
            name: "LB_DSR_1".into(),
            type_: "lbnat".into(),
            protocol: Some(protocol),
            destinations: vec![(destination.to_canonical(), destination.to_canonical())],
            is_narrowed,
            port: Some(port),
            members: Some(members.into_iter().map(|(ip, port)| SocketAddr::new(ip.to_canonical(), port)).collect()),
            packets: counts.then_some(SwitchCount { matched: 7, dropped: 0 }),
        };
        let group = SwitchGroup { layer: "LB_DSR".into(), name: "LB_DSR_IPv4_OUT".into(), rules: vec![rule] };
        let list = SwitchList { port: Some("A".into()), groups: vec![group], is_whole };
        prop_assert_eq!(read::read(&write::switch_lists(std::slice::from_ref(&list))).0.switch, [list]);
    }
}
