//! Documents that are not printed as text: what each is, and what to do with it.

use serde_json::{Map, Value};

use crate::flag::OwnKind;

/// A document that is not printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Other {
    /// What it is, as a part of a sentence.
    words: &'static str,
    /// What to do with it.
    advice: &'static str,
}

/// What describes documents.
pub(super) const SCHEMA: Other = Other {
    words: "a JSON Schema",
    advice: "it describes documents: give it to a validator or an editor, as hnsplan schema NAME prints it",
};

/// What happened while a plan was carried out.
pub(super) const EVENTS: Other = Other {
    words: "the events of a run of hnsplan apply or undo",
    advice: "they are for programs, one a line; hnsplan history lists what was done to a node",
};

/// What kube-proxy on Windows keeps about a Service.
const OF_SERVICE: Other = Other {
    words: "an answer of hnsplan explain service",
    advice: "it is for programs; hnsplan explain service prints it from the same input without -o json",
};

/// Kinds that no flag takes.
const KINDS: [(&str, Other); 6] = [
    (
        "RuleSet",
        Other {
            words: "the neutral rules of hnsplan compile -t ir",
            advice: "they are for programs; hnsplan compile -t TARGET writes the rules of a platform, and hnsplan graph draws them",
        },
    ),
    (
        "HnsPlanV1",
        Other {
            words: "a plan of hnsplan compile, as calls of the HNS v1 API",
            advice: "it is for the programs that make these calls; compare plans without --hns-format v1 with hnsplan diff",
        },
    ),
    (
        "RuleGraph",
        Other {
            words: "a graph of hnsplan graph",
            advice: "it is for programs; hnsplan graph draws it from the same input without -o json",
        },
    ),
    ("ServiceInfo", OF_SERVICE),
    ("ServiceAtStep", OF_SERVICE),
    (
        "Expectations",
        Other {
            words: "expectations about manifests",
            advice: "hnsplan test reads them beside the manifests, as NAME.expect.yaml",
        },
    ),
];

/// The document with a kind.
pub(super) fn of_kind(kind: &str) -> Option<Other> {
    let own = || OwnKind::named(kind).map(|own| Other { words: own.words(), advice: own.advice() });
    KINDS.iter().find(|(known, _)| *known == kind).map(|(_, other)| *other).or_else(own)
}

/// Whether a line is one of the events of a run.
pub(super) fn is_event(line: &Map<String, Value>) -> bool {
    line.get("event").is_some_and(Value::is_string) && !line.contains_key("kind")
}

/// Why it is not printed.
pub(super) fn refusal(other: &Other) -> String {
    format!("this is {}, not a document that can be shown; {}", other.words, other.advice)
}
