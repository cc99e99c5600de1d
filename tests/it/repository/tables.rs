//! Promise: the documents made from tables are what the tables give. `INSTA_UPDATE=always` rewrites them.

use std::fmt::Write;
use std::path::Path;

use hnsplan::answer::verdict::Confidence;
use hnsplan::diagnostics::Code;
use hnsplan::node::{FAULTS, FeatureGates, GATES, SWITCHES, Switch, Version};
use hnsplan::platform::{self, Platform};
use hnsplan::{catalog, explain};

/// Compares a document with what its table gives, or rewrites it.
#[track_caller]
fn assert_document(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, text).expect("the document can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(text.lines()).find(|(kept, wanted)| kept != wanted);
    assert!(
        kept == text,
        "docs/{name} is not what the table gives ({differs:?}); INSTA_UPDATE=always rewrites it"
    );
}

/// A text without a meaning in Markdown.
fn escaped(text: &str) -> String {
    text.replace('*', "\\*").replace('<', "\\<").replace('|', "\\|")
}

fn section(code: Code) -> String {
    let loss = if code.is_loss() { ", loss" } else { "" };
    let (title, explanation) = (escaped(code.title()), escaped(code.explanation()));
    let mut text = format!("### {}\n\n**{title}** ({}{loss})\n\n{explanation}\n", code.id(), code.severity());
    if !code.advice().is_empty() {
        let _ = write!(text, "\nNext: {}.\n", escaped(code.advice()));
    }
    text
}

#[test]
fn codes_are_those_of_the_catalog() {
    let mut text = "# Codes\n\n\
        Made from the tables of the modules that raise them; `hnsplan explain CODE` prints the same. A code is never \
        reused, and its severity does not change. A *loss* is something that a platform does not support although \
        the manifests ask for it.\n\n\
        | raised by | about | codes |\n| --- | --- | --- |\n"
        .to_owned();
    for table in catalog::tables() {
        let groups = table.codes.chunk_by(|one, other| one.id()[..3] == other.id()[..3]);
        let spans: Vec<String> = groups.map(span).collect();
        let _ = writeln!(text, "| [{0}](#{0}) | {1} | {2} |", table.module, table.about, spans.join(", "));
    }
    for table in catalog::tables() {
        let sections: Vec<String> = table.codes.iter().map(|code| section(*code)).collect();
        let _ =
            write!(text, "\n## {}\n\n{}.\n\n{}", table.module, sentence(table.about), sections.join("\n"));
    }
    text.push_str("\n## Error codes of Windows\n\nHNS and the programs around it answer with these.\n");
    for (_, error) in explain::errors() {
        let (meaning, advice) = (escaped(error.meaning), escaped(error.advice));
        let _ = write!(
            text,
            "\n### {}\n\n`0x{:08X}` ({})\n\n{meaning}\n\nNext: {advice}\n",
            error.symbol, error.code, error.class
        );
    }
    assert_document("codes.md", &text);
}

/// `M0101 to M0140`, or one code alone.
fn span(codes: &[Code]) -> String {
    match codes {
        [one] => one.id().to_owned(),
        [first, .., last] => format!("{} to {}", first.id(), last.id()),
        [] => String::new(),
    }
}

fn sentence(text: &str) -> String {
    text[..1].to_uppercase() + &text[1..]
}

fn rules_of(platform: &dyn Platform) -> String {
    let mut text = format!(
        "# Rules of {0}\n\n\
         What {0} does with packets, as far as that is known: one rule a row. `hnsplan trace` and `hnsplan check` print \
         the ids of the rules that an answer relies on; `hnsplan explain ID` prints the row.\n\n\
         | confidence | rules | meaning |\n| --- | --- | --- |\n",
        platform.name()
    );
    for confidence in [Confidence::Read, Confidence::Seen, Confidence::Believed, Confidence::Open] {
        let count = platform.rules().iter().filter(|rule| rule.confidence == confidence).count();
        let _ = writeln!(text, "| {} | {count} | {} |", confidence.as_str(), confidence.meaning());
    }
    text.push_str("\n| rule | where | what the platform does | confidence | source |\n| --- | --- | --- | --- | --- |\n");
    for rule in platform.rules() {
        let (sentence, source) = (escaped(rule.sentence), escaped(rule.source));
        let holds = escaped(rule.holds.unwrap_or("everywhere"));
        let confidence = rule.confidence.as_str();
        let _ = writeln!(text, "| {} | {holds} | {sentence} | {confidence} | {source} |", rule.id);
    }
    text
}

/// A row of the table of changes.
fn row(switch: &Switch) -> String {
    let pull_request = switch.pull_request.map(|number| format!(", #{number}")).unwrap_or_default();
    let (title, evidence) = (escaped(switch.title), switch.evidence.as_str());
    format!("| {} | {} | {title} | {evidence}{pull_request} |\n", switch.id, switch.releases())
}

#[test]
fn versions_are_those_of_the_switches() {
    let mut text = format!(
        "# Versions of kube-proxy\n\n\
         Releases of kube-proxy make different rules of the same objects, and patch releases of one minor version do as \
         well. `--kube-proxy-version` takes both, as in `1.34` or `1.34.2`; a minor version means its newest known patch \
         release. Without the flag it is the version of the Node (`status.nodeInfo`), and {}, the newest recorded one, where \
         no Node tells one. What is newer than {} is taken for it, with a warning. `hnsplan explain version` prints this table, and with a version what that one has.\n\n\
         A change is *recorded* where releases before and after it were run, and *read* where their sources were read. Of \
         those since {} only the pull requests were read, and no release with them was recorded. A change \
         counts from the first release of each minor version on that is listed, and in every later minor version.\n\n\
         | change | since | what kube-proxy does | evidence |\n| --- | --- | --- | --- |\n",
        Version::RECORDED,
        Version::NEWEST,
        Version::NEWEST
    );
    for switch in SWITCHES.iter().filter(|switch| switch.changes_rules) {
        text.push_str(&row(switch));
    }
    text.push_str(
        "\n## Changes that no rule shows\n\n\
         About later syncs, starts, and what kube-proxy reports.\n\n\
         | change | since | what kube-proxy does | evidence |\n| --- | --- | --- | --- |\n",
    );
    for switch in SWITCHES.iter().filter(|switch| !switch.changes_rules) {
        text.push_str(&row(switch));
    }
    text.push_str(
        "\n## Feature gates\n\n\
         A configuration can set a gate in the minor versions from the first one that has it to the one before it is locked. \
         Read in the definitions of the gates of every release. With a gate that is no longer known, or not yet, kube-proxy does not \
         start (L0918).\n\n\
         | gate | since | on by default | locked | last known |\n| --- | --- | --- | --- | --- |\n",
    );
    for gate in GATES {
        let locked = if gate.is_ever_locked() { format!("1.{}", gate.locked) } else { String::new() };
        let last = FeatureGates::last_known(gate.name).map(|minor| format!("1.{minor}")).unwrap_or_default();
        let on = if gate.is_ever_on() { format!("1.{}", gate.on) } else { "never yet".to_owned() };
        let _ = writeln!(text, "| {} | 1.{} | {on} | {locked} | {last} |", gate.name, gate.since);
    }
    text.push_str(
        "\n## Known faults\n\n\
         Those of Windows first. `hnsplan check` names the Services of the input that meet a fault of the node's kube-proxy, and \
         the first later release without it (L0930).\n\n\
         | fault | since | mended in | what goes wrong | evidence |\n| --- | --- | --- | --- | --- |\n",
    );
    for fault in FAULTS {
        let issue = fault.issue.map(|number| format!(", #{number}")).unwrap_or_default();
        let (title, evidence) = (escaped(fault.title), fault.evidence.as_str());
        let mended = fault.mended_releases().unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | {} | {mended} | {title} | {evidence}{issue} |",
            fault.id,
            fault.releases()
        );
    }
    assert_document("versions.md", &text);
}

#[test]
fn rules_are_those_of_the_platforms() {
    for platform in platform::all().iter().filter(|platform| !platform.rules().is_empty()) {
        assert_document(&format!("{}-rules.md", platform.name()), &rules_of(*platform));
    }
}
