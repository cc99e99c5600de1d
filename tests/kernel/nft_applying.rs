//! `hnsplan apply --executor nft` on a real kernel: connections survive changes, other tables stay as they are, and undo leaves
//! the tables as they were.

use std::fs;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::nft::{load, nft};
use crate::node::{NODE, connect, echo, say, service, succeeded};
use crate::restore::BackEnd;
use crate::tools;
use crate::topology::{Place, Topology};

/// A table of somebody else.
const FOREIGN: &str = "table inet mine {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n\
     \t\tip saddr 10.99.0.1 drop\n\t}\n}\n";

struct Node {
    topology: Topology,
    folder: TempDir,
}

impl Node {
    fn new() -> Self {
        let node = Self { topology: Topology::new(), folder: tempfile::tempdir().expect("a folder") };
        node.inside(|| load(FOREIGN).expect("a foreign table loads"));
        node
    }

    fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.topology.at(Place::Node).run(work)
    }

    fn hnsplan(&self, arguments: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hnsplan"));
        command.args(arguments.split_whitespace()).args(["--executor", "nft", "--journal", "journal"]);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        self.inside(|| command.output().expect("hnsplan can be started"))
    }

    fn apply(&self, services: &[(&str, &str)]) -> String {
        let services: String = services.iter().map(|(name, vip)| service(name, vip)).collect();
        fs::write(self.folder.path().join("cluster.yaml"), format!("{NODE}{services}")).expect("a file");
        // Other tests may have processes by the name of kube-proxy.
        let arguments =
            "apply --auto-approve --force -f cluster.yaml --node node-a --cluster-cidr 10.244.0.0/16";
        succeeded(&self.hnsplan(arguments))
    }

    /// All tables, in the order of their lines: a table that is made anew is listed behind others.
    fn listed(&self) -> Vec<String> {
        let listed = self.inside(|| nft(&["list", "ruleset"], "").expect("tables can be listed"));
        let mut lines: Vec<String> = listed.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }
}

#[test]
fn a_node_is_changed_and_brought_back() {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let node = Node::new();
    echo(&node.topology);
    let before = node.listed();

    let applied = node.apply(&[("web", "10.96.0.10")]);
    assert!(applied.contains("+ chain") && applied.contains("ip services"), "{applied}");
    let with_web = node.listed();
    assert!(with_web.iter().any(|line| line.contains("ip saddr 10.99.0.1 drop")), "{with_web:#?}");
    assert_eq!(node.apply(&[("web", "10.96.0.10")]), "No changes. Node matches the manifests.\n");
    assert_eq!(node.listed(), with_web);

    // A connection through the first Service lives on while another one comes and goes.
    let mut talk = connect(&node.topology, "10.96.0.10:80").expect("the first Service answers");
    say(&mut talk).expect("it is answered");
    node.apply(&[("web", "10.96.0.10"), ("api", "10.96.0.11")]);
    say(&mut talk).expect("it lives on");
    let mut other = connect(&node.topology, "10.96.0.11:80").expect("the second Service answers");
    say(&mut other).expect("it is answered");

    succeeded(&node.hnsplan("undo --auto-approve --force"));
    assert_eq!(node.listed(), with_web, "the second apply is undone");
    say(&mut talk).expect("it lives on");
    assert!(connect(&node.topology, "10.96.0.11:80").is_err(), "the second Service is gone");
    succeeded(&node.hnsplan("undo --auto-approve --force"));
    assert_eq!(node.listed(), before, "all is undone");
    assert!(connect(&node.topology, "10.96.0.10:80").is_err(), "the first Service is gone");
}

#[test]
fn what_others_changed_is_told_before_undo() {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let node = Node::new();
    node.apply(&[("web", "10.96.0.10")]);
    node.inside(|| load("add rule ip kube-proxy services ip daddr 10.96.0.10 drop\n").expect("it loads"));
    let refused = node.hnsplan("undo --auto-approve");
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && message.contains("services differ"), "{message}");
    // The live node is a side: the rule that somebody added is named.
    let arguments = "diff nftables live:nft -f cluster.yaml --node node-a --cluster-cidr 10.244.0.0/16";
    let mut command = Command::new(env!("CARGO_BIN_EXE_hnsplan"));
    command.args(arguments.split_whitespace()).current_dir(node.folder.path()).stdin(Stdio::null());
    let differs = node.inside(|| command.output().expect("hnsplan can be started"));
    let said = String::from_utf8_lossy(&differs.stdout).into_owned();
    assert!(said.contains("10.96.0.10 drop"), "{said}");
}
