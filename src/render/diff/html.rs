//! Draws two sides as a page: what differs object by object, both sides next to each other, what is wrong, and
//! the packets that are treated differently.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{self, marks};
use crate::diagnostics::Severity;
use crate::diff::{Comparison, Defect, FieldChange, Marks, ObjectChange, Sheet, Subject, Verb, Weight};
use crate::graph::RuleGraph;
use crate::render::counted;
use crate::render::html::frontends::{OfService, beside, flow, found};
use crate::render::html::{self as report, EntryView, Field, Group, Page, Provenance, Spot, Tally, Tile};

/// What has become of packets on both sides.
pub struct FlowFindings {
    /// Kinds of difference in effect.
    findings: Vec<report::FindingView>,
    /// Their codes, by service port.
    pub marks: Marks,
    packets: usize,
    undecided: usize,
    /// Why nothing is decided, if nothing is.
    pub nothing: Option<String>,
}

impl FlowFindings {
    /// `graphs` are the rules of both sides.
    #[must_use]
    pub fn of(comparison: &check::EffectComparison<'_>, names: &[String; 2], graphs: &[RuleGraph]) -> Self {
        Self {
            findings: comparison.findings.iter().map(|finding| flow(finding, names, graphs)).collect(),
            marks: marks(comparison),
            packets: comparison.packets,
            undecided: comparison.undecided,
            nothing: comparison.compares_nothing().then(|| comparison.why_undecided()),
        }
    }

    /// Whether both sides treat all packets alike.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }
}

/// The page; with `all` also what is equal, and what belongs to others.
#[must_use]
pub fn draw(
    names: &[String; 2],
    comparison: Option<&Comparison>,
    sheet: Sheet,
    flows: Option<FlowFindings>,
    all: bool,
    assumed: &crate::fill::Marks,
    provenance: Provenance,
) -> String {
    let [one, other] = names;
    let is_one_language = comparison.is_some();
    let frontends = sheet.rows.len();
    let (differing, undecided) = (sheet.differing(), sheet.undecided());
    let not_compared = if is_one_language { Vec::new() } else { sheet.not_compared(names) };
    let services = beside(vec![sheet], is_one_language);
    let many = services.len();
    let services: Vec<OfService> =
        services.into_iter().filter(|of| all || of.differs || of.is_open).collect();
    let equal = many - services.len();
    let mut remarks: Vec<String> = Vec::new();
    if equal > 0 {
        let ports = counted(equal, "service port");
        let (are, not) = if equal == 1 { ("is", "differs") } else { ("are", "differ") };
        remarks.push(if is_one_language {
            format!("{ports} {are} the same on both sides and not listed; with -v all are.")
        } else {
            format!("{ports} {not} in no more than notes and {are} not listed; with -v all are.")
        });
    }
    let gaps = comparison.iter().flat_map(|of| &of.gaps);
    remarks.extend(gaps.map(|gap| format!("Not compared: {}.", gap.named(names))));
    remarks.extend(not_compared.into_iter().map(|line| format!("Not compared: {line}.")));
    let alike =
        if flows.is_some() { "frontends with the same effect" } else { "frontends with the same endpoints" };
    if comparison.is_none() && flows.is_none() {
        remarks.push(format!("Frontends are {}.", super::BY_ENDPOINTS));
    }
    let mut tiles = comparison.map_or_else(
        || {
            let mut tiles = vec![tile(differing, "frontends that differ")];
            tiles.push(tile(frontends - differing - undecided, alike));
            tiles.extend((undecided > 0).then(|| tile(undecided, "frontends undecided")));
            tiles
        },
        numbers,
    );
    let mut groups = Vec::new();
    if let Some(flows) = flows {
        tiles.push(tile(flows.findings.len(), "kinds of difference in effect"));
        tiles.push(tile(flows.packets, "packet classes asked"));
        tiles.push(tile(flows.undecided, "of them undecided"));
        groups.push(("Packets treated differently", flows.findings));
    }
    groups.push(("What is wrong with objects", comparison.map(faults).unwrap_or_default()));
    let groups = groups.into_iter().filter(|(_, findings)| !findings.is_empty());
    let groups = groups.map(|(name, findings)| Group { name: name.to_owned(), findings });
    Page {
        title: format!("{one} and {other}"),
        scope: scope(names, comparison),
        tiles,
        tally: comparison.map(|comparison| tally(names, comparison)),
        groups: groups.collect(),
        heading: "What differs, side by side".to_owned(),
        assumed: Vec::new(),
        remarks,
        sides: names.to_vec(),
        is_one_language,
        entries: entries(comparison, services, all),
        provenance,
    }
    .marked(assumed)
    .html()
}

/// What was compared, in a sentence.
fn scope(names: &[String; 2], comparison: Option<&Comparison>) -> String {
    let [one, other] = names;
    let Some(comparison) = comparison else {
        return format!(
            "What {one} and {other} do at each address and port, each in its own words; ≠ is followed by the code \
             of a difference in effect."
        );
    };
    match comparison.wanted() {
        Some(wanted) => {
            let [wanted, held] = [&names[wanted], &names[1 - wanted]];
            format!("Object by object: {wanted} is what should be on the node, {held} what is there.")
        }
        None => format!("Object by object: {one} is the old side, {other} the new one."),
    }
}

fn tile(number: usize, name: &str) -> Tile {
    Tile { number, name: name.to_owned() }
}

/// How many objects there are of each kind of change, and how many faults.
fn numbers(comparison: &Comparison) -> Vec<Tile> {
    let wanted = comparison.wanted();
    let mut by_verb: BTreeMap<&'static str, usize> = BTreeMap::new();
    // These are told even where there are none.
    for of in [Verb::Changed, Verb::Deleted, Verb::Created] {
        by_verb.insert(verb(&of, wanted), 0);
    }
    for change in comparison.counting() {
        *by_verb.entry(verb(&change.verb, wanted)).or_default() += 1;
    }
    let faults = |severity: Severity| {
        comparison.findings.iter().filter(|finding| finding.code.severity() == severity).count()
    };
    let mut tiles: Vec<Tile> = by_verb.into_iter().map(|(word, number)| tile(number, word)).collect();
    tiles.push(tile(comparison.total().equal, "equal"));
    tiles.push(tile(faults(Severity::Error), "errors"));
    tiles.push(tile(faults(Severity::Warning), "warnings"));
    tiles
}

/// The word for a change; where one side is what should be, of a node.
fn verb(verb: &Verb, wanted: Option<usize>) -> &'static str {
    match (verb, wanted) {
        (Verb::Deleted, Some(0)) | (Verb::Created, Some(1)) => "missing",
        (Verb::Deleted | Verb::Created, Some(_)) => "extra",
        _ => verb.as_str(),
    }
}

fn tally(names: &[String; 2], comparison: &Comparison) -> Tally {
    let wanted = comparison.wanted();
    let [one, other] = names.clone();
    let only = [Verb::Deleted, Verb::Created].map(|of| verb(&of, wanted).to_owned());
    let [only_one, only_other] = only;
    let word = |word: &str| word.to_owned();
    let mut columns = vec![one, other, word("equal"), word("changed"), only_one, only_other];
    let total = comparison.total();
    let (has_undecided, has_foreign) = (total.undecided > 0, total.foreign > 0);
    columns.extend(has_undecided.then(|| word("undecided")));
    columns.extend(has_foreign.then(|| word("of others")));
    let rows = comparison.counts.iter().map(|(kind, counts)| {
        let [one, other] = [0, 1].map(|side| comparison.count_of(*kind, side));
        let mut row = vec![one, other, counts.equal, counts.changed, counts.only[0], counts.only[1]];
        row.extend(has_undecided.then_some(counts.undecided));
        row.extend(has_foreign.then_some(counts.foreign));
        (kind.plural().to_owned(), row)
    });
    Tally { columns, rows: rows.collect() }
}

/// What is wrong, by code.
fn faults(comparison: &Comparison) -> Vec<report::FindingView> {
    let of_code = comparison.findings.chunk_by(|one, other| one.code == other.code);
    let spot = |finding: &Defect| {
        let services = finding.subject.services.join(", ");
        let gap = if services.is_empty() { "" } else { "  " };
        Spot {
            at: format!("{}{gap}{services}", finding.subject),
            what: finding.message_and_cause(),
            advice: finding.help.clone().unwrap_or_default(),
        }
    };
    let finding = |of_code: &[Defect]| found(of_code[0].code, of_code.iter().map(spot).collect());
    of_code.map(finding).collect()
}

/// Services with what has changed of them and what both sides do; objects that several share, or that none has,
/// by themselves.
fn entries(comparison: Option<&Comparison>, services: Vec<OfService>, all: bool) -> Vec<EntryView> {
    let mut entries: BTreeMap<(bool, String), EntryView> = BTreeMap::new();
    let entry = |services: &[String]| {
        let is_none = services.is_empty();
        let name = if is_none { "of no Service".to_owned() } else { services.join(", ") };
        ((is_none, name.clone()), EntryView { name, ..EntryView::default() })
    };
    for of in services {
        let (key, made) = entry(of.service.as_slice());
        entries.insert(
            key,
            EntryView {
                place: of.place.unwrap_or_default(),
                codes: of.codes.iter().map(|code| code.id()).collect(),
                frontends: of.frontends,
                ..made
            },
        );
    }
    let Some(comparison) = comparison else { return entries.into_values().collect() };
    let mut found: BTreeMap<&Subject, BTreeSet<&'static str>> = BTreeMap::new();
    for finding in &comparison.findings {
        found.entry(&finding.subject).or_default().insert(finding.code.id());
    }
    let is_shown = |change: &&ObjectChange| all || change.weight == Weight::Counts;
    for change in comparison.changes.iter().filter(is_shown) {
        let (key, made) = entry(&change.subject.services);
        let entry = entries.entry(key).or_insert(made);
        let codes = found.get(&change.subject).into_iter().flatten();
        let drawn = changed(change, codes.clone().copied(), comparison.wanted());
        entry.changes.push(drawn);
        for code in codes {
            if !entry.codes.contains(code) {
                entry.codes.push(code);
            }
        }
    }
    entries.into_values().collect()
}

fn changed(
    change: &ObjectChange,
    codes: impl Iterator<Item = &'static str>,
    wanted: Option<usize>,
) -> report::ChangeView {
    let mut notes: Vec<String> = match &change.verb {
        Verb::Moved { from } => vec![format!("moved from {from}")],
        Verb::Renamed { from } => vec![format!("was of {}", from.join(", "))],
        Verb::Replaced => vec!["made anew, with another id".to_owned()],
        Verb::Created | Verb::Deleted | Verb::Changed => Vec::new(),
    };
    notes.extend(change.subject.id.clone());
    notes.extend(change.references.map(|[before, after]| {
        if before == after { format!("used by {before}") } else { format!("used by {before} → {after}") }
    }));
    match change.weight {
        Weight::Counts => {}
        Weight::Foreign => notes.push("of others".to_owned()),
        Weight::Undecided => notes.push("undecided: the dump does not show it".to_owned()),
    }
    notes.extend(codes.map(str::to_owned));
    let field = |FieldChange { path, before, after }: &FieldChange| Field {
        path: path.clone(),
        values: [before.clone(), after.clone()],
    };
    report::ChangeView {
        verb: verb(&change.verb, wanted),
        kind: change.subject.kind.as_str(),
        name: change.subject.name.clone(),
        notes,
        fields: change.fields.iter().map(field).collect(),
    }
}
