//! Which Services a node may have to itself: those that name it, or lie on its addresses, with all that share something with
//! them. Of every other Service it has the answer of the nodes that are set up alike.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use petgraph::unionfind::UnionFind;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::manifest::{Cluster, ClusterIp, Node, Service};
use crate::name::Subdomain;
use crate::net::Family;

/// The Services of a cluster, by their positions.
pub(super) struct Services {
    /// By name of the node: those with an endpoint on it, a hint for it, an address of it.
    own: FxHashMap<String, Vec<usize>>,
    /// The Services that share something, as lists, and in which of the lists each is.
    together: Vec<Vec<usize>>,
    list_of: Vec<usize>,
    /// The networks that restrict who may use Services.
    ranges: BTreeMap<IpNet, Vec<usize>>,
    /// All their addresses, sorted.
    pub(super) addresses: Vec<IpAddr>,
    /// Those with the first addresses: a port that nobody serves is asked about at one of them.
    first: Vec<usize>,
    by_name: FxHashMap<(String, String), usize>,
    /// Nodes with an endpoint, by the family of its address.
    with_pods: FxHashSet<(String, Family)>,
    /// Whether any endpoint is elsewhere than in the network of its node alone.
    pub(super) has_pods_apart: bool,
    pub(super) pods: Arc<BTreeSet<IpAddr>>,
}

/// What Services share.
#[derive(PartialEq, Eq, Hash)]
enum Shared {
    Address(IpAddr),
    Port(u16),
}

/// How many Services with the first addresses are looked at in each family.
const FIRST: usize = 3;

impl Services {
    pub(super) fn of(cluster: &Cluster) -> Self {
        let places = Places::of(&cluster.nodes);
        let count = cluster.services.len();
        let mut own: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        let mut sets = Sets::new(count);
        let mut ranges: BTreeMap<IpNet, Vec<usize>> = BTreeMap::new();
        let mut addresses: Vec<(IpAddr, usize)> = Vec::new();
        for (at, service) in cluster.services.iter().enumerate() {
            for ip in addresses_of(service) {
                addresses.push((ip, at));
                sets.share(at, Shared::Address(ip));
                for node in places.at(ip) {
                    own.entry(node.to_owned()).or_default().push(at);
                }
            }
            let ports = service.ports.iter().filter_map(|port| port.node_port);
            ports.chain(service.health_check_node_port).for_each(|port| sets.share(at, Shared::Port(port)));
            service.source_ranges.iter().for_each(|range| ranges.entry(*range).or_default().push(at));
            for backend in cluster.slices_of(service).iter().flat_map(|slice| cluster.backends_of(slice)) {
                let named = backend.node.iter().chain(&backend.node_hints).map(Subdomain::as_str);
                let ip = backend.address.ip();
                if let Some(ip) = ip {
                    sets.share(at, Shared::Address(ip));
                }
                for node in named.chain(ip.into_iter().flat_map(|ip| places.at(ip))) {
                    let of_node = own.entry(node.to_owned()).or_default();
                    if of_node.last() != Some(&at) {
                        of_node.push(at);
                    }
                }
            }
        }
        addresses.sort_unstable();
        let first = Family::ALL.into_iter().flat_map(|family| {
            addresses.iter().filter(move |(ip, _)| Family::of(*ip) == family).take(FIRST).map(|(_, at)| *at)
        });
        let first = first.collect();
        let mut with_pods = FxHashSet::default();
        let mut has_pods_apart = false;
        for backend in &*cluster.backends {
            let Some(ip) = backend.address.ip() else { continue };
            let node = backend.node.as_ref().map(Subdomain::as_str);
            with_pods.extend(node.map(|node| (node.to_owned(), Family::of(ip))));
            has_pods_apart |= places.addresses.contains_key(&ip) || !places.with_network(ip).eq(node);
        }
        let named = |(at, service): (usize, &Service)| {
            ((service.namespace.to_string(), service.name.to_string()), at)
        };
        let (together, list_of) = sets.lists();
        Self {
            own,
            together,
            list_of,
            ranges,
            addresses: addresses.into_iter().map(|(ip, _)| ip).collect(),
            first,
            by_name: cluster.services.iter().enumerate().map(named).collect(),
            with_pods,
            has_pods_apart,
            pods: cluster.pods(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.list_of.len()
    }

    /// The position of a Service.
    pub(super) fn find(&self, namespace: &str, name: &str) -> Option<usize> {
        self.by_name.get(&(namespace.to_owned(), name.to_owned())).copied()
    }

    /// How many Services a node may have to itself.
    pub(super) fn count(&self, node: &str) -> usize {
        self.own.get(node).map_or(0, Vec::len)
    }

    /// Whether a node has an endpoint in a family.
    pub(super) fn has_pods(&self, node: &str, family: Family) -> bool {
        self.with_pods.contains(&(node.to_owned(), family))
    }

    /// The Services of which the answers for two nodes may differ.
    pub(super) fn differing(&self, nodes: [(&str, &[IpAddr], &[IpNet]); 2]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for (name, ..) in nodes {
            self.own.get(name).into_iter().flatten().for_each(|at| self.add(*at, &mut found));
        }
        for (range, services) in &self.ranges {
            let [one, other] = nodes.map(|(_, addresses, networks)| relation(range, addresses, networks));
            if one.is_none() || one != other {
                for at in services {
                    self.add(*at, &mut found);
                }
            }
        }
        found
    }

    /// Adds the Services with the first addresses.
    pub(super) fn add_first(&self, found: &mut BTreeSet<usize>) {
        self.first.iter().for_each(|at| self.add(*at, found));
    }

    /// Adds a Service, with all that share something with it.
    pub(super) fn add(&self, service: usize, found: &mut BTreeSet<usize>) {
        if !found.contains(&service) {
            found.extend(&self.together[self.list_of[service]]);
        }
    }
}

/// Which addresses and networks of a node a range has; `None` where it cuts one.
fn relation(range: &IpNet, addresses: &[IpAddr], networks: &[IpNet]) -> Option<Vec<bool>> {
    let of_network = |network: &IpNet| match (range.contains(network), network.contains(range)) {
        (true, _) => Some(true),
        (false, true) => None,
        (false, false) => Some(false),
    };
    let of_addresses = addresses.iter().map(|ip| Some(range.contains(ip)));
    of_addresses.chain(networks.iter().map(of_network)).collect()
}

/// Every address that leads to a Service.
fn addresses_of(service: &Service) -> impl Iterator<Item = IpAddr> + '_ {
    let cluster_ips = match &service.cluster_ip {
        ClusterIp::Allocated(ips) => &ips[..],
        ClusterIp::Headless | ClusterIp::Missing => &[],
    };
    let external = service.external_ips.iter().map(|external| external.ip);
    let ingress = service.ingress.iter().map(|ingress| ingress.address.ip);
    cluster_ips.iter().map(|(_, ip)| *ip).chain(external).chain(ingress)
}

/// The networks of a family and a length, by their first addresses, with the nodes whose pods are in them.
type OfLength<'c> = (Family, u8, FxHashMap<IpAddr, Vec<&'c str>>);

/// The addresses of nodes, and the networks of their pods.
struct Places<'c> {
    addresses: FxHashMap<IpAddr, Vec<&'c str>>,
    /// Lengths are few.
    networks: Vec<OfLength<'c>>,
}

impl<'c> Places<'c> {
    fn of(nodes: &'c [Node]) -> Self {
        let mut places = Self { addresses: FxHashMap::default(), networks: Vec::new() };
        for node in nodes {
            let name = node.name.as_str();
            node.addresses.iter().for_each(|ip| places.addresses.entry(*ip).or_default().push(name));
            for net in &node.pod_cidrs {
                let key = (Family::of_net(net), net.prefix_len());
                let known = places.networks.iter().position(|(family, length, _)| (*family, *length) == key);
                let at = known.unwrap_or_else(|| {
                    places.networks.push((key.0, key.1, FxHashMap::default()));
                    places.networks.len() - 1
                });
                places.networks[at].2.entry(net.network()).or_default().push(name);
            }
        }
        places
    }

    /// The nodes that have an address, or have it in the network of their pods.
    fn at(&self, ip: IpAddr) -> impl Iterator<Item = &'c str> {
        self.addresses.get(&ip).into_iter().flatten().copied().chain(self.with_network(ip))
    }

    /// The nodes that have an address in the network of their pods.
    fn with_network(&self, ip: IpAddr) -> impl Iterator<Item = &'c str> {
        let of_length = move |(family, length, nodes): &OfLength<'c>| {
            let net = IpNet::new(ip, *length).ok().filter(|_| *family == Family::of(ip))?;
            nodes.get(&net.network()).cloned()
        };
        self.networks.iter().filter_map(of_length).flatten()
    }
}

/// Services that share something, joined as it is found.
struct Sets {
    sets: UnionFind<usize>,
    users: FxHashMap<Shared, usize>,
}

impl Sets {
    fn new(count: usize) -> Self {
        Self { sets: UnionFind::new(count), users: FxHashMap::default() }
    }

    fn share(&mut self, service: usize, what: Shared) {
        let other = *self.users.entry(what).or_insert(service);
        self.sets.union(service, other);
    }

    /// Those that share something, as lists, and in which of the lists each is.
    fn lists(self) -> (Vec<Vec<usize>>, Vec<usize>) {
        // A set is named by one of its members.
        let list_of = self.sets.into_labeling();
        let mut lists = vec![Vec::new(); list_of.len()];
        for (at, list) in list_of.iter().enumerate() {
            lists[*list].push(at);
        }
        (lists, list_of)
    }
}
