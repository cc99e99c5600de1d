//! What a Linux node has loaded, by dumps of `iptables-save` or a text for `iptables-restore`.

use std::sync::Arc;

use super::compare::IptablesSide;
use super::model::Ruleset;
use super::packets::RulesModel;
use super::{Iptables, read, write};
use crate::answer::change::Standing;
use crate::answer::picture::RuleGraph;
use crate::name::printable;
use crate::net::{Family, PerFamily};
use crate::platform::{Context, DumpFormat, DumpText, Held, Match, Model, Objects, Platform, Read};

/// The rules of a node; of a dump there may be one family only.
#[derive(Debug, Clone)]
pub struct IptablesHeld {
    /// The rules.
    pub rules: PerFamily<Option<Ruleset>>,
    /// Whether a plan makes them so, and no node holds them yet.
    pub is_planned: bool,
    /// The texts that they were read from: plans are bound to these, and not to what was understood of them.
    saved: PerFamily<Option<Arc<String>>>,
}

/// What dumps look like.
pub(super) const FORMATS: &[DumpFormat] = &[
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
        Self { rules, is_planned: false, saved: PerFamily::of(|_| None) }
    }

    /// What a plan makes.
    #[must_use]
    pub fn planned(rules: PerFamily<Option<Ruleset>>) -> Self {
        Self { is_planned: true, ..Self::of(rules) }
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
        Box::new(RulesModel::held(&self.rules))
    }

    fn into_objects(self: Box<Self>) -> Box<dyn Objects> {
        // One with the kernel's own chains is of a node; another one is to be loaded.
        let tells = |family: &Family| self.rules.get(*family).as_ref().is_some_and(IptablesSide::tells_base);
        let is_held = !self.is_planned && Family::ALL.iter().any(tells);
        let standing = if is_held { Standing::Held } else { Standing::Wanted };
        Box::new(IptablesSide { standing, rules: self.rules, is_read: true })
    }

    fn picture(&self, context: Context<'_>) -> RuleGraph {
        let PerFamily { ipv4, ipv6 } = &self.rules;
        let loaded: Vec<Ruleset> = [ipv4, ipv6].into_iter().flatten().cloned().collect();
        RuleGraph::of_iptables(context.rules, &loaded)
    }

    fn duplicate(&self) -> Box<dyn Held> {
        Box::new(self.clone())
    }
}

/// Whether a text has tables of iptables.
pub(super) fn recognize(text: &str) -> Match {
    let is_table = |line: &str| {
        let name = line.trim().strip_prefix('*');
        name.is_some_and(|name| ["filter", "nat", "mangle", "raw", "security"].contains(&name))
    };
    if text.lines().take(1000).any(is_table) { Match::Certain } else { Match::No }
}

/// Reads texts; both families may stand in one, as `hnsplan compile` writes them, and in several.
pub(super) fn read_texts(texts: Vec<DumpText>) -> Read {
    let mut found: PerFamily<Option<Ruleset>> = PerFamily { ipv4: None, ipv6: None };
    let mut saved = PerFamily::of(|_| None);
    let (mut remarks, mut refused) = (Vec::new(), Vec::new());
    for DumpText { name, mut text, format } in texts {
        let forced = match format {
            Some("ip6tables-save") => Some(Family::Ipv6),
            _ => None,
        };
        let second = text.find("# for ip6tables-restore").filter(|at| *at > 0 && forced.is_none());
        let rest = second.map(|at| text.split_off(at));
        for part in std::iter::once(text).chain(rest) {
            let family = forced.unwrap_or_else(|| family_of(&part));
            if let Some(table) = open_table(&part) {
                refused.push(format!(
                    "{name} ends inside the table {} (no COMMIT): it was cut, and what follows is not known; dump it \
                     again with iptables-save",
                    printable(table)
                ));
            }
            let (rules, problems) = read(&part, family);
            remarks.extend(
                problems.iter().map(|problem| format!("{name}:{}: {}", problem.line, problem.message)),
            );
            // An empty text is the dump of a node without rules.
            if rules.tables.is_empty() && !part.trim().is_empty() {
                refused.push(format!(
                    "{name} has no table of iptables (no line `*nat` or `*filter`); dump it with iptables-save"
                ));
                continue;
            }
            let part = Some(Arc::new(part));
            match family {
                Family::Ipv4 => (found.ipv4, saved.ipv4) = (Some(rules), part),
                Family::Ipv6 => (found.ipv6, saved.ipv6) = (Some(rules), part),
            }
        }
    }
    let is_read = found.ipv4.is_some() || found.ipv6.is_some();
    let held = is_read.then(|| Box::new(IptablesHeld { saved, ..IptablesHeld::of(found) }) as Box<dyn Held>);
    Read { held, refused, problems: Vec::new(), remarks }
}

/// The table that a text ends in: `iptables-save` ends each one with `COMMIT`.
fn open_table(text: &str) -> Option<&str> {
    text.lines().fold(None, |open, line| match line.trim() {
        "COMMIT" => None,
        line => line.strip_prefix('*').or(open),
    })
}

/// The family of a text, which `iptables-save` says in its first line, and addresses say as well.
fn family_of(text: &str) -> Family {
    if text.lines().take(3).any(|line| line.starts_with('#') && line.contains("ip6tables")) {
        return Family::Ipv6;
    }
    let address = text.lines().filter(|line| line.starts_with('-')).find_map(|line| {
        let mut words = line.split(' ');
        words.find(|word| ["-d", "-s", "--to-destination"].contains(word))?;
        words.next()
    });
    match address {
        Some(address) if address.starts_with('[') || address.matches(':').count() > 1 => Family::Ipv6,
        _ => Family::Ipv4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever a dump is cut inside a table, nothing is read of it.
    #[test]
    fn a_dump_that_ends_inside_a_table_is_refused() {
        let text = "# Generated by iptables-save\n*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n\
                    -A PREROUTING -j KUBE-SERVICES\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n";
        let refused = |text: &str| {
            let text = DumpText { name: "x.save".to_owned(), text: text.to_owned(), format: None };
            !read_texts(vec![text]).refused.is_empty()
        };
        assert!(!refused(text) && !refused(""));
        for at in text.find("*nat").expect("it is there") + 1..text.len() {
            let is_whole = text[..at].trim_end().ends_with("COMMIT");
            assert_eq!(refused(&text[..at]), !is_whole, "{at}: {}", &text[..at]);
        }
    }
}
