//! nftables against nftables: chains by their name, elements of sets and maps by their container and key.

mod index;
mod open;
mod rules;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use self::index::{Endpoints, Entry, entries};
use crate::answer::artifact::Artifact;
use crate::answer::change::join::{Joined, join};
use crate::answer::change::regroup::{self, Essence};
use crate::answer::change::{
    self, Comparison, Counts, Defect, FieldChange, Gap, ObjectChange, ObjectKind, Standing, Subject, Verb,
    Weight,
};
use crate::answer::directory::Directory;
use crate::answer::telling::Telling;
use crate::net::{Family, PerFamily};
use crate::platform::Platform;
use crate::platform::nftables::model::{Chain, Gaps, Table};
use crate::platform::nftables::names::service_port_of;
use crate::platform::nftables::{Format, Nftables, write};
use crate::platform::untold::{LeftOpen, Untold};
use crate::scope::Selector;

pub(super) use self::open::loaded;

/// One side of nftables.
#[derive(Debug)]
pub struct NftablesSide {
    /// What it is.
    pub standing: Standing,
    /// Its tables; of a dump there may be one family only.
    pub tables: PerFamily<Option<Table>>,
    /// What of the table of each family that it has is not told.
    pub gaps: PerFamily<Gaps>,
    /// What nobody told when it was compiled.
    pub untold: Untold,
}

/// Elements of sets and maps.
const ELEMENT: ObjectKind = ObjectKind::ELEMENT;

impl NftablesSide {
    /// The texts of the side, one for each family that it has, in normal order.
    #[must_use]
    pub fn artifacts(&self) -> Vec<Artifact> {
        let files = [(Family::Ipv4, "nftables.ipv4.nft"), (Family::Ipv6, "nftables.ipv6.nft")];
        let files = files.into_iter().filter_map(|(family, file)| {
            let table = self.tables.get(family).as_ref()?;
            Some(Artifact::new(file, write(&table.normalise(), Format::Knftables).to_string()))
        });
        files.collect()
    }

    /// Keeps what belongs to some Services.
    pub(in crate::platform::nftables) fn keep_selected(&mut self, selector: &Selector) {
        for table in [&mut self.tables.ipv4, &mut self.tables.ipv6].into_iter().flatten() {
            let is_selected =
                |service: Option<String>| service.is_some_and(|service| selector.selects(&service));
            table.chains.retain(|chain| is_selected(service_port_of(chain.name.as_str())));
            for container in &mut table.containers {
                container.elements.retain(|element| is_selected(index::service_of(element)));
            }
            table.containers.retain(|of| {
                !of.elements.is_empty()
                    || of.timeout.is_some() && is_selected(service_port_of(of.name.as_str()))
            });
        }
    }
}

/// Compares two sides, as far as both tell a family.
pub(crate) fn compare(sides: [&NftablesSide; 2], directory: &Directory<'_>) -> Comparison {
    let standings = sides.map(|side| side.standing);
    let mut comparison = Comparison {
        platform: Platform::name(&Nftables),
        standings,
        changes: Vec::new(),
        findings: Vec::new(),
        counts: BTreeMap::new(),
        gaps: Vec::new(),
        left_open: 0,
    };
    let mut found = Found::default();
    for family in Family::ALL {
        let tables = sides.map(|side| side.tables.get(family).as_ref().map(Table::normalise));
        let [Some(one), Some(other)] = &tables else {
            if let Some(known) = tables.iter().flatten().next() {
                let lacking = usize::from(tables[0].is_some());
                let reason = format!("rules of {family}: only the other side has any");
                comparison.gaps.push(Gap::of_side(lacking, reason));
                found.left_open += known.chains.iter().filter(|chain| chain.name.is_of_service()).count();
            }
            continue;
        };
        let gaps = sides.map(|side| *side.gaps.get(family));
        let comparing = Comparing {
            family,
            sides: [one, other],
            gaps,
            standings,
            untold: sides.map(|side| &side.untold),
            left_open: LeftOpen::default(),
            directory,
            endpoints: OnceCell::new(),
        };
        comparing.chains(&mut found);
        comparing.elements(&mut found);
        comparing.left_open.name(family, &mut comparison.gaps);
        let lacking = gaps.into_iter().enumerate().filter(|(_, gaps)| gaps.telling() != Telling::Whole);
        for (side, gaps) in lacking {
            comparison.gaps.push(Gap::of_side(side, gaps.reason(family)));
            // What its rules do as long as nobody knows whether they are in force is not compared.
            found.left_open += usize::from(gaps.has_flags);
        }
    }
    comparison.changes = regroup::regroup(found.changes);
    (comparison.counts, comparison.left_open) = (found.counts, found.left_open);
    add_findings(&mut comparison);
    comparison
}

/// What a comparison finds on its way.
#[derive(Default)]
struct Found {
    changes: Vec<(ObjectChange, Essence)>,
    counts: BTreeMap<ObjectKind, Counts>,
    left_open: usize,
}

impl Found {
    fn add(
        &mut self,
        verb: Verb,
        subject: Subject,
        fields: Vec<FieldChange>,
        weight: Weight,
        essence: Essence,
    ) {
        self.left_open += usize::from(weight == Weight::Undecided);
        self.changes.push((ObjectChange { verb, subject, fields, references: None, weight }, essence));
    }
}

/// Two sides in one family.
struct Comparing<'c, 'r> {
    family: Family,
    sides: [&'c Table; 2],
    gaps: [Gaps; 2],
    standings: [Standing; 2],
    /// What nobody told of each side.
    untold: [&'c Untold; 2],
    /// What that leaves open.
    left_open: LeftOpen,
    directory: &'c Directory<'r>,
    /// Made when the first element is asked whose it is.
    endpoints: OnceCell<Endpoints<'r>>,
}

impl Comparing<'_, '_> {
    fn chains(&self, found: &mut Found) {
        let Joined { equal, changed, only } = join(
            self.sides.map(|side| &side.chains[..]),
            |chain| &chain.name,
            |one, other| one.base == other.base && one.rules == other.rules,
        );
        let mut count = Counts { equal: equal.len(), ..Counts::default() };
        for [one, other] in changed {
            let subject = self.subject_of_chain(other);
            let is_open = self.are_open(one, other, &subject);
            let weight = if is_open {
                Weight::Undecided
            } else {
                self.weight_of_changed(|gaps| gaps.telling() != Telling::Whole)
            };
            match weight {
                Weight::Undecided => count.undecided += 1,
                _ => count.changed += 1,
            }
            let fields = rules::of_chains(self.family, one, other);
            found.add(Verb::Changed, subject, fields, weight, Essence::default());
        }
        for (side, list) in only.iter().enumerate() {
            for chain in list {
                let subject = self.subject_of_chain(chain);
                let weight = if self.is_open(&subject) {
                    Weight::Undecided
                } else {
                    self.weight_of_chain(side, chain)
                };
                count.add_alone(side, weight);
                let fields = if weight == Weight::Counts {
                    rules::alone(self.family, chain, side)
                } else {
                    Vec::new()
                };
                let essence = Essence { place: Some(index::standing(chain)), ..Essence::default() };
                found.add(Verb::alone(side), subject, fields, weight, essence);
            }
        }
        found.counts.entry(ObjectKind::Chain).or_default().add(count);
    }

    fn elements(&self, found: &mut Found) {
        let listed = self.sides.map(entries);
        let Joined { equal, changed, only } =
            join([&listed[0], &listed[1]], Entry::key, |one, other| one.essentials() == other.essentials());
        let mut count = Counts { equal: equal.len(), ..Counts::default() };
        for [one, other] in changed {
            count.changed += 1;
            let fields = index::fields(one, other);
            let [before, subject] = [one, other].map(|entry| self.subject_of_entry(entry));
            let essence = Essence { elsewhere: before.services, ..Essence::default() };
            found.add(Verb::Changed, subject, fields, Weight::Counts, essence);
        }
        for (side, list) in only.iter().enumerate() {
            for entry in list {
                let subject = self.subject_of_entry(entry);
                let weight =
                    if self.is_open(&subject) { Weight::Undecided } else { self.weight_of_missing(side) };
                count.add_alone(side, weight);
                let essence = Essence { deed: entry.deed(), place: entry.place(), ..Essence::default() };
                let fields = index::alone(entry, side);
                found.add(Verb::alone(side), subject, fields, weight, essence);
            }
        }
        found.counts.entry(ELEMENT).or_default().add(count);
    }

    /// What one side has may be on the other one as well, where that does not tell.
    fn weight_of_missing(&self, side: usize) -> Weight {
        if self.gaps[1 - side].telling() == Telling::Whole { Weight::Counts } else { Weight::Undecided }
    }

    /// kube-proxy empties the chains of what is gone at once, and deletes them later.
    fn weight_of_chain(&self, side: usize, chain: &Chain) -> Weight {
        let is_leftover =
            self.standings[side] == Standing::Held && chain.name.is_of_service() && chain.rules.is_empty();
        if is_leftover { Weight::Foreign } else { self.weight_of_missing(side) }
    }

    fn weight_of_changed(&self, is_open: impl Fn(Gaps) -> bool) -> Weight {
        if self.gaps.iter().any(|gaps| gaps.lost_lines > 0 && is_open(*gaps)) {
            Weight::Undecided
        } else {
            Weight::Counts
        }
    }

    fn suffix(&self) -> &'static str {
        if self.family == Family::Ipv6 { " (IPv6)" } else { "" }
    }

    fn subject_of_chain(&self, chain: &Chain) -> Subject {
        let services = service_port_of(chain.name.as_str()).into_iter().collect();
        Subject::new(ObjectKind::Chain, format!("{}{}", chain.name, self.suffix()), services)
    }

    fn subject_of_entry(&self, entry: &Entry<'_>) -> Subject {
        let services =
            entry.services(self.directory, self.endpoints.get_or_init(|| index::endpoints(self.directory)));
        Subject::new(ELEMENT, format!("{}{}", entry.name(), self.suffix()), services)
    }
}

/// What changes mean, where one side is what should be.
fn add_findings(comparison: &mut Comparison) {
    if let Some(wanted) = comparison.wanted() {
        let nothing = nothing_present(comparison, wanted);
        let of_changes = comparison.changes.iter().filter_map(|change| Defect::of_change(change, wanted));
        comparison.findings = nothing.into_iter().chain(of_changes).collect();
    }
    comparison.findings.sort_by(|one, other| (one.code, &one.subject).cmp(&(other.code, &other.subject)));
}

/// Nothing at all is there.
fn nothing_present(comparison: &Comparison, wanted: usize) -> Option<Defect> {
    let counts = comparison.counts.get(&ObjectKind::Chain)?;
    let many = counts.of_side(wanted);
    (many > 0 && counts.equal + counts.changed == 0 && counts.undecided == 0).then(|| Defect {
        code: change::codes::NOTHING_PRESENT,
        subject: Subject::new(ObjectKind::Chain, format!("0 of {many} present"), Vec::new()),
        message: "the node has none of those that it should have".to_owned(),
        help: Some("see whether kube-proxy runs, and whether something has flushed the ruleset".to_owned()),
        cause: None,
    })
}
