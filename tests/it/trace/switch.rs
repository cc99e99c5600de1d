//! Promise: where a dump has rules of the virtual switch, packets follow them: where they agree with HNS nothing changes, a
//! rule that is lost, left over or has other members changes the verdict of exactly its packets, and a list that breaks
//! off changes none.

use std::net::{IpAddr, SocketAddr};

use hnsplan::answer::verdict::{Fate, Host, Packet, Sender, Verdict};
use hnsplan::net::{Family, Protocol};
use hnsplan::node::NodeContext;
use hnsplan::platform::hns::eval::Evaluator;
use hnsplan::platform::hns::model::{
    Address, Endpoint, Gaps, LoadBalancerFlags, State, SwitchList, SwitchRule,
};
use hnsplan::platform::hns::{read, write};

use crate::diff::switch::{node, rules, wrappings};

const NODE: &str = "192.168.10.21";

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn packet(sender: Sender, source: &str, protocol: u32, at: SocketAddr) -> Packet {
    let protocol = if protocol == 17 { Protocol::Udp } else { Protocol::Tcp };
    let (destination, port) = (at.ip(), at.port());
    Packet { sender, source: ip(source), destination, protocol, port, interface: None, remembered: None }
}

/// A packet of a pod that no endpoint names, to what a rule answers to.
fn of_pod(rule: &SwitchRule) -> Packet {
    let (protocol, at) = rule.frontend().expect("one address");
    packet(Sender::Pod, "10.244.3.250", protocol, at)
}

/// The verdict without the switch, and with a text about it.
fn verdicts(node: &NodeContext, state: &State, texts: &[&str], packet: &Packet) -> [Verdict; 2] {
    let host = Host::new([ip(NODE)]);
    let mut met = state.clone();
    for text in texts {
        let told = read::read(text).0;
        met.switch.extend(told.switch);
        met.switch_ports.extend(told.switch_ports);
    }
    let on = |state| Evaluator::new(state, &host).on(node, None).with_pods_of(node);
    let with = on(&met).with_switch();
    let verdict = with.verdict(packet);
    assert_eq!(verdict.effect(), with.effect(packet).effect());
    [on(state).verdict(packet), verdict]
}

fn served(verdict: &Verdict) -> Vec<SocketAddr> {
    let mut all: Vec<SocketAddr> = verdict.endpoints().collect();
    all.sort_unstable();
    all
}

fn steps(verdict: &Verdict) -> String {
    let steps = verdict.outcomes().iter().flat_map(|of| &of.steps);
    steps.flat_map(|step| [&*step.within, ": ", &*step.rule, "\n"]).collect()
}

fn text(list: SwitchList) -> String {
    write::switch_lists(&[list])
}

#[test]
fn rules_that_agree_with_hns_change_nothing() {
    let (compiled, state) = node();
    let whole = rules(&state);
    let mut met = 0;
    for text in wrappings(&write::switch_lists(&[whole.clone(), whole.clone()])) {
        for rule in whole.groups.iter().flat_map(|group| &group.rules) {
            let [hns, switch] = verdicts(&compiled.rules.node, &state, &[&text], &of_pod(rule));
            assert_eq!(served(&hns), served(&switch), "{}: {}", rule.name, steps(&switch));
            let is_met = steps(&switch).contains(&format!("virtual switch: rule {}", rule.name));
            assert!(is_met, "{}: {}", rule.name, steps(&switch));
            assert!(!steps(&switch).contains("HNS says"), "{}", steps(&switch));
            met += 1;
        }
    }
    assert!(met > 20, "{met}");
}

/// Each rule in turn is lost, gets other members or a port that HNS does not have: its packets follow, and no others.
#[test]
fn a_rule_that_differs_decides_about_its_packets_and_no_others() {
    let (compiled, state) = node();
    let whole = rules(&state);
    let node = &compiled.rules.node;
    for (at, group) in whole.groups.iter().enumerate() {
        for (number, rule) in group.rules.iter().enumerate() {
            let changed = |change: &dyn Fn(&mut Vec<SwitchRule>)| {
                let mut list = whole.clone();
                change(&mut list.groups[at].rules);
                let text = text(list);
                let others = group.rules.iter().filter(|other| other.frontend() != rule.frontend());
                for other in others.take(5) {
                    let [hns, switch] = verdicts(node, &state, &[&text], &of_pod(other));
                    assert_eq!(served(&hns), served(&switch), "{}", other.name);
                }
                let mut verdict = verdicts(node, &state, &[&text], &of_pod(rule))[1].clone();
                for text in wrappings(&text) {
                    let next = verdicts(node, &state, &[&text], &of_pod(rule))[1].clone();
                    assert_eq!(verdict.effect(), next.effect());
                    verdict = next;
                }
                verdict
            };
            let lost = changed(&|rules| _ = rules.remove(number));
            assert!(matches!(lost.outcomes()[0].fate, Fate::Unhandled(_)), "{}", steps(&lost));
            assert!(steps(&lost).contains("though HNS has load balancer"), "{}", steps(&lost));
            let other: SocketAddr = "10.244.77.7:7777".parse().expect("an address");
            let moved = changed(&|rules| rules[number].members = Some(vec![other]));
            assert_eq!(served(&moved), [other], "{}", steps(&moved));
            assert!(steps(&moved).contains("HNS says"), "{}", steps(&moved));
            // A double with other members: nobody knows which one comes first.
            let double = changed(&|rules| {
                rules.push(SwitchRule { members: Some(vec![other]), ..rule.clone() });
            });
            assert_eq!(double.undecided().count(), 1, "{}", steps(&double));
        }
    }
}

#[test]
fn a_rule_that_hns_has_nothing_for_is_followed() {
    let (compiled, state) = node();
    let mut list = rules(&state);
    let member: SocketAddr = "10.244.77.7:7777".parse().expect("an address");
    let mut left_over = list.groups[0].rules[0].clone();
    (left_over.port, left_over.members) = (Some(9), Some(vec![member]));
    list.groups[0].rules.push(left_over.clone());
    let text = text(list);
    let [hns, switch] = verdicts(&compiled.rules.node, &state, &[&text], &of_pod(&left_over));
    assert_eq!((served(&hns), served(&switch)), (vec![], vec![member]));
    assert!(steps(&switch).contains("HNS has no load balancer for it"), "{}", steps(&switch));
    // Without any dump of HNS the switch decides alone: what it has, and what it has not.
    let untold = State::not_told();
    let [hns, switch] = verdicts(&compiled.rules.node, &untold, &[&text], &of_pod(&left_over));
    assert_eq!((hns.undecided().count(), served(&switch)), (1, vec![member]));
    let other = SwitchRule { port: Some(10), ..left_over };
    let [_, switch] = verdicts(&compiled.rules.node, &untold, &[&text], &of_pod(&other));
    assert!(matches!(switch.outcomes()[0].fate, Fate::Unhandled(_)), "{}", steps(&switch));
}

/// What a list lacks because it breaks off is not missing in the switch.
#[test]
fn a_list_that_breaks_off_changes_nothing() {
    let (compiled, state) = node();
    let whole = rules(&state);
    let text = text(whole.clone());
    let rules: Vec<&SwitchRule> = whole.groups.iter().flat_map(|group| &group.rules).collect();
    for at in (0..text.len()).step_by(149) {
        for rule in rules.iter().step_by(3) {
            let [hns, switch] = verdicts(&compiled.rules.node, &state, &[&text[..at]], &of_pod(rule));
            assert_eq!(served(&hns), served(&switch), "{at} {}: {}", rule.name, steps(&switch));
        }
    }
}

/// A list of ports tells which pod meets which rules.
#[test]
fn each_pod_meets_the_rules_of_its_own_port() {
    let (compiled, mut state) = node();
    let pods: Vec<usize> =
        (0..state.endpoints.len()).filter(|at| !state.endpoints[*at].is_remote()).collect();
    let [first, second] = pods[..2] else { panic!("two pods") };
    let mut ports = String::from("ITEM LIST\n");
    for (at, name) in [(first, "PORT1"), (second, "PORT2")] {
        let mac = format!("00-15-5D-00-00-0{at}");
        state.endpoints[at].mac_address = mac.parse().ok();
        let mac = mac.to_lowercase();
        ports.extend(["Port name : ", name, "\nMAC address : ", &mac, "\nPort type : Synthetic\n"]);
    }
    ports += "Command list-vmswitch-port succeeded!\n";
    let addresses = [first, second]
        .map(|at| state.endpoints[at].addresses().find_map(Address::ip).expect("an address").to_string());
    let mut lists = [rules(&state), rules(&state)];
    let lost = lists[1].groups[0].rules.remove(0);
    lists[0].port = Some("PORT1".into());
    lists[1].port = Some("PORT2".into());
    let text = write::switch_lists(&lists);
    let node = &compiled.rules.node;
    let (protocol, at) = lost.frontend().expect("one address");
    let of = |source: &str, texts: &[&str]| {
        verdicts(node, &state, texts, &packet(Sender::Pod, source, protocol, at))
    };
    let [hns, of_first] = of(&addresses[0], &[&text, &ports]);
    assert_eq!(served(&hns), served(&of_first));
    let [_, of_second] = of(&addresses[1], &[&text, &ports]);
    assert!(matches!(of_second.outcomes()[0].fate, Fate::Unhandled(_)), "{}", steps(&of_second));
    let [_, of_any] = of(&addresses[1], &[&text]);
    assert_eq!(of_any.undecided().count(), 1, "{}", steps(&of_any));
    assert!(steps(&of_any).contains("/list-vmswitch-port"), "{}", steps(&of_any));
    // Of a third pod, whose port is not told, HNS is asked.
    let [hns, of_third] = of("10.244.3.250", &[&text, &ports]);
    assert_eq!((hns.effect(), of_third.undecided().count()), (of_third.effect(), 0));
}

/// The rules at the port of the host, or that there are none, tell whom load balancers serve (H03, H06, H08, H09).
#[test]
fn rules_of_the_host_tell_whether_it_and_others_are_served() {
    let (compiled, mut state) = node();
    // The dump of the shop leaves out whether endpoints are remote.
    state.endpoints.iter_mut().for_each(|of| of.gaps = Gaps::default());
    let direct = |of: &&hnsplan::platform::hns::model::LoadBalancer| {
        of.flags == LoadBalancerFlags::DSR
            && of.frontend_vips.first().and_then(Address::ip).is_some_and(|ip| Family::of(ip) == Family::Ipv4)
            && of.endpoints.iter().any(|member| is_local(&state, member.id()))
    };
    let balancer = state.load_balancers.iter().find(direct).expect("one with a local member");
    let at = SocketAddr::new(
        balancer.frontend_vips[0].ip().expect("an address"),
        balancer.port_mappings[0].external_port,
    );
    let protocol = balancer.port_mappings[0].protocol;
    let list = |hairpin: &str, own: &str| {
        format!(
            "ITEM LIST\nLAYER : SLB_HAIRPIN_LAYER\nGROUP : SLB_GROUP_HAIRPIN_IPv4_IN\n{hairpin}LAYER : LB\n\
             GROUP : LB_OUT_V4\n{own}Command list-rule succeeded!\n"
        )
    };
    let rule = |name: &str, type_: &str, more: &str| {
        format!(
            "RULE :\nFriendly name : {name}\nType : {type_}\nProtocols : {protocol}\nDestination IP : {}\n\
             Destination ports : {}\n{more}FlagsEx : 0\n",
            at.ip(),
            at.port()
        )
    };
    let (hairpin, own) = (rule("HairPin_1", "allow", ""), rule("LB_HOST_1", "lbnat", ""));
    for (sender, source) in [(Sender::Node, NODE), (Sender::Outside, "203.0.113.9")] {
        let on = |text: &str| {
            let verdict =
                verdicts(&compiled.rules.node, &state, &[text], &packet(sender, source, protocol, at));
            (verdict[0].outcomes()[0].fate.clone(), verdict[1].clone())
        };
        let mine = if sender == Sender::Node { list("", &own) } else { list(&hairpin, "") };
        let theirs = if sender == Sender::Node { list(&hairpin, "") } else { list("", &own) };
        let (_, found) = on(&mine);
        assert!(found.undecided().count() == 0 && !served(&found).is_empty(), "{sender:?} {}", steps(&found));
        let (_, missing) = on(&theirs);
        assert!(matches!(missing.outcomes()[0].fate, Fate::Unhandled(_)), "{sender:?} {}", steps(&missing));
        assert!(steps(&missing).contains("no rule for"), "{}", steps(&missing));
        // A list that breaks off, or of another layer, tells nothing.
        let cut = theirs.replace("Command list-rule succeeded!\n", "");
        let (hns, untold) = on(&cut);
        assert_eq!(hns, untold.outcomes()[0].fate, "{sender:?}");
    }
}

fn is_local(state: &State, id: Option<hnsplan::platform::hns::model::Guid>) -> bool {
    let is_it = |of: &&Endpoint| of.id == id;
    state.endpoints.iter().find(is_it).is_some_and(|of| !of.is_remote())
}

/// A rule that translates what a pod sends to its own address lets it reach itself (H19).
#[test]
fn the_port_of_a_pod_tells_whether_it_reaches_itself() {
    let (compiled, state) = node();
    let local = |of: &&hnsplan::platform::hns::model::LoadBalancer| {
        of.flags.contains(LoadBalancerFlags::DSR) && !of.frontend_vips.is_empty()
    };
    let mut asked = 0;
    for balancer in state.load_balancers.iter().filter(local) {
        for member in &balancer.endpoints {
            let Some(endpoint) = state.endpoints.iter().find(|of| of.id == member.id() && !of.is_remote())
            else {
                continue;
            };
            let Some(own) = endpoint.addresses().find_map(Address::ip).filter(IpAddr::is_ipv4) else {
                continue;
            };
            let mapping = balancer.port_mappings[0];
            let at =
                SocketAddr::new(balancer.frontend_vips[0].ip().expect("an address"), mapping.external_port);
            let packet = packet(Sender::Pod, &own.to_string(), mapping.protocol, at);
            let list = |destination: &str| {
                format!(
                    "ITEM LIST\nLAYER : SNAT\nGROUP : SNAT_OUT\nRULE :\nFriendly name : \
                     SNAT_TCP_OUTBOUNDNAT_0_{NODE}\nType : dynnat\nDestination IP : {destination}\nFlagsEx : 0\n"
                )
            };
            let itself = SocketAddr::new(own, mapping.internal_port);
            let node = &compiled.rules.node;
            let [hns, switch] = verdicts(node, &state, &[&list(&own.to_string())], &packet);
            assert!(served(&switch).contains(&itself), "{}", steps(&switch));
            // The address of another pod says nothing about this one.
            let [_, other] = verdicts(node, &state, &[&list("10.244.99.1")], &packet);
            assert_eq!(hns.effect(), other.effect());
            asked += 1;
        }
    }
    assert!(asked > 0);
}
