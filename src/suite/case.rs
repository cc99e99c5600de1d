//! Finding the cases of a folder.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::{CaseOf, Expectations, Expected, NodeEntry, Output, SETTINGS, Settings, SuiteError, SuiteNode};
use crate::source::{is_endless, note_input};

/// What files with expectations about packets end in.
pub(super) const EXPECTATIONS: &str = ".expect.yaml";

/// The name of the case whose manifests are all files of its folder.
pub(super) const WHOLE_FOLDER: &str = "all";

/// What stands before the node in the name of a snapshot: `web@win-1.hns.json`. No node has it in its name.
pub(super) const NODE_SIGN: char = '@';

/// Manifests, and what is expected of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The folder.
    pub folder: PathBuf,
    /// The names of the manifests in it.
    pub manifests: Vec<String>,
    /// Flags for all commands.
    pub flags: Vec<String>,
    /// The nodes, where the suite is about several.
    pub nodes: Vec<NodeEntry>,
    /// What is kept of it; where the suite is about several nodes, of each that can have it.
    pub outputs: Vec<Output>,
    /// What the names of its files begin with.
    pub(super) stem: String,
    /// The file with expectations about packets.
    pub packets: Option<PathBuf>,
}

impl Case {
    /// Reads the expectations about packets.
    ///
    /// # Errors
    /// When the file cannot be read, or is wrong.
    pub fn expectations(&self) -> Result<Option<Expectations>, SuiteError> {
        let Some(path) = &self.packets else { return Ok(None) };
        note_input(path);
        let text = fs::read_to_string(path).map_err(SuiteError::io("read", path))?;
        let path = crate::name::escaped(&path.display().to_string());
        match Expectations::parse(&text) {
            Ok(read) => Ok(Some(read.named(&path))),
            Err(error) => Err(SuiteError::Expectations { path, error }),
        }
    }

    /// What it is called in messages: its manifest, or its folder where all files are one case.
    #[must_use]
    pub fn name(&self) -> String {
        let path = match &*self.manifests {
            [only] => self.folder.join(only),
            _ => self.folder.clone(),
        };
        crate::name::escaped(&path.display().to_string())
    }

    /// Whether nothing is expected of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty() && self.packets.is_none()
    }

    /// What is expected of it, on one of the nodes of the suite where there are several.
    #[must_use]
    pub fn expected(&self, node: Option<&SuiteNode>) -> Vec<Expected> {
        let outputs = self.outputs.iter().filter(|output| node.is_none_or(|node| output.is_for(node)));
        let path = |output: &Output| {
            let of_node = node.map(|node| format!("{NODE_SIGN}{}", node.name)).unwrap_or_default();
            self.folder.join(format!("{}{of_node}.{}", self.stem, output.ending))
        };
        outputs.map(|output| Expected { output: *output, path: path(output) }).collect()
    }
}

/// The cases of a folder and the folders in it, by path. Links to folders are not followed.
///
/// # Errors
/// When a folder cannot be read, or settings are wrong.
pub fn cases(folder: &Path) -> Result<Vec<Case>, SuiteError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(SuiteError::io("read", folder))?;
    let mut files = BTreeSet::new();
    let mut folders = BTreeSet::new();
    for entry in entries {
        let kind = entry.file_type().map_err(SuiteError::io("read", &entry.path()))?;
        if kind.is_dir() {
            folders.insert(entry.path());
        } else if let Ok(name) = entry.file_name().into_string() {
            refuse_endless(&entry.path(), &name)?;
            if let Some(meant) = meant(&name) {
                let path = crate::name::escaped(&entry.path().display().to_string());
                return Err(SuiteError::Misnamed { path, meant });
            }
            files.insert(name);
        }
    }
    let settings = settings_of(folder, &files)?;
    let manifests: Vec<&String> = files.iter().filter(|name| is_manifest(name, &settings)).collect();
    let of = |stem: &str, manifests: &[&String]| case(folder, stem, manifests, &files, &settings);
    let mut found: Vec<Case> = match settings.case {
        CaseOf::File => manifests.iter().map(|name| of(stem(name), &[name])).collect(),
        CaseOf::Folder if manifests.is_empty() => Vec::new(),
        CaseOf::Folder => vec![of(WHOLE_FOLDER, &manifests)],
    };
    for inner in folders {
        found.extend(cases(&inner)?);
    }
    Ok(found)
}

/// The name that is read, of a file whose name is one but for its ending or its letters.
fn meant(name: &str) -> Option<String> {
    let (stem, ending) = name.rsplit_once('.')?;
    if !["yaml", "yml"].iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        return None;
    }
    let is = |stem: &str, meant: &str| format!("{stem}.yaml").eq_ignore_ascii_case(meant);
    let meant = if is(stem, SETTINGS) {
        SETTINGS.to_owned()
    } else {
        let kept = stem.rsplit_once('.').filter(|(kept, _)| is(&stem[kept.len()..], EXPECTATIONS))?.0;
        crate::name::escaped(&format!("{kept}{EXPECTATIONS}"))
    };
    (meant != name).then_some(meant)
}

/// Refuses a pipe or device where a manifest or an expectation would be read: that might never end.
pub(super) fn refuse_endless(path: &Path, name: &str) -> Result<(), SuiteError> {
    let is_read = [".yaml", ".yml", ".json", ".rules", ".txt"].iter().any(|ending| name.ends_with(ending));
    if is_read && is_endless(path) {
        let why = std::io::Error::other("it is a pipe or device, and a suite has files only");
        return Err(SuiteError::io("read", path)(why));
    }
    Ok(())
}

/// The settings of a folder with these files.
pub(super) fn settings_of(folder: &Path, files: &BTreeSet<String>) -> Result<Settings, SuiteError> {
    if !files.contains(SETTINGS) {
        return Ok(Settings::default());
    }
    let path = &folder.join(SETTINGS);
    note_input(path);
    let text = fs::read_to_string(path).map_err(SuiteError::io("read", path))?;
    Settings::parse(&text).map_err(|error| {
        let path = crate::name::escaped(&path.display().to_string());
        SuiteError::Settings { path, error }
    })
}

/// Whether a file is a case: neither settings, nor an expectation, nor something that flags name.
pub(super) fn is_manifest(name: &str, settings: &Settings) -> bool {
    let is_text = [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
    let is_expectation = Output::all().any(|output| name.ends_with(&format!(".{}", output.ending)));
    is_text
        && !is_expectation
        && !is_named(name, settings)
        && name != SETTINGS
        && !name.ends_with(EXPECTATIONS)
}

/// Whether a flag of the suite names a file.
pub(super) fn is_named(name: &str, settings: &Settings) -> bool {
    settings.all_flags().any(|flag| flag == name || flag.ends_with(&format!("={name}")))
}

/// The name of a file without what it ends in.
pub(super) fn stem(name: &str) -> &str {
    Path::new(name).file_stem().and_then(OsStr::to_str).unwrap_or(name)
}

fn case(
    folder: &Path,
    stem: &str,
    manifests: &[&String],
    files: &BTreeSet<String>,
    settings: &Settings,
) -> Case {
    let is_kept = |output: &Output| match &*settings.nodes {
        [] => files.contains(&format!("{stem}.{}", output.ending)),
        _ => files.iter().any(|name| of_node(name, *output).is_some_and(|(of, _)| of == stem)),
    };
    let outputs = match &*settings.outputs {
        [] => Output::all().filter(is_kept).collect(),
        asked => asked.to_vec(),
    };
    let packets = format!("{stem}{EXPECTATIONS}");
    Case {
        packets: files.contains(&packets).then(|| folder.join(packets)),
        folder: folder.to_owned(),
        manifests: manifests.iter().map(|name| (*name).clone()).collect(),
        flags: settings.flags.clone(),
        nodes: settings.nodes.clone(),
        outputs,
        stem: stem.to_owned(),
    }
}

/// The case and the node in the name of a snapshot of one of several nodes.
pub(super) fn of_node(name: &str, output: Output) -> Option<(&str, &str)> {
    name.strip_suffix(output.ending)?.strip_suffix('.')?.rsplit_once(NODE_SIGN)
}
