//! What commands took when it was last looked at, kept beside this file. It is compared by the same compiler only.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Counted;

/// What to do when a command takes more.
pub(crate) const HOW: &str = "find what costs more with valgrind --tool=callgrind; if it is worth it, or something new does more, keep \
                              the new numbers: HNSPLAN_BASELINE=write cargo test --test growth";

/// The compiler, and thousands of instructions by command: what the third input takes more than the second one. What a run
/// costs without any input, which every new flag changes, is in none of them.
pub(crate) struct Baseline {
    pub(crate) compiler: String,
    thousands: BTreeMap<String, f64>,
}

impl Baseline {
    pub(crate) fn of(counted: &[Counted]) -> Self {
        let thousands = |of: &Counted| (of.instructions[2] - of.instructions[1]) / 1000.0;
        Self {
            compiler: compiler(),
            thousands: counted.iter().map(|of| (of.command.to_owned(), thousands(of))).collect(),
        }
    }

    pub(crate) fn read() -> Self {
        let text = std::fs::read_to_string(path()).expect("it is kept");
        let mut lines = text.lines();
        let compiler = lines.next().expect("it begins with a compiler").to_owned();
        let line = |line: &str| {
            let (thousands, command) = line.trim_start().split_once(' ').expect("a number and a command");
            (command.to_owned(), thousands.parse().expect("a number"))
        };
        Self { compiler, thousands: lines.map(line).collect() }
    }

    pub(crate) fn write(&self) {
        let mut text = format!("{}\n", self.compiler);
        for (command, thousands) in &self.thousands {
            writeln!(text, "{thousands:>9.0} {command}").expect("it is in memory");
        }
        std::fs::write(path(), text).expect("it can be written");
    }

    /// Commands that take more than what is kept of them, by more than a part of it; and those of which nothing is kept.
    pub(crate) fn more_than(&self, kept: &Self, tolerance: f64) -> Vec<String> {
        let told = |(command, now): (&String, &f64)| match kept.thousands.get(command) {
            None => Some(format!("{command}: nothing is kept of it")),
            Some(was) => {
                let ratio = now / was;
                (ratio > 1.0 + tolerance).then(|| format!("{command}: {ratio:.3} times what it took"))
            }
        };
        self.thousands.iter().filter_map(told).collect()
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/growth/baseline.txt")
}

/// The compiler and its target, as it names itself.
fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("the compiler can be run");
    let version = String::from_utf8(output.stdout).expect("it is text");
    format!("{} {}", version.trim(), std::env::consts::ARCH)
}
