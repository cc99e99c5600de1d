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

/// Whatever words a suite has for flags, nothing outside of its folder is made or changed, and nothing at all in CI.
#[test]
fn no_flag_of_a_suite_writes_outside_of_its_folder() {
    let flags = [
        "-o",
        "-o../x",
        "-vo../x",
        "-qo../x",
        "-Ao../x",
        "-Ro../x",
        "-Rvqo../x",
        "--out",
        "--out=../x",
        "--output=../x",
        "--ou=../x",
        "-O../x",
        "--print-assumptions",
        "--sim-state=../x",
        "--executor=sim:../x",
        "--journal=../x",
        "-t",
        "-tir",
        "-Rtir",
        "-f../x",
        "-Rf../x",
        "--filename=../x",
        "--file=../x",
        "--init=../x",
        "--accept",
        "-n",
        "--",
        "../x",
    ];
    let listing = |folder: &Path| {
        let mut found: Vec<(String, Vec<u8>)> = Vec::new();
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).expect("it can be read") {
                let path = entry.expect("it can be read").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.push((path.display().to_string(), fs::read(&path).expect("it can be read")));
                }
            }
        }
        found.sort();
        found
    };
    let parent = tempfile::tempdir().expect("a folder can be made");
    let suite = parent.path().join("suite");
    fs::create_dir(&suite).expect("a folder can be made");
    fs::write(parent.path().join("x"), "precious").expect("it can be written");
    fs::copy("fixtures/shop/cluster.yaml", suite.join("shop.yaml")).expect("it can be copied");
    fs::write(suite.join("shop.ipv4.rules"), "something else\n").expect("it can be written");
    let outside = || {
        listing(parent.path()).into_iter().filter(|(name, _)| !name.contains("/suite/")).collect::<Vec<_>>()
    };
    let before = outside();
    let pairs =
        flags.iter().flat_map(|one| flags.iter().take(6).map(move |other| format!("'{one}', '{other}'")));
    for words in flags.iter().map(|one| format!("'{one}'")).chain(pairs) {
        let settings =
            format!("apiVersion: hnsplan/v1alpha1\nkind: Suite\nflags: [--node, linux-1, {words}]\n");
        fs::write(suite.join("hnsplan.yaml"), settings).expect("it can be written");
        let inside = listing(&suite);
        run(&suite, "true", "");
        assert_eq!(listing(&suite), inside, "in CI: {words}");
        run(&suite, "", "");
        assert_eq!(outside(), before, "{words}");
    }
}

/// Settings and expectations under a name that is not read are no part of the suite, and that is not passed over.
#[test]
fn files_with_nearly_the_right_name_are_refused() {
    for (name, meant) in [
        ("hnsplan.yml", Some("hnsplan.yaml")),
        ("Hnsplan.yaml", Some("hnsplan.yaml")),
        ("HNSPLAN.YML", Some("hnsplan.yaml")),
        ("new.expect.yml", Some("new.expect.yaml")),
        ("New.Expect.YAML", Some("New.expect.yaml")),
        ("hnsplan.md", None),
        ("expect.yml", None),
    ] {
        let folder = copied();
        fs::write(folder.path().join(name), "").expect("a file can be written");
        let outcome = run(folder.path(), "", "");
        match meant {
            Some(meant) => {
                let said = format!("{name} is not read under this name; rename it to {meant}");
                assert!(outcome.failed(2).contains(&said), "{name}: {}", outcome.stderr);
            }
            None => {
                assert!(
                    !outcome.stderr.contains("is not read under this name"),
                    "{name}: {}",
                    outcome.stderr
                );
            }
        }
    }
}
