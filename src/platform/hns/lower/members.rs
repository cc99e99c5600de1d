//! The HNS endpoints behind the endpoints of a service port: which there are, which are made, and where they are.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::candidates::Candidate;
use super::directory::Entry;
use super::selection::Selection;
use super::{Lowering, Purpose, findings};
use crate::ir::EndpointId;
use crate::net::Family;
use crate::platform::hns::model::{Address, Endpoint, EndpointRef};

/// An endpoint of a service port that HNS has or will have.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: EndpointId,
    pub(super) reference: EndpointRef,
    /// Whether HNS takes it to be on another node; `None` where neither HNS nor the slice tells.
    pub(super) is_remote: Option<bool>,
}

impl Lowering<'_> {
    /// The HNS endpoint behind an endpoint of a service port: by address; if there is none, a remote one is
    /// made, and a local one is passed over (kube-proxy, all versions).
    pub(super) fn resolve(
        &mut self,
        owner: u32,
        candidate: Candidate,
        selection: &Selection<'_>,
    ) -> Option<Member> {
        let Candidate { id, ip, address, is_local, is_assigned, remote } = candidate;
        let known = self.directory.get(&address).cloned();
        let known = known.or_else(|| self.placed(&address).filter(|_| !is_assigned));
        let entry = match (known, remote) {
            (Some(entry), _) => entry,
            (None, Some((id, endpoint))) => {
                if let IpAddr::V6(ip) = ip {
                    self.note_mac_collision(ip);
                }
                self.make_endpoint(Purpose::RemoteEndpoint, id, address, endpoint)
            }
            (None, None) if !self.host.tells_all_endpoints && !self.is_node_address(ip) => {
                let reference = EndpointRef::Local(address.clone());
                self.directory.insert(address, Entry { reference, is_remote: Some(false), planned: None })
            }
            (None, None) => {
                let others = self.host.others.iter();
                let other = others
                    .filter(|(endpoint, _)| endpoint.addresses().any(|own| *own == address))
                    .map(|(_, network)| network)
                    .next();
                self.diagnostics.push(match other {
                    Some(network) => findings::local_endpoint_elsewhere(selection.port, &address, network),
                    None => findings::local_endpoint_missing(selection.port, &address),
                });
                return None;
            }
        };
        // What HNS does not tell is as the slice says, if that names a node.
        let is_remote = entry.is_remote.or_else(|| is_assigned.then_some(!is_local));
        if is_local && is_remote == Some(true) {
            let endpoint = selection.endpoint(id);
            self.diagnostics.push(findings::local_is_remote(selection.port, &entry.reference, endpoint));
        }
        match (entry.planned, entry.reference.id()) {
            (Some(planned), _) => self.objects[planned as usize].own(owner),
            (None, Some(id)) => {
                self.used.insert(id);
            }
            (None, None) => {}
        }
        Some(Member { id, reference: entry.reference, is_remote })
    }

    /// What HNS says of an endpoint that it is not looked up in for anything else: kube-proxy asks nobody but HNS where
    /// an endpoint is whose slice names no node.
    fn placed(&self, address: &Address) -> Option<Entry> {
        let is_remote = match self.places.get(address) {
            Some(is_remote) => *is_remote,
            None if self.host.may_have_more_endpoints => None,
            None => return None,
        };
        let reference = EndpointRef::Local(address.clone());
        (is_remote != Some(true)).then_some(Entry { reference, is_remote, planned: None })
    }

    /// Notes the members that a load balancer has or has not, depending on what nobody tells.
    pub(super) fn note_unplaced(&mut self, selection: &Selection<'_>, members: &[Member]) {
        let decides = |member: &&Member| {
            let kinds = selection.port.frontends.iter().map(|frontend| frontend.kind);
            member.is_remote.is_none()
                && kinds.into_iter().any(|kind| selection.hangs_on_place(kind, member.id))
        };
        let unplaced =
            members.iter().filter(decides).map(|member| selection.endpoint(member.id).text.clone());
        self.unplaced.extend(unplaced);
    }

    /// A pod with the node's own network is no endpoint of the pods' network.
    fn is_node_address(&self, ip: IpAddr) -> bool {
        *self.rules.node.ips.get(Family::of(ip)) == ip
    }

    /// IPv6 addresses with the same last four bytes get one MAC address.
    fn note_mac_collision(&mut self, ip: std::net::Ipv6Addr) {
        let last = ip.octets()[12..].try_into().expect("four bytes");
        let first = *self.macs.entry(last).or_insert(ip);
        if first != ip {
            self.diagnostics.push(findings::mac_shared(first, ip));
        }
    }
}

/// Whether each address is remote, as far as it is told. Of two endpoints with one address, one may be on this node.
pub(super) fn places(endpoints: &[Endpoint]) -> FxHashMap<Address, Option<bool>> {
    let mut places: FxHashMap<Address, Option<bool>> = FxHashMap::default();
    for endpoint in endpoints {
        for address in endpoint.addresses() {
            let place = places.entry(address.clone()).or_insert(endpoint.place());
            if *place != endpoint.place() && *place != Some(false) {
                *place = if endpoint.place() == Some(false) { Some(false) } else { None };
            }
        }
    }
    places
}
