//! Which differences hang on what nobody told: how pods of the node are recognised, and its zone.

use super::Comparing;
use super::index::ChainRules;
use crate::answer::change::Subject;
use crate::platform::iptables::model::{Command, Match, Rule, Ruleset};
use crate::platform::untold::{Loaded, Missing};

impl Comparing<'_, '_> {
    /// Whether two chains of one name differ in nothing but what hangs on it.
    pub(super) fn are_open(&self, one: &ChainRules<'_>, other: &ChainRules<'_>, subject: &Subject) -> bool {
        let others = |rule: &&&Rule| !recognizes_pods(rule);
        let lacks_detection = self.untold.iter().any(|of| of.lacks(Missing::Detection, self.family));
        if lacks_detection && one.rules.iter().filter(others).eq(other.rules.iter().filter(others)) {
            self.left_open.by(Missing::Detection);
            return true;
        }
        self.is_open(subject)
    }

    /// Whether an object is of Services whose endpoints hang on the zone.
    pub(super) fn is_open(&self, subject: &Subject) -> bool {
        let is_open = self.untold.iter().any(|untold| untold.hang_on_zone(&subject.services));
        if is_open {
            self.left_open.by(Missing::Zone);
        }
        is_open
    }
}

/// What rules are loaded that may hang on what nobody told. None of them names the address of the node.
pub(in crate::platform::iptables) fn loaded(rules: &Ruleset) -> Loaded {
    let commands = rules.tables.iter().flat_map(|table| &table.commands);
    let rules = commands.filter_map(|command| match command {
        Command::Append(rule) | Command::Insert(rule) => Some(rule),
        Command::DeleteChain(_) => None,
    });
    let mut loaded = Loaded::default();
    for rule in rules {
        loaded.recognizes_pods |= recognizes_pods(rule);
        loaded.has_services |= rule.chain.as_str().starts_with("KUBE-SVC-");
    }
    loaded
}

/// The chains of a Service in which kube-proxy asks whether a packet comes from a pod of the node.
const ASKING: [&str; 3] = ["KUBE-SVC-", "KUBE-SVL-", "KUBE-EXT-"];

/// Whether a rule asks that: nothing else in these chains looks at where a packet comes from.
fn recognizes_pods(rule: &Rule) -> bool {
    let asks = |of: &Match| matches!(of, Match::Source(_) | Match::InInterface(_));
    ASKING.iter().any(|prefix| rule.chain.as_str().starts_with(prefix)) && rule.matches.iter().any(asks)
}
