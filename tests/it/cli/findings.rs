//! Promise: findings make a command fail, and are accepted, by their codes, in every command alike; and nothing makes
//! a change of a node out of what is lost, wrong or unreadable without a reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::exe::{Outcome, hnsplan};

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";

/// A port that is wrong, a cluster IP that is not, and what HNS loses.
const BAD: &str = "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, \
     spec: {clusterIP: 10.96.0.1, sessionAffinity: ClientIP, ports: [{name: a, port: 80}, {name: b, port: 70000}]}}";

/// Runs of commands that find something.
const RUNS: [&str; 7] = [
    "compile -t hns",
    "check",
    "plan --destroy --dump fixtures/shop/win-1.json",
    "trace --from external:203.0.113.9 --to 10.96.0.1:80",
    "diff --semantic iptables hns",
    "graph -t hns",
    "explain service shop/web",
];

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    }

    /// An allow-list of these codes.
    fn allow<'c>(&self, codes: impl IntoIterator<Item = &'c String>) -> PathBuf {
        let entries = codes.into_iter().map(|code| format!("- {{code: {code}, reason: a test of {code}}}\n"));
        let entries: String = entries.collect();
        let text = format!("apiVersion: hnsplan/v1alpha1\nkind: AllowList\nallow: \n{entries}");
        self.write(
            "allow.yaml",
            &text.replace("allow: \n", if entries.is_empty() { "allow: []\n" } else { "allow:\n" }),
        )
    }
}

fn codes(outcome: &Outcome) -> BTreeSet<String> {
    let objects = outcome.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    objects.filter_map(|object| object["code"].as_str().map(str::to_owned)).collect()
}

#[test]
fn every_code_can_fail_a_command_and_can_be_accepted() {
    let folder = Folder::new();
    let manifest = folder.write("web.yaml", BAD);
    let mut tried = 0;
    for arguments in RUNS {
        let run = |flags: &str| {
            let run =
                hnsplan(arguments).arg("-f").arg(&manifest).args("--node win-1 -v --message-format json");
            run.args(flags).run()
        };
        let own = run("--fail-on never");
        assert_eq!(own.code, 0, "{arguments}: {}", own.stderr);
        let found = codes(&own);
        assert!(found.contains("M0107"), "{arguments}: {found:?}");
        let allow = |codes: &[&String]| format!("--allow {}", folder.allow(codes.iter().copied()).display());
        // A loss of netsh is not found: only the answer makes the command fail.
        let answer = run("--fail-on S0701").code;
        for code in &found {
            assert_eq!(run(&format!("--fail-on {code}")).code, 1, "{arguments} --fail-on {code}");
            let accepted = run(&format!("--fail-on {code} {}", allow(&[code])));
            assert_eq!(accepted.code, answer, "{arguments} accepts {code}: {}", accepted.stderr);
            assert!(!codes(&accepted).contains(code), "{arguments} lists {code}");
            let others: Vec<&String> = found.iter().filter(|other| *other != code).collect();
            let others = run(&format!("--fail-on {code} {} --show-allowed", allow(&others)));
            assert_eq!(others.code, 1, "{arguments} accepts all but {code}");
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

/// Whatever is accepted and ignored, input that cannot be read is not answered with 0, and changes no node.
#[test]
fn what_cannot_be_read_is_never_accepted() {
    let folder = Folder::new();
    let manifest = folder.write("web.yaml", &format!("{BAD}\n---\nkind: [Service\n"));
    let every: Vec<String> = {
        let list = hnsplan("explain").run();
        let codes = list.succeeded().lines().take_while(|line| !line.is_empty());
        codes.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
    };
    let allow = folder.allow(&every);
    for arguments in RUNS {
        let run = |flags: &str| {
            let run = hnsplan(arguments).arg("-f").arg(&manifest).args("--node win-1 --allow").arg(&allow);
            run.args(flags).run()
        };
        assert_eq!(run("--fail-on never").code, 2, "{arguments}");
        if !arguments.starts_with("plan") {
            let outcome = run("--fail-on never --keep-going");
            assert_eq!(outcome.code, 1, "{arguments} --keep-going: {}", outcome.stderr);
        }
    }
    let node = folder.0.path().join("node.json");
    fs::copy("fixtures/shop/win-1.json", &node).expect("a copy");
    let before = fs::read(&node).expect("a file");
    let apply = hnsplan("apply --auto-approve --allow-errors --node win-1 -f")
        .arg(&manifest)
        .arg("--allow")
        .arg(&allow);
    let refused = apply.arg(format!("--executor=sim:{}", node.display())).run();
    assert!(refused.failed(2).contains("could not be read"), "{}", refused.stderr);
    assert_eq!(fs::read(&node).expect("a file"), before);
}

/// A node loses what the manifests ask for only if every loss is accepted by its code: when it is planned, or when the
/// plan is carried out.
#[test]
fn losses_refuse_a_change_unless_each_is_accepted() {
    let folder = Folder::new();
    let node = folder.0.path().join("node.json");
    let plan_file = folder.0.path().join("plan.json");
    let sim = format!("--executor=sim:{}", node.display());
    let fresh = || {
        let _ = fs::remove_dir_all(folder.0.path().join("node.json.journal"));
        fs::copy("fixtures/shop/win-1.json", &node).expect("a copy");
    };
    fresh();
    let plan = hnsplan("plan -o json").args(SHOP).arg(&sim).run();
    let document: Value = serde_json::from_str(plan.succeeded()).expect("a plan");
    let lost = document["lost"].as_array().expect("losses");
    let lost: BTreeSet<String> =
        lost.iter().filter_map(|loss| loss["code"].as_str().map(str::to_owned)).collect();
    assert!(lost.len() > 3, "{lost:?}");
    let subsets =
        lost.iter().map(|left_out| lost.iter().filter(|code| *code != left_out).collect::<Vec<_>>());
    for accepted in subsets.chain([lost.iter().collect(), Vec::new()]) {
        let is_all = accepted.len() == lost.len();
        let allow = folder.allow(accepted.iter().copied());
        let flag = format!("--allow={}", allow.display());
        let wanted = if is_all { 0 } else { 2 };
        let check = |outcome: &Outcome, how: &str| {
            assert_eq!(outcome.code, wanted, "{how} {accepted:?}: {}", outcome.stderr);
            assert_eq!(outcome.stderr.contains("A1212"), !is_all, "{how}: {}", outcome.stderr);
        };
        // Planned and carried out at once.
        fresh();
        check(&hnsplan("apply --dry-run").args(SHOP).arg(&sim).arg(&flag).run(), "apply");
        // Accepted when the plan is made, which records the reasons.
        let plan = hnsplan("plan --out").arg(&plan_file).args(SHOP).arg(&sim).arg(&flag).run();
        assert_eq!(plan.succeeded().matches("accepted: a test of ").count() > 0, !accepted.is_empty());
        check(&hnsplan("apply --dry-run").arg(&plan_file).arg(&sim).run(), "apply of a plan");
        // Accepted when it is carried out.
        hnsplan("plan --out").arg(&plan_file).args(SHOP).arg(&sim).run().succeeded();
        check(&hnsplan("apply --auto-approve").arg(&plan_file).arg(&sim).arg(&flag).run(), "apply of a plan");
    }
    let never = hnsplan("apply --fail-on never --auto-approve").args(SHOP).arg(&sim).run();
    assert!(never.failed(2).contains("--allow FILE"), "{}", never.stderr);
}

/// `--fail-on` refuses more changes, and none less.
#[test]
fn more_findings_can_refuse_a_change() {
    let folder = Folder::new();
    let node = folder.0.path().join("node.json");
    fs::copy("fixtures/shop/win-1.json", &node).expect("a copy");
    let sim = format!("--executor=sim:{}", node.display());
    let run = |flags: &str| {
        hnsplan("apply --dry-run --allow-lossy -v --message-format json")
            .args(SHOP)
            .arg(&sim)
            .args(flags)
            .run()
    };
    let found = codes(&run(""));
    assert!(found.len() > 3);
    for code in &found {
        let refused = run(&format!("--fail-on {code}"));
        assert!(refused.failed(2).contains("A1227"), "{code}: {}", refused.stderr);
    }
    run("--fail-on D0802").succeeded();
    run("--fail-on note").failed(2);
}

/// A suite passes its expectations, and fails on what else is found if that is asked for.
#[test]
fn findings_of_a_suite_count_if_they_are_asked_for() {
    let run = |flags: &str| hnsplan("test fixtures/suite").args(flags).env("CI", "true").run();
    run("").succeeded();
    run("--fail-on note").failed(1);
    run("--fail-on error").succeeded();
}
