//! Calls and books as JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::proxier::Proxier;
use super::stand_in::{Call, Op};
use super::step::Step;
use crate::ir::RuleSet;
use crate::manifest::TrafficPolicy;
use crate::platform::hns::lower::Object;
use crate::platform::hns::model::{Endpoint, Guid, LoadBalancer};
use crate::platform::hns::store::Store;
use crate::platform::timeline::Fault;

/// A step, with all of its calls.
pub(super) fn step(step: &Step) -> Value {
    let Step { number, restarts, events, requests, outside, faults, calls, reads } = step;
    let mut document = json!({"step": number});
    if *restarts {
        document["restart"] = true.into();
    }
    document["events"] = events.as_slice().into();
    document["syncRequests"] = requests.map_or_else(|| json!(-1), |requests| json!(requests));
    if !outside.is_empty() {
        document["outside"] = outside.as_slice().into();
    }
    if !faults.is_empty() {
        document["faults"] = faults.iter().map(fault).collect();
    }
    document["calls"] = (1..).zip(calls).map(|(n, of)| call(n, of)).collect();
    document["reads"] = json!(reads);
    document
}

/// A call, with its number within the step.
fn call(number: usize, call: &Call) -> Value {
    let Call { by, op, id, on, members, object, beside, error } = call;
    let mut document = json!({"n": number, "by": by.to_string(), "op": op.name()});
    if let Some(id) = id {
        document["id"] = id.to_string().into();
    }
    let (about, others) = match op {
        Op::CreateEndpoint => ("address", "sameAddressAs"),
        Op::DeleteEndpoint => ("address", "referencedBy"),
        Op::CreateLoadBalancer | Op::UpdateLoadBalancer | Op::DeleteLoadBalancer | Op::DeletePolicyList => {
            ("frontend", "sameFrontendAs")
        }
    };
    document[about] = (&**on).into();
    if !members.is_empty() {
        document["members"] = members.as_slice().into();
    }
    if let Some(object) = object {
        let json = match object {
            Object::Endpoint(endpoint) => serde_json::to_value(endpoint),
            Object::LoadBalancer(balancer) => serde_json::to_value(balancer),
        };
        document["settings"] = json.expect("an object of HCN is JSON");
    }
    if !beside.is_empty() {
        document[others] = beside.iter().map(ToString::to_string).collect();
    }
    if let Some(error) = error {
        document["error"] = (&**error).into();
    }
    document
}

/// Calls that fail.
fn fault(fault: &Fault) -> Value {
    let code = fault.code.as_deref().unwrap_or_default();
    json!({"op": fault.op, "nth": fault.nth, "count": fault.count, "error": fault.error, "code": code})
}

/// What HNS holds, in the order in which it was made.
pub(super) fn hns(objects: &Store) -> Value {
    let endpoints: Vec<&Endpoint> = objects.endpoints().collect();
    let balancers: Vec<&LoadBalancer> = objects.load_balancers().collect();
    json!({"Endpoints": endpoints, "LoadBalancers": balancers})
}

/// What a proxier remembers.
pub(super) fn books(proxier: &Proxier, rules: &RuleSet) -> Value {
    let books = &proxier.books;
    let mut services = Map::new();
    for ((id, protocol), book) in &books.services {
        let mut entry = json!({
            "hnsID": text(book.cluster_ip),
            "nodePorthnsID": text(book.node_port),
            "policyApplied": book.is_applied,
            "targetPort": book.target_port,
        });
        for (address, balancer) in &book.external {
            entry[format!("externalIP {address}")] = text(*balancer).into();
        }
        for of in &book.ingress {
            entry[format!("ingress {}", of.address)] = text(of.balancer).into();
            if of.health_check.is_some() {
                entry[format!("healthCheck {}", of.address)] = text(of.health_check).into();
            }
        }
        if let Some(vip) = &book.vip_endpoint {
            entry["vipEndpoint"] = text(vip.id).into();
        }
        services.insert(format!("{id}/{protocol}"), entry);
    }
    let mut endpoints = Map::new();
    for ((id, protocol), known) in &books.endpoints {
        let known = known.iter().map(|of| {
            let mut entry = json!({
                "hnsID": text(of.counted.id),
                "ip": of.address.as_ref().map(ToString::to_string).unwrap_or_default(),
                "local": of.is_local,
                "port": of.port,
                "ready": of.ready,

                "serving": of.serving,
                "terminating": of.terminating,
            });
            if !of.is_released {
                entry["refCount"] = of.counted.counts.map_or(0, |id| books.counts.of(id)).into();
            }
            entry
        });
        endpoints.insert(format!("{id}/{protocol}"), known.collect());
    }
    let counts: BTreeMap<String, u16> =
        books.counts.0.iter().map(|(id, count)| (id.to_string(), *count)).collect();
    let mut document = json!({
        "endpoints": endpoints,
        "healthCheck": health_checks(proxier, rules),
        "refCounts": counts,
        "services": services,
        "stale": books.stale.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    // What a version does not have, it does not remember.
    if !rules.node.behavior.winkernel.deletes_policy_lists {
        document["modify"] = proxier.modifies.into();
        document["terminated"] = books.terminated.iter().map(ToString::to_string).collect();
    }
    document
}

/// The ports that health checks of Services are answered on, and how many endpoints on this node are ready.
fn health_checks(proxier: &Proxier, rules: &RuleSet) -> Value {
    let mut services: BTreeMap<String, u16> = BTreeMap::new();
    let mut local: BTreeMap<String, std::collections::BTreeSet<&str>> = BTreeMap::new();
    for port in rules.services_of(proxier.family) {
        let name = format!("{}/{}", port.namespace, port.name);
        if port.external_policy == TrafficPolicy::Local
            && let Some(number) = port.health_check_node_port
        {
            services.insert(name.clone(), number);
        }
        let known = proxier.books.endpoints.get(&super::books::key_of(port)).into_iter().flatten();
        for of in known.filter(|of| of.is_local && of.ready) {
            let ip = of.text.rsplit_once(':').map_or(&*of.text, |(ip, _)| ip);
            local.entry(name.clone()).or_default().insert(ip);
        }
    }
    let local: BTreeMap<String, usize> = local.into_iter().map(|(name, ips)| (name, ips.len())).collect();
    json!({"services": services, "localEndpoints": local})
}

fn text(id: Option<Guid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
