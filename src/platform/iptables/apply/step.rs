//! Steps of iptables: a change of one table each.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::answer::step::{PlanLine, Sign, Step};
use crate::name::printable;
use crate::net::Family;
use crate::platform::iptables::{ChainChange, Change, Line, TableChange};

/// A change of one table of one family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct IptablesStep(pub Change);

impl<'de> Deserialize<'de> for IptablesStep {
    /// A plan is trusted as a script is, but it must not do what it does not show.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let change = Change::deserialize(deserializer)?;
        change.check().map_err(D::Error::custom)?;
        Ok(Self(change))
    }
}

impl Step for IptablesStep {
    fn inverse(&self) -> Self {
        Self(self.0.inverse())
    }

    fn changes(&self) -> Vec<PlanLine> {
        let tables = self.0.tables.iter();
        tables.flat_map(|table| of_table(table, self.0.family)).collect()
    }

    fn facts(&self, line: usize) -> [Vec<String>; 2] {
        // In the order of the lines: the chains of a table, then its jumps.
        let mut lines = self.0.tables.iter().flat_map(|table| {
            let chains = table.chains.iter().map(move |chain| Some((table, chain)));
            chains.chain(table.jumps.iter().map(|_| None))
        });
        let rules =
            |lines: Vec<Line>| lines.iter().map(|rule| printable(rule.as_str())).collect::<Vec<String>>();
        lines
            .nth(line)
            .flatten()
            .map_or_else(Default::default, |(table, chain)| table.rules_of(chain, self.0.family).map(rules))
    }
}

fn of_table(table: &TableChange, family: Family) -> Vec<PlanLine> {
    let program = match family {
        Family::Ipv4 => "iptables",
        Family::Ipv6 => "ip6tables",
    };
    let name = |of: &str| format!("{program} {} {of}", table.table.as_str());
    let chain = |chain: &ChainChange| PlanLine {
        sign: match (&chain.before, &chain.after) {
            (None, _) => Sign::Add,
            (_, None) => Sign::Destroy,
            _ => Sign::Change,
        },
        kind: "chain",
        name: name(chain.chain.as_str()),
        detail: detail(chain),
        services: service(chain).into_iter().collect(),
    };
    let jumps = table.jumps.iter().map(|jump| PlanLine {
        sign: if jump.is_there { Sign::Add } else { Sign::Destroy },
        kind: "jump",
        name: name(&format!("{} to {}", jump.chain.as_str(), target(jump.rule.as_str()))),
        detail: String::new(),
        services: Vec::new(),
    });
    table.chains.iter().map(chain).chain(jumps).collect()
}

fn detail(chain: &ChainChange) -> String {
    let count = |rules: &Option<Vec<_>>| rules.as_ref().map_or(0, Vec::len);
    match (count(&chain.before), count(&chain.after)) {
        (before, after) if chain.before.is_some() && chain.after.is_some() => {
            format!("{before} → {after} rules")
        }
        (1, 0) | (0, 1) => "1 rule".to_owned(),
        (before, after) => format!("{} rules", before.max(after)),
    }
}

/// Where a jump leads to.
fn target(rule: &str) -> &str {
    rule.rsplit(' ').next().unwrap_or_default()
}

/// The service port of a chain, from the first comment; chains of all Services have none.
fn service(chain: &ChainChange) -> Option<String> {
    let is_of_one = ["KUBE-SVC-", "KUBE-SVL-", "KUBE-EXT-", "KUBE-FW-", "KUBE-SEP-"];
    if !is_of_one.iter().any(|prefix| chain.chain.as_str().starts_with(prefix)) {
        return None;
    }
    let first = chain.after.as_ref().or(chain.before.as_ref())?.first()?;
    let comment = first.as_str().split("--comment ").nth(1)?;
    let comment = comment.trim_start_matches('"');
    let name = comment.split(['"', ' ']).next().filter(|name| name.contains('/'));
    name.map(printable)
}
