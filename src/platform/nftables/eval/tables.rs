//! The chains, sets and maps of a table, by what they are asked for.

use std::net::SocketAddr;

use rustc_hash::FxHashMap;

use crate::platform::nftables::model::{
    Address, Chain, ChainKind, Container, Destination, Element, Hook, Key, KeyShape, Statement, Table,
};

/// The position of a chain among all chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChainId(pub(super) usize);

/// A table, indexed.
#[derive(Debug)]
pub(super) struct Tables<'r> {
    pub(super) table: &'r Table,
    chains: FxHashMap<&'r str, ChainId>,
    /// The base chains of each hook, by priority.
    base: [Vec<ChainId>; Hook::ALL.len()],
    containers: FxHashMap<&'r str, Lookups<'r>>,
}

/// A set or map, by its keys.
#[derive(Debug)]
pub(super) struct Lookups<'r> {
    pub(super) container: &'r Container,
    elements: FxHashMap<Key, &'r Element>,
    /// Whether it has elements that this program does not know: what is not found may be among them.
    is_foreign: bool,
    /// The endpoints whose clients rules add to it.
    endpoints: Vec<SocketAddr>,
}

impl<'r> Tables<'r> {
    pub(super) fn new(table: &'r Table) -> Self {
        let ids = || (0..table.chains.len()).map(ChainId);
        let chains = ids().zip(&table.chains).map(|(id, chain)| (chain.name.as_str(), id)).collect();
        let base = Hook::ALL.map(|hook| {
            let mut found: Vec<(i32, ChainId)> = ids()
                .zip(&table.chains)
                .filter_map(|(id, chain)| Some((chain.base.filter(|base| base.hook == hook)?.priority, id)))
                .collect();
            found.sort_by_key(|(priority, _)| *priority);
            found.into_iter().map(|(_, id)| id).collect()
        });
        let named = table.containers.iter().map(|of| (of.name.as_str(), Lookups::of(of)));
        let mut containers: FxHashMap<&str, Lookups<'_>> = named.collect();
        for chain in &table.chains {
            for (set, endpoint) in remembered(chain) {
                if let Some(of) = containers.get_mut(set) {
                    of.endpoints.push(endpoint);
                }
            }
        }
        Self { table, chains, base, containers }
    }

    pub(super) fn get(&self, id: ChainId) -> &'r Chain {
        &self.table.chains[id.0]
    }

    pub(super) fn find(&self, name: &str) -> Option<ChainId> {
        self.chains.get(name).copied()
    }

    pub(super) fn container(&self, name: &str) -> Option<&Lookups<'r>> {
        self.containers.get(name)
    }

    /// The base chain at a position of a hook.
    pub(super) fn base(&self, hook: Hook, at: usize) -> Option<ChainId> {
        self.base[hook as usize].get(at).copied()
    }

    /// Whether a base chain translates.
    pub(super) fn is_nat(&self, id: ChainId) -> bool {
        self.get(id).base.is_some_and(|base| base.kind == ChainKind::Nat)
    }
}

impl<'r> Lookups<'r> {
    fn of(container: &'r Container) -> Self {
        let is_known = |element: &&Element| !matches!(element.key, Key::Other(_));
        let known = container.elements.iter().filter(is_known);
        let is_foreign = matches!(container.shape, KeyShape::Other(_))
            || !container.elements.iter().all(|of| is_known(&of));
        let elements = known.filter_map(|element| Some((loaded(&element.key)?, element))).collect();
        Self { container, elements, is_foreign, endpoints: Vec::new() }
    }

    /// The element of a key; an error where it may be one that is not known.
    pub(super) fn get(&self, key: &Key) -> Result<Option<&'r Element>, ()> {
        match self.elements.get(key) {
            None if self.is_foreign => Err(()),
            found => Ok(found.copied()),
        }
    }

    /// Whether rules add clients to it, which then stay with their endpoint.
    pub(super) fn is_of_clients(&self) -> bool {
        self.container.timeout.is_some() || !self.endpoints.is_empty()
    }

    /// Whether a client that was sent to this endpoint is in it.
    pub(super) fn remembers(&self, endpoint: SocketAddr) -> bool {
        self.endpoints.contains(&endpoint)
    }
}

/// The key as the kernel has it.
fn loaded(key: &Key) -> Option<Key> {
    let ip = |address: &Address| address.ip().map(Address::Ip);
    Some(match key {
        Key::Address(address) => Key::Address(ip(address)?),
        Key::Service(address, protocol, port) => Key::Service(ip(address)?, *protocol, *port),
        Key::Pair([one, other], protocol, port) => Key::Pair([ip(one)?, ip(other)?], *protocol, *port),
        Key::NodePort(..) | Key::Other(_) => key.clone(),
    })
}

/// The sets that a chain adds clients to, with the endpoint that it sends them to.
fn remembered(chain: &Chain) -> impl Iterator<Item = (&str, SocketAddr)> {
    let statements = || chain.rules.iter().flat_map(|rule| &rule.statements);
    let endpoint = statements().find_map(|statement| match statement {
        Statement::Translate(Destination::One(address, port)) => Some(SocketAddr::new(address.ip()?, *port)),
        _ => None,
    });
    statements().filter_map(move |statement| match statement {
        Statement::Remember(set) => Some((set.as_str(), endpoint?)),
        _ => None,
    })
}
