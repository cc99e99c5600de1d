//! What others do to HNS: the network plugin, other programs, a restart of HNS itself.

use serde::Deserialize;
use serde_json::{Value, json};

use super::stand_in::frontend;
use crate::diagnostics::in_plain_words;
use crate::node::NetworkType;
use crate::platform::hns::model::{Endpoint, LoadBalancer, State};
use crate::platform::hns::read;

/// A document of changes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Change {
    /// The endpoints that the network plugin has from now on; kube-proxy's own are not touched.
    endpoints: Option<Vec<Value>>,
    /// Addresses of endpoints that go, of any kind.
    remove_endpoints: Vec<String>,
    /// Endpoints that come.
    add_endpoints: Vec<Value>,
    /// All load balancers from now on.
    load_balancers: Option<Vec<Value>>,
    /// Load balancers that come.
    add_load_balancers: Vec<Value>,
    /// What load balancers that go answer to: `TCP 10.96.0.10:80`.
    remove_frontends: Vec<String>,
    /// All networks from now on.
    networks: Option<Vec<Value>>,
    /// The changes on an `L2Bridge` network, where they are others than on an overlay network.
    #[serde(rename = "L2Bridge")]
    l2_bridge: Option<Box<Change>>,
    /// The changes on an overlay network.
    overlay: Option<Box<Change>>,
}

/// Does to HNS what a document says, and tells it thing by thing.
///
/// # Errors
/// When the document cannot be read.
pub(super) fn change(document: &Value, state: &mut State) -> Result<Vec<Value>, String> {
    let change: Change =
        serde_json::from_value(document.clone()).map_err(|error| in_plain_words(&error.to_string()))?;
    let is_overlay = state.networks.iter().any(|network| network.type_ == NetworkType::Overlay);
    let by_network = if is_overlay { change.overlay.as_deref() } else { change.l2_bridge.as_deref() };
    let mut told = Vec::new();
    apply(&change, state, &mut told)?;
    if let Some(change) = by_network {
        apply(change, state, &mut told)?;
    }
    Ok(told)
}

fn apply(change: &Change, state: &mut State, told: &mut Vec<Value>) -> Result<(), String> {
    if let Some(networks) = &change.networks {
        let new = read_objects("Networks", networks)?.networks;
        for network in &*new {
            told.push(json!({"what": "networks replaced", "id": network.id.to_string(), "on": network.name}));
        }
        state.networks = new;
    }
    let mut removed = Vec::new();
    if let Some(endpoints) = &change.endpoints {
        let new = read_objects("Endpoints", endpoints)?.endpoints;
        let is_kept =
            |of: &Endpoint| of.is_remote() || is_made_here(of) || new.iter().any(|kept| kept.id == of.id);
        take(&mut state.endpoints, |of| !is_kept(of), &mut removed);
        let came: Vec<Endpoint> =
            new.iter().filter(|of| !state.endpoints.iter().any(|old| old.id == of.id)).cloned().collect();
        removed.drain(..).for_each(|of| told.push(about_endpoint("endpoint removed", &of)));
        add_endpoints(came, state, told);
    }
    let is_named = |of: &Endpoint| {
        of.addresses().any(|own| change.remove_endpoints.iter().any(|name| *name == own.to_string()))
    };
    take(&mut state.endpoints, is_named, &mut removed);
    removed.drain(..).for_each(|of| told.push(about_endpoint("endpoint removed", &of)));
    let came = read_objects("Endpoints", &change.add_endpoints)?.endpoints.into_objects();
    add_endpoints(came, state, told);

    let mut gone: Vec<LoadBalancer> = Vec::new();
    if let Some(balancers) = &change.load_balancers {
        let new = read_objects("LoadBalancers", balancers)?.load_balancers;
        take(&mut state.load_balancers, |of| !new.iter().any(|kept| kept.id == of.id), &mut gone);
        let came: Vec<LoadBalancer> = new
            .iter()
            .filter(|of| !state.load_balancers.iter().any(|old| old.id == of.id))
            .cloned()
            .collect();
        gone.drain(..).for_each(|of| told.push(about_balancer("load balancer removed", &of)));
        add_balancers(came, state, told);
    }
    let is_named = |of: &LoadBalancer| change.remove_frontends.contains(&frontend(of));
    take(&mut state.load_balancers, is_named, &mut gone);
    gone.drain(..).for_each(|of| told.push(about_balancer("load balancer removed", &of)));
    let came = read_objects("LoadBalancers", &change.add_load_balancers)?.load_balancers.into_objects();
    add_balancers(came, state, told);
    Ok(())
}

/// Whether kube-proxy made an endpoint: those of the network plugin have names.
fn is_made_here(endpoint: &Endpoint) -> bool {
    endpoint.name.is_empty()
}

fn take<T: Clone>(from: &mut Vec<T>, is_taken: impl Fn(&T) -> bool, taken: &mut Vec<T>) {
    taken.extend(from.iter().filter(|of| is_taken(of)).cloned());
    from.retain(|of| !is_taken(of));
}

fn add_endpoints(came: Vec<Endpoint>, state: &mut State, told: &mut Vec<Value>) {
    for endpoint in came {
        told.push(about_endpoint("endpoint created", &endpoint));
        state.endpoints.push(endpoint);
    }
}

fn add_balancers(came: Vec<LoadBalancer>, state: &mut State, told: &mut Vec<Value>) {
    for balancer in came {
        told.push(about_balancer("load balancer created", &balancer));
        state.load_balancers.push(balancer);
    }
}

fn about_endpoint(what: &str, endpoint: &Endpoint) -> Value {
    let on: Vec<String> = endpoint.addresses().map(ToString::to_string).collect();
    let on = on.join("+");
    json!({"what": what, "id": endpoint.id.map(|id| id.to_string()).unwrap_or_default(), "on": on})
}

fn about_balancer(what: &str, balancer: &LoadBalancer) -> Value {
    let id = balancer.id.map(|id| id.to_string()).unwrap_or_default();
    json!({"what": what, "id": id, "on": frontend(balancer)})
}

/// Reads HCN objects of one kind.
fn read_objects(kind: &str, objects: &[Value]) -> Result<State, String> {
    let (state, problems) = read::read(&json!({ kind: objects }).to_string());
    match problems.first() {
        Some(problem) => Err(problem.message()),
        None => Ok(state),
    }
}
