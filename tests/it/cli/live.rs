//! Promise: what a node holds now can be named wherever a dump can, and is the same as a dump of it; nothing is changed.

use std::fs;

use crate::support::exe::hnsplan;

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";

#[test]
fn the_node_itself_is_a_side_and_a_dump() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = folder.path().join("node.json");
    fs::copy("fixtures/shop/win-1.json", &node).expect("a node");
    let before = fs::read(&node).expect("a file");
    let (live, dump) = (format!("live:sim:{}", node.display()), node.display().to_string());
    for command in [
        "diff hns NODE -o json",
        "check -t hns,hns-state -o json --dump NODE",
        "trace --to shop/catalog -t hns-state --dump NODE",
        "plan --dump NODE",
        "graph -t hns-state --dump NODE",
        "compile -t hns --hns-state NODE",
    ] {
        let run = |node: &str| hnsplan(&format!("{} {SHOP}", command.replace("NODE", node))).run();
        let (of_node, of_dump) = (run(&live), run(&dump));
        let same = |text: &str| text.replace(&format!("{live} (HNS)"), &dump).replace(&live, &dump);
        assert_eq!(of_node.code, of_dump.code, "{command}: {}", of_node.stderr);
        assert_eq!(same(&of_node.stdout), of_dump.stdout, "{command}");
        assert!(!of_node.stdout.is_empty(), "{command}: {}", of_node.stderr);
    }
    assert_eq!(fs::read(&node).expect("a file"), before);
    assert!(!folder.path().join("node.json.journal").exists(), "nothing is changed, so nothing is recorded");
}

#[test]
fn a_node_that_does_not_answer_is_no_node_without_rules() {
    for (side, message) in [
        ("live:hcn", "only Windows has HNS"),
        ("live:sim:/no/such/file.json", "the node does not answer"),
        ("live:hnc", "unknown executor `hnc`"),
        ("live:", "unknown executor ``"),
    ] {
        for command in [format!("diff hns {side}"), format!("check -t hns,hns-state --dump {side}")] {
            let outcome = hnsplan(&format!("{command} {SHOP}")).run();
            assert!(outcome.failed(2).contains(message), "{command}: {}", outcome.stderr);
            assert_eq!(outcome.stdout, "");
        }
    }
}

/// The port ranges and the build in a folder of collected logs count wherever it is named.
#[test]
fn facts_of_collected_logs_reach_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    let shop = "-f fixtures/shop/cluster.yaml --node win-1";
    write("netsh.txt", &hnsplan(&format!("compile -t netsh --style dump {shop}")).run().stdout);
    write("excludedportrange.txt", "Protocol tcp Port Exclusion Ranges\n\n  30000  32767\n");
    let logs = folder.path().display();
    let found = |command: &str| {
        let outcome = hnsplan(command).run();
        outcome.stderr + &outcome.stdout
    };
    for command in
        ["compile -t netsh --dump", "plan --dump", "diff netsh", "check -t netsh,netsh-dump --dump"]
    {
        let text = found(&format!("{command} {logs} -v {shop}"));
        assert!(text.contains("S0713"), "{command}: {text}");
        let text = found(&format!("{command} {logs}/netsh.txt -v {shop}"));
        assert!(!text.contains("S0713"), "{command}: {text}");
    }
}
