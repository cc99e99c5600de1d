//! iptables against iptables: chains by their name, rules of chains that all Services share one by one.

mod findings;
mod index;
mod open;
mod owners;
mod restrict;
mod rules;

use std::collections::BTreeMap;
use std::fmt::Write;

use self::index::{ChainRules, Chains, Place, RuleKey, SharedRule, is_hashed, jump};
use self::owners::Owners;
use crate::answer::artifact::Artifact;
use crate::answer::change::join::{Joined, join};
use crate::answer::change::regroup::{self, Essence};
use crate::answer::change::{
    Comparison, Counts, FieldChange, Gap, ObjectChange, ObjectKind, Standing, Subject, Verb, Weight,
};
use crate::answer::telling::Telling;
use crate::name::printable;
use crate::net::{Family, PerFamily};
use crate::platform::Platform;
use crate::platform::iptables::Iptables;
use crate::platform::iptables::model::{ChainName, Gaps, Rule, Ruleset, TableName, Target};
use crate::platform::iptables::names::base;
use crate::platform::iptables::write;
use crate::platform::untold::{LeftOpen, Untold};
use crate::scope::Selector;

pub(super) use self::open::loaded;

/// One side of iptables.
#[derive(Debug)]
pub struct IptablesSide {
    /// What it is.
    pub standing: Standing,
    /// Its rules; of a dump there may be one family only.
    pub rules: PerFamily<Option<Ruleset>>,
    /// What of the tables of each family that it has is not told.
    pub gaps: PerFamily<Gaps>,
    /// Whether they were read from a text; what is compiled is in normal order already.
    pub is_read: bool,
    /// What nobody told when it was compiled.
    pub untold: Untold,
}

impl IptablesSide {
    /// Rules of a text that tells all of them.
    #[must_use]
    pub fn of_text(standing: Standing, rules: PerFamily<Option<Ruleset>>) -> Self {
        Self { standing, rules, gaps: PerFamily::default(), is_read: true, untold: Untold::default() }
    }

    /// Keeps what belongs to some Services, on this side or on the other one.
    pub(in crate::platform::iptables) fn keep_selected(&mut self, other: Option<&Self>, selector: &Selector) {
        let PerFamily { ipv4, ipv6 } = &mut self.rules;
        for (family, rules) in [(Family::Ipv4, ipv4), (Family::Ipv6, ipv6)] {
            let other = other.and_then(|other| other.rules.get(family).as_ref());
            if let Some(rules) = rules {
                restrict::restrict(rules, other, selector);
            }
        }
    }

    /// Brings the rules of a dump or a text to the form in which they can be compared. What is compiled is
    /// in it already, unless it is compared with a text.
    #[must_use]
    pub fn normalised(self) -> Self {
        Self { rules: normalised(self.rules), ..self }
    }

    /// The texts of the side, one for each family that it has; the order of Services in a table does not count.
    #[must_use]
    pub fn artifacts(&self) -> Vec<Artifact> {
        let files = [(Family::Ipv4, "iptables.ipv4.rules"), (Family::Ipv6, "iptables.ipv6.rules")];
        let files = files.into_iter().filter_map(|(family, file)| {
            let rules = self.rules.get(family).as_ref()?;
            Some(Artifact::new(file, write(&rules.normalise())))
        });
        files.collect()
    }

    /// Whether rules tell the kernel's own chains, as `iptables-save` does.
    #[must_use]
    pub fn tells_base(rules: &Ruleset) -> bool {
        rules.tables.iter().flat_map(|table| &table.chains).any(|chain| base::is_base(chain.name))
    }
}

/// Rules in the form in which they can be compared.
pub(in crate::platform::iptables) fn normalised(
    rules: PerFamily<Option<Ruleset>>,
) -> PerFamily<Option<Ruleset>> {
    let PerFamily { ipv4, ipv6 } = rules;
    let normal = |rules: Option<Ruleset>| rules.map(|rules| rules.normalise());
    let (ipv4, ipv6) = rayon::join(|| normal(ipv4), || normal(ipv6));
    PerFamily { ipv4, ipv6 }
}

/// Compares two sides, as far as both tell a family.
pub(crate) fn compare(sides: [&IptablesSide; 2]) -> Comparison {
    let standings = sides.map(|side| side.standing);
    let mut comparison = Comparison {
        platform: Platform::name(&Iptables),
        standings,
        changes: Vec::new(),
        findings: Vec::new(),
        counts: BTreeMap::new(),
        gaps: Vec::new(),
        left_open: 0,
    };
    let mut found = Found::default();
    for family in Family::ALL {
        let [one, other] = sides.map(|side| side.rules.get(family).as_ref());
        let (Some(one), Some(other)) = (one, other) else {
            if let Some(known) = one.or(other) {
                let lacking = usize::from(one.is_some());
                let reason = format!("rules of {family}: only the other side has any");
                comparison.gaps.push(Gap::of_side(lacking, reason));
                found.left_open += chains_of_services(known);
            }
            continue;
        };
        let (one, other) = rayon::join(|| Chains::new(one), || Chains::new(other));
        let gaps = sides.map(|side| side.gaps.get(family));
        let (untold, left_open) = (sides.map(|side| &side.untold), LeftOpen::default());
        let comparing = Comparing { family, sides: [&one, &other], gaps, standings, untold, left_open };
        comparing.chains(&mut found);
        comparing.shared(&mut found);
        comparing.left_open.name(family, &mut comparison.gaps);
        comparing.name_gaps(&mut comparison.gaps);
        findings::of_nodes(&comparing, &mut comparison.findings);
    }
    comparison.changes = regroup::regroup(found.changes);
    (comparison.counts, comparison.left_open) = (found.counts, found.left_open);
    findings::of_changes(&mut comparison);
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
    /// Adds a change; `is_ours` tells whether it is of what kube-proxy makes: others do not decide about Services.
    fn add(&mut self, is_ours: bool, change: ObjectChange, essence: Essence) {
        if change.weight == Weight::Undecided && is_ours {
            self.left_open += 1;
        }
        self.changes.push((change, essence));
    }
}

/// Two sides in one family.
struct Comparing<'c, 'r> {
    family: Family,
    sides: [&'c Chains<'r>; 2],
    /// What each side does not tell.
    gaps: [&'c Gaps; 2],
    standings: [Standing; 2],
    /// What nobody told of each side.
    untold: [&'c Untold; 2],
    /// What that leaves open.
    left_open: LeftOpen,
}

impl Comparing<'_, '_> {
    fn chains(&self, found: &mut Found) {
        let Joined { equal, changed, only } = join(
            self.sides.map(|side| &side.own[..]),
            |chain| chain.place,
            |one, other| self.same(one, other),
        );
        let owners = Owners::new(self.sides, !changed.is_empty() || only.iter().any(|list| !list.is_empty()));
        let mut count = Counts { equal: equal.len(), ..Counts::default() };
        for [one, other] in changed {
            let fields = rules::of_chains(one, other);
            let subject = self.chain_subject(other, &owners, 1);
            let is_open = self.are_open(one, other, &subject);
            let weight = if is_open { Weight::Undecided } else { self.weight_of_changed(one, other) };
            match weight {
                Weight::Undecided => count.undecided += 1,
                _ => count.changed += 1,
            }
            let change = ObjectChange { verb: Verb::Changed, subject, fields, references: None, weight };
            found.add(of_kube(one.place.1), change, Essence::default());
        }
        for (side, list) in only.iter().enumerate() {
            for chain in list {
                let subject = self.chain_subject(chain, &owners, side);
                let weight = if self.is_open(&subject) {
                    Weight::Undecided
                } else {
                    self.weight(side, chain.place, is_hashed(chain.place.1))
                };
                count.add_alone(side, weight);
                let fields = alone(chain, side, weight);
                let essence = Essence { place: Some(standing(chain)), ..Essence::default() };
                let change =
                    ObjectChange { verb: Verb::alone(side), subject, fields, references: None, weight };
                found.add(of_kube(chain.place.1), change, essence);
            }
        }
        found.counts.entry(ObjectKind::Chain).or_default().add(count);
    }

    /// The kernel's chains have rules of others besides.
    fn same(&self, one: &ChainRules<'_>, other: &ChainRules<'_>) -> bool {
        let is_held = self.standings.contains(&Standing::Held);
        let policy = one.policy == other.policy || (is_held && self.standings.contains(&Standing::Wanted));
        policy && one.rules == other.rules
    }

    fn shared(&self, found: &mut Found) {
        let tells_base = self.sides.iter().all(|side| side.tells_base);
        let listed = self.sides.map(|side| {
            let is_told = |rule: &&SharedRule<'_>| tells_base || !base::is_base(rule.key.chain);
            side.shared.iter().filter(is_told).collect::<Vec<_>>()
        });
        let Joined { equal, changed, only } =
            join([&listed[0], &listed[1]], |rule| &rule.key, |one, other| one.rule == other.rule);
        let mut count = Counts { equal: equal.len(), ..Counts::default() };
        for [one, other] in changed {
            count.changed += 1;
            let fields = rules::fields("", one.rule, other.rule);
            let subject = self.rule_subject(other);
            let weight = Weight::Counts;
            let change = ObjectChange { verb: Verb::Changed, subject, fields, references: None, weight };
            found.add(true, change, Essence::default());
        }
        for (side, list) in only.iter().enumerate() {
            for rule in list {
                let is_ours = !base::is_base(rule.key.chain) || rule.key.to.is_some_and(of_kube);
                let place = (rule.key.table, rule.key.chain);
                let weight = self.weight(side, place, is_ours);
                count.add_alone(side, weight);
                let field = FieldChange::alone("rule", side, rules::text(rule.rule));
                let subject = self.rule_subject(rule);
                let deed = rule
                    .key
                    .service
                    .map(|service| format!("{} {service} {:?}", rule.key.chain, jump(rule.rule)));
                let essence = Essence { deed, place: Some(dispatch(&rule.key)), ..Essence::default() };
                let change = ObjectChange {
                    verb: Verb::alone(side),
                    subject,
                    fields: vec![field],
                    references: None,
                    weight,
                };
                found.add(is_ours, change, essence);
            }
        }
        found.counts.entry(ObjectKind::Rule).or_default().add(count);
    }

    /// What one side has may be on the other one as well, where that does not tell. What a node has besides what is
    /// wanted may belong to others.
    fn weight(&self, side: usize, (table, chain): Place, is_ours: bool) -> Weight {
        if self.gaps[1 - side].telling_of_chain(table, chain) != Telling::Whole {
            return Weight::Undecided;
        }
        let is_held = self.standings[side] == Standing::Held && self.standings[1 - side] == Standing::Wanted;
        if is_held && !is_ours { Weight::Foreign } else { Weight::Counts }
    }

    /// A chain whose lines cannot all be read is another one only where it has what the other side lacks.
    fn weight_of_changed(&self, one: &ChainRules<'_>, other: &ChainRules<'_>) -> Weight {
        let is_part = |side: usize| {
            let (table, chain) = one.place;
            self.gaps[side].telling_of_chain(table, chain) != Telling::Whole
        };
        let is_open = match [0, 1].map(is_part) {
            [true, true] => true,
            [true, false] => is_rest_of(&one.rules, &other.rules),
            [false, true] => is_rest_of(&other.rules, &one.rules),
            [false, false] => false,
        };
        if is_open { Weight::Undecided } else { Weight::Counts }
    }

    /// Names the tables that one side tells and the other does not.
    fn name_gaps(&self, gaps: &mut Vec<Gap>) {
        for table in TableName::ALL {
            for side in 0..2 {
                let telling = self.gaps[side].telling(table);
                let name = table.as_str();
                if telling == Telling::NotTold && self.sides[1 - side].has_table(table) {
                    let reason = format!(
                        "the table {name} of {}: the dump does not contain it; dump all tables with iptables-save",
                        self.family
                    );
                    gaps.push(Gap::of_side(side, reason));
                } else if telling == Telling::InPart {
                    let reason = format!(
                        "lines of the table {name} of {} that cannot be read: what they do is not known; dump it again \
                         with iptables-save",
                        self.family
                    );
                    gaps.push(Gap::of_side(side, reason));
                }
            }
        }
    }

    fn name(&self, table: TableName, chain: ChainName) -> String {
        let family = if self.family == Family::Ipv6 { " (IPv6)" } else { "" };
        format!("{} {chain}{family}", table.as_str())
    }

    fn chain_subject(&self, chain: &ChainRules<'_>, owners: &Owners, side: usize) -> Subject {
        let (table, name) = chain.place;
        let endpoint = destination(chain).map(|to| format!(" of {to}")).unwrap_or_default();
        let services = owners.of(chain, side);
        Subject::new(ObjectKind::Chain, format!("{}{endpoint}", self.name(table, name)), services)
    }

    fn rule_subject(&self, rule: &SharedRule<'_>) -> Subject {
        let RuleKey { table, chain, destination, port, protocol, to, .. } = &rule.key;
        let mut name = self.name(*table, *chain);
        if let Some(to) = to {
            let _ = write!(name, " → {to}");
        }
        match (destination, port, protocol) {
            (Some(ip), Some(port), Some(protocol)) => {
                let to = std::net::SocketAddr::new(*ip, *port);
                let _ = write!(name, " for {to}/{protocol}");
            }
            (None, Some(port), Some(protocol)) => {
                let _ = write!(name, " for node port {port}/{protocol}");
            }
            (Some(ip), None, _) => {
                let _ = write!(name, " for {ip}");
            }
            _ => {}
        }
        let services = rule.key.service.map(printable).into_iter().collect();
        Subject::new(ObjectKind::Rule, name, services)
    }
}

/// Whether a chain is one of Kubernetes.
fn of_kube(chain: ChainName) -> bool {
    chain.as_str().starts_with("KUBE-")
}

/// Whether these rules are what is left of others when some are taken out.
fn is_rest_of(rest: &[&Rule], whole: &[&Rule]) -> bool {
    let mut whole = whole.iter();
    rest.iter().all(|rule| whole.any(|of| of == rule))
}

/// How many chains of service ports and endpoints there are.
fn chains_of_services(rules: &Ruleset) -> usize {
    let chains = rules.tables.iter().flat_map(|table| &table.chains);
    chains.filter(|chain| is_hashed(chain.name)).count()
}

/// Where the chain of an endpoint leads: `10.244.1.3:53`.
fn destination(chain: &ChainRules<'_>) -> Option<String> {
    chain.rules.iter().find_map(|rule| match &rule.target {
        Some(target @ Target::DestinationNat(_)) => {
            let mut text = String::new();
            crate::platform::iptables::write_target(&mut text, target);
            text.rsplit(' ').next().map(str::to_owned)
        }
        _ => None,
    })
}

/// What a chain is, without the name of its Service.
fn standing(chain: &ChainRules<'_>) -> String {
    let prefix: String = chain.place.1.as_str().chars().take("KUBE-SVC".len()).collect();
    format!("{prefix} {} {}", chain.rules.len(), destination(chain).unwrap_or_default())
}

fn dispatch(key: &RuleKey<'_>) -> String {
    format!("{} {} {:?} {:?} {:?}", key.table.as_str(), key.chain, key.destination, key.port, key.protocol)
}

/// The rules of a chain that is on one side only; those of others are not shown.
fn alone(chain: &ChainRules<'_>, side: usize, weight: Weight) -> Vec<FieldChange> {
    if weight != Weight::Counts {
        return Vec::new();
    }
    let rules = chain.rules.iter().enumerate();
    rules
        .map(|(at, rule)| FieldChange::alone(format!("rules[{}]", at + 1), side, rules::text(rule)))
        .collect()
}
