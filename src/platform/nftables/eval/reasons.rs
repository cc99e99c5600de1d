//! Why the fate of a packet is undecided, in words that a person can act on: what hangs on a single rule.

use std::fmt;

use super::condition::Why;
use crate::name::escaped;
use crate::net::Family;
use crate::platform::nftables::model::{Name, Statement, family_word};
use crate::platform::nftables::write::push_statement;

/// A rule by its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct RulePlace<'n> {
    pub(super) family: Family,
    pub(super) chain: &'n Name,
    /// From 1.
    pub(super) number: usize,
}

impl fmt::Display for RulePlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {} of {} {}", self.number, family_word(self.family), self.chain)
    }
}

pub(super) fn unknown_condition(statement: &Statement, at: RulePlace<'_>, why: Why) -> Box<str> {
    let mut text = String::new();
    push_statement(&mut text, at.family, statement);
    format!("`{}` in {at} cannot be evaluated: {}", escaped(&text).trim(), why.text()).into()
}

pub(super) fn refused_target(at: RulePlace<'_>) -> Box<str> {
    format!("{at} translates to what is no address that nft loads").into()
}

pub(super) fn missing_chain(chain: &Name, at: RulePlace<'_>) -> Box<str> {
    format!("{at} leads to {chain}, which is not in this text").into()
}
