//! The proxier of one family: what it takes in of events, and one sync after another.
//!
//! ```text
//! network ─► Services that changed ─► slices that changed ─► lists of HNS ─► service ports that are not applied
//!                                                            ─► what pods that are gone have left
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use super::books::Book;
use super::books::{Books, EndpointBook, PortKey, Wishes, endpoints_of, key_of, wishes};
use super::queried::{Found, Queried};
use super::stand_in::{Op, StandIn};
use crate::ir::{FrontendKind, RuleSet};
use crate::net::{Family, Protocol};
use crate::node::{NetworkType, NodeContext, SameAddress, WinkernelBehavior};
use crate::platform::hns::features::Features;
use crate::platform::hns::lower::Semantics;
use crate::platform::hns::lower::balancers::addresses;
use crate::platform::hns::model::{Address, Guid, Network, NetworkRef};
use crate::platform::hns::providers::ProviderAddresses;
use crate::platform::timeline::{Moment, ServiceName};

/// How many load balancers that could not be deleted are tried again in one sync (kube-proxy, all versions).
const MOST_STALE: usize = 20;

/// What does not change as long as kube-proxy runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'s> {
    pub(super) node: &'s NodeContext,
    pub(super) network: &'s str,
    pub(super) features: Features,
}

impl Setting<'_> {
    pub(super) fn behavior(&self) -> &WinkernelBehavior {
        &self.node.behavior.winkernel
    }
}

/// One sync: what is wanted, what HNS listed at its beginning, and HNS itself.
pub(super) struct Pass<'p> {
    pub(super) rules: &'p RuleSet,
    pub(super) setting: Setting<'p>,
    pub(super) network: NetworkRef,
    /// The host's own endpoint, for health checks.
    pub(super) gateway: Option<Found>,
    pub(super) queried: Queried,
    pub(super) hns: &'p mut StandIn,
}

/// The proxier of a family.
#[derive(Debug)]
pub(super) struct Proxier {
    pub(super) family: Family,
    pub(super) books: Books,
    /// Whether load balancers are changed in place.
    pub(super) modifies: bool,
    /// The network at the start, or since it was another one.
    network: Option<Guid>,
    pub(super) is_overlay: bool,
    /// The subnets of other nodes, as the network had them when it was last read.
    pub(super) providers: ProviderAddresses,
    /// What of the Services has been taken in.
    wishes: Wishes,
    /// What the Services of the moment say.
    wanted: Wishes,
    /// The Services that these are about; all where nothing is told.
    touched: Option<BTreeSet<ServiceName>>,
    /// Services of which slices have changed, and that is not taken in yet.
    pending: BTreeSet<ServiceName>,
    /// Whether anything is not taken in yet.
    waits: bool,
}

impl Proxier {
    /// Starts: all load balancers of HNS are deleted, whoever made them.
    pub(super) fn start(family: Family, setting: Setting<'_>, hns: &mut StandIn) -> Self {
        let network = hns.network(setting.network);
        let is_overlay = network.as_ref().is_some_and(|of| of.type_ == NetworkType::Overlay);
        if is_overlay {
            // The source VIP is looked up on the network by its name again.
            hns.network(setting.network);
        }
        let mut proxier = Self {
            family,
            books: Books::default(),
            modifies: setting.behavior().in_place.is_on(setting.features.version),
            network: None,
            is_overlay,
            providers: ProviderAddresses::default(),
            wishes: Wishes::new(),
            wanted: Wishes::new(),
            touched: None,
            pending: BTreeSet::new(),
            waits: false,
        };
        if let Some(network) = &network {
            proxier.keep_network(network);
        }
        let op = if setting.behavior().deletes_policy_lists {
            Op::DeletePolicyList
        } else {
            Op::DeleteLoadBalancer
        };
        for balancer in hns.all_at_start(op) {
            // A failure is logged, and nothing else.
            let _ = hns.try_delete_balancer(family, op, balancer);
        }
        proxier
    }

    fn keep_network(&mut self, network: &Network) {
        self.network = Some(network.id);
        self.is_overlay = network.type_ == NetworkType::Overlay;
        self.keep_subnets(network);
    }

    pub(super) fn keep_subnets(&mut self, network: &Network) {
        self.providers = ProviderAddresses::new(&network.remote_subnets);
    }

    /// Looks at what has changed: what the Services say now, and which of them have other slices.
    pub(super) fn note<'n>(&mut self, moment: &Moment<'_>, slices: impl Iterator<Item = &'n ServiceName>) {
        self.wanted = wishes(&moment.touched_ports(), self.family);
        self.touched = moment.touched.cloned();
        self.waits = true;
        self.pending.extend(slices.cloned());
    }

    /// Whether something is still to be taken in.
    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    /// Whether what a Service says now is new to the proxier.
    pub(super) fn is_news(&self, service: &ServiceName) -> bool {
        self.wishes.get(service) != self.wanted.get(service)
    }

    /// One sync.
    pub(super) fn sync(&mut self, moment: &Moment<'_>, setting: Setting<'_>, hns: &mut StandIn) {
        let found = hns.network(setting.network);
        let Some(id) = found.as_ref().map(|of| of.id).filter(|id| Some(*id) == self.network) else {
            let all: Vec<PortKey> = self.books.services.keys().cloned().collect();
            for key in all {
                self.release(&key, false, hns);
            }
            if let Some(network) = found {
                self.keep_network(&network);
            }
            return;
        };
        self.take_in_services(moment.rules, hns);
        self.take_in_slices(moment, hns);
        let Some(listed) = hns.ask_for_endpoints(setting.network) else { return };
        if hns.ask_for_load_balancers().is_err() {
            return;
        }
        let queried = Queried::list(&mut hns.objects, listed, *setting.behavior());
        let windows = &setting.node.windows;
        let gateway = if windows.forward_health_check_vip {
            hns.endpoint_named(windows.root_endpoint_name.as_str()).as_ref().and_then(Found::of)
        } else {
            None
        };
        let network = NetworkRef::Id(id);
        let mut pass = Pass { rules: moment.rules, setting, network, gateway, queried, hns };
        if self.is_overlay && self.make_source_vip(&mut pass).is_err() {
            return;
        }
        self.apply(&mut pass);
        self.clean_up(&mut pass);
    }

    /// Takes in the Services that changed: what there is of all their ports is deleted.
    fn take_in_services(&mut self, rules: &RuleSet, hns: &mut StandIn) {
        self.waits = false;
        let mut wanted = mem::take(&mut self.wanted);
        let all = || self.wishes.keys().chain(wanted.keys()).cloned().collect();
        let names: BTreeSet<ServiceName> = self.touched.take().unwrap_or_else(all);
        for name in
            names.into_iter().filter(|name| self.wishes.get(name) != wanted.get(name)).collect::<Vec<_>>()
        {
            let before = self.wishes.remove(&name).unwrap_or_default();
            let now = wanted.remove(&name).unwrap_or_default();
            let gone: Vec<PortKey> = before.into_keys().filter(|key| !now.contains_key(key)).collect();
            for key in now.keys().chain(&gone) {
                self.release(key, false, hns);
            }
            for key in &gone {
                self.books.services.remove(key);
            }
            for port in rules.ports_of(&name.0, &name.1).filter(|port| port.family == self.family) {
                let addresses = |kind| addresses(port, kind, rules, Semantics::KubeProxy);
                let (external, ingress) =
                    (addresses(FrontendKind::ExternalIp), addresses(FrontendKind::LoadBalancerIp));
                self.books.services.insert(key_of(port), Book::new(port, external, ingress));
            }
            if !now.is_empty() {
                self.wishes.insert(name, now);
            }
        }
    }

    /// Takes in the slices that changed: counts fall, and service ports are no longer applied.
    fn take_in_slices(&mut self, moment: &Moment<'_>, hns: &mut StandIn) {
        self.books.terminated.clear();
        let pending = mem::take(&mut self.pending);
        let mut now = endpoints_of(&pending, self.family, moment);
        for name in &pending {
            let old = keys_of(&self.books.endpoints, name);
            let new = now.remove(name).unwrap_or_default();
            for key in &old {
                self.release(key, true, hns);
                self.books.terminated.extend(remote_addresses(&self.books.endpoints[key]).cloned());
            }
            for (key, endpoints) in &new {
                let is_optimized = self.books.services.get(key).is_none_or(|book| book.is_optimized);
                let is_kept = is_optimized && old.contains(key);
                if !endpoints.is_empty() && !is_kept {
                    self.release(key, true, hns);
                }
                for address in remote_addresses(endpoints) {
                    self.books.terminated.remove(address);
                }
            }
            for key in old {
                self.books.endpoints.remove(&key);
            }
            self.books.endpoints.extend(new.into_iter().filter(|(_, endpoints)| !endpoints.is_empty()));
        }
        // Endpoints that were there before their Service.
        let ports = moment.touched_ports().into_iter().filter(|port| port.family == self.family);
        for port in ports.filter(|port| !port.endpoints.is_empty()) {
            let known = self.books.endpoints.entry(key_of(port));
            known.or_insert_with(|| EndpointBook::all(port, moment.rules));
        }
    }

    /// Gives up what a service port has. Load balancers stay over a change of endpoints, unless an annotation says
    /// otherwise, and so do remote endpoints.
    pub(super) fn release(&mut self, key: &PortKey, endpoints_changed: bool, hns: &mut StandIn) {
        let Some(book) = self.books.services.get_mut(key) else { return };
        let keeps = endpoints_changed && book.is_optimized;
        if !keeps {
            delete_balancers(self.family, book, &mut self.books.stale, hns);
        }
        for endpoint in self.books.endpoints.get_mut(key).into_iter().flatten() {
            if endpoint.is_local || endpoint.is_released {
                continue;
            }
            let left = self.books.counts.take(endpoint.counted.counts);
            if !keeps {
                if left == 0 && hns.delete_endpoint(self.family, endpoint.counted.id).is_ok() {
                    endpoint.counted.id = None;
                }
                endpoint.is_released = true;
            }
        }
        if let Some(vip) = &mut book.vip_endpoint
            && let Some(counts) = vip.counts.take()
            && self.books.counts.take(Some(counts)) == 0
            && hns.delete_endpoint(self.family, vip.id).is_ok()
        {
            vip.id = None;
        }
        book.is_applied = false;
    }

    /// What pods that are gone have left behind, and what could not be deleted before.
    fn clean_up(&mut self, pass: &mut Pass<'_>) {
        let Pass { setting, queried, hns, .. } = pass;
        let deletes_unused = setting.node.behavior.winkernel.deletes_policy_lists;
        if deletes_unused {
            let unused: Vec<Guid> =
                self.books.counts.0.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
            for id in unused {
                let _ = hns.delete_endpoint(self.family, Some(id));
                self.books.counts.0.remove(&id);
            }
        } else {
            for address in &self.books.terminated {
                let found = queried.endpoint(&hns.objects, address).filter(|found| found.is_remote);
                if let Some(found) = found.filter(|found| self.books.counts.of(found.id) == 0) {
                    let _ = hns.delete_endpoint(self.family, Some(found.id));
                }
            }
        }
        let stale: Vec<Guid> = self.books.stale.iter().take(MOST_STALE).copied().collect();
        for id in stale {
            if hns.delete_balancer(self.family, id).is_ok() {
                self.books.stale.remove(&id);
            }
        }
        if setting.behavior().same_address == SameAddress::Local {
            for id in queried.hidden() {
                let _ = hns.delete_endpoint(self.family, Some(*id));
            }
        }
    }
}

/// Deletes all load balancers of a service port; what cannot be deleted is remembered.
pub(super) fn delete_balancers(
    family: Family,
    book: &mut Book,
    stale: &mut BTreeSet<Guid>,
    hns: &mut StandIn,
) {
    for balancer in book.balancers() {
        let Some(id) = *balancer else {
            hns.ask_for_none();
            continue;
        };
        match hns.delete_balancer(family, id) {
            Ok(()) => *balancer = None,
            Err(_) => {
                stale.insert(id);
            }
        }
    }
}

fn remote_addresses(endpoints: &[EndpointBook]) -> impl Iterator<Item = &Address> {
    endpoints.iter().filter(|of| !of.is_local).filter_map(|of| of.address.as_ref())
}

/// The ports of a Service that are in a map.
fn keys_of<T>(map: &BTreeMap<PortKey, T>, (namespace, name): &ServiceName) -> Vec<PortKey> {
    let unnamed = format!("{namespace}/{name}");
    let named = format!("{unnamed}:");
    let from = |text: &str| map.range((text.into(), Protocol::Sctp)..).map(|(key, _)| key);
    let exact = from(&unnamed).take_while(|key| *key.0 == *unnamed);
    exact.chain(from(&named).take_while(|key| key.0.starts_with(&named))).cloned().collect()
}
