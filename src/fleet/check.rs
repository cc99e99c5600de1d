//! What a check finds on one of many nodes.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::Asked;
use super::codes;
use super::dumps::Dumps;
use super::record::{Class, Found, Item, Kind, NodeAnswer, Scale};
use crate::allow::AllowList;
use crate::capture::{Capture, CaptureError, HostFacts};
use crate::check::{Check, EffectComparison, Finding, Migration, Part, Report, shown_by};
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::name::printable;
use crate::pipeline::{Compiled, Parsed, Setup};
use crate::platform::{Options, Side};
use crate::scope::Selector;

/// A check of many nodes: the objects are read once, in each version of kube-proxy that is compared.
#[derive(Clone, Copy)]
pub struct CheckNodes<'f> {
    /// The objects, and what is known of every node besides.
    pub versions: &'f [(Parsed, Setup)],
    /// What is compared.
    pub sides: &'f [Side],
    /// The options of platforms.
    pub options: &'f Options,
    /// The Services that are compared.
    pub selector: &'f Selector,
    /// What a team accepts.
    pub allow: &'f AllowList,
    /// The mode of kube-proxy that the cluster comes from.
    pub migration: Option<Migration>,
    /// What the nodes hold, where a side is that.
    pub dumps: Option<&'f Dumps>,
}

impl CheckNodes<'_> {
    /// Checks one node.
    #[must_use]
    pub fn ask(&self, node: &str) -> Asked {
        let (capture, host) = match self.dumps.map(|dumps| self.capture(dumps, node)) {
            None => (Capture::default(), HostFacts::default()),
            Some(Ok(read)) => read,
            Some(Err(answer)) => return Asked { answer, diagnostics: Vec::new() },
        };
        let of_version = |(parsed, setup): &(Parsed, Setup)| {
            parsed.clone().compile_for(&setup.clone().on_node(node).on_host(host.clone()))
        };
        let versions: Vec<Compiled> = self.versions.iter().map(of_version).collect();
        let setup = self.versions[0].1.clone().on_node(node).on_host(host.clone());
        let gates = setup.feature_gates();
        Check::new(&versions, self.sides)
            .options(self.options)
            .held(&capture.holdings, &capture.problems)
            .gates(&gates)
            .migration(self.migration)
            .services(self.selector)
            .setup(&setup)
            .allow(self.allow)
            .run(|report| Asked {
                answer: NodeAnswer::of_report(report, node),
                diagnostics: report.remarks.iter().map(|remark| remark.diagnostic.clone()).collect(),
            })
    }

    /// Whether nothing but one set of manifests is asked about, whole, and nothing of the answer is accepted.
    pub(super) fn is_of_manifests_alone(&self) -> bool {
        let [(parsed, _)] = self.versions else { return false };
        let is_plain =
            self.dumps.is_none() && self.migration.is_none() && !self.sides.iter().any(|side| side.is_held());
        is_plain
            && self.selector.is_all()
            && self.allow.entries.is_empty()
            && parsed.unread() == 0
            && !parsed.is_assumed()
    }

    /// Checks one node by some of the objects, or all, and hands on what was found.
    pub(super) fn run<T>(
        &self,
        parsed: &Parsed,
        node: &str,
        part: Part<'_>,
        answer: impl FnOnce(&Report<'_>) -> T,
    ) -> T {
        let setup = self.versions[0].1.clone().on_node(node);
        let versions = [parsed.clone().compile_for(&setup)];
        let gates = setup.feature_gates();
        Check::new(&versions, self.sides)
            .options(self.options)
            .gates(&gates)
            .setup(&setup)
            .part(part)
            .run(answer)
    }

    /// What the node holds, and its host; or the answer that this is not known.
    fn capture(&self, dumps: &Dumps, node: &str) -> Result<(Capture, HostFacts), NodeAnswer> {
        let (capture, host) = dumps.read(node)?;
        let unusable = |error: CaptureError| NodeAnswer::missing(codes::UNUSABLE_DUMP, error.to_string());
        capture.check_sides(self.sides).map_err(unusable)?;
        Ok((capture, host))
    }
}

impl NodeAnswer {
    /// What a check of a node found.
    #[must_use]
    pub fn of_report(report: &Report<'_>, node: &str) -> Self {
        let mut kinds = Kinds { node, all: BTreeMap::new() };
        for finding in &report.comparison.findings {
            kinds.add_finding(finding, &report.names);
        }
        for (kind, found) in diagnostics_of(report) {
            kinds.add_diagnostic(kind.class, kind.sides, found);
        }
        let mut answer = Self {
            kinds: kinds.found(),
            scale: Scale {
                service_ports: report.comparison.service_ports as u64,
                packets: report.comparison.packets as u64,
                undecided: report.comparison.undecided as u64,
                left_out: report.left_out.services() as u64,
            },
            objects: BTreeMap::new(),
        };
        if report.compares_nothing() {
            answer.lacks(codes::NOT_COMPARED, format!("nothing was compared: {}", report.why_nothing()));
        } else if let Some(nothing) = report.nothing_between() {
            answer.lacks(codes::NOT_COMPARED, nothing);
        }
        // Of rules alone, nodes that are alike are asked only about what may be their own.
        if report.participants.iter().any(|side| side.target.side.is_held()) {
            answer.leaves_open(&report.comparison, &report.names);
        }
        answer
    }
}

/// What a check found besides differences in effect, in order, with its kind.
pub(super) fn diagnostics_of<'r>(report: &'r Report<'_>) -> impl Iterator<Item = (Kind, &'r Diagnostic)> {
    let kind = |class, found: &Diagnostic, sides| Kind { class, code: found.code, sides };
    let lints = report.lints.iter().map(move |lint| (kind(Class::Lint, lint, Vec::new()), lint));
    let causes = report.comparison.findings.iter().flat_map(|finding| &finding.causes);
    let remarks = report.remarks.iter().chain(causes).map(move |remark| {
        let sides = remark.target.iter().map(|side| side.name().to_owned()).collect();
        (kind(Class::Remark, &remark.diagnostic, sides), &remark.diagnostic)
    });
    lints.chain(remarks)
}

impl NodeAnswer {
    /// Adds the Services of which nothing is decided, where something is of others.
    pub(super) fn leaves_open(&mut self, comparison: &EffectComparison<'_>, names: &[String]) {
        let told = comparison.undecided_services(names, SHOWN);
        if told.is_empty() || comparison.compares_nothing() {
            return;
        }
        let ports: BTreeSet<&String> = comparison.undecided_ports.values().flatten().collect();
        let items = ports.into_iter().map(|port| Item::service(port.as_str())).collect();
        let kind = Kind { class: Class::Missing, code: codes::UNDECIDED, sides: Vec::new() };
        self.kinds.insert(kind, Found { items, shown: told.join("; ") });
    }
}

/// How many Services of which nothing is decided are named in a sentence.
const SHOWN: usize = 5;

/// Findings on a node, while they are collected by kind.
pub(super) struct Kinds<'n> {
    pub(super) node: &'n str,
    pub(super) all: BTreeMap<Kind, (Vec<Item>, String)>,
}

impl Kinds<'_> {
    pub(super) fn add(
        &mut self,
        kind: Kind,
        items: impl IntoIterator<Item = Item>,
        shown: impl FnOnce() -> String,
    ) {
        let (all, _) = self.all.entry(kind).or_insert_with(|| (Vec::new(), shown()));
        all.extend(items);
    }

    /// A kind of difference between sides of these names.
    pub(super) fn add_finding(&mut self, finding: &Finding<'_>, names: &[String]) {
        let sides = finding.between.of(names).map(Clone::clone).to_vec();
        let kind = Kind { class: Class::Effect, code: finding.code, sides };
        let services = finding.services.iter().map(|concerned| Item::service(concerned.id));
        let others = finding.unclaimed.iter();
        let others =
            others.map(|(to, protocol)| Item { object: Some(format!("{to}/{protocol}")), ..Item::default() });
        self.add(kind, services.chain(others), || shown_by(finding, names));
    }

    pub(super) fn add_diagnostic(&mut self, class: Class, sides: Vec<String>, found: &Diagnostic) {
        let item = found.object.as_ref().and_then(|object| self.item(object));
        self.add(Kind { class, code: found.code, sides }, item, || found.sentences());
    }

    /// What a diagnostic is about. The node itself is not named: then nodes that have the same are alike.
    fn item(&self, object: &ObjectRef) -> Option<Item> {
        match object.kind {
            "Service" => {
                Some(Item::service(format!("{}/{}", printable(&object.namespace), printable(&object.name))))
            }
            "Node" if object.name == self.node => None,
            _ => Some(Item { object: Some(object.to_string()), ..Item::default() }),
        }
    }

    pub(super) fn found(self) -> BTreeMap<Kind, Found> {
        let sorted = |(kind, (mut items, shown)): (Kind, (Vec<Item>, String))| {
            items.sort_unstable();
            items.dedup();
            (kind, Found { items: items.into(), shown })
        };
        self.all.into_iter().map(sorted).collect()
    }
}
