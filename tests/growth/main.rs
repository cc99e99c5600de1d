//! Promise: no command does more than twice the work where its input is twice as large. The work is counted in
//! instructions, by valgrind, so that a busy machine changes nothing.

#![cfg(target_os = "linux")]

mod cluster;
#[path = "../it/support/skip.rs"]
mod skip;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use rayon::prelude::*;

/// The Services of the three inputs. What a run costs without any input is the same for all and falls out.
const SIZES: [usize; 3] = [16, 32, 64];

/// How much more the second doubling may cost than the first: 2 where the work is linear, 4 where it is quadratic. Sorting and
/// tables that grow take a little more than 2.
const MOST: f64 = 2.5;

/// How much more it costs at least: where it is less, something else than the input makes the work.
const LEAST: f64 = 1.8;

/// What is run on the inputs of [`cluster::write`], and may end with these codes.
const COMMANDS: [(&str, &[i32]); 21] = [
    ("compile -t iptables -f cluster.yaml --node node-0", &[0]),
    ("compile -t nftables -f cluster.yaml --node node-0", &[0]),
    ("compile -t hns -f cluster.yaml --node node-1", &[0]),
    ("compile -t netsh -f cluster.yaml --node node-1", &[0]),
    ("compile -t ir -f cluster.json --node node-0", &[0]),
    ("compile -t iptables -f broken.yaml --node node-0 --keep-going", &[1]),
    ("compile -t iptables -f broken.yaml --node node-0 --keep-going --message-format json", &[1]),
    ("fill -f workloads.yaml", &[0]),
    ("check -t iptables,hns -f cluster.yaml --node node-1 --fail-on never", &[0]),
    ("check -t nftables,netsh -f cluster.yaml --node node-1 --fail-on never -o json", &[0]),
    ("check -f cluster.yaml --nodes node-0,node-1 --fail-on never", &[0]),
    ("diff --old cluster.yaml --new changed.yaml -t iptables --node node-0", &[1]),
    ("diff --old cluster.yaml --new changed.yaml -t hns --node node-1 --semantic", &[1]),
    ("diff iptables rules.txt -f cluster.yaml --node node-0", &[0]),
    ("diff iptables others.txt -f cluster.yaml --node node-0", &[1]),
    ("trace -t iptables,hns -f cluster.yaml --node node-1 --from external --to shop/web-0", &[0]),
    ("graph -t hns -f cluster.yaml --node node-1 -o json", &[0]),
    ("plan -f cluster.yaml --node node-1 --executor sim:node.json", &[0]),
    ("replay 1.yaml 2.yaml -t hns --network-type L2Bridge --node node-1", &[1]),
    ("explain log proxy.log", &[0]),
    ("explain log proxy.log -f cluster.yaml", &[0]),
];

/// The instructions that a command takes.
fn instructions(folder: &Path, command: &str, codes: &[i32]) -> f64 {
    // Commands are counted beside each other.
    let counted = tempfile::NamedTempFile::new().expect("a file");
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(format!("--log-file={}", counted.path().display()))
        .arg(env!("CARGO_BIN_EXE_hnsplan"))
        .args(command.split(' '))
        .current_dir(folder)
        // How work is divided among threads costs a little, which differs from run to run.
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::null())
        .output()
        .expect("valgrind can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    let is_as_expected = output.status.code().is_some_and(|code| codes.contains(&code));
    assert!(is_as_expected, "{command}: {} {errors}", output.status);
    let counted = fs::read_to_string(counted.path()).expect("valgrind writes what it counted");
    let line = counted.lines().find_map(|line| line.split_once("refs:")).expect("it counts instructions");
    line.1.trim().replace(',', "").parse().expect("a number")
}

#[test]
fn twice_the_input_takes_no_more_than_twice_the_work() {
    if let Err(error) = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status() {
        return skip::skip(&skip::not_started("valgrind", &error));
    }
    let folders = SIZES.map(|size| {
        let folder = tempfile::tempdir().expect("a folder");
        cluster::write(folder.path(), size);
        folder
    });
    let growth = |(command, codes): &(&'static str, &[i32])| {
        let counts = folders.each_ref().map(|folder| instructions(folder.path(), command, codes));
        let [one, two, four] = counts;
        ((four - two) / (two - one), *command)
    };
    let growths: Vec<(f64, &str)> = COMMANDS.par_iter().map(growth).collect();
    let is_wrong = |(growth, _): &&(f64, &str)| !(LEAST..=MOST).contains(growth);
    let wrong: Vec<_> = growths.iter().filter(is_wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
