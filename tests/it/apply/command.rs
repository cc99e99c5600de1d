//! Promise: plan, apply, undo and history behave as users of Terraform expect, refuse what is unsafe, and
//! survive being killed.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::case::Case;
use crate::support::exe::{Hnsplan, hnsplan};
use crate::support::manifests::{NODE, endpoint, service, slice};

/// A node with a simulated HNS, in a folder of its own, and manifests for it.
pub(crate) struct Node {
    folder: TempDir,
    before: String,
}

const NETWORK: &str = r#"{"ID":"00000000-0000-4000-8000-000000000100","Name":"net","Type":"L2Bridge"}"#;

impl Node {
    /// One that holds this, and gets `cluster.yaml`.
    fn new(before: &str, cluster: &str) -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let node = Self { folder: folder.expect("there is room for a folder"), before: before.to_owned() };
        node.write("node.json", before);
        node.write("cluster.yaml", cluster);
        node
    }

    /// An empty node, and so many Services with two endpoints each on other nodes.
    pub(crate) fn with_services(count: usize) -> Self {
        let before = format!(r#"{{"Networks":[{NETWORK}],"Endpoints":[],"LoadBalancers":[]}}"#);
        Self::new(&before, &cluster(count))
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.path().join(file), text).expect("a file can be written");
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).expect("it is there")
    }

    /// A command in the folder of the node.
    fn run(&self, arguments: &str) -> Hnsplan {
        hnsplan(arguments).inside(self.folder.path())
    }

    /// A command that gets the manifests.
    fn with_manifests(&self, command: &str) -> Hnsplan {
        self.run(command).args(
            "-f cluster.yaml --node node-a --network-name net --hns-version 15.5 --executor sim:node.json",
        )
    }

    pub(crate) fn apply(&self) -> Hnsplan {
        self.with_manifests("apply --auto-approve")
    }

    fn undo(&self) -> Hnsplan {
        self.run("undo --auto-approve --executor sim:node.json")
    }

    /// How many endpoints and load balancers it holds.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state: Value = serde_json::from_str(&self.read("node.json")).expect("a state is JSON");
        let count = |list: &str| state[list].as_array().map_or(0, Vec::len);
        (count("Endpoints"), count("LoadBalancers"))
    }
}

fn cluster(count: usize) -> String {
    let mut text = NODE.to_owned();
    for number in 0..count {
        let (high, low) = (number / 250, number % 250 + 1);
        let named = |object: String| {
            object
                .replace("10.96.0.1", &format!("10.96.{high}.{low}"))
                .replace("name: web", &format!("name: web-{number}"))
        };
        let pod = |node: u8| endpoint(&format!("10.{node}.{high}.{low}"), "nodeName: node-b");
        let slice = slice(&format!("s{number}"), &[&pod(245), &pod(246)]);
        write!(text, "{}{}", named(service("", "")), named(slice)).unwrap();
    }
    text
}

#[test]
fn plan_apply_again_and_undo() {
    let node = Node::with_services(2);
    let plan = node.with_manifests("plan -o plan.json --detailed-exitcode").run();
    assert_eq!(plan.code, 2, "{}", plan.stderr);
    assert!(plan.stdout.contains("+ endpoint       10.245.0.1"), "{}", plan.stdout);
    assert!(plan.stdout.contains("+ load balancer  10.96.0.1:80/TCP  2 endpoints"), "{}", plan.stdout);
    assert!(plan.stdout.ends_with("Plan: 6 to add, 0 to change, 0 to destroy.\n"), "{}", plan.stdout);
    assert_eq!(node.read("node.json"), node.before, "a plan changes nothing");

    let apply = "apply plan.json --executor sim:node.json";
    assert!(node.run(apply).input("y\n").run().failed(4).contains("nobody said yes"));
    let dry = node.run(apply).args("--dry-run").run();
    let end = "Plan: 6 to add, 0 to change, 0 to destroy.\nNothing is in the way, and nothing was changed.\n";
    assert!(dry.succeeded().ends_with(end), "{}", dry.stdout);
    assert_eq!(node.read("node.json"), node.before);
    let applied = node.run(apply).input("yes\n").run();
    assert!(applied.succeeded().ends_with("Apply complete! 6 added, 0 changed, 0 destroyed.\n"));
    assert_eq!(node.counts(), (4, 2));

    assert_eq!(node.apply().run().succeeded(), "No changes. Node matches the manifests.\n");
    assert_eq!(node.with_manifests("plan --detailed-exitcode").run().code, 0);
    let stale = node.run(apply).run();
    assert_eq!(
        stale.failed(2),
        "error[A1211]: what the node holds has changed since the plan was made\n \
         |\n = help: make it again and read it again, or add --allow-stale\n"
    );

    let undo = "undo --executor sim:node.json";
    let declined = node.run(undo).input("no\n").run();
    assert!(declined.failed(4).starts_with("Do you want to take back run 1 of "), "{}", declined.stderr);
    assert!(
        declined.stdout.contains("- load balancer  10.96.0.1:80/TCP  2 endpoints"),
        "{}",
        declined.stdout
    );
    assert!(declined.stdout.ends_with("Plan: 0 to add, 0 to change, 6 to destroy.\n"), "{}", declined.stdout);
    assert_eq!(node.counts(), (4, 2));
    let undone = node.run(undo).input("yes\n").run();
    assert!(undone.succeeded().ends_with("Undo complete! 0 added, 0 changed, 6 destroyed.\n"));
    assert_eq!(node.counts(), (0, 0));
    assert_eq!(node.undo().run().succeeded(), "Nothing to undo.\n");
    let history = node.run("history --executor sim:node.json").run();
    let ends: Vec<_> = history.succeeded().lines().map(|line| line.rsplit("  ").next().unwrap()).collect();
    assert_eq!(ends, ["undone", "done"], "{}", history.stdout);
}

#[test]
fn what_a_service_no_longer_needs_goes_and_undo_goes_back_run_by_run() {
    let node = Node::with_services(3);
    node.apply().run().succeeded();
    let three = node.counts();
    node.write("cluster.yaml", &cluster(1));
    let applied = node.apply().run();
    assert!(applied.succeeded().contains("- load balancer  10.96.0.2:80/TCP"), "{}", applied.stdout);
    assert!(applied.stdout.ends_with("Apply complete! 0 added, 0 changed, 6 destroyed.\n"));
    assert_eq!(node.counts(), (2, 1));
    node.undo().run().succeeded();
    assert_eq!(node.counts(), three);
    node.undo().run().succeeded();
    assert_eq!(node.counts(), (0, 0));
}

#[test]
fn ids_that_hns_gives_itself_are_remembered_from_run_to_run() {
    let node = Node::with_services(3);
    node.apply().args("--sim-own-ids").run().succeeded();
    assert_eq!(node.apply().run().succeeded(), "No changes. Node matches the manifests.\n");
    node.write("cluster.yaml", &cluster(2));
    node.apply().args("--sim-own-ids").run().succeeded();
    // What is made again gets new ids once more.
    node.undo().args("--sim-own-ids").run().succeeded();
    assert_eq!(node.counts(), (6, 3));
    node.undo().args("--sim-own-ids").run().succeeded();
    assert_eq!(node.counts(), (0, 0));
}

#[test]
fn a_plan_is_bound_to_its_inputs_and_to_itself() {
    let node = Node::with_services(1);
    node.with_manifests("plan -o plan.json").run().succeeded();
    let apply = || node.run("apply plan.json --auto-approve --executor sim:node.json");
    node.write("cluster.yaml", &cluster(2));
    assert!(apply().run().failed(2).contains("cluster.yaml has changed since the plan was made"));
    node.write("other.json", &node.read("plan.json").replace("10.245.0.1", "10.245.0.9"));
    let other = node.run("apply other.json --auto-approve --executor sim:node.json").run();
    assert!(
        other.failed(2).contains("error[A1210]: other.json: this plan is not as it was written"),
        "{}",
        other.stderr
    );
    assert_eq!(node.read("node.json"), node.before);
    apply().args("--allow-stale").run().succeeded();
    assert_eq!(node.counts(), (2, 1));
}

#[test]
fn a_plan_without_a_look_at_the_node_is_stale() {
    let node = Node::with_services(1);
    node.run("plan -f cluster.yaml --node node-a --network-name net --hns-version 15.5 -o plan.json")
        .run()
        .succeeded();
    let apply = || node.run("apply plan.json --auto-approve --executor sim:node.json");
    assert!(apply().run().failed(2).contains("made without a look at what the node holds"));
    apply().args("--allow-stale").run().succeeded();
    assert_eq!(node.counts(), (2, 1));
}

#[test]
fn services_can_be_chosen_and_everything_destroyed() {
    let node = Node::with_services(3);
    let chosen = node.apply().args("--service default/web-1").run();
    assert!(chosen.succeeded().contains("10.96.0.2:80/TCP"), "{}", chosen.stdout);
    assert_eq!(node.counts(), (2, 1));
    node.apply().args("--service default/").run().succeeded();
    assert_eq!(node.counts(), (6, 3));
    assert!(node.apply().args("--destroy").run().succeeded().ends_with("9 destroyed.\n"));
    assert_eq!(node.counts(), (0, 0));
    node.undo().run().succeeded();
    assert_eq!(node.counts(), (6, 3));
}

#[test]
fn a_failure_is_rolled_back_and_reported_with_advice() {
    let node = Node::with_services(2);
    let failed = node.apply().args("--sim-fault 5=HCN_E_INVALID_IP").run();
    let message = failed.failed(1);
    assert!(message.contains("0x803B001E HCN_E_INVALID_IP"), "{message}");
    assert!(message.starts_with("Taking everything back.\nerror[A1215]: step 5 ("), "{message}");
    assert!(message.contains("= help: all is as before"), "{message}");
    assert_eq!(node.counts(), (0, 0));
    // One that passes is tried again.
    let retried = node.apply().args("--sim-fault 5=HCN_E_MANAGER_STOPPED").run();
    retried.succeeded();
    assert!(retried.stderr.contains("Trying again"), "{}", retried.stderr);
    assert_eq!(node.counts(), (4, 2));
}

#[test]
fn an_incomplete_rollback_is_reported_and_can_be_finished() {
    let node = Node::with_services(1);
    let faults = "--sim-fault 3=HCN_E_INVALID_IP --sim-fault 4=ERROR_ACCESS_DENIED";
    let failed = node.apply().args(faults).run();
    let message = failed.failed(3);
    assert!(message.contains("error[A1216]: step 3 ("), "{message}");
    assert!(message.contains("error[A1216]: step 2 is not taken back: 0x80070005"), "{message}");
    let dry = node.apply().args("--dry-run").run();
    assert!(dry.failed(2).contains("error[A1213]: run 1 was cut off"), "{}", dry.stderr);
    assert_eq!(node.counts(), (1, 0));
    assert!(node.undo().run().succeeded().contains("which was cut off, is taken back"));
    assert_eq!(node.counts(), (0, 0));
}

#[test]
fn an_unconfirmed_change_is_rolled_back() {
    let node = Node::with_services(1);
    let unconfirmed = node.apply().args("--confirm-timeout 30s").input("no\n").run();
    assert!(unconfirmed.failed(4).contains("error[A1217]: nobody confirmed it"), "{}", unconfirmed.stderr);
    assert_eq!(node.counts(), (0, 0));
    // A standard input that ends is no answer either.
    assert_eq!(node.apply().args("--confirm-timeout 30s").run().code, 4);
    node.apply().args("--confirm-timeout 30s").input("yes\n").run().succeeded();
    assert_eq!(node.counts(), (2, 1));
}

#[test]
fn losses_have_to_be_allowed() {
    let state = format!(r#"{{"Networks":[{NETWORK}],"Endpoints":[],"LoadBalancers":[]}}"#);
    let limited =
        cluster(1).replace("clusterIP: 10.96.0.1", "clusterIP: 10.96.0.1, sessionAffinity: ClientIP");
    let node = Node::new(&state, &limited);
    let refused = node.apply().run();
    assert!(
        refused.failed(2).contains("error[A1212]: not all that the manifests want can be had: 1 loss\n"),
        "{}",
        refused.stderr
    );
    assert!(refused.stdout.contains("Losses: 1.\n"), "{}", refused.stdout);
    assert_eq!(node.counts(), (0, 0));
    node.apply().args("--allow-lossy").run().succeeded();
}

#[test]
fn obstacles_are_found_before_anything_is_touched() {
    let node = Node::with_services(1);
    node.with_manifests("plan -o plan.json").run().succeeded();
    node.write(
        "node.json",
        &node.before.replace(r#""Name":"net""#, r#""Name":"other""#).replace("000000000100", "000000000101"),
    );
    let apply = "apply plan.json --auto-approve --allow-stale --executor sim:node.json";
    let refused = node.run(apply).run();
    assert!(
        refused.failed(2).contains("error[A1205]: HNS holds no network 00000000-0000-4000-8000-000000000100"),
        "{}",
        refused.stderr
    );
    assert_eq!(node.counts(), (0, 0));
}

#[test]
fn events_are_lines_of_json() {
    let node = Node::with_services(1);
    let outcome = node.apply().args("-o jsonl").run();
    let events: Vec<Value> =
        outcome.succeeded().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["planned", "begun", "done", "begun", "done", "begun", "done", "applied"]);
    assert_eq!(events[5]["changes"][0]["name"], "10.96.0.1:80/TCP");
}

#[test]
fn a_damaged_or_locked_journal_is_not_used() {
    let node = Node::with_services(1);
    node.apply().run().succeeded();
    let run = "node.json.journal/000001.jsonl";
    let text = node.read(run);
    node.write(run, &text.replacen("10.96.0.1", "10.96.0.9", 1));
    assert!(node.undo().run().failed(2).contains("000001.jsonl:4: the journal is damaged"));
    node.write(run, &text);
    let lock = fs::File::open(node.folder.path().join("node.json.journal/lock")).unwrap();
    lock.lock().unwrap();
    assert!(node.undo().run().failed(2).contains("error[A1214]: another hnsplan changes this node"));
    drop(lock);
    node.undo().run().succeeded();
}

/// Killed at some point, then one more command: all or nothing.
#[test]
fn a_process_that_is_killed_leaves_nothing_half_done() {
    let mut was_running = 0;
    for (at, milliseconds) in [15, 40, 80, 130, 190, 260].into_iter().enumerate() {
        let node = Node::with_services(40);
        let killed = node.apply().args("--sim-pause 3ms").killed_after(Duration::from_millis(milliseconds));
        was_running += usize::from(killed);
        if at % 2 == 0 {
            let finished = node.apply().run();
            finished.succeeded();
            assert_eq!(node.counts(), (80, 40), "{}", finished.stderr);
            assert_eq!(node.apply().run().succeeded(), "No changes. Node matches the manifests.\n");
            // One that was cut off and finished stands as one that was not.
            while node.undo().run().succeeded() != "Nothing to undo.\n" {}
        } else {
            node.undo().run().succeeded();
        }
        assert_eq!(node.counts(), (0, 0), "killed after {milliseconds} ms");
    }
    assert!(was_running > 2, "only {was_running} were killed in time");
}

#[test]
fn the_program_brings_a_recorded_node_there_and_back() {
    let case = Case::named("091-win-overlay-remote");
    let node = Node::new(&case.read("hns.overlay.before.json").unwrap(), "");
    let mut apply = node.run("apply --auto-approve --executor sim:node.json");
    for manifest in case.manifests() {
        apply = apply.arg("-f").arg(manifest);
    }
    apply = apply.arg("--config").arg(case.file("kube-proxy.yaml").unwrap());
    let applied = apply.arg("--facts").arg(case.file("facts.yaml").unwrap()).run();
    assert!(applied.succeeded().ends_with("Apply complete! 5 added, 0 changed, 0 destroyed.\n"));
    node.undo().run().succeeded();
    assert_eq!(node.read("node.json").replace('\n', ""), node.before.trim_end());
}
