//! Promise: load balancers that name endpoints which HNS has no more are told in those steps, and for those frontends, in
//! which the recorded states show them.

use std::collections::BTreeSet;

use hnsplan::platform::timeline::{Disturbance, Keeps, Trouble};
use rayon::prelude::*;
use serde_json::Value;

use super::absences::named;
use super::packed::{Files, replayed, sequences};
use super::recordings::{VARIANTS, Variant};

/// `TCP 10.96.0.10:80`, of a recorded load balancer.
fn frontend(balancer: &Value) -> String {
    let mapping = &balancer["PortMappings"][0];
    let protocol = match mapping["Protocol"].as_u64() {
        Some(6) => "TCP",
        Some(17) => "UDP",
        _ => "SCTP",
    };
    let vip = balancer["FrontendVIPs"][0].as_str().unwrap_or("*");
    let vip = if vip.contains(':') { format!("[{vip}]") } else { vip.to_owned() };
    let is_ipv6 = balancer["Flags"].as_u64().unwrap_or(0) & 2 != 0;
    format!("{protocol} {vip}:{}{}", mapping["ExternalPort"], if is_ipv6 { " IPv6" } else { "" })
}

fn list<'v>(object: &'v Value, member: &str) -> &'v [Value] {
    object[member].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The frontends of a recorded state whose load balancer names an endpoint that is not there. Of several with one frontend
/// a real HNS has the first only.
fn dangling(state: &Value) -> BTreeSet<String> {
    let hns = &state["hns"];
    let id = |text: &Value| text.as_str().unwrap_or_default().to_uppercase();
    let there: BTreeSet<String> = list(hns, "Endpoints").iter().map(|endpoint| id(&endpoint["ID"])).collect();
    let mut seen = BTreeSet::new();
    let mut dangling = BTreeSet::new();
    for balancer in list(hns, "LoadBalancers") {
        let is_dangling =
            list(balancer, "HostComputeEndpoints").iter().any(|member| !there.contains(&id(member)));
        if seen.insert(frontend(balancer)) && is_dangling {
            dangling.insert(frontend(balancer));
        }
    }
    dangling
}

/// The same as the replay tells it for the end of a step.
fn told(all: &[Disturbance], step: usize) -> BTreeSet<String> {
    let lasts = |of: &&Disturbance| {
        let ends_later = of.to.is_none_or(|to| to.step > step);
        of.what == Trouble::GoneMembers && of.from.step <= step && ends_later
    };
    all.iter().filter(lasts).map(|of| of.frontend.to_string()).collect()
}

/// How many steps had such a load balancer.
fn compare(name: &str, files: &Files, variant: Variant, states: &Value) -> Result<usize, String> {
    let keeps = Keeps { calls: true, states: false };
    let replayed = replayed("hns", files, variant.setup(), keeps, |_| {});
    let replayed = replayed.map_err(|error| format!("{name}: {error}"))?;
    let disturbances = replayed.timeline.disturbances();
    let mut many = 0;
    for state in states.as_array().into_iter().flatten() {
        let step = usize::try_from(state["step"].as_u64().expect("a number")).expect("a small one");
        let named = named(files, step);
        let recorded: BTreeSet<String> = dangling(state).intersection(&named).cloned().collect();
        let ours = told(&disturbances, step);
        if recorded != ours {
            return Err(format!("{name} {variant:?} step {step}: recorded {recorded:?}, told {ours:?}"));
        }
        many += usize::from(!recorded.is_empty());
    }
    Ok(many)
}

#[test]
fn members_that_are_gone_are_those_of_the_recorded_states() {
    let sequences = sequences();
    let cases: Vec<(&String, &Files, Variant, Value)> = sequences
        .iter()
        .flat_map(|(name, files)| VARIANTS.into_iter().map(move |variant| (name, files, variant)))
        .filter_map(|(name, files, variant)| {
            Some((name, files, variant, variant.recorded(name, files, "state")?))
        })
        .collect();
    let compared: Vec<Result<usize, String>> = cases
        .par_iter()
        .map(|(name, files, variant, states)| compare(name, files, *variant, states))
        .collect();
    let wrong: Vec<&String> = compared.iter().filter_map(|found| found.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{} differ:\n{wrong:#?}", wrong.len());
    let total: usize = compared.iter().filter_map(|found| found.as_ref().ok()).sum();
    assert_eq!(total, 17, "steps that have such members");
}
