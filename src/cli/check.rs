//! `hnsplan check`

mod nodes;

use std::path::PathBuf;

use clap::Args;

use super::request::Request;
use super::values::sides;
use crate::check::{Check as Question, Migration, Report, compared, marks};
use crate::diagnostics::Diagnostic;
use crate::document;
use crate::node::Version;
use crate::pipeline::{Compiled, Setup, compile};
use crate::platform::Side;
use crate::render::{self, check as draw, html::Provenance};
use crate::shell::fleet::FleetFlags;
use crate::shell::formats::CheckFormat;
use crate::shell::input::versions;
use crate::shell::{Failure, FindingFlags, Terminal};

/// Find packets that two targets (or versions of kube-proxy) treat differently.
///
/// Compare every packet class that the rules of any side may distinguish, and report each kind of difference once:
/// with a packet that shows it, the Services affected, what it means and what to do. Packet classes for which the
/// behaviour of HNS is not documented are counted as undecided, not as differences. Known problems of nodes with
/// this configuration come first. Problems of the manifests, and what a target does not support, are reported on
/// standard error; the answer sums them up, and with -o json contains them.
#[derive(Debug, Args)]
#[command(mut_arg("fail_on", |arg| arg.default_value("error")))]
#[command(after_help = "Examples:\n  \
    hnsplan check -f cluster.yaml --node win-1\n  \
    hnsplan check -t iptables,hns,netsh --fail-on D0802,warning -f cluster.yaml --node win-1\n  \
    hnsplan check --kube-proxy-version 1.30 --against 1.35 -f cluster.yaml --node win-1\n  \
    hnsplan check -f cluster.yaml --nodes os=windows\n\n\
    Exit codes:  0 nothing that --fail-on names, 1 something of it, 2 wrong usage or unreadable input")]
pub(super) struct Check {
    /// The targets that are compared, each two of them [default: iptables,hns]; one with --against [default:
    /// that of the node's system]
    #[arg(
        short,
        long,
        value_name = "A,B,…",
        value_delimiter = ',',
        hide_default_value = true,
        value_parser = sides()
    )]
    target: Vec<Side>,
    /// Compare with the same target in this version of kube-proxy
    #[arg(long, value_name = "VERSION", hide_possible_values = true, value_parser = versions())]
    against: Option<Version>,
    /// Report what changes for a cluster that moves to another mode of kube-proxy: iptables,nftables or ipvs,nftables
    #[arg(long, value_name = "FROM,TO", conflicts_with_all = ["target", "against"])]
    migrate: Option<Migration>,
    /// How the answer is written
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: CheckFormat,
    /// Write the answer into this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    nodes: FleetFlags,
    #[command(flatten)]
    findings: FindingFlags,
    #[command(flatten)]
    request: Request,
}

impl Check {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let setup = self.request.setup()?;
        if self.nodes.are_given() {
            return self.run_for_nodes(setup, terminal);
        }
        let setup = setup.on_host(self.request.dumps.host_facts()?);
        if let Some(format) = self.output.for_many_nodes() {
            return Err(Failure::Usage(format!("-o {format} is for many nodes: add --nodes")));
        }
        let mut versions = self.compiled(&setup)?;
        let sides = self.sides(&setup, versions[0].rules.node.runs_windows)?;
        let options = self.request.options(Some(&sides))?;
        let capture = self.request.dumps.read_for(&sides, terminal)?;
        self.request.check_node(&versions[0])?;
        versions[0].check_mode(self.names_targets())?;
        self.request.check_read(&versions[0])?;
        let selector = self.request.select(&versions[..1], terminal)?;
        let list = self.findings.list(&mut versions[0].sources, terminal)?;
        let names: Vec<&str> = sides.iter().map(|side| side.name()).collect();
        let command = format!("hnsplan trace -t {} {}", names.join(","), self.request.arguments());
        let gates = setup.feature_gates();
        let question = Question::new(&versions, &sides)
            .options(&options)
            .held(&capture.holdings, &capture.problems)
            .gates(&gates)
            .migration(self.migrate)
            .services(&selector)
            .setup(&setup)
            .allow(&list)
            // It sends packets through one version at a time.
            .command(self.against.is_none().then_some(&*command));
        terminal.say_assumed(versions[0].assumed.as_ref());
        if let [one, other] = &*versions {
            let (one, other) = (one.rules.node.version, other.rules.node.version);
            terminal.say(&format!(
                "hnsplan explain version {one} --against {other} lists the known changes between them"
            ));
        }
        question.run(|report| self.answer(&question, report, terminal))
    }

    /// Prints the answer, and fails if anything of it is to.
    fn answer(
        &self,
        question: &Question<'_>,
        report: &Report<'_>,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        let diagnostics: Vec<Diagnostic> =
            report.remarks.iter().map(|remark| remark.diagnostic.clone()).collect();
        terminal.diagnostics(&diagnostics, report.sources);
        report.notes.iter().for_each(|note| terminal.say(note));
        let text = match self.output {
            CheckFormat::Text => {
                render::fill::starred(&draw::text::draw(report, self.detail(terminal)), report.assumed())
            }
            CheckFormat::Json => document::check::render(report)?,
            CheckFormat::Html => {
                let beside = question.beside(&marks(&report.comparison));
                draw::html::draw(report, &question.graphs(), beside, Provenance::of_run(&[report.sources]))
            }
            CheckFormat::Sarif => draw::scanning::sarif(report),
            CheckFormat::Github => draw::scanning::github(report),
            // The others are refused before anything is asked.
            CheckFormat::Junit | CheckFormat::Jsonl | CheckFormat::Md | CheckFormat::Prom => {
                draw::junit::draw(report, |code| self.findings.names(code))
            }
        };
        terminal.answer(&text, self.out.as_deref())?;
        if report.compares_nothing() {
            return Err(Failure::Usage(format!("nothing was compared: {}", report.why_nothing())));
        }
        self.findings.conclude(report.codes(), false, report.left_out.unread > 0)?;
        report.nothing_between().map_or(Ok(()), |nothing| Err(Failure::Usage(nothing)))
    }

    fn detail(&self, terminal: &Terminal) -> draw::Detail {
        let mut detail = draw::Detail::default();
        detail.all = terminal.is_verbose();
        detail.show_allowed = self.findings.show_allowed;
        detail.width = terminal.columns_or(detail.width);
        detail
    }

    fn names_targets(&self) -> bool {
        !self.target.is_empty() || self.migrate.is_some()
    }

    fn sides(&self, setup: &Setup, runs_windows: bool) -> Result<Vec<Side>, Failure> {
        let usual = || compared(&self.target, self.against, setup.mode(), runs_windows);
        let sides = self.migrate.map_or_else(usual, |migration| Ok(migration.sides()));
        sides.map_err(Failure::usage)
    }

    /// The rules, and those of the other version if there is one.
    fn compiled(&self, setup: &Setup) -> Result<Vec<Compiled>, Failure> {
        let sources = self.request.manifests.read()?;
        let other = self
            .against
            .map(|version| compile(sources.clone(), &Setup { version: Some(version), ..setup.clone() }));
        Ok(std::iter::once(compile(sources, setup)).chain(other).collect())
    }
}
