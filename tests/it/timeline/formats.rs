//! Promise: every format of a replay tells the same, and two versions are compared without loss.

use serde_json::Value;

use crate::support::exe::{Outcome, hnsplan};

fn run(flags: &str) -> Outcome {
    hnsplan("replay fixtures/rollout").args(flags).run()
}

fn json(flags: &str) -> Value {
    serde_json::from_str(&run(&format!("{flags} -o json")).stdout).expect("the answer is JSON")
}

fn noticed(document: &Value) -> Vec<(String, u64, u64)> {
    let of = |of: &Value| {
        let from = &of["from"];
        let number = |member: &str| from[member].as_u64().expect("a number");
        (of["frontend"].as_str().expect("a text").to_owned(), number("step"), number("call"))
    };
    document.as_array().expect("a list").iter().map(of).collect()
}

#[test]
fn every_format_has_all_that_is_noticed() {
    for version in ["1.30", "1.36"] {
        let flags = format!("--kube-proxy-version {version}");
        let all = noticed(&json(&flags)["disturbances"]);
        assert!(!all.is_empty());
        let [text, html, md] = ["text", "html", "md"].map(|format| run(&format!("{flags} -v -o {format}")));
        for (frontend, step, call) in all {
            let places =
                [format!("between calls {call} and "), format!("from call {call} of step {step} to")];
            let has = |text: &str, lines: &str| {
                text.lines().filter(|line| line.contains(lines) && line.contains(&frontend)).any(|line| {
                    places.iter().any(|place| line.contains(place)) && line.contains(&format!("step {step}"))
                })
            };
            assert!(has(&text.stdout, "no load balancer"), "{frontend} {step}: {}", text.stdout);
            assert!(has(&html.stdout, "<li>shop/web:http"), "{frontend} {step}: {}", html.stdout);
            assert!(has(&md.stdout, "| `shop/web:http` |"), "{frontend} {step}: {}", md.stdout);
        }
        assert_eq!([text.code, html.code, md.code], [1; 3]);
    }
}

#[test]
fn two_versions_are_compared_in_both_directions() {
    let there = json("--kube-proxy-version 1.36 --against 1.30");
    let back = json("--kube-proxy-version 1.30 --against 1.36");
    for (one, other) in [(0, 1), (1, 0)] {
        assert_eq!(noticed(&there["only"][one]), noticed(&back["only"][other]));
    }
    assert_eq!(there["same"], back["same"]);
    // 1.30 takes the Service away when a pod comes that is not ready, 1.36 does when it becomes ready.
    let steps = |side: usize| -> Vec<u64> { noticed(&there["only"][side]).iter().map(|of| of.1).collect() };
    assert_eq!((steps(0), steps(1)), (vec![3, 3], vec![2, 2]));
    let same = run("--kube-proxy-version 1.36 --against 1.36");
    assert!(same.succeeded().contains("Only with 1.36: nothing"), "{}", same.stdout);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    for (flags, said) in [
        ("--against 1.30 -o html", "with --against, expected one of text, json, md"),
        ("--against 1.2", "--against 1.2: "),
    ] {
        let outcome = run(flags);
        assert!(outcome.failed(2).contains(said), "{}", outcome.stderr);
    }
}
