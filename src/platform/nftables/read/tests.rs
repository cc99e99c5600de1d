use super::*;
use crate::net::Family;
use crate::platform::nftables::model::{Comment, Statement, Verdict};

fn only(text: &str) -> Table {
    let reading = read(text);
    assert!(reading.problems.is_empty() && reading.broken.is_none(), "{:?}", reading.problems);
    reading.tables.ipv4.expect("there is a table")
}

#[test]
fn what_is_not_known_is_kept_up_to_the_verdict() {
    let table = only(
        "table ip kube-proxy {\n\tchain services {\n\t\tip saddr 10.0.0.1 limit rate 5/second burst 5 packets drop comment \"mine\"\n\t}\n}\n",
    );
    let rule = &table.chains[0].rules[0];
    let [Statement::Addresses { .. }, Statement::Foreign(foreign), Statement::Verdict(Verdict::Drop)] =
        &rule.statements[..]
    else {
        panic!("{rule:?}")
    };
    assert_eq!(foreign.as_str(), "limit rate 5/second burst 5 packets");
    assert_eq!(rule.comment.as_ref().map(Comment::as_str), Some("mine"));
}

#[test]
fn a_text_that_replaces_the_table_is_read_as_what_it_leaves() {
    let text = "add table ip kube-proxy\nadd chain ip kube-proxy old\ndelete table ip kube-proxy\n\
                add table ip kube-proxy { comment \"x\" ; }\nadd chain ip kube-proxy new\n";
    let names: Vec<String> = only(text).chains.iter().map(|chain| chain.name.to_string()).collect();
    assert_eq!(names, ["new"]);
}

#[test]
fn other_tables_are_noted_and_not_read() {
    let reading = read(
        "table ip kube-proxy {\n}\ntable inet filter {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t\tct state established accept\n\t}\n}\n",
    );
    assert!(reading.is_ruleset);
    let [other] = &reading.others[..] else { panic!("{:?}", reading.others) };
    assert_eq!((&*other.name, other.drops, other.has_rules), ("inet filter forward", true, true));
}

/// Wherever a listing is cut, that is told.
#[test]
fn a_listing_that_is_cut_is_broken() {
    let text = "table ip kube-proxy {\n\tchain services {\n\t\tjump x\n\t}\n}\n";
    for at in 1..text.len() {
        let is_whole = text[..at].matches('{').count() == text[..at].matches('}').count();
        assert_eq!(read(&text[..at]).broken.is_none(), is_whole, "{}", &text[..at]);
    }
}

/// Half a command is another command.
#[test]
fn a_script_that_is_cut_inside_a_line_is_not_whole() {
    let text =
        "add table ip kube-proxy\nadd chain ip kube-proxy services\nadd rule ip kube-proxy services jump x\n";
    for at in "add table ip kube-proxy\n".len() + 1..text.len() {
        let reading = read(&text[..at]);
        let is_whole = text[..at].ends_with('\n');
        assert_eq!(reading.gaps.get(Family::Ipv4).lost_lines == 0, is_whole, "{}", &text[..at]);
    }
}

#[test]
fn a_table_that_is_listed_twice_is_told() {
    let text = "table ip kube-proxy {\n\tchain services {\n\t\tjump x\n\t}\n}\n";
    assert_eq!(read(text).broken, None);
    assert!(read(&text.repeat(2)).broken.is_some_and(|reason| reason.contains("once more")));
    // A script may add to a table that is there.
    assert_eq!(read(&format!("add table ip kube-proxy\n{text}")).broken, None);
}

#[test]
fn a_dormant_table_is_told_in_text_and_json() {
    for (flags, is_dormant) in [("dormant", true), ("owner", false), ("owner,dormant", true)] {
        let json = flags.split(',').map(|flag| format!("\"{flag}\"")).collect::<Vec<_>>().join(",");
        for text in [
            format!("table ip kube-proxy {{\n\tflags {flags}\n}}\n"),
            format!(
                "{{\"nftables\": [{{\"table\": {{\"family\": \"ip\", \"name\": \"kube-proxy\", \"flags\": [{json}]}}}}]}}"
            ),
        ] {
            let gaps = *read(&text).gaps.get(Family::Ipv4);
            assert_eq!((gaps.has_flags, gaps.is_dormant), (true, is_dormant), "{text}");
        }
    }
}

/// The iptables program of today keeps its chains in tables of nftables.
#[test]
fn a_node_in_iptables_mode_is_told_in_text_and_json() {
    let chain = "KUBE-SERVICES";
    for text in [
        format!("table ip nat {{\n\tchain {chain} {{\n\t\tcounter\n\t}}\n}}\n"),
        format!(
            "{{\"nftables\": [{{\"chain\": {{\"family\": \"ip\", \"table\": \"nat\", \"name\": \"{chain}\"}}}}]}}"
        ),
    ] {
        assert!(read(&text).runs_iptables, "{text}");
        assert!(!read(&text.replace(chain, "DOCKER")).runs_iptables, "{text}");
    }
}

#[test]
fn a_listing_without_elements_is_terse() {
    let text = "table ip kube-proxy {\n\tmap service-ips {\n\t\ttype ipv4_addr . inet_proto . inet_service : verdict\n\t}\n\tchain service-X/y {\n\t\tdrop\n\t}\n}\n";
    assert!(read(text).gaps.get(Family::Ipv4).is_terse);
}

mod written_again {
    //! Whatever is read is written so that it is read as the same: there are as many spellings as people and versions
    //! of nft, and a table that changes by being written would be a difference that nobody made.

    use proptest::prelude::*;

    use super::*;
    use crate::platform::nftables::options::Format;
    use crate::platform::nftables::write;

    /// What rules, elements and types are made of, and what only looks like it.
    const WORDS: &[&str] = &[
        "ip",
        "saddr",
        "daddr",
        "meta",
        "l4proto",
        "th",
        "dport",
        "tcp",
        "udp",
        "mark",
        "and",
        "or",
        "set",
        "0x4000",
        "0",
        "80",
        "ct",
        "state",
        "new",
        "status",
        "dnat",
        "fib",
        "type",
        "local",
        "iifname",
        "iif",
        "!=",
        "==",
        "\"!=\"",
        "\"eth*\"",
        "\"\"",
        "numgen",
        "random",
        "mod",
        "2",
        "offset",
        "map",
        "vmap",
        "@s",
        "update",
        "to",
        "10.0.0.1",
        "10.0.0.1:80",
        "10.0.0.1-10.0.0.9",
        "10.0.0.9-10.0.0.1",
        "10.0.0.1-fe80::1",
        "10.0.0.0/8",
        "010.0.0.1",
        "<nil>",
        "masquerade",
        "fully-random",
        "reject",
        "with",
        "icmp",
        "port-unreachable",
        "counter",
        "packets",
        "bytes",
        "name",
        "comment",
        "\"a\"",
        "\"#;\"",
        "jump",
        "goto",
        "c",
        "accept",
        "drop",
        ".",
        ":",
        ",",
        "{ 0 : 10.0.0.1 . 80 }",
        "{ ip saddr }",
        "{ 10.0.0.1 , 10.0.0.2 }",
        "{ }",
        "{ a ; b }",
        "a'b",
        "\u{7f}",
        "\"a\u{202e}\"",
        "ipv4_addr",
        "inet_proto",
        "inet_service",
        "verdict",
        "TCP",
        "080",
        "timeout",
        "5s",
        "expires",
        "elements",
    ];

    fn words(most: usize) -> impl Strategy<Value = String> {
        proptest::collection::vec(proptest::sample::select(WORDS), 1..most).prop_map(|words| words.join(" "))
    }

    fn check(text: &str) -> Result<(), TestCaseError> {
        let Some(table) = read(text).tables.ipv4 else { return Ok(()) };
        let written = write(&table, Format::Knftables).to_string();
        let again = read(&written);
        prop_assert!(
            again.problems.is_empty() && again.broken.is_none(),
            "{:?}\n{}",
            again.problems,
            written
        );
        prop_assert_eq!(again.tables.ipv4.as_ref(), Some(&table), "{}\n{}", text, written);
        let normal = table.normalise();
        prop_assert_eq!(normal.normalise(), normal);
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn rules(rules in proptest::collection::vec(words(16), 1..3)) {
            let rules = rules.join(" ; ");
            check(&format!("table ip kube-proxy {{ chain c {{ {rules} }} }}"))?;
            check(&format!("add rule ip kube-proxy c {rules}"))?;
        }

        #[test]
        fn elements(shape in words(6), elements in proptest::collection::vec(words(8), 0..4)) {
            let elements = elements.join(" , ");
            let known = "ipv4_addr . inet_proto . inet_service : verdict";
            for shape in [known, "inet_proto . inet_service", "ipv4_addr", &shape] {
                check(&format!("table ip kube-proxy {{ map m {{ type {shape}\nelements = {{ {elements} }}\n}} }}"))?;
                check(&format!("table ip kube-proxy {{ set m {{ {shape}\nelements = {{ {elements} }}\n}} }}"))?;
            }
        }
    }
}
