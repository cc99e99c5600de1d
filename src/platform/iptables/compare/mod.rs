//! iptables against iptables: chains by their name, rules of chains that all Services share one by one.

mod findings;
mod index;
mod owners;
mod restrict;
mod rules;

use std::collections::BTreeMap;
use std::fmt::Write;

use self::index::{ChainRules, Chains, RuleKey, SharedRule, is_hashed, jump};
use self::owners::Owners;
use crate::answer::artifact::Artifact;
use crate::answer::change::join::{Joined, join};
use crate::answer::change::regroup::{self, Essence};
use crate::answer::change::{
    Comparison, Counts, FieldChange, ObjectChange, ObjectKind, Standing, Subject, Verb, Weight,
};
use crate::name::printable;
use crate::net::{Family, PerFamily};
use crate::platform::Platform;
use crate::platform::iptables::Iptables;
use crate::platform::iptables::model::{ChainName, Ruleset, TableName, Target};
use crate::platform::iptables::names::base;
use crate::platform::iptables::write;
use crate::scope::Selector;

/// One side of iptables.
#[derive(Debug)]
pub struct IptablesSide {
    /// What it is.
    pub standing: Standing,
    /// Its rules; of a dump there may be one family only.
    pub rules: PerFamily<Option<Ruleset>>,
    /// Whether they were read from a text; what is compiled is in normal order already.
    pub is_read: bool,
}

impl IptablesSide {
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
        let PerFamily { ipv4, ipv6 } = self.rules;
        let normal = |rules: Option<Ruleset>| rules.map(|rules| rules.normalise());
        let (ipv4, ipv6) = rayon::join(|| normal(ipv4), || normal(ipv6));
        Self { rules: PerFamily { ipv4, ipv6 }, ..self }
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
    let mut changes = Vec::new();
    for family in Family::ALL {
        let [one, other] = sides.map(|side| side.rules.get(family).as_ref());
        let (Some(one), Some(other)) = (one, other) else {
            if one.is_some() != other.is_some() {
                comparison.gaps.push(format!("only one side has rules of {family}: they are not compared"));
            }
            continue;
        };
        let (one, other) = rayon::join(|| Chains::new(one), || Chains::new(other));
        let comparing = Comparing { family, sides: [&one, &other], standings };
        comparing.chains(&mut changes, &mut comparison.counts);
        comparing.shared(&mut changes, &mut comparison.counts);
        findings::of_nodes(&comparing, &mut comparison.findings);
    }
    comparison.changes = regroup::regroup(changes);
    findings::of_changes(&mut comparison);
    comparison
}

/// Two sides in one family.
struct Comparing<'c, 'r> {
    family: Family,
    sides: [&'c Chains<'r>; 2],
    standings: [Standing; 2],
}

impl Comparing<'_, '_> {
    fn chains(&self, changes: &mut Vec<(ObjectChange, Essence)>, counts: &mut BTreeMap<ObjectKind, Counts>) {
        let Joined { equal, changed, only } = join(
            self.sides.map(|side| &side.own[..]),
            |chain| chain.place,
            |one, other| self.same(one, other),
        );
        let owners = Owners::new(self.sides, !changed.is_empty() || only.iter().any(|list| !list.is_empty()));
        let count = counts.entry(ObjectKind::Chain).or_default();
        count.equal += equal.len();
        for [one, other] in changed {
            let fields = rules::of_chains(one, other);
            count.changed += 1;
            let subject = self.chain_subject(other, &owners, 1);
            let weight = Weight::Counts;
            let change = ObjectChange { verb: Verb::Changed, subject, fields, references: None, weight };
            changes.push((change, Essence::default()));
        }
        for (side, list) in only.iter().enumerate() {
            for chain in list {
                let weight = self.weight(side, is_hashed(chain.place.1));
                count.add_alone(side, weight);
                let subject = self.chain_subject(chain, &owners, side);
                let fields = alone(chain, side, weight);
                let essence = Essence { deed: None, place: Some(standing(chain)) };
                changes.push((
                    ObjectChange { verb: Verb::alone(side), subject, fields, references: None, weight },
                    essence,
                ));
            }
        }
    }

    /// The kernel's chains have rules of others besides.
    fn same(&self, one: &ChainRules<'_>, other: &ChainRules<'_>) -> bool {
        let is_held = self.standings.contains(&Standing::Held);
        let policy = one.policy == other.policy || (is_held && self.standings.contains(&Standing::Wanted));
        policy && one.rules == other.rules
    }

    fn shared(&self, changes: &mut Vec<(ObjectChange, Essence)>, counts: &mut BTreeMap<ObjectKind, Counts>) {
        let tells_base = self.sides.iter().all(|side| side.tells_base);
        let listed = self.sides.map(|side| {
            let is_told = |rule: &&SharedRule<'_>| tells_base || !base::is_base(rule.key.chain);
            side.shared.iter().filter(is_told).collect::<Vec<_>>()
        });
        let Joined { equal, changed, only } =
            join([&listed[0], &listed[1]], |rule| &rule.key, |one, other| one.rule == other.rule);
        let count = counts.entry(ObjectKind::Rule).or_default();
        count.equal += equal.len();
        for [one, other] in changed {
            count.changed += 1;
            let fields = rules::fields("", one.rule, other.rule);
            let subject = self.rule_subject(other);
            let weight = Weight::Counts;
            let change = ObjectChange { verb: Verb::Changed, subject, fields, references: None, weight };
            changes.push((change, Essence::default()));
        }
        for (side, list) in only.iter().enumerate() {
            for rule in list {
                let leads_to_kube = rule.key.to.is_some_and(|to| to.as_str().starts_with("KUBE-"));
                let weight = self.weight(side, !base::is_base(rule.key.chain) || leads_to_kube);
                count.add_alone(side, weight);
                let field = FieldChange::alone("rule", side, rules::text(rule.rule));
                let subject = self.rule_subject(rule);
                let deed = rule
                    .key
                    .service
                    .map(|service| format!("{} {service} {:?}", rule.key.chain, jump(rule.rule)));
                let essence = Essence { deed, place: Some(dispatch(&rule.key)) };
                let change = ObjectChange {
                    verb: Verb::alone(side),
                    subject,
                    fields: vec![field],
                    references: None,
                    weight,
                };
                changes.push((change, essence));
            }
        }
    }

    /// What a node has besides what is wanted may belong to others.
    fn weight(&self, side: usize, is_ours: bool) -> Weight {
        let is_held = self.standings[side] == Standing::Held && self.standings[1 - side] == Standing::Wanted;
        if is_held && !is_ours { Weight::Foreign } else { Weight::Counts }
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
