//! What HNS is taken to hold where nothing tells it: the network, and the endpoints of pods on this node as soon as a slice
//! names them. Without these kube-proxy would do nothing at all.

use std::collections::BTreeSet;

use crate::ir::RuleSet;
use crate::platform::hns::host::{Basis, host};
use crate::platform::hns::ids;
use crate::platform::hns::model::{Address, Endpoint, Guid, IpConfiguration, Network, NetworkRef};
use crate::platform::hns::store::Store;
use crate::platform::timeline::{Moment, ServiceName, texts};

/// Adds what is assumed at a step, and lists the endpoints.
pub(super) fn take_in(moment: &Moment<'_>, objects: &mut Store) -> Vec<Endpoint> {
    let network = match objects.networks.first() {
        Some(network) => network.id,
        None => assume_network(moment.rules, objects),
    };
    let changed: BTreeSet<&ServiceName> = moment.events.iter().map(|event| &event.service).collect();
    let mut made = Vec::new();
    for port in moment.rules.ports_of_all(texts(changed)) {
        for endpoint in port.endpoints.iter().filter(|endpoint| endpoint.local) {
            let Some(ip) = moment.rules.backend(endpoint.backend).address.ip() else { continue };
            let (address, reference) = (Address::Ip(ip), NetworkRef::Id(network));
            if objects.endpoints_at(Some(&reference), &address).next().is_some() {
                continue;
            }
            let endpoint = Endpoint {
                id: Some(ids::endpoint("assumed", &address)),
                name: "assumed".into(),
                network: Some(reference),
                ip_configurations: vec![IpConfiguration { ip_address: address, prefix_length: 0 }],
                ..Endpoint::default()
            };
            objects.insert_endpoint(endpoint.clone());
            made.push(endpoint);
        }
    }
    made
}

fn assume_network(rules: &RuleSet, objects: &mut Store) -> Guid {
    let (host, _) = host(rules, None, Basis::KubeProxy);
    let id = ids::network(&host.network.name);
    objects.networks.push(Network::bare(id, host.network.name, host.network.type_));
    id
}
