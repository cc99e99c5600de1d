//! What a Linux node has loaded, by listings of `nft`, or a text for `nft --file`.

use std::sync::Arc;

use super::compare::NftablesSide;
use super::model::{Gaps, OtherChain, Table};
use super::packets::TablesModel;
use super::plan::{Tables, is_restorable};
use super::read::{Reading, read};
use super::{Nftables, TABLES};
use crate::answer::change::Standing;
use crate::answer::picture::RuleGraph;
use crate::answer::telling::Telling;
use crate::net::{Family, PerFamily};
use crate::platform::capture::first_remarks;
use crate::platform::{Context, DumpFormat, DumpText, Held, Match, Model, Objects, Platform, Read, Untold};

/// The tables of a node; of a dump there may be one family only.
#[derive(Debug, Clone)]
pub struct NftablesHeld {
    /// The tables.
    pub tables: PerFamily<Option<Table>>,
    /// What of the table of each family that was read is not told.
    pub gaps: PerFamily<Gaps>,
    /// Base chains of other tables, as far as they are listed.
    pub others: Vec<OtherChain>,
    /// Whether a plan makes them so, or a text that is to be loaded, and no node holds them yet.
    pub is_wanted: bool,
    /// The texts that they were read from.
    pub texts: Arc<Vec<String>>,
}

/// What dumps look like.
pub(super) const FORMATS: &[DumpFormat] = &[DumpFormat {
    name: "nft-list",
    about: "What nft list ruleset prints, as text or JSON, or nft --file reads",
    flag: "",
}];

impl NftablesHeld {
    /// What a plan makes.
    #[must_use]
    pub fn planned(tables: PerFamily<Option<Table>>) -> Self {
        Self {
            tables,
            gaps: PerFamily::default(),
            others: Vec::new(),
            is_wanted: true,
            texts: Arc::default(),
        }
    }

    /// The tables that are there.
    pub(super) fn present(&self) -> Tables {
        let is_there = |table: &Table| !table.chains.is_empty() || !table.containers.is_empty();
        PerFamily::of(|family| self.tables.get(family).clone().filter(is_there))
    }

    /// Why no plan can be made from the dump, if that is so: a plan replaces tables, and may replace only what is known.
    pub(super) fn why_no_plan(&self) -> Option<&'static str> {
        if Family::ALL.iter().any(|family| self.tables.get(*family).is_none()) {
            return Some("the tables of both families are needed: dump them with nft list ruleset");
        }
        let tables = [&self.tables.ipv4, &self.tables.ipv6];
        if tables.into_iter().flatten().any(|table| !is_restorable(table)) {
            return Some(
                "it has rules or sets that are not kube-proxy's and could not be put back: dump it as text, with nft \
                 list ruleset, or delete them",
            );
        }
        let is_open = |family: &Family| self.gaps.get(*family).telling() != Telling::Whole;
        let message = "some of its lines cannot be read: dump it again with nft list ruleset";
        Family::ALL.iter().any(is_open).then_some(message)
    }
}

impl Held for NftablesHeld {
    fn platform(&self) -> &'static dyn Platform {
        &Nftables
    }

    fn model<'c>(&'c self, _: Context<'c>) -> Box<dyn Model + 'c> {
        Box::new(TablesModel::held(&self.tables, self.gaps))
    }

    fn into_objects(self: Box<Self>) -> Box<dyn Objects> {
        let standing = if self.is_wanted { Standing::Wanted } else { Standing::Held };
        let untold = Untold::default();
        Box::new(NftablesSide { standing, tables: self.tables, gaps: self.gaps, untold })
    }

    fn picture(&self, context: Context<'_>) -> RuleGraph {
        let PerFamily { ipv4, ipv6 } = &self.tables;
        let loaded: Vec<&Table> = [ipv4, ipv6].into_iter().flatten().collect();
        let is_open = |family: &Family| self.gaps.get(*family).telling() != Telling::Whole;
        let open: Vec<Family> = Family::ALL.into_iter().filter(is_open).collect();
        RuleGraph::of_nftables(context.rules, &loaded, &open)
    }

    fn duplicate(&self) -> Box<dyn Held> {
        Box::new(self.clone())
    }

    fn assumptions(&self, _: Context<'_>) -> Vec<String> {
        let dropping: Vec<&str> =
            self.others.iter().filter(|other| other.drops).map(|other| &*other.name).collect();
        let with_rules: Vec<&str> = self
            .others
            .iter()
            .filter(|other| other.has_rules && !other.drops)
            .map(|other| &*other.name)
            .collect();
        let mut assumptions = Vec::new();
        if !dropping.is_empty() {
            assumptions.push(format!(
                "Other tables of the node drop what they do not accept ({}): kube-proxy accepts nothing in nftables mode, so \
                 packets to Services may be dropped there. These chains are not evaluated.",
                dropping.join(", ")
            ));
        }
        if !with_rules.is_empty() {
            assumptions.push(format!(
                "Other tables of the node have rules that packets pass as well ({}): they may drop or translate packets, \
                 and are not evaluated.",
                crate::name::first_names(with_rules, NAMED)
            ));
        }
        assumptions
    }
}

/// How many chains of other tables are named.
const NAMED: usize = 5;

/// Whether a text has tables of kube-proxy.
pub(super) fn recognize(text: &str) -> Match {
    let start = text.trim_start();
    if start.starts_with('{') {
        // The JSON of nft begins with this member; a table of kube-proxy may stand far behind.
        let head: String = start.chars().take(200).filter(|c| !c.is_whitespace()).collect();
        return if head.starts_with("{\"nftables\":") { Match::Certain } else { Match::No };
    }
    let is_table = |line: &str| {
        let line = line.trim();
        let line = line.strip_prefix("add ").unwrap_or(line);
        TABLES.iter().any(|table| {
            line.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
    };
    if text.lines().any(is_table) { Match::Certain } else { Match::No }
}

/// What a listing of nft without kube-proxy's tables is.
pub(super) fn resembles(text: &str) -> Option<String> {
    let is_table = |line: &str| {
        let mut words = line.split_whitespace();
        words.next() == Some("table")
            && words
                .next()
                .is_some_and(|family| ["ip", "ip6", "inet", "arp", "bridge", "netdev"].contains(&family))
    };
    if !text.lines().any(is_table) {
        return None;
    }
    Some(if read(text).runs_iptables {
        "is a listing of nft of a node that runs kube-proxy in iptables mode (the chain KUBE-SERVICES is there); dump it \
         with iptables-save and ip6tables-save"
            .to_owned()
    } else {
        "is a listing of nft without a table of kube-proxy (table ip kube-proxy); dump all with nft list ruleset on a node \
         in nftables mode"
            .to_owned()
    })
}

/// Reads texts; both families may stand in one, and in several.
pub(super) fn read_texts(texts: Vec<DumpText>) -> Read {
    let mut all = Reading::default();
    let (mut remarks, mut refused) = (Vec::new(), Vec::new());
    let mut is_listing = false;
    let mut kept = Vec::new();
    for DumpText { name, text, .. } in texts {
        if text.trim().is_empty() {
            refused.push(format!(
                "{name} is empty, which tells nothing: nft prints nothing where it lacks the rights, and where there is \
                 no table at all; dump it as root with nft list ruleset"
            ));
            continue;
        }
        let reading = read(&text);
        if let Some(reason) = &reading.broken {
            refused.push(format!("{name}: {reason}; dump it again with nft list ruleset"));
            continue;
        }
        let messages: Vec<(usize, &str)> =
            reading.problems.iter().map(|of| (of.line, &*of.message)).collect();
        remarks.extend(first_remarks(&name, &messages));
        if reading.more_problems > 0 {
            remarks
                .push(format!("{name}: {} more problems like these are not listed", reading.more_problems));
        }
        is_listing |= is_of_node(&text);
        add(&mut all, reading, &name, &mut refused);
        kept.push(text);
    }
    let is_there = all.tables.ipv4.is_some() || all.tables.ipv6.is_some();
    if all.runs_iptables && is_there {
        remarks.push(
            "the dump has chains of kube-proxy in iptables mode as well (KUBE-SERVICES): either they are left over from a \
             change of the mode, or the tables of nftables mode are; they are not evaluated here"
                .to_owned(),
        );
    } else if all.runs_iptables {
        refused.push(
            "the node runs kube-proxy in iptables mode (the chain KUBE-SERVICES is not in a table of nftables mode); dump it \
             with iptables-save and ip6tables-save, and ask about iptables"
                .to_owned(),
        );
    } else if all.is_ruleset && is_listing {
        // A listing of all tables has none of kube-proxy where there is none.
        for (family, place) in [(Family::Ipv4, &mut all.tables.ipv4), (Family::Ipv6, &mut all.tables.ipv6)] {
            place.get_or_insert_with(|| Table::empty(family));
        }
    }
    let is_read = all.tables.ipv4.is_some() || all.tables.ipv6.is_some();
    if !is_read && refused.is_empty() {
        refused.push(
            "the text has no table of kube-proxy (table ip kube-proxy); dump it with nft list ruleset"
                .to_owned(),
        );
    }
    let held = is_read.then(|| {
        let Reading { tables, gaps, others, .. } = all;
        let texts = Arc::new(kept);
        Box::new(NftablesHeld { tables, gaps, others, is_wanted: !is_listing, texts }) as Box<dyn Held>
    });
    Read { held, refused, problems: Vec::new(), remarks }
}

/// Whether a text is what a node has: a listing; else it is one that is to be loaded.
fn is_of_node(text: &str) -> bool {
    let start = text.trim_start();
    start.starts_with('{') || text.lines().any(|line| line.starts_with("table "))
}

fn add(all: &mut Reading, reading: Reading, name: &str, refused: &mut Vec<String>) {
    let Reading { tables, gaps, others, is_ruleset, runs_iptables, .. } = reading;
    let families = [
        (Family::Ipv4, tables.ipv4, gaps.ipv4, &mut all.tables.ipv4, &mut all.gaps.ipv4),
        (Family::Ipv6, tables.ipv6, gaps.ipv6, &mut all.tables.ipv6, &mut all.gaps.ipv6),
    ];
    for (family, table, gap, place, place_of_gap) in families {
        let Some(table) = table else { continue };
        if place.is_some() {
            refused.push(format!("{name} contains the table of {family} once more; pass one of both dumps"));
            continue;
        }
        (*place, *place_of_gap) = (Some(table), gap);
    }
    all.others.extend(others);
    all.is_ruleset |= is_ruleset;
    all.runs_iptables |= runs_iptables;
}
