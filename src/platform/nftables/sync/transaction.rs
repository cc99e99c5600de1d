//! What a transaction did: as JSON, and as a line for people.

use serde_json::{Value, json};

use crate::name::{counted, printable};
use crate::net::Family;
use crate::platform::later_syncs::Call;
use crate::platform::nftables::model::Command;
use crate::platform::timeline::CallRecord;

/// A transaction.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) by: Family,
    pub(super) is_full: bool,
    /// Whether it deletes stale chains, and nothing else.
    pub(super) deletes_stale: bool,
    counts: Counts,
    /// Its number among those of its sync, and how many these are.
    pub(super) place: (usize, usize),
    /// The text, where texts are kept.
    pub(super) text: Option<String>,
    pub(super) error: Option<String>,
}

/// What a transaction does.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    pub(super) commands: usize,
    /// Chains of Services that are written.
    pub(super) chains: usize,
    /// Chains of Services that are emptied and not written again.
    pub(super) emptied: usize,
    pub(super) chains_deleted: usize,
    pub(super) elements: usize,
    pub(super) elements_deleted: usize,
}

impl Counts {
    fn of(commands: &[Command]) -> Self {
        let count = |is_it: &dyn Fn(&Command) -> bool| commands.iter().filter(|of| is_it(of)).count();
        let is_added = |of: &Command| matches!(of, Command::AddChain(chain) if chain.name.is_of_service());
        let is_flushed = |of: &Command| matches!(of, Command::FlushChain(name) if name.is_of_service());
        let chains = count(&is_added);
        let is_deleted = |of: &Command| matches!(of, Command::DeleteChain(name) if name.is_of_service());
        Self {
            commands: commands.len(),
            chains,
            emptied: count(&is_flushed) - chains,
            chains_deleted: count(&is_deleted),
            elements: count(&|of| matches!(of, Command::AddElement(..))),
            elements_deleted: count(&|of| matches!(of, Command::DeleteElement(..))),
        }
    }
}

impl Transaction {
    pub(super) fn of(by: Family, deletes_stale: bool, commands: &[Command]) -> Self {
        let counts = Counts::of(commands);
        Self { by, is_full: false, deletes_stale, counts, place: (1, 1), text: None, error: None }
    }
}

impl Call for Transaction {
    fn by(&self) -> Family {
        self.by
    }

    fn document(&self) -> Value {
        let (number, of) = self.place;
        let mut document = json!({
            "op": "nft",
            "kind": if self.is_full { "full" } else { "partial" },
            "transaction": number,
            "of": of,
            "operations": self.counts.commands,
        });
        if let Some(error) = &self.error {
            document["error"] = error.as_str().into();
        }
        if let Some(text) = &self.text {
            document["text"] = text.as_str().into();
        }
        document
    }

    fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    fn record(&self) -> CallRecord {
        let counts = self.counts;
        let mut parts = Vec::new();
        for (count, what, done) in [
            (counts.chains, "chain", "of Services written"),
            (counts.emptied, "chain", "emptied"),
            (counts.chains_deleted, "chain", "deleted"),
            (counts.elements, "element", "added"),
            (counts.elements_deleted, "element", "deleted"),
        ] {
            if count > 0 {
                parts.push(format!("{} {done}", counted(count, what)));
            }
        }
        let family = if self.by == Family::Ipv6 { "IPv6: " } else { "" };
        let parts = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") };
        CallRecord {
            by: self.by,
            what: match (self.deletes_stale, self.is_full) {
                (true, _) => "delete stale chains",
                (false, true) => "load all rules",
                (false, false) => "load what changed",
            }
            .into(),
            on: format!("{family}{parts}; one transaction"),
            members: Vec::new(),
            error: self.error.as_deref().map(printable),
            refusal: None,
            forgets: Vec::new(),
        }
    }
}
