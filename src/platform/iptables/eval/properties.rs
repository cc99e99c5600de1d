//! What must hold whatever the rules are.

use std::fmt::Write;
use std::net::IpAddr;

use proptest::prelude::*;

use super::Evaluator;
use crate::answer::verdict::{Chance, Host, Packet, Sender};
use crate::net::{Family, Protocol};
use crate::platform::iptables::model::Probability;
use crate::platform::iptables::read;

/// Chains in which rules are made, each of which may lead to those after it.
const CHAINS: [&str; 6] = ["PREROUTING", "OUTPUT", "FORWARD", "A", "B", "C"];

fn condition() -> impl Strategy<Value = String> {
    let few = |choices: &'static [&'static str]| proptest::sample::select(choices).prop_map(str::to_owned);
    prop_oneof![
        6 => few(&["-d 10.96.0.1", "-d 10.96.0.2", "-d 10.96.0.0/30", "! -d 10.96.0.1", "-d 10.96.0.1/32"]),
        6 => few(&["-p tcp -m tcp --dport 80", "-p udp -m udp --dport 80", "-p tcp -m tcp --dport 81",
            "-p tcp -m tcp ! --dport 80", "-p tcp", "! -p udp"]),
        2 => few(&["-s 10.0.0.0/8", "! -s 10.0.0.0/8", "-m mark --mark 0x1/0x1", "-m addrtype --dst-type LOCAL"]),
        2 => few(&["-m recent --name X --set", "-m recent --name X --rcheck --seconds 60"]),
        1 => few(&["-m set --match-set x src", "-i eth0"]),
        2 => (1u32..20).prop_map(|k| format!("-m statistic --mode random --probability {:.10}", 1.0 / f64::from(k))),
    ]
}

fn target(chain: usize) -> impl Strategy<Value = String> {
    let jump =
        (chain.max(2) + 1..=CHAINS.len()).prop_map(|to| CHAINS.get(to).map_or("ACCEPT", |chain| *chain));
    prop_oneof![
        4 => jump.clone().prop_map(|to| format!("-j {to}")),
        1 => jump.prop_map(|to| if to == "ACCEPT" { "-j DROP".to_owned() } else { format!("-g {to}") }),
        2 => (1u8..9).prop_map(|host| format!("-j DNAT --to-destination 10.0.0.{host}:80")),
        2 => proptest::sample::select(&["-j RETURN", "-j MARK --set-xmark 0x1/0x1", "-j REJECT", "", "-j MASQUERADE"][..])
            .prop_map(str::to_owned),
    ]
}

/// A table of nat with long and short chains.
fn text() -> impl Strategy<Value = String> {
    let chain = |chain: usize| {
        let rule = (prop::collection::vec(condition(), 0..4), target(chain));
        prop::collection::vec(rule, 0..24)
    };
    let chains: Vec<_> = (0..CHAINS.len()).map(chain).collect();
    chains.prop_map(|chains| {
        let mut text = String::from(
            "*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT DROP [0:0]\n:A - [0:0]\n:B - [0:0]\n:C - [0:0]\n",
        );
        for (name, rules) in CHAINS.iter().zip(&chains) {
            for (conditions, target) in rules {
                writeln!(text, "-A {name} {} {target}", conditions.join(" ")).unwrap();
            }
        }
        text + "COMMIT\n"
    })
}

fn packet() -> impl Strategy<Value = Packet> {
    let choose = |choices: &'static [&'static str]| {
        proptest::sample::select(choices).prop_map(|ip| ip.parse::<IpAddr>().unwrap())
    };
    (
        proptest::sample::select(&[Sender::Pod, Sender::Node, Sender::Outside][..]),
        choose(&["10.0.0.1", "192.168.0.2", "203.0.113.9"]),
        choose(&["10.96.0.1", "10.96.0.2", "192.168.0.2"]),
        proptest::sample::select(&[Protocol::Tcp, Protocol::Udp][..]),
        80u16..83,
        proptest::option::of((1u8..9).prop_map(|host| ([10, 0, 0, host], 80).into())),
    )
        .prop_map(|(sender, source, destination, protocol, port, remembered)| Packet {
            sender,
            source,
            destination,
            protocol,
            port,
            interface: None,
            remembered,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn chances_add_up_to_one_and_the_index_changes_nothing(text in text(), packets in prop::collection::vec(packet(), 1..6)) {
        let (rules, _) = read(&text, Family::Ipv4);
        let host = Host::new(["192.168.0.2".parse().unwrap()]);
        let indexed = Evaluator::new(&rules, &host);
        let mut plain = Evaluator::new(&rules, &host);
        plain.chains.forget_indexes();
        for packet in &packets {
            let verdict = indexed.verdict(packet);
            let sum = verdict.outcomes().iter().try_fold(Chance::NEVER, |sum, outcome| sum.or(outcome.chance));
            let fine = verdict.undecided().any(|why| why.contains("too fine"));
            prop_assert!(sum == Some(Chance::CERTAIN) || fine && sum.is_none(), "{:?} {}", sum, text);
            prop_assert_eq!(verdict, plain.verdict(packet), "{}", text);
        }
    }

    #[test]
    fn the_kernel_is_within_its_own_rounding_of_equal_shares(of in 2u32..2000) {
        // What the kernel does with the probabilities of kube-proxy: 1/n, 1/(n-1), …, rounded to 2⁻³¹.
        let mut left = 1.0f64;
        for others in (1..=of).rev() {
            let rounded = (1.0 / f64::from(others) / Probability::UNIT).round() * Probability::UNIT;
            let share = left * rounded;
            prop_assert!((share - 1.0 / f64::from(of)).abs() <= 2.0 * Probability::UNIT, "{} of {}", others, of);
            left -= share;
        }
    }
}
