//! `hnsplan diff`

mod nodes;
mod objects;

use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;

use super::request::{Request, unserved};
use super::values::platforms;
use crate::capture::HostFacts;
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::diff::{
    Asked, Cause, Conclusion, Flows, Manifests, Material, Pair, Reading, ReadingError, SideFormat,
};
use crate::document;
use crate::fill::Marks;
use crate::pipeline::{Compiled, compile};
use crate::platform::{Options, Platform, Side};
use crate::render;
use crate::render::diff::markdown;
use crate::shell::fleet::FleetFlags;
use crate::shell::formats::{DiffFormat as Output, View};
use crate::shell::{Failure, FindingFlags, Judge, Terminal};
use crate::source::{Input, Sources};

/// Put two sets of rules side by side: what should be against what is, one platform against another,
/// yesterday against today.
///
/// A and B are each a target (iptables, hns, netsh), compiled from the manifests of -f; a file or folder of
/// manifests; a plan of hnsplan plan or compile -t hns; or what a node holds: iptables-save, JSON of HNS, hnsdiag, the
/// folder of the log collector, netsh dump; live:hcn, live:iptables, live:netsh are what the node that the command runs
/// on holds now. File types are detected. Several files of one node are joined by
/// commas. Objects are matched by frontend; ids and order are ignored where the platform gives them no meaning.
#[derive(Debug, Args)]
#[command(mut_arg("filename", |arg| arg.required(false)))]
#[command(after_help = "Examples:\n  \
    hnsplan diff hns policy.json,endpoint.json,network.json -f cluster.yaml --node win-1\n  \
    hnsplan diff iptables node.save -f cluster.yaml --node linux-1 -q || echo drifted\n  \
    hnsplan diff iptables hns -f cluster.yaml --node win-1\n  \
    hnsplan diff --semantic --old yesterday.yaml --new today.yaml --node linux-1\n  \
    hnsplan diff --old yesterday.yaml --new today.yaml -t hns --node win-1\n  \
    hnsplan diff --nodes os=windows --dumps dumps/ -f cluster.yaml\n  \
    hnsplan diff --nodes all --old yesterday.yaml --new today.yaml\n\n\
    HNSPLAN_EXTERNAL_DIFF names a program that compares the texts of both sides instead, as in diff -u -N;\n\
    it gets two folders, and its exit code counts.\n\n\
    Exit codes:  0 no difference, 1 differences, 2 wrong usage or unreadable input")]
pub(super) struct Diff {
    /// The first side, the old one, or what should be
    #[arg(value_name = "A", required_unless_present_any = ["old", "dumps", "nodes"], conflicts_with = "old")]
    a: Option<Asked>,
    /// The second side, the new one, or what is
    #[arg(value_name = "B", required_unless_present_any = ["new", "dumps", "nodes"], conflicts_with_all = ["new", "dumps"])]
    b: Option<Asked>,
    /// Manifests of the first side
    #[arg(long, value_name = "FILE", requires = "new")]
    old: Option<String>,
    /// Manifests of the second side
    #[arg(long, value_name = "FILE", requires = "old")]
    new: Option<String>,
    /// What manifests are compiled to [default: what the other side is, or else nftables with that mode, or iptables]
    #[arg(short, long, value_name = "TARGET", value_parser = platforms())]
    target: Option<&'static dyn Platform>,
    /// What a side is, as in a=hns or b=netsh, where its contents do not tell
    #[arg(long = "format", value_name = "SIDE=FORMAT", value_delimiter = ',', value_parser = SideFormat::of_side, hide_short_help = true)]
    formats: Vec<(usize, SideFormat)>,
    /// How the answer is written
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Output,
    /// How two sides are shown [default: side-by-side on a terminal and for two platforms, or else structural]
    #[arg(long, value_name = "VIEW", hide_default_value = true)]
    view: Option<View>,
    /// Find packets that both sides treat differently, with an example and both paths
    #[arg(long, conflicts_with = "view")]
    semantic: bool,
    /// Network that cluster IPs come from; may be repeated. What a node has in it is taken for a Service's
    #[arg(long, value_name = "CIDR", value_delimiter = ',', hide_short_help = true)]
    service_cidr: Vec<IpNet>,
    /// Earlier dumps of the nodes of --dumps: tell what was lost since then, in the place of what is missing
    #[arg(long, value_name = "DIR", requires = "dumps")]
    since: Option<PathBuf>,
    /// What happened on the node before, as hnsplan replay takes it: tell which call left what is missing or left over
    #[arg(long, value_name = "FILE", value_delimiter = ',', conflicts_with_all = ["semantic", "nodes"])]
    sequence: Vec<PathBuf>,
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

impl Diff {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.nodes.are_given() {
            return self.run_for_nodes(terminal);
        }
        if let Some(format) = self.output.for_many_nodes() {
            return Err(Failure::Usage(format!("-o {format} is for many nodes: add --dumps DIR")));
        }
        let mut judge = self.findings.judge(terminal)?;
        let options =
            self.request.options(self.target.map(Side::wanted).as_ref().map(std::slice::from_ref))?;
        let mut pair = self.read(&options, terminal)?;
        // Files tell only now what their sides are.
        let sides: Option<Vec<Side>> = pair.materials.iter().map(Material::side).collect();
        self.request.options(sides.as_deref())?;
        pair.compiled.iter().try_for_each(|compiled| self.request.check_read(compiled))?;
        pair.remarks.iter().for_each(|remark| terminal.say(remark));
        pair.select(self.request.selector()).map_err(|why| unserved(&why, &pair.compiled, terminal))?;
        pair.check_wanted().map_err(Failure::usage)?;
        let left_out = pair.left_out();
        let found = report(&pair, &mut judge, terminal);
        let has_unread = pair.compiled.iter().any(|compiled| compiled.unread > 0);
        // A page has room for objects and flows.
        let flows_only = self.semantic && self.output != Output::Html;
        let differs = if flows_only {
            self.flows(&mut pair, &options, &mut judge, terminal)
        } else {
            self.objects(pair, &options, &mut judge, terminal)
        }?;
        for line in &left_out {
            terminal.say(&format!("not compared: {line}"));
        }
        judge.report(terminal);
        self.findings.conclude(found, differs || !left_out.is_empty(), has_unread)
    }

    /// What packets are treated differently.
    fn flows(
        &self,
        pair: &mut Pair,
        options: &Options,
        judge: &mut Judge,
        terminal: &mut Terminal,
    ) -> Result<bool, Failure> {
        if self.output == Output::Prom {
            return Err(Failure::Usage("--semantic is written as text, json, md or html".to_owned()));
        }
        let flows = Flows { pair, options, allow: &judge.list };
        flows.assumptions().iter().for_each(|assumption| terminal.say(assumption));
        let names = &pair.names;
        let (marks, nodes) = (pair.marks(), pair.nodes());
        let subject = markdown::Subject { names, nodes: &nodes, marks: &marks };
        let drawn = flows.compare(|comparison| {
            let text = match self.output {
                Output::Json => document::flows::render(names, comparison, &marks)?,
                Output::Md => markdown::flows(&subject, comparison, &self.causes(pair)),
                _ => render::diff::flows::draw(names, comparison, terminal.is_verbose()),
            };
            let differs = comparison.findings.iter().any(|finding| self.counts(finding.code));
            let nothing = comparison.compares_nothing().then(|| comparison.why_undecided());
            let is_open = !differs && comparison.undecided > 0;
            Ok::<_, Failure>((text, differs, comparison.accepted.clone(), nothing, is_open))
        });
        let (text, differs, accepted, nothing, is_open) = drawn.ok_or_else(no_flows)??;
        for (entry, count) in accepted {
            judge.accept(entry, count);
        }
        terminal.answer(&self.marked(text, &marks), self.out.as_deref())?;
        if let Some(why) = nothing {
            return Err(Failure::Usage(format!("nothing was compared: {why}")));
        }
        let untold = if is_open { pair.not_compared(&self.ownership()) } else { Vec::new() };
        for line in &untold {
            terminal.say(&format!("not compared: {line}"));
        }
        Conclusion::of(differs, !untold.is_empty()).differs().map_err(|why| Failure::Usage(why.to_owned()))
    }

    /// The answer with a mark at what is assumed, where it is a text; the others have it already.
    fn marked(&self, answer: String, marks: &Marks) -> String {
        if self.output == Output::Text { render::fill::starred(&answer, marks) } else { answer }
    }

    /// Whether a difference of this kind makes the command fail: every one, unless a flag names others.
    fn counts(&self, code: Code) -> bool {
        self.findings.fail_on.is_empty() || self.findings.names(code)
    }

    /// What changed in the manifests of the selected Services, where both sides are manifests.
    fn causes(&self, pair: &Pair) -> Vec<Cause> {
        pair.causes(self.request.manifests.namespace.as_deref().unwrap_or("default"))
    }

    fn read(&self, options: &Options, terminal: &mut Terminal) -> Result<Pair, Failure> {
        let files = |path: &String| if path == "-" { Asked::Stdin } else { Asked::Files(vec![path.into()]) };
        let side = |asked: &Option<Asked>, path: &Option<String>| {
            asked.clone().or_else(|| path.as_ref().map(files)).expect("clap asks for one of them")
        };
        let asked = [side(&self.a, &self.old), side(&self.b, &self.new)];
        if asked == [Asked::Stdin, Asked::Stdin] {
            return Err(Failure::Usage("only one side can come from standard input".to_owned()));
        }
        let one_target = Asked::name_one_target(&asked);
        let mut formats = [None, None];
        for (side, format) in &self.formats {
            formats[*side] = Some(*format);
        }
        if self.old.is_some() {
            formats = formats.map(|format| format.or(Some(SideFormat::Manifests)));
        }
        let capture = self.request.dumps.read(terminal)?;
        let reading = Reading {
            asked,
            formats,
            target: self.target,
            manifests: &self.request,
            held: capture.holdings,
            options,
            sends_packets: self.semantic || self.old.is_none() && !one_target,
        };
        reading.read().map_err(Failure::usage)
    }
}

/// Reports problems of the manifests: errors, since they are what is compared, and all with -v.
fn report(pair: &Pair, judge: &mut Judge, terminal: &mut Terminal) -> Vec<Code> {
    let mut codes = Vec::new();
    for (at, compiled) in pair.compiled.iter().enumerate() {
        let more = if at == 0 { &pair.found[..] } else { &[] };
        let all: Vec<Diagnostic> = compiled.diagnostics.iter().chain(more).cloned().collect();
        codes.extend(judge.tell(all, Severity::Error, &compiled.sources, terminal));
        terminal.say_assumed(compiled.assumed.as_ref());
    }
    codes
}

fn no_flows() -> Failure {
    let message =
        "--semantic sends packets to the Services of manifests, and neither side has any: add -f FILE";
    Failure::Usage(message.to_owned())
}

impl Manifests for Request {
    fn is_empty(&self) -> bool {
        self.manifests.is_empty()
    }

    fn compile(&self, host: HostFacts) -> Result<Compiled, ReadingError> {
        let compiled = self.dumps.host_facts().and_then(|told| self.wanted.compile_on(told.or(host)));
        compiled.map_err(|failure| ReadingError::new(failure.to_string()))
    }

    fn compile_files(&self, files: &[String]) -> Result<Compiled, ReadingError> {
        let read = || -> Result<Compiled, Failure> {
            let inputs: Vec<Input> = files.iter().map(|name| Input::from(name.as_str())).collect();
            let sources = Sources::read_without(&inputs, self.manifests.recursive, &self.manifests.exclude)?;
            let compiled = compile(sources, &self.setup()?);
            self.check_node(&compiled)?;
            Ok(compiled)
        };
        read().map_err(|failure| ReadingError::new(failure.to_string()))
    }
}
