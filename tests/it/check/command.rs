//! Promise: `hnsplan check` finds and names what two sides treat differently, and finds nothing where they
//! agree.

use std::collections::BTreeSet;

use crate::support::models::WithModels;
use hnsplan::check::{Concerned, EffectComparison, Finding, Pair, Participant, codes, compare};
use hnsplan::net::{Family, PerFamily};
use hnsplan::pipeline::Compiled;
use hnsplan::platform::Context;
use hnsplan::platform::hns::model::{Address, Distribution, LoadBalancer, LoadBalancerFlags, State};
use hnsplan::platform::hns::{PlanOptions, Semantics};
use hnsplan::platform::netsh;
use hnsplan::trace::{Clients, Models, Target};
use serde_json::Value;

use crate::check::differences::{PORTS, READY, web};
use crate::support::case::Case;
use crate::support::exe::{Outcome, hnsplan};
use crate::support::snapshots::assert_snapshot;

/// `hnsplan check` of the shop, as seen by its Windows node.
fn shop(arguments: &str) -> Outcome {
    let shop = "check -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";
    hnsplan(shop).args(arguments).run()
}

/// Compares iptables with HNS.
fn platforms<T>(compiled: &Compiled, read: impl Fn(&EffectComparison<'_>) -> T) -> T {
    let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
    let models = Models::new(Context::of(&compiled.rules)).iptables().hns(&plan, None);
    let targets = models.targets();
    read(&compared(compiled, targets.iter()))
}

pub(crate) fn compared<'r>(
    compiled: &'r Compiled,
    targets: impl IntoIterator<Item = &'r Target<'r>>,
) -> EffectComparison<'r> {
    let clients = Clients::of(&compiled.cluster, &compiled.rules);
    let sides = targets.into_iter().map(|target| Participant { rules: &compiled.rules, target });
    compare(&clients, &sides.collect::<Vec<_>>())
}

pub(crate) fn codes(comparison: &EffectComparison<'_>) -> BTreeSet<&'static str> {
    comparison.findings.iter().map(|finding| finding.code.id()).collect()
}

#[test]
fn the_shop_on_both_platforms() {
    let outcome = shop("");
    outcome.failed(1);
    assert_snapshot("check.shop", &outcome.stdout);
}

#[test]
fn the_shop_as_json() {
    let outcome = shop("-o json");
    let document: Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
    let text = shop("").stdout;
    let findings = document["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), text.lines().filter(|line| line.starts_with('D')).count());
    for finding in findings {
        assert!(text.contains(finding["title"].as_str().expect("a text")));
        let answers = finding["example"]["answers"].as_array().expect("a list");
        assert_eq!(answers.len(), 2);
        assert!(answers.iter().all(|answer| answer["conclusion"] != "undecided"));
    }
    assert_snapshot("check.shop.json", &outcome.stdout);
}

#[test]
fn two_versions_on_one_platform() {
    let outcome = shop("-t iptables --against 1.30 --fail-on D0806");
    outcome.failed(1);
    assert_snapshot("check.versions", &outcome.stdout);
    assert!(shop("-t iptables --against 1.36 --fail-on warning,D0806").stdout.contains("no difference"));
}

#[test]
fn exit_codes_follow_fail_on() {
    for (flags, code) in [
        ("", 1),
        ("--fail-on error", 1),
        ("--fail-on warning", 1),
        ("--fail-on D0802", 1),
        ("--fail-on D0803", 0),
        ("--fail-on D0803,d0818", 1),
        ("-t iptables --against 1.30", 0),
        ("--fail-on note", 1),
        ("--fail-on loss", 1),
        ("--fail-on never", 0),
        ("--fail-on info", 2),
        ("--fail-on D9999", 2),
        ("-t iptables,hns,netsh", 1),
        ("-t iptables,hns,netsh --fail-on S0703", 1),
        ("-t iptables", 2),
        ("-t iptables,hns,iptables", 2),
        ("-t iptables,iptables", 2),
        ("-t iptables,hns --against 1.30", 2),
        ("-t iptables,hns-state", 2),
        ("--config nothing.yaml", 2),
        ("-f nothing.yaml", 2),
    ] {
        shop(flags).failed(code);
    }
}

#[test]
fn the_shop_on_three_targets() {
    let outcome = shop("-t iptables,hns,netsh");
    outcome.failed(1);
    assert_snapshot("check.shop.three", &outcome.stdout);
}

/// What `-o json` says of the manifests and of each target is what standard error says.
#[test]
fn what_is_wrong_and_what_is_lost_are_part_of_the_answer() {
    let outcome = shop("-t iptables,hns,netsh -o json --message-format json");
    let document: Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
    let diagnostics = document["diagnostics"].as_array().expect("a list");
    let without = |of: &Value| {
        let mut fields = of.as_object().expect("an object").clone();
        fields.remove("target");
        fields.remove("loss");
        Value::from(fields)
    };
    let messages: Vec<Value> =
        outcome.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(diagnostics.iter().map(without).collect::<Vec<_>>(), messages);
    for (target, code) in [("hns", "H0616"), ("netsh", "S0703")] {
        let lost = |of: &Value| of["target"] == target && of["loss"] == true && of["code"] == code;
        // What causes a difference is part of it.
        let findings = document["findings"].as_array().expect("a list");
        let causes = findings.iter().filter_map(|finding| finding["causes"].as_array()).flatten();
        assert!(diagnostics.iter().chain(causes).any(lost), "{code} of {target}");
    }
    assert!(shop("-t iptables,hns,netsh").stdout.contains("\nnot supported by netsh: S"));
}

/// Three sides at once find between each two of them what these two find alone.
#[test]
fn each_pair_of_many_sides_differs_as_alone() {
    let mut compared_kinds = 0;
    for case in Case::all() {
        let compiled = case.compiled("1.36", false);
        let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
        let netsh = compiled.netsh(&netsh::Options::default()).plan;
        let models = Models::new(Context::of(&compiled.rules)).iptables().hns(&plan, None).netsh(netsh);
        let targets = models.targets();
        let together = compared(compiled, &targets);
        for pair in Pair::all(targets.len()) {
            let alone = compared(compiled, pair.of(&targets));
            let kinds = |of: &Finding<'_>| (of.code, of.services.iter().copied().map(id).collect::<Vec<_>>());
            let of_pair = together.findings.iter().filter(|finding| finding.between == pair);
            let (of_pair, alone): (Vec<_>, Vec<_>) =
                (of_pair.map(kinds).collect(), alone.findings.iter().map(kinds).collect());
            assert_eq!(of_pair, alone, "{} {pair:?}", case.name);
            compared_kinds += of_pair.len();
        }
        for finding in &together.findings {
            assert_eq!(finding.example.verdicts.len(), targets.len(), "{}", case.name);
        }
    }
    assert!(compared_kinds > 500, "only {compared_kinds} kinds");
}

fn id(concerned: Concerned<'_>) -> String {
    concerned.id.to_owned()
}

/// Differences in recorded cases, as the versions that do so.
#[test]
fn recorded_cases_show_known_differences() {
    for (case, version, wanted) in [
        ("022-nodeport", "1.36", &[codes::OWN_NODE_PORT, codes::SOURCE][..]),
        ("027-lb-ipmode-proxy", "1.30", &[codes::OWN_NODE_PORT, codes::MODE_PROXY, codes::SOURCE]),
        ("027-lb-ipmode-proxy", "1.36", &[codes::OWN_NODE_PORT, codes::SOURCE]),
        ("008-no-endpoints", "1.36", &[codes::REJECTED]),
    ] {
        let compiled = Case::named(case).run(version, false).compile();
        let wanted: BTreeSet<_> = wanted.iter().map(|code| code.id()).collect();
        assert_eq!(platforms(&compiled, codes), wanted, "{case} {version}");
    }
}

/// HNS before a change and after it.
fn mutated(compiled: &Compiled, change: impl Fn(&mut State)) -> BTreeSet<&'static str> {
    let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
    let before = plan.after(&compiled.rules, None).state;
    let mut after = before.clone();
    change(&mut after);
    let models = Models::new(Context::of(&compiled.rules)).hns_state(&before).hns_state(&after);
    let targets = models.targets();
    codes(&compared(compiled, &targets))
}

/// One member or flag of one load balancer is changed, and exactly that is found.
#[test]
fn a_change_of_one_load_balancer_is_found() {
    type Change = fn(&mut LoadBalancer);
    let compiled = web(PORTS, "", READY);
    assert_eq!(mutated(&compiled, |_| {}), BTreeSet::new());
    let changes: [(Change, &str); 7] = [
        (|of| drop(of.endpoints.pop()), "D0808"),
        (|of| of.endpoints.extend_from_within(..1), "D0809"),
        (|of| of.port_mappings[0].internal_port += 1, "D0803"),
        (|of| of.port_mappings[0].external_port += 1, "D0801"),
        (|of| of.port_mappings[0].distribution = Distribution::SOURCE_IP, "D0810"),
        (|of| of.flags |= LoadBalancerFlags::DSR, "D0818"),
        (|of| of.source_vip = Some(Address::Ip("10.244.1.9".parse().expect("an address"))), "D0818"),
    ];
    for (at, (change, code)) in changes.into_iter().enumerate() {
        let found = mutated(&compiled, |state| change(&mut state.load_balancers[0]));
        assert!(found.contains(code), "{at}: {code} is not among {found:?}");
    }
    assert_eq!(mutated(&compiled, |state| state.load_balancers.clear()), BTreeSet::from(["D0801"]));
}

/// What is compared with itself never differs, whatever it is.
/// What a node has loaded, with a Service that the manifests do not have any more.
#[test]
fn what_a_node_still_serves_is_found() {
    let compiled = web(PORTS, "", READY);
    let gone = "10.96.0.99";
    let text = compiled.iptables(Family::Ipv4).to_string();
    let dispatch =
        text.lines().find(|line| line.starts_with("-A KUBE-SERVICES ") && line.contains("10.96.0.10 "));
    let dispatch = dispatch.expect("the cluster IP").replace("10.96.0.10 ", &format!("{gone}/32 "));
    let text = text.replacen("-A KUBE-SERVICES", &format!("{dispatch}\n-A KUBE-SERVICES"), 1);
    let (dumped, problems) = hnsplan::platform::iptables::read(&text, Family::Ipv4);
    assert!(problems.is_empty(), "{problems:?}");
    let mut state =
        compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default()).after(&compiled.rules, None).state;
    let mut balancer = state.load_balancers[0].clone();
    balancer.frontend_vips = vec![Address::of(gone)];
    state.load_balancers.push(balancer);

    let saved = PerFamily { ipv4: Some(dumped.clone()), ipv6: None };
    let linux = Models::new(Context::of(&compiled.rules)).iptables().iptables_save(&saved);
    let windows = Models::new(Context::of(&compiled.rules)).iptables().hns_state(&state);
    for models in [linux, windows] {
        let targets = models.targets();
        let comparison = compared(&compiled, &targets);
        let found = comparison.findings.iter().find(|finding| finding.code == codes::STALE_FRONTEND);
        let found = found.unwrap_or_else(|| panic!("{:?}", codes(&comparison)));
        assert_eq!(found.example.packet.destination.to_string(), gone);
        assert!(found.services.is_empty(), "{found:?}");
        let unclaimed: Vec<String> = found.unclaimed.iter().map(|(to, _)| to.to_string()).collect();
        assert_eq!(unclaimed, [format!("{gone}:80")]);
    }
}

#[test]
fn nothing_differs_from_itself() {
    let mut packets = 0;
    for case in Case::all() {
        let compiled = case.compiled("1.36", false);
        let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
        let models = Models::new(Context::of(&compiled.rules)).iptables().hns(&plan, None);
        for target in &models.targets() {
            let comparison = compared(compiled, [target, target]);
            assert_eq!(codes(&comparison), BTreeSet::new(), "{}", case.name);
            packets += comparison.packets;
        }
    }
    assert!(packets > 5_000, "only {packets} classes");
}
