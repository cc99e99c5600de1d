//! Promise: plan, apply, undo and history behave as users of Terraform expect, refuse what is unsafe, and
//! survive being killed.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::schema::misfits;
use crate::support::case::Case;
use crate::support::exe::{Hnsplan, hnsplan};
use crate::support::manifests::{NODE, endpoint, service, slice};

/// A node with a simulated HNS, in a folder of its own, and manifests for it.
pub(crate) struct Node {
    folder: TempDir,
    pub(super) before: String,
}

pub(super) const NETWORK: &str =
    r#"{"ID":"00000000-0000-4000-8000-000000000100","Name":"net","Type":"L2Bridge"}"#;

impl Node {
    /// One that holds this, and gets `cluster.yaml`.
    pub(super) fn new(before: &str, cluster: &str) -> Self {
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

    pub(super) fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.path().join(file), text).expect("a file can be written");
    }

    pub(super) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).expect("it is there")
    }

    /// A command in the folder of the node.
    pub(super) fn run(&self, arguments: &str) -> Hnsplan {
        hnsplan(arguments).inside(self.folder.path())
    }

    /// A command that gets the manifests.
    pub(super) fn with_manifests(&self, command: &str) -> Hnsplan {
        self.run(command).args(
            "-f cluster.yaml --node node-a --network-name net --hns-version 15.5 --executor sim:node.json",
        )
    }

    pub(crate) fn apply(&self) -> Hnsplan {
        self.with_manifests("apply --auto-approve")
    }

    pub(super) fn undo(&self) -> Hnsplan {
        self.run("undo --auto-approve --executor sim:node.json")
    }

    /// How many endpoints and load balancers it holds.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state: Value = serde_json::from_str(&self.read("node.json")).expect("a state is JSON");
        let count = |list: &str| state[list].as_array().map_or(0, Vec::len);
        (count("Endpoints"), count("LoadBalancers"))
    }
}

pub(super) fn cluster(count: usize) -> String {
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
    assert!(node.run(apply).input("y\n").run().failed(4).contains("cancelled; no changes were made"));
    let dry = node.run(apply).args("--dry-run").run();
    let end = "Plan: 6 to add, 0 to change, 0 to destroy.\nDry run: no obstacles were found, and nothing was changed.\n";
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
        "error[A1211]: the state of the node has changed since the plan was made\n \
         |\n = help: create and review a new plan, or pass --allow-stale\n"
    );

    let undo = "undo --executor sim:node.json";
    let declined = node.run(undo).input("no\n").run();
    assert!(declined.failed(4).starts_with("Do you want to undo run 1 of "), "{}", declined.stderr);
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
        other.failed(2).contains("error[A1210]: other.json: the plan was changed after it was saved"),
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
    assert!(apply().run().failed(2).contains("made without knowing the state of the node"));
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
    assert!(message.starts_with("Rolling back.\nerror[A1215]: step 5 ("), "{message}");
    assert!(message.contains("= help: all changes were rolled back"), "{message}");
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
    assert!(message.contains("error[A1216]: step 2 could not be taken back: 0x80070005"), "{message}");
    let dry = node.apply().args("--dry-run").run();
    assert!(dry.failed(2).contains("error[A1213]: run 1 was cut off"), "{}", dry.stderr);
    assert_eq!(node.counts(), (1, 0));
    assert!(node.undo().run().succeeded().contains("which was cut off, was rolled back"));
    assert_eq!(node.counts(), (0, 0));
}

#[test]
fn an_unconfirmed_change_is_rolled_back() {
    let node = Node::with_services(1);
    let unconfirmed = node.apply().args("--confirm-timeout 30s").input("no\n").run();
    assert!(
        unconfirmed.failed(4).contains("error[A1217]: the run was not confirmed"),
        "{}",
        unconfirmed.stderr
    );
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
        refused
            .failed(2)
            .contains("error[A1212]: the target cannot implement everything the manifests ask for: 1 loss\n"),
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
        refused.failed(2).contains("error[A1205]: HNS has no network 00000000-0000-4000-8000-000000000100"),
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

/// Says what of a document does not fit to the schema of its kind.
fn misfits_of(schema: &str, text: &str) -> Vec<String> {
    let schema = hnsplan(&format!("schema {schema}")).run();
    let schema: Value = serde_json::from_str(schema.succeeded()).expect("a schema is JSON");
    let document: Value = serde_json::from_str(text).expect("a document is JSON");
    let mut found = Vec::new();
    misfits(&schema, &schema, &document, "$", &mut found);
    found
}

#[test]
fn what_is_printed_fits_the_schemas() {
    let node = Node::with_services(1);
    let plan = node.with_manifests("plan -o json --out plan.json").run();
    assert_eq!(plan.succeeded(), node.read("plan.json"));
    assert_eq!(misfits_of("plan", &plan.stdout), Vec::<String>::new());
    let summary = node.run("show plan.json -o json").run();
    assert_eq!(misfits_of("plan-summary", summary.succeeded()), Vec::<String>::new());

    let fault = "--sim-fault 2=HCN_E_MANAGER_STOPPED --sim-fault 4=HCN_E_INVALID_IP --sim-fault 5=ERROR_ACCESS_DENIED";
    let runs = [
        node.run("apply plan.json --auto-approve --executor sim:node.json -o jsonl").args(fault),
        node.run("undo --auto-approve --executor sim:node.json -o jsonl"),
        node.apply().args("-o jsonl"),
        node.run("undo --auto-approve --executor sim:node.json -o jsonl"),
    ];
    let mut seen = BTreeSet::new();
    for run in runs {
        for event in run.run().stdout.lines() {
            assert_eq!(misfits_of("events", event), Vec::<String>::new(), "{event}");
            let event: Value = serde_json::from_str(event).expect("an event is JSON");
            seen.insert(event["event"].as_str().expect("events have names").to_owned());
        }
    }
    let all =
        ["applied", "back", "begun", "done", "incomplete", "planned", "retried", "rolledBack", "turnedBack"];
    assert!(seen.iter().eq(all), "{seen:?}");

    let history = node.run("history --executor sim:node.json -o json").run();
    assert_eq!(misfits_of("history", history.succeeded()), Vec::<String>::new());
    let history: Value = serde_json::from_str(&history.stdout).expect("a document is JSON");
    let ends: Vec<_> = history["runs"].as_array().expect("runs").iter().map(|run| &run["end"]).collect();
    assert_eq!(ends, ["rolledBack", "undone", "done"]);
}

#[test]
fn documents_are_shown_as_they_were_printed() {
    let node = Node::with_services(2);
    let planned = node.with_manifests("plan --out plan.json").run();
    assert_eq!(node.run("show plan.json").run().succeeded(), planned.stdout);
    node.write("summary.json", node.run("show plan.json -o json").run().succeeded());
    assert_eq!(node.run("show summary.json").run().succeeded(), planned.stdout);
    assert_eq!(node.run("show -").input(node.read("plan.json")).run().succeeded(), planned.stdout);
    node.apply().run().succeeded();
    node.undo().run().succeeded();
    let history = node.run("history --executor sim:node.json").run();
    node.write("history.json", node.run("history --executor sim:node.json -o json").run().succeeded());
    assert_eq!(node.run("show history.json").run().succeeded(), history.stdout);
    assert!(
        node.run("show node.json")
            .run()
            .failed(2)
            .contains("not a document that can be shown; pass it with --dump")
    );
    assert!(node.run("show cluster.yaml").run().failed(2).contains("cluster.yaml: "));
    node.run("show nosuch.json").run().failed(2);
    node.write("other.json", &node.read("plan.json").replace("\"hns\"", "\"ipvs\""));
    let other = node.run("show other.json").run();
    let known = "the plan is for the platform ipvs, which is unknown; expected one of iptables, hns, netsh";
    assert!(other.failed(2).contains(known), "{}", other.stderr);
}

/// Who edits a plan may write into it what a terminal obeys.
#[test]
fn texts_of_a_plan_cannot_steer_the_terminal() {
    let node = Node::with_services(1);
    node.with_manifests("plan --out plan.json").run().succeeded();
    let mut summary: Value =
        serde_json::from_str(node.run("show plan.json -o json").run().succeeded()).expect("JSON");
    for member in ["kind", "name", "detail"] {
        summary["changes"][0][member] = "\u{1b}[2J\nx".into();
    }
    summary["changes"][0]["services"] = ["\u{202e}\u{7}"].into();
    node.write("summary.json", &summary.to_string());
    let shown = node.run("show summary.json").run();
    let lines = shown.succeeded().lines().count();
    assert_eq!(lines, 4, "{}", shown.stdout);
    assert!(!shown.stdout.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{:?}", shown.stdout);
}

#[test]
fn one_letter_means_the_format_and_a_slip_makes_no_file() {
    let node = Node::with_services(1);
    let slip = node.with_manifests("plan -o jsno").run();
    assert!(slip.failed(2).contains("invalid format `jsno`; expected text or json"), "{}", slip.stderr);
    assert!(!node.folder().join("jsno").exists());
    let plan = node.with_manifests("plan -o json").run();
    // The name of a file still works, for scripts that have it.
    node.with_manifests("plan -o plan.json").run().succeeded();
    assert_eq!(plan.succeeded(), node.read("plan.json"));
    assert_eq!(node.with_manifests("plan --out -").run().succeeded(), plan.stdout);
}

#[test]
fn what_cannot_be_read_ends_with_2_and_changes_nothing() {
    let node = Node::with_services(1);
    let executor = "--executor sim:node.json";
    for command in [
        "plan -f nosuch.yaml --node node-a",
        "apply -f nosuch.yaml --node node-a --auto-approve",
        "apply nosuch.json --auto-approve",
        "apply cluster.yaml --auto-approve",
    ] {
        node.run(command).args(executor).run().failed(2);
    }
    for (command, reason) in [
        ("plan --executor sim:nosuch.json", "cannot read nosuch.json"),
        ("plan --executor sim:cluster.yaml", "cluster.yaml:1"),
        ("history --executor hsn", "expected one of iptables, hcn, sim:FILE, netsh"),
        ("plan --executor sim:node.json --sim-fault x", "--sim-fault x: expected CALL=CODE"),
        ("plan --executor sim:node.json --sim-pause 1h", "expected e.g. 500ms, 30s, 2m"),
    ] {
        let command = if command.starts_with("plan") {
            node.run(command).args("-f cluster.yaml --node node-a")
        } else {
            node.run(command)
        };
        let refused = command.run();
        assert!(refused.failed(2).contains(reason), "{}", refused.stderr);
    }
    assert_eq!(node.read("node.json"), node.before);
}

/// A run that was cut off is finished, and then another one is carried out: both watch for interruptions.
#[test]
fn an_apply_goes_on_after_it_has_finished_an_earlier_run() {
    let node = Node::with_services(2);
    let faults = "--sim-fault 3=HCN_E_INVALID_IP --sim-fault 4=ERROR_ACCESS_DENIED";
    node.apply().args(faults).run().failed(3);
    let applied = node.apply().run();
    assert!(applied.succeeded().ends_with("Apply complete! 6 added, 0 changed, 0 destroyed.\n"));
    assert!(applied.stderr.contains("run 1 was rolled back"), "{}", applied.stderr);
    assert_eq!(node.counts(), (4, 2));
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
    assert!(node.undo().run().failed(2).contains("error[A1214]: another hnsplan is changing this node"));
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

#[test]
fn a_plan_comes_from_standard_input_as_well() {
    let node = Node::with_services(2);
    let plan = node.with_manifests("plan --out -").run();
    let text = plan.succeeded().to_owned();
    let asks = node.run("apply - --executor sim:node.json").input(text.clone()).run();
    assert!(asks.failed(2).contains("standard input cannot be both"), "{}", asks.stderr);
    assert_eq!(node.counts(), (0, 0));
    let applied = node.run("apply - --executor sim:node.json --auto-approve").input(text).run();
    assert!(applied.succeeded().contains("Apply complete!"), "{}", applied.stdout);
    assert_eq!(node.counts(), (4, 2));
    for wrong in ["", "{}", "kind: Service", "[1"] {
        let outcome = node.run("apply - --executor sim:node.json --auto-approve").input(wrong).run();
        assert!(outcome.failed(2).contains("standard input"), "{wrong}: {}", outcome.stderr);
    }
}

/// No run of a node that does not exist is not the same as a node to which nothing was done.
#[test]
fn the_history_of_no_node_is_refused() {
    let node = Node::with_services(1);
    assert_eq!(node.run("history --executor sim:node.json").run().succeeded(), "No runs yet.\n");
    for command in ["history", "history -o json"] {
        let outcome = node.run(command).args("--executor sim:no-such.json").run();
        let told = outcome.failed(2);
        assert!(told.contains("no-such.json") && told.contains("no-such.json.journal"), "{told}");
    }
    // What was done to a node that is gone can still be looked at.
    node.apply().run().succeeded();
    fs::remove_file(node.folder().join("node.json")).expect("it is there");
    assert!(node.run("history --executor sim:node.json").run().succeeded().contains("done"));
}
