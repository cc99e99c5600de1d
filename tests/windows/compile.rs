//! Promise: the exe for Windows says what the one for Linux says, byte for byte.

use std::process::Command;

use crate::run::assert_same;
use crate::tools;
use crate::wine::{outcome, windows};

/// Everything that is written differently somewhere: plans, scripts, the IR, messages with places in files.
const COMMAND_LINES: [&str; 9] = [
    "--version",
    "compile -t hns --node linux-1 -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml",
    "compile -t iptables --family ipv4 --node linux-1 -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml",
    "compile -t netsh --node linux-1 -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml",
    "compile -t ir --node linux-1 -f fixtures/shop --config fixtures/shop/kube-proxy.yaml",
    "compile -t hns --hns-format powershell --node linux-1 -f fixtures/golden/051-dualstack/manifests.yaml",
    "explain 0x803b0013",
    "compile -t hns -f fixtures/no-such-file.yaml",
    "compile -t nonsense",
];

#[test]
fn it_prints_what_it_prints_on_linux() {
    let Some(windows) = windows() else { return };
    for line in COMMAND_LINES {
        let run = |mut command: Command| {
            command.args(line.split(' ')).current_dir(tools::sources());
            outcome(&command.output().expect("hnsplan can be started"))
        };
        let linux = run(Command::new(env!("CARGO_BIN_EXE_hnsplan")));
        let (code, stdout, stderr) = run(windows.hnsplan(None));
        assert_eq!(code, linux.0, "{line}: {stderr}");
        assert_same(&linux.1, &stdout, line);
        // The system has its own words for a file that is not there, and the program its own ending.
        let in_own_words = line.contains("no-such") || line.contains("nonsense");
        assert!(in_own_words || stderr == linux.2, "{line}: {stderr}");
        assert_eq!(stderr.is_empty(), linux.2.is_empty(), "{line}");
    }
}

#[test]
fn names_of_files_may_be_long_and_in_any_letters() {
    let Some(windows) = windows() else { return };
    let folder = tempfile::tempdir().expect("there is room for a folder");
    // Windows takes 260 characters of those who do not ask for more.
    let deep =
        (0..8).fold(folder.path().join("Dienste für 東京 🖧"), |path, _| path.join("n".repeat(40)));
    std::fs::create_dir_all(&deep).expect("the folder can be made");
    let manifest = tools::sources().join("fixtures/shop/cluster.yaml");
    std::fs::copy(manifest, deep.join("Übersicht.yaml")).expect("the file can be copied");
    let mut command = windows.hnsplan(None);
    command.args(["compile", "-t", "hns", "--node", "linux-1", "-f"]).arg(deep.join("Übersicht.yaml"));
    let (code, stdout, stderr) = outcome(&command.output().expect("hnsplan can be started"));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("Übersicht.yaml:"), "the plan names its sources");
}
