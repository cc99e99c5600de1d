//! The objects of a Service, as lowering wants them and a plan names them.

use rustc_hash::FxHashMap;

use super::{Balancer, Fate};
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::lower::{Desired, Object, Purpose};
use crate::platform::hns::model::{Address, Guid, LoadBalancer, State};
use crate::platform::hns::plan::{Action, Plan};

/// Load balancers and endpoints of service ports.
pub(super) struct Made {
    balancers: Vec<Wanted>,
    /// Endpoints for cluster IPs, by the service port that makes them.
    service_vips: FxHashMap<u32, Guid>,
}

/// A load balancer that service ports need.
pub(super) struct Wanted {
    /// The load balancer.
    pub(super) balancer: Box<LoadBalancer>,
    /// Those of the service ports in question.
    owners: Vec<u32>,
    named: Option<Balancer>,
}

impl Made {
    /// The objects of these service ports.
    pub(super) fn of(ports: &[u32], desired: &Desired) -> Self {
        let mut made = Self { balancers: Vec::new(), service_vips: FxHashMap::default() };
        for wanted in &desired.objects {
            match &wanted.object {
                Object::LoadBalancer(balancer) => {
                    let owners = wanted.owners.iter().copied().filter(|owner| ports.contains(owner));
                    let owners: Vec<u32> = owners.collect();
                    if !owners.is_empty() {
                        made.balancers.push(Wanted { balancer: balancer.clone(), owners, named: None });
                    }
                }
                // The first service port that comes makes it, the others find it (kube-proxy, all versions).
                Object::Endpoint(_) if wanted.purpose == Purpose::ServiceVip => {
                    made.service_vips.extend(wanted.owners.first().map(|owner| (*owner, wanted.id)));
                }
                Object::Endpoint(_) => {}
            }
        }
        made
    }

    /// Takes the ids of a plan.
    pub(super) fn identify(&mut self, plan: &Plan, state: Option<&State>) {
        let mut named = FxHashMap::default();
        for operation in &plan.operations {
            let (balancer, fate) = match &operation.action {
                Action::CreateLoadBalancer(balancer) => (balancer, Fate::Made),
                Action::ModifyLoadBalancer(balancer) => (balancer, Fate::Changed),
                _ => continue,
            };
            named.extend(FrontendKey::of(balancer).map(|key| (key, Balancer { id: operation.id, fate })));
        }
        let vip_of = |id: Guid| {
            let present = state?.load_balancers.iter().find(|balancer| balancer.id == Some(id))?;
            present.frontend_vips.first()
        };
        for wanted in &mut self.balancers {
            let key = FrontendKey::of(&wanted.balancer);
            let vip = wanted.balancer.frontend_vips.first();
            // A table of hnsdiag tells no ports: what stays has the address and the owner.
            let kept = plan.kept.iter().find(|kept| match &kept.frontend {
                Some(frontend) => Some(frontend) == key.as_ref(),
                None => kept.owners.contains(&wanted.owners[0]) && vip_of(kept.id) == vip,
            });
            let kept = kept.map(|kept| Balancer { id: kept.id, fate: Fate::Kept });
            wanted.named = key.and_then(|key| named.get(&key).copied()).or(kept);
        }
    }

    /// The load balancer of a service port that answers to an address and port.
    pub(super) fn balancer(&self, owner: u32, vip: Option<&Address>, port: u16) -> Option<&Wanted> {
        self.balancers.iter().find(|wanted| {
            let answers = wanted.balancer.port_mappings.first().is_some_and(|of| of.external_port == port);
            answers && wanted.owners.contains(&owner) && wanted.balancer.frontend_vips.first() == vip
        })
    }

    /// The endpoint that a service port makes for its cluster IP.
    pub(super) fn service_vip(&self, owner: u32) -> Option<Guid> {
        self.service_vips.get(&owner).copied()
    }
}

impl Wanted {
    /// Its id and what becomes of it.
    pub(super) fn named(&self) -> Option<Balancer> {
        self.named
    }
}
