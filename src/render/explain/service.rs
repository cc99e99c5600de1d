//! What kube-proxy on Windows keeps about a Service, as tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::pipeline::Compiled;
use crate::platform::hns::service_info::ServiceInfo;
use crate::render::columns::{Cell, row};
use crate::source::Sources;

/// Widths of the columns: 100 characters in all.
const FIELD: usize = 28;
const VALUE: usize = 38;
const FROM: usize = 34;

/// Tables of service ports, which call files by their last name where that is enough.
#[derive(Debug)]
pub struct ServiceTable<'c> {
    compiled: &'c Compiled,
    /// Last names that only one file has.
    last_names: BTreeSet<&'c str>,
}

impl<'c> ServiceTable<'c> {
    /// Prepares tables for these rules.
    #[must_use]
    pub fn of(compiled: &'c Compiled) -> Self {
        Self { compiled, last_names: unique_last_names(&compiled.sources) }
    }

    /// One table for each service port and family, below a line about the node.
    #[must_use]
    pub fn describe(&self, infos: &[ServiceInfo<'_>]) -> String {
        let node = &self.compiled.rules.node;
        let name = node.name.as_ref().map_or("a node without a name", |name| name.as_str());
        let tables: String = infos.iter().map(|info| self.table(info)).collect();
        format!("serviceInfo on {name}, kube-proxy {} on Windows\n{tables}", node.version)
    }

    fn table(&self, info: &ServiceInfo<'_>) -> String {
        let line = "─".repeat(FIELD + VALUE + FROM);
        let head = row(&[
            Cell::new(FIELD, ["FIELD"]),
            Cell::new(VALUE, ["VALUE, and what it does"]),
            Cell::new(FROM, ["FROM"]),
        ]);
        let members = info.members();
        let members = members.iter().map(|member| {
            let from: Vec<String> =
                member.from.iter().flat_map(|from| from.describe(|file| self.file_name(file))).collect();
            row(&[
                Cell::new(FIELD, [&*member.name]),
                Cell::new(VALUE, [&*member.value, member.effect]),
                Cell::new(FROM, from.iter().map(String::as_str)),
            ])
        });
        let members: String = members.collect();
        format!("\n{}  {}  {}\n\n{head}{line}\n{members}", info.service, info.family, info.frontend)
    }

    fn file_name<'n>(&self, file: &'n str) -> &'n str {
        let last = last_name(file);
        if self.last_names.contains(last) { last } else { file }
    }
}

fn unique_last_names(sources: &Sources) -> BTreeSet<&str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, file) in sources.iter() {
        *counts.entry(last_name(&file.name)).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count == 1).map(|(name, _)| name).collect()
}

fn last_name(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}
