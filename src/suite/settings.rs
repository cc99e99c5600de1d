//! `hnsplan.yaml`: what all cases of a folder have in common.

use serde::Deserialize;

use super::Output;
use super::nodes::{NodeEntry, NodesError, check_nodes};
use crate::diagnostics::in_plain_words;
use crate::name::printable;

/// The settings of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    /// Flags of `hnsplan compile`, each word on its own; files are named from the folder.
    #[serde(default)]
    pub flags: Vec<String>,
    /// The nodes whose rules are kept, where there are several; their flags are added to those of all cases.
    #[serde(default)]
    pub nodes: Vec<NodeEntry>,
    /// What a case is.
    #[serde(default)]
    pub case: CaseOf,
    /// What is assumed about the cluster: true, or the name of a file of the kind Assumptions.
    #[serde(default)]
    assume: Assume,
    /// What is expected of each case; if nothing is said, what stands beside it.
    #[serde(default)]
    pub outputs: Vec<Output>,
}

/// What the manifests of a folder are to each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CaseOf {
    /// Each file is a case of its own.
    #[default]
    File,
    /// They belong together: all files are one case.
    Folder,
}

impl CaseOf {
    /// The word for it in settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
        }
    }
}

/// Whether something is assumed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "true, false or the name of a file")]
enum Assume {
    #[default]
    No,
    Yes(bool),
    File(String),
}

/// What is wrong with settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The parser gave up.
    #[error("{}{}", .0.location().map(|at| format!("line {}, column {}: ", at.line(), at.column())).unwrap_or_default(), printable(&in_plain_words(&.0.to_string())))]
    Parse(#[from] serde_yaml::Error),
    /// Another document.
    #[error("it is no suite; allowed: apiVersion: hnsplan/v1alpha1, kind: Suite")]
    OtherKind,
    /// A flag that the suite sets itself.
    #[error("the flag `{}` is set by the suite itself; take it out", printable(.0))]
    ReservedFlag(String),
    /// The nodes.
    #[error(transparent)]
    Nodes(#[from] NodesError),
}

/// Flags that say what is read and where results go.
const RESERVED: [&str; 9] =
    ["-f", "--filename", "--from-cluster", "--context", "--kubeconfig", "-t", "--target", "-o", "--output"];

impl Settings {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is none of a suite, has unknown fields, or sets flags that a suite sets itself.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let mut settings: Self = serde_yaml::from_str(text)?;
        match &settings.assume {
            Assume::Yes(true) => settings.flags.push("--assume".to_owned()),
            Assume::File(name) => settings.flags.push(format!("--assume={name}")),
            Assume::No | Assume::Yes(false) => {}
        }
        if settings.api_version != "hnsplan/v1alpha1" || settings.kind != "Suite" {
            return Err(SettingsError::OtherKind);
        }
        let of_nodes = settings.nodes.iter().flat_map(|entry| &entry.flags);
        if let Some(flag) = settings.flags.iter().chain(of_nodes).find(|flag| is_reserved(flag)) {
            return Err(SettingsError::ReservedFlag(flag.clone()));
        }
        check_nodes(&settings.flags, &settings.nodes)?;
        Ok(settings)
    }

    /// All flags: those of all cases, and those of some nodes.
    pub(super) fn all_flags(&self) -> impl Iterator<Item = &String> {
        self.flags.iter().chain(self.nodes.iter().flat_map(|entry| &entry.flags))
    }
}

fn is_reserved(flag: &str) -> bool {
    let name = flag.split('=').next().unwrap_or_default();
    let is_joined = |short: &str| flag.len() > 2 && flag.starts_with(short) && !flag.starts_with("--");
    RESERVED.contains(&name) || ["-f", "-t", "-o"].into_iter().any(is_joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_name_their_kind_and_set_no_flag_of_the_suite() {
        let head = "apiVersion: hnsplan/v1alpha1\nkind: Suite\n";
        let settings =
            Settings::parse(&format!("{head}flags: [--node, win-1]\noutputs: [hns.json]\n")).unwrap();
        assert_eq!(settings.flags, ["--node", "win-1"]);
        assert_eq!(settings.outputs, [Output::of_ending("hns.json").unwrap()]);
        assert!(matches!(Settings::parse("kind: Suite"), Err(SettingsError::OtherKind)));
        for bad in ["-f", "-fx.yaml", "--output=x", "-o", "--target", "--from-cluster", "--context=x"] {
            let text = format!("{head}flags: [{bad}]");
            assert!(matches!(Settings::parse(&text), Err(SettingsError::ReservedFlag(_))), "{bad}");
        }
        for bad in ["flag: []", "outputs: [iptables]"] {
            assert!(
                matches!(Settings::parse(&format!("{head}{bad}")), Err(SettingsError::Parse(_))),
                "{bad}"
            );
        }
    }
}
