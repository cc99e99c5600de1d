//! A folder with a sequence: numbered manifests, and beside each what else happened then.
//!
//! ```text
//! steps/01.yaml             all Services and EndpointSlices of the moment
//! steps/02.hns.json         what others did to the node before the step, in the words of a platform
//! steps/02.faults.json      calls that fail
//! steps/02.step.json        a restart of kube-proxy, time that passed, …
//! steps/02.conntrack.json   flows that the kernel remembers from the step on
//! kube-proxy.yaml facts.yaml node.yaml *.before.json    the node, where flags name nothing else
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::{ReplayError, wrong};
use super::step::{Manifests, Outside, Step};
use crate::capture::{Contents, detect};
use crate::diagnostics::in_plain_words;
use crate::flag::NamedText;
use crate::name::{escaped, nearest, printable};
use crate::platform::timeline::{Fault, Meanwhile};
use crate::source::{ReadError, Sources};

/// `NN.step.json`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Settings {
    restart: bool,
    elapsed_seconds: Option<f64>,
    force_full_sync: bool,
    flush: bool,
    topology: BTreeMap<String, String>,
    re_add_slices: BTreeSet<String>,
}

/// The steps of a folder, in the order of their numbers.
pub(super) fn steps(path: &Path) -> Result<Vec<Step>, ReplayError> {
    let inner = path.join("steps");
    let of_steps = if inner.is_dir() { inner } else { path.to_owned() };
    let files = files_of(&of_steps)?;
    let mut manifests: BTreeMap<usize, &PathBuf> = BTreeMap::new();
    for file in &files {
        let Some(number) = number_of(file) else { continue };
        if let Some(other) = manifests.insert(number, file) {
            let reason =
                format!("step {number} has two manifests, this one and {}; keep one", name_of(other));
            return Err(wrong(&file.display().to_string(), &reason));
        }
    }
    if manifests.is_empty() {
        return Err(ReplayError::NoSteps(escaped(&path.display().to_string())));
    }
    check_numbers(&manifests)?;
    check_beside(&files, &manifests)?;
    manifests.into_iter().map(|(number, file)| step(number, file)).collect()
}

/// Refuses a sequence with a hole: what happened in the step that is missing would be taken for a part of the next one.
fn check_numbers(manifests: &BTreeMap<usize, &PathBuf>) -> Result<(), ReplayError> {
    // The first step makes everything: one that is missing would be taken for what was there before.
    if let Some((first, file)) = manifests.first_key_value().filter(|(first, _)| **first > 1) {
        let reason = format!("the first step has number {first}: steps are numbered from 1, or from 0");
        return Err(wrong(&file.display().to_string(), &reason));
    }
    let numbers = manifests.keys().zip(manifests.keys().skip(1));
    let Some((before, after)) = numbers.into_iter().find(|(before, after)| **after > **before + 1) else {
        return Ok(());
    };
    let reason = format!(
        "step {} is missing: steps are numbered without a gap, and before it is step {before}",
        before + 1
    );
    Err(wrong(&manifests[after].display().to_string(), &reason))
}

/// Refuses a file that says what happened in a step which has no manifests.
fn check_beside(files: &[PathBuf], manifests: &BTreeMap<usize, &PathBuf>) -> Result<(), ReplayError> {
    let of_step = |manifests: &&PathBuf| BESIDE.map(|ending| beside(manifests, ending));
    let expected: BTreeSet<PathBuf> = manifests.values().flat_map(of_step).collect();
    for file in files {
        let name = name_of(file);
        let ending = BESIDE.iter().find(|ending| name.ends_with(**ending));
        if let Some(ending) = ending.filter(|_| !expected.contains(file)) {
            let stem = name.strip_suffix(ending).unwrap_or(&name);
            let reason =
                format!("there is no step beside it: expected {stem}.yaml with the objects of the step");
            return Err(wrong(&file.display().to_string(), &reason));
        }
        let is_of_step = name.starts_with(|first: char| first.is_ascii_digit());
        let unknown = name.find('.').filter(|_| is_of_step && ending.is_none()).map(|at| &name[at..]);
        let near = unknown.map(|unknown| nearest(unknown, BESIDE)).unwrap_or_default();
        if let Some(near) = near.first() {
            let reason = format!("did you mean {near}? beside a step are {}", BESIDE.join(", "));
            return Err(wrong(&file.display().to_string(), &reason));
        }
    }
    Ok(())
}

/// What the files beside the manifests of a step end in.
const BESIDE: [&str; 4] = [".step.json", ".hns.json", ".faults.json", ".conntrack.json"];

/// The dumps of a folder.
pub(super) fn before(path: &Path) -> Result<Vec<NamedText>, ReplayError> {
    let mut before = Vec::new();
    for file in files_of(path)? {
        if name_of(&file).contains(".before.") {
            let dump = text_of(&file)?;
            check_before(&dump)?;
            before.push(dump);
        }
    }
    Ok(before)
}

/// Refuses a dump that no platform would take for its own, by its contents or its name: it would be passed over, and the node
/// taken for empty.
fn check_before(dump: &NamedText) -> Result<(), ReplayError> {
    let name = name_of(Path::new(&dump.name)).to_lowercase();
    let is_of_platform = matches!(detect(&dump.text), Some(Contents::Dump(_)));
    let is_named = NAMES.iter().any(|(start, ending)| name.starts_with(start) && name.ends_with(ending));
    if is_of_platform || is_named {
        return Ok(());
    }
    let reason = "no platform has such a dump; expected hns.before.json, iptables.before.save, ip6tables.before.save or \
                  nft.before.txt with what a node holds at the beginning";
    Err(wrong(&dump.name, &reason))
}

/// What the names of dumps begin and end with; what is in those, the platforms check.
const NAMES: [(&str, &str); 4] = [("", ".json"), ("", ".save"), ("iptables", ""), ("nft", "")];

/// A step by the file of its manifests, with what stands beside it.
pub(super) fn step(number: usize, manifests: &Path) -> Result<Step, ReplayError> {
    let settings: Settings = json_of(&beside(manifests, ".step.json"))?.unwrap_or_default();
    if let Some(seconds) = settings.elapsed_seconds.filter(|seconds| *seconds < 0.0) {
        let reason = format!("elapsedSeconds: time does not pass backwards: {seconds}; expected 0 or more");
        return Err(wrong(&beside(manifests, ".step.json").display().to_string(), &reason));
    }
    let mut added_again = BTreeSet::new();
    for slice in settings.re_add_slices {
        added_again.insert(if slice.contains('/') { slice } else { format!("default/{slice}") });
    }
    let outside = beside(manifests, ".hns.json");
    let file = escaped(&outside.display().to_string());
    let faults_file = beside(manifests, ".faults.json");
    let faults: Vec<Fault> = json_of(&faults_file)?.unwrap_or_default();
    if faults.iter().any(|fault| fault.nth == 0 || fault.count == 0) {
        let reason =
            "nth and count are from 1: `nth` 1 is the first of these calls, `count` is how many fail";
        return Err(wrong(&faults_file.display().to_string(), &reason));
    }
    let is_empty = manifests.metadata().is_ok_and(|file| file.len() == 0);
    let objects = if is_empty { Manifests::Nothing } else { Manifests::File(manifests.to_owned()) };
    Ok(Step {
        outside: json_of(&outside)?.map(|change| Outside { file, change }),
        faults_of_file: faults.len(),
        faults_file: escaped(&faults_file.display().to_string()),
        faults,
        restarts: settings.restart,
        meanwhile: Meanwhile {
            seconds: settings.elapsed_seconds.unwrap_or(Meanwhile::SECONDS),
            forces_full_sync: settings.force_full_sync,
            flushes: settings.flush,
            labels: Vec::new(),
        },
        flows: json_of(&beside(manifests, ".conntrack.json"))?,
        added_again,
        labels: settings.topology,
        ..Step::new(number, objects)
    })
}

/// The file of a step with another ending than that of its manifests.
fn beside(manifests: &Path, ending: &str) -> PathBuf {
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
    let told = |error: std::io::Error| wrong(&folder.display().to_string(), &error);
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

/// How many bytes a file beside the manifests, or a recorded watch, may have.
const LARGEST: u64 = 1 << 30;

pub(super) fn text_of(file: &Path) -> Result<NamedText, ReadError> {
    let mut sources = Sources::default();
    let id = sources.read_small(file, LARGEST)?;
    Ok(NamedText { name: file.display().to_string(), text: sources.file(id).text.clone() })
}

fn json_of<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, ReplayError> {
    if !file.is_file() {
        return Ok(None);
    }
    parse_json(&text_of(file)?).map(Some)
}

/// Parses JSON that a file contains; a complaint names its place.
pub(super) fn parse_json<T: DeserializeOwned>(text: &NamedText) -> Result<T, ReplayError> {
    serde_json::from_str(&text.text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let reason = in_plain_words(&error.to_string());
        ReplayError::Wrong {
            file: format!("{}:{line}:{column}", escaped(&text.name)),
            reason: printable(&reason),
        }
    })
}
