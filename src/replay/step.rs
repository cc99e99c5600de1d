//! A moment of a sequence, and what else happened then.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::flag::NamedText;
use crate::platform::timeline::{Fault, Flow, Meanwhile};

/// A moment of a sequence.
#[derive(Debug)]
pub struct Step {
    /// Its number.
    pub(super) number: usize,
    /// The objects of that moment.
    pub(super) manifests: Manifests,
    /// What others did to the node before.
    pub(super) outside: Option<Outside>,
    /// The calls that fail.
    pub(super) faults: Vec<Fault>,
    /// How many of them a file says, which may be about several platforms.
    pub(super) faults_of_file: usize,
    /// That file; safe to print.
    pub(super) faults_file: String,
    /// kube-proxy starts anew.
    pub(super) restarts: bool,
    /// What else happened to the node since the step before.
    pub(super) meanwhile: Meanwhile,
    /// The flows that the kernel remembers from this step on, where a file says it.
    pub(super) flows: Option<Vec<Flow>>,
    /// Slices that are deleted and added again within the step, by namespace and name.
    pub(super) added_again: BTreeSet<String>,
    /// Labels that the node was given so far.
    pub(super) labels: BTreeMap<String, String>,
}

/// Where the objects of a moment are.
#[derive(Debug)]
pub(super) enum Manifests {
    /// Nowhere: a file of no bytes is how a moment without objects is recorded.
    Nothing,
    /// In a text.
    Text(NamedText),
    /// In a file.
    File(PathBuf),
    /// In the recorded watch: what is there after so many of its events.
    Watch(usize),
}

/// What others did to the node, in the words of a platform.
#[derive(Debug)]
pub(super) struct Outside {
    /// The file that says it; safe to print.
    pub(super) file: String,
    pub(super) change: Value,
}

impl Step {
    pub(super) fn new(number: usize, manifests: Manifests) -> Self {
        Self {
            number,
            manifests,
            outside: None,
            faults: Vec::new(),
            faults_of_file: 0,
            faults_file: String::new(),
            restarts: false,
            meanwhile: Meanwhile::default(),
            flows: None,
            added_again: BTreeSet::new(),
            labels: BTreeMap::new(),
        }
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

/// Labels stay from the step on that gives them to the node; only what differs from before is news.
pub(super) fn keep_labels(steps: &mut [Step], node: Option<&NamedText>) {
    let object = node.and_then(|node| serde_yaml::from_str::<Value>(&node.text).ok());
    let labels = object.as_ref().and_then(|object| object["metadata"]["labels"].as_object());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut known: BTreeMap<String, String> =
        labels.into_iter().flatten().map(|(label, value)| (label.clone(), text(value))).collect();
    let mut given = BTreeMap::new();
    for step in steps {
        for (label, value) in std::mem::take(&mut step.labels) {
            if known.insert(label.clone(), value.clone()).as_ref() != Some(&value) {
                step.meanwhile.labels.push(label.clone());
            }
            given.insert(label, value);
        }
        step.labels.clone_from(&given);
    }
}
