//! `hnsplan check`

mod allowed;
mod beside;
mod fail_on;
mod html;
mod json;
mod lints;
mod text;
mod told;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use self::allowed::Allowed;
use self::fail_on::{FailOn, fail_on};
pub(super) use self::json::schema;
use super::Failure;
use super::flags::Flags;
use super::output::{MessageFormat, Terminal};
use super::request::{DumpFlags, Request, compile};
use super::sides::SideParser;
use crate::check::{Comparison, Participant, compare_selected};
use crate::diagnostics::{Diagnostic, github, sarif};
use crate::graph::RuleGraph;
use crate::lint::{Situation, lint};
use crate::node::Version;
use crate::pipeline::{Compiled, Setup};
use crate::platform::{self, ALL, Holdings, Model, Options, Platform};
use crate::source::Sources;
use crate::trace::{Clients, Models, Target};

/// Tell where targets differ in effect, or two versions of kube-proxy.
///
/// Every class of packets that the rules of any side may tell apart is asked about on all sides, and each
/// kind of difference between two of them is told once, with one packet that shows it, the Services concerned,
/// what it means and what to do. What nobody knows of HNS is counted, and is no difference. Before that stands
/// what is known to go wrong on nodes that are set up like this one. What is wrong with the manifests, and what
/// each target loses, is said on standard error as hnsplan compile does; the answer sums it up, and as JSON it
/// holds all of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hnsplan check -f cluster.yaml --node win-1\n  \
    hnsplan check -t iptables,hns,netsh --fail-on D0802,warning -f cluster.yaml --node win-1\n  \
    hnsplan check -t hns --kube-proxy-version 1.30 --against 1.35 -f cluster.yaml --node win-1\n\n\
    Exit codes:  0 nothing that --fail-on names, 1 something of it, 2 wrong usage or unreadable input")]
pub(super) struct Check {
    /// The targets that are compared, each two of them [default: iptables,hns]; one with --against [default:
    /// iptables]
    #[arg(
        short,
        long,
        value_name = "A,B,…",
        value_delimiter = ',',
        hide_default_value = true,
        value_parser = SideParser
    )]
    target: Vec<platform::Side>,
    /// Compare with the same target in this version of kube-proxy
    #[arg(long, value_name = "VERSION")]
    against: Option<Version>,
    /// End with exit code 1 if there is one of these: error, warning (and errors), or a code, as in D0802
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "error", value_parser = fail_on)]
    fail_on: Vec<FailOn>,
    /// Findings that are accepted, with reasons: they do not count, and are not told
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,
    /// Tell what each entry of the allow-list accepts
    #[arg(long)]
    show_allowed: bool,
    /// How the answer is written
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: CheckFormat,
    /// How diagnostics of the manifests are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    message_format: MessageFormat,
    /// Name all Services, and show all diagnostics
    #[arg(short, long)]
    verbose: bool,
    /// Write the answer into this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    request: Request,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    /// For people
    Text,
    /// The same as JSON
    Json,
    /// A page for the browser, one file
    Html,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations for a workflow of GitHub
    Github,
}

/// What is compared, and what was found on the way.
struct Compared<'r> {
    /// The names of the sides.
    names: Vec<String>,
    /// How `hnsplan trace` is told to ask all sides; it asks one version at a time.
    targets: Option<String>,
    comparison: Comparison<'r>,
    sides: Vec<Participant<'r>>,
    /// What is known to go wrong on the node, in the order of the codes.
    lints: Vec<Diagnostic>,
    remarks: Vec<Remark>,
    sources: &'r Sources,
}

/// What is wrong with the input, or what a target loses of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Remark {
    /// The target that it is about; none where it is about the input.
    target: Option<platform::Side>,
    diagnostic: Diagnostic,
}

impl Check {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        self.compare(terminal).map_err(|failure| match failure {
            // Exit code 1 is for what was found.
            Failure::Message(message) => Failure::Usage(message),
            other => other,
        })
    }

    fn compare(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let targets = self.targets()?;
        let options = self.request.options()?;
        let capture = self.request.dumps.read(terminal)?;
        Flags::<DumpFlags>::check(&targets, &capture)?;
        let setup = self.request.setup()?;
        let mut versions = self.compiled(&setup)?;
        let selector = self.request.selector();
        selector.check(&versions[0].rules)?;
        let sources = &mut versions[0].sources;
        let list = allowed::read(self.allow.as_deref(), sources, self.message_format, terminal)?;
        let mut remarks = Remarks::default();
        remarks.add(None, versions.iter().flat_map(|compiled| compiled.diagnostics.iter().cloned()));
        remarks.add(None, capture.problems);
        let held = &capture.holdings;
        let models: Vec<Models<'_>> = versions
            .iter()
            .map(|compiled| models(&targets, compiled, &options, held, &mut remarks))
            .collect();
        let Remarks { all: remarks, .. } = remarks;
        let first = &versions[0];
        let clients = Clients::of(&first.cluster, &first.rules);
        let asked: Vec<Vec<Target<'_>>> = models.iter().map(Models::targets).collect();
        let sides: Vec<Participant<'_>> =
            versions.iter().zip(&asked).flat_map(|(compiled, targets)| sides(compiled, targets)).collect();
        let trace: Vec<&str> = targets.iter().map(|target| target.name()).collect();
        let mut compared = Compared {
            names: sides.iter().map(|side| self.name(side)).collect(),
            targets: self.against.is_none().then(|| trace.join(",")),
            comparison: compare_selected(&clients, &sides, &selector),
            sides,
            lints: lints(&targets, &setup, &versions, &models, &options, held),
            remarks,
            sources: &first.sources,
        };
        compared.lints.retain(|lint| is_selected(lint, &selector));
        compared.remarks.retain(|remark| is_selected(&remark.diagnostic, &selector));
        let allowed = allowed::take_out(&mut compared, &list);
        let diagnostics: Vec<Diagnostic> =
            compared.remarks.iter().map(|remark| remark.diagnostic.clone()).collect();
        terminal.diagnostics(&diagnostics, &first.sources, self.message_format, self.verbose);
        models.iter().flat_map(Models::remarks).for_each(|remark| terminal.say(&remark));
        let answer = match self.output {
            CheckFormat::Text => text::draw(&compared, &allowed, self.verbose, self.show_allowed),
            CheckFormat::Json => json::draw(&compared, &allowed)?,
            CheckFormat::Html => {
                let beside = beside::lay_out(&compared, &versions, &targets, &options, held);
                html::draw(&compared, &allowed, &graphs(&versions, &targets, &options, held), beside)
            }
            CheckFormat::Sarif => draw_sarif(&compared, &allowed),
            CheckFormat::Github => draw_github(&compared),
        };
        terminal.answer(&answer, self.out.as_deref())?;
        let codes = compared.comparison.findings.iter().map(|finding| finding.code);
        let said = diagnostics.iter().chain(&compared.lints).map(|diagnostic| diagnostic.code);
        let mut codes = codes.chain(said);
        if codes.any(|code| self.fail_on.iter().any(|on| on.names(code))) {
            return Err(Failure::Findings);
        }
        Ok(())
    }

    /// The targets that are asked, in each version.
    fn targets(&self) -> Result<Vec<platform::Side>, Failure> {
        let is_twice = |(at, target)| self.target[..at].contains(target);
        if self.target.iter().enumerate().any(is_twice) {
            return Err(Failure::Usage("-t names a target twice".to_owned()));
        }
        match (&*self.target, self.against) {
            ([], None) => Ok(ALL.iter().take(2).map(|platform| platform::Side::wanted(*platform)).collect()),
            ([], Some(_)) => {
                Ok(ALL.iter().take(1).map(|platform| platform::Side::wanted(*platform)).collect())
            }
            ([_], Some(_)) | ([_, _, ..], None) => Ok(self.target.clone()),
            ([_], None) => {
                let message =
                    "-t takes two targets or more, as in -t iptables,hns; one with --against VERSION";
                Err(Failure::Usage(message.to_owned()))
            }
            (_, Some(_)) => Err(Failure::Usage("with --against, -t takes one target".to_owned())),
        }
    }

    /// The rules, and those of the other version if there is one.
    fn compiled(&self, setup: &Setup) -> Result<Vec<Compiled>, Failure> {
        let sources = self.request.manifests.read()?;
        let other = self.against.map(|version| compile(sources.clone(), &Setup { version, ..setup.clone() }));
        Ok(std::iter::once(compile(sources, setup)).chain(other).collect())
    }

    fn name(&self, side: &Participant<'_>) -> String {
        match self.against {
            None => side.target.side.name().to_owned(),
            Some(_) => format!("{} {}", side.target.side.name(), side.rules.node.version),
        }
    }
}

/// Whether a diagnostic is about a Service that is selected, or about no Service.
fn is_selected(diagnostic: &Diagnostic, selector: &crate::scope::Selector) -> bool {
    let service = diagnostic.object.as_ref().filter(|object| object.kind == "Service");
    service.is_none_or(|of| selector.selects(&format!("{}/{}", of.namespace, of.name)) || selector.is_all())
}

/// The rules of all sides, in their order.
fn graphs(
    versions: &[Compiled],
    targets: &[platform::Side],
    options: &Options,
    held: &Holdings,
) -> Vec<RuleGraph> {
    let of = |compiled: &Compiled| {
        let context = compiled.context(options, held);
        targets.iter().map(|target| target.picture(context).unwrap_or_default()).collect::<Vec<_>>()
    };
    versions.iter().flat_map(of).collect()
}

/// The models of the targets in one version; what making them found is remarked.
fn models<'c>(
    targets: &[platform::Side],
    compiled: &'c Compiled,
    options: &'c Options,
    held: &'c Holdings,
    remarks: &mut Remarks,
) -> Models<'c> {
    let context = compiled.context(options, held);
    let mut models = Models::new(context);
    for target in targets {
        let mut found = Vec::new();
        if !target.is_held() {
            found.extend(target.platform.problems(context));
        }
        models = models.with(*target, &mut found);
        remarks.add(Some(*target), found);
    }
    models
}

fn draw_sarif(compared: &Compared<'_>, allowed: &[Allowed<'_>]) -> String {
    let open = told::all(compared);
    let accepted = allowed.iter().flat_map(|of| of.found.iter().map(|told| (told, Some(&*of.entry.reason))));
    let findings: Vec<sarif::Finding<'_>> = open
        .iter()
        .map(|told| (told, None))
        .chain(accepted)
        .map(|(told, accepted)| sarif::Finding { diagnostic: &told.diagnostic, key: &told.key, accepted })
        .collect();
    sarif::render(&findings, compared.sources)
}

fn draw_github(compared: &Compared<'_>) -> String {
    let kinds = told::kinds(compared);
    kinds.iter().map(|diagnostic| github::render(diagnostic, compared.sources) + "\n").collect()
}

fn sides<'r>(compiled: &'r Compiled, targets: &'r [Target<'r>]) -> impl Iterator<Item = Participant<'r>> {
    targets.iter().map(|target| Participant { rules: &compiled.rules, target })
}

/// What is known to go wrong on the node, in any version, as far as a target is asked that it is about.
fn lints(
    targets: &[platform::Side],
    setup: &Setup,
    versions: &[Compiled],
    models: &[Models<'_>],
    options: &Options,
    held: &Holdings,
) -> Vec<Diagnostic> {
    let gates = &setup.overrides.feature_gates(&setup.config);
    let mut found: Vec<Diagnostic> = Vec::new();
    for (compiled, models) in versions.iter().zip(models) {
        let mut platforms: Vec<(&'static dyn Platform, Option<&dyn Model>)> = Vec::new();
        for target in targets {
            if !platforms.iter().any(|(known, _)| *known == target.platform) {
                platforms.push((target.platform, models.model(platform::Side::wanted(target.platform))));
            }
        }
        let (cluster, context) = (&compiled.cluster, compiled.context(options, held));
        found.extend(lint(&Situation { cluster, gates, context, platforms: &platforms }));
    }
    found.sort();
    found.dedup();
    found
}

/// What versions and targets say, each once.
#[derive(Default)]
struct Remarks {
    told: BTreeSet<Remark>,
    all: Vec<Remark>,
}

impl Remarks {
    fn add(&mut self, target: Option<platform::Side>, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            let remark = Remark { target, diagnostic };
            if self.told.insert(remark.clone()) {
                self.all.push(remark);
            }
        }
    }
}
