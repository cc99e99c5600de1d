//! Wanted minus present: what to keep, make, change and delete.

use rustc_hash::{FxHashMap, FxHashSet};

use super::present::{Like, PresentBalancers};
use super::{Action, Operation, PlanOptions, Present};
use crate::diagnostics::Diagnostic;
use crate::ir::{FrontendKind, RuleSet, ServicePort};
use crate::name::{first_names, printable};
use crate::net::Family;
use crate::platform::hns::codes;
use crate::platform::hns::host::HostNetwork;
use crate::platform::hns::ids::{self, FrontendKey};
use crate::platform::hns::lower::{Desired, Object, Wanted};
use crate::platform::hns::model::{
    Address, Endpoint, EndpointRef, Guid, LoadBalancer, NetworkRef, Parts, State, Telling, protocol_number,
};

/// What is to change, in no particular order but a pleasing one.
#[derive(Default)]
pub(super) struct Change {
    pub(super) operations: Vec<Operation>,
    pub(super) kept: Vec<Present>,
    pub(super) foreign: Vec<Present>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Compares what is wanted with what is there.
pub(super) fn compare(rules: &RuleSet, desired: Desired, state: &State, options: &PlanOptions) -> Change {
    let mut comparing = Comparing {
        present: PresentBalancers {
            tells_endpoints: state.tells_all_endpoints(),
            ..PresentBalancers::new(state)
        },
        modifies_in_place: desired.modifies_in_place,
        is_overlay: desired.network.type_ == crate::node::NetworkType::Overlay,
        tells_endpoints: state.tells_all_endpoints(),
        change: Change::default(),
        withheld: Withheld::default(),
    };
    let Desired { network, mut objects, mut used, stale, .. } = desired;
    if options.destroy {
        objects.clear();
        used.clear();
    }
    if options.like_restart {
        comparing.delete_all(rules, state);
    }
    if state.networks.telling() != Telling::Whole
        && matches!(network.reference, NetworkRef::Named(_))
        && state.endpoints.telling() != Telling::NotTold
    {
        comparing.withheld.networks = true;
    }
    comparing.change.operations.reserve(objects.len());
    for wanted in objects {
        comparing.want(wanted);
    }
    // Remote endpoints in the way of local ones, and those of ours that nobody uses any more.
    let mut unwanted: FxHashSet<Guid> = stale.into_iter().collect();
    let is_empty = state.load_balancers.is_empty() && state.endpoints.is_empty();
    if !options.like_restart && !is_empty {
        let claims = Claims::new(rules, options, &network);
        comparing.clear_balancers(state, &claims);
        unwanted.extend(claims.unused_endpoints(state, &used));
    }
    comparing.delete_endpoints(state, &unwanted);
    let withheld = comparing.withheld.diagnostics();
    comparing.change.diagnostics.extend(withheld);
    comparing.change
}

/// What is not planned, as it hangs on what the state does not tell.
#[derive(Default)]
struct Withheld {
    /// Load balancers to create or delete, by what they answer to.
    balancers: Vec<String>,
    /// Load balancers whose members hang on which endpoints are on this node, by what they answer to.
    members: Vec<String>,
    /// Endpoints to create or delete, by their addresses.
    endpoints: Vec<String>,
    /// Whether the network is not known.
    networks: bool,
}

/// How many objects a message names.
const NAMED: usize = 5;

impl Withheld {
    /// One diagnostic for each kind of object, with the command that tells it.
    fn diagnostics(self) -> impl Iterator<Item = Diagnostic> {
        let of = |names: Vec<String>, kind: &str, lister: &str| {
            let message = format!(
                "whether the node has {} {kind} that the plan is about is not in the dump: {}",
                names.len(),
                first_names(&names, NAMED)
            );
            (!names.is_empty()).then(|| not_told(message, lister))
        };
        let members = (!self.members.is_empty()).then(|| {
            let message = format!(
                "which endpoints are on this node is not in the dump, and {} load balancers hang on it: {}",
                self.members.len(),
                first_names(&self.members, NAMED)
            );
            not_told(message, "Get-HnsEndpoint")
        });
        let networks = self
            .networks
            .then(|| not_told("the network of the node is not in the dump".to_owned(), "Get-HnsNetwork"));
        [
            of(self.balancers, "load balancers", "Get-HnsPolicyList"),
            of(self.endpoints, "endpoints", "Get-HnsEndpoint"),
            members,
            networks,
        ]
        .into_iter()
        .flatten()
    }
}

fn not_told(message: String, lister: &str) -> Diagnostic {
    let help = format!("add the output of {lister} | ConvertTo-Json -Depth 20 to the dump");
    Diagnostic::new(codes::STATE_NOT_TOLD, message).help(help)
}

struct Comparing<'s> {
    present: PresentBalancers<'s>,
    modifies_in_place: bool,
    is_overlay: bool,
    /// Whether an endpoint that is not in the state is not on the node.
    tells_endpoints: bool,
    change: Change,
    withheld: Withheld,
}

impl Comparing<'_> {
    /// A start of kube-proxy deletes all load balancers of the host, whoever made them.
    fn delete_all(&mut self, rules: &RuleSet, state: &State) {
        if !state.load_balancers.is_whole() {
            self.withheld.balancers.push("all".to_owned());
        }
        let through_old_api = rules.node.behavior.winkernel.deletes_policy_lists;
        for id in state.load_balancers.iter().filter_map(|balancer| balancer.id) {
            let action = if through_old_api { Action::DeletePolicyList } else { Action::DeleteLoadBalancer };
            self.operate(action, id, Vec::new());
        }
        self.present =
            PresentBalancers { is_whole: true, tells_endpoints: true, ..PresentBalancers::default() };
    }

    fn operate(&mut self, action: Action, id: Guid, requires: Vec<Guid>) {
        self.change.operations.push(Operation { action, id, requires, purpose: None, owners: Vec::new() });
    }

    fn want(&mut self, wanted: Wanted) {
        let Wanted { id, object, purpose, owners } = wanted;
        let purpose = Some(purpose);
        match object {
            Object::Endpoint(endpoint) if !self.tells_endpoints => {
                let address = endpoint.addresses().next().map(ToString::to_string);
                self.withheld.endpoints.push(printable(&address.unwrap_or_default()));
            }
            Object::Endpoint(endpoint) => self.change.operations.push(Operation {
                action: Action::CreateEndpoint(endpoint),
                id,
                requires: Vec::new(),
                purpose,
                owners,
            }),
            Object::LoadBalancer(balancer) => {
                let members: Vec<Guid> = balancer.endpoints.iter().filter_map(EndpointRef::id).collect();
                let (action, id, requires) = match self.present.like(&balancer, self.is_overlay) {
                    Like::Equal { id, frontend } => {
                        self.change.kept.push(Present { id, frontend, owners });
                        return;
                    }
                    _ if !balancer.gaps.tells(Parts::MEMBERS) => {
                        self.withheld.members.extend(FrontendKey::of(&balancer).map(|key| key.to_string()));
                        return;
                    }
                    Like::SameFrontend(present) if self.modifies_in_place => {
                        (Action::ModifyLoadBalancer(balancer), present, members)
                    }
                    Like::SameFrontend(present) => {
                        self.operate(Action::DeleteLoadBalancer, present, Vec::new());
                        let requires = members.into_iter().chain([present]).collect();
                        (Action::CreateLoadBalancer(balancer), id, requires)
                    }
                    Like::None => (Action::CreateLoadBalancer(balancer), id, members),
                    Like::NotTold => {
                        self.withheld.balancers.extend(FrontendKey::of(&balancer).map(|key| key.to_string()));
                        return;
                    }
                };
                self.change.operations.push(Operation { action, id, requires, purpose, owners });
            }
        }
    }

    /// Load balancers that nobody wants: deleted if they are ours, else reported.
    fn clear_balancers(&mut self, state: &State, claims: &Claims<'_>) {
        for (at, balancer) in state.load_balancers.iter().enumerate() {
            let Some(id) = balancer.id.filter(|_| !self.present.taken.contains(&at)) else { continue };
            // What it answers to is not known, so nobody can say whose it is.
            if !balancer.gaps.tells(Parts::VIPS)
                || !balancer.gaps.tells(Parts::PORTS) && claims.has_address(&balancer.frontend_vips)
            {
                continue;
            }
            let frontend = FrontendKey::of(balancer).filter(|_| balancer.gaps.tells(Parts::PORTS));
            if frontend.as_ref().is_some_and(|frontend| claims.owns_frontend(frontend, id)) {
                if !balancer.gaps.tells(LoadBalancer::DEED) {
                    self.withheld.balancers.extend(frontend.map(|key| key.to_string()));
                    continue;
                }
                self.operate(Action::DeleteLoadBalancer, id, Vec::new());
                continue;
            }
            self.change.diagnostics.push(foreign(id, frontend.as_ref()));
            self.change.foreign.push(Present { id, frontend, owners: Vec::new() });
        }
    }

    /// Deletes endpoints after the load balancers that use them are deleted or changed. One that a load
    /// balancer goes on using stays.
    fn delete_endpoints(&mut self, state: &State, unwanted: &FxHashSet<Guid>) {
        if unwanted.is_empty() {
            return;
        }
        let tells_members = |balancer: &LoadBalancer| balancer.gaps.tells(Parts::MEMBERS);
        if !state.load_balancers.is_whole() || !state.load_balancers.iter().all(tells_members) {
            // Load balancers that are not told may have them as members, and lead nowhere then.
            let names = state.endpoints.iter().filter(|of| of.id.is_some_and(|id| unwanted.contains(&id)));
            let names = names.filter_map(|of| of.addresses().next().map(ToString::to_string));
            self.withheld
                .balancers
                .extend(names.map(|name| format!("those of endpoint {}", printable(&name))));
            return;
        }
        let touched: FxHashSet<Guid> = self.change.operations.iter().map(|operation| operation.id).collect();
        let mut users: FxHashMap<Guid, Vec<Guid>> = FxHashMap::default();
        for balancer in &state.load_balancers {
            let members = balancer.endpoints.iter().filter_map(EndpointRef::id);
            for member in members.filter(|member| unwanted.contains(member)) {
                users.entry(member).or_default().extend(balancer.id);
            }
        }
        for id in state.endpoints.iter().filter_map(|endpoint| endpoint.id) {
            if !unwanted.contains(&id) {
                continue;
            }
            let users = users.remove(&id).unwrap_or_default();
            if users.iter().all(|user| touched.contains(user)) {
                self.operate(Action::DeleteEndpoint, id, users);
            }
        }
    }
}

/// What may be deleted when nobody wants it: what has an id that only hnsplan gives, what an earlier plan
/// made, and what answers to an address and port of a Service of the input.
struct Claims<'n> {
    frontends: FxHashSet<FrontendKey>,
    addresses: FxHashSet<Address>,
    network: &'n HostNetwork,
}

impl<'n> Claims<'n> {
    fn new(rules: &RuleSet, options: &PlanOptions, network: &'n HostNetwork) -> Self {
        let of_services = rules.services.iter().flat_map(frontends);
        Self {
            frontends: of_services.chain(options.owned.frontends.iter().cloned()).collect(),
            addresses: options.owned.addresses.iter().cloned().collect(),
            network,
        }
    }

    fn owns_frontend(&self, frontend: &FrontendKey, id: Guid) -> bool {
        self.frontends.contains(frontend) || ids::load_balancer(&self.network.name, frontend) == id
    }

    /// Whether a Service has one of some addresses.
    fn has_address(&self, vips: &[Address]) -> bool {
        vips.iter().any(|vip| self.frontends.iter().any(|frontend| frontend.vip.as_ref() == Some(vip)))
    }

    /// Remote endpoints of ours that no service port uses.
    fn unused_endpoints(&self, state: &State, used: &FxHashSet<Guid>) -> impl Iterator<Item = Guid> {
        let ours =
            state.endpoints.iter().filter(|endpoint| endpoint.is_remote() && self.owns_endpoint(endpoint));
        ours.filter_map(|endpoint| endpoint.id).filter(|id| !used.contains(id))
    }

    fn owns_endpoint(&self, endpoint: &Endpoint) -> bool {
        let is_ours = |address| endpoint.id == Some(ids::endpoint(&self.network.name, address));
        self.network.holds(endpoint)
            && endpoint.addresses().any(|address| self.addresses.contains(address) || is_ours(address))
    }
}

/// What the load balancers of a service port answer to, whether or not it has endpoints.
fn frontends(port: &ServicePort) -> impl Iterator<Item = FrontendKey> + '_ {
    port.frontends.iter().map(|frontend| FrontendKey {
        vip: frontend.address.filter(|_| frontend.kind != FrontendKind::NodePort).map(Address::Ip),
        protocol: protocol_number(port.protocol),
        port: frontend.port,
        ipv6: port.family == Family::Ipv6,
    })
}

fn foreign(id: Guid, frontend: Option<&FrontendKey>) -> Diagnostic {
    let what = frontend.map_or_else(|| "without a port".to_owned(), |frontend| format!("for {frontend}"));
    Diagnostic::new(
        codes::FOREIGN_KEPT,
        format!("load balancer {id} {what} belongs to no Service of the input"),
    )
    .help("it is left alone; hnsdiag delete loadbalancers ID would delete it")
}
