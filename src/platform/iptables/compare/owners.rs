//! Which service port a chain is for: by the comments of its rules, or of those that lead to it.

use rustc_hash::FxHashMap;

use super::index::{ChainRules, Chains, Place, is_hashed, jump, service_of};
use crate::name::printable;

/// The service ports that chains of endpoints and service ports are for.
pub(super) struct Owners {
    /// By the chain that is led to.
    by_chain: [FxHashMap<Place, String>; 2],
}

impl Owners {
    /// Nothing is looked up where nothing has changed.
    pub(super) fn new(sides: [&Chains<'_>; 2], are_asked: bool) -> Self {
        if !are_asked {
            return Self { by_chain: [FxHashMap::default(), FxHashMap::default()] };
        }
        Self { by_chain: sides.map(Self::of_side) }
    }

    pub(super) fn of_side(side: &Chains<'_>) -> FxHashMap<Place, String> {
        let mut found: FxHashMap<Place, String> = FxHashMap::default();
        let shared = side.shared.iter().map(|rule| (rule.key.table, rule.rule));
        for (table, rule) in shared {
            if let (Some(to), Some(service)) = (jump(rule).filter(|to| is_hashed(*to)), service_of(rule)) {
                found.entry((table, to)).or_insert_with(|| printable(service));
            }
        }
        // In large clusters the rules of endpoints have no comments: whoever leads there says whose they are.
        for chain in side.own.iter().filter(|chain| is_hashed(chain.place.1)) {
            let own = chain.rules.iter().find_map(|rule| service_of(rule)).map(printable);
            let Some(service) = own.or_else(|| found.get(&chain.place).cloned()) else { continue };
            for to in chain.rules.iter().filter_map(|rule| jump(rule)).filter(|to| is_hashed(*to)) {
                found.entry((chain.place.0, to)).or_insert_with(|| service.clone());
            }
            found.entry(chain.place).or_insert(service);
        }
        found
    }

    pub(super) fn of(&self, chain: &ChainRules<'_>, side: usize) -> Vec<String> {
        let found =
            self.by_chain[side].get(&chain.place).or_else(|| self.by_chain[1 - side].get(&chain.place));
        found.cloned().into_iter().collect()
    }
}
