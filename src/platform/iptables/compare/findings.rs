//! What is wrong with the chains of a node.

use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{ChainRules, Chains, Place, RuleKey, SharedRule, is_hashed, jump, service_of};
use super::{Comparing, Owners};
use crate::answer::change::{self, Comparison, Defect, ObjectKind, Standing, Subject};
use crate::answer::telling::Telling;
use crate::name::printable;
use crate::platform::iptables::codes;
use crate::platform::iptables::model::{Rule, TableName};
use crate::platform::iptables::names::base;

/// What is wrong with what nodes hold, whatever should be.
pub(super) fn of_nodes(comparing: &Comparing<'_, '_>, found: &mut Vec<Defect>) {
    for (side, standing) in comparing.standings.into_iter().enumerate() {
        if standing == Standing::Held {
            let wanted = Standing::wanted(comparing.standings).map(|wanted| comparing.sides[wanted]);
            of_held(comparing, comparing.sides[side], wanted, found);
        }
    }
}

/// What changes mean, where one side is what should be.
pub(super) fn of_changes(comparison: &mut Comparison) {
    if let Some(wanted) = comparison.wanted() {
        let nothing = nothing_present(comparison, wanted);
        let of_changes = comparison.changes.iter().filter_map(|change| Defect::of_change(change, wanted));
        comparison.findings.extend(nothing.into_iter().chain(of_changes));
    }
    comparison.findings.sort_by(|one, other| (one.code, &one.subject).cmp(&(other.code, &other.subject)));
}

/// What is not tied to the rest as it should be.
struct Oddities<'c, 'r> {
    /// Rules that lead to a chain of kube-proxy that is not there.
    dangling: Vec<(TableName, &'r Rule)>,
    /// Chains of kube-proxy that no rule leads to.
    unreached: Vec<&'c ChainRules<'r>>,
    /// Rules that stand there once more.
    repeated: Vec<&'c SharedRule<'r>>,
}

impl<'c, 'r> Oddities<'c, 'r> {
    fn of(side: &'c Chains<'r>) -> Self {
        let shared = side.shared.iter().map(|rule| (rule.key.table, rule.rule));
        let own = side.own.iter().flat_map(|chain| chain.rules.iter().map(|rule| (chain.place.0, *rule)));
        let mut reached: FxHashSet<Place> = FxHashSet::default();
        let mut dangling = Vec::new();
        for (table, rule) in shared.chain(own) {
            let Some(to) = jump(rule) else { continue };
            reached.insert((table, to));
            if is_hashed(to) && side.get((table, to)).is_none() {
                dangling.push((table, rule));
            }
        }
        let unreached =
            side.own.iter().filter(|chain| is_hashed(chain.place.1) && !reached.contains(&chain.place));
        Self { dangling, unreached: unreached.collect(), repeated: repeated(side) }
    }
}

fn repeated<'c, 'r>(side: &'c Chains<'r>) -> Vec<&'c SharedRule<'r>> {
    let more = || side.shared.iter().filter(|rule| rule.key.number > 0 && !base::is_base(rule.key.chain));
    if more().next().is_none() {
        return Vec::new();
    }
    let first = side.shared.iter().filter(|rule| rule.key.number == 0);
    let first: FxHashMap<&RuleKey<'_>, &Rule> = first.map(|rule| (&rule.key, rule.rule)).collect();
    let is_there =
        |rule: &&SharedRule<'_>| first.get(&RuleKey { number: 0, ..rule.key.clone() }) == Some(&rule.rule);
    more().filter(is_there).collect()
}

/// What kube-proxy itself writes so is no fault of the node.
fn of_held(
    comparing: &Comparing<'_, '_>,
    side: &Chains<'_>,
    wanted: Option<&Chains<'_>>,
    found: &mut Vec<Defect>,
) {
    // Where lines are missing, what leads where is not known.
    let of_side = |of: &Chains<'_>| comparing.sides.iter().position(|side| std::ptr::eq(*side, of));
    let gaps = of_side(side).map(|at| comparing.gaps[at]);
    let is_told = |table: TableName| gaps.is_none_or(|gaps| gaps.telling(table) == Telling::Whole);
    let mut is = Oddities::of(side);
    is.dangling.retain(|(table, _)| is_told(*table));
    is.unreached.retain(|chain| is_told(chain.place.0));
    let should = wanted.map(Oddities::of);
    let should_be_unreached: FxHashSet<Place> =
        should.iter().flat_map(|of| &of.unreached).map(|chain| chain.place).collect();
    let should_be_repeated: FxHashSet<&RuleKey<'_>> =
        should.iter().flat_map(|of| &of.repeated).map(|rule| &rule.key).collect();
    for (table, rule) in is.dangling {
        let Some(to) = jump(rule) else { continue };
        let services = service_of(rule).map(printable).into_iter().collect();
        found.push(Defect {
            code: change::codes::DANGLING,
            subject: Subject::new(ObjectKind::Chain, comparing.name(table, to), services),
            message: format!("a rule of {} leads to it, and it is not there", rule.chain),
            help: Some("iptables-restore refuses such a text as a whole".to_owned()),
            cause: None,
        });
    }
    let owners = Owners::new([side, side], !is.unreached.is_empty());
    for chain in is.unreached {
        let (table, name) = chain.place;
        let delete = format!(
            "kube-proxy deletes it with its next full sync; iptables -t {t} -F {name} && iptables -t {t} -X {name}",
            t = table.as_str()
        );
        let subject = comparing.chain_subject(chain, &owners, 0);
        found.push(if should_be_unreached.contains(&chain.place) {
            odd(subject, "no rule leads to it, and kube-proxy writes it so")
        } else {
            let message = "no rule leads to it".to_owned();
            Defect { code: change::codes::UNREFERENCED, subject, message, help: Some(delete), cause: None }
        });
    }
    for rule in is.repeated {
        let subject = comparing.rule_subject(rule);
        found.push(if should_be_repeated.contains(&rule.key) {
            odd(subject, "the rule is duplicated, and kube-proxy writes it so")
        } else {
            let message = "the rule is duplicated".to_owned();
            Defect { code: change::codes::DUPLICATE, subject, message, help: None, cause: None }
        });
    }
}

/// What is as it should be, strange as it looks.
fn odd(subject: Subject, message: &str) -> Defect {
    Defect { code: codes::ODD, subject, message: message.to_owned(), help: None, cause: None }
}

/// No Service at all is served.
fn nothing_present(comparison: &Comparison, wanted: usize) -> Option<Defect> {
    let counts = comparison.counts.get(&ObjectKind::Chain)?;
    let many = counts.of_side(wanted);
    (many > 0 && counts.equal + counts.changed == 0).then(|| Defect {
        code: change::codes::NOTHING_PRESENT,
        subject: Subject::new(ObjectKind::Chain, format!("0 of {many} present"), Vec::new()),
        message: "the node has none of those that it should have".to_owned(),
        help: Some("see whether kube-proxy runs, and whether something has flushed the tables".to_owned()),
        cause: None,
    })
}
