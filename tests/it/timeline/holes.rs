//! Promise: a sequence with a hole is refused, with the file and what is missing: what a step does not say is not deleted
//! silently.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::exe::{Outcome, hnsplan};

/// A copy of the sequence of the documents.
fn rollout() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let copy = |from: &Path, to: &Path| {
        fs::create_dir_all(to).expect("a folder can be made");
        for entry in fs::read_dir(from).expect("it is shipped") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("it can be copied");
            }
        }
    };
    copy(Path::new("fixtures/rollout"), folder.path());
    copy(Path::new("fixtures/rollout/steps"), &folder.path().join("steps"));
    folder
}

fn replay(folder: &TempDir) -> Outcome {
    hnsplan("replay").arg(folder.path()).run()
}

#[test]
fn a_step_that_says_nothing_of_services_is_refused() {
    assert_ne!(replay(&rollout()).code, 2);
    let node = fs::read_to_string("fixtures/rollout/node.yaml").expect("it is shipped");
    for step in 1..=4 {
        for text in
            ["\n# nothing\n", "---\n...\n", "{apiVersion: v1, kind: Secret, metadata: {name: x}}\n", &*node]
        {
            for has_node in [true, false] {
                let folder = rollout();
                let file = format!("{step:02}.yaml");
                fs::write(folder.path().join("steps").join(&file), text).expect("it can be written");
                if !has_node {
                    fs::remove_file(folder.path().join("node.yaml")).expect("it is there");
                }
                let outcome = replay(&folder);
                assert!(outcome.failed(2).contains(&file), "{step} {text:?}: {}", outcome.stderr);
                assert_eq!(outcome.stdout, "", "{step} {text:?}");
            }
        }
    }
    // A list without items, and a file of no bytes, as moments are recorded, say that nothing is there.
    for text in ["apiVersion: v1\nkind: List\nitems: []\n", ""] {
        for has_node in [true, false] {
            let folder = rollout();
            fs::write(folder.path().join("steps/04.yaml"), text).expect("it can be written");
            if !has_node {
                fs::remove_file(folder.path().join("node.yaml")).expect("it is there");
            }
            let outcome = replay(&folder);
            assert_ne!(outcome.code, 2, "{text:?}: {}", outcome.stderr);
            assert!(outcome.stdout.contains("delete Service shop/web"), "{}", outcome.stdout);
        }
    }
}

#[test]
fn a_hole_in_the_numbers_or_two_manifests_of_one_step_are_refused() {
    for missing in [2, 3] {
        let folder = rollout();
        fs::remove_file(folder.path().join(format!("steps/{missing:02}.yaml"))).expect("it is there");
        let outcome = replay(&folder);
        assert!(outcome.failed(2).contains(&format!("step {missing} is missing")), "{}", outcome.stderr);
    }
    for twin in ["01.yml", "1.yaml", "001.yaml", "01.json", "01-again.yaml"] {
        let folder = rollout();
        let steps = folder.path().join("steps");
        fs::copy(steps.join("01.yaml"), steps.join(twin)).expect("it can be copied");
        let outcome = replay(&folder);
        let message = outcome.failed(2);
        assert!(message.contains("two manifests") && message.contains(twin), "{twin}: {message}");
    }
}

#[test]
fn what_is_said_of_no_step_or_no_call_is_refused() {
    for (name, text) in
        [("77.step.json", "{}"), ("5.hns.json", "{}"), ("05.faults.json", "[]"), ("x.step.json", "{}")]
    {
        let folder = rollout();
        fs::write(folder.path().join("steps").join(name), text).expect("it can be written");
        let outcome = replay(&folder);
        let message = outcome.failed(2);
        assert!(message.contains(name) && message.contains("no step beside it"), "{name}: {message}");
    }
    for (fault, said) in [
        (r#"[{"op": "CreateLoadBalancer", "nth": 0, "error": "x"}]"#, "from 1"),
        (r#"[{"op": "CreateLoadBalancer", "count": 0, "error": "x"}]"#, "from 1"),
        (r#"[{"op": "CreateLoadBalancers", "error": "x"}]"#, "did you mean CreateLoadBalancer?"),
        (r#"[{"op": "", "error": "x"}]"#, "expected one of"),
        (r#"[{"op": "iptables-restor", "error": "x"}]"#, "did you mean iptables-restore?"),
        (r#"[{"op": 1, "error": "x"}]"#, "expected text, found the number `1`"),
        (r#"[{"op": "CreateLoadBalancer", "nth": 99999999999, "error": "x"}]"#, "from 0 to 4294967295"),
        (r#"[{"op": "CreateLoadBalancer"}]"#, "the field `error` is missing"),
        (r#"[{"op": "CreateLoadBalancer", "error": "x", "nht": 1}]"#, "unknown field `nht`"),
    ] {
        let folder = rollout();
        fs::write(folder.path().join("steps/03.faults.json"), fault).expect("it can be written");
        let outcome = replay(&folder);
        let message = outcome.failed(2);
        assert!(message.contains(said) && message.contains("03.faults.json"), "{fault}: {message}");
    }
}

/// A file may name calls of other platforms, which do not fail here.
#[test]
fn calls_of_other_platforms_pass() {
    for op in ["iptables-restore", "nft", "CreateLoadBalancer"] {
        let folder = rollout();
        let fault = format!(r#"[{{"op": "{op}", "error": "x"}}]"#);
        fs::write(folder.path().join("steps/02.faults.json"), fault).expect("it can be written");
        let outcome = replay(&folder);
        assert_ne!(outcome.code, 2, "{op}: {}", outcome.stderr);
    }
}

/// Everything of the first step is made: one that is missing is not what was there before.
#[test]
fn a_sequence_begins_with_its_first_step() {
    for removed in 1..3 {
        let folder = rollout();
        let steps = folder.path().join("steps");
        let mut files: Vec<_> =
            fs::read_dir(&steps).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
        files.retain(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (1..=removed).any(|number| name.starts_with(&format!("0{number}")))
        });
        for file in files {
            fs::remove_file(file).expect("it can be removed");
        }
        let outcome = replay(&folder);
        let message = outcome.failed(2);
        assert!(message.contains(&format!("the first step has number {}", removed + 1)), "{message}");
    }
}
