//! Promise: what is compiled equals what the real kube-proxy made, and a mutation of a text is named: the
//! object, its field, its service port.

use std::collections::{BTreeMap, BTreeSet};

use hnsplan::diff::{Comparison, Defect, Directory, ObjectKind, Ownership, Standing, Verb, compare};
use hnsplan::net::{Family, PerFamily};
use hnsplan::pipeline::Compiled;
use hnsplan::platform::Objects;
use hnsplan::platform::hns::HnsSide;
use hnsplan::platform::hns::model::{Gaps, State};
use hnsplan::platform::hns::{self, Semantics, read};
use hnsplan::platform::iptables;
use hnsplan::platform::iptables::IptablesSide;
use serde_json::{Value, json};

use crate::support::case::{Case, VERSIONS};

pub(crate) fn compared(compiled: &Compiled, mut sides: [Box<dyn Objects>; 2]) -> Comparison {
    let directory = Directory::new(vec![&compiled.rules]);
    compare(&mut sides, &directory, &Ownership::default()).expect("both are of one platform")
}

/// The rules of one family of a text.
fn text_side(text: &str, family: Family, standing: Standing) -> Box<dyn Objects> {
    family_side(understood(text, family), family, standing)
}

fn understood(text: &str, family: Family) -> iptables::model::Ruleset {
    let (rules, problems) = iptables::read(text, family);
    assert_eq!(problems, []);
    rules
}

fn family_side(rules: iptables::model::Ruleset, family: Family, standing: Standing) -> Box<dyn Objects> {
    let rules = match family {
        Family::Ipv4 => PerFamily { ipv4: Some(rules), ipv6: None },
        Family::Ipv6 => PerFamily { ipv4: None, ipv6: Some(rules) },
    };
    Box::new(IptablesSide::of_text(standing, rules).normalised())
}

#[test]
fn every_recorded_text_is_what_is_compiled() {
    let mut seen = 0;
    for case in Case::all() {
        for (version, family, nfacct, text) in case.recorded() {
            let compiled = case.compiled(version, nfacct);
            let wanted = family_side(iptables::lower(&compiled.rules, family), family, Standing::Wanted);
            let found = compared(compiled, [wanted, text_side(&text, family, Standing::Wanted)]);
            assert_eq!(
                (&found.changes[..], &found.findings[..]),
                (&[][..], &[][..]),
                "{} {version}",
                case.name
            );
            assert!(found.is_empty() && found.total().equal > 0);
            seen += 1;
        }
    }
    assert_eq!(seen, 554);
}

/// A node with what kube-proxy wrote is as it should be, whatever that looks like.
#[test]
fn what_kube_proxy_writes_is_no_fault_of_a_node() {
    let mut odd = BTreeSet::new();
    for case in Case::all() {
        for (version, family, nfacct, text) in case.recorded() {
            let compiled = case.compiled(version, nfacct);
            let lowered = iptables::lower(&compiled.rules, family);
            let recorded = understood(&text, family);
            let wanted = || family_side(lowered.clone(), family, Standing::Wanted);
            let held = || family_side(recorded.clone(), family, Standing::Held);
            let mut is_odd = false;
            for swapped in [false, true] {
                let (wanted, held) = (wanted(), held());
                let found = compared(compiled, if swapped { [held, wanted] } else { [wanted, held] });
                let faults: Vec<_> = found.findings.iter().filter(|of| of.is_fault()).collect();
                assert!(faults.is_empty() && found.is_empty(), "{} {version}: {faults:#?}", case.name);
                is_odd = !found.findings.is_empty();
            }
            // Where nobody says what should be, nobody knows that it is as kube-proxy writes it.
            let alone = compared(compiled, [held(), held()]);
            assert_eq!(alone.findings.iter().any(Defect::is_fault), is_odd, "{} {version}", case.name);
            if is_odd {
                odd.insert(case.name.clone());
            }
        }
    }
    let odd: Vec<&str> = odd.iter().map(String::as_str).collect();
    assert_eq!(odd, ["081-externalips-odd", "x15-externalips-gate-off"]);
}

/// What HNS held after kube-proxy had done what was recorded.
fn state_after(before: &str, recording: &str) -> State {
    let before: Value = serde_json::from_str(before).expect("a state is JSON");
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for endpoint in before["Endpoints"].as_array().expect("a list") {
        ids.insert(name_of(endpoint), endpoint["ID"].as_str().expect("a text").to_owned());
    }
    let operations: Vec<Value> = serde_json::from_str(recording).expect("a recording is JSON");
    let mut state = before.clone();
    for (at, operation) in operations.iter().enumerate() {
        let mut settings = operation.get("settings").cloned().unwrap_or_default();
        let new = json!(format!("00000000-0000-0000-0000-{at:012}"));
        match operation["op"].as_str().expect("a text") {
            "CreateEndpoint" => {
                ids.insert(name_of(&settings), new.as_str().expect("a text").to_owned());
                settings["ID"] = new;
                push(&mut state, "Endpoints", settings);
            }
            "CreateLoadBalancer" => {
                for member in settings["HostComputeEndpoints"].as_array_mut().expect("a list") {
                    let name = member.as_str().expect("a text");
                    *member = json!(ids.get(name).map_or(name, String::as_str));
                }
                settings["ID"] = new;
                push(&mut state, "LoadBalancers", settings);
            }
            _ => {
                let target = operation["target"].as_str().expect("a text").replace("/policylists/", "");
                let target = ids.get(&target).cloned().unwrap_or(target);
                for list in ["Endpoints", "LoadBalancers"] {
                    let is_other =
                        |of: &Value| !of["ID"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(&target));
                    if let Some(list) = state[list].as_array_mut() {
                        list.retain(is_other);
                    }
                }
            }
        }
    }
    let (mut state, problems) = read::read(&state.to_string());
    assert_eq!(problems, []);
    // The requests of kube-proxy leave out zeros; HNS, which was given them, tells them.
    for endpoint in &mut state.endpoints {
        endpoint.gaps = Gaps::default();
    }
    for balancer in &mut state.load_balancers {
        balancer.gaps = Gaps::default();
    }
    state
}

fn push(state: &mut Value, list: &str, object: Value) {
    if state[list].is_null() {
        state[list] = json!([]);
    }
    state[list].as_array_mut().expect("a list").push(object);
}

/// An endpoint as recordings name it: `remote:10.244.2.5`.
fn name_of(endpoint: &Value) -> String {
    let remote = endpoint["Flags"].as_u64().unwrap_or_default() & 1 != 0;
    let configurations = endpoint["IpConfigurations"].as_array().expect("a list");
    let addresses: Vec<&str> =
        configurations.iter().map(|of| of["IpAddress"].as_str().expect("a text")).collect();
    format!("{}:{}", if remote { "remote" } else { "local" }, addresses.join("+"))
}

/// A case on a Windows node, and what HNS held when kube-proxy was done.
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) compiled: &'static Compiled,
    pub(crate) after: State,
}

pub(crate) fn recorded() -> Vec<Recorded> {
    let mut found = Vec::new();
    for case in Case::all() {
        for version in VERSIONS {
            for network in ["l2bridge", "overlay"] {
                let Some(text) = case.read(&format!("{version}/hns.{network}.json")) else { continue };
                let before = case.read(&format!("hns.{network}.before.json")).expect("a state before");
                found.push(Recorded {
                    name: format!("{} {version} {network}", case.name),
                    compiled: case.compiled(version, false),
                    after: state_after(&before, &text),
                });
            }
        }
    }
    found
}

impl Recorded {
    pub(crate) fn compare(&self, held: State) -> Comparison {
        let desired = hns::lower(&self.compiled.rules, Some(&held), Semantics::KubeProxy);
        let wanted = HnsSide::wanted(desired, Some(&held));
        compared(self.compiled, [Box::new(wanted), Box::new(HnsSide::held(held))])
    }
}

#[test]
fn what_hns_held_after_every_recording_is_what_is_compiled() {
    let recorded = recorded();
    let mut wrong = Vec::new();
    for one in &recorded {
        let found = one.compare(one.after.clone());
        // kube-proxy leaves a remote endpoint there that has the address of a local pod.
        let is_dup = one.name == "x23-win-dup-remote-first 1.30 l2bridge";
        if is_dup {
            assert!(found.findings.iter().any(|of| of.code.id() == "F1009"), "{:#?}", found.findings);
            continue;
        }
        if found.counting().next().is_some() {
            wrong.push(format!("{}: {:#?}", one.name, found.changes));
        }
        // A pod without an endpoint in HNS is what some cases are about.
        let faults: Vec<&str> =
            found.findings.iter().filter(|of| of.is_fault()).map(|of| of.code.id()).collect();
        if !faults.is_empty() && !one.name.contains("endpoint-missing") {
            wrong.push(format!("{}: {:?}", one.name, found.findings));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(recorded.len(), 356);
}

/// The changes as `verb kind name [field: before → after] services`.
pub(crate) fn describe(found: &Comparison) -> Vec<String> {
    let line = |change: &hnsplan::diff::ObjectChange| {
        let fields: Vec<String> = change
            .fields
            .iter()
            .filter(|_| matches!(change.verb, Verb::Changed))
            .map(|field| {
                let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
                format!("{}: {} → {}", field.path, value(&field.before), value(&field.after))
            })
            .collect();
        let services = change.subject.services.join(",");
        format!("{} {} [{}] {services}", change.verb.as_str(), change.subject, fields.join("; "))
    };
    found.changes.iter().map(line).collect()
}

#[test]
fn a_mutation_of_a_text_is_named() {
    let case = Case::named("023-nodeport-etp-local-with-local");
    let (version, family, nfacct, text) = case
        .recorded()
        .into_iter()
        .find(|(version, family, ..)| *version == "1.36" && *family == Family::Ipv4)
        .expect("it is recorded");
    let compiled = case.compiled(version, nfacct);
    let lines: Vec<&str> = text.lines().collect();
    let find = |part: &[&str]| {
        *lines
            .iter()
            .find(|line| part.iter().all(|part| line.contains(part)))
            .unwrap_or_else(|| panic!("{part:?} in\n{text}"))
    };
    let dnat = find(&["-j DNAT"]);
    let dispatch = find(&["-A KUBE-SERVICES", "cluster IP"]);
    let probability = find(&["--probability"]);
    let node_port = find(&["-A KUBE-NODEPORTS", "-j KUBE-EXT-"]);
    let moved = node_port.replace("--dport 3", "--dport 2");
    let mutations = [
        (
            dnat,
            dnat.replace("-j DNAT --to-destination 10", "-j DNAT --to-destination 11"),
            ObjectKind::Chain,
            "changed",
            "rules[DNAT].target",
        ),
        (dispatch, String::new(), ObjectKind::Rule, "deleted", ""),
        (dispatch, dispatch.replace("-m tcp -p tcp", "-m udp -p udp"), ObjectKind::Rule, "moved", ""),
        (probability, probability.replace("0.5", "0.4"), ObjectKind::Chain, "changed", "probability"),
        (node_port, moved, ObjectKind::Rule, "moved", ""),
    ];
    let service = &compiled.rules.services[0].id;
    for (line, with, kind, verb, field) in mutations {
        assert_ne!(line, with, "a mutation mutates");
        let with = if with.is_empty() { with } else { with + "\n" };
        let mutated = text.replace(&format!("{line}\n"), &with);
        for swapped in [false, true] {
            let wanted = text_side(&text, family, Standing::Wanted);
            let other = text_side(&mutated, family, Standing::Wanted);
            let sides = if swapped { [other, wanted] } else { [wanted, other] };
            let found = compared(compiled, sides);
            let lines = describe(&found);
            let [change] = &found.changes[..] else { panic!("{line}: {lines:#?}") };
            assert_eq!(change.subject.kind, kind, "{lines:?}");
            let verb = if swapped && verb == "deleted" { "created" } else { verb };
            assert_eq!(change.verb.as_str(), verb, "{lines:?}");
            assert!(lines[0].contains(field), "{lines:?}");
            assert_eq!(change.subject.services, [service.to_string()]);
        }
    }
}
