//! Writes what was found on many nodes as counters in the text format of Prometheus.

use std::fmt::Write;

use crate::fleet::{Class, Fleet, NodeAnswer, ObjectCount};

/// A number of the objects of one kind.
type Value = fn(&ObjectCount) -> u64;

const OBJECTS: [(&str, &str, Value); 3] = [
    ("wanted", "Objects that the node should have.", |of| of.wanted),
    ("present", "Wanted objects that are there, as they should be or not.", |of| {
        of.wanted.saturating_sub(of.missing)
    }),
    ("missing", "Wanted objects that are not there.", |of| of.missing),
];

/// The counters of all nodes, by name.
#[must_use]
pub fn draw(fleet: &Fleet) -> String {
    let mut text = String::new();
    for (name, help, value) in OBJECTS {
        begin(&mut text, name, help);
        for (node, answer) in &fleet.nodes {
            for (object, count) in &answer.objects {
                let (node, object) = (label(node), label(object));
                let _ = writeln!(
                    text,
                    "hnsplan_fleet_{name}{{node=\"{node}\",object=\"{object}\"}} {}",
                    value(count)
                );
            }
        }
    }
    begin(&mut text, "findings", "What was found on the node, by code.");
    for (node, answer) in &fleet.nodes {
        for (kind, found) in answer.kinds.iter().filter(|(kind, _)| kind.divides(fleet.head.question)) {
            let (node, code, severity) = (label(node), kind.code.id(), kind.code.severity());
            let sides = label(&kind.sides.join(","));
            let many = found.items.len().max(1);
            let _ = writeln!(
                text,
                "hnsplan_fleet_findings{{node=\"{node}\",code=\"{code}\",severity=\"{severity}\",sides=\"{sides}\"}} {many}"
            );
        }
    }
    begin(&mut text, "compared", "Whether the node was compared as a whole: 0 is not known.");
    for node in &fleet.head.names {
        let is_whole = |answer: &NodeAnswer| !answer.kinds.keys().any(|kind| kind.class == Class::Missing);
        let value = u8::from(fleet.nodes.get(node).is_some_and(is_whole));
        let _ = writeln!(text, "hnsplan_fleet_compared{{node=\"{}\"}} {value}", label(node));
    }
    begin(&mut text, "stray_dumps", "Dumps that are named after no node.");
    let _ = writeln!(text, "hnsplan_fleet_stray_dumps {}", fleet.head.strays.len());
    text
}

fn begin(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP hnsplan_fleet_{name} {help}\n# TYPE hnsplan_fleet_{name} gauge");
}

/// The value of a label. Shares may have been made up.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
