//! Promise: `hnsplan test` reports what differs from the outputs kept beside the manifests, writes only on
//! request, and never in CI.

use std::fs;
use std::path::Path;

use crate::support::exe::{Outcome, hnsplan};

const SHIPPED: &str = "fixtures/suite";

fn run(folder: &Path, ci: &str, arguments: &str) -> Outcome {
    hnsplan("test").arg(folder).args(arguments).env("CI", ci).run()
}

/// A copy of the shipped suite.
pub(crate) fn copied() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for inner in ["linux", "windows"] {
        let to = folder.path().join(inner);
        fs::create_dir(&to).expect("a folder can be made");
        for entry in fs::read_dir(Path::new(SHIPPED).join(inner)).expect("it is shipped") {
            let from = entry.expect("it can be read").path();
            fs::copy(&from, to.join(from.file_name().expect("a name"))).expect("it can be copied");
        }
    }
    folder
}

#[test]
fn the_shipped_suite_is_as_expected() {
    let outcome = run(Path::new(SHIPPED), "true", "");
    assert_eq!(outcome.succeeded(), "2 cases: 4 outputs as expected, 0 differ\n");
}

#[test]
fn what_differs_is_shown_proposed_and_accepted() {
    let folder = copied();
    let expected = folder.path().join("linux/wrong-port-name.ipv4.rules");
    let proposal = folder.path().join("linux/wrong-port-name.ipv4.rules.new");
    let right = fs::read_to_string(&expected).expect("it is shipped");
    fs::write(&expected, right.replace("REJECT", "DROP")).expect("it can be written");

    let in_ci = run(folder.path(), "true", "");
    in_ci.failed(1);
    assert!(!proposal.exists());
    assert!(in_ci.stdout.contains("3 outputs as expected, 1 differ"), "{}", in_ci.stdout);
    run(folder.path(), "true", "--accept").failed(2);

    let outcome = run(folder.path(), "", "");
    outcome.failed(1);
    let removed = outcome.stdout.lines().filter(|line| line.starts_with("--A KUBE-SERVICES")).count();
    let added = outcome.stdout.lines().filter(|line| line.starts_with("+-A KUBE-SERVICES")).count();
    assert_eq!((removed, added), (1, 1), "{}", outcome.stdout);
    assert_eq!(fs::read_to_string(&proposal).expect("it is proposed"), right);

    let accepted = run(folder.path(), "", "--accept");
    assert!(
        accepted.succeeded().contains("3 outputs as expected, 1 accepted, 0 differ"),
        "{}",
        accepted.stdout
    );
    assert_eq!(fs::read_to_string(&expected).expect("it is there"), right);
    assert!(!proposal.exists());
    run(folder.path(), "true", "").succeeded();
}

#[test]
fn a_new_case_is_not_as_expected_until_it_is_accepted() {
    let folder = copied();
    let windows = folder.path().join("windows");
    fs::remove_file(windows.join("sticky.hns.json")).expect("it is shipped");
    let outcome = run(folder.path(), "true", "");
    outcome.failed(1);
    assert!(
        outcome.stdout.contains("new  ") && outcome.stdout.contains("+  \"kind\": \"HnsPlan\""),
        "{}",
        outcome.stdout
    );
    run(folder.path(), "", "--accept").succeeded();
    let accepted = fs::read_to_string(windows.join("sticky.hns.json")).expect("it is accepted");
    assert!(accepted.contains("guid-1") && !accepted.contains("-5"), "{accepted}");
}

#[test]
fn what_cannot_be_run_is_an_error() {
    let folder = copied();
    let settings = folder.path().join("linux/hnsplan.yaml");
    let head = "apiVersion: hnsplan/v1alpha1\nkind: Suite\n";
    for (text, message) in [
        ("kind: Pod\n".to_owned(), "it is no suite"),
        (format!("{head}flags: [-o, out]\n"), "set by the suite itself"),
        (
            format!("{head}flags: [--no-such-flag]\noutputs: [ipv4.rules]\n"),
            "flags of the suite: unexpected argument",
        ),
        (format!("{head}outputs: [everything]\n"), "unknown output `everything`"),
    ] {
        fs::write(&settings, text).expect("it can be written");
        let outcome = run(folder.path(), "true", "");
        assert!(outcome.failed(2).contains(message), "{message}: {}", outcome.stderr);
    }
    let empty = tempfile::tempdir().expect("a folder can be made");
    assert!(run(empty.path(), "", "").failed(2).contains("no manifest with an expected output"));
    assert!(run(&empty.path().join("nothing"), "", "").failed(2).contains("cannot read"));
}

/// A suite may be somebody else's repository.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_of_the_suite() {
    use std::os::unix::fs::symlink;

    for (arguments, link, leads_to) in [
        ("", "linux/wrong-port-name.ipv4.rules.new", "file"),
        ("--accept", "linux/wrong-port-name.ipv4.rules", "file"),
        ("--accept", "linux/wrong-port-name.ipv4.rules", "nowhere"),
        ("", "linux/wrong-port-name.ipv4.rules.new", "nowhere"),
    ] {
        let (folder, outside) = (copied(), tempfile::tempdir().expect("a folder can be made"));
        let target = outside.path().join("precious");
        if leads_to == "file" {
            fs::write(&target, "precious").expect("it can be written");
        }
        let expected = folder.path().join("linux/wrong-port-name.ipv4.rules");
        fs::write(&expected, "something else\n").expect("it can be written");
        let link = folder.path().join(link);
        let _ = fs::remove_file(&link);
        symlink(&target, &link).expect("a link can be made");
        run(folder.path(), "", arguments);
        match leads_to {
            "file" => {
                assert_eq!(fs::read_to_string(&target).expect("it is there"), "precious", "{arguments}");
            }
            _ => assert!(!target.exists(), "{arguments}"),
        }
    }
}
