//! How answers are written: the values of `-o` and of `--view`.

use clap::ValueEnum;

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
