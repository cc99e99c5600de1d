//! Wanted minus present: what to keep, make, change and delete.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Action, Operation, PlanOptions, Present};
use crate::diagnostics::Diagnostic;
use crate::ir::{FrontendKind, RuleSet, ServicePort};
use crate::net::Family;
use crate::platform::hns::codes;
use crate::platform::hns::host::HostNetwork;
use crate::platform::hns::ids::{self, FrontendKey};
use crate::platform::hns::lower::{Desired, Object, Wanted};
use crate::platform::hns::model::{
    Address, Detail, Endpoint, EndpointRef, Guid, LoadBalancer, LoadBalancerFlags, PortFlags, State,
    protocol_number,
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
        present: PresentBalancers::new(state),
        modifies_in_place: desired.modifies_in_place,
        is_overlay: desired.network.type_ == crate::node::NetworkType::Overlay,
        change: Change::default(),
    };
    let Desired { network, mut objects, mut used, stale, .. } = desired;
    if options.destroy {
        objects.clear();
        used.clear();
    }
    if options.like_restart {
        comparing.delete_all(rules, state);
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
    comparing.change
}

struct Comparing<'s> {
    present: PresentBalancers<'s>,
    modifies_in_place: bool,
    is_overlay: bool,
    change: Change,
}

impl Comparing<'_> {
    /// A start of kube-proxy deletes all load balancers of the host, whoever made them.
    fn delete_all(&mut self, rules: &RuleSet, state: &State) {
        let through_old_api = rules.node.behavior.winkernel.deletes_policy_lists;
        for id in state.load_balancers.iter().filter_map(|balancer| balancer.id) {
            let action = if through_old_api { Action::DeletePolicyList } else { Action::DeleteLoadBalancer };
            self.operate(action, id, Vec::new());
        }
        self.present = PresentBalancers::default();
    }

    fn operate(&mut self, action: Action, id: Guid, requires: Vec<Guid>) {
        self.change.operations.push(Operation { action, id, requires, purpose: None, owners: Vec::new() });
    }

    fn want(&mut self, wanted: Wanted) {
        let Wanted { id, object, purpose, owners } = wanted;
        let purpose = Some(purpose);
        match object {
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
                    Like::SameFrontend(present) if self.modifies_in_place => {
                        (Action::ModifyLoadBalancer(balancer), present, members)
                    }
                    Like::SameFrontend(present) => {
                        self.operate(Action::DeleteLoadBalancer, present, Vec::new());
                        let requires = members.into_iter().chain([present]).collect();
                        (Action::CreateLoadBalancer(balancer), id, requires)
                    }
                    Like::None => (Action::CreateLoadBalancer(balancer), id, members),
                };
                self.change.operations.push(Operation { action, id, requires, purpose, owners });
            }
        }
    }

    /// Load balancers that nobody wants: deleted if they are ours, else reported.
    fn clear_balancers(&mut self, state: &State, claims: &Claims<'_>) {
        for (at, balancer) in state.load_balancers.iter().enumerate() {
            let Some(id) = balancer.id.filter(|_| !self.present.taken.contains(&at)) else { continue };
            let frontend = FrontendKey::of(balancer);
            if frontend.as_ref().is_some_and(|frontend| claims.owns_frontend(frontend, id)) {
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

/// What is there and resembles a wanted load balancer.
enum Like {
    /// It does the same.
    Equal {
        id: Guid,
        frontend: Option<FrontendKey>,
    },
    /// It answers to the same, and does something else.
    SameFrontend(Guid),
    None,
}

/// The load balancers that are there, by what they answer to.
#[derive(Default)]
struct PresentBalancers<'s> {
    balancers: &'s [LoadBalancer],
    by_frontend: FxHashMap<FrontendKey, Vec<usize>>,
    /// Those of tables that tell no ports, by address.
    by_vip: FxHashMap<Option<Address>, Vec<usize>>,
    /// Those that stand for a wanted one.
    taken: FxHashSet<usize>,
}

impl<'s> PresentBalancers<'s> {
    fn new(state: &'s State) -> Self {
        let mut present = Self { balancers: &state.load_balancers, ..Self::default() };
        for (at, balancer) in state.load_balancers.iter().enumerate() {
            match FrontendKey::of(balancer) {
                _ if balancer.id.is_none() => {}
                Some(key) => present.by_frontend.entry(key).or_default().push(at),
                None if balancer.detail == Detail::Table => {
                    let vip = balancer.frontend_vips.first().cloned();
                    present.by_vip.entry(vip).or_default().push(at);
                }
                None => {}
            }
        }
        present
    }

    /// Finds and takes the load balancer that stands for a wanted one.
    fn like(&mut self, wanted: &LoadBalancer, is_overlay: bool) -> Like {
        if self.balancers.is_empty() {
            return Like::None;
        }
        let key = FrontendKey::of(wanted).expect("kube-proxy's have a port");
        let free = |at: &&usize| !self.taken.contains(*at);
        let of_key = |key: &FrontendKey| self.by_frontend.get(key).map_or(&[][..], Vec::as_slice);
        // The old schema does not tell the family of a node port.
        let other_family = FrontendKey { ipv6: !key.ipv6, ..key.clone() };
        let old = of_key(&other_family).iter().filter(|at| self.balancers[**at].detail == Detail::OldSchema);
        let candidates: Vec<usize> = of_key(&key).iter().chain(old).filter(free).copied().collect();
        let same = |at: &&usize| is_equal(&self.balancers[**at], wanted, is_overlay);
        if let Some(&at) = candidates.iter().find(same) {
            return self.take(at, Some(key));
        }
        let certain =
            candidates.iter().find(|&&at| FrontendKey::of(&self.balancers[at]).as_ref() == Some(&key));
        if let Some(&at) = certain {
            self.taken.insert(at);
            return self.balancers[at].id.map_or(Like::None, Like::SameFrontend);
        }
        let in_tables = self.by_vip.get(&key.vip).map_or(&[][..], Vec::as_slice);
        let in_table = in_tables
            .iter()
            .filter(free)
            .copied()
            .find(|&at| members(&self.balancers[at]) == members(wanted));
        in_table.map_or(Like::None, |at| self.take(at, None))
    }

    fn take(&mut self, at: usize, frontend: Option<FrontendKey>) -> Like {
        self.taken.insert(at);
        self.balancers[at].id.map_or(Like::None, |id| Like::Equal { id, frontend })
    }
}

/// Whether a load balancer that is there does what is wanted, as far as the dump tells. What HNS fills in
/// by itself does not count: absent is zero, and only overlay networks have a source VIP of kube-proxy's.
fn is_equal(present: &LoadBalancer, wanted: &LoadBalancer, is_overlay: bool) -> bool {
    let (Some(is), Some(should)) = (present.port_mappings.first(), wanted.port_mappings.first()) else {
        return false;
    };
    let (port_flags, flags) = match present.detail {
        Detail::Full => (PortFlags::all(), LoadBalancerFlags::all()),
        Detail::OldSchema | Detail::Table => {
            (PortFlags::ILB | PortFlags::LOCAL_ROUTED_VIP, LoadBalancerFlags::DSR)
        }
    };
    present.port_mappings.len() == 1
        && is.internal_port == should.internal_port
        && is.flags & port_flags == should.flags & port_flags
        && present.flags & flags == wanted.flags & flags
        && (present.detail != Detail::Full || is.distribution == should.distribution)
        && (!is_overlay || present.source_vip == wanted.source_vip)
        && members(present) == members(wanted)
}

fn members(balancer: &LoadBalancer) -> Vec<&EndpointRef> {
    let mut members: Vec<&EndpointRef> = balancer.endpoints.iter().collect();
    members.sort_unstable();
    members
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
