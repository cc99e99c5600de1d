//! Every text loads, each in a namespace of its own, and is and means there what it was and meant before.

use std::fmt::Write;

use hnsplan::answer::verdict::{Packet, Verdict};
use hnsplan::diff::{Directory, Ownership, Standing, compare};
use hnsplan::ir::RuleSet;
use hnsplan::net::PerFamily;
use hnsplan::platform::Objects;
use hnsplan::platform::iptables::IptablesSide;
use hnsplan::platform::iptables::eval::Evaluator;
use hnsplan::platform::iptables::model::Ruleset;
use hnsplan::platform::iptables::read;

use crate::case_packets::{host, packets};
use crate::compiler::{Jumps, Request, VERSIONS, cases};
use crate::netns::Namespace;
use crate::restore::{BackEnd, Family, list, load, save};
use crate::tools;

/// Texts that iptables refuses, as kube-proxy itself writes a bad address into them.
const REFUSED: [(&str, &str, Family); 2] =
    [("115-wrong-family-in-slice", "1.36", Family::Ipv4), ("116-sloppy-ips", "1.30", Family::Ipv4)];

/// The chains that an empty host's base chains lead to afterwards, in order.
const BASE_CHAINS: [(&str, &str, &[&str]); 6] = [
    (
        "filter",
        "INPUT",
        &["KUBE-FIREWALL", "KUBE-PROXY-FIREWALL", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES"],
    ),
    (
        "filter",
        "FORWARD",
        &["KUBE-PROXY-FIREWALL", "KUBE-FORWARD", "KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES"],
    ),
    ("filter", "OUTPUT", &["KUBE-FIREWALL", "KUBE-PROXY-FIREWALL", "KUBE-SERVICES"]),
    ("nat", "PREROUTING", &["KUBE-SERVICES"]),
    ("nat", "OUTPUT", &["KUBE-SERVICES"]),
    ("nat", "POSTROUTING", &["KUBE-POSTROUTING"]),
];

#[test]
fn every_ipv4_text_loads() {
    every_text_loads(Family::Ipv4);
}

#[test]
fn every_ipv6_text_loads() {
    every_text_loads(Family::Ipv6);
}

#[test]
fn the_jumps_are_in_the_base_chains_in_the_order_of_kube_proxy() {
    for back_end in BackEnd::BOTH.into_iter().filter(|&back_end| tools::are_there(back_end)) {
        for (version, family) in
            VERSIONS.into_iter().flat_map(|version| Family::BOTH.map(|family| (version, family)))
        {
            let text = Request { case: "022-nodeport", version, family }.compile(Jumps::Included);
            namespace().run(|| {
                load(back_end, family, &text).expect("the text loads");
                for (table, chain, targets) in BASE_CHAINS {
                    let rules = list(back_end, family, table, chain);
                    assert_eq!(
                        jump_targets(&rules),
                        targets,
                        "{table} {chain}, {back_end:?}, {family}, {version}"
                    );
                }
            });
        }
    }
}

/// Through each back end. A text is made once for both, as that takes longer than loading it.
fn every_text_loads(family: Family) {
    let back_ends: Vec<BackEnd> =
        BackEnd::BOTH.into_iter().filter(|&back_end| tools::are_there(back_end)).collect();
    if back_ends.is_empty() {
        return;
    }
    let mut wrong = String::new();
    for case in cases() {
        for version in VERSIONS {
            let request = Request { case: &case, version, family };
            if request.is_recorded() {
                texts_load(&request, &back_ends, &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "these did not load as they should:\n{wrong}");
}

/// The text with the jumps and the one without them.
fn texts_load(request: &Request<'_>, back_ends: &[BackEnd], wrong: &mut String) {
    let Request { case, version, family } = *request;
    let refused = REFUSED.contains(&(case, version, family));
    let wanted = Wanted::of(request);
    for jumps in [Jumps::LeftOut, Jumps::Included] {
        let text = request.compile(jumps);
        for &back_end in back_ends {
            let result: Result<String, String> = namespace().run(|| {
                load(back_end, family, &text)?;
                // Without the jumps the rules are for nothing.
                Ok(if jumps == Jumps::Included { save(back_end, family) } else { String::new() })
            });
            let what = format!("{case} {version} {family}, {back_end:?}");
            match result {
                Ok(_) if refused => writeln!(wrong, "{what}: it loaded").unwrap(),
                Err(why) if !refused => writeln!(wrong, "{what}: {why}").unwrap(),
                Ok(saved) if !saved.is_empty() => {
                    let differences = wanted.differences(&saved) + &wanted.changes(&text, &saved);
                    if !differences.is_empty() {
                        writeln!(wrong, "{what}: {differences}").unwrap();
                    }
                }
                Ok(_) | Err(_) => {}
            }
        }
    }
}

/// What loaded rules have to mean.
struct Wanted {
    family: Family,
    /// What the Services of the case are.
    rules: RuleSet,
    /// What becomes of packets by the rules that kube-proxy wrote.
    verdicts: Vec<(Packet, Verdict)>,
}

impl Wanted {
    fn of(request: &Request<'_>) -> Self {
        let (family, rules, host) = (request.family, request.rules(), host());
        let golden = understood(&request.recorded(), family);
        let golden = Evaluator::new(&golden, &host);
        let verdicts = packets(&rules, family.into())
            .into_iter()
            .map(|packet| {
                let verdict = golden.verdict(&packet);
                (packet, verdict)
            })
            .collect();
        Self { family, rules, verdicts }
    }

    /// Where the rules that the kernel holds mean something else.
    fn differences(&self, saved: &str) -> String {
        let (saved, host) = (understood(saved, self.family), host());
        let saved = Evaluator::new(&saved, &host);
        let mut differences = String::new();
        for (packet, golden) in &self.verdicts {
            let saved = saved.verdict(packet);
            if saved.same_effect(golden, 0.0) != Some(true) {
                writeln!(differences, "{packet:?}: {saved:?}, not {golden:?}").unwrap();
            }
        }
        differences
    }

    /// What `hnsplan diff` says of the rules that the kernel holds, and not of the text that was loaded: nothing.
    fn changes(&self, text: &str, saved: &str) -> String {
        let side = |text, standing| {
            let read = |of| (of == self.family).then(|| understood(text, self.family));
            let rules = PerFamily { ipv4: read(Family::Ipv4), ipv6: read(Family::Ipv6) };
            Box::new(IptablesSide::of_text(standing, rules).normalised()) as Box<dyn Objects>
        };
        let directory = Directory::new(vec![&self.rules]);
        let [loaded, held] = [text, saved].map(|held| {
            let mut sides = [side(text, Standing::Wanted), side(held, Standing::Held)];
            compare(&mut sides, &directory, &Ownership::default()).expect("both are of one platform")
        });
        assert!(held.total().equal > 0, "nothing was compared of {text}");
        let changes: Vec<_> = held.counting().collect();
        // kube-proxy itself writes some rules twice, and chains that nothing leads to.
        if changes.is_empty() && held.findings == loaded.findings {
            return String::new();
        }
        format!("{changes:#?} {:#?}\n", held.findings)
    }
}

/// Reads rules that have nothing unknown.
pub(crate) fn understood(text: &str, family: Family) -> Ruleset {
    let (rules, problems) = read(text, family.into());
    assert_eq!(problems, []);
    rules
}

fn jump_targets(rules: &str) -> Vec<&str> {
    rules.lines().filter_map(|rule| rule.rsplit_once(" -j ")).map(|(_, target)| target).collect()
}

fn namespace() -> Namespace {
    Namespace::new().expect("a network namespace can be made")
}
