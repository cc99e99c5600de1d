//! Targets whose rules are asked what becomes of packets, and what a node has loaded of them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Failure;
use super::hns::Dumps;
use super::input::text_of;
use super::output::Terminal;
use crate::diagnostics::Diagnostic;
use crate::name::escaped;
use crate::net::{Family, PerFamily};
use crate::pipeline::Compiled;
use crate::platform::hns::model::State;
use crate::platform::hns::{PlanOptions, Semantics};
use crate::platform::iptables::{self, model::Ruleset};
use crate::platform::netsh;
use crate::trace::{Models, TargetName};

/// A target, as the flag spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum AskedTarget {
    /// What kube-proxy writes on Linux
    Iptables,
    /// What a Linux node has loaded, by --iptables-save
    IptablesSave,
    /// What HNS holds once kube-proxy on Windows has done its work
    Hns,
    /// What HNS holds now, by --hns-state
    HnsState,
    /// What hnsplan compile -t netsh sets up
    Netsh,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AnswerFormat {
    /// For people
    Text,
    /// The same as JSON
    Json,
}

/// What a node has loaded now.
#[derive(Debug, Args)]
pub(super) struct NodeDumps {
    /// Output of iptables-save of the node, for the target iptables-save
    #[arg(long, value_name = "FILE")]
    iptables_save: Option<PathBuf>,
    /// Output of ip6tables-save of the node
    #[arg(long, value_name = "FILE")]
    ip6tables_save: Option<PathBuf>,
    #[command(flatten)]
    hns: Dumps,
}

/// The same, read.
pub(super) struct Dumped {
    state: Option<State>,
    pub(super) saved: PerFamily<Option<Ruleset>>,
}

impl Dumped {
    /// What was read elsewhere.
    pub(super) fn of(state: Option<State>, saved: PerFamily<Option<Ruleset>>) -> Self {
        Self { state, saved }
    }

    /// What HNS holds, where a dump was given.
    pub(super) fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }
}

impl NodeDumps {
    /// Reads what the targets need. What of it cannot be read is said, or added to what is found.
    pub(super) fn read(
        &self,
        targets: &[AskedTarget],
        found: &mut Vec<Diagnostic>,
        terminal: &mut Terminal,
    ) -> Result<Dumped, Failure> {
        let (state, problems) = self.hns.state()?.unzip();
        found.extend(problems.unwrap_or_default());
        let saved = PerFamily {
            ipv4: saved(self.iptables_save.as_ref(), Family::Ipv4, terminal)?,
            ipv6: saved(self.ip6tables_save.as_ref(), Family::Ipv6, terminal)?,
        };
        let nothing_saved = saved.ipv4.is_none() && saved.ipv6.is_none();
        let needs = |target, message: &str| {
            if targets.contains(&target) { Err(Failure::Usage(message.to_owned())) } else { Ok(()) }
        };
        if nothing_saved {
            let message = "the target iptables-save needs what the node has loaded: add --iptables-save";
            needs(AskedTarget::IptablesSave, message)?;
        }
        if state.is_none() {
            needs(AskedTarget::HnsState, "the target hns-state needs what HNS holds: add --hns-state")?;
        }
        Ok(Dumped { state, saved })
    }
}

/// Says what of the plans HNS would not do.
pub(super) fn say_refused(models: &Models<'_>, terminal: &mut Terminal) {
    for refusal in models.refused() {
        terminal.say(&format!("HNS would refuse: {}", escaped(&refusal.to_string())));
    }
}

/// What a Linux node has loaded of a family.
fn saved(
    path: Option<&PathBuf>,
    family: Family,
    terminal: &mut Terminal,
) -> Result<Option<Ruleset>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let (rules, problems) = iptables::read(&text_of(path)?, family);
    let file = escaped(&path.display().to_string());
    for problem in &problems {
        terminal.say(&format!("{file}:{}: {}", problem.line, problem.message));
    }
    if rules.tables.is_empty() {
        return Err(Failure::Message(format!("{file} holds no rules of iptables-save")));
    }
    Ok(Some(rules))
}

impl AskedTarget {
    /// Its name in answers.
    pub(super) fn name(self) -> TargetName {
        match self {
            Self::Iptables => TargetName::Iptables,
            Self::IptablesSave => TargetName::IptablesSave,
            Self::Hns => TargetName::Hns,
            Self::HnsState => TargetName::HnsState,
            Self::Netsh => TargetName::Netsh,
        }
    }

    /// Adds its model; what making it found is added as well.
    pub(super) fn ask<'c>(
        self,
        models: Models<'c>,
        compiled: &'c Compiled,
        dumped: &'c Dumped,
        found: &mut Vec<Diagnostic>,
    ) -> Models<'c> {
        match self {
            Self::Iptables => models.iptables(),
            Self::IptablesSave => models.iptables_save(dumped.saved.clone()),
            Self::Hns => {
                let state = dumped.state.as_ref();
                let plan = compiled.hns(state, Semantics::KubeProxy, &PlanOptions::default());
                found.extend(plan.diagnostics.iter().cloned());
                models.hns(&plan, state)
            }
            Self::HnsState => match &dumped.state {
                Some(state) => models.hns_state(state),
                None => models,
            },
            Self::Netsh => {
                let lowered = compiled.netsh(&netsh::Options::default());
                found.extend(lowered.diagnostics);
                models.netsh(lowered.plan)
            }
        }
    }
}
