//! Promise: expectations about single packets are checked beside snapshots or without them, and a suite can be begun in
//! a folder that has manifests only.

use std::fs;
use std::path::Path;

use crate::support::exe::{Outcome, hnsplan};

const APP: &str = "fixtures/examples/app.yaml";
const SETTINGS: &str = "apiVersion: hnsplan/v1alpha1\nkind: Suite\nflags: [--node, linux-1]\nassume: true\n";

fn run(folder: &Path, arguments: &str, ci: &str) -> Outcome {
    hnsplan(&format!("test . {arguments}")).inside(folder).env("CI", ci).run()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room");
    fs::copy(APP, folder.path().join("app.yaml")).expect("it can be copied");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("it can be written");
    }
    folder
}

fn expectations(entries: &str) -> String {
    format!("apiVersion: hnsplan/v1alpha1\nkind: Expectations\nexpect:\n{entries}\n")
}

/// Each verdict is checked by itself, on the named targets or on the first two.
#[test]
fn verdicts_are_as_expected_or_named() {
    for (entry, same, unmet) in [
        ("- {to: 'shop/front:80', expect: delivered}", 2, vec![]),
        ("- {to: 'shop/front:80', on: [iptables], expect: delivered}", 1, vec![]),
        (
            "- {from: external, to: 'shop/front:http', on: [iptables], expect: dropped}",
            0,
            vec!["on iptables: expected dropped, is delivered"],
        ),
        (
            "- {to: 'shop/front:80', on: [iptables, hns], expect: rejected}",
            0,
            vec!["on iptables: expected rejected, is delivered", "on hns: expected rejected, is delivered"],
        ),
        (
            "- {to: 'shop/front:80', on: [iptables-save], expect: delivered}",
            0,
            vec!["on iptables-save: no dump of the node is given"],
        ),
        ("- {to: 'shop/fornt:80', on: [iptables], expect: delivered}", 0, vec!["no Service matches"]),
    ] {
        let text = expectations(entry);
        let folder = folder(&[("hnsplan.yaml", SETTINGS), ("app.expect.yaml", &text)]);
        let outcome = run(folder.path(), "", "true");
        assert_eq!(
            outcome.code,
            i32::from(!unmet.is_empty()),
            "{entry}: {}{}",
            outcome.stdout,
            outcome.stderr
        );
        for line in &unmet {
            assert!(outcome.stdout.contains(line), "{entry}: {}", outcome.stdout);
        }
        let sum = format!("1 cases: {same} outputs as expected, ");
        assert!(outcome.stdout.contains(&sum), "{entry}: {}", outcome.stdout);
        // What is accepted are snapshots: a verdict that is expected stays so.
        assert_eq!(run(folder.path(), "--accept", "").code, outcome.code, "{entry}");
        let junit = run(folder.path(), "-o junit", "true");
        assert_eq!(junit.stdout.contains("<failure"), !unmet.is_empty(), "{entry}: {}", junit.stdout);
    }
}

#[test]
fn wrong_expectations_are_refused_with_their_place() {
    let text = expectations("- {to: 'shop/front:80', expect: lost}");
    let folder = folder(&[("hnsplan.yaml", SETTINGS), ("app.expect.yaml", &text)]);
    let outcome = run(folder.path(), "", "true");
    assert!(outcome.failed(2).contains("app.expect.yaml:4:"), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("unknown verdict `lost`; expected one of delivered"),
        "{}",
        outcome.stderr
    );
}

/// A change of the manifest that changes what becomes of a packet fails.
#[test]
fn a_change_of_the_manifest_shows() {
    let text = expectations("- {to: 'shop/front:80', expect: delivered}");
    let folder = folder(&[("hnsplan.yaml", SETTINGS), ("app.expect.yaml", &text)]);
    run(folder.path(), "", "true").succeeded();
    let app = fs::read_to_string(APP).expect("it can be read");
    for (from, to) in [
        ("replicas: 2", "replicas: 0"),
        ("    app: front\n  ports", "    app: fornt\n  ports"),
        ("port: 80\n", "port: 81\n"),
    ] {
        assert!(app.contains(from));
        fs::write(folder.path().join("app.yaml"), app.replacen(from, to, 1)).expect("it can be written");
        let outcome = run(folder.path(), "", "true");
        outcome.failed(1);
    }
}

/// What is written passes at once, keeps words for addresses, and is never written over.
#[test]
fn a_suite_is_begun() {
    let folder = folder(&[]);
    assert!(run(folder.path(), "--init", "true").failed(2).contains("--init writes files"));
    run(folder.path(), "--init", "").succeeded();
    for name in ["hnsplan.yaml", "assumptions.yaml", "app.ipv4.rules", "app.hns.json", "app.messages.txt"] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    let rules = fs::read_to_string(folder.path().join("app.ipv4.rules")).expect("it is kept");
    assert!(rules.contains("-d clusterIP:shop/front"), "{rules}");
    assert!(run(folder.path(), "", "true").succeeded().contains("1 cases: 3 outputs as expected, 0 differ"));
    assert!(run(folder.path(), "--init", "").failed(2).contains("it is there already"));
    let app = fs::read_to_string(APP).expect("it can be read");
    fs::write(folder.path().join("app.yaml"), app.replace("targetPort: 8443", "targetPort: 8444"))
        .expect("it can be written");
    run(folder.path(), "", "true").failed(1);
}
