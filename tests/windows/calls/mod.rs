//! The calls of a replay, made to an HNS.

use hnsplan::platform::hns::apply::hcn::{CallError, Hcn};
use hnsplan::platform::hns::model::{Endpoint, Guid, State};
use hnsplan::platform::hns::read;
use serde_json::{Value, json};

/// Makes the calls in order, until one is refused. How many were made, and the code of the refusal.
pub(crate) fn make(hcn: &Hcn, calls: &[Value]) -> (usize, Option<u32>) {
    for (made, call) in calls.iter().enumerate() {
        if let Err(refused) = one(hcn, call) {
            return (made, Some(refused.code));
        }
    }
    (calls.len(), None)
}

fn one(hcn: &Hcn, call: &Value) -> Result<(), CallError> {
    let id = guid(&call["id"]);
    match call["op"].as_str().expect("a call has an operation") {
        "CreateEndpoint" => {
            let network = guid(&call["settings"]["HostComputeNetwork"]);
            // HNS gets the id beside the settings.
            let endpoint = Endpoint { id: None, ..state("Endpoints", call).endpoints[0].clone() };
            hcn.create_endpoint(network, id, &endpoint).map(|made| assert_eq!(made, id))
        }
        "DeleteEndpoint" => hcn.delete_endpoint(id),
        "CreateLoadBalancer" => {
            let balancer = state("LoadBalancers", call).load_balancers[0].clone();
            hcn.create_load_balancer(id, &balancer).map(|made| assert_eq!(made, id))
        }
        "UpdateLoadBalancer" => {
            let balancer = state("LoadBalancers", call).load_balancers[0].clone();
            hcn.modify_load_balancer(id, &balancer)
        }
        // Releases up to 1.31 begin with this call of the older API, which HNS does to the same object.
        "DeleteLoadBalancer" | "DeletePolicyList" => hcn.delete_load_balancer(id),
        other => panic!("{other} is no call of HNS"),
    }
}

fn guid(id: &Value) -> Guid {
    id.as_str().and_then(|id| id.parse().ok()).expect("an id")
}

/// The object of a call, as a dump would have it.
fn state(list: &str, call: &Value) -> State {
    let mut object = call["settings"].clone();
    object["ID"] = call["id"].clone();
    let (state, problems) = read::read(&json!({list: [object]}).to_string());
    assert!(problems.is_empty(), "{call}");
    state
}
