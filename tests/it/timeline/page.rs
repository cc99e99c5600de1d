//! Promise: the page for operators of Windows nodes has the gaps that the program finds in the recorded sequences.
//! `INSTA_UPDATE=always` writes its table anew.

use std::fmt::Write;
use std::fs;

use hnsplan::node::Overrides;
use hnsplan::pipeline::Setup;
use hnsplan::platform::timeline::{Disturbance, Keeps, Trouble};

use super::packed::{Files, replayed, sequences};

const PAGE: &str = "docs/windows-updates.md";

/// What happens, by the sequence that shows it.
const ROWS: [(&str, &str); 13] = [
    ("01-scale-remote", "a Service scales over pods of other nodes: 1, 2, 3, 1"),
    ("02-scale-local", "a Service scales over pods of this node: 1, 2, 1"),
    ("07-rolling-clusterip", "a rolling update of two pods, cluster IP"),
    ("10-rolling-lb-cluster", "a rolling update behind a load balancer"),
    ("04-zero-and-back", "a Service loses all endpoints and gets them back"),
    ("20-port-changed", "the port of a Service changes, then its targetPort"),
    ("22-port-added-removed", "a port is added, and another removed"),
    ("25-etp-changes", "externalTrafficPolicy: Cluster, Local, Cluster"),
    ("44-local-endpoint-late", "a slice names a pod before the network plugin has made its endpoint"),
    ("48-hns-loses-load-balancers", "HNS restarts without its load balancers, then a Service scales"),
    ("52-restart", "kube-proxy restarts, then a Service scales"),
    ("61-delete-lb-fails", "a load balancer cannot be deleted while a Service scales"),
    ("93-modify-lost", "HNS has lost a load balancer, then its Service scales three times"),
];

/// Version of kube-proxy, type of the network, release of HNS.
const COLUMNS: [(&str, &str, &str); 4] = [
    ("1.30", "L2Bridge", "15.4"),
    ("1.36", "L2Bridge", "15.4"),
    ("1.36", "Overlay", "15.4"),
    ("1.36", "L2Bridge", "16.0"),
];

fn table() -> String {
    let mut text = String::from("| what happens |");
    for (version, network, hns) in COLUMNS {
        let _ = write!(text, " {version}, {network}, HNS {hns} |");
    }
    text.push_str("\n| --- |");
    text.push_str(&" --- |".repeat(COLUMNS.len()));
    let sequences = sequences();
    for (name, what) in ROWS {
        let _ = write!(text, "\n| {what} |");
        for column in COLUMNS {
            let _ = write!(text, " {} |", cell(&gaps(&sequences[name], column)));
        }
    }
    text + "\n"
}

/// The times without a load balancer while an endpoint was ready.
fn gaps(files: &Files, (version, network, hns): (&str, &str, &str)) -> Vec<Disturbance> {
    let overrides = Overrides {
        network_type: Some(network.parse().expect("a type of network")),
        hns_version: Some(hns.to_owned()),
        ..Overrides::default()
    };
    let setup = Setup { overrides, ..Setup::default() }.version(version.parse().expect("a version"));
    let replayed = replayed("hns", files, setup, Keeps::default(), |_| {}).expect("it can be replayed");
    let all = replayed.timeline.disturbances().into_iter();
    all.filter(|of| of.what == Trouble::NoRules && of.is_felt()).collect()
}

/// `3 within a sync, at most 2 calls; 1 until a later sync; 1 for good`
fn cell(gaps: &[Disturbance]) -> String {
    let calls =
        |of: &Disturbance| of.to.filter(|to| to.step == of.from.step).map(|to| to.call - of.from.call);
    let within: Vec<usize> = gaps.iter().filter_map(calls).collect();
    let lasting = gaps.iter().filter(|of| of.to.is_some_and(|to| to.step > of.from.step)).count();
    let open = gaps.iter().filter(|of| of.to.is_none()).count();
    let mut parts = Vec::new();
    if let Some(most) = within.iter().max() {
        let calls = if *most == 1 { "call" } else { "calls" };
        parts.push(format!("{} within a sync, at most {most} {calls}", within.len()));
    }
    parts.extend((lasting > 0).then(|| format!("**{lasting} until a later sync**")));
    parts.extend((open > 0).then(|| format!("**{open} for good**")));
    if parts.is_empty() { "none".to_owned() } else { parts.join("; ") }
}

#[test]
fn the_page_for_operators_has_the_gaps_that_are_found() {
    let page = fs::read_to_string(PAGE).expect("the page is there");
    let is_row = |line: &&str| line.starts_with('|');
    let kept = page.lines().skip_while(|line| !line.starts_with("| what happens |")).take_while(is_row);
    let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
    let now = table();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(PAGE, page.replace(&kept, &now)).expect("the page can be written");
        return;
    }
    assert_eq!(kept, now, "INSTA_UPDATE=always writes the table of {PAGE} anew");
}
