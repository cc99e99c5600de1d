//! A folder with the dumps of many nodes: which is of which node.
//!
//! A folder or a file is of the node whose name it has; of a file, endings may follow, as in `win-1.policy.json`. Case does
//! not count, since Windows writes its names in capitals. Several of one node are one dump.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::codes;
use super::record::NodeAnswer;
use crate::capture::{self, Capture, CaptureError, DumpFile, HostFacts, host_facts};
use crate::manifest::Node;
use crate::name::escaped;
use crate::source::is_endless;

/// The dumps of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dumps {
    folder: PathBuf,
    of_nodes: BTreeMap<String, Vec<PathBuf>>,
    strays: BTreeSet<String>,
}

/// Why a folder of dumps cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DumpsError(String);

impl Dumps {
    /// Finds out which dump is of which node of a cluster. Names that begin with a dot are passed over: they are no dumps, but
    /// what mounted volumes and desktops keep beside them.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn read_folder(folder: &Path, nodes: &[Node]) -> Result<Self, DumpsError> {
        let shown = escaped(&folder.display().to_string());
        let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries = entries
            .map_err(|error| DumpsError(format!("cannot read the folder of dumps {shown}: {error}")))?;
        let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.sort();
        let names: BTreeSet<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
        let mut dumps =
            Self { folder: folder.to_owned(), of_nodes: BTreeMap::new(), strays: BTreeSet::new() };
        for path in paths {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            match node_of(&name, path.is_dir(), &names).filter(|_| !is_endless(&path)) {
                Some(node) => dumps.of_nodes.entry(node.to_owned()).or_default().push(path),
                None => drop(dumps.strays.insert(escaped(&name))),
            }
        }
        Ok(dumps)
    }

    /// Those that are named after no node; safe to print.
    #[must_use]
    pub fn strays(&self) -> &BTreeSet<String> {
        &self.strays
    }

    /// Reads the dump of a node, and what it tells about the host.
    ///
    /// # Errors
    /// When there is none or it cannot be read: the answer that says so.
    pub fn read(&self, node: &str) -> Result<(Capture, HostFacts), NodeAnswer> {
        let Some(paths) = self.of_nodes.get(node) else {
            let folder = escaped(&self.folder.display().to_string());
            let why = format!("{folder} has neither a folder nor a file with the name {node}");
            return Err(NodeAnswer::missing(codes::NO_DUMP, why));
        };
        let files = paths.iter().map(|path| DumpFile { path: path.display().to_string(), format: None });
        let files: Vec<DumpFile> = files.collect();
        let read = || Ok((capture::read(&files)?, host_facts(&files)?));
        read().map_err(|error: CaptureError| NodeAnswer::missing(codes::UNUSABLE_DUMP, error.to_string()))
    }
}

/// The node that a folder or file is named after: of several, the one with the longest name.
fn node_of<'n>(file: &str, is_folder: bool, names: &BTreeSet<&'n str>) -> Option<&'n str> {
    let file = file.to_lowercase();
    if let Some(node) = names.get(&*file) {
        return Some(node);
    }
    let stems = file.rmatch_indices('.').map(|(at, _)| &file[..at]).filter(|_| !is_folder);
    stems.into_iter().find_map(|stem| names.get(stem).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_is_of_the_node_with_the_longest_name_that_it_has() {
        let names = BTreeSet::from(["win-1", "win-1.example", "win-11", "ip-10-0-0-1.ec2.internal"]);
        for (file, is_folder, node) in [
            ("win-1", true, Some("win-1")),
            ("WIN-1", true, Some("win-1")),
            ("win-1.json", false, Some("win-1")),
            ("win-1.policy.json", false, Some("win-1")),
            ("win-1.example.json", false, Some("win-1.example")),
            ("win-1.example", true, Some("win-1.example")),
            ("ip-10-0-0-1.ec2.internal", false, Some("ip-10-0-0-1.ec2.internal")),
            ("ip-10-0-0-1.ec2.internal.save", false, Some("ip-10-0-0-1.ec2.internal")),
            ("win-1.old", true, None),
            ("win-12.json", false, None),
            ("win", false, None),
            ("win-1-old.json", false, None),
        ] {
            assert_eq!(node_of(file, is_folder, &names), node, "{file}");
        }
    }
}
