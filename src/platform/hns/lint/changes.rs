//! What changes in HNS: what it is to hold, next to what it holds.

use rustc_hash::FxHashMap;

use super::WindowsNode;
use crate::platform::hns::model::{Guid, LoadBalancer, LoadBalancerFlags, State};

/// Load balancers and remote endpoints that come, change and go.
#[derive(Debug, Default)]
pub(super) struct Changes<'s> {
    /// Load balancers to be made.
    pub(super) new: Vec<&'s LoadBalancer>,
    /// Load balancers that stay, changed or not.
    pub(super) standing: Vec<&'s LoadBalancer>,
    /// Load balancers to be deleted.
    pub(super) gone: Vec<&'s LoadBalancer>,
    /// How many objects are made, changed and deleted: one call of HNS each.
    pub(super) calls: usize,
}

impl Changes<'_> {
    /// How many of the new load balancers are those of connections that HNS translates.
    pub(super) fn translating(&self) -> usize {
        self.new.iter().filter(|balancer| translates(balancer)).count()
    }
}

impl<'s> WindowsNode<'s> {
    pub(super) fn changes(self) -> Changes<'s> {
        let nothing: &[LoadBalancer] = &[];
        let before = self.hns.state.map_or(nothing, |state| &state.load_balancers);
        let Some(after) = self.hns.after else {
            return Changes { standing: before.iter().collect(), ..Changes::default() };
        };
        let mut left: FxHashMap<Guid, &LoadBalancer> = by_id(before);
        let mut changes = Changes::default();
        for balancer in &after.load_balancers {
            match balancer.id.and_then(|id| left.remove(&id)) {
                None => {
                    changes.new.push(balancer);
                    changes.calls += 1;
                }
                Some(old) => {
                    changes.standing.push(balancer);
                    changes.calls += usize::from(old != balancer);
                }
            }
        }
        changes.gone = left.into_values().collect();
        changes.calls += changes.gone.len() + remote(after).abs_diff(self.hns.state.map_or(0, remote));
        changes
    }
}

fn by_id(balancers: &[LoadBalancer]) -> FxHashMap<Guid, &LoadBalancer> {
    balancers.iter().filter_map(|balancer| Some((balancer.id?, balancer))).collect()
}

fn remote(state: &State) -> usize {
    state.endpoints.iter().filter(|endpoint| endpoint.is_remote()).count()
}

/// Whether HNS translates its connections, for which it takes ports of the node.
pub(super) fn translates(balancer: &LoadBalancer) -> bool {
    !balancer.flags.contains(LoadBalancerFlags::DSR)
}
