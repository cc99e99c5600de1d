//! The executor for iptables: runs the programs of this machine.

use std::io::{self, Write};
use std::process::{Command, Stdio};

use super::{IptablesStep, fingerprint};
use crate::answer::step::{self, Done, Failure, FailureClass, Fingerprint, Obstacle, StepStanding};
use crate::net::{Family, PerFamily};
use crate::platform::Executor;

/// How long to wait for another program that changes rules, in seconds.
const WAIT: &str = "30";

/// The exit code of iptables for a lock that another program holds.
const RESOURCE_PROBLEM: i32 = 4;

/// The iptables of this machine, in the current network namespace.
#[derive(Debug, Clone, Default)]
pub struct IptablesNode {
    variant: Variant,
}

/// Which programs are run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Variant {
    /// What `iptables` is on this machine.
    #[default]
    Default,
    /// `iptables-nft`
    Nft,
    /// `iptables-legacy`
    Legacy,
}

impl IptablesNode {
    /// With these programs.
    #[must_use]
    pub fn new(variant: Variant) -> Self {
        Self { variant }
    }

    fn program(&self, family: Family, what: &str) -> String {
        let family = match family {
            Family::Ipv4 => "iptables",
            Family::Ipv6 => "ip6tables",
        };
        let variant = match self.variant {
            Variant::Default => "",
            Variant::Nft => "-nft",
            Variant::Legacy => "-legacy",
        };
        format!("{family}{variant}-{what}")
    }

    fn save(&self, family: Family) -> Result<String, Failure> {
        let program = self.program(family, "save");
        let output = Command::new(&program).stdin(Stdio::null()).output();
        let output = output.map_err(|error| cannot_run(&program, &error))?;
        if !output.status.success() {
            return Err(said(&program, output.status.code(), &output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn restore(&self, family: Family, text: &str) -> Result<(), Failure> {
        let program = self.program(family, "restore");
        let mut child = Command::new(&program)
            .args(["--noflush", "--wait", WAIT])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| cannot_run(&program, &error))?;
        // A program that stops reading says why on standard error.
        let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes()));
        let output = child.wait_with_output().map_err(|error| cannot_run(&program, &error))?;
        if !output.status.success() {
            return Err(said(&program, output.status.code(), &output.stderr));
        }
        written.map_err(|error| cannot_run(&program, &error))
    }
}

impl Executor for IptablesNode {
    type Step = IptablesStep;
    type State = PerFamily<String>;

    fn fingerprint(state: &PerFamily<String>) -> Fingerprint {
        fingerprint(state)
    }

    fn read(&mut self) -> Result<PerFamily<String>, Failure> {
        Ok(PerFamily { ipv4: self.save(Family::Ipv4)?, ipv6: self.save(Family::Ipv6)? })
    }

    fn obstacles(&mut self, _: &[IptablesStep]) -> Result<Vec<Obstacle>, Failure> {
        let is_kube_proxy = |pid: &std::fs::DirEntry| {
            let name = std::fs::read_to_string(pid.path().join("comm"));
            name.is_ok_and(|name| name.trim() == "kube-proxy")
        };
        let runs = std::fs::read_dir("/proc")
            .is_ok_and(|mut all| all.any(|pid| pid.is_ok_and(|pid| is_kube_proxy(&pid))));
        let advice = "stop it first: it would overwrite these rules";
        let what = "kube-proxy runs on this node and changes the same chains";
        let obstacle = Obstacle::new(step::codes::OTHER_WRITER, what, advice).that_may_be_forced();
        Ok(runs.then_some(obstacle).into_iter().collect())
    }

    fn run(&mut self, step: &IptablesStep) -> Result<Done, Failure> {
        self.restore(step.0.family, &step.0.text()).map(|()| Done::default())
    }

    fn look(&mut self, step: &IptablesStep) -> Result<StepStanding, Failure> {
        let saved = self.save(step.0.family)?;
        Ok(if step.0.is_done(&saved) {
            StepStanding::After(Done::default())
        } else if step.0.inverse().is_done(&saved) {
            StepStanding::Before
        } else {
            StepStanding::Neither("its chains are neither as before nor as wanted".to_owned())
        })
    }

    fn recall(&mut self, _: &IptablesStep, _: &Done) {}
}

fn cannot_run(program: &str, error: &io::Error) -> Failure {
    Failure::permanent(
        format!("cannot run {program}: {error}."),
        "Install iptables, or apply on the node itself.",
    )
}

fn said(program: &str, code: Option<i32>, stderr: &[u8]) -> Failure {
    let stderr = String::from_utf8_lossy(stderr);
    // What follows is how to ask for help.
    let text: Vec<String> =
        stderr.lines().take_while(|line| !line.starts_with("Try `")).map(crate::name::escaped).collect();
    let ended = code.map_or_else(|| "was killed".to_owned(), |code| format!("ended with {code}"));
    let failure = Failure::permanent(
        format!("{program} {ended}: {}.", text.join(" ").trim()),
        "It needs root, and a kernel with the modules that the rules use.",
    );
    // A chain that cannot be deleted since somebody uses it ends with the same code.
    let is_locked = code == Some(RESOURCE_PROBLEM) && stderr.contains("lock");
    let class = if is_locked { FailureClass::Retry } else { failure.class };
    Failure { class, ..failure }
}
