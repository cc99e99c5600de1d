//! Writes counters in the text format of Prometheus, for probes.

use std::fmt::Write;

use crate::diff::{Comparison, Counts, ObjectKind};
use crate::fill::Marks;

/// A number of one kind of objects, with the side that should be.
type Value = fn(&Counts, usize) -> usize;

/// How many objects are wanted, present, missing, extra and changed, by kind; where no side is a node, the
/// first one is what is wanted.
#[must_use]
pub fn draw(comparison: &Comparison, marks: &Marks) -> String {
    let wanted = comparison.wanted().unwrap_or(0);
    let metrics: [(&str, &str, Value); 7] = [
        ("wanted", "Objects that the node should have.", |counts, wanted| {
            counts.of_side(wanted) + counts.undecided
        }),
        ("present", "Wanted objects that are there, as they should be or not.", |counts, _| {
            counts.equal + counts.changed
        }),
        ("missing", "Wanted objects that are not there.", |counts, wanted| counts.only[wanted]),
        ("extra", "Objects that no Service in the input needs.", |counts, wanted| counts.only[1 - wanted]),
        ("changed", "Wanted objects that are there, and not as they should be.", |counts, _| counts.changed),
        (
            "undecided",
            "Wanted objects of which the dump does not tell whether they are there.",
            |counts, _| counts.undecided,
        ),
        ("foreign", "Objects that belong to others.", |counts, _| counts.foreign),
    ];
    let mut text = String::new();
    for (name, help, value) in metrics {
        let _ = writeln!(text, "# HELP hnsplan_diff_{name} {help}\n# TYPE hnsplan_diff_{name} gauge");
        for (kind, counts) in &comparison.counts {
            let _ = writeln!(
                text,
                "hnsplan_diff_{name}{{{}}} {}",
                labels(comparison, *kind),
                value(counts, wanted)
            );
        }
    }
    let _ = writeln!(
        text,
        "# HELP hnsplan_diff_findings What is wrong, by code.\n# TYPE hnsplan_diff_findings gauge"
    );
    for found in comparison.findings.chunk_by(|one, other| one.code == other.code) {
        let id = found[0].code.id();
        let platform = comparison.platform;
        let _ =
            writeln!(text, "hnsplan_diff_findings{{platform=\"{platform}\",code=\"{id}\"}} {}", found.len());
    }
    if !marks.is_empty() {
        let (platform, many) = (comparison.platform, marks.iter().count());
        let _ = writeln!(
            text,
            "# HELP hnsplan_diff_assumed Addresses and node ports that are assumed, and of no cluster.\n\
             # TYPE hnsplan_diff_assumed gauge\nhnsplan_diff_assumed{{platform=\"{platform}\"}} {many}"
        );
    }
    text
}

fn labels(comparison: &Comparison, kind: ObjectKind) -> String {
    format!("platform=\"{}\",object=\"{}\"", comparison.platform, kind.as_str())
}
