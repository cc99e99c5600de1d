//! Promise: an HNS that refuses what the real one refuses takes the calls of each replay, step by step, and holds in the
//! end what the replay says; what the replay marks as refused is what it refuses.

use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use hnsplan::node::Overrides;
use hnsplan::pipeline::Setup;
use hnsplan::platform::timeline::Keeps;
use serde_json::{Value, json};

use crate::calls;
use crate::nodes::shape;
use crate::packed::{Files, replayed, sequences};
use crate::standin::Standin;
use crate::wine::{Windows, outcome, windows};

/// Version of kube-proxy, type of the network, version of HNS.
const VARIANTS: [(&str, &str, &str); 6] = [
    ("1.36", "L2Bridge", "15.4"),
    ("1.36", "Overlay", "15.4"),
    ("1.36", "L2Bridge", "16.0"),
    ("1.36", "Overlay", "16.0"),
    ("1.30", "L2Bridge", "15.4"),
    ("1.30", "Overlay", "15.4"),
];

/// A step: what HNS holds before and after, and the calls.
struct Step {
    name: String,
    before: Value,
    after: Value,
    calls: Vec<Value>,
    /// The first call that a real HNS refuses.
    refused: Option<usize>,
}

/// The steps of a sequence on one kind of node, without those in which others change HNS: what it holds before their
/// calls is told nowhere.
fn steps(name: &str, files: &Files, (version, network, hns): (&str, &str, &str)) -> Vec<Step> {
    let number = name.split('-').next().expect("a number comes first");
    let modify = if hns == "16.0" { ".modify" } else { "" };
    let recorded = format!("{version}/{number}.{}{modify}.calls.json", network.to_lowercase());
    let changes_networks =
        files.iter().any(|(path, text)| path.ends_with(".hns.json") && text.contains("\"Networks\""));
    if !files.contains_key(&recorded) || changes_networks {
        return Vec::new();
    }
    let overrides = Overrides {
        network_type: Some(network.parse().expect("a type of network")),
        hns_version: (hns == "16.0").then(|| hns.to_owned()),
        ..Overrides::default()
    };
    let setup = Setup { overrides, ..Setup::default() }.version(version.parse().expect("a version"));
    let keeps = Keeps { calls: true, states: true };
    let timeline = replayed("hns", files, setup, keeps, |_| {}).expect("it can be replayed").timeline;
    let (document, states) = (timeline.calls(), timeline.states());
    let before = &files[&format!("hns.{}.before.json", network.to_lowercase())];
    let before: Value = serde_json::from_str(before).expect("it is JSON");
    let mut held = before.clone();
    let mut found = Vec::new();
    let pairs =
        document["steps"].as_array().into_iter().flatten().zip(states.as_array().into_iter().flatten());
    for (step, state) in pairs {
        let (major, minor) =
            document["hnsVersion"].as_str().and_then(|of| of.split_once('.')).expect("a version");
        let whole = |held: &Value| {
            let mut held = held.clone();
            held["Networks"] = before["Networks"].clone();
            let number = |text: &str| text.parse::<u32>().expect("a number");
            held["Version"] = json!({"Major": number(major), "Minor": number(minor)});
            held
        };
        let after = whole(&state["hns"]);
        let is_changed_by_others = step["outside"].as_array().is_some_and(|of| !of.is_empty());
        if !is_changed_by_others {
            let all = step["calls"].as_array().expect("a list");
            // What failed by a fault of the sequence did nothing.
            let calls: Vec<Value> = all.iter().filter(|call| call["error"].is_null()).cloned().collect();
            found.push(Step {
                name: format!("{name} {version} {network} {hns} step {}", step["step"]),
                before: whole(&held),
                after: after.clone(),
                refused: calls.iter().position(is_marked),
                calls,
            });
        }
        held = after;
    }
    found
}

/// Whether a replay says that a real HNS refuses a call.
fn is_marked(call: &Value) -> bool {
    let marks = ["sameFrontendAs", "sameAddressAs", "referencedBy"];
    let is_gone = |member: &Value| member.as_str().is_some_and(|member| member.starts_with("gone:"));
    marks.iter().any(|mark| call[mark].as_array().is_some_and(|of| !of.is_empty()))
        || call["members"].as_array().is_some_and(|members| members.iter().any(is_gone))
}

impl Step {
    fn check(&self, standin: &Standin, made: usize, refusal: Option<u32>) {
        let name = &self.name;
        let call = self.calls.get(made);
        if let Some(at) = self.refused {
            assert_eq!((made, refusal.is_some()), (at, true), "{name}: {call:?} {refusal:x?}");
        } else {
            assert_eq!((made, refusal), (self.calls.len(), None), "{name}: {call:?} {refusal:x?}");
            assert_eq!(shape(&standin.state()), shape(&self.after), "{name}");
        }
        assert_eq!(standin.violations(), "", "{name}");
    }
}

/// Each sequence on each kind of node.
fn all() -> Vec<(String, Files, (&'static str, &'static str, &'static str))> {
    let sequences = sequences().into_iter();
    sequences.flat_map(|(name, files)| VARIANTS.map(|of| (name.clone(), files.clone(), of))).collect()
}

#[test]
fn a_strict_hns_takes_the_calls_of_every_replay() {
    let all = all();
    let (next, seen, refused) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        while let Some((name, files, variant)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            for step in steps(name, files, *variant) {
                let standin = Standin::holding(&step.before.to_string());
                let loaded = standin.load();
                let (made, refusal) = calls::make(&loaded.hcn(), &step.calls);
                step.check(&standin, made, refusal);
                seen.fetch_add(step.calls.len(), Ordering::Relaxed);
                refused.fetch_add(usize::from(refusal.is_some()), Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let (seen, refused) = (seen.into_inner(), refused.into_inner());
    assert!(seen > 5_000 && refused > 10, "{seen} calls, {refused} of them refused");
}

/// Makes the calls of a step as a process of Windows. Once more if Wine lost its own server, which says nothing of HNS.
fn under_wine(windows: &Windows, step: &Step) -> (Standin, String) {
    let mut tries = 0..3;
    loop {
        let standin = Standin::holding(&step.before.to_string());
        let file = standin.folder().join("calls.json");
        fs::write(&file, Value::from(step.calls.clone()).to_string()).expect("the folder is writable");
        let mut command = windows.caller(&standin);
        let output = command.arg(&file).stderr(Stdio::piped()).output().expect("it can be started");
        let (code, told, said) = outcome(&output);
        if !said.contains("wine client error") || tries.next().is_none() {
            assert_eq!(code, Some(0), "{}: {said}", step.name);
            return (standin, told);
        }
    }
}

/// The same as a process of Windows, for one of so many sequences: each step is a process of Wine.
const EACH: usize = 29;

#[test]
fn under_wine_hns_takes_the_calls_of_replays() {
    let Some(windows) = windows() else { return };
    let all = all();
    let chosen: Vec<Step> =
        all.iter().step_by(EACH).flat_map(|(name, files, variant)| steps(name, files, *variant)).collect();
    for (version, network, hns) in VARIANTS {
        let of = format!(" {version} {network} {hns} ");
        assert!(chosen.iter().any(|step| step.name.contains(&of)), "none of{of}");
    }
    let (next, seen) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        while let Some(step) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (standin, told) = under_wine(windows, step);
            let (made, refusal) = told.trim().split_once(' ').expect("two words");
            let refusal =
                refusal.strip_prefix("0x").map(|code| u32::from_str_radix(code, 16).expect("a code"));
            step.check(&standin, made.parse().expect("a number"), refusal);
            seen.fetch_add(step.calls.len(), Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let seen = seen.into_inner();
    assert!(seen > 100, "{seen} calls in {} steps", chosen.len());
}
