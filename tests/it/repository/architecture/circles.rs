//! Files use each other in one direction, but for the circles that are listed here, each with its reason.

use super::files::{Files, circles};

/// Files that use each other, sorted, and why.
const CIRCLES: [(&[&str], &str); 28] = [
    (&["apply/journal", "apply/journal/error"], "the error of the module names what its records are"),
    (&["platform/hns/apply/facts", "platform/hns/apply/step"], "facts of a step, over the type of steps"),
    (&["platform/iptables/plan", "platform/iptables/plan/standing"], "where a change stands, over its types"),
    (
        &[
            "capture",
            "capture/detect",
            "capture/files",
            "capture/host",
            "capture/host/build",
            "capture/host/pools",
            "capture/host/ports",
            "capture/identify",
        ],
        "how texts are found, detected and identified, with the error and the formats of the module, and what tells of the host",
    ),
    (
        &["check", "check/asking", "check/destination", "check/kind", "check/sources"],
        "the parts of one comparison, over the types that it is made of",
    ),
    (
        &["check/accepted", "check/occurrence", "check/report"],
        "a report has what is accepted, which is told by the occurrences of the report",
    ),
    (&["compile", "compile/endpoints", "compile/frontends"], "the parts of one function, over its state"),
    (&["explain", "explain/line"], "a line of a log is explained by what explains its words"),
    (
        &["pipeline", "pipeline/completeness", "pipeline/filled", "pipeline/input"],
        "what is asked of the last stage is kept apart from the stages, and filling asks it as well",
    ),
    (
        &[
            "platform",
            "platform/capture",
            "platform/executor",
            "platform/executor_name",
            "platform/options",
            "platform/planning",
            "platform/registry",
            "platform/rules",
            "platform/side",
            "platform/timeline",
        ],
        "a platform answers with values that name their platform; options and names are made of all platforms",
    ),
    (
        &["platform/hns/apply/hcn/ffi/handle", "platform/hns/apply/hcn/ffi/library"],
        "a handle is closed by the library that opened it",
    ),
    (
        &["platform/hns/compare", "platform/hns/compare/faults", "platform/hns/compare/findings"],
        "findings are about pairs of the comparison",
    ),
    (
        &[
            "platform/hns/lower",
            "platform/hns/lower/balancers",
            "platform/hns/lower/candidates",
            "platform/hns/lower/findings",
            "platform/hns/lower/findings/objects",
            "platform/hns/lower/members",
            "platform/hns/lower/selection",
            "platform/hns/lower/shape",
        ],
        "the parts of one lowering, over its state",
    ),
    (&["platform/hns/eval", "platform/hns/eval/asked"], "one packet, over the evaluator that it asks"),
    (
        &["platform/hns/plan", "platform/hns/plan/compare", "platform/hns/plan/order"],
        "the parts of one plan, over its types",
    ),
    (
        &[
            "platform/hns/service_info",
            "platform/hns/service_info/made",
            "platform/hns/service_info/members",
            "platform/hns/service_info/written",
        ],
        "the parts of one answer, over its question",
    ),
    (
        &["platform/iptables/compare", "platform/iptables/compare/findings"],
        "findings are about pairs of the comparison",
    ),
    (
        &["platform/iptables/eval", "platform/iptables/eval/steps", "platform/iptables/eval/walk"],
        "one walk through the rules, which its steps describe",
    ),
    (
        &[
            "platform/iptables/lower",
            "platform/iptables/lower/balance",
            "platform/iptables/lower/fixed",
            "platform/iptables/lower/service",
        ],
        "the parts of one lowering, over its state",
    ),
    (
        &["platform/nftables/eval", "platform/nftables/eval/steps", "platform/nftables/eval/walk"],
        "one walk through the rules, which its steps describe",
    ),
    (
        &[
            "platform/nftables/lower",
            "platform/nftables/lower/endpoints",
            "platform/nftables/lower/fixed",
            "platform/nftables/lower/service",
        ],
        "the parts of one lowering, over its state",
    ),
    (
        &[
            "platform/iptables/read",
            "platform/iptables/read/modules",
            "platform/iptables/read/options",
            "platform/iptables/read/rule",
            "platform/iptables/read/targets",
            "platform/iptables/read/words",
        ],
        "the grammar of a line: each part reads on with the reader of the whole",
    ),
    (
        &["platform/iptables/write", "platform/iptables/write/foreign", "platform/iptables/write/target"],
        "the grammar of a line: each part is written by the writer of the whole",
    ),
    (
        &[
            "platform/netsh/lower",
            "platform/netsh/lower/claims",
            "platform/netsh/lower/findings",
            "platform/netsh/lower/firewall",
            "platform/netsh/lower/legacy",
            "platform/netsh/lower/loops",
            "platform/netsh/lower/pick",
            "platform/netsh/lower/portproxy",
        ],
        "the parts of one lowering, over its state",
    ),
    (
        &[
            "platform/netsh/read/address",
            "platform/netsh/read/command",
            "platform/netsh/read/firewall",
            "platform/netsh/read/portproxy",
            "platform/netsh/read/route",
        ],
        "the grammar of a command: each context reads on with the reader of all",
    ),
    (
        &["platform/netsh/state", "platform/netsh/state/firewall"],
        "the firewall is a part of the node in memory",
    ),
    (&["platform/netsh/write", "platform/netsh/write/dump"], "a dump is one of the styles"),
    (
        &["suite", "suite/output", "suite/settings"],
        "settings name outputs, and the error of the module has both",
    ),
];

#[test]
fn files_use_each_other_in_the_listed_circles_only() {
    let graph = Files::read().graph(&[]);
    let found = circles(&graph);
    let is_listed = |circle: &Vec<&str>| CIRCLES.iter().any(|(listed, _)| circle == listed);
    let wrong: Vec<String> =
        found.iter().filter(|circle| !is_listed(circle)).map(|circle| circle.join(" ↔ ")).collect();
    assert!(wrong.is_empty(), "break these circles, or list them with a reason:\n{}", wrong.join("\n"));
    for (listed, reason) in CIRCLES {
        assert!(found.iter().any(|circle| circle == listed), "{listed:?} is no circle any more ({reason})");
    }
}
