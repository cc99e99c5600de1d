//! Which nodes: one selector for every command about many of them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::manifest::{Cluster, Node};
use crate::name::{Subdomain, glob, nearest, printable};

/// How many names are listed.
const LISTED: usize = 10;

/// Nodes of a cluster: all that any term selects.
///
/// ```
/// use hnsplan::manifest::Cluster;
/// use hnsplan::node::NodeSelector;
///
/// let selector: NodeSelector = "os=windows,linux-*".parse()?;
/// assert!(selector.select(&Cluster::default()).is_err(), "a selector that selects nothing is a mistake");
/// # Ok::<(), hnsplan::node::NotANodeTerm>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSelector(Vec<NodeTerm>);

/// One term of a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeTerm {
    /// `all`
    All,
    /// `os=windows` and `os=linux`. A Node without the label of its system counts as Linux, as for kube-proxy.
    Windows(bool),
    /// `zone=ZONE`, with `*` and `?`.
    Zone(String),
    /// A name, with `*` and `?`; in lower case, as kube-proxy makes it.
    Name(String),
}

/// A word is no term of a selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotANodeTerm(String);

/// A term selects no node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoSuchNode(String);

impl FromStr for NodeTerm {
    type Err = NotANodeTerm;

    fn from_str(text: &str) -> Result<Self, NotANodeTerm> {
        let text = text.trim();
        let wrong = |why: String| {
            let shown = printable(text);
            Err(NotANodeTerm(format!(
                "`{shown}` selects no nodes: {why}; expected all, os=windows, os=linux, zone=ZONE, or a NAME, with * and ?"
            )))
        };
        match text.split_once('=') {
            None if text.is_empty() => wrong("it is empty".to_owned()),
            None if text == "all" => Ok(Self::All),
            None => {
                let name = text.to_lowercase();
                let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.*?".contains(c);
                match name.chars().find(|c| !is_letter(*c)) {
                    Some(c) => wrong(format!("no node has `{}` in its name", printable(&c.to_string()))),
                    None => Ok(Self::Name(name)),
                }
            }
            Some(("os", "windows")) => Ok(Self::Windows(true)),
            Some(("os", "linux")) => Ok(Self::Windows(false)),
            Some(("os", other)) => wrong(format!("`{}` is neither windows nor linux", printable(other))),
            Some(("zone", "")) => wrong("the zone is empty".to_owned()),
            Some(("zone", zone)) => Ok(Self::Zone(zone.to_owned())),
            Some((key, _)) => wrong(format!("nodes are selected by os and zone, not by {}", printable(key))),
        }
    }
}

impl fmt::Display for NodeTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Windows(true) => f.write_str("os=windows"),
            Self::Windows(false) => f.write_str("os=linux"),
            Self::Zone(zone) => write!(f, "zone={zone}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl NodeTerm {
    fn selects(&self, node: &Node) -> bool {
        match self {
            Self::All => true,
            Self::Windows(windows) => node.runs_windows == *windows,
            Self::Zone(zone) => node.zone.as_ref().is_some_and(|of| glob(zone, of.as_str())),
            Self::Name(name) => glob(name, node.name.as_str()),
        }
    }

    /// Why it selects none of these nodes, with what it may have meant.
    fn selects_none_of(&self, nodes: &[Node]) -> NoSuchNode {
        let known: BTreeSet<&str> = match self {
            Self::All | Self::Name(_) => nodes.iter().map(|node| node.name.as_str()).collect(),
            Self::Windows(_) => BTreeSet::new(),
            Self::Zone(_) => {
                nodes.iter().filter_map(|node| node.zone.as_ref()).map(Subdomain::as_str).collect()
            }
        };
        let text = match self {
            Self::Zone(zone) => zone.as_str(),
            Self::Name(name) => name.as_str(),
            Self::All | Self::Windows(_) => "",
        };
        let near = nearest(text, known.iter().copied());
        let near = near.first().map(|near| format!(" did you mean {near}?")).unwrap_or_default();
        let what = if matches!(self, Self::Zone(_)) { "zones" } else { "nodes" };
        let listed: Vec<&str> = known.iter().copied().take(LISTED).collect();
        let more = known.len().saturating_sub(LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let listed = match (self, &*listed) {
            (Self::Windows(_), _) => {
                format!(" none of the {} nodes has the label kubernetes.io/{self}", nodes.len())
            }
            (_, []) => format!(" the input tells no {what}"),
            (_, listed) => format!(" {what} in the input: {}{more}", listed.join(", ")),
        };
        NoSuchNode(format!("no node matches {};{near}{listed}", printable(&self.to_string())))
    }
}

impl NodeSelector {
    /// All nodes that one of the terms selects.
    #[must_use]
    pub fn new(terms: Vec<NodeTerm>) -> Self {
        Self(terms)
    }

    /// The selected nodes by name.
    ///
    /// # Errors
    /// When the input has no node, or a term selects none of them: with the nearest names.
    pub fn select<'c>(&self, cluster: &'c Cluster) -> Result<Vec<&'c Node>, NoSuchNode> {
        if cluster.nodes.is_empty() {
            let message = "the input contains no Node; add those of the cluster: kubectl get nodes -o yaml";
            return Err(NoSuchNode(message.to_owned()));
        }
        for term in &self.0 {
            if !cluster.nodes.iter().any(|node| term.selects(node)) {
                return Err(term.selects_none_of(&cluster.nodes));
            }
        }
        let is_selected = |node: &&Node| self.0.iter().any(|term| term.selects(node));
        Ok(cluster.nodes.iter().filter(is_selected).collect())
    }
}

impl FromStr for NodeSelector {
    type Err = NotANodeTerm;

    fn from_str(text: &str) -> Result<Self, NotANodeTerm> {
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{Loaded, Setup};
    use crate::source::Sources;

    fn cluster() -> Cluster {
        let node = |name: &str, labels: &str| {
            format!("{{apiVersion: v1, kind: Node, metadata: {{name: {name}, labels: {{{labels}}}}}}}\n---\n")
        };
        let text = node("win-1", "kubernetes.io/os: windows, topology.kubernetes.io/zone: a")
            + &node("win-2", "kubernetes.io/os: windows, topology.kubernetes.io/zone: b")
            + &node("linux-1", "kubernetes.io/os: linux, topology.kubernetes.io/zone: b")
            + &node("ip-10-0-0-1.ec2.internal", "");
        let mut sources = Sources::default();
        sources.add("nodes.yaml", text).expect("it is small");
        Loaded::new(sources).parse(&Setup::default()).into_cluster()
    }

    fn selected(text: &str) -> Vec<String> {
        let cluster = cluster();
        let nodes = text.parse::<NodeSelector>().expect("a selector").select(&cluster).expect("nodes");
        nodes.iter().map(|node| node.name.to_string()).collect()
    }

    #[test]
    fn nodes_are_selected_by_system_zone_and_name() {
        assert_eq!(selected("all"), ["ip-10-0-0-1.ec2.internal", "linux-1", "win-1", "win-2"]);
        assert_eq!(selected("os=windows"), ["win-1", "win-2"]);
        assert_eq!(selected("os=linux"), ["ip-10-0-0-1.ec2.internal", "linux-1"]);
        assert_eq!(selected("zone=b"), ["linux-1", "win-2"]);
        assert_eq!(selected("zone=a,LINUX-?"), ["linux-1", "win-1"]);
        assert_eq!(selected("win-2,win-*,win-2"), ["win-1", "win-2"]);
        assert_eq!(selected("*.ec2.internal"), ["ip-10-0-0-1.ec2.internal"]);
    }

    #[test]
    fn a_term_that_selects_nothing_is_refused_with_the_nearest_names() {
        let cluster = cluster();
        for (text, expected) in [
            ("win-1,wni-2", "did you mean win-2?"),
            ("zone=c", "zones in the input: a, b"),
            ("db-*", "nodes in the input: ip-10-0-0-1.ec2.internal, linux-1"),
        ] {
            let error = text.parse::<NodeSelector>().expect("a selector").select(&cluster).expect_err(text);
            assert!(error.to_string().contains(expected), "{text}: {error}");
        }
        for text in ["", "all,", "os=mac", "arch=arm64", "zone=", "win_1", "win 1"] {
            let error = text.parse::<NodeSelector>().expect_err(text).to_string();
            assert!(error.contains("expected all, os=windows"), "{text}: {error}");
        }
    }
}
