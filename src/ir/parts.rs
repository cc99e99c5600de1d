//! Rules of some Services, looked up by their names, and put in the place of those that were there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{BackendId, RuleSet, ServicePort};
use crate::net::{Family, Protocol};

/// Positions of backends that no service port points to any more.
#[derive(Debug, Default)]
pub(crate) struct Spare(Vec<BackendId>);

/// How many more backends there is room for when there is none left.
const ROOM: usize = 4096;

impl RuleSet {
    /// The service ports of a Service.
    pub(crate) fn ports_of<'r>(
        &'r self,
        namespace: &str,
        name: &str,
    ) -> impl Iterator<Item = &'r ServicePort> + use<'r> {
        self.ranges(namespace, name).into_iter().flat_map(|range| &self.services[range])
    }

    /// The service ports of some Services, in their order.
    pub(crate) fn ports_of_all<'r, 'n>(
        &'r self,
        services: impl IntoIterator<Item = (&'n str, &'n str)>,
    ) -> Vec<&'r ServicePort> {
        let ports = services.into_iter().flat_map(|(namespace, name)| self.ports_of(namespace, name));
        let mut ports: Vec<&ServicePort> = ports.collect();
        ports.sort_by_key(|port| (&port.id, port.protocol, port.family));
        ports
    }

    /// A service port by its identity.
    pub(crate) fn port(&self, id: &str, protocol: Protocol, family: Family) -> Option<&ServicePort> {
        let key = (id, protocol, family);
        let found = self.services.binary_search_by(|of| (&*of.id, of.protocol, of.family).cmp(&key));
        found.ok().map(|at| &self.services[at])
    }

    /// Where the ports of a Service are: one without a name, and those with names, which do not follow it.
    fn ranges(&self, namespace: &str, name: &str) -> [Range<usize>; 2] {
        let unnamed = format!("{namespace}/{name}");
        let named = format!("{unnamed}:");
        let from = self.services.partition_point(|port| *port.id < *unnamed);
        let to = self.services.partition_point(|port| *port.id <= *unnamed);
        let named_from = self.services.partition_point(|port| *port.id < *named);
        let many = self.services[named_from..].iter().take_while(|port| port.id.starts_with(&named)).count();
        [from..to, named_from..named_from + many]
    }

    /// Puts the rules of some Services, by namespace and name, in the place of those that they had. `part` was compiled
    /// of nothing else, for the same node.
    pub(crate) fn put<'n>(
        &mut self,
        services: impl Iterator<Item = (&'n str, &'n str)>,
        part: Self,
        spare: &mut Spare,
    ) {
        let mut freed = BTreeSet::new();
        for (namespace, name) in services {
            let [unnamed, named] = self.ranges(namespace, name);
            for range in [named, unnamed] {
                let gone = self.services.drain(range);
                freed.extend(gone.flat_map(|port| port.endpoints).map(|endpoint| endpoint.backend));
            }
        }
        spare.0.extend(freed);
        let mut moved: BTreeMap<BackendId, BackendId> = BTreeMap::new();
        for mut port in part.services {
            for endpoint in &mut port.endpoints {
                let old = endpoint.backend;
                endpoint.backend = *moved
                    .entry(old)
                    .or_insert_with(|| self.keep(part.backends[old.0 as usize].clone(), spare));
            }
            let key = (&*port.id, port.protocol, port.family);
            let at = self.services.partition_point(|of| (&*of.id, of.protocol, of.family) < key);
            self.services.insert(at, port);
        }
    }

    /// Keeps a backend where there is room.
    fn keep(&mut self, backend: crate::manifest::Backend, spare: &mut Spare) -> BackendId {
        let id = spare.0.pop().unwrap_or_else(|| {
            let many = self.backends.len();
            let room = std::iter::repeat_n(&backend, ROOM + many / 4).cloned();
            self.backends = self.backends.iter().cloned().chain(room).collect();
            let position = |at| BackendId(u32::try_from(at).expect("there are not so many backends"));
            spare.0.extend((many + 1..self.backends.len()).rev().map(position));
            position(many)
        });
        std::sync::Arc::make_mut(&mut self.backends)[id.0 as usize] = backend;
        id
    }
}
