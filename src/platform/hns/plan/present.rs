//! The load balancers that a node has, and which of them is like a wanted one.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::model::{
    Address, Detail, EndpointRef, Guid, LoadBalancer, LoadBalancerFlags, Parts, PortFlags, State, Telling,
};

/// What is there and resembles a wanted load balancer.
pub(super) enum Like {
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
pub(super) struct PresentBalancers<'s> {
    pub(super) balancers: &'s [LoadBalancer],
    /// Whether one that is not among them is not on the node.
    pub(super) is_whole: bool,
    /// Whether the endpoints are known that a wanted one has as members.
    pub(super) tells_endpoints: bool,
    pub(super) by_frontend: FxHashMap<FrontendKey, Vec<usize>>,
    /// Those of tables that tell no ports, by address.
    pub(super) by_vip: FxHashMap<Option<Address>, Vec<usize>>,
    /// Those of which the state leaves out what they answer to.
    pub(super) vague: Vec<usize>,
    /// Those that stand for a wanted one.
    pub(super) taken: FxHashSet<usize>,
}

impl<'s> PresentBalancers<'s> {
    /// Those of a state.
    pub(super) fn new(state: &'s State) -> Self {
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
    pub(super) fn like(&mut self, wanted: &LoadBalancer, is_overlay: bool) -> Like {
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
            let taken = self.take(at, Some(key));
            return if hangs { Like::NotTold } else { taken };
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
        || !tells(Parts::SOURCE_VIP) && wanted.source_vip.is_some()
        || is_current && !tells(Parts::PORT_FLAGS) && !mapping.flags.is_empty()
        || is_current && !tells(Parts::DISTRIBUTION) && !mapping.distribution.is_tuple()
}

fn members(balancer: &LoadBalancer) -> Vec<&EndpointRef> {
    let mut members: Vec<&EndpointRef> = balancer.endpoints.iter().collect();
    members.sort_unstable();
    members
}
