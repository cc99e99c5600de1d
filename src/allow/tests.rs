//! What is accepted, and by which entry.

use super::*;
use crate::catalog;
use crate::diagnostics::Diagnostic;
use crate::source::Sources;

const TARGETS: [&str; 3] = ["iptables", "hns", "netsh"];

fn read(entries: &str) -> Result<AllowList, Vec<(String, String)>> {
    let text = format!("apiVersion: hnsplan/v1alpha1\nkind: AllowList\nallow:\n{entries}");
    let mut sources = Sources::default();
    let id = sources.add("allow.yaml", text.as_str()).expect("it is small");
    let told = |found: Diagnostic| {
        let spot = found.place.as_ref().map(|place| sources.spot(place).to_string());
        (spot.expect("each has a place"), found.message)
    };
    AllowList::read(id, &text, catalog::all(), &TARGETS)
        .map_err(|found| found.into_iter().map(told).collect())
}

#[test]
fn an_entry_accepts_what_it_names_and_nothing_else() {
    let list = read(
        "- {code: D0811, service: shop/*, reason: a}\n\
         - {code: d0802, port: https, reason: b}\n\
         - {code: D0818, targets: [hns, iptables], reason: c}\n\
         - {code: D0818, reason: d}\n",
    );
    let list = list.expect("it is right");
    let accepts = |code: &str, service: Option<(&str, &str)>, port: Option<&str>, targets: &[&str]| {
        list.accepts(&Subject { code, service, port, targets })
    };
    let web = Some(("shop", "web"));
    assert_eq!(accepts("D0811", web, None, &[]), Some(0));
    assert_eq!(accepts("D0811", Some(("other", "web")), None, &[]), None);
    assert_eq!(accepts("D0811", None, None, &[]), None);
    assert_eq!(accepts("D0802", web, Some("https"), &["iptables", "hns"]), Some(1));
    assert_eq!(accepts("D0802", web, Some("http"), &[]), None);
    assert_eq!(accepts("D0802", web, None, &[]), None);
    assert_eq!(accepts("D0818", web, None, &["iptables", "hns"]), Some(2));
    assert_eq!(accepts("D0818", web, None, &["iptables", "netsh"]), Some(3));
    assert_eq!(accepts("D0818", None, None, &["iptables"]), Some(3));
    assert_eq!(accepts("D0817", web, None, &[]), None);
}

#[test]
fn mistakes_are_told_with_their_places() {
    let found = read(
        "- {code: D9999, reason: a}\n\
         - {code: D0811}\n\
         - {code: D0811, service: web, reason: a}\n\
         - {code: D0811, targets: [ipvs], reason: a}\n",
    );
    let found = found.expect_err("all are wrong");
    let messages: Vec<_> = found.iter().map(|(spot, message)| format!("{spot} {message}")).collect();
    assert_eq!(
        messages,
        [
            "allow.yaml:4:10 `D9999` is no code",
            "allow.yaml:5:3 there is no reason",
            "allow.yaml:6:26 `web` names no Services",
            "allow.yaml:7:17 `ipvs` is no target",
        ]
    );
}

#[test]
fn what_does_not_parse_is_told_where_it_stands() {
    let spot = |entries: &str| read(entries).expect_err("it is wrong").swap_remove(0);
    assert_eq!(spot("- {code: D0811, until: 2027-01-01, reason: a}\n").0, "allow.yaml:4:24");
    let (place, message) = spot("- code: [D0811]\n  reason: a\n");
    assert_eq!(place, "allow.yaml:4:3");
    assert!(message.starts_with("expected text, found a list"), "{message}");
    assert_eq!(spot("- {code: \"\u{1b}[31m\n").0.split(':').next(), Some("allow.yaml"));
}

#[test]
fn another_document_is_refused() {
    let mut sources = Sources::default();
    let id = sources.add("x", "kind: Service\n").expect("it is small");
    let found =
        AllowList::read(id, "kind: Service\n", catalog::all(), &TARGETS).expect_err("it is another kind");
    assert_eq!(found[0].message, "it is no allow-list");
}
