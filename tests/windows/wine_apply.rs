//! Promise: the exe under Wine brings recorded nodes to their ends and back, and a node whose exe died is as
//! planned or as before after one more command.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::nodes::{Recorded, shape};
use crate::standin::Standin;
use crate::wine::{Windows, outcome, windows};

/// A recorded node under Wine.
struct Node<'w> {
    windows: &'w Windows,
    recorded: &'w Recorded,
    standin: Standin,
}

impl Node<'_> {
    fn journal(&self) -> PathBuf {
        self.standin.folder().join("journal")
    }

    fn command(&self, name: &str) -> Command {
        let mut command = self.windows.hnsplan(Some(&self.standin));
        command.args([name, "--executor", "hcn", "--auto-approve", "--journal"]).arg(self.journal());
        command
    }

    fn apply(&self) -> Command {
        let case = &self.recorded.case;
        let mut command = self.command("apply");
        command.args(["--allow-lossy", "--allow-errors", "--kube-proxy-version", self.recorded.version]);
        for manifest in case.manifests() {
            command.arg("-f").arg(manifest);
        }
        for (flag, name) in [("--config", "kube-proxy.yaml"), ("--facts", "facts.yaml")] {
            command.arg(flag).arg(case.file(name).expect("every case has it"));
        }
        command
    }

    /// Runs it to its end, and returns what it prints and says.
    #[track_caller]
    fn succeeds(&self, mut command: Command) -> String {
        let (code, stdout, stderr) = outcome(&command.output().expect("hnsplan can be started"));
        assert_eq!(code, Some(0), "{}\n{stdout}\n{stderr}", self.recorded.name());
        assert_eq!(self.standin.violations(), "", "{}", self.recorded.name());
        format!("{stdout}{stderr}")
    }

    /// Nothing is to be done, or nothing that the input has may be done: then apply refuses.
    fn is_left_alone(&self, before: &BTreeSet<String>) {
        let name = self.recorded.name();
        let (code, stdout, stderr) = outcome(&self.apply().output().expect("hnsplan can be started"));
        let is_done = code == Some(0) && stdout.contains("No changes");
        let is_refused = code == Some(2) && stderr.contains("--destroy does that deliberately");
        assert!(is_done || is_refused, "{name}: {code:?}\n{stdout}\n{stderr}");
        assert_eq!(self.standin.violations(), "", "{name}");
        assert_eq!(shape(&self.standin.state()), *before, "{name}");
    }

    fn there_and_back(&self) {
        let name = self.recorded.name();
        let before = shape(&self.standin.state());
        if self.recorded.after() == before {
            self.is_left_alone(&before);
            return;
        }
        self.succeeds(self.apply());
        assert_eq!(shape(&self.standin.state()), self.recorded.after(), "{name}");
        let output = self.succeeds(self.apply());
        assert!(output.contains("No changes"), "{name}: {output}");
        self.succeeds(self.command("undo"));
        assert_eq!(shape(&self.standin.state()), before, "{name}: undone");
    }
}

/// Each cluster as the newest kube-proxy saw it, on one type of network after the other: each command is
/// several processes of Wine. The same code has all 356 recordings in the tests of this machine.
fn chosen() -> Vec<Recorded> {
    let newest = Recorded::all().into_iter().filter(|recorded| recorded.version == "1.36");
    let (l2bridge, overlay): (Vec<_>, Vec<_>) =
        newest.partition(|recorded| recorded.network_type == "l2bridge");
    let of_turn =
        |(at, (l2bridge, overlay)): (usize, _)| if at.is_multiple_of(2) { l2bridge } else { overlay };
    l2bridge.into_iter().zip(overlay).enumerate().map(of_turn).collect()
}

#[test]
fn every_cluster_is_applied_once_and_undone() {
    let Some(windows) = windows() else { return };
    let chosen = chosen();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(recorded) = chosen.get(at) else { return };
            let options = json!({ "ownIds": at.is_multiple_of(3), "ghost": true });
            let standin = Standin::holding(&recorded.before).with_options(&options);
            Node { windows, recorded, standin }.there_and_back();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    assert!(chosen.len() > 80, "{} clusters found", chosen.len());
}

#[test]
fn an_exe_that_fails_or_dies_leaves_a_node_that_one_command_finishes_or_restores() {
    let Some(windows) = windows() else { return };
    let all = Recorded::all();
    let recorded =
        all.iter().find(|of| of.name() == "096-win-overlay-two-services-share-remote 1.36 overlay");
    let recorded = recorded.expect("it was recorded");
    let count = {
        let node = Node { windows, recorded, standin: Standin::holding(&recorded.before) };
        node.succeeds(node.apply());
        // The two libraries count by themselves.
        node.standin.calls().iter().filter(|call| call.starts_with("Hcn")).count()
    };
    // The tests of this machine fail and die in every call.
    for at in (1..=count).step_by(12) {
        for (die, code) in [(true, 0_u32), (false, 0x8007_0005), (false, 0x803b_0020)] {
            let fault = json!({ "at": at, "code": code, "effect": at.is_multiple_of(2), "die": die });
            let standin = Standin::holding(&recorded.before).with_options(&json!({ "faults": [fault] }));
            let node = Node { windows, recorded, standin };
            let before = shape(&node.standin.state());
            let first = node.apply().output().expect("hnsplan can be started");
            let when = format!("call {at}, {code:#x}, die {die}: {:?}", outcome(&first));
            node.standin.set_options(&json!({}));
            if die {
                assert_ne!(first.status.code(), Some(0), "{when}");
                node.succeeds(node.apply());
            }
            let found = shape(&node.standin.state());
            assert!(found == before || found == recorded.after(), "{when}: {found:?}");
            assert!(!die || found == recorded.after(), "{when}");
            assert_eq!(node.standin.violations(), "", "{when}");
        }
    }
}
