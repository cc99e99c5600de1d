//! Why the fate of a packet is undecided, in words that a person can act on: what hangs on a single rule.

use std::fmt;

use super::condition::Why;
use crate::name::escaped;
use crate::platform::iptables::model::{ChainName, Match, TableName, Target};
use crate::platform::iptables::{write_match, write_target};

/// A rule by its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct RulePlace {
    pub(super) table: TableName,
    pub(super) chain: ChainName,
    /// From 1, as `iptables -L --line-numbers` counts.
    pub(super) number: usize,
}

impl fmt::Display for RulePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {} of {} {}", self.number, self.table.as_str(), self.chain)
    }
}

pub(super) fn unknown_condition(condition: &Match, at: RulePlace, why: Why) -> Box<str> {
    let mut text = String::new();
    write_match(&mut text, condition);
    let text = escaped(&text);
    format!("`{}` in {at} cannot be evaluated: {}", text.trim(), why.text()).into()
}

pub(super) fn unknown_target(target: &Target, at: RulePlace) -> Box<str> {
    let mut text = String::new();
    write_target(&mut text, target);
    let text = escaped(&text);
    format!("`{}` in {at} cannot be evaluated: it is not known to hnsplan", text.trim()).into()
}

pub(super) fn refused_target(at: RulePlace) -> Box<str> {
    format!("{at} translates to what is no address that iptables loads").into()
}

pub(super) fn missing_chain(chain: ChainName, at: RulePlace) -> Box<str> {
    format!("{at} leads to {chain}, whose rules are not in this text").into()
}
