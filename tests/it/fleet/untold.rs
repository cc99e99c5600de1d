//! Promise: a fleet of which nothing could be compared is no answer, whatever its dumps are instead, in every form and whatever
//! is accepted; one node that is as it should be is one.

use std::fs;

use super::Synthetic;
use crate::support::exe::hnsplan;

const INPUT: &str = "-f cluster.yaml --config kube-proxy.yaml --dumps dumps";

/// What is in the place of a dump: nothing of it, half of it, something else.
fn damages(whole: &str) -> [(&'static str, Option<String>); 5] {
    let half = whole.len() / 2;
    [
        ("no dump", None),
        ("an empty file", Some(String::new())),
        ("half a dump", Some(whole[..half].to_owned())),
        ("a page of a login", Some("<html><body>Sign in</body></html>\n".to_owned())),
        ("the manifests", Some("apiVersion: v1\nkind: Service\nmetadata: {name: web}\n".to_owned())),
    ]
}

#[test]
fn a_fleet_of_which_nothing_is_known_is_never_an_answer() {
    let fleet = Synthetic::new(4, 3);
    let commands = [
        "diff",
        "diff --fail-on never",
        "diff --fail-on D0802",
        "diff -o json",
        "diff -o prom",
        "diff -o junit",
        "diff -o sarif",
        "diff -o html --out page.html",
        "check --nodes os=windows -t hns,hns-state",
        "check --nodes os=windows -t hns,hns-state --fail-on never",
        "check --nodes os=windows -t hns,hns-state -o json",
        "plan --nodes all",
        "plan --nodes all -o json",
    ];
    let run = |command: &str| hnsplan(&format!("{command} {INPUT}")).inside(fleet.folder()).run();
    let wholes: Vec<String> =
        fleet.names.iter().map(|name| fs::read_to_string(fleet.dump(name)).expect("a dump")).collect();
    for number in 0..damages("").len() {
        for (name, whole) in fleet.names.iter().zip(&wholes) {
            match &damages(whole)[number].1 {
                None => fs::remove_file(fleet.dump(name)).expect("a dump"),
                Some(text) => fs::write(fleet.dump(name), text).expect("a file"),
            }
        }
        let what = damages("")[number].0;
        for command in commands {
            let outcome = run(command);
            let message = outcome.failed(2);
            let is_plan = command.starts_with("plan");
            let expected =
                if is_plan { "there is no plan for any node" } else { "nothing was compared on any node" };
            assert!(message.contains(expected), "{what}: {command}: {message}");
        }
    }
    // One node is known again.
    fs::write(fleet.dump("win-000"), &wholes[0]).expect("a file");
    assert_eq!(run("diff").code, 1);
    run("diff --nodes win-000").succeeded();
}
