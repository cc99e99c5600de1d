//! Wanted minus present: what to keep, make, change and delete.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Action, Operation, PlanOptions, Present};
use crate::diagnostics::Diagnostic;
use crate::ir::{FrontendKind, RuleSet, ServicePort};
use crate::name::printable;
use crate::net::Family;
use crate::platform::hns::codes;
use crate::platform::hns::host::HostNetwork;
use crate::platform::hns::ids::{self, FrontendKey};
use crate::platform::hns::lower::{Desired, Object, Wanted};
use crate::platform::hns::model::{
    Address, Detail, Endpoint, EndpointRef, Guid, LoadBalancer, LoadBalancerFlags, NetworkRef, Parts,
    PortFlags, State, Telling, protocol_number,
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
            let first = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more = if names.len() > NAMED { ", …" } else { "" };
            let message = format!(
                "whether the node has {} {kind} that the plan is about is not in the dump: {first}{more}",
                names.len()
            );
            (!names.is_empty()).then(|| not_told(message, lister))
        };
        let networks = self
            .networks
            .then(|| not_told("the network of the node is not in the dump".to_owned(), "Get-HnsNetwork"));
        [
            of(self.balancers, "load balancers", "Get-HnsPolicyList"),
            of(self.endpoints, "endpoints", "Get-HnsEndpoint"),
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

/// What is there and resembles a wanted load balancer.
enum Like {
    /// It does the same.
    Equal { id: Guid, frontend: Option<FrontendKey> },
    /// It answers to the same, and does something else.
    SameFrontend(Guid),
    /// There is none.
    None,
    /// Something may be it, and the state leaves out what decides.
    NotTold,
}

/// The load balancers that are there, by what they answer to.
#[derive(Default)]
struct PresentBalancers<'s> {
    balancers: &'s [LoadBalancer],
    /// Whether one that is not among them is not on the node.
    is_whole: bool,
    /// Whether the endpoints are known that a wanted one has as members.
    tells_endpoints: bool,
    by_frontend: FxHashMap<FrontendKey, Vec<usize>>,
    /// Those of tables that tell no ports, by address.
    by_vip: FxHashMap<Option<Address>, Vec<usize>>,
    /// Those of which the state leaves out what they answer to.
    vague: Vec<usize>,
    /// Those that stand for a wanted one.
    taken: FxHashSet<usize>,
}

impl<'s> PresentBalancers<'s> {
    fn new(state: &'s State) -> Self {
        let is_whole = state.load_balancers.is_whole();
        let mut present = Self { balancers: &state.load_balancers, is_whole, ..Self::default() };
        for (at, balancer) in state.load_balancers.iter().enumerate() {
            let is_row = balancer.detail == Detail::Table && balancer.gaps.tells(Parts::VIPS);
            if balancer.id.is_none() || !is_row && !balancer.gaps.tells(LoadBalancer::FRONTEND) {
                present.vague.push(at);
                continue;
            }
            match FrontendKey::of(balancer) {
                Some(key) => present.by_frontend.entry(key).or_default().push(at),
                None if is_row => {
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
            return self.nothing();
        }
        let key = FrontendKey::of(wanted).expect("kube-proxy's have a port");
        let free = |at: &&usize| !self.taken.contains(*at);
        let of_key = |key: &FrontendKey| self.by_frontend.get(key).map_or(&[][..], Vec::as_slice);
        // The old schema does not tell the family of a node port.
        let other_family = FrontendKey { ipv6: !key.ipv6, ..key.clone() };
        let tells_family = |at: &&usize| self.balancers[**at].gaps.tells(Parts::FAMILY);
        let old = of_key(&other_family).iter().filter(|at| !tells_family(at));
        let candidates: Vec<usize> = of_key(&key).iter().chain(old).filter(free).copied().collect();
        let same = |at: &&usize| is_equal(&self.balancers[**at], wanted, is_overlay);
        if let Some(&at) = candidates.iter().find(same) {
            let hangs = hangs_on_gaps(&self.balancers[at], wanted);
            return if hangs { Like::NotTold } else { self.take(at, Some(key)) };
        }
        let certain =
            candidates.iter().find(|&&at| FrontendKey::of(&self.balancers[at]).as_ref() == Some(&key));
        if let Some(&at) = certain {
            self.taken.insert(at);
            // What was read in part is not deleted.
            let is_told = self.balancers[at].gaps.tells(LoadBalancer::DEED) && self.tells_endpoints;
            return self.balancers[at].id.filter(|_| is_told).map_or(Like::NotTold, Like::SameFrontend);
        }
        let in_tables = self.by_vip.get(&key.vip).map_or(&[][..], Vec::as_slice);
        let in_table = in_tables
            .iter()
            .filter(free)
            .copied()
            .find(|&at| members(&self.balancers[at]) == members(wanted));
        if let Some(at) = in_table {
            return self.take(at, None);
        }
        let is_taken = in_tables.iter().any(|at| !self.taken.contains(at));
        let may_be = |at: &usize| may_be(&self.balancers[*at], &key);
        if is_taken || self.vague.iter().any(may_be) { Like::NotTold } else { self.nothing() }
    }

    fn nothing(&self) -> Like {
        if self.is_whole { Like::None } else { Like::NotTold }
    }

    fn take(&mut self, at: usize, frontend: Option<FrontendKey>) -> Like {
        self.taken.insert(at);
        self.balancers[at].id.map_or(Like::None, |id| Like::Equal { id, frontend })
    }
}

/// Whether a load balancer may answer to something, as far as the state tells.
fn may_be(present: &LoadBalancer, key: &FrontendKey) -> bool {
    let port = present.port_mappings.first().map(|of| (of.protocol, of.external_port));
    (!present.gaps.tells(Parts::VIPS) || present.frontend_vips.first() == key.vip.as_ref())
        && (!present.gaps.tells(Parts::PORTS) || port == Some((key.protocol, key.port)))
}

/// Whether a load balancer that is there does what is wanted, as far as the dump tells. What HNS fills in
/// by itself does not count: only overlay networks have a source VIP of kube-proxy's.
fn is_equal(present: &LoadBalancer, wanted: &LoadBalancer, is_overlay: bool) -> bool {
    let (Some(is), Some(should)) = (present.port_mappings.first(), wanted.port_mappings.first()) else {
        return false;
    };
    let tells = |parts| present.gaps.tells(parts);
    let port_flags = match present.gaps.telling(Parts::PORT_FLAGS) {
        Telling::Whole => PortFlags::all(),
        Telling::InPart => PortFlags::ILB | PortFlags::LOCAL_ROUTED_VIP,
        Telling::NotTold => PortFlags::empty(),
    };
    let mut flags = LoadBalancerFlags::all();
    flags.set(LoadBalancerFlags::DSR, tells(Parts::DSR));
    flags.set(LoadBalancerFlags::IPV6, tells(Parts::FAMILY));
    present.port_mappings.len() == 1
        && (!tells(Parts::INTERNAL_PORT) || is.internal_port == should.internal_port)
        && is.flags & port_flags == should.flags & port_flags
        && present.flags & flags == wanted.flags & flags
        && (!tells(Parts::DISTRIBUTION) || is.distribution == should.distribution)
        && (!is_overlay || !tells(Parts::SOURCE_VIP) || present.source_vip == wanted.source_vip)
        && (!tells(Parts::MEMBERS) || members(present) == members(wanted))
}

/// Whether the state leaves out of an equal load balancer what decides whether it is equal: to whom connections go, or
/// a flag that is wanted. HNS writes flags that are zero, so one that is missing is not known.
fn hangs_on_gaps(present: &LoadBalancer, wanted: &LoadBalancer) -> bool {
    let tells = |parts| present.gaps.tells(parts);
    let is_current = present.detail == Detail::Full;
    let mapping = wanted.port_mappings.first().copied().unwrap_or_default();
    !tells(LoadBalancer::DEED)
        || !tells(Parts::DSR) && wanted.flags.contains(LoadBalancerFlags::DSR)
        || is_current && !tells(Parts::PORT_FLAGS) && !mapping.flags.is_empty()
        || is_current && !tells(Parts::DISTRIBUTION) && !mapping.distribution.is_tuple()
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
