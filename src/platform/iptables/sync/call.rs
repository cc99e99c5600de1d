//! What a sync of iptables did: as JSON, and as a line for people.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::name::{counted, printable};
use crate::net::Family;
use crate::platform::iptables::jumps::JUMPS;
use crate::platform::iptables::model::{Command, Ruleset, TableName};
use crate::platform::iptables::names::HASHED_PREFIXES;
use crate::platform::later_syncs::Call;
use crate::platform::timeline::CallRecord;

/// What one sync did.
#[derive(Debug)]
pub(super) struct Sync {
    pub(super) by: Family,
    pub(super) is_full: bool,
    pub(super) is_large: bool,
    /// Whether stale chains were looked for, by `iptables-save`.
    pub(super) is_cleaned: bool,
    /// Of the tables filter and nat: how many chains are declared and how many rules are added.
    pub(super) lines: [(usize, usize); 2],
    /// The chains of Services that are written.
    pub(super) written: Vec<Box<str>>,
    pub(super) deleted: Vec<Box<str>>,
    /// The text, where texts are kept.
    pub(super) text: Option<String>,
    pub(super) error: Option<String>,
}

impl Sync {
    pub(super) fn of(rules: &Ruleset, is_full: bool, is_large: bool, is_cleaned: bool) -> Self {
        let lines = [TableName::Filter, TableName::Nat].map(|name| {
            let of = rules.tables.iter().filter(|table| table.name == name);
            of.fold((0, 0), |(chains, lines), table| {
                let is_rule = |command: &&Command| !matches!(command, Command::DeleteChain(_));
                (chains + table.chains.len(), lines + table.commands.iter().filter(is_rule).count())
            })
        });
        let nat = || rules.tables.iter().filter(|table| table.name == TableName::Nat);
        let deleted: Vec<Box<str>> = nat()
            .flat_map(|table| &table.commands)
            .filter_map(|command| match command {
                Command::DeleteChain(chain) => Some(chain.as_str().into()),
                _ => None,
            })
            .collect();
        let gone: BTreeSet<&str> = deleted.iter().map(|name| &**name).collect();
        let is_of_service = |name: &&str| HASHED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        let declared = nat().flat_map(|table| &table.chains).map(|chain| chain.name);
        let declared: Vec<String> = declared.map(|name| name.to_string()).collect();
        let written = declared.iter().map(String::as_str).filter(is_of_service);
        let written = written.filter(|name| !gone.contains(name)).map(Into::into).collect();
        let by = rules.family;
        Self { by, is_full, is_large, is_cleaned, lines, written, deleted, text: None, error: None }
    }
}

impl Call for Sync {
    fn by(&self) -> Family {
        self.by
    }

    fn document(&self) -> Value {
        let [filter, nat] = self.lines;
        let lines = |of: fn((usize, usize)) -> usize| json!({"filter": of(filter), "nat": of(nat)});
        let mut document = json!({
            "op": "iptables-restore",
            "kind": if self.is_full { "full" } else { "partial" },
            "ensureCalls": if self.is_full { 2 * JUMPS.len() } else { 0 },
            "iptablesSaveCalls": usize::from(self.is_cleaned),
            "chainLines": lines(|(chains, _)| chains),
            "ruleLines": lines(|(_, rules)| rules),
            "serviceChainsWritten": self.written,
            "chainsDeleted": self.deleted,
        });
        if self.is_large {
            document["largeCluster"] = true.into();
        }
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
        let [filter, nat] = self.lines;
        let family = if self.by == Family::Ipv6 { "IPv6: " } else { "" };
        let of = |(chains, rules)| format!("{}, {}", counted(chains, "chain"), counted(rules, "rule"));
        let (written, deleted) = (self.written.len(), self.deleted.len());
        let deleted = if deleted > 0 { format!(", {deleted} deleted") } else { String::new() };
        let on = format!(
            "{family}filter: {}; nat: {}; chains of Services: {written} written{deleted}; one transaction a table",
            of(filter),
            of(nat)
        );
        CallRecord {
            by: self.by,
            what: if self.is_full { "load all rules" } else { "load what changed" }.into(),
            on,
            members: Vec::new(),
            error: self.error.as_deref().map(printable),
            refusal: None,
            forgets: Vec::new(),
        }
    }
}
