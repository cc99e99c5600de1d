//! How answers are written: the values of `-o`, of `--view` and of `--only`.

use clap::ValueEnum;

use crate::render::rollout::Format;

/// How an answer with one form for people and one for programs is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// For people
    Text,
    /// For programs, as JSON
    Json,
}

/// How an answer about differences in effect is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people
    Text,
    /// The same as JSON
    Json,
    /// JSON Lines about many nodes, for hnsplan merge
    Jsonl,
    /// A page for the browser, one file
    Html,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations for a workflow of GitHub
    Github,
    /// JUnit XML, for CI systems: what --fail-on names is a failure
    Junit,
    /// Markdown about many nodes, for comments and reports
    Md,
    /// Counters about many nodes, for Prometheus
    Prom,
}

impl CheckFormat {
    /// The word for it, where it is for many nodes only.
    pub(crate) fn for_many_nodes(self) -> Option<&'static str> {
        match self {
            Self::Jsonl => Some("jsonl"),
            Self::Md => Some("md"),
            Self::Prom => Some("prom"),
            Self::Text | Self::Json | Self::Html | Self::Sarif | Self::Github | Self::Junit => None,
        }
    }
}

/// How an answer about two sides is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// JSON Lines about many nodes, for hnsplan merge
    Jsonl,
    /// Markdown, for comments on pull requests
    Md,
    /// A page for the browser, one file
    Html,
    /// Counters for Prometheus: wanted, present, missing, extra, changed
    Prom,
    /// SARIF 2.1.0 about many nodes, for code scanning
    Sarif,
    /// JUnit XML about many nodes, for CI systems
    Junit,
}

impl DiffFormat {
    /// The word for it, where it is for many nodes only.
    pub(crate) fn for_many_nodes(self) -> Option<&'static str> {
        match self {
            Self::Jsonl => Some("jsonl"),
            Self::Sarif => Some("sarif"),
            Self::Junit => Some("junit"),
            Self::Text | Self::Json | Self::Md | Self::Html | Self::Prom => None,
        }
    }
}

/// How two sides are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum View {
    /// Next to each other, frontend by frontend, each in the words of its platform
    SideBySide,
    /// The texts of both sides in normal order, as diff -u shows them
    Unified,
    /// Object by object, with what changed in each
    Structural,
}

/// How a graph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// A tree for the terminal
    Text,
    /// For programs
    Json,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// A drawing for browsers
    Svg,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people
    Text,
    /// JUnit XML, for CI systems
    Junit,
}

/// How objects are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FillFormat {
    /// One document an object
    Yaml,
    /// One List with all objects
    Json,
}

/// Which objects are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnlyKind {
    /// Services
    Services,
    /// EndpointSlices
    Slices,
    /// Pods, also those that are made
    Pods,
    /// Nodes, also those that are made
    Nodes,
}

impl OnlyKind {
    /// The kind of these objects.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Services => "Service",
            Self::Slices => "EndpointSlice",
            Self::Pods => "Pod",
            Self::Nodes => "Node",
        }
    }
}

/// How an answer about a rollout is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RolloutFormat {
    /// For people
    Text,
    /// The same as JSON
    Json,
    /// One page with a lane for each frontend over the moments
    Html,
    /// Markdown, for comments on pull requests
    Md,
}

impl RolloutFormat {
    /// The format of the answer.
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Text => Format::Text,
            Self::Json => Format::Json,
            Self::Html => Format::Html,
            Self::Md => Format::Markdown,
        }
    }
}
