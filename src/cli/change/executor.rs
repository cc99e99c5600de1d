//! `--executor`: who carries plans out, and where the journal is.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::planner::Planner;
use super::unreadable;
use crate::cli::Failure;
use crate::cli::output::Terminal;
use crate::name::printable;
use crate::platform::hns::apply::Hns;
use crate::platform::hns::apply::hcn::Hcn;
use crate::platform::hns::apply::sim::{Fault, Habits, Sim};
use crate::platform::iptables::apply::{Iptables, Variant};
use crate::platform::netsh::apply::{Netsh, NetshNode};

/// Who carries plans out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Node that is changed")]
pub(in crate::cli) struct ExecutorFlags {
    /// Who carries the plan out: hcn or netsh of this Windows, iptables of this Linux, or sim:FILE, an HNS in
    /// a JSON file
    #[arg(long, value_name = "EXECUTOR")]
    pub(in crate::cli) executor: ExecutorName,
    #[command(flatten)]
    pub(in crate::cli) details: ExecutorDetails,
}

/// How plans are carried out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Node that is changed")]
pub(in crate::cli) struct ExecutorDetails {
    /// Folder of the journal [default: FILE.journal for sim:FILE, else a folder of the system]
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
    /// Have a call of the simulated HNS fail: CALL=CODE, CALL=CODE:done (done all the same) or CALL=ignored
    #[arg(long, value_name = "FAULT")]
    sim_fault: Vec<Fault>,
    /// How long a call of the simulated HNS takes
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    sim_pause: Duration,
    /// The simulated HNS gives new objects ids of its own
    #[arg(long)]
    sim_own_ids: bool,
    /// Which iptables programs are run
    #[arg(long, value_name = "VARIANT", default_value = "default")]
    iptables_variant: VariantName,
}

/// Variants of iptables, as a flag spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum VariantName {
    /// What iptables is on this machine
    Default,
    /// iptables-nft and ip6tables-nft
    Nft,
    /// iptables-legacy and ip6tables-legacy
    Legacy,
}

impl From<VariantName> for Variant {
    fn from(name: VariantName) -> Self {
        match name {
            VariantName::Default => Self::Default,
            VariantName::Nft => Self::Nft,
            VariantName::Legacy => Self::Legacy,
        }
    }
}

/// An executor, as the flag spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum ExecutorName {
    /// An HNS in a file.
    Sim(PathBuf),
    /// HNS of this Windows.
    Hcn,
    /// netsh of this Windows.
    Netsh,
    /// iptables of this machine.
    Iptables,
}

impl FromStr for ExecutorName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("sim:")) {
            ("hcn", _) => Ok(Self::Hcn),
            ("netsh", _) => Ok(Self::Netsh),
            ("iptables", _) => Ok(Self::Iptables),
            (_, Some(file)) if !file.is_empty() => Ok(Self::Sim(file.into())),
            _ => {
                Err(format!("`{}` is no executor; allowed: hcn, netsh, iptables, sim:FILE", printable(text)))
            }
        }
    }
}

impl ExecutorName {
    /// The word for it in journals.
    pub(in crate::cli) fn word(&self) -> &'static str {
        match self {
            Self::Sim(_) => "sim",
            Self::Hcn => "hcn",
            Self::Netsh => "netsh",
            Self::Iptables => "iptables",
        }
    }

    /// The folder of its journal, where nobody names one.
    fn journal(&self) -> PathBuf {
        match self {
            Self::Sim(file) => {
                let mut folder = file.as_os_str().to_owned();
                folder.push(".journal");
                folder.into()
            }
            Self::Hcn | Self::Netsh | Self::Iptables => of_system().join(self.word()),
        }
    }
}

/// Something to do with an executor, whichever it is.
pub(in crate::cli) trait Act {
    /// Does it.
    fn act<E: Planner>(&self, executor: E, terminal: &mut Terminal) -> Result<(), Failure>;
}

impl ExecutorDetails {
    /// Opens an executor, and does something with it.
    pub(in crate::cli) fn act(
        &self,
        executor: &ExecutorName,
        act: &impl Act,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        match executor {
            ExecutorName::Sim(file) => {
                let sim = Sim::open(file, self.habits()).map_err(|failure| unreadable(&failure))?;
                act.act(Hns::new(sim), terminal)
            }
            ExecutorName::Hcn => {
                let hcn = Hcn::of_system().map_err(|error| unreadable(&error.into()))?;
                act.act(Hns::new(hcn), terminal)
            }
            ExecutorName::Netsh => {
                let netsh = Netsh::of_system().map_err(|failure| unreadable(&failure))?;
                act.act(NetshNode::new(netsh), terminal)
            }
            ExecutorName::Iptables => act.act(Iptables::new(self.iptables_variant.into()), terminal),
        }
    }

    /// The folder of the journal.
    pub(in crate::cli) fn journal_of(&self, executor: &ExecutorName) -> PathBuf {
        self.journal.clone().unwrap_or_else(|| executor.journal())
    }

    fn habits(&self) -> Habits {
        Habits { faults: self.sim_fault.clone(), gives_own_ids: self.sim_own_ids, pause: self.sim_pause }
    }
}

impl ExecutorFlags {
    /// Opens the executor, and does something with it.
    pub(in crate::cli) fn act(&self, act: &impl Act, terminal: &mut Terminal) -> Result<(), Failure> {
        self.details.act(&self.executor, act, terminal)
    }

    /// The folder of the journal.
    pub(in crate::cli) fn journal(&self) -> PathBuf {
        self.details.journal_of(&self.executor)
    }
}

/// Where the system keeps what programs have to remember.
fn of_system() -> PathBuf {
    match std::env::var_os("ProgramData").filter(|_| cfg!(windows)) {
        Some(folder) => Path::new(&folder).join("hnsplan"),
        None => Path::new("/var/lib/hnsplan").to_owned(),
    }
}

/// A path, for a message.
pub(in crate::cli) fn shown(path: &Path) -> String {
    crate::name::escaped(&path.display().to_string())
}

/// Reads a time as people write it: `30s`, `500ms`, `2m`.
pub(in crate::cli) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number = number.parse::<u32>().ok();
    let wrong = || format!("`{}` is no time; allowed: 500ms, 30s, 2m", printable(text));
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return Err(wrong()),
    };
    number.map(|number| Duration::from_millis(u64::from(number) * milliseconds)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_executors_read_as_people_write_them() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "30", "s", "-1s", "1h", "99999999999s", "1.5s"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!("sim:a b.json".parse(), Ok(ExecutorName::Sim("a b.json".into())));
        assert_eq!("hcn".parse(), Ok(ExecutorName::Hcn));
        assert_eq!("iptables".parse(), Ok(ExecutorName::Iptables));
        assert!("sim:".parse::<ExecutorName>().is_err());
    }
}
