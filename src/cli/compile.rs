//! `hnsplan compile`

mod nodes;

use std::path::{Path, PathBuf};
use std::slice;

use clap::Args;
use clap::builder::PossibleValue;

use super::request::{Request, WritingFlags};
use super::values::platform_words;
use crate::diagnostics::{Diagnostic, Severity};
use crate::fill::Marks;
use crate::net::Family;
use crate::pipeline::Compiled;
use crate::platform::{Context, Output, Platform, Side, find, not_a_target};
use crate::render::fill::write_marked;
use crate::shell::fleet::NodesFlags;
use crate::shell::terminal::{refuse_inputs, write_pieces};
use crate::shell::{Failure, FindingFlags, Flags, FormatOrPath, Judge, Offer, Terminal};

/// Compile manifests to the rules of one node.
///
/// Prints what kube-proxy on that node would hand to the platform: for iptables the input of iptables-restore
/// --noflush --counters and for HNS the objects of HCN, both byte for byte; for netsh a script that does what netsh
/// can do. Problems of the manifests and what a target cannot implement are reported on standard error; rules
/// are written for everything that kube-proxy would serve all the same.
#[derive(Debug, Args)]
#[command(mut_arg("fail_on", |arg| arg.default_value("error")))]
#[command(after_help = "Examples:\n  \
    kubectl get nodes,services,endpointslices -A -o yaml | \\\n    \
    hnsplan compile -t iptables --family ipv4 --node worker-1 --cluster-cidr 10.244.0.0/16 -f -\n  \
    hnsplan compile -t netsh -f cluster.yaml --node win-1 --style cmd --out out/\n  \
    hnsplan compile -t iptables,ir -f manifests/ -R --config kube-proxy.yaml --node worker-1 --out out/\n  \
    hnsplan compile -t hns -f cluster.yaml --nodes os=windows --out out/")]
pub(super) struct Compile {
    /// What to write; several with --out only
    #[arg(short, long, value_name = "TARGET", required = true, value_delimiter = ',', value_parser = targets())]
    target: Vec<Target>,
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    writing: Flags<WritingFlags>,
    /// Only the rules of this family
    #[arg(long, value_name = "FAMILY", help_heading = "Output")]
    family: Option<Family>,
    /// Format of the answer: each target has its own; json is for targets that are JSON
    ///
    /// For the sake of older scripts, the name of a folder is taken as that of --out.
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output", value_parser = FormatOrPath::or_folder)]
    output: FormatOrPath,
    /// Write files into this folder instead of standard output
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Write nothing if the manifests have errors
    #[arg(long, help_heading = "Output", conflicts_with_all = ["nodes", "share"])]
    fail_fast: bool,
    #[command(flatten)]
    nodes: NodesFlags,
    #[command(flatten)]
    findings: FindingFlags,
}

/// What can be written: the rules of a platform, or those in no platform's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Platform(&'static dyn Platform),
    Ir,
}

/// The name of the rules in no platform's words.
const IR: &str = "ir";

/// The names of targets.
fn targets() -> Offer<Target> {
    Offer::new(
        |text| {
            let platform = find(text).map(Target::Platform);
            platform.or((text == IR).then_some(Target::Ir)).ok_or_else(|| not_a_target(text, &[IR]))
        },
        || {
            let about = "The rules in no platform's words, as JSON (see hnsplan schema ir)";
            platform_words().into_iter().chain([PossibleValue::new(IR).help(about)]).collect()
        },
    )
}

impl Compile {
    fn sides(&self) -> Vec<Side> {
        let side = |of: &Target| if let Target::Platform(of) = of { Some(Side::wanted(*of)) } else { None };
        self.target.iter().filter_map(side).collect()
    }

    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.nodes.are_given() {
            return self.run_for_nodes(terminal);
        }
        if self.target.len() > 1 && self.folder().is_none() {
            return Err(Failure::Usage(
                "more than one target needs a folder to write to: add --out DIR".into(),
            ));
        }
        let mut judge = self.findings.judge(terminal)?;
        let options = self.request.options_with(&self.writing.given, Some(&self.sides()))?;
        let capture = self.request.dumps.read(terminal)?;
        let mut compiled = self.request.compile()?;
        let selector = self.request.select(slice::from_ref(&compiled), terminal)?;
        selector.restrict(&mut compiled.rules);
        let families = self.families();
        compiled.rules.services.retain(|port| families.contains(&port.family));
        let mut diagnostics = std::mem::take(&mut compiled.diagnostics);
        diagnostics.extend(capture.problems);
        judge.sift(&mut diagnostics, None);
        // The texts are shown with the diagnostics; what is written after them needs the memory more.
        let sources = std::mem::take(&mut compiled.sources);
        let context = Context { families: &families, ..compiled.context(&options, &capture.holdings) };
        let outputs: Vec<Output<'_>> = self
            .target
            .iter()
            .flat_map(|target| target.outputs(&compiled, context, &mut judge, &mut diagnostics))
            .collect();
        self.check_format(&outputs)?;
        terminal.diagnostics(&diagnostics, &sources);
        judge.report(terminal);
        terminal.say_assumed(compiled.assumed.as_ref());
        drop(sources);
        let has_errors = diagnostics.iter().any(|found| found.severity() == Severity::Error);
        if self.fail_fast && has_errors {
            terminal.say("nothing is written, because of --fail-fast");
        } else {
            self.write(&outputs, &compiled.rules.assumed, terminal)?;
        }
        let codes = diagnostics.iter().map(|found| found.code);
        let end = self.findings.conclude(codes, false, compiled.unread > 0);
        // The process ends here: the system takes the memory back faster than piece by piece.
        std::mem::forget(outputs);
        std::mem::forget((compiled, diagnostics));
        end
    }

    fn folder(&self) -> Option<&Path> {
        match &self.output {
            FormatOrPath::Path(folder) => Some(self.out.as_deref().unwrap_or(folder)),
            FormatOrPath::Text | FormatOrPath::Json => self.out.as_deref(),
        }
    }

    fn families(&self) -> Vec<Family> {
        self.family.map_or(Family::ALL.to_vec(), |family| vec![family])
    }

    fn check_format(&self, outputs: &[Output<'_>]) -> Result<(), Failure> {
        let is_json =
            |output: &&Output<'_>| Path::new(output.file).extension().is_some_and(|of| of == "json");
        match outputs.iter().find(|output| !is_json(output)) {
            Some(text) if self.output == FormatOrPath::Json => Err(Failure::Usage(format!(
                "{} is not JSON: leave out -o json, or compile -t {IR}; --out names a folder",
                text.file
            ))),
            _ => Ok(()),
        }
    }

    fn write(&self, outputs: &[Output<'_>], marks: &Marks, terminal: &mut Terminal) -> Result<(), Failure> {
        let Some(folder) = self.folder() else {
            let main: Vec<&Output<'_>> = outputs.iter().filter(|output| output.is_main).collect();
            for output in &main {
                // One text alone is exactly that; of several, a comment tells which is which.
                let heading = if main.len() > 1 { output.heading } else { "" };
                terminal.pieces(|sink| {
                    sink(heading)?;
                    write_marked(output, marks, sink)
                })?;
            }
            return Ok(());
        };
        write_files(folder, outputs, marks)
    }
}

fn write_files(folder: &Path, outputs: &[Output<'_>], marks: &Marks) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::Message(format!("cannot create {}: {error}", folder.display())))?;
    refuse_inputs(outputs.iter().map(|output| folder.join(output.file)))?;
    outputs.iter().try_for_each(|output| {
        write_pieces(&folder.join(output.file), |sink| write_marked(output, marks, sink))
    })
}

impl Target {
    /// The texts of a target; what is found is added to the diagnostics.
    fn outputs<'c>(
        self,
        compiled: &'c Compiled,
        context: Context<'c>,
        judge: &mut Judge,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Output<'c>> {
        match self {
            Self::Platform(platform) => {
                let mut found: Vec<Diagnostic> = platform.problems(context).into_iter().collect();
                let outputs = platform.texts(context).into_value(&mut found);
                judge.sift(&mut found, Some(platform.name()));
                diagnostics.extend(found);
                outputs
            }
            Self::Ir => vec![Output::new("ir.json", compiled.ir())],
        }
    }
}
