//! One test for each match, target and way through the node.

mod ways;

use std::net::IpAddr;

use super::Evaluator;
use crate::answer::verdict::{Host, Packet, Sender, Verdict};
use crate::name::InterfaceName;
use crate::net::{Family, Protocol};
use crate::platform::iptables::model::Ruleset;
use crate::platform::iptables::read;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn host() -> Host {
    Host::new(["192.168.0.2", "10.244.1.1", "2001:db8::2"].map(ip))
}

/// Reads a text without problems.
fn rules(text: &str) -> Ruleset {
    let family = if text.contains("::") && text.contains("ipv6") { Family::Ipv6 } else { Family::Ipv4 };
    let (ruleset, problems) = read(text, family);
    assert_eq!(problems, [], "{text}");
    ruleset
}

/// A packet over TCP that comes in by `eth0`.
fn packet(sender: Sender, source: &str, destination: &str, port: u16) -> Packet {
    Packet {
        sender,
        source: ip(source),
        destination: ip(destination),
        protocol: Protocol::Tcp,
        port,
        interface: Some(InterfaceName::new("eth0").unwrap()),
        remembered: None,
    }
}

fn outside(destination: &str, port: u16) -> Packet {
    packet(Sender::Outside, "203.0.113.2", destination, port)
}

fn ask(text: &str, packet: &Packet) -> Verdict {
    let (rules, host) = (rules(text), host());
    Evaluator::new(&rules, &host).verdict(packet)
}

/// The outcomes in short: `1/2 to 10.0.0.1:80 masqueraded`.
fn short(verdict: &Verdict) -> Vec<String> {
    use crate::answer::verdict::{Fate, SourceAddress};
    let source = |source| match source {
        SourceAddress::Masqueraded => " masqueraded",
        _ => "",
    };
    let fate = |fate: &Fate| match fate {
        Fate::Endpoint(to) => {
            let affinity = to.affinity.and_then(|affinity| affinity.timeout_seconds);
            let affinity = affinity.map(|seconds| format!(" for {seconds} s")).unwrap_or_default();
            format!("to {}{}{affinity}", to.endpoint, source(to.source))
        }
        Fate::Unhandled(from) => format!("unhandled{}", source(*from)),
        Fate::Answered(what) => format!("answered: {what}"),
        Fate::Rejected => "rejected".to_owned(),
        Fate::Dropped => "dropped".to_owned(),
        Fate::Undecided(why) => format!("undecided: {why}"),
    };
    verdict.outcomes().iter().map(|outcome| format!("{} {}", outcome.chance, fate(&outcome.fate))).collect()
}

/// Asserts what becomes of a packet to 10.96.0.1, port 80, from outside.
#[track_caller]
fn expect(text: &str, expected: &[&str]) {
    assert_eq!(short(&ask(text, &outside("10.96.0.1", 80))), expected, "{text}");
}

/// The same with these rules in `nat PREROUTING`; `DNAT` alone is a translation to 10.0.0.1:8080.
#[track_caller]
fn prerouting(rules: &[&str], expected: &[&str]) {
    expect(&nat("PREROUTING", rules), expected);
}

fn nat(chain: &str, rules: &[&str]) -> String {
    let rule = |rule: &&str| {
        let to = if rule.ends_with("-j DNAT") { " --to-destination 10.0.0.1:8080" } else { "" };
        format!("-A {chain} {rule}{to}\n")
    };
    format!("*nat\n:{chain} ACCEPT [0:0]\n{}COMMIT\n", rules.iter().map(rule).collect::<String>())
}

const TRANSLATED: &str = "1 to 10.0.0.1:8080";
const UNHANDLED: &str = "1 unhandled";

/// Asserts that a condition holds for the packet of [`expect`], and that its negation does not.
#[track_caller]
fn holds(condition: &str) {
    prerouting(&[&format!("{condition} -j DNAT")], &[TRANSLATED]);
}

#[track_caller]
fn fails(condition: &str) {
    prerouting(&[&format!("{condition} -j DNAT")], &[UNHANDLED]);
}

#[test]
fn header_conditions() {
    for condition in [
        "",
        "-s 203.0.113.2",
        "-s 203.0.113.0/24",
        "! -s 10.0.0.0/8",
        "-d 10.96.0.1",
        "-d 10.96.0.0/16",
        "! -d 10.97.0.0/16",
        "-p tcp",
        "! -p udp",
        "-p tcp -m tcp --dport 80",
        "-p tcp -m tcp ! --dport 81",
        "-i eth0",
        "-i eth+",
        "! -i cni0",
        "! -i e",
        "! -p icmp",
    ] {
        holds(condition);
    }
    for condition in [
        "! -s 203.0.113.2",
        "-s 10.0.0.0/8",
        "-d 10.96.0.2",
        "! -d 10.96.0.0/16",
        "-p udp",
        "! -p tcp",
        "-p tcp -m tcp --dport 8080",
        "-p tcp -m tcp ! --dport 80",
        "-i cni0",
        "! -i eth+",
        "-i eth",
        "-p icmp",
        "-p 1",
        "-p tcp -m tcp --dport 80 -s 10.0.0.0/8",
    ] {
        fails(condition);
    }
}

#[test]
fn addresses_are_those_that_iptables_loads() {
    holds("-d 012.96.0.1");
    fails("-d 010.96.0.1");
    prerouting(&["-j DNAT --to-destination 012.0.0.1:80"], &["1 to 10.0.0.1:80"]);
    prerouting(
        &["-d <nil> -j DNAT"],
        &[
            "1 undecided: `-d <nil>` in rule 1 of nat PREROUTING cannot be evaluated: it is no address that iptables loads",
        ],
    );
    prerouting(
        &["-j DNAT --to-destination <nil>:80"],
        &["1 undecided: rule 1 of nat PREROUTING translates to what is no address that iptables loads"],
    );
}

#[test]
fn kinds_of_addresses() {
    let local = nat("PREROUTING", &["-m addrtype --dst-type LOCAL -j DNAT"]);
    for (destination, expected) in [
        ("192.168.0.2", TRANSLATED),
        ("127.0.0.1", TRANSLATED),
        ("127.1.2.3", TRANSLATED),
        ("192.168.0.3", UNHANDLED),
    ] {
        assert_eq!(short(&ask(&local, &outside(destination, 80))), [expected], "{destination}");
    }
    fails("-m addrtype --src-type LOCAL");
    holds("-m addrtype ! --src-type LOCAL");
    let own = nat("OUTPUT", &["-m addrtype --src-type LOCAL -j DNAT"]);
    assert_eq!(short(&ask(&own, &packet(Sender::Node, "192.168.0.2", "10.96.0.1", 80))), [TRANSLATED]);
}

#[test]
fn marks_are_set_and_compared_by_their_bits() {
    let marked = |set: &[&str], condition: &str, expected| {
        let mut rules: Vec<String> = set.iter().map(|set| format!("-j MARK {set}")).collect();
        rules.push(format!("-m mark {condition} -j DNAT"));
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        prerouting(&rules, &[expected]);
    };
    marked(&[], "--mark 0x0/0x4000", TRANSLATED);
    marked(&["--or-mark 0x4000"], "--mark 0x4000/0x4000", TRANSLATED);
    marked(&["--or-mark 0x4000"], "! --mark 0x4000/0x4000", UNHANDLED);
    marked(&["--or-mark 0x4001"], "--mark 0x4000", UNHANDLED);
    marked(&["--or-mark 0x4001", "--xor-mark 0x4000"], "--mark 0x1", TRANSLATED);
    marked(&["--set-xmark 0xff/0xff", "--and-mark 0x0f"], "--mark 0xf", TRANSLATED);
}

#[test]
fn connections_are_new_and_then_translated() {
    holds("-m conntrack --ctstate NEW");
    holds("-m conntrack --ctstate NEW,ESTABLISHED");
    holds("-m conntrack ! --ctstate RELATED,ESTABLISHED");
    fails("-m conntrack --ctstate INVALID");
    fails("-m conntrack --ctstate DNAT");
    let filtered = |state: &str| {
        format!(
            "{}*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack {state} -j DROP\nCOMMIT\n",
            nat("PREROUTING", &["-j DNAT"])
        )
    };
    expect(&filtered("--ctstate DNAT"), &["1 dropped"]);
    expect(&filtered("--ctstate NEW"), &["1 dropped"]);
    expect(&filtered("! --ctstate RELATED,ESTABLISHED,DNAT"), &[TRANSLATED]);
}

#[test]
fn chance_splits_and_comes_together_again() {
    let dice = |text: &str, port| {
        format!("-m statistic --mode random --probability {text} -j DNAT --to-destination 10.0.0.1:{port}")
    };
    prerouting(
        &[&dice("0.5", 1), &dice("0.5", 2)],
        &["1/2 to 10.0.0.1:1", "1/4 to 10.0.0.1:2", "1/4 unhandled"],
    );
    prerouting(
        &[&dice("0.3333333333", 1), &dice("0.5", 2), &dice("0.5", 1), &dice("1", 2)],
        &["1/2 to 10.0.0.1:1", "1/2 to 10.0.0.1:2"],
    );
    prerouting(&[&dice("0", 1), &dice("1", 2), &dice("0.5", 3)], &["1 to 10.0.0.1:2"]);
    prerouting(&[&dice("0.7", 1)], &["751619277/1073741824 to 10.0.0.1:1", "322122547/1073741824 unhandled"]);
}

#[test]
fn chances_too_fine_to_tell_are_undecided() {
    let rule = "-m statistic --mode random --probability 0.7 -j DNAT --to-destination 10.0.0.1:1";
    let verdict = ask(&nat("PREROUTING", &[rule; 6]), &outside("10.96.0.1", 80));
    let undecided: Vec<_> = verdict.undecided().collect();
    assert_eq!(
        undecided,
        [
            "the chances of rule 5 of nat PREROUTING and of those before it multiply to a fraction too fine to be told"
        ]
    );
}

/// Two endpoints with session affinity, as kube-proxy writes them.
const STICKY: &str = "*nat
:PREROUTING ACCEPT [0:0]
:SVC - [0:0]
:SEP-1 - [0:0]
:SEP-2 - [0:0]
-A PREROUTING -j SVC
-A SVC -m recent --name SEP-1 --rcheck --seconds 600 --reap -j SEP-1
-A SVC -m recent --name SEP-2 --rcheck --seconds 600 --reap -j SEP-2
-A SVC -m statistic --mode random --probability 0.5 -j SEP-1
-A SVC -j SEP-2
-A SEP-1 -m recent --name SEP-1 --set -p tcp -m tcp -j DNAT --to-destination 10.0.0.1:80
-A SEP-2 -m recent --name SEP-2 --set -p tcp -m tcp -j DNAT --to-destination 10.0.0.2:80
COMMIT
";

#[test]
fn a_client_is_remembered() {
    expect(STICKY, &["1/2 to 10.0.0.1:80 for 600 s", "1/2 to 10.0.0.2:80 for 600 s"]);
    let again = |endpoint: &str| Packet { remembered: endpoint.parse().ok(), ..outside("10.96.0.1", 80) };
    assert_eq!(short(&ask(STICKY, &again("10.0.0.2:80"))), ["1 to 10.0.0.2:80 for 600 s"]);
    let gone = ["1/2 to 10.0.0.1:80 for 600 s", "1/2 to 10.0.0.2:80 for 600 s"];
    assert_eq!(short(&ask(STICKY, &again("10.0.0.3:80"))), gone, "an endpoint that is no more");
}

#[test]
fn a_list_that_nobody_checks_is_no_affinity() {
    prerouting(&["-m recent --name X --set -j DNAT"], &[TRANSLATED]);
    let elsewhere = "*nat\n:PREROUTING ACCEPT [0:0]\n:OTHER - [0:0]\n\
         -A OTHER -m recent --name X --rcheck --seconds 60 --reap -j RETURN\n\
         -A PREROUTING -m recent --name X --set -j DNAT --to-destination 10.0.0.1:8080\nCOMMIT\n";
    expect(elsewhere, &[TRANSLATED]);
}

#[test]
fn a_list_is_set_as_soon_as_it_is_asked_to() {
    let check = "-m recent --name X --rcheck --seconds 60 -j DNAT";
    prerouting(
        &["-m recent --name X --set -m tcp -p tcp --dport 81", check],
        &["1 to 10.0.0.1:8080 for 60 s"],
    );
    prerouting(&["-p udp -m recent --name X --set", check], &[UNHANDLED]);
    prerouting(
        &["-m statistic --mode random --probability 0.5 -m recent --name X --set", check],
        &["1/2 to 10.0.0.1:8080 for 60 s", "1/2 unhandled"],
    );
}

#[test]
fn chains_return_and_go_on() {
    let text = |in_a: &str, after: &str| {
        format!(
            "*nat\n:PREROUTING ACCEPT [0:0]\n:A - [0:0]\n:B - [0:0]\n-A PREROUTING {after}\n\
             -A PREROUTING -j DNAT --to-destination 10.0.0.1:1\n-A A {in_a}\n\
             -A A -j DNAT --to-destination 10.0.0.1:2\n-A B -d 10.99.0.0/16 -j DROP\nCOMMIT\n"
        )
    };
    expect(&text("-j RETURN", "-j A"), &["1 to 10.0.0.1:1"]);
    expect(&text("-j B", "-j A"), &["1 to 10.0.0.1:2"]);
    expect(&text("-j ACCEPT", "-j A"), &[UNHANDLED]);
    expect(&text("-m comment --comment end", "-j A"), &["1 to 10.0.0.1:2"]);
    // A chain that is gone to returns to where its caller would have returned.
    expect(&text("-g B", "-j A"), &["1 to 10.0.0.1:1"]);
    expect(&text("-j B", "-g A"), &["1 to 10.0.0.1:2"]);
    expect(&text("-j RETURN", "-g A"), &[UNHANDLED]);
}

#[test]
fn policies_are_for_what_nobody_stopped() {
    let forward = |policy: &str, rule: &str| {
        format!("*filter\n:FORWARD {policy} [0:0]\n:A - [0:0]\n-A FORWARD -j A\n-A A {rule}\nCOMMIT\n")
    };
    expect(&forward("DROP", "-j ACCEPT"), &[UNHANDLED]);
    expect(&forward("DROP", "-j RETURN"), &["1 dropped"]);
    expect(&forward("ACCEPT", "-j RETURN"), &[UNHANDLED]);
    expect(&forward("ACCEPT", "-j REJECT --reject-with tcp-reset"), &["1 rejected"]);
    expect(&forward("ACCEPT", "-j DROP"), &["1 dropped"]);
    let verdict = ask(&forward("DROP", "-d 10.0.0.0/16"), &outside("10.96.0.1", 80));
    let steps: Vec<_> = verdict.outcomes()[0]
        .steps
        .iter()
        .map(|step| format!("{} {:?} {}", step.within, step.number, step.rule))
        .collect();
    assert_eq!(steps, ["filter FORWARD None -P FORWARD DROP"]);
}

/// Of n rules that set bits at random there are two to the power of n packets; bits that no rule looks at make no
/// difference.
#[test]
fn chance_counts_only_for_marks_that_are_looked_at() {
    let set = |bit: u32| {
        let bit = 1_u32 << bit;
        format!(
            "-A PREROUTING -m statistic --mode random --probability 0.5 -j MARK --set-xmark {bit:#x}/{bit:#x}\n"
        )
    };
    let looks = "-A PREROUTING -m mark --mark 0x3/0x3 -j DROP\n";
    for (rules, outcomes) in [
        ((0..32).map(set).collect::<String>(), vec!["unhandled"]),
        ((0..32).map(set).collect::<String>() + looks, vec!["1/4 dropped", "3/4 unhandled"]),
    ] {
        let text = format!("*nat\n:PREROUTING ACCEPT [0:0]\n{rules}COMMIT\n");
        let verdict = ask(&text, &outside("10.96.0.10", 80));
        let found = short(&verdict);
        assert_eq!(found.len(), outcomes.len(), "{found:?}");
        for outcome in outcomes {
            let words: Vec<&str> = outcome.split(' ').collect();
            let fits = |of: &&String| words.iter().all(|word| of.contains(word));
            assert!(found.iter().any(|of| fits(&of)), "{outcome}: {found:?}");
        }
    }
}
