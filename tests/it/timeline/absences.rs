//! Promise: frontends are without a load balancer between those calls, and in those steps, in which the recordings show it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;

use flate2::read::GzDecoder;
use hnsplan::platform::timeline::{CallAt, Keeps, Trouble};
use rayon::prelude::*;
use serde_json::Value;

use super::packed::{Files, replayed, sequences};
use super::recordings::{VARIANTS, Variant};
use crate::support::case::fixtures;

/// What was worked out from the recorded calls, apart from this program: version and network, sequence, step, frontend,
/// the call that deleted the load balancer, and the call of the same step that made it anew.
type Gap = (usize, String, usize, Option<usize>);

fn gaps() -> BTreeMap<(String, String, String), BTreeSet<Gap>> {
    let file = File::open(fixtures().join("timeline/gaps.tsv.gz")).expect("the recordings are there");
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).expect("the recordings are packed text");
    let mut gaps: BTreeMap<(String, String, String), BTreeSet<Gap>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [version, network, sequence, step, frontend, deleted] = fields[..6] else { panic!("{line}") };
        let made = fields.get(6).filter(|made| !made.is_empty());
        let number = |text: &str| text.parse().expect("a number");
        let gap = (number(step), frontend.to_owned(), number(deleted), made.map(|made| number(made)));
        let key = (version.to_owned(), network.to_owned(), sequence.to_owned());
        gaps.entry(key).or_default().insert(gap);
    }
    gaps
}

/// The frontends that the Services of a step name, by a reading of its manifests that is none of the program's.
pub(super) fn named(files: &Files, step: usize) -> BTreeSet<String> {
    let text = files.get(&format!("steps/{step:02}.yaml")).expect("the step has manifests");
    let mut named = BTreeSet::new();
    for document in text.split("\n---") {
        let Ok(object) = serde_yaml::from_str::<Value>(document) else { continue };
        let items = object["items"].as_array().cloned().unwrap_or_else(|| vec![object.clone()]);
        for service in items.iter().filter(|item| item["kind"] == "Service") {
            let (spec, status) = (&service["spec"], &service["status"]["loadBalancer"]["ingress"]);
            let texts = |list: &Value| -> Vec<String> {
                list.as_array().into_iter().flatten().filter_map(|ip| Some(ip.as_str()?.to_owned())).collect()
            };
            let mut addresses = texts(&spec["clusterIPs"]);
            addresses.extend(spec["clusterIP"].as_str().map(str::to_owned));
            addresses.extend(texts(&spec["externalIPs"]));
            let ingress = status.as_array().into_iter().flatten().filter_map(|of| of["ip"].as_str());
            addresses.extend(ingress.map(str::to_owned));
            for port in spec["ports"].as_array().into_iter().flatten() {
                let protocol = port["protocol"].as_str().unwrap_or("TCP");
                for ip in &addresses {
                    let (ip, flag) =
                        if ip.contains(':') { (format!("[{ip}]"), " IPv6") } else { (ip.clone(), "") };
                    named.insert(format!("{protocol} {ip}:{}{flag}", port["port"]));
                }
                if let Some(node_port) = port["nodePort"].as_u64() {
                    let families = texts(&spec["ipFamilies"]);
                    if families.iter().any(|family| family == "IPv4") {
                        named.insert(format!("{protocol} *:{node_port}"));
                    }
                    if families.iter().any(|family| family == "IPv6") {
                        named.insert(format!("{protocol} *:{node_port} IPv6"));
                    }
                }
            }
        }
    }
    named
}

/// What the replay tells of a sequence, compared with what was worked out: all that differs.
fn compare(name: &str, files: &Files, variant: Variant, gaps: &BTreeSet<Gap>) -> Result<usize, String> {
    let keeps = Keeps { calls: true, states: false };
    let replayed = replayed("hns", files, variant.setup(), keeps, |_| {});
    let replayed = replayed.map_err(|error| format!("{name}: {error}"))?;
    let steps = replayed.timeline.steps();
    let is_delete = |at: CallAt| {
        let step = steps.iter().find(|step| step.step == at.step).expect("there is such a step");
        at.call > 0
            && step.calls[at.call - 1].what.starts_with("delete")
            && step.calls[at.call - 1].error.is_none()
    };
    let mut told: BTreeSet<Gap> = BTreeSet::new();
    for of in replayed.timeline.disturbances() {
        if of.what == Trouble::NoRules && is_delete(of.from) {
            let made = of.to.filter(|to| to.step == of.from.step).map(|to| to.call);
            told.insert((of.from.step, of.frontend.to_string(), of.from.call, made));
        }
    }
    // A frontend that no Service names any more is nobody's.
    let is_named = |(step, frontend, ..): &&Gap| named(files, *step).contains(frontend);
    let wanted: BTreeSet<Gap> = gaps.iter().filter(is_named).cloned().collect();
    let missing: Vec<&Gap> = wanted.difference(&told).collect();
    let more: Vec<&Gap> = told.difference(gaps).collect();
    if missing.is_empty() && more.is_empty() {
        return Ok(wanted.len());
    }
    Err(format!("{name} {variant:?}: missing {missing:?}, more {more:?}"))
}

#[test]
fn every_absence_is_where_the_recordings_have_it() {
    let (sequences, gaps) = (sequences(), gaps());
    let cases: Vec<(&String, &Files, Variant)> = sequences
        .iter()
        .flat_map(|(name, files)| VARIANTS.into_iter().map(move |variant| (name, files, variant)))
        .filter(|(name, files, variant)| variant.recorded(name, files, "calls").is_some())
        .collect();
    let nothing = BTreeSet::new();
    let compared: Vec<Result<usize, String>> = cases
        .par_iter()
        .map(|(name, files, variant)| {
            let key = (variant.version.to_owned(), variant.recorder_network(), (*name).clone());
            compare(name, files, *variant, gaps.get(&key).unwrap_or(&nothing))
        })
        .collect();
    let wrong: Vec<&String> = compared.iter().filter_map(|found| found.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{} differ:\n{wrong:#?}", wrong.len());
    let total: usize = compared.iter().filter_map(|found| found.as_ref().ok()).sum();
    assert!(total > 1_000, "only {total} absences were compared");
}
