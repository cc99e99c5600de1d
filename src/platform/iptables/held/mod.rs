//! What a Linux node has loaded, by dumps of `iptables-save` or a text for `iptables-restore`.

mod texts;
mod whole;

use std::sync::Arc;

use crate::answer::change::Standing;
use crate::answer::picture::RuleGraph;
use crate::answer::telling::Telling;
use crate::net::{Family, PerFamily};
use crate::platform::iptables::compare::IptablesSide;
use crate::platform::iptables::model::{Gaps, Ruleset};
use crate::platform::iptables::packets::RulesModel;
use crate::platform::iptables::{Iptables, write};
use crate::platform::{Context, DumpFormat, Held, Match, Model, Objects, Platform};

pub(in crate::platform::iptables) use texts::read_texts;

/// The rules of a node; of a dump there may be one family only.
#[derive(Debug, Clone)]
pub struct IptablesHeld {
    /// The rules.
    pub rules: PerFamily<Option<Ruleset>>,
    /// Whether a plan makes them so, and no node holds them yet.
    pub is_planned: bool,
    /// What of the tables of each family that was read is not told.
    pub gaps: PerFamily<Gaps>,
    /// The texts that they were read from: plans are bound to these, and not to what was understood of them.
    saved: PerFamily<Option<Arc<String>>>,
}

/// What dumps look like.
pub(in crate::platform::iptables) const FORMATS: &[DumpFormat] = &[
    DumpFormat {
        name: "iptables-save",
        about: "What iptables-save prints, or iptables-restore reads",
        flag: "iptables-save",
    },
    DumpFormat { name: "ip6tables-save", about: "The same for IPv6", flag: "ip6tables-save" },
];

impl IptablesHeld {
    /// What was read of a node.
    #[must_use]
    pub fn of(rules: PerFamily<Option<Ruleset>>) -> Self {
        Self { rules, is_planned: false, gaps: PerFamily::default(), saved: PerFamily::of(|_| None) }
    }

    /// What a plan makes of what a dump tells with these gaps.
    #[must_use]
    pub fn planned(rules: PerFamily<Option<Ruleset>>, gaps: PerFamily<Gaps>) -> Self {
        Self { is_planned: true, gaps, ..Self::of(rules) }
    }

    /// Why no plan can be made from the dump, if that is so: a plan replaces chains, and may replace only what is known.
    pub(in crate::platform::iptables) fn why_no_plan(&self) -> Option<&'static str> {
        if Family::ALL.iter().any(|family| self.rules.get(*family).is_none()) {
            return Some("the rules of both families are needed: iptables-save and ip6tables-save");
        }
        let gaps = || Family::ALL.iter().flat_map(|family| self.gaps.get(*family).of_services());
        if gaps().any(|(_, telling)| telling == Telling::NotTold) {
            return Some(
                "it does not contain both tables, nat and filter: dump all tables with iptables-save",
            );
        }
        let message = "some of its lines in nat or filter cannot be read: dump it again with iptables-save";
        gaps().next().map(|_| message)
    }

    /// What `iptables-save` and `ip6tables-save` printed, or would print when a plan is done; `None` where the dump
    /// does not have both.
    #[must_use]
    pub fn saved(&self) -> Option<PerFamily<String>> {
        let text = |family: Family| match self.saved.get(family) {
            Some(text) => Some((**text).clone()),
            None => self.rules.get(family).as_ref().filter(|_| self.is_planned).map(write),
        };
        Some(PerFamily { ipv4: text(Family::Ipv4)?, ipv6: text(Family::Ipv6)? })
    }
}

impl Held for IptablesHeld {
    fn platform(&self) -> &'static dyn Platform {
        &Iptables
    }

    fn model<'c>(&'c self, _: Context<'c>) -> Box<dyn Model + 'c> {
        Box::new(RulesModel::held_in_part(&self.rules, self.gaps.clone()))
    }

    fn into_objects(self: Box<Self>) -> Box<dyn Objects> {
        // One with the kernel's own chains is of a node; another one is to be loaded.
        let tells = |family: &Family| self.rules.get(*family).as_ref().is_some_and(IptablesSide::tells_base);
        let is_held = !self.is_planned && Family::ALL.iter().any(tells);
        let standing = if is_held { Standing::Held } else { Standing::Wanted };
        Box::new(IptablesSide { gaps: self.gaps, ..IptablesSide::of_text(standing, self.rules) })
    }

    fn picture(&self, context: Context<'_>) -> RuleGraph {
        let PerFamily { ipv4, ipv6 } = &self.rules;
        let loaded: Vec<Ruleset> = [ipv4, ipv6].into_iter().flatten().cloned().collect();
        let is_open = |family: &Family| self.gaps.get(*family).of_services().next().is_some();
        let open: Vec<Family> = Family::ALL.into_iter().filter(is_open).collect();
        RuleGraph::of_iptables(context.rules, &loaded, &open)
    }

    fn duplicate(&self) -> Box<dyn Held> {
        Box::new(self.clone())
    }
}

/// Whether a text has tables of iptables.
pub(in crate::platform::iptables) fn recognize(text: &str) -> Match {
    let is_table = |line: &str| {
        let name = line.trim().strip_prefix('*');
        name.is_some_and(|name| ["filter", "nat", "mangle", "raw", "security"].contains(&name))
    };
    if text.lines().take(1000).any(is_table) { Match::Certain } else { Match::No }
}

/// What other commands of iptables print, which tells less than a dump.
pub(in crate::platform::iptables) fn resembles(text: &str) -> Option<String> {
    let begins = |start: &str| text.lines().any(|line| line.starts_with(start));
    let command = if (begins("-P ") || begins("-N ")) && begins("-A ") {
        "iptables -S"
    } else if text.lines().any(is_heading_of_list) {
        "iptables -L"
    } else {
        return None;
    };
    Some(format!(
        "is what {command} prints, one table without its name; dump all tables with iptables-save and ip6tables-save"
    ))
}

/// `Chain INPUT (policy ACCEPT)`, `Chain KUBE-SERVICES (2 references)`
fn is_heading_of_list(line: &str) -> bool {
    line.strip_prefix("Chain ").and_then(|rest| rest.split_once(" (")).is_some_and(|(_, rest)| {
        rest.starts_with("policy ") || rest.trim_end().trim_end_matches(')').ends_with("references")
    })
}
