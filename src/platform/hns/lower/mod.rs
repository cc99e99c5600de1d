//! From the rule IR to the endpoints and load balancers that kube-proxy on Windows would make.
//!
//! ```text
//! selection ─► which endpoints of a service port are used, and with which port
//! candidates ─► what it takes to make their HNS endpoints
//! directory ─► the HNS endpoints behind them: those of local pods are there, remote ones are made
//! balancers ─► one load balancer for each address and port of the service port
//! findings ─► what is lost or odd on the way
//! ```
//!
//! kube-proxy has one state for all service ports: an endpoint is made once, and a load balancer equal to
//! one that is there is taken for one's own. So the first two steps are done for all at once, the others one
//! after the other, IPv4 before IPv6, service ports in the order of their names (kube-proxy's own order
//! is random).

pub(super) mod balancers;
pub(super) mod candidates;
mod decisions;
pub(super) mod directory;
mod findings;
pub(super) mod made;
mod members;
mod selection;
pub(super) mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc;
use std::thread;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::host::{Basis, Host, HostNetwork, host};
use super::model::{Address, Endpoint, Guid, LoadBalancer, State};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{RuleSet, ServicePort};
use crate::net::Family;
use crate::node::SameAddress;
use balancers::Balancers;
use candidates::{Candidate, Decided, Deciding};
pub(super) use decisions::Decisions;
use directory::Directory;
use members::Member;
use selection::Selection;

/// Whose rules decide about endpoints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Semantics {
    /// Those of kube-proxy on Windows, faults included.
    #[default]
    KubeProxy,
    /// Those of kube-proxy on Windows, if it followed topology hints, as kubernetes/kubernetes#137953 proposes. No release
    /// does so.
    WithHints,
    /// Those of Kubernetes, as far as HNS can follow them: hints count; endpoints that end are used when no
    /// other is left, for every Service; endpoints that are not ready never are; `ipMode: Proxy` counts;
    /// each endpoint gets connections on its own port or none.
    Kubernetes,
}

/// What should be on the node.
#[derive(Debug)]
pub struct Desired {
    /// The network.
    pub network: HostNetwork,
    /// The objects to make on a node without any of kube-proxy's, each after those that it refers to.
    pub objects: Vec<Wanted>,
    /// Endpoints that HNS has and that service ports use, with or without a load balancer.
    pub used: FxHashSet<Guid>,
    /// Remote endpoints that kube-proxy deletes because a local pod has their address.
    pub stale: Vec<Guid>,
    /// Whether HNS can change a load balancer in place, and kube-proxy does.
    pub modifies_in_place: bool,
    /// How the sync of each service port ends, by its position in the rule set.
    pub outcomes: Vec<Outcome>,
    /// What a person should know.
    pub diagnostics: Vec<Diagnostic>,
}

/// How the sync of a service port ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody serves its family on this node.
    Unserved,
    /// None of its endpoints can be used, so it gets no load balancers.
    WithoutMembers,
    /// HNS refuses a load balancer, because another one has its address and port.
    Refused,
    /// Everything is as it should be.
    Applied,
}

/// An object to make.
#[derive(Debug)]
pub struct Wanted {
    /// Its id in the plan.
    pub id: Guid,
    /// The object.
    pub object: Object,
    /// What it is for.
    pub purpose: Purpose,
    /// The service ports that need it: positions in the rule set, each once.
    pub owners: Vec<u32>,
}

impl Wanted {
    /// Notes that a service port needs it.
    fn own(&mut self, owner: u32) {
        if self.owners.last() != Some(&owner) {
            self.owners.push(owner);
        }
    }
}

/// An HCN object.
#[derive(Debug, Clone)]
pub enum Object {
    /// An endpoint.
    Endpoint(Box<Endpoint>),
    /// A load balancer.
    LoadBalancer(Box<LoadBalancer>),
}

/// What an object is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
pub enum Purpose {
    /// Source address of translated traffic on an overlay network.
    SourceVip,
    /// The cluster IP on an overlay network.
    ServiceVip,
    /// A pod, or another endpoint of a Service, on another node.
    RemoteEndpoint,
    /// The cluster IP.
    #[serde(rename = "ClusterIP")]
    ClusterIp,
    /// The node port.
    NodePort,
    /// An external IP.
    #[serde(rename = "ExternalIP")]
    ExternalIp,
    /// An address of the load balancer.
    LoadBalancer,
    /// Health checks of an address of the load balancer.
    HealthCheck,
}

/// Lowers a rule set for a host, of which HNS may have told its state.
#[must_use]
pub fn lower(rules: &RuleSet, state: Option<&State>, semantics: Semantics) -> Desired {
    lower_on(rules, state, semantics, Basis::KubeProxy)
}

/// The same, with a choice of what decides.
#[must_use]
pub fn lower_on(rules: &RuleSet, state: Option<&State>, semantics: Semantics, basis: Basis) -> Desired {
    let (host, mut diagnostics) = host(rules, state, basis);
    if semantics == Semantics::WithHints {
        diagnostics.push(
            Diagnostic::new(
                crate::platform::hns::codes::HYPOTHETICAL,
                "no release of kube-proxy on Windows follows topology hints as this does",
            )
            .help("leave --what-if out for what nodes do"),
        );
    }
    let mut lowering = Lowering::new(rules, &host, semantics, diagnostics);
    for &family in &host.families {
        lowering.sync(family);
    }
    lowering.finish()
}

/// How many service ports are decided at once: few enough that their memory is used again.
const BATCH: usize = 512;

/// What kube-proxy keeps from one service port to the next.
struct Lowering<'r> {
    rules: &'r RuleSet,
    host: &'r Host<'r>,
    semantics: Semantics,
    directory: Directory,
    balancers: Balancers,
    objects: Vec<Wanted>,
    used: FxHashSet<Guid>,
    outcomes: Vec<Outcome>,
    diagnostics: Vec<Diagnostic>,
    /// What was found about service ports, each of one family.
    of_ports: Vec<(&'r ServicePort, Diagnostic)>,
    /// Addresses of other families by the MAC address made up for them.
    macs: FxHashMap<[u8; 4], std::net::Ipv6Addr>,
    /// Whether endpoints that HNS has are remote, as far as it is told; none where the directory has them.
    places: FxHashMap<Address, Option<bool>>,
    /// Endpoints of which nobody tells whether they are on this node, where that decides.
    unplaced: BTreeSet<Box<str>>,
}

impl<'r> Lowering<'r> {
    fn new(
        rules: &'r RuleSet,
        host: &'r Host<'r>,
        semantics: Semantics,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        let present = host.endpoints.as_deref().unwrap_or_default();
        let endpoints = rules.services.iter().map(|port| port.endpoints.len()).sum();
        let mut directory = Directory::new(present, rules.node.behavior.winkernel.same_address);
        directory.reserve(endpoints);
        Self {
            rules,
            host,
            semantics,
            directory,
            balancers: Balancers::default(),
            objects: Vec::with_capacity(endpoints + 2 * rules.services.len()),
            used: FxHashSet::default(),
            outcomes: vec![Outcome::Unserved; rules.services.len()],
            diagnostics,
            of_ports: Vec::new(),
            macs: FxHashMap::default(),
            places: if host.endpoints.is_none() {
                members::places(host.all_endpoints)
            } else {
                FxHashMap::default()
            },
            unplaced: BTreeSet::new(),
        }
    }

    /// One pass of the proxier of a family. While some service ports are looked up, the next ones are decided.
    fn sync(&mut self, family: Family) {
        let Self { rules, host, semantics, .. } = *self;
        let positions: Vec<usize> =
            (0..rules.services.len()).filter(|&at| rules.services[at].family == family).collect();
        if host.is_overlay() {
            self.make_source_vip();
        }
        let deciding = Deciding { rules, host, semantics };
        if cfg!(target_family = "wasm") {
            // A page has one thread, and to start another is a panic.
            for at in positions {
                let Decided { owner, selection, candidates } = deciding.about(at);
                self.service_port(owner, &selection, candidates);
            }
            return;
        }
        thread::scope(|scope| {
            let (sender, batches) = mpsc::sync_channel::<Vec<Decided<'_>>>(2);
            let positions = &positions;
            scope.spawn(move || {
                let decide = |batch: &[usize]| batch.par_iter().map(|&at| deciding.about(at)).collect();
                // Nobody receives any more only when the other side has panicked.
                positions.chunks(BATCH).try_for_each(|batch| sender.send(decide(batch)))
            });
            for Decided { owner, selection, candidates } in batches.into_iter().flatten() {
                self.service_port(owner, &selection, candidates);
            }
        });
    }

    fn service_port(&mut self, owner: u32, selection: &Selection<'_>, candidates: Vec<Candidate>) {
        if self.host.is_overlay() {
            self.make_service_vip(owner, selection.port);
        }
        let members: Vec<Member> = candidates
            .into_iter()
            .filter_map(|candidate| self.resolve(owner, candidate, selection))
            .collect();
        self.note_unplaced(selection, &members);
        let found = findings::about_port(selection, &members, self.rules, self.host);
        let port = &self.rules.services[owner as usize];
        self.of_ports.extend(found.into_iter().map(|found| (port, found)));
        if members.is_empty() {
            self.outcomes[owner as usize] = Outcome::WithoutMembers;
        } else {
            self.outcomes[owner as usize] = Outcome::Applied;
            self.make_balancers(owner, selection, &members);
        }
    }

    fn finish(mut self) -> Desired {
        let behavior = &self.rules.node.behavior.winkernel;
        let hidden = std::mem::take(&mut self.directory.hidden);
        self.diagnostics.extend(hidden.iter().map(|hidden| findings::hidden(hidden, behavior.same_address)));
        self.diagnostics.extend(findings::unplaced(&self.unplaced));
        let deletes = behavior.same_address == SameAddress::Local;
        Desired {
            network: self.host.network.clone(),
            objects: self.objects,
            used: self.used,
            stale: hidden.into_iter().filter(|_| deletes).map(|hidden| hidden.remote).collect(),
            modifies_in_place: behavior.in_place.is_on(self.host.features.version),
            outcomes: self.outcomes,
            diagnostics: once(
                self.diagnostics.into_iter().chain(by_family(self.rules, self.of_ports)).collect(),
            ),
        }
    }
}

/// What is found about service ports. Where one has both families and only one shows it, the message names that one.
fn by_family(rules: &RuleSet, found: Vec<(&ServicePort, Diagnostic)>) -> Vec<Diagnostic> {
    let mut families: FxHashMap<&str, BTreeSet<Family>> = FxHashMap::default();
    for port in &rules.services {
        families.entry(&port.id).or_default().insert(port.family);
    }
    let mut shown: BTreeMap<&Diagnostic, BTreeSet<Family>> = BTreeMap::new();
    for (port, diagnostic) in &found {
        shown.entry(diagnostic).or_default().insert(port.family);
    }
    let is_of_one = |(port, diagnostic): &(&ServicePort, Diagnostic)| {
        families[&*port.id].len() > 1 && shown[diagnostic].len() == 1
    };
    let of_one: Vec<bool> = found.iter().map(is_of_one).collect();
    let name = |((port, diagnostic), is_of_one): ((&ServicePort, Diagnostic), bool)| {
        let family = if is_of_one { format!(" ({})", port.family) } else { String::new() };
        Diagnostic { message: diagnostic.message + &family, ..diagnostic }
    };
    found.into_iter().zip(of_one).map(name).collect()
}

/// What is true of a Service in both families is said once.
fn once(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut said = BTreeSet::new();
    diagnostics.into_iter().filter(|diagnostic| said.insert(diagnostic.clone())).collect()
}

/// A diagnostic about a field of the Service of a service port.
fn about(port: &ServicePort, code: Code, field: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, message)
        .about(crate::diagnostics::ObjectRef::new("Service", port.namespace.as_str(), port.name.as_str()))
        .at(port.origin.field(field))
}
