//! iptables of a Linux node: one text for `iptables-restore` for each table of each family, which the kernel takes
//! as a whole.

use std::io::{self, Write};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::answer::step::{
    Change as Line, Done, Failure, FailureClass, Fingerprint, Obstacle, Sign, Standing, Step,
};
use crate::diagnostics::Code;
use crate::net::{Family, PerFamily};
use crate::platform::Executor;
use crate::platform::iptables::{ChainChange, Change, TableChange};

/// How long to wait for another program that changes rules, in seconds.
const WAIT: &str = "30";

/// The exit code of iptables for a lock that another program holds.
const RESOURCE_PROBLEM: i32 = 4;

/// A change of one table of one family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IptablesStep(pub Change);

/// The iptables of this machine, in the current network namespace.
#[derive(Debug, Clone, Default)]
pub struct Iptables {
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

impl Iptables {
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

impl Step for IptablesStep {
    fn inverse(&self) -> Self {
        Self(self.0.inverse())
    }

    fn changes(&self) -> Vec<Line> {
        let tables = self.0.tables.iter();
        tables.flat_map(|table| of_table(table, self.0.family)).collect()
    }
}

fn of_table(table: &TableChange, family: Family) -> Vec<Line> {
    let program = match family {
        Family::Ipv4 => "iptables",
        Family::Ipv6 => "ip6tables",
    };
    let name = |of: &str| format!("{program} {} {of}", table.table.as_str());
    let chain = |chain: &ChainChange| Line {
        sign: match (&chain.before, &chain.after) {
            (None, _) => Sign::Add,
            (_, None) => Sign::Destroy,
            _ => Sign::Change,
        },
        kind: "chain",
        name: name(chain.chain.as_str()),
        detail: detail(chain),
        services: service(chain).into_iter().collect(),
    };
    let jumps = table.jumps.iter().map(|jump| Line {
        sign: if jump.is_there { Sign::Add } else { Sign::Destroy },
        kind: "jump",
        name: name(&format!("{} to {}", jump.chain.as_str(), target(jump.rule.as_str()))),
        detail: String::new(),
        services: Vec::new(),
    });
    table.chains.iter().map(chain).chain(jumps).collect()
}

fn detail(chain: &ChainChange) -> String {
    let count = |rules: &Option<Vec<_>>| rules.as_ref().map_or(0, Vec::len);
    match (count(&chain.before), count(&chain.after)) {
        (before, after) if chain.before.is_some() && chain.after.is_some() => {
            format!("{before} → {after} rules")
        }
        (1, 0) | (0, 1) => "1 rule".to_owned(),
        (before, after) => format!("{} rules", before.max(after)),
    }
}

/// Where a jump leads to.
fn target(rule: &str) -> &str {
    rule.rsplit(' ').next().unwrap_or_default()
}

/// The service port of a chain, from the first comment; chains of all Services have none.
fn service(chain: &ChainChange) -> Option<String> {
    let is_of_one = ["KUBE-SVC-", "KUBE-SVL-", "KUBE-EXT-", "KUBE-FW-", "KUBE-SEP-"];
    if !is_of_one.iter().any(|prefix| chain.chain.as_str().starts_with(prefix)) {
        return None;
    }
    let first = chain.after.as_ref().or(chain.before.as_ref())?.first()?;
    let comment = first.as_str().split("--comment ").nth(1)?;
    let comment = comment.trim_start_matches('"');
    let name = comment.split(['"', ' ']).next().filter(|name| name.contains('/'));
    name.map(crate::name::printable)
}

impl Executor for Iptables {
    const TARGET: &'static str = "iptables";

    type Step = IptablesStep;
    type State = PerFamily<String>;

    /// Comments with the time, and counters, change by themselves.
    fn fingerprint(state: &PerFamily<String>) -> Fingerprint {
        let lines = Family::ALL.into_iter().flat_map(|family| {
            let lines = state.get(family).lines().filter(|line| !line.starts_with('#'));
            lines.map(move |line| format!("{family} {}", line.split(" [").next().unwrap_or(line)))
        });
        Fingerprint::of_text(&lines.collect::<Vec<_>>().join("\n"))
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
        let advice = "stop it first, as it would write its own rules over these";
        let what = "kube-proxy runs on this node and changes the same chains";
        let obstacle = Obstacle::new(Code::ApplyOtherWriter, what, advice).that_may_be_forced();
        Ok(runs.then_some(obstacle).into_iter().collect())
    }

    fn run(&mut self, step: &IptablesStep) -> Result<Done, Failure> {
        self.restore(step.0.family, &step.0.text()).map(|()| Done::default())
    }

    fn look(&mut self, step: &IptablesStep) -> Result<Standing, Failure> {
        let saved = self.save(step.0.family)?;
        Ok(if step.0.is_done(&saved) {
            Standing::After(Done::default())
        } else if step.0.inverse().is_done(&saved) {
            Standing::Before
        } else {
            Standing::Neither("its chains are neither as before nor as wanted".to_owned())
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
