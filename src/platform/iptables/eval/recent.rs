//! The lists of `recent` matches, which are kube-proxy's session affinity.
//!
//! A list remembers clients. A rule that sets it and translates to an endpoint puts the client on it, a
//! rule that checks it looks for the client. So a client that was sent to an endpoint is on the lists that
//! are set on the way to that endpoint.

use std::net::SocketAddr;

use rustc_hash::FxHashMap;

use super::chains::{ChainId, Chains};
use crate::platform::iptables::model::{ChainName, Match, Recent, RecentOperation, Rule, Target};

/// All lists, by name.
#[derive(Debug, Default)]
pub(super) struct Lists(FxHashMap<ChainName, List>);

#[derive(Debug, Default)]
struct List {
    /// The endpoints whose clients are on it.
    endpoints: Vec<SocketAddr>,
    /// The rules that look for a client on it.
    checks: Vec<Check>,
}

/// A rule that looks for a client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Check {
    pub(super) chain: ChainId,
    pub(super) position: usize,
    pub(super) seconds: u32,
}

impl Lists {
    pub(super) fn new(chains: &Chains<'_>) -> Self {
        let mut lists = Self::default();
        for (chain, position, rule) in chains.rules() {
            for Recent { list, operation } in recent(rule) {
                let list = lists.0.entry(*list).or_default();
                match *operation {
                    RecentOperation::Set => list.endpoints.extend(endpoint(rule)),
                    RecentOperation::Check { seconds, .. } => {
                        list.checks.push(Check { chain, position, seconds });
                    }
                }
            }
        }
        lists
    }

    /// Whether a client that was sent to this endpoint is on a list.
    pub(super) fn remembers(&self, list: ChainName, endpoint: SocketAddr) -> bool {
        self.0.get(&list).is_some_and(|list| list.endpoints.contains(&endpoint))
    }

    /// The rules that check a list.
    pub(super) fn checks(&self, list: ChainName) -> &[Check] {
        self.0.get(&list).map_or(&[], |list| &list.checks)
    }
}

fn recent(rule: &Rule) -> impl Iterator<Item = &Recent> {
    rule.matches.iter().filter_map(|condition| match condition {
        Match::Recent(recent) => Some(recent),
        _ => None,
    })
}

fn endpoint(rule: &Rule) -> Option<SocketAddr> {
    match &rule.target {
        Some(Target::DestinationNat(to)) => super::address::loaded_socket(to),
        _ => None,
    }
}
