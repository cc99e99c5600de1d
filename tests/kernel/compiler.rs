//! The program under test, and the golden cases it is given.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hnsplan::ir::RuleSet;
use hnsplan::node::{Config, Facts};
use hnsplan::pipeline::{Loaded, Setup};
use hnsplan::source::{Input, Sources};

use crate::restore::Family;

pub(crate) const VERSIONS: [&str; 2] = ["1.30", "1.36"];

/// Whether the text has the jumps from the base chains, without which the rules have no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jumps {
    Included,
    LeftOut,
}

/// One text to ask for: a golden case as a kube-proxy version would write it for a family.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) case: &'a str,
    pub(crate) version: &'a str,
    pub(crate) family: Family,
}

impl Request<'_> {
    /// Whether the real kube-proxy was recorded for it.
    pub(crate) fn is_recorded(&self) -> bool {
        self.recording().exists()
    }

    /// What the real kube-proxy wrote.
    pub(crate) fn recorded(&self) -> String {
        fs::read_to_string(self.recording()).expect("it was recorded")
    }

    fn recording(&self) -> PathBuf {
        self.directory().join(self.version).join(format!("iptables.{}.rules", self.family))
    }

    /// What the Services of the case are, of both families.
    pub(crate) fn rules(&self) -> RuleSet {
        let directory = self.directory();
        let files = ["manifests.yaml", "node.yaml"].map(|name| directory.join(name));
        let inputs: Vec<Input> = files
            .iter()
            .filter(|file| file.exists())
            .map(|file| Input::from(&*file.to_string_lossy()))
            .collect();
        let text = |name| fs::read_to_string(directory.join(name)).expect("a fixture is text");
        let setup = Setup {
            version: Some(self.version.parse().expect("a version")),
            config: Config::parse(&text("kube-proxy.yaml")).expect("a configuration"),
            facts: Facts::parse(&text("facts.yaml")).expect("facts"),
            ..Setup::default()
        };
        let sources = Sources::read(&inputs, false).expect("the fixtures can be read");
        Loaded::new(sources).parse(&setup).resolve(&setup).compile().rules
    }

    /// What hnsplan prints, whether or not it has also something to complain about.
    pub(crate) fn compile(&self, jumps: Jumps) -> String {
        let more: &[&str] = if jumps == Jumps::Included { &["--include-jumps"] } else { &[] };
        self.compiled("iptables", more).0
    }

    /// The text for `nft --file`, and what hnsplan says besides.
    pub(crate) fn compile_nft(&self) -> (String, String) {
        self.compiled("nftables", &[])
    }

    fn compiled(&self, target: &str, more: &[&str]) -> (String, String) {
        let directory = self.directory();
        let mut hnsplan = Command::new(env!("CARGO_BIN_EXE_hnsplan"));
        hnsplan.args(["compile", "-t", target]).args(more);
        hnsplan.args(["--family", &self.family.to_string(), "--kube-proxy-version", self.version]);
        hnsplan.arg("-f").arg(directory.join("manifests.yaml"));
        let node = directory.join("node.yaml");
        if node.exists() {
            hnsplan.arg("-f").arg(node);
        }
        hnsplan.arg("--config").arg(directory.join("kube-proxy.yaml"));
        hnsplan.arg("--facts").arg(directory.join("facts.yaml"));
        let output = hnsplan.output().expect("hnsplan can be run");
        let text = String::from_utf8(output.stdout).expect("texts of rules are UTF-8");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!text.is_empty(), "{hnsplan:?} printed nothing: {errors}");
        (text, errors)
    }

    fn directory(&self) -> PathBuf {
        golden().join(self.case)
    }
}

/// The names of all golden cases.
pub(crate) fn cases() -> Vec<String> {
    let entries = fs::read_dir(golden()).expect("the golden cases are there");
    let mut cases: Vec<String> = entries
        .map(|entry| entry.expect("the golden cases can be listed"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("case names are ASCII"))
        .collect();
    cases.sort();
    cases
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden")
}
