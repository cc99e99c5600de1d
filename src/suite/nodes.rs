//! The nodes of a suite that is about several: each has snapshots of its own, and expectations may be about some of them.
//!
//! ```yaml
//! nodes:
//! - linux-1
//! - {select: os=windows, flags: [--config=kube-proxy-windows.yaml]}
//! ```

use std::sync::Arc;

use serde::{Deserialize, Deserializer, de};

use crate::name::printable;
use crate::node::{NoSuchNode, NodeSelector, NodeTerm};
use crate::pipeline::Parsed;
use crate::platform::Platform;

/// Nodes with flags of their own, as an entry of `nodes` names them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct NodeEntry {
    /// Which nodes, in the words of `--nodes`.
    pub terms: Vec<NodeTerm>,
    /// Flags for these nodes, added to those of all cases.
    pub flags: Vec<String>,
}

/// An entry as people write it.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a node as in win-1 or os=windows, or {select: win-1, flags: [--flag=value]}"
)]
enum Written {
    Term(String),
    Entry(WrittenEntry),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    select: String,
    #[serde(default)]
    flags: Vec<String>,
}

impl TryFrom<Written> for NodeEntry {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let (text, flags) = match written {
            Written::Term(text) => (text, Vec::new()),
            Written::Entry(WrittenEntry { select, flags }) => (select, flags),
        };
        Ok(Self { terms: terms_of(&text)?, flags })
    }
}

fn terms_of(text: &str) -> Result<Vec<NodeTerm>, String> {
    text.split(',')
        .map(|term| term.parse().map_err(|error: crate::node::NotANodeTerm| error.to_string()))
        .collect()
}

/// Which of the nodes of a suite, as an expectation names them: one text or a list of them.
pub(super) fn one_or_more_terms<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<NodeTerm>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a text or a list of texts")]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    let texts = match Texts::deserialize(deserializer)? {
        Texts::One(text) => vec![text],
        Texts::Many(texts) => texts,
    };
    let terms = texts.iter().map(|text| terms_of(text)).collect::<Result<Vec<_>, _>>();
    Ok(terms.map_err(de::Error::custom)?.concat())
}

/// What is wrong with the nodes of a suite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NodesError {
    /// One node, and several.
    #[error(
        "both nodes and the flag `{}` name nodes; add this node to nodes and take the flag out, or take nodes out",
        printable(.0)
    )]
    Both(String),
    /// Several nodes as a flag.
    #[error(
        "several nodes are no flag of a suite; write them beside flags, as in nodes: [linux-1, os=windows]"
    )]
    Flag,
    /// Entries that are the same, or that select the same node.
    #[error("nodes names {0} twice; name each node once")]
    Twice(String),
    /// A term selects no node.
    #[error("nodes: {0}")]
    NoSuchNode(#[from] NoSuchNode),
    /// The input has no nodes.
    #[error("nodes: {0}, or name them under nodes of an Assumptions file, with assume: FILE in hnsplan.yaml")]
    NoNode(NoSuchNode),
    /// A dump of one node for several.
    #[error(
        "a dump is of one node, and here it would be that of {0}; give each node its own, as in \
         nodes: [{{select: win-1, flags: [--dump=win-1.json]}}]"
    )]
    SharedDump(String),
}

/// Checks what can be known of nodes without the manifests.
pub(super) fn check_nodes(flags: &[String], nodes: &[NodeEntry]) -> Result<(), NodesError> {
    let name = |flag: &str| flag.split('=').next().unwrap_or_default().to_owned();
    let mut all = flags.iter().chain(nodes.iter().flat_map(|entry| &entry.flags));
    if all.any(|flag| name(flag) == "--nodes") {
        return Err(NodesError::Flag);
    }
    if nodes.is_empty() {
        return Ok(());
    }
    let is_node = |flag: &&String| name(flag).trim_start_matches('-') == crate::node::NAME.name;
    if let Some(flag) = flags.iter().chain(nodes.iter().flat_map(|entry| &entry.flags)).find(is_node) {
        return Err(NodesError::Both(name(flag)));
    }
    let terms: Vec<&NodeTerm> = nodes.iter().flat_map(|entry| &entry.terms).collect();
    let again = terms.iter().enumerate().find(|(at, term)| terms[..*at].contains(term));
    again.map_or(Ok(()), |(_, term)| Err(NodesError::Twice(printable(&term.to_string()))))
}

/// One of the nodes of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteNode {
    /// Its name.
    pub name: String,
    /// Whether it runs Windows.
    pub runs_windows: bool,
}

impl SuiteNode {
    /// Whether it can have the rules of a platform.
    pub(super) fn can_run(&self, platform: &dyn Platform) -> bool {
        platform.is_for(self.runs_windows)
    }
}

/// One of the nodes of a suite, among the others.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// The node.
    pub(super) node: SuiteNode,
    /// All nodes of the suite.
    pub(super) all: Arc<[SuiteNode]>,
}

impl Spot {
    /// Whether what concerns all nodes is told here.
    pub(super) fn is_first(&self) -> bool {
        self.all.first() == Some(&self.node)
    }
}

/// The nodes that each entry selects, none of them twice.
pub(super) fn selected(entries: &[NodeEntry], parsed: &Parsed) -> Result<Vec<Vec<SuiteNode>>, NodesError> {
    let cluster = parsed.cluster();
    let mut all: Vec<Vec<SuiteNode>> = Vec::new();
    let mut seen: Vec<SuiteNode> = Vec::new();
    for entry in entries {
        let mut own = Vec::new();
        for term in &entry.terms {
            let nodes = NodeSelector::new(vec![term.clone()]).select(cluster);
            let nodes = nodes.map_err(|error| {
                if cluster.nodes.is_empty() { NodesError::NoNode(error) } else { error.into() }
            })?;
            own.extend(
                nodes
                    .into_iter()
                    .map(|node| SuiteNode { name: node.name.to_string(), runs_windows: node.runs_windows }),
            );
        }
        for node in &own {
            if seen.contains(node) {
                return Err(NodesError::Twice(node.name.clone()));
            }
            seen.push(node.clone());
        }
        all.push(own);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::Settings;

    #[test]
    fn nodes_are_named_once_and_in_the_words_of_the_fleet() {
        let head = "apiVersion: hnsplan/v1alpha1\nkind: Suite\n";
        let good = "nodes: [linux-1, 'zone=a,win-*', {select: os=windows, flags: [--config=windows.yaml]}]\nflags: [--strict]";
        let settings = Settings::parse(&format!("{head}{good}")).expect("it is right");
        let terms = settings.nodes.iter().flat_map(|entry| &entry.terms).map(ToString::to_string);
        assert_eq!(terms.collect::<Vec<_>>(), ["linux-1", "zone=a", "win-*", "os=windows"]);
        for (bad, expected) in [
            ("nodes: [win-1, linux-1, win-1]", "nodes names win-1 twice"),
            ("nodes: [win-1, {select: WIN-1}]", "nodes names win-1 twice"),
            ("nodes: [win-1]\nflags: [--node, win-1]", "both nodes and the flag `--node`"),
            ("nodes: [win-1]\nflags: [--node=win-1]", "both nodes and the flag `--node`"),
            ("nodes: [{select: win-1, flags: [--node=win-1]}]", "both nodes and the flag `--node`"),
            ("flags: [--nodes, all]", "write them beside flags"),
            ("nodes: [os=mac]", "`mac` is neither windows nor linux"),
            ("nodes: ['']", "it is empty"),
            ("nodes: [{flags: []}]", "expected a node as in win-1"),
            ("nodes: [{select: win-1, output: x}]", "expected a node as in win-1"),
            ("nodes: [{select: win-1, flags: [-o, x]}]", "set by the suite itself"),
        ] {
            let error = Settings::parse(&format!("{head}{bad}")).expect_err(bad).to_string();
            assert!(error.contains(expected), "{bad}: {error}");
        }
    }
}
