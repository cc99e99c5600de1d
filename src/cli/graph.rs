//! `hnsplan graph`

use std::path::PathBuf;
use std::slice;

use clap::Args;

use super::request::Request;
use super::values::sides;
use crate::diagnostics::{Code, Severity};
use crate::fill::Marks;
use crate::graph::{RuleGraph, draw};
use crate::platform::Side;
use crate::render::fill::starred;
use crate::scope::Selector;
use crate::shell::formats::GraphFormat as Format;
use crate::shell::{Failure, FindingFlags, Terminal};

/// Draw the rules of a node as a graph.
///
/// Draw each Service with its frontends, the chains, load balancers or listeners behind them, and the endpoints,
/// for one target or for the rules that a node has loaded. Problems of these rules are reported on standard error:
/// chains that no packet reaches, references to missing objects, unused endpoints, circles.
#[derive(Debug, Args)]
#[command(
    mut_arg("filename", |arg| arg.required(false)),
    mut_arg("fail_on", |arg| arg.default_value("error")),
    after_help = "Examples:\n  \
    hnsplan graph -t iptables -S shop/front -f cluster.yaml --node worker-1\n  \
    hnsplan graph -t hns -S 'shop/*' -o svg -f cluster.yaml --node win-1 > shop.svg\n  \
    hnsplan graph -t hns-state --dump logs/\n\n\
    Exit codes:  0 drawn, 1 drawn and the rules have errors, or something cannot be read, 2 wrong usage"
)]
pub(super) struct Graph {
    /// Which rules are drawn
    #[arg(short, long, value_name = "TARGET", value_parser = sides())]
    target: Side,
    /// Format of the graph
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Format,
    /// Write the graph into this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    findings: FindingFlags,
    #[command(flatten)]
    request: Request,
}

impl Graph {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.request.manifests.is_empty() && !self.target.is_held() {
            let message = "the rules of this target are compiled from manifests: add -f FILE";
            return Err(Failure::Usage(message.to_owned()));
        }
        let mut judge = self.findings.judge(terminal)?;
        let options = self.request.options(Some(&[self.target]))?;
        let capture = self.request.dumps.read_for(&[self.target], terminal)?;
        let compiled = self.request.compile()?;
        let mut found = compiled.diagnostics.clone();
        judge.sift(&mut found, None);
        let mut codes: Vec<Code> = found.iter().map(|found| found.code).collect();
        // Which exit code a graph has does not depend on what is shown.
        found.retain(|found| terminal.is_verbose() || found.severity() == Severity::Error);
        let context = compiled.context(&options, &capture.holdings);
        let selector = if self.request.manifests.is_empty() {
            self.request.selector()
        } else {
            self.request.select(slice::from_ref(&compiled), terminal)?
        };
        let graph = self.target.picture(context).expect("a dump of every held side is there");
        let graph = if selector.is_all() { graph } else { graph.scoped(&selector) };
        if graph.is_empty() && !selector.is_all() {
            let message = format!("{} has no rules of {selector}", self.target.name());
            return Err(Failure::Usage(message));
        }
        let mut of_rules = capture.problems;
        of_rules.extend(graph.findings().cloned());
        judge.sift(&mut of_rules, Some(self.target.name()));
        codes.extend(of_rules.iter().map(|found| found.code));
        found.extend(of_rules);
        terminal.diagnostics(&found, &compiled.sources);
        judge.report(terminal);
        terminal.say_assumed(compiled.assumed.as_ref());
        let marks = &compiled.rules.assumed;
        let drawn = self.draw(&graph, &selector, marks)?;
        let drawn = match self.output {
            Format::Text => starred(&drawn, marks),
            Format::Json | Format::Dot | Format::Mermaid | Format::Svg => drawn,
        };
        terminal.painted(&drawn, self.out.as_deref())?;
        self.findings.conclude(codes, false, compiled.unread > 0)
    }

    fn draw(&self, graph: &RuleGraph, selector: &Selector, marks: &Marks) -> Result<String, Failure> {
        let name = self.target.name();
        Ok(match self.output {
            Format::Text => draw::text(graph),
            Format::Json => draw::json(graph, name, marks),
            Format::Dot => draw::dot(graph),
            Format::Mermaid => draw::mermaid(graph),
            Format::Svg => draw::svg_of_few(graph, name, selector).map_err(Failure::usage)?,
        })
    }
}
