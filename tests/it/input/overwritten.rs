//! Promise: no answer is written over what a run has read, whatever name leads there, and a command that fails has not written half
//! of what it writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::exe::hnsplan;

const FILES: [(&str, &str); 5] = [
    ("fixtures/shop/cluster.yaml", "in/cluster.yaml"),
    ("fixtures/shop/kube-proxy.yaml", "kube-proxy.yaml"),
    ("fixtures/shop/facts.yaml", "facts.yaml"),
    ("fixtures/shop/allow.yaml", "allow.yaml"),
    ("fixtures/shop/win-1.json", "dumps/win-1.json"),
];

/// A folder with the shop, and other names for each of its files.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for inner in ["in", "dumps", "seq", "names"] {
        fs::create_dir(folder.path().join(inner)).expect("it can be made");
    }
    for (from, to) in FILES {
        fs::copy(from, folder.path().join(to)).expect("it can be copied");
    }
    fs::copy("fixtures/shop/cluster.yaml", folder.path().join("seq/01.yaml")).expect("it can be copied");
    folder
}

/// All files below a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("it can be read") {
        let path = entry.expect("it is there").path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else {
            all.insert(path.clone(), fs::read(&path).expect("it can be read"));
        }
    }
    all
}

/// Other names for a file: spelled differently, and where the system has them by a link of either kind.
fn names(folder: &Path, file: &str) -> Vec<String> {
    let mut names = vec![file.to_owned(), format!("./{file}"), format!("in/../{file}")];
    #[cfg(unix)]
    {
        let [soft, hard] = ["names/soft", "names/hard"].map(|name| folder.join(name));
        for link in [&soft, &hard] {
            drop(fs::remove_file(link));
        }
        std::os::unix::fs::symlink(folder.join(file), soft).expect("it can be made");
        fs::hard_link(folder.join(file), hard).expect("it can be made");
        names.extend(["names/soft", "names/hard"].map(str::to_owned));
    }
    #[cfg(not(unix))]
    let _ = folder;
    names
}

#[test]
fn no_input_is_overwritten_whatever_names_it() {
    let folder = folder();
    let node = "--config kube-proxy.yaml --facts facts.yaml --node win-1";
    let given = "-f in/cluster.yaml --config kube-proxy.yaml --facts facts.yaml --node win-1";
    let commands = [
        (
            format!("check {given} --allow allow.yaml"),
            &["in/cluster.yaml", "kube-proxy.yaml", "facts.yaml", "allow.yaml"][..],
        ),
        (format!("check -f in {node}"), &["in/cluster.yaml"]),
        (format!("check -o json -t hns,hns-state {given} --dump dumps/win-1.json"), &["dumps/win-1.json"]),
        (
            format!(
                "check -t hns,hns-state -f in -f {} --dumps dumps",
                "in/cluster.yaml --config kube-proxy.yaml"
            ),
            &["dumps/win-1.json"],
        ),
        (format!("diff hns dumps/win-1.json {given}"), &["dumps/win-1.json", "in/cluster.yaml"]),
        (format!("diff --old in/cluster.yaml --new in {node} -o html"), &["in/cluster.yaml"]),
        (format!("trace {given} --matrix"), &["in/cluster.yaml"]),
        (format!("graph -t hns {given} -o svg"), &["in/cluster.yaml", "facts.yaml"]),
        (format!("plan {given} --dump dumps/win-1.json"), &["dumps/win-1.json"]),
        (format!("replay seq {node}"), &["seq/01.yaml", "kube-proxy.yaml"]),
        ("fill -f in".to_owned(), &["in/cluster.yaml"]),
    ];
    for (command, inputs) in &commands {
        for input in *inputs {
            for name in names(folder.path(), input) {
                let before = contents(folder.path());
                let command = format!("{command} --out {name}");
                let outcome = hnsplan(&command).inside(folder.path()).run();
                assert_eq!(outcome.code, 2, "{command}: {}", outcome.stderr);
                assert_eq!(outcome.stdout, "", "{command}");
                let last = outcome.stderr.lines().last().unwrap_or_default();
                assert!(last.contains("--out: ") && last.contains("input of this run"), "{command}: {last}");
                assert_eq!(contents(folder.path()), before, "{command}");
            }
        }
    }
}

/// Of several files none is written if one of them is an input; others beside inputs are.
#[test]
fn folders_of_answers_are_written_beside_inputs_and_never_over_them() {
    let folder = folder();
    let given = "compile -t iptables,hns -f in/cluster.yaml --config kube-proxy.yaml --node win-1 --out in";
    hnsplan(given).inside(folder.path()).run().succeeded();
    let written: Vec<PathBuf> = contents(folder.path())
        .into_keys()
        .filter(|path| path.parent().is_some_and(|of| of.ends_with("in")))
        .collect();
    assert!(written.len() > 2, "{written:?}");
    // What was written once is an input now.
    let dump = written.iter().find(|path| path.ends_with("iptables.ipv4.rules")).expect("it is written");
    let before = contents(folder.path());
    let outcome = hnsplan(given).arg("--dump").arg(dump).inside(folder.path()).run();
    assert!(outcome.failed(2).contains("input of this run"), "{}", outcome.stderr);
    assert_eq!(contents(folder.path()), before);
    // A file that is only there is written over, as ever.
    hnsplan(given).inside(folder.path()).run().succeeded();
}

#[test]
fn a_suite_is_begun_as_a_whole_or_not_at_all() {
    let app = fs::read_to_string("fixtures/examples/app.yaml").expect("it is there");
    let only = |kind: &str| format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: x}}\n");
    let faults = [
        ("no YAML", "z/bad.yaml", "kind: [".to_owned()),
        ("a suite already", "z/hnsplan.yaml", "apiVersion: hnsplan/v1alpha1\nkind: Suite\n".to_owned()),
        ("assumptions already", "z/assumptions.yaml", only("ConfigMap")),
        ("wrong settings below", "z/inner/hnsplan.yaml", "kind: Suite\nflags: 7\n".to_owned()),
        ("wrong expectations", "z/app.expect.yaml", only("Expectations")),
    ];
    for (fault, name, text) in faults {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for inner in ["a", "z", "z/inner"] {
            fs::create_dir(folder.path().join(inner)).expect("it can be made");
        }
        for file in ["a/app.yaml", "z/app.yaml"] {
            fs::write(folder.path().join(file), &app).expect("it can be written");
        }
        // An output that is there is replaced by a new suite, and is back if that fails.
        fs::write(folder.path().join("a/app.ipv4.rules"), "before\n").expect("it can be written");
        fs::write(folder.path().join(name), text).expect("it can be written");
        let before = contents(folder.path());
        let outcome = hnsplan("test . --init").inside(folder.path()).run();
        assert_eq!(outcome.code, 2, "{fault}: {}", outcome.stdout);
        let after = contents(folder.path());
        assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{fault}");
        assert_eq!(after, before, "{fault}");
        // Once it is mended, it can be begun.
        fs::remove_file(folder.path().join(name)).expect("it is there");
        hnsplan("test . --init").inside(folder.path()).run().succeeded();
        hnsplan("test .").inside(folder.path()).run().succeeded();
    }
}

/// A pipe or device among the files of a folder is passed over or refused: reading it would never end.
#[cfg(unix)]
#[test]
fn what_never_ends_is_not_read_from_a_folder() {
    let folder = folder();
    for place in ["in/pipe.yaml", "in/pipe.json", "dumps/linux-1.save"] {
        let made = std::process::Command::new("mkfifo").arg(folder.path().join(place)).status();
        assert!(made.expect("mkfifo is there").success());
    }
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("in/zero.yml")).expect("it can be made");
    let input = "-f in --config kube-proxy.yaml --facts facts.yaml --node win-1";
    for command in ["compile -t hns", "check --fail-on never", "graph -t hns", "trace --matrix"] {
        let outcome = hnsplan(command).args(input).arg("-v").inside(folder.path()).run();
        assert_eq!(outcome.code, 0, "{command}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains("M0015") && outcome.stderr.contains("in/pipe.json and 2 more"),
            "{command}: {}",
            outcome.stderr
        );
    }
    let outcome = hnsplan("check -t hns,hns-state --dumps dumps -f in --config kube-proxy.yaml")
        .inside(folder.path())
        .run();
    assert_ne!(outcome.code, 0, "{}", outcome.stdout);
    for command in ["test in", "test in --init"] {
        let outcome = hnsplan(command).inside(folder.path()).run();
        assert!(outcome.failed(2).contains("pipe or device"), "{command}: {}", outcome.stderr);
    }
}
