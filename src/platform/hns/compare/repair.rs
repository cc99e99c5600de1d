//! Commands that delete what should not be there.

use rustc_hash::FxHashMap;

use super::side::HnsSide;
use crate::answer::change::{ObjectKind, Standing};
use crate::platform::hns::model::EndpointRef;

/// The load balancers that have an endpoint as a member, by the id of the endpoint.
pub(super) struct Users(FxHashMap<String, Vec<String>>);

/// How many load balancers a command names.
const NAMED: usize = 4;

impl Users {
    /// Those of the sides that a node holds.
    pub(super) fn of(sides: &[&HnsSide]) -> Self {
        let mut members: FxHashMap<String, Vec<String>> = FxHashMap::default();
        for side in sides.iter().filter(|side| side.standing == Standing::Held) {
            for balancer in &side.balancers {
                let id = balancer.object.id.map_or_else(|| "ID".to_owned(), |id| id.to_string());
                for member in balancer.object.endpoints.iter().filter_map(EndpointRef::id) {
                    members.entry(member.to_string()).or_default().push(id.clone());
                }
            }
        }
        Self(members)
    }

    /// How to delete an endpoint: HNS refuses while load balancers have it as a member.
    pub(super) fn delete_endpoint(&self, id: &str) -> String {
        let users = self.0.get(id).map_or(&[][..], Vec::as_slice);
        match users.len() {
            0 => delete(ObjectKind::Endpoint, id),
            many if many <= NAMED => {
                let first: Vec<String> =
                    users.iter().map(|user| delete(ObjectKind::LoadBalancer, user)).collect();
                let endpoint = delete(ObjectKind::Endpoint, id);
                format!("{}, then {endpoint}; kube-proxy makes the load balancers anew", first.join(", "))
            }
            many => format!(
                "{many} load balancers have it as a member and come first: hnsplan plan --dump deletes in the right order"
            ),
        }
    }
}

/// How to delete an object.
pub(super) fn delete(kind: ObjectKind, id: &str) -> String {
    match kind {
        ObjectKind::Endpoint => format!("hnsdiag delete endpoints {id}"),
        _ => format!("hnsdiag delete loadbalancers {id}"),
    }
}
