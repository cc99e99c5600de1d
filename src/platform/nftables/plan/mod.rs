//! What brings a node from its tables to those that are wanted: one change a family, which the kernel takes as a whole.

mod lines;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::model::{Key, KeyShape, Statement, Table};
use super::{Format, read, write};
use crate::net::{Family, PerFamily};

pub(super) use lines::facts;

/// kube-proxy's tables of a node; a family without one has none.
pub type Tables = PerFamily<Option<Table>>;

/// A change of the table of one family: all of it before, and all of it after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableChange {
    /// Whose table.
    pub family: Family,
    /// Its text before; none where there was no table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Its text after; none where it is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl<'de> Deserialize<'de> for TableChange {
    /// A plan is trusted as a script is, but it must not do what it does not show: its texts are of one table, and are
    /// what a writer makes of what a reader understands.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            family: Family,
            before: Option<String>,
            after: Option<String>,
        }
        let Raw { family, before, after } = Raw::deserialize(deserializer)?;
        for text in [&before, &after].into_iter().flatten() {
            let table = parse(text, family);
            if table.is_none_or(|table| spelled(&table) != *text) {
                return Err(D::Error::custom("it is no text of the table kube-proxy of its family"));
            }
        }
        Ok(Self { family, before, after })
    }
}

impl TableChange {
    /// What brings a table to the wanted one; `None` where nothing differs.
    #[must_use]
    pub fn between(held: Option<&Table>, wanted: Option<&Table>, family: Family) -> Option<Self> {
        if is_same(held, wanted) {
            return None;
        }
        let text = |table: Option<&Table>| table.map(spelled);
        Some(Self { family, before: text(held), after: text(wanted) })
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self { family: self.family, before: self.after.clone(), after: self.before.clone() }
    }

    /// The table before.
    #[must_use]
    pub fn table_before(&self) -> Option<Table> {
        parse(self.before.as_deref()?, self.family)
    }

    /// The table after.
    #[must_use]
    pub fn table_after(&self) -> Option<Table> {
        parse(self.after.as_deref()?, self.family)
    }

    /// The text for `nft --file`, one transaction.
    #[must_use]
    pub fn transaction(&self) -> String {
        match self.table_after() {
            Some(table) => write(&table, Format::Nft).to_string(),
            None => super::write::removal(self.family),
        }
    }
}

/// Whether two tables are the same to packets, object by object.
pub(super) fn is_same(one: Option<&Table>, other: Option<&Table>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.normalise() == other.normalise(),
        (None, None) => true,
        _ => false,
    }
}

/// The text of a table that can be loaded again: clients that are remembered come and go, and are not part of it.
fn spelled(table: &Table) -> String {
    let mut table = table.clone();
    for container in &mut table.containers {
        if container.timeout.is_some() {
            container.elements.clear();
        }
    }
    write(&table, Format::Knftables).to_string()
}

fn parse(text: &str, family: Family) -> Option<Table> {
    let reading = read(text);
    let is_clean = reading.problems.is_empty() && reading.broken.is_none() && !reading.is_ruleset;
    let PerFamily { ipv4, ipv6 } = reading.tables;
    match (family, ipv4, ipv6) {
        _ if !is_clean => None,
        (Family::Ipv4, table, None) | (Family::Ipv6, None, table) => table,
        _ => None,
    }
}

/// Whether a table could be loaded again as it is: nothing in it was read as something that is not known.
pub(super) fn is_restorable(table: &Table) -> bool {
    let statements = table.chains.iter().flat_map(|chain| &chain.rules).flat_map(|rule| &rule.statements);
    let is_of_json = |statement: &Statement| matches!(statement, Statement::Foreign(foreign) if foreign.as_str().contains("json \""));
    let is_known = |of: &super::model::Container| {
        !matches!(of.shape, KeyShape::Other(_))
            && !of.elements.iter().any(|element| matches!(element.key, Key::Other(_)))
    };
    !statements.into_iter().any(is_of_json) && table.containers.iter().all(is_known)
}
