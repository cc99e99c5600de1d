//! A whole check: what the sides differ in, what is known to go wrong on the node, and what is wrong with the input.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::accepted::{Accepted, accept};
use super::migration::Migration;
use super::part::Part;
use super::remark::Remark;
use super::{EffectComparison, Participant, compare_selected};
use crate::allow::AllowList;
use crate::diagnostics::{Code, Diagnostic};
use crate::lint::{Situation, lint};
use crate::name::counted;
use crate::node::{FeatureGates, Version};
use crate::pipeline::{Compiled, LeftOut, Setup};
use crate::platform::{Context, Holdings, Model, Options, Platform, Side, Totals};
use crate::scope::Selector;
use crate::sheet::Marks;
use crate::source::Sources;
use crate::trace::{Clients, Models, Target};

/// What is to be checked, and against what.
///
/// ```
/// use hnsplan::check::Check;
/// use hnsplan::pipeline::{Setup, compile};
/// use hnsplan::platform::{Side, hns, iptables};
/// use hnsplan::source::{Input, Sources};
///
/// let sources = Sources::read(&[Input::from("fixtures/shop/cluster.yaml")], false)?;
/// let versions = [compile(sources, &Setup::of_node("win-1"))];
/// let sides = [Side::wanted(&iptables::Iptables), Side::wanted(&hns::Hns)];
/// let kinds = Check::new(&versions, &sides).run(|report| report.comparison.findings.len());
/// assert!(kinds > 0, "HNS has no source ranges");
/// # Ok::<(), hnsplan::source::ReadError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Check<'c> {
    pub(super) versions: &'c [Compiled],
    pub(super) sides: &'c [Side],
    pub(super) options: &'c Options,
    pub(super) held: &'c Holdings,
    problems: &'c [Diagnostic],
    gates: &'c FeatureGates,
    pub(super) selector: &'c Selector,
    allow: &'c AllowList,
    command: Option<&'c str>,
    setup: Option<&'c Setup>,
    migration: Option<Migration>,
    part: Part<'c>,
}

/// What was found.
#[non_exhaustive]
pub struct Report<'r> {
    /// The names of the compared sides.
    pub names: Vec<String>,
    /// What the sides differ in.
    pub comparison: EffectComparison<'r>,
    /// The sides.
    pub participants: Vec<Participant<'r>>,
    /// What is known to go wrong on the node, in the order of the codes.
    pub lints: Vec<Diagnostic>,
    /// What is wrong with the input, and what targets lose of it.
    pub remarks: Vec<Remark>,
    /// What a person should know about the models, one sentence each; safe to print.
    pub notes: Vec<String>,
    /// What the allow-list accepts.
    pub accepted: Vec<Accepted<'r>>,
    /// The command that sends a packet through the same sides, to which both its ends are added.
    pub command: Option<String>,
    /// The texts, to show places in.
    pub sources: &'r Sources,
    /// The Services that could not be compared.
    pub left_out: LeftOut,
    /// What lints count over the Services of the rules, where that is asked for.
    pub totals: Totals,
}

impl<'r> Report<'r> {
    /// Which numbers of the rules are assumed. Sides are of one input.
    #[must_use]
    pub fn assumed(&self) -> &'r crate::fill::Marks {
        &self.participants[0].rules.assumed
    }
}

impl<'c> Check<'c> {
    /// Of all Services, with default options, without a dump, and with nothing accepted.
    ///
    /// Compared are each two of the sides; of rules in two versions of kube-proxy, one side in each of them.
    ///
    /// # Panics
    /// Without any rules.
    #[must_use]
    pub fn new(versions: &'c [Compiled], sides: &'c [Side]) -> Self {
        static GATES: LazyLock<FeatureGates> = LazyLock::new(FeatureGates::default);
        static SELECTOR: LazyLock<Selector> = LazyLock::new(Selector::default);
        static ALLOW: LazyLock<AllowList> = LazyLock::new(AllowList::default);
        let Context { options, held, .. } = Context::of(&versions.first().expect("rules to check").rules);
        Self {
            versions,
            sides,
            options,
            held,
            problems: &[],
            gates: &GATES,
            selector: &SELECTOR,
            allow: &ALLOW,
            command: None,
            setup: None,
            migration: None,
            part: Part::All,
        }
    }

    /// With these options of platforms.
    #[must_use]
    pub fn options(self, options: &'c Options) -> Self {
        Self { options, ..self }
    }

    /// With what the node holds, and with what of that could not be read.
    #[must_use]
    pub fn held(self, held: &'c Holdings, problems: &'c [Diagnostic]) -> Self {
        Self { held, problems, ..self }
    }

    /// With the feature gates of the node's kube-proxy.
    #[must_use]
    pub fn gates(self, gates: &'c FeatureGates) -> Self {
        Self { gates, ..self }
    }

    /// Of these Services only.
    #[must_use]
    pub fn services(self, selector: &'c Selector) -> Self {
        Self { selector, ..self }
    }

    /// Without what a team accepts.
    #[must_use]
    pub fn allow(self, allow: &'c AllowList) -> Self {
        Self { allow, ..self }
    }

    /// With what the rules of both versions were compiled from besides the manifests: then differences between them get
    /// the changes of kube-proxy that cause them.
    #[must_use]
    pub fn setup(self, setup: &'c Setup) -> Self {
        Self { setup: Some(setup), ..self }
    }

    /// For a cluster that comes from another mode of kube-proxy.
    #[must_use]
    pub fn migration(self, migration: Option<Migration>) -> Self {
        Self { migration, ..self }
    }

    /// For rules of a part of the Services: what lints count over all of them is told all the same.
    #[must_use]
    pub fn part(self, part: Part<'c>) -> Self {
        Self { part, ..self }
    }

    /// With the command that sends a packet through the same sides, to which both its ends are added.
    #[must_use]
    pub fn command(self, command: Option<&'c str>) -> Self {
        Self { command, ..self }
    }

    /// Checks, and hands on what was found.
    pub fn run<T>(&self, answer: impl FnOnce(&Report<'_>) -> T) -> T {
        let mut remarks = Remarks::default();
        let mut found: Vec<Diagnostic> =
            self.versions.iter().flat_map(|compiled| compiled.diagnostics.iter().cloned()).collect();
        let not_compared = self.versions[0].not_compared(self.selector, &mut found);
        remarks.add(None, found);
        remarks.add(None, self.problems.iter().cloned());
        remarks.add(None, not_compared);
        let models: Vec<Models<'_>> =
            self.versions.iter().map(|compiled| self.models(compiled, &mut remarks)).collect();
        let first = &self.versions[0];
        let clients = Clients::of(&first.cluster, &first.rules);
        let asked: Vec<Vec<Target<'_>>> = models.iter().map(Models::targets).collect();
        let participants: Vec<Participant<'_>> = (self.versions.iter().zip(&asked))
            .flat_map(|(compiled, targets)| {
                targets.iter().map(|target| Participant { rules: &compiled.rules, target })
            })
            .collect();
        let totals = if let Part::All = self.part { Totals::default() } else { self.totals(&models) };
        let rest = match self.part {
            Part::All | Part::Counted => Totals::default(),
            Part::Of(whole) => whole.without(&totals),
            Part::Beside(rest) => rest.clone(),
        };
        let mut report = Report {
            names: participants.iter().map(|side| self.name(side)).collect(),
            comparison: compare_selected(&clients, &participants, self.selector),
            participants,
            lints: self.lints(&models, &rest),
            remarks: remarks.all,
            notes: models.iter().flat_map(Models::remarks).collect(),
            accepted: Vec::new(),
            command: self.command.map(str::to_owned),
            sources: &first.sources,
            left_out: first.left_out(self.selector),
            totals,
        };
        if let Some(setup) = self.setup {
            self.add_changes(setup, &clients, &mut report.comparison);
        }
        report.lints.retain(|lint| self.is_about(lint));
        report.remarks.retain(|remark| self.is_about(&remark.diagnostic));
        report.accepted = accept(&mut report, self.allow);
        answer(&report)
    }

    fn name(&self, side: &Participant<'_>) -> String {
        match self.versions {
            [_] => side.target.side.name().to_owned(),
            _ => format!("{} {}", side.target.side.name(), side.rules.node.version),
        }
    }

    /// The models of the sides in one version; what making them found is remarked.
    pub(super) fn models<'m>(&'m self, compiled: &'m Compiled, remarks: &mut Remarks) -> Models<'m> {
        let context = compiled.context(self.options, self.held);
        let mut models = Models::new(context);
        for side in self.sides {
            let mut found = Vec::new();
            if !side.is_held() {
                found.extend(side.platform.problems(context));
            }
            models = models.with(*side, &mut found);
            remarks.add(Some(*side), found);
        }
        models
    }

    /// The platforms of the sides, each once, with the models of their wanted rules.
    fn platforms<'m>(
        &self,
        models: &'m Models<'m>,
    ) -> Vec<(&'static dyn Platform, Option<&'m (dyn Model + 'm)>)> {
        let mut platforms: Vec<(&'static dyn Platform, Option<&dyn Model>)> = Vec::new();
        for side in self.sides {
            if !platforms.iter().any(|(known, _)| *known == side.platform) {
                platforms.push((side.platform, models.model(Side::wanted(side.platform))));
            }
        }
        platforms
    }

    /// What lints count over the Services of the rules, in the first version.
    fn totals(&self, models: &[Models<'_>]) -> Totals {
        let context = self.versions[0].context(self.options, self.held);
        let mut totals = Totals::default();
        for (platform, model) in self.platforms(&models[0]) {
            totals.extend(platform.totals(context, model));
        }
        totals
    }

    /// What is known to go wrong on the node, in any version, as far as a side is asked that it is about.
    fn lints(&self, models: &[Models<'_>], rest: &Totals) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = Vec::new();
        for (compiled, models) in self.versions.iter().zip(models) {
            let platforms = self.platforms(models);
            let context = Context { rest, ..compiled.context(self.options, self.held) };
            let (cluster, gates) = (&compiled.cluster, self.gates);
            found.extend(lint(&Situation { cluster, gates, context, platforms: &platforms }));
        }
        if let Some(migration) = self.migration {
            let context = self.versions[0].context(self.options, self.held);
            found.extend(migration.to.migration(context, migration.from));
        }
        found.sort();
        found.dedup();
        found
    }

    /// Whether a diagnostic is about a Service that is selected, or about no Service.
    fn is_about(&self, diagnostic: &Diagnostic) -> bool {
        let service = diagnostic.object.as_ref().filter(|object| object.kind == "Service");
        let is_selected = |of: &crate::diagnostics::ObjectRef| {
            self.selector.selects(&format!("{}/{}", of.namespace, of.name))
        };
        self.selector.is_all() || service.is_none_or(is_selected)
    }
}

impl Report<'_> {
    /// The codes of all that was found, with what causes it, and may be repeated.
    pub fn codes(&self) -> impl Iterator<Item = Code> {
        let findings = self.comparison.findings.iter().flat_map(|finding| {
            let causes = finding.causes.iter().map(|cause| cause.diagnostic.code);
            std::iter::once(finding.code).chain(causes)
        });
        let remarks = self.remarks.iter().map(|remark| remark.diagnostic.code);
        findings.chain(remarks).chain(self.lints.iter().map(|lint| lint.code))
    }

    /// Whether there was nothing to compare, so that "no difference" would be no answer.
    #[must_use]
    pub fn compares_nothing(&self) -> bool {
        self.stand_in().is_some() || self.comparison.compares_nothing()
    }

    /// Two sides between which nothing is decided, where others are compared, or a dump that decides nothing of some Services: a
    /// whole sentence.
    #[must_use]
    pub fn nothing_between(&self) -> Option<String> {
        let Some(pair) = self.comparison.undecided_pair().filter(|_| self.comparison.service_ports > 0)
        else {
            return self.silent_dump();
        };
        let [one, other] = pair.of(&self.names);
        Some(format!("nothing was compared between {one} and {other}: no packet class is decided"))
    }

    /// A side that nodes hold, and that decides nothing of Services of which other sides do.
    fn silent_dump(&self) -> Option<String> {
        let silent = self.names.iter().zip(&self.participants).zip(&self.comparison.silent);
        let is_held = |((_, side), ports): &((&String, &Participant<'_>), &usize)| {
            side.target.side.is_held() && **ports > 0
        };
        let ((name, _), ports) = silent.into_iter().find(is_held)?;
        let ports = counted(*ports, "service port");
        Some(format!("the dump leaves out what decides about {ports} on {name}; the answer names them"))
    }

    /// The version of a side whose rules are not known, where those of the other side stand for them: a comparison
    /// with itself.
    fn stand_in(&self) -> Option<Version> {
        let mut versions = self.participants.iter().map(|side| side.rules.node.version);
        let first = versions.next()?;
        let same = versions.find(|other| *other != first && other.stands_for() == first.stands_for())?;
        [first, same].into_iter().find(|version| version.is_newer_than_known())
    }

    /// Why there was nothing to compare.
    #[must_use]
    pub fn why_nothing(&self) -> String {
        if let Some(version) = self.stand_in() {
            format!(
                "kube-proxy {version} is not known, and the rules of {} stand for it",
                version.stands_for()
            )
        } else if self.comparison.service_ports > 0 {
            self.comparison.why_undecided()
        } else if self.left_out.is_empty() {
            "no Service of the input has rules on this node".to_owned()
        } else {
            self.left_out.reason()
        }
    }
}

/// What versions and targets remark, each once.
#[derive(Default)]
pub(super) struct Remarks {
    known: BTreeSet<Remark>,
    all: Vec<Remark>,
}

impl Remarks {
    fn add(&mut self, target: Option<Side>, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            let remark = Remark { target, diagnostic };
            if self.known.insert(remark.clone()) {
                self.all.push(remark);
            }
        }
    }
}

/// Differences in effect by service port.
#[must_use]
pub fn marks(comparison: &EffectComparison<'_>) -> Marks {
    let mut marks = Marks::new();
    for finding in &comparison.findings {
        for concerned in &finding.services {
            marks.entry(concerned.id.to_owned()).or_default().insert(finding.code);
        }
    }
    marks
}
