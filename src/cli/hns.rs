//! Flags of the HNS target, and the files that they name.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Failure;
use super::artifact::{Artifact, Text};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::RuleSet;
use crate::name::escaped;
use crate::platform::hns::model::State;
use crate::platform::hns::read::{self, Problem};
use crate::platform::hns::{Owned, Plan, PlanOptions, Semantics};
use crate::source::{Input, Sources};

/// What HNS holds on the node.
#[derive(Debug, Args)]
#[command(next_help_heading = "HNS")]
pub(super) struct Dumps {
    /// What HNS holds on the node: a file, a folder of the log collector, or - for standard input; may be
    /// repeated
    ///
    /// Output of Get-HnsNetwork, Get-HnsEndpoint, Get-HnsLoadBalancer or Get-HnsPolicyList piped through
    /// ConvertTo-Json -Depth 20, of hnsdiag list all with or without -d, or the folder of collectlogs.ps1. The
    /// plan then holds only what is to change.
    #[arg(long, value_name = "FILE")]
    hns_state: Vec<String>,
}

/// How HNS plans are made and written.
#[derive(Debug, Args)]
#[command(next_help_heading = "HNS")]
pub(super) struct Hns {
    #[command(flatten)]
    pub(super) dumps: Dumps,
    #[command(flatten)]
    semantics: SemanticsFlag,
    /// Plan as kube-proxy starts: delete all load balancers of the host, then make all
    #[arg(long)]
    like_kube_proxy_restart: bool,
    /// An earlier plan: what it made and nobody wants any more is deleted; may be repeated
    #[arg(long, value_name = "FILE")]
    previous_plan: Vec<PathBuf>,
    /// How the plan is written
    #[arg(long = "hns-format", value_name = "FORMAT", default_value = "v2")]
    format: Format,
}

/// How a plan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// JSON with the objects that HCN gets, byte for byte as kube-proxy sends them
    V2,
    /// JSON with calls of the old API of HNS, which cannot say everything
    V1,
    /// A script for the node, which needs nothing but Windows
    Powershell,
}

impl Format {
    /// What is lost of a plan.
    pub(super) fn losses(self, plan: &Plan, rules: &RuleSet) -> Vec<Diagnostic> {
        match self {
            Self::V1 => plan.losses_of_v1(rules),
            Self::V2 | Self::Powershell => Vec::new(),
        }
    }
}

/// Whose rules decide.
#[derive(Debug, Args)]
#[command(next_help_heading = "HNS")]
pub(super) struct SemanticsFlag {
    /// Whose rules decide about endpoints
    #[arg(long, value_name = "WHOSE", default_value = "kube-proxy")]
    semantics: SemanticsName,
}

impl SemanticsFlag {
    /// The semantics that the flag says.
    pub(super) fn semantics(&self) -> Semantics {
        match self.semantics {
            SemanticsName::KubeProxy => Semantics::KubeProxy,
            SemanticsName::Kubernetes => Semantics::Kubernetes,
        }
    }
}

/// Semantics, as a flag spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SemanticsName {
    /// Those of kube-proxy on Windows, faults included
    KubeProxy,
    /// Those of Kubernetes, as far as HNS can follow them
    Kubernetes,
}

/// What is asked of the HNS target.
pub(super) struct Question {
    /// What HNS holds, where that is known.
    pub(super) state: Option<State>,
    /// What of it could not be read.
    pub(super) problems: Vec<Diagnostic>,
    /// Whose rules decide.
    pub(super) semantics: Semantics,
    /// How present objects count.
    pub(super) options: PlanOptions,
    /// How the plan is written.
    pub(super) format: Format,
}

impl Hns {
    /// What is asked, with everything read that it needs.
    pub(super) fn question(&self) -> Result<Question, Failure> {
        let (state, problems) = self.dumps.state()?.unzip();
        Ok(Question {
            state,
            problems: problems.unwrap_or_default(),
            semantics: self.semantics.semantics(),
            options: self.options()?,
            format: self.format,
        })
    }

    fn options(&self) -> Result<PlanOptions, Failure> {
        let mut owned = Owned::default();
        for path in &self.previous_plan {
            let mut sources = Sources::default();
            let id = sources.read_file(path)?;
            owned.add_plan(&sources.file(id).text).map_err(|error| {
                let (path, error) = (path.display().to_string(), error.to_string());
                Failure::Message(format!("{}: {}", escaped(&path), escaped(&error)))
            })?;
        }
        Ok(PlanOptions { like_restart: self.like_kube_proxy_restart, owned, destroy: false })
    }

    /// The plan in the chosen format.
    pub(super) fn artifact<'r>(&self, plan: &'r Plan, rules: &'r RuleSet) -> Artifact<'r> {
        let (file, text) = match self.format {
            Format::V2 => ("hns.plan.json", plan.to_json(rules)),
            Format::V1 => ("hns.plan.v1.json", plan.to_json_v1(rules)),
            Format::Powershell => ("hns.plan.ps1", plan.to_powershell(rules)),
        };
        Artifact { file, heading: None, text: Text::Plan(text) }
    }
}

impl Dumps {
    /// Reads all dumps, and says what could not be read.
    pub(super) fn state(&self) -> Result<Option<(State, Vec<Diagnostic>)>, Failure> {
        if self.hns_state.is_empty() {
            return Ok(None);
        }
        let mut problems = Vec::new();
        let mut states = Vec::new();
        for (_, file) in self.dumps()?.iter() {
            let (state, found) = read::read(&file.text);
            states.push(state);
            problems.extend(found.into_iter().map(|problem| {
                let message = format!("{}:{}: {}", escaped(&file.name), problem.line, problem.message());
                let code = match problem.problem {
                    Problem::NoPortMappings => Code::HnsNoPortMappings,
                    _ => Code::HnsStateUnreadable,
                };
                Diagnostic::new(code, message).help(problem.problem.help())
            }));
        }
        Ok(Some((State::merged(states), problems)))
    }

    /// The dumps, with folders replaced by the files in them.
    fn dumps(&self) -> Result<Sources, Failure> {
        let mut inputs = Vec::new();
        for name in &self.hns_state {
            match Input::from(name.as_str()) {
                Input::Path(path) if path.is_dir() => {
                    inputs.extend(dumps_in(&path)?.into_iter().map(Input::Path));
                }
                input => inputs.push(input),
            }
        }
        Ok(Sources::read(&inputs, false)?)
    }
}

/// The dumps of a folder, by name; a log collector writes many other files next to them.
fn dumps_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let shown = escaped(&folder.display().to_string());
    let entries = std::fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| Failure::Message(format!("cannot read {shown}: {error}")))?;
    let is_dump =
        |path: &PathBuf| path.file_name().is_some_and(|name| read::is_dump(&name.to_string_lossy()));
    let mut dumps: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(is_dump).collect();
    dumps.sort();
    if dumps.is_empty() {
        return Err(Failure::Message(format!(
            "{shown} holds no dump of HNS; looked for policy.txt, endpoint.txt, network.txt, hnsdiag.txt and *.json"
        )));
    }
    Ok(dumps)
}
