//! What was found on many nodes, as saved documents and lines tell it: the answers of all nodes, made of them again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::diff::KnownCode;
use crate::catalog;
use crate::fleet::{
    Class, Fleet, Found, Head, Item, Kind, NodeAnswer, ObjectCount, Question, Scale, Share, Shares, merge,
    read_lines,
};

/// The answer of a document about many nodes.
#[derive(Deserialize)]
#[serde(try_from = "Members")]
pub(super) struct FleetDocument(pub(super) Fleet);

#[derive(Deserialize)]
struct Members {
    #[serde(default)]
    assumed: bool,
    question: Question,
    sides: Vec<String>,
    missing: MissingMembers,
    findings: Vec<FindingMembers>,
    compared: BTreeMap<String, ComparedMembers>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MissingMembers {
    shares: Vec<String>,
    nodes: Vec<String>,
    stray_dumps: BTreeSet<String>,
}

#[derive(Deserialize)]
struct FindingMembers {
    class: Class,
    code: KnownCode,
    sides: Vec<String>,
    on: Vec<VariantMembers>,
}

#[derive(Deserialize)]
struct VariantMembers {
    nodes: Vec<String>,
    items: Vec<ItemMembers>,
    example: String,
}

#[derive(Deserialize)]
struct ItemMembers {
    object: Option<String>,
    #[serde(default)]
    services: Vec<String>,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComparedMembers {
    service_ports: u64,
    packets: u64,
    undecided: u64,
    left_out: u64,
    #[serde(default)]
    objects: BTreeMap<String, CountMembers>,
}

#[derive(Deserialize)]
struct CountMembers {
    wanted: u64,
    held: u64,
    missing: u64,
}

impl TryFrom<Members> for FleetDocument {
    type Error = String;

    fn try_from(of: Members) -> Result<Self, String> {
        let mut nodes: BTreeMap<String, NodeAnswer> =
            of.compared.into_iter().map(|(name, compared)| (name, compared.read())).collect();
        let names: BTreeSet<&String> = nodes.keys().chain(&of.missing.nodes).collect();
        let head = Head {
            question: of.question,
            sides: of.sides,
            input: String::new(),
            version: String::new(),
            names: names.into_iter().cloned().collect(),
            shares: shares(&of.missing.shares)?,
            strays: of.missing.stray_dumps,
            assumed: of.assumed,
        };
        for FindingMembers { class, code, sides, on } in of.findings {
            for VariantMembers { nodes: names, items, example } in on {
                let mut items: Vec<Item> = items.into_iter().map(ItemMembers::read).collect();
                items.sort_unstable();
                let found = Found { items: items.into(), shown: example };
                for name in names {
                    let answer = nodes.get_mut(&name);
                    let answer =
                        answer.ok_or_else(|| format!("node {name} is not in the field `compared`"))?;
                    let kind = Kind { class, code: code.0, sides: sides.clone() };
                    let found = Found { items: Arc::clone(&found.items), shown: found.shown.clone() };
                    answer.kinds.insert(kind, found);
                }
            }
        }
        Ok(Self(Fleet { head, nodes }))
    }
}

/// The shares that are there, by those that are missing.
fn shares(missing: &[String]) -> Result<Shares, String> {
    for share in missing {
        share.parse::<Share>().map_err(|error| error.to_string())?;
    }
    let parts = |share: &String| {
        let (index, of) = share.split_once('/')?;
        Some((index.parse::<u32>().ok()?, of.parse::<u32>().ok()?))
    };
    let missing: BTreeSet<(u32, u32)> = missing.iter().filter_map(parts).collect();
    let Some((_, of)) = missing.first().copied() else { return Ok(Shares::default()) };
    let have = (0..of).filter(|index| !missing.contains(&(*index, of)));
    Shares::new(of, have).map_err(|error| error.to_string())
}

impl ItemMembers {
    fn read(self) -> Item {
        let Self { object, services, next } = self;
        Item { object, services, next }
    }
}

impl ComparedMembers {
    fn read(self) -> NodeAnswer {
        let Self { service_ports, packets, undecided, left_out, objects } = self;
        let count = |CountMembers { wanted, held, missing }| ObjectCount { wanted, held, missing };
        NodeAnswer {
            kinds: BTreeMap::new(),
            scale: Scale { service_ports, packets, undecided, left_out },
            objects: objects.into_iter().map(|(kind, of)| (kind, count(of))).collect(),
        }
    }
}

/// Whether a line is one of a share.
pub(super) fn is_line(line: &Map<String, Value>) -> bool {
    let kind = line.get("kind").and_then(Value::as_str);
    kind.is_some_and(|kind| ["FleetShare", "FleetItems", "FleetNode"].contains(&kind))
}

/// The answer of the shares in a text.
pub(super) fn of_lines(text: &str) -> Result<Fleet, String> {
    let parts = read_lines("line", text, catalog::all()).map_err(|error| error.to_string())?;
    merge(parts).map_err(|error| error.to_string())
}
