//! `hnsplan trace`

use std::path::PathBuf;
use std::slice;

use clap::Args;

use super::request::Request;
use super::values::{clients, sides};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::document;
use crate::net::Family;
use crate::pipeline::Compiled;
use crate::platform::{Side, usual_pair};
use crate::render::fill::starred;
use crate::render::trace::{matrix, text};
use crate::scope::Selector;
use crate::shell::formats::AnswerFormat;
use crate::shell::{Failure, FindingFlags, Judge, Terminal};
use crate::trace::{Answer, Clients, Matrix, Models, Summary, Target, Traced};

/// Follow a packet through the rules of a node.
///
/// Show, for each target, the rules that decide about a packet which opens a connection, the packet after each
/// rule that changes it, and its fate. Some answers about HNS rely on unverified assumptions; they are marked, and
/// --explain lists them with their sources. Where no source documents the behaviour, the answer is undecided.
#[derive(Debug, Args)]
#[command(
    mut_arg("service", |arg| arg.short(None)),
    after_help = "Examples:\n  \
    hnsplan trace --from pod --to shop/web:http -f cluster.yaml --node win-1\n  \
    hnsplan trace --from external:203.0.113.9 --to node:30080 -t iptables -f cluster.yaml --node worker-1\n  \
    hnsplan trace --matrix -t iptables,hns,netsh -f cluster.yaml --node win-1\n\n\
    Exit codes:  0 every target delivers or answers, 1 dropped, rejected, unhandled or undecided, 2 wrong usage"
)]
pub(super) struct Trace {
    /// The sender: pod, remote-pod, node, localhost, external, each with or without :IP; an IP address;
    /// NAMESPACE/POD, by targetRef of its endpoints; or NAMESPACE/SERVICE#NUMBER, an endpoint of a Service
    #[arg(
        short = 'S',
        long = "from",
        visible_alias = "source",
        value_name = "CLIENT",
        default_value = "pod",
        hide_possible_values = true,
        value_parser = clients()
    )]
    source: String,
    /// The destination
    #[arg(
        short = 'D',
        long = "to",
        visible_alias = "destination",
        value_name = "ADDRESS",
        required_unless_present = "matrix",
        help = "The destination: NAMESPACE/SERVICE[:PORT], node:PORT[/PROTOCOL] or IP:PORT[/PROTOCOL]"
    )]
    destination: Option<String>,
    /// Send packets of all kinds of clients to all frontends instead, and print a table
    #[arg(long, conflicts_with_all = ["source", "destination", "explain"])]
    matrix: bool,
    /// Which rules decide [default: iptables,hns, or with the mode nftables nftables,hns]
    #[arg(
        short,
        long,
        value_name = "TARGET",
        value_delimiter = ',',
        value_parser = sides()
    )]
    target: Vec<Side>,
    /// Family of the addresses, where there are two
    #[arg(long, value_name = "FAMILY")]
    family: Option<Family>,
    /// Format of the answer
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: AnswerFormat,
    /// Write the answer into this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Explain what the answer relies on: rules of the platform, their sources, and unverified assumptions
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    findings: FindingFlags,
    #[command(flatten)]
    request: Request,
}

impl Trace {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let mut judge = self.findings.judge(terminal)?;
        let named = &self.target;
        let sides = if named.is_empty() { usual_pair(self.request.setup()?.mode()) } else { named.clone() };
        let options = self.request.options(Some(&sides))?;
        let capture = self.request.dumps.read_for(&sides, terminal)?;
        let compiled = self.request.compile()?;
        compiled.check_mode(!named.is_empty())?;
        let mut found = capture.problems;
        let context = compiled.context(&options, &capture.holdings);
        let models = Models::new(context).with_each(&sides, &mut found);
        let targets = models.targets();
        if self.matrix {
            let selector = self.request.select(slice::from_ref(&compiled), terminal)?;
            let found = report(&compiled, found, &mut judge, terminal);
            self.draw_matrix(&compiled, &selector, &targets, terminal)?;
            return self.findings.conclude(found, false, compiled.unread > 0);
        }
        let ends = [&*self.source, self.destination.as_deref().unwrap_or_default()];
        let family = self.family;
        let (cluster, rules) = (&compiled.cluster, &compiled.rules);
        let traced = Traced::of(ends, family, cluster, rules, &targets)
            .map_err(|error| Failure::Message(compiled.advised(&error.to_string())))?;
        let found = report(&compiled, found, &mut judge, terminal);
        models.remarks().for_each(|remark| terminal.say(&remark));
        let detail = text::Detail {
            all: terminal.is_verbose(),
            explain: self.explain,
            width: terminal.known_columns(),
        };
        let answer = match self.output {
            AnswerFormat::Text => starred(&text::draw(&traced, rules, detail), &rules.assumed),
            AnswerFormat::Json => document::trace::trace(&traced, rules)?,
        };
        terminal.answer(&answer, self.out.as_deref())?;
        let delivers = |answer: &Answer| Summary::of(&answer.verdict).conclusion.is_served();
        let fails = !traced.answers.iter().all(delivers);
        self.findings.conclude(found, fails, compiled.unread > 0)
    }

    fn draw_matrix(
        &self,
        compiled: &Compiled,
        selector: &Selector,
        targets: &[Target<'_>],
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        let family = self.family;
        let ports = compiled.rules.services.iter();
        let ports = ports
            .filter(|port| family.is_none_or(|family| family == port.family))
            .filter(|port| selector.selects(&port.id));
        let clients = Clients::of(&compiled.cluster, &compiled.rules);
        let matrix = Matrix::of(ports, &clients, targets);
        let names: Vec<&str> = targets.iter().map(|target| target.side.name()).collect();
        let marks = &compiled.rules.assumed;
        let answer = match self.output {
            AnswerFormat::Text => starred(&matrix::draw(&matrix, &names), marks),
            AnswerFormat::Json => document::trace::matrix(&matrix, &names, marks)?,
        };
        terminal.answer(&answer, self.out.as_deref())
    }
}

/// Reports problems of the input, and what is assumed of the node. What each target loses is reported by
/// compile.
fn report(
    compiled: &Compiled,
    found: Vec<Diagnostic>,
    judge: &mut Judge,
    terminal: &mut Terminal,
) -> Vec<Code> {
    let of_node = found.into_iter().filter(|of| of.object.is_none());
    let all = compiled.diagnostics.iter().cloned().chain(of_node).collect();
    let codes = judge.tell(all, Severity::Warning, &compiled.sources, terminal);
    judge.report(terminal);
    terminal.say_assumed(compiled.assumed.as_ref());
    codes
}
