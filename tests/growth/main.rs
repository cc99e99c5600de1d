//! Promise: no command does more than twice the work where its input is twice as large, or more than it did. The work is counted in
//! instructions, by valgrind, so that a busy machine changes nothing.

#![cfg(target_os = "linux")]

mod baseline;
mod cluster;
#[path = "../it/support/skip.rs"]
mod skip;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use rayon::prelude::*;

use self::baseline::Baseline;

/// The Services of the three inputs. What a run costs without any input is the same for all and falls out.
const SIZES: [usize; 3] = [16, 32, 64];

/// How much more the second doubling may cost than the first: 2 where the work is linear, 4 where it is quadratic. Sorting and
/// tables that grow take a little more than 2.
const MOST: f64 = 2.5;

/// How much more it costs at least: where it is less, something else than the input makes the work.
const LEAST: f64 = 1.8;

/// How much more a command may take for its input than what is kept of it.
const TOLERANCE: f64 = 0.03;

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

/// The instructions of each command on inputs of each size, counted once for all tests; `None` where valgrind is missing.
fn counted() -> Option<&'static [Counted]> {
    static COUNTED: OnceLock<Option<Vec<Counted>>> = OnceLock::new();
    let count = || {
        if let Err(error) = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status() {
            skip::skip(&skip::not_started("valgrind", &error));
            return None;
        }
        let folders = SIZES.map(|size| {
            let folder = tempfile::tempdir().expect("a folder");
            cluster::write(folder.path(), size);
            folder
        });
        let of = |(command, codes): &(&'static str, &[i32])| Counted {
            command,
            instructions: folders.each_ref().map(|folder| instructions(folder.path(), command, codes)),
        };
        Some(COMMANDS.par_iter().map(of).collect())
    };
    COUNTED.get_or_init(count).as_deref()
}

/// What a command takes.
struct Counted {
    command: &'static str,
    /// On the inputs of [`SIZES`].
    instructions: [f64; 3],
}

#[test]
fn twice_the_input_takes_no_more_than_twice_the_work() {
    let Some(counted) = counted() else { return };
    let growth = |of: &Counted| {
        let [one, two, four] = of.instructions;
        (of.command, (four - two) / (two - one))
    };
    let is_wrong = |(_, growth): &(&str, f64)| !(LEAST..=MOST).contains(growth);
    let wrong: Vec<_> = counted.iter().map(growth).filter(is_wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_command_takes_more_work_than_it_did() {
    let Some(counted) = counted() else { return };
    let now = Baseline::of(counted);
    if std::env::var_os("HNSPLAN_BASELINE").is_some_and(|how| how == "write") {
        return now.write();
    }
    let kept = Baseline::read();
    if kept.compiler != now.compiler {
        // Another compiler makes other instructions: these numbers say nothing about them.
        return skip::skip_always(&format!(
            "the baseline is of {}, and this is {}",
            kept.compiler, now.compiler
        ));
    }
    assert_eq!(now.more_than(&kept, TOLERANCE), Vec::<String>::new(), "{}", baseline::HOW);
}
