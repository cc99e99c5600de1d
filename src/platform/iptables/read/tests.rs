use super::*;
use crate::platform::iptables::model::{Command, Match, Target};
use crate::platform::iptables::{write, write_command};

/// A table with one command after it was read and written again.
fn rewritten(command: &str) -> String {
    let (ruleset, problems) = read(&format!("*nat\n{command}\nCOMMIT\n"), Family::Ipv4);
    assert_eq!(problems, [], "{command}");
    let mut out = String::new();
    write_command(&mut out, &ruleset.tables[0].commands[0]);
    out
}

fn problem(line: &str) -> String {
    let (ruleset, problems) = read(&format!("*nat\n{line}\nCOMMIT\n"), Family::Ipv4);
    assert_eq!(ruleset.tables[0].commands, [], "{line}");
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_kube_proxy_writes_is_written_again() {
    for rule in [
        "-A KUBE-POSTROUTING -m mark ! --mark 0x00004000/0x00004000 -j RETURN",
        "-A KUBE-POSTROUTING -j MARK --xor-mark 0x00004000",
        "-A KUBE-POSTROUTING -m comment --comment \"a b\" -j MASQUERADE --random-fully",
        "-A KUBE-MARK-MASQ -j MARK --or-mark 0x00004000",
        "-A X -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP",
        "-A X -m comment --comment a/b:c -m tcp -p tcp -d 127.0.0.0/8 --dport 30080 -m nfacct --nfacct-name n -j Y",
        "-A X -m addrtype --dst-type LOCAL -m udp -p udp --dport 53 -j REJECT",
        "-A X -m addrtype --dst-type LOCAL ! -d ::1/128 -j KUBE-NODEPORTS",
        "-A X -m statistic --mode random --probability 0.3333333333 -j Y",
        "-A X -m recent --name KUBE-SEP-A --rcheck --seconds 10800 --reap -j KUBE-SEP-A",
        "-A X -m recent --name KUBE-SEP-A --set -m sctp -p sctp -j DNAT --to-destination [fd00::1]:80",
        "-A X -m tcp -p tcp -j DNAT --to-destination 010.0.0.1:80",
        "-A X -s 203.0.113.7/32 ! -i br0 -j Y",
        "-A X -i veth+ -g Y",
        "-A X -m comment --comment \"end mark\"",
        "-X KUBE-SVC-A",
        "-I INPUT -j KUBE-FIREWALL",
    ] {
        assert_eq!(rewritten(rule), rule);
    }
}

#[test]
fn spellings_of_iptables_save_are_those_of_kube_proxy() {
    for (saved, written) in [
        ("-j MARK --set-xmark 0x4000/0x4000", "-j MARK --or-mark 0x00004000"),
        ("-j MARK --set-xmark 0x4000/0x0", "-j MARK --xor-mark 0x00004000"),
        ("-j MARK --set-mark 5", "-j MARK --set-xmark 0x00000005/0xffffffff"),
        ("-j MARK --and-mark 5", "-j MARK --set-xmark 0x00000000/0xfffffffa"),
        ("-m mark --mark 0x4000/0x4000", "-m mark --mark 0x00004000/0x00004000"),
        ("-j REJECT --reject-with icmp-port-unreachable", "-j REJECT"),
        ("-j REJECT --reject-with tcp-reset", "-j REJECT --reject-with tcp-reset"),
        (
            "-m recent --rcheck --seconds 600 --reap --name Y --mask 255.255.255.255 --rsource",
            "-m recent --name Y --rcheck --seconds 600 --reap",
        ),
        ("-m recent --set --name Y --mask 255.255.255.255 --rsource", "-m recent --name Y --set"),
        ("-m recent --set", "-m recent --name DEFAULT --set"),
        (
            "-m statistic --mode random --probability 0.33333333349",
            "-m statistic --mode random --probability 0.3333333333",
        ),
        (
            "-p tcp -m comment --comment \"a/b\" -m tcp --dport 80 -j Y",
            "-m tcp -p tcp -m comment --comment a/b --dport 80 -j Y",
        ),
        (
            "-p udp -m udp -j DNAT --to-destination 10.0.0.1:53",
            "-m udp -p udp -j DNAT --to-destination 10.0.0.1:53",
        ),
        ("-m state --state NEW,ESTABLISHED", "-m conntrack --ctstate NEW,ESTABLISHED"),
        ("--source 10.0.0.0/255.0.0.0 --in-interface eth0 --jump ACCEPT", "-s 10.0.0.0/8 -i eth0 -j ACCEPT"),
        (
            "! --destination 10.0.0.1 --protocol 6 --match tcp --destination-port 80",
            "! -d 10.0.0.1 -m tcp -p tcp --dport 80",
        ),
        ("-c 5 6 ! -p tcp -j ACCEPT", "! -p tcp -j ACCEPT"),
    ] {
        assert_eq!(rewritten(&format!("-A X {saved}")), format!("-A X {written}"));
        assert_eq!(rewritten(&format!("[12:345] --append X {saved}")), format!("-A X {written}"));
    }
}

#[test]
fn what_is_unknown_is_kept() {
    for rule in [
        "-A X -m set ! --match-set x src -j ACCEPT",
        "-A X -p icmp -m icmp --icmp-type 8 -j ACCEPT",
        "-A X -m tcp -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu",
        "-A X -o eth0 -j SNAT --to-source 10.0.0.1",
        "-A X -m tcp -p tcp --dport 80:90 -j LOG --log-prefix \"-j ACCEPT \" --log-level 4",
        "-A X -j LOG --log-prefix \"\" --foo \"!\" \"a\\\"b\\\\c d\"",
        "-A X -m connmark --mark 0x1/0x1 -j ACCEPT",
        "-A X -m recent --update --seconds 60 --hitcount 4 --name DEFAULT -j DROP",
        "-A X -m addrtype --dst-type LOCAL --limit-iface-in -j DROP",
        "-A X -m statistic --mode nth --every 3 --packet 0 -j Y",
        "-A X -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90",
        "-A X -j MASQUERADE --to-ports 1024-31000",
        "-A X -m tcp -j ACCEPT",
        "-A X -s 10.0.0.1,10.0.0.2 -j ACCEPT",
        "-A X -i + -j NOTRACK",
        "-A X -f -m comment --comment \"\" -j ACCEPT",
    ] {
        assert_eq!(rewritten(rule), rule);
    }
}

#[test]
fn options_before_any_module_are_of_the_protocol() {
    let written = "-A X -m tcp -p tcp -m tcp --syn --sport 53 --dport 80 -j ACCEPT";
    assert_eq!(rewritten("-A X -p tcp --syn --dport 80 --sport 53 -j ACCEPT"), written);
    assert_eq!(rewritten(written), written);
    assert_eq!(rewritten("-A X --dport 80 --x y -j ACCEPT"), "-A X --dport 80 --x y -j ACCEPT");
}

#[test]
fn a_rule_with_something_unknown_says_so() {
    let (ruleset, _) =
        read("*nat\n-A X -m set --match-set x src -m comment --comment ü -j LOG\nCOMMIT\n", Family::Ipv4);
    let [Command::Append(rule)] = &ruleset.tables[0].commands[..] else { panic!("one rule") };
    let [Match::Unknown(set), Match::Unknown(comment)] = &rule.matches[..] else {
        panic!("two unknown matches")
    };
    assert_eq!(set.options()[1].values().collect::<Vec<_>>(), ["x", "src"]);
    assert!(!set.always_matches());
    assert!(comment.always_matches());
    assert!(matches!(rule.target, Some(Target::Unknown(_))));
}

#[test]
fn a_saved_text_has_comments_policies_and_counters() {
    let text = "# Generated by iptables-save\r\n\r\n*filter\r\n:INPUT DROP [12:345]\r\n  :X - [0:0]\r\n\
                [1:2] -A INPUT -j X\r\nCOMMIT\r\n# Completed";
    let (ruleset, problems) = read(text, Family::Ipv4);
    assert_eq!(problems, []);
    assert_eq!(write(&ruleset), "*filter\n:INPUT DROP [0:0]\n:X - [0:0]\n-A INPUT -j X\nCOMMIT\n");
}

#[test]
fn defaults_are_those_of_the_family() {
    let text = "*filter\n-A X -m recent --set --name Y --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource \
                -j REJECT --reject-with icmp6-port-unreachable\nCOMMIT\n";
    let (six, _) = read(text, Family::Ipv6);
    assert_eq!(write(&six), "*filter\n-A X -m recent --name Y --set -j REJECT\nCOMMIT\n");
    let (four, _) = read(text, Family::Ipv4);
    assert_eq!(write(&four), text.replace(" --name Y", "").replace("--set", "--set --name Y"));
}

#[test]
fn problems_name_the_place_and_what_was_expected() {
    for (line, expected) in [
        ("-A X -s", "line 2, column 6: `-s` without value"),
        ("-A X -s 10.0.0.1 y", "line 2, column 18: `y`; expected the next option"),
        ("-A X --comment", "line 2, column 6: `--comment`; expected a text after it"),
        ("-A X y", "line 2, column 6: `y`; expected an option, which begins with `-`"),
        ("-F X", "line 2, column 1: `-F`; expected one of the commands -A, -I and -X"),
        ("-A", "line 2, column 1: `-A`; expected the name of a chain, 1 to 28 printable characters"),
        ("-I X 3 -j Y", "line 2, column 6: `3`; expected no position, or the position 1"),
        ("-A X -j A -j B", "line 2, column 11: a second target; a rule has one"),
        ("-A X ! -j A", "line 2, column 6: `-j` cannot be negated"),
        ("-A X -m mark --mark z", "line 2, column 21: `z`; expected a mark, value or value/mask"),
        ("-A X -p tcp --dport 65536", "line 2, column 21: `65536`; expected a port, 0 to 65535"),
        (":X PASS", "line 2, column 4: `PASS`; expected the policy `-`, `ACCEPT` or `DROP`"),
        (":X", "line 2, column 1: expected `:CHAIN POLICY [packets:bytes]`"),
        ("-A X \"y", "line 2, column 6: the quote is not closed; expected `\"` before the end of the line"),
        ("-A X \u{1b}[2J", "line 2, column 6: a control character; expected printable text"),
        ("-A X \u{202e}y", "line 2, column 6: `\\u{202e}y`; expected an option, which begins with `-`"),
    ] {
        assert_eq!(problem(line), expected);
    }
}

#[test]
fn tables_begin_and_end() {
    let problems = |text| {
        let (_, problems) = read(text, Family::Ipv4);
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(problems("-A X -j Y\n"), "line 1, column 1: a line outside of a table; expected `*table`");
    assert_eq!(problems("COMMIT\n"), "line 1, column 1: `COMMIT` outside of a table; expected `*table`");
    assert_eq!(problems("*nat\n"), "line 1, column 1: the text ends inside a table; expected `COMMIT`");
    assert_eq!(
        problems("*nat\n*filter\nCOMMIT\n"),
        "line 2, column 1: a table inside a table; expected `COMMIT` before it"
    );
    assert_eq!(
        problems("*broute\n-A X\n:X\nCOMMIT\n*nat\nCOMMIT\n"),
        "line 1, column 1: `*broute`; expected filter, mangle, nat, raw or security; the table is left out"
    );
}

#[test]
fn the_list_of_problems_ends() {
    let (_, problems) = read(&"x\n".repeat(5000), Family::Ipv4);
    assert_eq!(problems.len(), 1001);
    assert_eq!(problems[1000].line, 1001);
}
