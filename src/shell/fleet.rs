//! Flags of commands about many nodes, and how their answers are written.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clap::{Args, ValueEnum};

use super::formats::{CheckFormat, DiffFormat};
use super::{Failure, FindingFlags, Terminal};
use crate::diagnostics::Diagnostic;
use crate::document;
use crate::fleet::{Asked, Dumps, Fleet, Head, Kind, Nodes, Question, Share, Shares, write_lines};
use crate::name::counted;
use crate::node::{NodeSelector, NodeTerm};
use crate::pipeline::Parsed;
use crate::render::fleet::{Detail, junit, markdown, page, prometheus, scanning, text};

/// Many nodes in the place of one.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Many nodes")]
pub(crate) struct NodesFlags {
    /// Many nodes in one run: all, os=windows, os=linux, zone=ZONE, or names, with * and ?; may be repeated
    #[arg(long, value_name = "SELECTOR", value_delimiter = ',', conflicts_with = "node")]
    nodes: Vec<NodeTerm>,
    /// Only this share of the nodes, as in 3/8, the fourth of eight; hnsplan merge joins what -o jsonl prints
    #[arg(long, value_name = "INDEX/COUNT", hide_short_help = true)]
    share: Option<Share>,
}

/// Many nodes, and what they hold.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Many nodes")]
pub(crate) struct FleetFlags {
    #[command(flatten)]
    which: NodesFlags,
    /// Dumps of these nodes: a folder with a folder or file for each node, named as the node
    ///
    /// Without --nodes all nodes are compared. A node without a dump and a dump without a node are named in the answer.
    #[arg(long, value_name = "DIR", conflicts_with = "node")]
    dumps: Option<PathBuf>,
}

/// How answers about many nodes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FleetFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// JSON Lines, for hnsplan merge
    Jsonl,
    /// Counters for Prometheus, by node
    Prom,
    /// Markdown, for comments and reports
    Md,
    /// A page for the browser, one file
    Html,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for CI systems: what --fail-on names is a failure
    Junit,
}

/// What the forms of an answer need besides what was found.
#[derive(Clone, Copy)]
pub(crate) struct Beside<'a> {
    /// The manifests, where they are at hand: Services are shown where they stand.
    pub(crate) manifests: Option<&'a Parsed>,
    /// What makes the command fail.
    pub(crate) findings: &'a FindingFlags,
}

/// The nodes of an input that are asked about.
pub(crate) struct ChosenNodes {
    names: Vec<String>,
    shares: Shares,
    /// What they hold, if a flag names a folder.
    pub(crate) dumps: Option<Dumps>,
}

impl NodesFlags {
    /// Whether many nodes are asked about.
    pub(crate) fn are_given(&self) -> bool {
        !self.nodes.is_empty() || self.share.is_some()
    }

    /// The nodes of an input.
    pub(crate) fn choose(&self, parsed: &Parsed) -> Result<ChosenNodes, Failure> {
        let terms = if self.nodes.is_empty() { vec![NodeTerm::All] } else { self.nodes.clone() };
        let nodes = NodeSelector::new(terms).select(parsed.cluster());
        let nodes = nodes.map_err(Failure::usage)?;
        let names = nodes.iter().map(|node| node.name.to_string()).collect();
        let shares = self.share.map(Shares::from).unwrap_or_default();
        Ok(ChosenNodes { names, shares, dumps: None })
    }
}

impl FleetFlags {
    /// Whether many nodes are asked about.
    pub(crate) fn are_given(&self) -> bool {
        self.which.are_given() || self.dumps.is_some()
    }

    /// Whether what nodes hold is given.
    pub(crate) fn have_dumps(&self) -> bool {
        self.dumps.is_some()
    }

    /// The nodes of an input, with what they hold.
    pub(crate) fn choose(&self, parsed: &Parsed) -> Result<ChosenNodes, Failure> {
        let dumps = self.dumps.as_deref().map(|folder| read_dumps(folder, parsed)).transpose()?;
        Ok(ChosenNodes { dumps, ..self.which.choose(parsed)? })
    }
}

/// The dumps of the nodes of an input.
pub(crate) fn read_dumps(folder: &Path, parsed: &Parsed) -> Result<Dumps, Failure> {
    let dumps = Dumps::read_folder(folder, &parsed.cluster().nodes);
    dumps.map_err(Failure::usage)
}

impl ChosenNodes {
    /// Asks about each node of this share: the answers, and what is wrong with the input on any of them. `input` tells
    /// inputs apart.
    pub(crate) fn ask(
        &self,
        question: Question,
        sides: Vec<String>,
        input: String,
        assumed: bool,
        ask: impl Fn(&str) -> Result<Asked, Failure> + Sync,
    ) -> Result<(Fleet, Vec<Diagnostic>), Failure> {
        let failed = Mutex::new(None);
        let ask = |node: &str| {
            ask(node).unwrap_or_else(|failure| {
                *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                Asked::default()
            })
        };
        let Nodes { answers: nodes, diagnostics } = Nodes::ask(self.asked(), ask);
        if let Some(failure) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(failure);
        }
        let fleet = Fleet { head: self.head(question, sides, input, assumed), nodes };
        Ok((fleet, diagnostics.into_iter().collect()))
    }

    /// Whether they run Windows.
    ///
    /// # Errors
    /// When some do and others do not.
    pub(crate) fn run_windows(&self, parsed: &Parsed) -> Result<bool, Failure> {
        let mut chosen = self.names.iter().filter_map(|name| parsed.cluster().node(name));
        let first = chosen.next().is_some_and(|node| node.runs_windows);
        if chosen.all(|node| node.runs_windows == first) {
            return Ok(first);
        }
        let message = "some of these nodes run Windows and others do not: name what is compared with -t, or one system with \
                       --nodes os=windows or --nodes os=linux";
        Err(Failure::Usage(message.to_owned()))
    }

    /// The nodes of this share.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str).filter(|name| self.shares.have(name))
    }

    /// One of all nodes.
    pub(crate) fn first(&self) -> &str {
        &self.names[0]
    }

    fn head(&self, question: Question, sides: Vec<String>, input: String, assumed: bool) -> Head {
        let strays = self.dumps.as_ref().map(|dumps| dumps.strays().clone()).unwrap_or_default();
        let (version, names) = (env!("CARGO_PKG_VERSION").to_owned(), self.names.clone());
        Head { question, sides, input, version, names, shares: self.shares.clone(), strays, assumed }
    }
}

impl TryFrom<CheckFormat> for FleetFormat {
    type Error = Failure;

    fn try_from(format: CheckFormat) -> Result<Self, Failure> {
        match format {
            CheckFormat::Text => Ok(Self::Text),
            CheckFormat::Json => Ok(Self::Json),
            CheckFormat::Jsonl => Ok(Self::Jsonl),
            CheckFormat::Md => Ok(Self::Md),
            CheckFormat::Html => Ok(Self::Html),
            CheckFormat::Sarif => Ok(Self::Sarif),
            CheckFormat::Junit => Ok(Self::Junit),
            CheckFormat::Prom => Ok(Self::Prom),
            CheckFormat::Github => {
                let message = "annotations are about one node: use --node, or another format for many nodes";
                Err(Failure::Usage(message.to_owned()))
            }
        }
    }
}

impl From<DiffFormat> for FleetFormat {
    fn from(format: DiffFormat) -> Self {
        match format {
            DiffFormat::Text => Self::Text,
            DiffFormat::Json => Self::Json,
            DiffFormat::Jsonl => Self::Jsonl,
            DiffFormat::Md => Self::Md,
            DiffFormat::Html => Self::Html,
            DiffFormat::Prom => Self::Prom,
            DiffFormat::Sarif => Self::Sarif,
            DiffFormat::Junit => Self::Junit,
        }
    }
}

impl FleetFormat {
    /// What tells the input from others, where the format says it.
    pub(crate) fn input(self, fingerprint: impl FnOnce() -> String) -> String {
        if matches!(self, Self::Jsonl | Self::Html) { fingerprint() } else { String::new() }
    }

    /// Prints an answer, or writes it to a file.
    pub(crate) fn answer(
        self,
        fleet: &Fleet,
        beside: Beside<'_>,
        out: Option<&Path>,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        let mut detail = Detail::default();
        detail.all = terminal.is_verbose();
        detail.width = terminal.columns_or(detail.width);
        let answer = match self {
            Self::Text => text::draw(fleet, detail),
            Self::Json => document::fleet::render(fleet)?,
            Self::Jsonl => write_lines(fleet)?,
            Self::Prom => prometheus::draw(fleet),
            Self::Md => markdown::draw(fleet, detail),
            Self::Html => page::draw(fleet),
            Self::Sarif => scanning::sarif(fleet, beside.manifests),
            Self::Junit => junit::draw(fleet, |kind| match &*beside.findings.fail_on {
                [] => fleet.is_difference(kind),
                _ => beside.findings.names(kind.code),
            }),
        };
        terminal.answer(&answer, out)?;
        // Lines are joined with those of other shares, and what is missing is told of all of them.
        if self == Self::Jsonl { Ok(()) } else { whole_unless_told(fleet, beside.findings) }
    }
}

/// Fails where nothing is known of any node, or of one of them and what makes the command fail does not name that: other findings
/// are accepted by `--fail-on`, an answer that is not there is not.
fn whole_unless_told(fleet: &Fleet, findings: &FindingFlags) -> Result<(), Failure> {
    if fleet.tells_nothing() {
        let what = match fleet.head.question {
            Question::Plan => "there is no plan for any node",
            _ => "nothing was compared on any node",
        };
        return Err(Failure::Usage(format!("{what}; the answer says why")));
    }
    let is_open =
        |kind: &Kind| kind.leaves_open() && !findings.fail_on.is_empty() && !findings.names(kind.code);
    let open: Vec<&str> = fleet
        .nodes
        .iter()
        .filter(|(_, answer)| answer.kinds.keys().any(is_open))
        .map(|(name, _)| name.as_str())
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let (many, listed) = (counted(open.len(), "node"), Detail::default().listed(open));
    Err(Failure::Usage(format!(
        "{many} could not be compared, whatever --fail-on names: {listed}; the answer says why"
    )))
}
