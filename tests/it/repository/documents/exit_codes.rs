//! Promise: every cell of the table of exit codes in `docs/commands.md` is a run of the program, and a cell without a
//! text is none.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::commands::rows;
use super::markdown::Document;
use crate::apply::command::Node;
use crate::support::exe::hnsplan;

/// A row of the table, an exit code, and a line of a shell that ends with it. `$SHOP` is a cluster, `$NODE` an empty
/// simulated node and Services for it.
const RUNS: &[(&str, i32, &str)] = &[
    ("compile", 0, "hnsplan compile -t iptables $SHOP --node linux-1"),
    ("compile", 1, "hnsplan compile -t iptables -f wrong.yaml"),
    ("compile", 1, "hnsplan compile -t iptables $SHOP --node linux-1 --fail-on note"),
    ("compile", 2, "hnsplan compile -t iptables -f unreadable.yaml"),
    ("fill", 0, "hnsplan fill $SHOP"),
    ("fill", 1, "hnsplan fill -f twice.yaml"),
    ("fill", 2, "hnsplan fill -f unreadable.yaml"),
    ("check", 0, "hnsplan check $SHOP --node win-1 --fail-on M0107"),
    ("check", 1, "hnsplan check $SHOP --node win-1"),
    ("check", 2, "hnsplan check -f unreadable.yaml"),
    ("diff", 0, "hnsplan diff iptables iptables $SHOP --node linux-1"),
    ("diff", 1, "hnsplan diff iptables hns $SHOP --node linux-1"),
    ("diff", 2, "hnsplan diff iptables missing.save $SHOP"),
    (
        "merge",
        0,
        "hnsplan check $SHOP --nodes all -o jsonl --out one.jsonl --fail-on never && hnsplan merge one.jsonl --fail-on never",
    ),
    (
        "merge",
        1,
        "hnsplan check $SHOP --nodes all -o jsonl --out one.jsonl --fail-on never && hnsplan merge one.jsonl",
    ),
    ("merge", 2, "hnsplan merge missing.jsonl"),
    ("replay", 0, "hnsplan replay fixtures/rollout --hns-version 16.0"),
    ("replay", 1, "hnsplan replay fixtures/rollout"),
    ("replay", 2, "hnsplan replay fixtures/rollout -t netsh"),
    ("rollout", 0, "hnsplan rollout -f fixtures/rollouts/quiet.yaml --restart shop/web"),
    ("rollout", 1, "hnsplan rollout -f fixtures/rollouts/front.yaml --restart shop/front"),
    ("rollout", 2, "hnsplan rollout -f fixtures/rollouts/front.yaml"),
    ("trace", 0, "hnsplan trace -t iptables $SHOP --node linux-1 --to shop/front"),
    ("trace", 0, "hnsplan trace --matrix $SHOP --node win-1"),
    ("trace", 1, "hnsplan trace $SHOP --node linux-1 --to 10.1.1.1:80"),
    ("trace", 2, "hnsplan trace $SHOP --node linux-1 --to shop/missing"),
    ("graph", 0, "hnsplan graph -t iptables $SHOP --node linux-1"),
    ("graph", 1, "hnsplan graph -t iptables -f wrong.yaml"),
    ("graph", 2, "hnsplan graph -t iptables"),
    ("plan", 0, "hnsplan plan $NODE"),
    ("plan", 0, "hnsplan plan $NODE --destroy --detailed-exitcode"),
    ("plan", 1, "hnsplan plan -t hns -f wrong.yaml"),
    ("plan", 2, "hnsplan plan -t hns -f unreadable.yaml"),
    ("plan", 2, "hnsplan plan $NODE --detailed-exitcode"),
    ("apply", 0, "hnsplan apply $NODE --auto-approve"),
    ("apply", 0, "hnsplan apply $NODE --auto-approve && hnsplan apply $NODE --auto-approve"),
    ("apply", 1, "hnsplan apply $NODE --auto-approve --sim-fault 3=HCN_E_INVALID_IP"),
    ("apply", 2, "hnsplan apply missing.json --auto-approve --executor sim:node.json"),
    (
        "apply",
        3,
        "hnsplan apply $NODE --auto-approve --sim-fault 3=HCN_E_INVALID_IP --sim-fault 4=ERROR_ACCESS_DENIED",
    ),
    ("apply", 4, "echo no | hnsplan apply $NODE"),
    ("apply", 4, "echo no | hnsplan apply $NODE --auto-approve --confirm-timeout 30s"),
    ("undo", 0, "hnsplan undo --auto-approve --executor sim:node.json"),
    ("undo", 0, "hnsplan apply $NODE --auto-approve && hnsplan undo --auto-approve --executor sim:node.json"),
    (
        "undo",
        1,
        "hnsplan apply $NODE --auto-approve && \
         hnsplan undo --auto-approve --executor sim:node.json --sim-fault 2=HCN_E_INVALID_IP",
    ),
    ("undo", 2, "hnsplan apply $NODE --auto-approve && hnsplan undo -q --executor sim:node.json"),
    (
        "undo",
        3,
        "hnsplan apply $NODE --auto-approve && hnsplan undo --auto-approve --executor sim:node.json \
         --sim-fault 2=HCN_E_INVALID_IP --sim-fault 3=ERROR_ACCESS_DENIED",
    ),
    ("undo", 4, "hnsplan apply $NODE --auto-approve && echo no | hnsplan undo --executor sim:node.json"),
    ("test", 0, "hnsplan test suite"),
    ("test", 1, "echo more >> suite/windows/sticky.netsh.txt; hnsplan test suite"),
    ("test", 2, "hnsplan test missing"),
    ("explain service", 0, "hnsplan explain service shop/front $SHOP --node win-1"),
    ("explain service", 1, "hnsplan explain service shop/web -f wrong.yaml"),
    ("explain service", 2, "hnsplan explain service shop/missing $SHOP --node win-1"),
    ("others", 0, "hnsplan explain M0107"),
    ("others", 2, "hnsplan explain M9999"),
    ("others", 0, "hnsplan explain flags port 28"),
    ("others", 2, "hnsplan explain flags port many"),
    ("others", 0, "hnsplan explain version 1.34.2"),
    ("others", 0, "hnsplan explain log fixtures/proxy-log/kube-proxy.log"),
    ("others", 2, "hnsplan explain version 1.2"),
    ("others", 0, "hnsplan history --executor sim:node.json"),
    ("others", 2, "hnsplan history --executor missing"),
    ("others", 0, "hnsplan plan $NODE --out plan.json && hnsplan show plan.json"),
    ("others", 2, "hnsplan show missing.json"),
    ("others", 0, "hnsplan schema ir"),
    ("others", 2, "hnsplan schema missing"),
    ("others", 0, "hnsplan completions bash"),
    ("others", 2, "hnsplan completions tcsh"),
    ("others", 0, "hnsplan man"),
    ("others", 2, "hnsplan man --out node.json/below"),
];

const WRONG: &str = "\
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop},
 spec: {clusterIP: 10.96.0.1, ports: [{name: a, port: 80}, {name: b, port: 70000}]}}
";

/// Two Services with one address: the API server refuses the second one.
const TWICE: &str = "\
{apiVersion: v1, kind: Service, metadata: {name: one}, spec: {clusterIP: 10.96.0.9, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: two}, spec: {clusterIP: 10.96.0.9, ports: [{port: 80}]}}
";

/// Runs a line in a folder of its own. The exit code, and the messages.
fn run(line: &str) -> (Option<i32>, String) {
    let node = Node::with_services(1);
    let folder = node.folder();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::os::unix::fs::symlink(root.join("fixtures"), folder.join("fixtures")).expect("a link can be made");
    for (file, text) in [("wrong.yaml", WRONG), ("twice.yaml", TWICE), ("unreadable.yaml", "kind: [\n")] {
        std::fs::write(folder.join(file), text).expect("a file can be written");
    }
    let program = Path::new(env!("CARGO_BIN_EXE_hnsplan")).parent().expect("it is in a folder");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("cp -r fixtures/suite suite\n{line}")])
        .current_dir(folder)
        .env("PATH", format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default()))
        .env("SHOP", "-f fixtures/shop/cluster.yaml")
        .env(
            "NODE",
            "-f cluster.yaml --node node-a --network-name net --hns-version 15.5 --executor sim:node.json",
        );
    for (name, _) in hnsplan("").into_command().get_envs().filter(|(_, value)| value.is_none()) {
        shell.env_remove(name);
    }
    let output = shell.output().expect("a shell can be started");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn every_cell_of_the_table_of_exit_codes_is_a_run() {
    let page = Document::read("docs/commands.md".into());
    let mut cells: BTreeMap<(String, i32), bool> = BTreeMap::new();
    for row in rows(&page, "exit code of") {
        let command = row["exit code of"].trim_matches('`');
        for (code, text) in row.iter().filter_map(|(code, text)| Some((code.parse().ok()?, text))) {
            cells.insert((command.to_owned(), code), !text.is_empty());
        }
    }
    for ((command, code), is_described) in &cells {
        let is_run = RUNS.iter().any(|(of, ends, _)| of == command && ends == code);
        assert_eq!(is_run, *is_described, "{command}: exit code {code}");
    }
    let wrong: Vec<String> = RUNS
        .iter()
        .filter_map(|(command, code, line)| {
            assert!(cells.contains_key(&((*command).to_owned(), *code)), "{command} has no row");
            let (ended, messages) = run(line);
            (ended != Some(*code)).then(|| format!("{line}\nends with {ended:?}, not {code}: {messages}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

#[test]
fn commands_without_a_row_of_their_own_are_among_the_others() {
    let page = Document::read("docs/commands.md".into());
    let own: Vec<&str> =
        rows(&page, "exit code of").iter().map(|row| row["exit code of"].trim_matches('`')).collect();
    for name in super::commands::flags_of_program().into_keys().filter(|name| name != "hnsplan") {
        let is_run = |of: &str| {
            let start = format!("hnsplan {name}");
            RUNS.iter().any(|(command, _, line)| *command == of && line.contains(&start))
        };
        assert!(is_run(if own.contains(&&*name) { &name } else { "others" }), "{name}");
    }
}
