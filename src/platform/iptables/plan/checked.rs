//! Changes from plans and journals: what this program would never write is refused.

use std::collections::BTreeSet;

use super::standing::{is_jump, is_ours};
use super::{ChainChange, Change, JumpChange, Line, TableChange};
use crate::name::printable;
use crate::platform::iptables::model::TableName;

/// Why a change is not one of kube-proxy's chains.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// A table that kube-proxy has no rules in.
    #[error("`{0}` is not a table of kube-proxy; expected filter or nat, each once")]
    Table(String),
    /// A chain of somebody else, or none.
    #[error(
        "`{0}` is not a chain of kube-proxy, or it is named twice; expected KUBE-SERVICES, KUBE-SVC-… and the like"
    )]
    Chain(String),
    /// A rule that is not one of its chain.
    #[error("`{rule}` is not a rule of chain {chain}")]
    Rule {
        /// The rule; safe to print.
        rule: String,
        /// The chain.
        chain: String,
    },
    /// A jump that kube-proxy does not make.
    #[error("`{0}` is not a jump of kube-proxy")]
    Jump(String),
}

impl Change {
    /// Checks that it is about nothing but what kube-proxy has, and that each rule is shown where it is put.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self) -> Result<(), ChangeError> {
        let mut tables = BTreeSet::new();
        for table in &self.tables {
            let name = table.table.as_str();
            let is_known = [TableName::Filter, TableName::Nat].iter().any(|of| of.as_str() == name);
            if !is_known || !tables.insert(name) {
                return Err(ChangeError::Table(printable(name)));
            }
            table.check()?;
        }
        Ok(())
    }
}

impl TableChange {
    fn check(&self) -> Result<(), ChangeError> {
        let mut chains = BTreeSet::new();
        for ChainChange { chain, before, after } in &self.chains {
            let name = chain.as_str();
            if !is_ours(name) || !chains.insert(name) {
                return Err(ChangeError::Chain(printable(name)));
            }
            let mut rules = before.iter().chain(after).flatten();
            if let Some(rule) = rules.find(|rule: &&Line| !rule.is_rule_of(name)) {
                return Err(ChangeError::Rule { rule: printable(rule.as_str()), chain: name.to_owned() });
            }
        }
        let is_wrong = |jump: &&JumpChange| jump.position == 0 || !is_jump(self.table.as_str(), jump);
        match self.jumps.iter().find(is_wrong) {
            Some(jump) => {
                let rule = format!("{} {}", jump.chain.as_str(), jump.rule.as_str());
                Err(ChangeError::Jump(printable(&rule)))
            }
            None => Ok(()),
        }
    }
}
