//! Promise: every command that takes a side takes every side, by the same words, and a name that is not there is
//! refused with those that are.

use crate::support::exe::{Outcome, hnsplan};

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";

fn shop(command: &str) -> Outcome {
    hnsplan(&format!("{command} {SHOP}")).run()
}

/// A file with what netsh shows on a node that has everything.
fn netsh_dump() -> tempfile::NamedTempFile {
    let dump = tempfile::NamedTempFile::new().expect("a file can be made");
    let text = shop("compile -t netsh --style dump").stdout;
    std::fs::write(dump.path(), text).expect("it can be written");
    dump
}

#[test]
fn a_dump_of_netsh_can_be_traced_checked_and_drawn() {
    let file = netsh_dump();
    let dump = file.path().display();
    let wanted = shop("trace --to shop/catalog --from external -t netsh");
    let held = shop(&format!("trace --to shop/catalog --from external -t netsh-dump --dump {dump}"));
    let last = |outcome: &Outcome| {
        let line = outcome.stdout.lines().last().expect("an answer").to_owned();
        line.split_once(' ').expect("a side and its answer").1.trim().to_owned()
    };
    assert_eq!(last(&wanted), last(&held));
    let checked = shop(&format!("check -t netsh,netsh-dump --dump netsh={dump}"));
    let compared = "netsh and netsh-dump: 10 service ports compared";
    assert!(checked.stdout.contains(compared), "{}{}", checked.stdout, checked.stderr);
    assert!(!checked.stdout.contains("D08"), "{}", checked.stdout);
    let drawn = shop(&format!("graph -t netsh-dump --dump {dump}"));
    assert!(drawn.succeeded().contains("shop/catalog"), "{}", drawn.stdout);
}

#[test]
fn a_side_that_a_node_holds_needs_a_dump() {
    for side in ["iptables-save", "hns-state", "netsh-dump"] {
        for command in ["trace --to 10.96.0.10:53 -t", "graph -t"] {
            assert!(shop(&format!("{command} {side}")).failed(2).contains("--dump"), "{command} {side}");
        }
        assert!(shop(&format!("check -t netsh,{side}")).failed(2).contains("--dump"), "{side}");
    }
}

#[test]
fn what_is_not_there_is_refused_with_the_nearest_names() {
    for (command, message) in [
        ("compile -t hns -S shop/fornt", "did you mean shop/front?"),
        ("check -S shop/fornt", "did you mean shop/front?"),
        ("graph -t hns -S shop/fornt", "did you mean shop/front?"),
        ("diff hns iptables -S shop/fornt", "did you mean shop/front?"),
        ("check -n shpo", "no Service matches shpo/*"),
        ("graph -t hsn", "did you mean hns"),
        ("diff hsn iptables", "did you mean hns?"),
    ] {
        let outcome = shop(command);
        assert!(outcome.failed(2).contains(message), "{command}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{command}");
    }
}

#[test]
fn a_node_that_no_manifest_has_is_refused() {
    let files = "-f fixtures/shop/cluster.yaml --node win-2";
    for command in
        ["compile -t hns", "check", "graph -t hns", "trace --to shop/front:https", "diff hns iptables"]
    {
        let outcome = hnsplan(&format!("{command} {files}")).run();
        let message = outcome.failed(2);
        assert!(
            message.contains("did you mean win-1?") && message.contains("linux-1"),
            "{command}: {message}"
        );
    }
}

#[test]
fn a_selector_leaves_only_what_it_selects() {
    let all = shop("compile -t iptables --family ipv4");
    let one = shop("compile -t iptables --family ipv4 -S shop/catalog");
    assert!(one.succeeded().contains("shop/catalog") && !one.stdout.contains("shop/front"), "{}", one.stdout);
    assert!(all.succeeded().lines().count() > one.stdout.lines().count());
    assert_eq!(shop("compile -t hns -n shop").stdout, shop("compile -t hns -S shop/*").stdout);
    assert_eq!(shop("compile -t hns -A").stdout, shop("compile -t hns").stdout);
    let checked = shop("check -S shop/front");
    assert!(!checked.stdout.contains("kube-system/kube-dns"), "{}", checked.stdout);
}

#[test]
fn what_a_command_prints_can_be_pasted() {
    let checked = shop("check");
    let mut lines = checked.stdout.lines().skip_while(|line| !line.contains("hnsplan trace -t"));
    let [first, second] = [lines.next(), lines.next()].map(|line| line.expect("a command").trim());
    let command = format!("{} {second}", first.trim_end_matches('\\'));
    let outcome = hnsplan(command.strip_prefix("hnsplan ").expect("the program")).run();
    assert_ne!(outcome.code, 2, "{command}: {}", outcome.stderr);
    assert!(outcome.stdout.contains("iptables"), "{}", outcome.stdout);
}

#[test]
fn results_of_a_suite_are_printed_as_junit() {
    let outcome = hnsplan("test fixtures/suite -o junit").env("CI", "true").run();
    let xml = outcome.succeeded();
    assert!(xml.contains("tests=\"4\" failures=\"0\""), "{xml}");
}

/// What fails in JUnit is what makes the command fail, whatever is named; all other findings are cases that pass.
#[test]
fn findings_are_printed_as_junit() {
    let count = |xml: &str, word: &str| xml.matches(word).count();
    let all = shop("check -o junit --fail-on note");
    assert_eq!(all.code, 1);
    let cases = count(&all.stdout, "<testcase ") - count(&all.stdout, "<skipped ");
    assert_eq!(count(&all.stdout, "<failure "), cases - 1, "all but what was compared");
    let document = shop("check -o sarif");
    let document: serde_json::Value = serde_json::from_str(&document.stdout).expect("JSON");
    let results = document["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), cases - 1);
    for level in ["error", "warning", "note"] {
        let outcome = shop(&format!("check -o junit --fail-on {level}"));
        let skipped = count(&outcome.stdout, "<skipped ");
        assert_eq!(count(&outcome.stdout, "<testcase ") - skipped, cases, "{level}");
        let failures = count(&outcome.stdout, "<failure ");
        assert_eq!(failures > 0, outcome.code == 1, "{level}");
        let declared: usize = outcome
            .stdout
            .split("failures=\"")
            .skip(1)
            .map(|rest| rest[..rest.find('"').unwrap_or(0)].parse::<usize>().expect("a number"))
            .sum();
        assert_eq!(declared, failures, "{level}");
    }
    // A loss is the cause of a difference.
    let of_cause = shop("check -o junit --fail-on H0615");
    assert_eq!((of_cause.code, count(&of_cause.stdout, "<failure ")), (1, 1));
    let accepted = shop("check -o junit --fail-on note --allow fixtures/shop/allow.yaml");
    assert!(count(&accepted.stdout, "<testcase ") < cases);
    let rules = document["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    for rule in rules {
        let [help, explanation] = [&rule["help"]["text"], &rule["fullDescription"]["text"]];
        let (help, explanation) = (help.as_str().expect("text"), explanation.as_str().expect("text"));
        assert!(help.starts_with(explanation) && help.contains("hnsplan explain"), "{help}");
    }
}
