//! The whole program on a large cluster, time and peak memory: `cargo bench --bench process`.
//!
//! With a file as argument, that file is read instead of a generated one:
//! `cargo bench --bench process -- cluster.yaml --node node-0001`.

mod cluster;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};

use cluster::{Format, Size};

const RUNS: usize = 7;
/// Tells this program to start hnsplan once.
const ONE_RUN: &str = "--one-run";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.split_first() {
        Some((first, command)) if first == ONE_RUN => return one_run(command),
        _ => println!("{:<24} {:>10} {:>8} {:>8} {:>12}", "input", "size", "best", "median", "peak memory"),
    }
    if let Some((file, flags)) = arguments.split_first() {
        measure(file, Path::new(file), flags);
        return;
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    for services in [10_000, 20_000] {
        for (name, format) in [("yaml", Format::Yaml), ("json", Format::Json)] {
            let size = Size { services, endpoints: 10, nodes: 1_000 };
            let file = directory.path().join(format!("cluster.{name}"));
            std::fs::write(&file, cluster::write(size, format)).expect("room for the cluster");
            let flags = ["--node", "node-0001", "--cluster-cidr", "10.128.0.0/14"].map(str::to_owned);
            measure(&format!("{name}, {services} services"), &file, &flags);
        }
    }
}

fn measure(name: &str, file: &Path, flags: &[String]) {
    let mut runs: Vec<(f64, u64)> = (0..RUNS).map(|_| run(file, flags)).collect();
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let size = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    let peak = runs.iter().map(|(_, peak)| *peak).max().unwrap_or(0);
    println!(
        "{name:<24} {:>7}.{} MB {:>6.2} s {:>6.2} s {:>8} MiB",
        size / 1_000_000,
        size / 100_000 % 10,
        runs[0].0,
        runs[RUNS / 2].0,
        peak / 1024,
    );
}

/// Seconds, and peak resident memory in KiB. The kernel tells the peak of all children together, so
/// each run has a parent of its own.
fn run(file: &Path, flags: &[String]) -> (f64, u64) {
    let output = Command::new(std::env::current_exe().expect("the path of this program"))
        .args([ONE_RUN, "compile", "-t", "iptables", "--family", "ipv4", "-f"])
        .arg(file)
        .args(flags)
        .output()
        .expect("this program can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    let (seconds, peak) = text.trim().split_once(' ').expect("two numbers");
    (seconds.parse().expect("seconds"), peak.parse().expect("KiB"))
}

fn one_run(arguments: &[String]) {
    let start = Instant::now();
    Command::new(env!("CARGO_BIN_EXE_hnsplan"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("hnsplan can be started");
    let seconds = start.elapsed().as_secs_f64();
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts").max_rss();
    println!("{seconds} {peak}");
}
