//! `hnsplan graph`

use clap::{Args, ValueEnum};

use super::Failure;
use super::asked::{AskedTarget, Dumped, NodeDumps};
use super::input::{Manifests, Node};
use super::output::{MessageFormat, Terminal};
use crate::diagnostics::{Diagnostic, Severity};
use crate::graph::{RuleGraph, Scope, draw};
use crate::net::{Family, PerFamily};
use crate::pipeline::{Compiled, Loaded};
use crate::platform::hns::{PlanOptions, Semantics};
use crate::platform::{iptables, netsh};
use crate::source::Sources;

/// How many nodes are drawn as SVG; a picture of more shows nothing.
const MOST_DRAWN: usize = 600;

/// Draw the rules of a node as a graph.
///
/// From each Service through its frontends and the chains, load balancers or listeners behind them to the
/// endpoints, for one target or for what a node has loaded. What is wrong with these rules as a whole is said
/// on standard error: chains that no packet gets to, references to what is not there, endpoints that nobody
/// uses, circles.
#[derive(Debug, Args)]
#[command(
    mut_arg("filename", |arg| arg.required(false)),
    after_help = "Examples:\n  \
    hnsplan graph -t iptables -S shop/front -f cluster.yaml --node worker-1\n  \
    hnsplan graph -t hns -S 'shop/*' -o svg -f cluster.yaml --node win-1 > shop.svg\n  \
    hnsplan graph -t hns-state --hns-state logs/\n\n\
    Exit codes:  0 drawn, 1 drawn and the rules have errors, or something cannot be read, 2 wrong usage"
)]
pub(super) struct Graph {
    /// Whose rules are drawn
    #[arg(short, long, value_name = "TARGET")]
    target: AskedTarget,
    /// Only these Services: NAMESPACE/NAME, NAMESPACE/NAME:PORT, or NAMESPACE/* for a whole namespace
    #[arg(short = 'S', long, value_name = "SERVICE")]
    service: Option<Scope>,
    /// How the graph is written
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Format,
    /// How diagnostics are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    message_format: MessageFormat,
    /// Show all diagnostics, those of the manifests as well
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    manifests: Manifests,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    dumps: NodeDumps,
}

/// How a graph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A tree for the terminal
    Text,
    /// For programs
    Json,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// A drawing for browsers
    Svg,
}

impl Graph {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let is_dump = matches!(self.target, AskedTarget::IptablesSave | AskedTarget::HnsState);
        if self.manifests.is_empty() && !is_dump {
            let message = "the rules of this target are compiled from manifests: add -f FILE";
            return Err(Failure::Usage(message.to_owned()));
        }
        let mut found = Vec::new();
        let dumped = self.dumps.read(&[self.target], &mut found, terminal)?;
        let setup = self.node.setup(&self.manifests)?;
        let sources = if self.manifests.is_empty() { Sources::default() } else { self.manifests.read()? };
        let compiled = Loaded::new(sources).parse(&setup).resolve(&setup).compile();
        if self.verbose {
            found.splice(..0, compiled.diagnostics.iter().cloned());
        }
        let graph = self.scoped(self.target.graph(&compiled, &dumped))?;
        found.extend(graph.findings().cloned());
        terminal.diagnostics(&found, &compiled.sources, self.message_format, self.verbose);
        terminal.result([&*self.draw(&graph)?])?;
        let is_error = |found: &Diagnostic| found.severity() == Severity::Error;
        if found.iter().any(is_error) { Err(Failure::Findings) } else { Ok(()) }
    }

    fn scoped(&self, graph: RuleGraph) -> Result<RuleGraph, Failure> {
        let Some(scope) = &self.service else { return Ok(graph) };
        let part = graph.scoped(scope);
        if part.is_empty() {
            let message = format!("{} has no Service {scope}", self.target.name().as_str());
            return Err(Failure::Usage(message));
        }
        Ok(part)
    }

    fn draw(&self, graph: &RuleGraph) -> Result<String, Failure> {
        let name = self.target.name().as_str();
        Ok(match self.output {
            Format::Text => draw::text(graph),
            Format::Json => draw::json(graph, name),
            Format::Dot => draw::dot(graph),
            Format::Mermaid => draw::mermaid(graph),
            Format::Svg if graph.len() > MOST_DRAWN => {
                return Err(Failure::Usage(format!(
                    "the graph has {} nodes, and a drawing of more than {MOST_DRAWN} shows nothing: draw one \
                     Service or namespace with -S, or write it with -o text, json or dot",
                    graph.len()
                )));
            }
            Format::Svg => {
                let scope = self.service.as_ref().map_or_else(String::new, |scope| format!(" of {scope}"));
                draw::svg(graph, &format!("Rules{scope} in {name}"))
            }
        })
    }
}

impl AskedTarget {
    /// Its rules as a graph.
    pub(super) fn graph(self, compiled: &Compiled, dumped: &Dumped) -> RuleGraph {
        let rules = &compiled.rules;
        match self {
            Self::Iptables => RuleGraph::of_iptables(
                rules,
                &Family::ALL.map(|family| {
                    let mut lowered = iptables::lower(rules, family);
                    iptables::jumps::include(&mut lowered);
                    lowered
                }),
            ),
            Self::IptablesSave => {
                let PerFamily { ipv4, ipv6 } = &dumped.saved;
                let loaded: Vec<_> = [ipv4, ipv6].into_iter().flatten().cloned().collect();
                RuleGraph::of_iptables(rules, &loaded)
            }
            Self::Hns => {
                let state = dumped.state();
                let plan = compiled.hns(state, Semantics::KubeProxy, &PlanOptions::default());
                let of_operations = plan.operations.iter().map(|of| (of.id, of.owners.clone()));
                let of_kept = plan.kept.iter().map(|of| (of.id, of.owners.clone()));
                let owners: Vec<_> = of_operations.chain(of_kept).collect();
                RuleGraph::of_hns(rules, &plan.after(rules, state).state, &owners)
            }
            Self::HnsState => {
                dumped.state().map(|state| RuleGraph::of_hns(rules, state, &[])).unwrap_or_default()
            }
            Self::Netsh => RuleGraph::of_netsh(rules, &compiled.netsh(&netsh::Options::default()).plan),
        }
    }
}
