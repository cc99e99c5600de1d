//! A folder with a sequence: numbered manifests, and beside each what else happened then.
//!
//! ```text
//! steps/01.yaml             all Services and EndpointSlices of the moment
//! steps/02.hns.json         what others did to the node before the step, in the words of a platform
//! steps/02.faults.json      calls that fail
//! steps/02.step.json        a restart of kube-proxy, time that passed, …
//! kube-proxy.yaml facts.yaml node.yaml *.before.json    the node, where flags name nothing else
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ReplayError;
use crate::flag::NamedText;
use crate::name::{escaped, printable};
use crate::node::{Config, Facts};
use crate::pipeline::Setup;
use crate::platform::timeline::Fault;
use crate::source::{ReadError, Sources};

/// A sequence as it lies on disk.
#[derive(Debug)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// The Node object, where it does not stand in each step.
    pub node: Option<NamedText>,
    /// What the node holds at the beginning: dumps, of which a platform takes its own.
    pub before: Vec<NamedText>,
}

/// A moment of a sequence.
#[derive(Debug)]
pub struct Step {
    /// Its number.
    pub number: usize,
    /// The objects of that moment.
    pub manifests: PathBuf,
    /// What others did to the node before.
    pub outside: Option<Value>,
    /// The calls that fail.
    pub faults: Vec<Fault>,
    /// kube-proxy starts anew.
    pub restarts: bool,
    /// Slices that are deleted and added again within the step, by namespace and name.
    pub added_again: BTreeSet<String>,
    /// Labels that the node has from now on.
    labels: BTreeMap<String, String>,
}

/// `NN.step.json`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Settings {
    restart: bool,
    /// Seconds since the step before; nothing here hangs on time yet.
    #[serde(rename = "elapsedSeconds")]
    _elapsed: Option<f64>,
    #[serde(rename = "forceFullSync")]
    _force_full_sync: bool,
    #[serde(rename = "flush")]
    _flush: bool,
    topology: BTreeMap<String, String>,
    re_add_slices: BTreeSet<String>,
}

impl Folder {
    /// Reads a folder, without the manifests of its steps.
    ///
    /// # Errors
    /// When there is no step, or a file beside one is wrong.
    pub fn read(path: &Path) -> Result<Self, ReplayError> {
        let inner = path.join("steps");
        let of_steps = if inner.is_dir() { inner } else { path.to_owned() };
        let mut steps = BTreeMap::new();
        for file in files_of(&of_steps)? {
            if let Some(number) = number_of(&file) {
                steps.insert(number, Step::read(number, &file)?);
            }
        }
        if steps.is_empty() {
            return Err(ReplayError::NoSteps(escaped(&path.display().to_string())));
        }
        let mut before = Vec::new();
        for file in files_of(path)? {
            if name_of(&file).contains(".before.") {
                before.push(text_of(&file)?);
            }
        }
        let node = Some(path.join("node.yaml")).filter(|file| file.is_file());
        Ok(Self {
            path: path.to_owned(),
            steps: steps.into_values().collect(),
            node: node.map(|file| text_of(&file)).transpose()?,
            before,
        })
    }

    /// The setup with what the folder says about the node, as far as no flag says it.
    ///
    /// # Errors
    /// When a file of the folder is wrong.
    pub fn complete(&self, mut setup: Setup) -> Result<Setup, ReplayError> {
        let (config, facts) = (self.path.join("kube-proxy.yaml"), self.path.join("facts.yaml"));
        if setup.config == Config::default() && config.is_file() {
            let NamedText { name, text } = text_of(&config)?;
            setup.config = Config::parse(&text).map_err(|error| wrong(&name, &error))?;
        }
        if setup.facts == Facts::default() && facts.is_file() {
            let NamedText { name, text } = text_of(&facts)?;
            setup.facts = Facts::parse(&text).map_err(|error| wrong(&name, &error))?;
        }
        Ok(setup)
    }
}

impl Step {
    fn read(number: usize, manifests: &Path) -> Result<Self, ReplayError> {
        let settings: Settings = json_of(&beside(manifests, ".step.json"))?.unwrap_or_default();
        let mut added_again = BTreeSet::new();
        for slice in settings.re_add_slices {
            added_again.insert(if slice.contains('/') { slice } else { format!("default/{slice}") });
        }
        Ok(Self {
            number,
            manifests: manifests.to_owned(),
            outside: json_of(&beside(manifests, ".hns.json"))?,
            faults: json_of(&beside(manifests, ".faults.json"))?.unwrap_or_default(),
            restarts: settings.restart,
            added_again,
            labels: settings.topology,
        })
    }

    /// The text of a Node with the labels that it has at this step.
    pub(super) fn relabelled(&self, node: &str) -> String {
        if self.labels.is_empty() {
            return node.to_owned();
        }
        let Ok(mut object) = serde_yaml::from_str::<Value>(node) else { return node.to_owned() };
        for (label, value) in &self.labels {
            object["metadata"]["labels"][label] = value.as_str().into();
        }
        object.to_string()
    }
}

/// The file of a step with another ending than that of its manifests.
pub(super) fn beside(manifests: &Path, ending: &str) -> PathBuf {
    let mut name = manifests.with_extension("").into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

/// The number that a manifest of a step is named by.
fn number_of(file: &Path) -> Option<usize> {
    let ending = file.extension()?.to_str()?;
    let stem = file.file_stem()?.to_str()?;
    let digits: String = stem.chars().take_while(char::is_ascii_digit).collect();
    let is_manifest = matches!(ending, "yaml" | "yml") || ending == "json" && !stem.contains('.');
    if is_manifest { digits.parse().ok() } else { None }
}

fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The files of a folder in the order of their names.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, ReplayError> {
    let told = |error: std::io::Error| wrong(&escaped(&folder.display().to_string()), &error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// How many bytes a file beside the manifests may have.
const LARGEST: u64 = 64 << 20;

fn text_of(file: &Path) -> Result<NamedText, ReadError> {
    let mut sources = Sources::default();
    let id = sources.read_small(file, LARGEST)?;
    Ok(NamedText { name: file.display().to_string(), text: sources.file(id).text.clone() })
}

fn json_of<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, ReplayError> {
    if !file.is_file() {
        return Ok(None);
    }
    let NamedText { name, text } = text_of(file)?;
    serde_json::from_str(&text).map(Some).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let told = format!(" at line {line} column {column}");
        let reason = error.to_string();
        let reason = reason.strip_suffix(&told).unwrap_or(&reason);
        ReplayError::Wrong { file: format!("{}:{line}:{column}", escaped(&name)), reason: printable(reason) }
    })
}

fn wrong(file: &str, reason: &dyn std::fmt::Display) -> ReplayError {
    ReplayError::Wrong { file: escaped(file), reason: reason.to_string() }
}
