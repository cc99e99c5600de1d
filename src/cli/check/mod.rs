//! `hnsplan check`

mod fail_on;
mod json;
mod lints;
mod text;

use std::collections::BTreeSet;

use clap::Args;

use self::fail_on::{FailOn, fail_on};
use super::Failure;
use super::asked::{AnswerFormat, AskedTarget, Dumped, NodeDumps, say_refused};
use super::compile::add_findings_of_input;
use super::input::{Manifests, Node};
use super::output::{MessageFormat, Terminal};
use crate::check::{Comparison, Side, compare};
use crate::diagnostics::Diagnostic;
use crate::lint::{self, Situation, lint};
use crate::net::Family;
use crate::node::Version;
use crate::pipeline::{Compiled, Loaded, Setup};
use crate::source::Sources;
use crate::trace::{Clients, Models};

/// Tell where two targets differ in effect, or two versions of kube-proxy.
///
/// Every class of packets that the rules of either side may tell apart is asked about on both sides, and each
/// kind of difference is told once, with one packet that shows it, the Services concerned, what it means and
/// what to do. What nobody knows of HNS is counted, and is no difference. Before that stands what is known to
/// go wrong on nodes that are set up like this one. What is wrong with the manifests, and what each target
/// loses, is said on standard error as hnsplan compile does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hnsplan check -f cluster.yaml --node win-1\n  \
    hnsplan check -t iptables,netsh --fail-on D0802,warning -f cluster.yaml --node win-1\n  \
    hnsplan check -t hns --kube-proxy-version 1.30 --against 1.35 -f cluster.yaml --node win-1\n\n\
    Exit codes:  0 nothing that --fail-on names, 1 something of it, 2 wrong usage or unreadable input")]
pub(super) struct Check {
    /// The two targets that are compared [default: iptables,hns]; one with --against [default: iptables]
    #[arg(short, long, value_name = "A,B", value_delimiter = ',', hide_default_value = true)]
    target: Vec<AskedTarget>,
    /// Compare with the same target in this version of kube-proxy
    #[arg(long, value_name = "VERSION")]
    against: Option<Version>,
    /// End with exit code 1 if there is one of these: error, warning (and errors), or a code, as in D0802
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "error", value_parser = fail_on)]
    fail_on: Vec<FailOn>,
    /// How differences are written
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: AnswerFormat,
    /// How diagnostics of the manifests are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    message_format: MessageFormat,
    /// Name all Services, and show all diagnostics
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    manifests: Manifests,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    dumps: NodeDumps,
}

/// What is compared, and the names of both sides.
struct Compared<'r> {
    names: [String; 2],
    /// How `hnsplan trace` is told to ask both sides; it asks one version at a time.
    targets: Option<String>,
    comparison: Comparison<'r>,
    sides: [Side<'r>; 2],
    /// What is known to go wrong on the node, in the order of the codes.
    lints: Vec<Diagnostic>,
    /// The texts, to show places in.
    sources: &'r Sources,
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
        let mut found = Vec::new();
        let dumped = &self.dumps.read(&targets, &mut found, terminal)?;
        let setup = self.node.setup(&self.manifests)?;
        let (one, against) = &self.compiled(targets, &setup, &mut found)?;
        let other = against.as_ref().unwrap_or(one);
        let [one_models, other_models] = [(targets[0], one), (targets[1], other)]
            .map(|(target, compiled)| target.ask(Models::new(&compiled.rules), compiled, dumped, &mut found));
        let diagnostics = diagnostics(one, other, &found);
        terminal.diagnostics(&diagnostics, &one.sources, self.message_format, self.verbose);
        say_refused(&one_models, terminal);
        say_refused(&other_models, terminal);
        let clients = Clients::of(&one.cluster, &one.rules);
        let (one_target, other_target) = (&one_models.targets()[0], &other_models.targets()[0]);
        let sides = [
            Side { rules: &one.rules, target: one_target },
            Side { rules: &other.rules, target: other_target },
        ];
        let compared = Compared {
            names: self.names(sides),
            targets: self.against.is_none().then(|| sides.map(|side| side.target.name.as_str()).join(",")),
            comparison: compare(&clients, sides),
            sides,
            lints: self.lints(targets, &setup, [(one, &one_models), (other, &other_models)], dumped),
            sources: &one.sources,
        };
        match self.output {
            AnswerFormat::Text => terminal.result([&*text::draw(&compared, self.verbose)])?,
            AnswerFormat::Json => terminal.result([&*json::draw(&compared)?])?,
        }
        let codes = compared.comparison.findings.iter().map(|finding| finding.code);
        let said = diagnostics.iter().chain(&compared.lints).map(|diagnostic| diagnostic.code);
        let mut codes = codes.chain(said);
        if codes.any(|code| self.fail_on.iter().any(|on| on.names(code))) {
            return Err(Failure::Findings);
        }
        Ok(())
    }

    /// The targets of both sides.
    fn targets(&self) -> Result<[AskedTarget; 2], Failure> {
        match (&*self.target, self.against) {
            ([], None) => Ok([AskedTarget::Iptables, AskedTarget::Hns]),
            ([], Some(_)) => Ok([AskedTarget::Iptables; 2]),
            ([one], Some(_)) => Ok([*one; 2]),
            ([one, other], None) if one != other => Ok([*one, *other]),
            (_, None) => {
                let message = "-t takes two targets, as in -t iptables,hns; one with --against VERSION";
                Err(Failure::Usage(message.to_owned()))
            }
            (_, Some(_)) => Err(Failure::Usage("with --against, -t takes one target".to_owned())),
        }
    }

    /// The rules, and those of the other version.
    fn compiled(
        &self,
        targets: [AskedTarget; 2],
        setup: &Setup,
        found: &mut Vec<Diagnostic>,
    ) -> Result<(Compiled, Option<Compiled>), Failure> {
        let sources = self.manifests.read()?;
        let of = |sources: Sources, setup: &Setup| {
            let mut compiled = Loaded::new(sources).parse(setup).resolve(setup).compile();
            add_findings_of_input(&mut compiled);
            compiled
        };
        let other = self.against.map(|version| of(sources.clone(), &Setup { version, ..setup.clone() }));
        let one = of(sources, setup);
        if targets.contains(&AskedTarget::Iptables) {
            found.extend(one.iptables_problems(&Family::ALL));
        }
        Ok((one, other))
    }

    /// What is known to go wrong, in either version.
    fn lints(
        &self,
        targets: [AskedTarget; 2],
        setup: &Setup,
        sides: [(&Compiled, &Models<'_>); 2],
        dumped: &Dumped,
    ) -> Vec<Diagnostic> {
        let gates = &setup.overrides.feature_gates(&setup.config);
        let about_windows =
            targets.iter().any(|target| matches!(target, AskedTarget::Hns | AskedTarget::HnsState));
        // Of two targets of one version, the first that says what HNS is to hold counts for both.
        let [first, second] = sides.map(|(_, models)| models.after());
        let [first, second] = [first.or(second), second.or(first)];
        let of = |(compiled, _): (&Compiled, &Models<'_>), after| {
            let hns = about_windows.then_some(lint::Hns { state: dumped.state(), after });
            lint(&Situation { cluster: &compiled.cluster, rules: &compiled.rules, gates, hns })
        };
        let mut found = of(sides[0], first);
        if self.against.is_some() {
            found.extend(of(sides[1], second));
            found.sort();
            found.dedup();
        }
        found
    }

    fn names(&self, sides: [Side<'_>; 2]) -> [String; 2] {
        sides.map(|side| match self.against {
            None => side.target.name.as_str().to_owned(),
            Some(_) => format!("{} {}", side.target.name.as_str(), side.rules.node.version),
        })
    }
}

/// What both sides say, each once.
fn diagnostics(one: &Compiled, other: &Compiled, found: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut told = BTreeSet::new();
    let all = one.diagnostics.iter().chain(&other.diagnostics).chain(found);
    all.filter(|diagnostic| told.insert(*diagnostic)).cloned().collect()
}
