//! Options of iptables rules.

use super::model::TableName;
use super::read;
use crate::flag::{Flag, FlagError, Given, Takes};
use crate::net::Family;

/// How the texts are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether they have the jumps from the base chains, so that they work on a fresh host by themselves.
    pub include_jumps: bool,
}

const HEADING: &str = "iptables";

const INCLUDE_JUMPS: Flag = Flag::new(
    "include-jumps",
    Takes::Nothing,
    HEADING,
    "Add the jumps from the base chains, so that the rules work on a fresh host",
);
const EXISTING_RULES: Flag = Flag::new(
    "existing-rules",
    Takes::Files("FILE"),
    HEADING,
    "Output of iptables-save of the node, to delete chains that are left over (IPv4 and IPv6 alike)",
)
.for_experts();

/// The flags that decide how rules are lowered.
pub(super) const FLAGS: &[Flag] = &[EXISTING_RULES];

/// The flags that decide how texts are written.
pub(super) const WRITING_FLAGS: &[Flag] = &[INCLUDE_JUMPS];

impl Options {
    /// What flags give.
    #[must_use]
    pub fn of(given: &Given) -> Self {
        Self { include_jumps: given.has(&INCLUDE_JUMPS) }
    }
}

/// The chains of the nat table in what `--existing-rules` names.
pub(super) fn existing_chains(given: &Given) -> Result<Vec<String>, FlagError> {
    let mut all = Vec::new();
    for named in given.texts(&EXISTING_RULES) {
        let (rules, problems) = read(&named.text, Family::Ipv4);
        let nat = rules.tables.iter().filter(|table| table.name == TableName::Nat);
        let chains: Vec<String> =
            nat.flat_map(|table| &table.chains).map(|chain| chain.name.to_string()).collect();
        if let Some(problem) = problems.first().filter(|_| chains.is_empty()) {
            let reason =
                format!("line {}: {}; expected the output of iptables-save", problem.line, problem.message);
            return Err(EXISTING_RULES.error(&named.name, reason));
        }
        all.extend(chains);
    }
    Ok(all)
}
