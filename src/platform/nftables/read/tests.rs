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

#[test]
fn a_listing_without_elements_is_terse() {
    let text = "table ip kube-proxy {\n\tmap service-ips {\n\t\ttype ipv4_addr . inet_proto . inet_service : verdict\n\t}\n\tchain service-X/y {\n\t\tdrop\n\t}\n}\n";
    assert!(read(text).gaps.get(Family::Ipv4).is_terse);
}
