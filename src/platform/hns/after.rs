//! What HNS holds when a plan has been carried out.

use rustc_hash::FxHashSet;

use super::eval::HostRules;
use super::features::Features;
use super::ids;
use super::model::{
    Address, Endpoint, EndpointRef, Guid, IpConfiguration, LoadBalancer, Network, NetworkRef, State,
};
use super::other_proxy::other_proxy;
use super::plan::{Action, Plan};
use super::simulate::{Refusal, Simulator};
use crate::ir::RuleSet;
use crate::node::HnsVersion;
use crate::source::Origin;

/// A host after a plan.
#[derive(Debug, Clone)]
pub struct After {
    /// What HNS holds.
    pub state: State,
    /// Whether a dump told what HNS held before.
    pub is_told: bool,
    /// The version of HNS, where somebody told it.
    pub version: Option<HnsVersion>,
    /// What HNS would have refused, by the id of the object.
    pub refused: Vec<(Guid, Refusal)>,
    /// Who serves Services on the node in place of kube-proxy, in a sentence.
    pub other_proxy: Option<String>,
    /// What rules of the virtual switch at the port of the host say of the node.
    pub(super) host_rules: HostRules,
    /// Where the Services of load balancers were read; of several Services the first.
    pub origins: Vec<(Guid, Origin)>,
}

impl Plan {
    /// What HNS holds after the plan. Without a state it is taken to hold the network, and the endpoints of
    /// local pods and of the host that the plan refers to.
    #[must_use]
    pub fn after(&self, rules: &RuleSet, state: Option<&State>) -> After {
        let mut before = state.cloned().unwrap_or_default();
        self.assume(&mut before);
        let version = rules.node.windows.hns_version.or(before.hns_version);
        let usual = rules.node.windows.build.and_then(|told| Features::usual_on(told.build));
        before.hns_version = Some(version.or(usual).unwrap_or(Features::ASSUMED));
        let mut simulator = Simulator::new(&before);
        let mut refused = Vec::new();
        for operation in &self.operations {
            if let Err(refusal) = simulator.apply(operation) {
                refused.push((operation.id, refusal));
            }
        }
        After {
            state: simulator.state(),
            is_told: state.is_some(),
            version,
            refused,
            other_proxy: other_proxy(&rules.node, state),
            host_rules: state.map(HostRules::of).unwrap_or_default(),
            origins: self.origins(rules),
        }
    }

    /// Adds what the plan refers to by name, because nobody told its id.
    fn assume(&self, state: &mut State) {
        let network = match &self.network.reference {
            NetworkRef::Id(id) => *id,
            NetworkRef::Named(name) => {
                let id = ids::network(name);
                state.networks.push(Network::bare(id, name.clone(), self.network.type_.clone()));
                id
            }
        };
        let mut assumed: FxHashSet<&EndpointRef> = FxHashSet::default();
        let balancers = self.operations.iter().filter_map(|operation| balancer_of(&operation.action));
        for member in balancers.flat_map(|balancer| &balancer.endpoints) {
            if member.id().is_some() || !assumed.insert(member) {
                continue;
            }
            state.endpoints.push(self.assumed_endpoint(member, network));
        }
    }

    /// An endpoint that is there already. That of the host has no address that anybody told.
    fn assumed_endpoint(&self, member: &EndpointRef, network: Guid) -> Endpoint {
        let (name, address): (Box<str>, Option<&Address>) = match member {
            EndpointRef::Named(name) => (name.clone(), None),
            EndpointRef::Local(address) => (Box::default(), Some(address)),
            EndpointRef::Id(_) => unreachable!("what has an id is not assumed"),
        };
        let configuration =
            |ip_address: &Address| IpConfiguration { ip_address: ip_address.clone(), prefix_length: 0 };
        Endpoint {
            id: Some(ids::assumed_endpoint(&self.network.name, member)),
            name,
            network: Some(NetworkRef::Id(network)),
            ip_configurations: address.map(configuration).into_iter().collect(),
            ..Endpoint::default()
        }
    }

    /// Where the Services of load balancers were read.
    fn origins(&self, rules: &RuleSet) -> Vec<(Guid, Origin)> {
        let of_operations = self.operations.iter().map(|operation| (operation.id, &operation.owners));
        let of_kept = self.kept.iter().map(|kept| (kept.id, &kept.owners));
        let origin =
            |(id, owners): (Guid, &Vec<u32>)| Some((id, rules.services[*owners.first()? as usize].origin));
        of_operations.chain(of_kept).filter_map(origin).collect()
    }
}

fn balancer_of(action: &Action) -> Option<&LoadBalancer> {
    match action {
        Action::CreateLoadBalancer(balancer) | Action::ModifyLoadBalancer(balancer) => Some(balancer),
        _ => None,
    }
}
