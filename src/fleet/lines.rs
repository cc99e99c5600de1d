//! A share of a fleet as JSON Lines: what was asked, lists of things that something was found about, and a line for each node.
//!
//! A list comes before the first node that needs it, and has the next number. What is read was written by other runs, and may
//! have been cut off, mixed up or made up: every line is checked, and what is wrong is told with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use super::merge::Part;
use super::record::{Class, Fleet, Found, Head, Item, Kind, NodeAnswer, ObjectCount, Question, Scale};
use super::share::Shares;
use crate::diagnostics::{Code, in_plain_words};
use crate::name::{Subdomain, escaped, is_unprintable, printable};

/// The version of the format.
const API_VERSION: &str = "hnsplan/v1alpha1";

/// A line that `hnsplan check --nodes … -o jsonl` prints and `hnsplan merge` reads.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
#[schemars(title = "FleetLine")]
enum Line {
    /// The first line of a share: what was asked.
    #[serde(rename = "FleetShare")]
    Head(HeadLine),
    /// A list of things.
    #[serde(rename = "FleetItems")]
    Items(ItemsLine),
    /// What was found on a node.
    #[serde(rename = "FleetNode")]
    Node(NodeLine),
}

/// What was asked, of which nodes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct HeadLine {
    /// `hnsplan/v1alpha1`
    api_version: String,
    /// The version of hnsplan. Shares of different versions are not joined.
    hnsplan: String,
    /// What was asked.
    question: Question,
    /// The sides that are compared.
    sides: Vec<String>,
    /// A fingerprint of the input. Shares of different inputs are not joined.
    input: String,
    /// How many shares there are.
    shares: u32,
    /// Which of them are here, from 0 on.
    have: Vec<u32>,
    /// All nodes that were selected, those of other shares as well.
    nodes: Vec<String>,
    /// Dumps that are named after no node.
    stray_dumps: BTreeSet<String>,
    /// Whether addresses, ports or pods are assumed, since the input leaves them out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    assumed: bool,
    /// How many nodes follow.
    answers: u64,
}

/// A list of things that something was found about.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ItemsLine {
    /// Its number, from 0 on.
    list: usize,
    /// The things, sorted.
    items: Arc<[Item]>,
}

/// What was found on a node.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NodeLine {
    /// Its name.
    node: String,
    /// How much was compared.
    scale: Scale,
    /// How many objects it should have and has.
    objects: BTreeMap<String, ObjectCount>,
    /// What was found.
    findings: Vec<FoundLine>,
}

/// Findings of one kind on a node.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FoundLine {
    /// What they are about.
    class: Class,
    /// Their code.
    code: String,
    /// The sides that they are about.
    sides: Vec<String>,
    /// The number of the list of things.
    list: usize,
    /// One of them in a sentence.
    shown: String,
}

/// Why lines are no share of a fleet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LinesError(String);

impl LinesError {
    pub(super) fn new(why: &impl ToString) -> Self {
        Self(why.to_string())
    }
}

/// The JSON Schema of a line.
#[must_use]
pub fn line_schema() -> Schema {
    schemars::schema_for!(Line)
}

/// The lines of answers.
///
/// # Errors
/// Never: texts and numbers are JSON.
pub fn write_lines(fleet: &Fleet) -> serde_json::Result<String> {
    let mut text = String::new();
    let mut line = |line: &Line| {
        text.push_str(&serde_json::to_string(line)?);
        text.push('\n');
        Ok::<(), serde_json::Error>(())
    };
    let head = &fleet.head;
    let (shares, have) = head.shares.parts();
    line(&Line::Head(HeadLine {
        api_version: API_VERSION.to_owned(),
        hnsplan: head.version.clone(),
        question: head.question,
        sides: head.sides.clone(),
        input: head.input.clone(),
        shares,
        have: have.iter().copied().collect(),
        nodes: head.names.clone(),
        stray_dumps: head.strays.clone(),
        assumed: head.assumed,
        answers: fleet.nodes.len() as u64,
    }))?;
    let mut lists: FxHashMap<&[Item], usize> = FxHashMap::default();
    for (node, answer) in &fleet.nodes {
        let mut findings = Vec::new();
        for (Kind { class, code, sides }, Found { items, shown }) in &answer.kinds {
            let next = lists.len();
            let list = *lists.entry(items).or_insert(next);
            if list == next {
                line(&Line::Items(ItemsLine { list, items: Arc::clone(items) }))?;
            }
            let (code, sides, shown) = (code.id().to_owned(), sides.clone(), shown.clone());
            findings.push(FoundLine { class: *class, code, sides, list, shown });
        }
        let (scale, objects) = (answer.scale, answer.objects.clone());
        line(&Line::Node(NodeLine { node: node.clone(), scale, objects, findings }))?;
    }
    Ok(text)
}

/// Reads the shares in a text: one, or several one after the other. `codes` are all that are known.
///
/// # Errors
/// When a line is none of a share, or a share is not whole: with the place.
pub fn read_lines(file: &str, text: &str, codes: &[Code]) -> Result<Vec<Part>, LinesError> {
    let codes: FxHashMap<&str, Code> = codes.iter().map(|code| (code.id(), *code)).collect();
    let mut parts: Vec<Reading> = Vec::new();
    let file = escaped(file);
    for (at, line) in text.lines().enumerate() {
        let place = format!("{file}:{}", at + 1);
        if line.trim().is_empty() {
            continue;
        }
        read_line(line, &place, &codes, &mut parts).map_err(|why| LinesError(format!("{place}: {why}")))?;
    }
    if parts.is_empty() {
        return Err(LinesError(format!(
            "{file}: no line in it; expected what hnsplan check --nodes … -o jsonl prints"
        )));
    }
    parts.into_iter().map(Reading::end).collect()
}

fn read_line(
    line: &str,
    place: &str,
    codes: &FxHashMap<&str, Code>,
    parts: &mut Vec<Reading>,
) -> Result<(), String> {
    let line: Line = serde_json::from_str(line).map_err(|error| {
        let error = printable(&in_plain_words(&error.to_string()));
        format!("not a line of a share: {error}; expected what hnsplan check --nodes … -o jsonl prints")
    })?;
    let part = match line {
        Line::Head(head) => return begin(head, place).map(|part| parts.push(part)),
        _ => parts.last_mut().ok_or("the first line of a share has the kind FleetShare")?,
    };
    match line {
        Line::Head(_) => Ok(()),
        Line::Items(items) => part.add_items(items),
        Line::Node(node) => part.add_node(node, codes),
    }
}

/// A share that is being read.
struct Reading {
    place: String,
    fleet: Fleet,
    lists: Vec<Arc<[Item]>>,
    answers: u64,
}

fn begin(head: HeadLine, place: &str) -> Result<Reading, String> {
    if head.api_version != API_VERSION {
        return Err(format!("apiVersion is `{}`, expected {API_VERSION}", printable(&head.api_version)));
    }
    let own = env!("CARGO_PKG_VERSION");
    if head.hnsplan != own {
        let theirs = printable(&head.hnsplan);
        return Err(format!(
            "written by hnsplan {theirs}, and this is {own}; use one version for all shares"
        ));
    }
    for text in head.sides.iter().chain(&head.stray_dumps).chain([&head.input]) {
        check_text(text)?;
    }
    if let Some(name) = head.nodes.iter().find(|name| Subdomain::new(name).is_err()) {
        return Err(format!("`{}` is not the name of a node", printable(name)));
    }
    let mut neighbours = head.nodes.iter().zip(head.nodes.iter().skip(1));
    if let Some((one, next)) = neighbours.find(|(one, next)| one >= next) {
        return Err(format!("nodes are sorted, and {next} comes after {one}"));
    }
    let shares = Shares::new(head.shares, head.have).map_err(|error| error.to_string())?;
    let HeadLine {
        question,
        sides,
        input,
        hnsplan: version,
        nodes: names,
        stray_dumps: strays,
        assumed,
        answers,
        ..
    } = head;
    let head = Head { question, sides, input, version, names, shares, strays, assumed };
    let fleet = Fleet { head, nodes: BTreeMap::new() };
    Ok(Reading { place: place.to_owned(), fleet, lists: Vec::new(), answers })
}

impl Reading {
    fn add_items(&mut self, line: ItemsLine) -> Result<(), String> {
        let next = self.lists.len();
        if line.list != next {
            return Err(format!(
                "list {} comes in the place of list {next}: lines are missing or out of order",
                line.list
            ));
        }
        for item in &*line.items {
            item.services
                .iter()
                .chain(&item.object)
                .chain(&item.next)
                .try_for_each(|text| check_text(text))?;
        }
        if line.items.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(format!("the things in list {} are not sorted", line.list));
        }
        self.lists.push(line.items);
        Ok(())
    }

    fn add_node(&mut self, line: NodeLine, codes: &FxHashMap<&str, Code>) -> Result<(), String> {
        let NodeLine { node, scale, objects, findings } = line;
        let head = &self.fleet.head;
        let name = printable(&node);
        if head.names.binary_search(&node).is_err() {
            return Err(format!("node {name} is not among those of the first line"));
        }
        if !head.shares.have(&node) {
            return Err(format!("node {name} belongs to another share than the first line tells"));
        }
        objects.keys().try_for_each(|text| check_text(text))?;
        let mut kinds = BTreeMap::new();
        for FoundLine { class, code, sides, list, shown } in findings {
            let known = codes.get(&*code).copied();
            let code = known.ok_or_else(|| format!("`{}` is not a code of hnsplan", printable(&code)))?;
            sides.iter().chain([&shown]).try_for_each(|text| check_text(text))?;
            let items = self
                .lists
                .get(list)
                .ok_or_else(|| format!("list {list} was not in a line before this one"))?;
            let found = Found { items: Arc::clone(items), shown };
            if kinds.insert(Kind { class, code, sides }, found).is_some() {
                return Err(format!("node {name} has two findings of one kind, {}", code.id()));
            }
        }
        let answer = NodeAnswer { kinds, scale, objects };
        match self.fleet.nodes.insert(node, answer) {
            Some(_) => Err(format!("node {name} has an answer already")),
            None => Ok(()),
        }
    }

    /// Checks that nothing was cut off.
    fn end(self) -> Result<Part, LinesError> {
        let Self { place, fleet, answers, .. } = self;
        let found = fleet.nodes.len() as u64;
        if found != answers {
            let message = format!(
                "{place}: {found} nodes follow, and the line tells of {answers}: the share was cut off; run it again"
            );
            return Err(LinesError(message));
        }
        let head = &fleet.head;
        if let Some(lacking) = fleet.unasked().find(|name| head.shares.have(name)) {
            return Err(LinesError(format!(
                "{place}: node {lacking} belongs to the share, and there is no answer about it"
            )));
        }
        Ok(Part { place, fleet })
    }
}

/// Refuses what a terminal would not show: hnsplan writes no such text.
fn check_text(text: &str) -> Result<(), String> {
    if text.chars().any(is_unprintable) {
        return Err(format!("`{}` has characters that hnsplan does not write", printable(text)));
    }
    Ok(())
}
