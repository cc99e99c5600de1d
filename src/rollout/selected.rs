//! Which pods each Service selects, as pools: all of them, and where a policy is Local those of each node.

use serde_json::Value;

use super::model::{Model, Pool};
use super::objects::{is_not_modelled, is_of, is_ready};
use crate::manifest::{AnyObject, labels};

/// The pools of the Services that select pods of the model.
pub(super) fn pools(
    objects: &[AnyObject],
    model: &Model,
    pods: &[AnyObject],
    others: &[AnyObject],
) -> Vec<Pool> {
    let mut services: Vec<&AnyObject> = objects.iter().filter(|object| is_of(object, "Service")).collect();
    services.sort_by_key(|service| (service.namespace(), service.name()));
    services.into_iter().flat_map(|service| of_service(service, model, pods, others)).collect()
}

fn of_service(service: &AnyObject, model: &Model, pods: &[AnyObject], others: &[AnyObject]) -> Vec<Pool> {
    let selector = labels(service.get(&["spec", "selector"]));
    let is_served = !matches!(service.text(&["spec", "clusterIP"]), "" | "None");
    if selector.is_empty() || !is_served || service.text(&["spec", "type"]) == "ExternalName" {
        return Vec::new();
    }
    let selects = |pod: &AnyObject| {
        let own = labels(pod.get(&["metadata", "labels"]));
        pod.namespace() == service.namespace()
            && selector.iter().all(|(key, value)| own.get(key) == Some(value))
    };
    let members: Vec<usize> = (0..pods.len()).filter(|pod| selects(&pods[*pod])).collect();
    if members.is_empty() {
        return Vec::new();
    }
    let others: Vec<&AnyObject> = others.iter().filter(|pod| selects(pod) && is_ready(pod)).collect();
    let pool = |local: Option<(usize, &'static str)>| {
        let is_there = |node: &str| local.is_none_or(|(at, _)| model.nodes[at] == node);
        Pool {
            service: format!("{}/{}", service.namespace(), service.name()),
            local,
            members: members
                .iter()
                .copied()
                .filter(|pod| local.is_none_or(|(at, _)| model.pods[*pod].node == at))
                .collect(),
            has_others: others.iter().any(|pod| is_there(pod.text(&["spec", "nodeName"]))),
            takes_unready: service.get(&["spec", "publishNotReadyAddresses"]) == Some(&Value::Bool(true)),
        }
    };
    let field = local_policy(service);
    let nodes = (0..model.nodes.len()).filter_map(|node| field.map(|field| pool(Some((node, field)))));
    std::iter::once(pool(None)).chain(nodes).filter(|pool| !pool.members.is_empty()).collect()
}

/// What changes and is made by controllers that are not modelled, where Services select the pods.
pub(super) fn not_modelled(before: &[AnyObject], after: &[AnyObject]) -> Vec<String> {
    let is_same = |one: &AnyObject, other: &AnyObject| {
        one.kind() == other.kind() && (one.namespace(), one.name()) == (other.namespace(), other.name())
    };
    let is_selected = |of: &AnyObject| {
        let own = labels(of.get(&["spec", "template", "metadata", "labels"]));
        before.iter().chain(after).filter(|object| is_of(object, "Service")).any(|service| {
            let selector = labels(service.get(&["spec", "selector"]));
            let selects = |(key, value)| own.get(key) == Some(value);
            service.namespace() == of.namespace() && !selector.is_empty() && selector.iter().all(selects)
        })
    };
    let differs = |of: &AnyObject, others: &[AnyObject]| {
        let other = others.iter().find(|other| is_same(of, other));
        other.is_none_or(|other| other.get(&["spec"]) != of.get(&["spec"]))
    };
    let changed = after.iter().filter(|of| differs(of, before));
    let gone = before.iter().filter(|of| !after.iter().any(|other| is_same(of, other)));
    let named = changed.chain(gone).filter(|of| is_not_modelled(of) && is_selected(of));
    named.map(|of| format!("{} {}/{}", of.kind().1, of.namespace(), of.name())).collect()
}

/// The policy of a Service that is Local and has an effect.
fn local_policy(service: &AnyObject) -> Option<&'static str> {
    let is_local = |policy| service.text(&["spec", policy]) == "Local";
    let ips = service.get(&["spec", "externalIPs"]).and_then(Value::as_array);
    let is_reached_from_outside = matches!(service.text(&["spec", "type"]), "NodePort" | "LoadBalancer")
        || ips.is_some_and(|ips| !ips.is_empty());
    if is_local("externalTrafficPolicy") && is_reached_from_outside {
        Some("externalTrafficPolicy")
    } else {
        is_local("internalTrafficPolicy").then_some("internalTrafficPolicy")
    }
}
