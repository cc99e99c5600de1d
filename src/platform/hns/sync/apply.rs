//! The service ports that are not applied: their endpoints first, then their load balancers one by one.

use std::net::IpAddr;

use super::books::{Counted, PortKey, key_of};
use super::proxier::{Pass, Proxier, Setting, delete_balancers};
use super::queried::{BalancerKey, Found};
use super::stand_in::Failed;
use crate::ir::{FrontendKind, ServicePort};
use crate::node::{InternalPort, MacAddress};
use crate::platform::hns::lower::candidates::{configured, provider_address};
use crate::platform::hns::lower::directory::conjured_mac;
use crate::platform::hns::lower::shape::Shape;
use crate::platform::hns::lower::{Decisions, Purpose};
use crate::platform::hns::model::{
    Address, Endpoint, EndpointFlags, EndpointRef, Guid, LoadBalancer, NetworkRef,
};

/// The members of a service port, and what follows from them for all its load balancers.
struct Members {
    all: Vec<Found>,
    source_vip: Option<Address>,
}

impl Members {
    fn references(&self, only_local: bool) -> Vec<EndpointRef> {
        let taken = self.all.iter().filter(|member| !(only_local && member.is_remote));
        taken.map(|member| EndpointRef::Id(member.id)).collect()
    }
}

/// What load balancers of a service port are made with.
struct Making<'m> {
    port: &'m ServicePort,
    key: &'m PortKey,
    source_vip: Option<Address>,
    is_optimized: bool,
}

impl Proxier {
    pub(super) fn apply(&mut self, pass: &mut Pass<'_>) {
        for port in pass.rules.services_of(self.family) {
            let key = key_of(port);
            if self.books.services.get(&key).is_some_and(|book| !book.is_applied) {
                self.apply_port(port, &key, pass);
            }
        }
    }
    fn apply_port(&mut self, port: &ServicePort, key: &PortKey, pass: &mut Pass<'_>) {
        if self.is_overlay && self.make_vip_endpoint(port, key, pass).is_err() {
            return;
        }
        let decisions = Decisions::about(port, pass.rules, &pass.setting.features);
        let members = self.look_up(port, key, &decisions, pass);
        let is_optimized = port.annotations.proxy_optimization;
        if members.all.is_empty() {
            let book = self.books.services.get_mut(key).expect("it is not applied yet");
            if is_optimized {
                delete_balancers(self.family, book, &mut self.books.stale, pass.hns);
            }
            return;
        }
        let making = Making { port, key, source_vip: members.source_vip.clone(), is_optimized };
        let made = self.make_balancers(&making, &members, &decisions, pass);
        if made.is_ok() {
            self.books.services.get_mut(key).expect("it is being applied").is_applied = true;
        }
    }

    /// The cluster IP has an endpoint of its own on an overlay network; whoever finds it missing makes it.
    fn make_vip_endpoint(
        &mut self,
        port: &ServicePort,
        key: &PortKey,
        pass: &mut Pass<'_>,
    ) -> Result<(), Failed> {
        let Some(ip) = port.cluster_ip().address else { return Ok(()) };
        if pass.queried.endpoint(&Address::Ip(ip)).is_some() {
            return Ok(());
        }
        let endpoint = self.host_endpoint(ip, pass.setting, true);
        let made = pass.hns.create_endpoint(self.family, pass.setting.network, endpoint)?;
        pass.queried.add_endpoint(&made);
        let id = made.id.expect("what was made has an id");
        self.books.counts.add(id);
        let book = self.books.services.get_mut(key).expect("it is not applied yet");
        book.vip_endpoint = Some(Counted { id: Some(id), counts: Some(id) });
        Ok(())
    }

    /// An endpoint of kube-proxy's own on an overlay network: the source VIP, or a cluster IP, which is remote.
    pub(super) fn host_endpoint(&self, ip: IpAddr, setting: Setting<'_>, is_remote: bool) -> Endpoint {
        let node_ip = *setting.node.ips.get(self.family);
        let policies = if is_remote { vec![provider_address(node_ip)] } else { Vec::new() };
        Endpoint {
            network: self.network_reference(),
            policies,
            ip_configurations: configured(Address::Ip(ip)),
            mac_address: setting.node.windows.host_mac.map(MacAddress::with_colons),
            flags: if is_remote { EndpointFlags::REMOTE } else { EndpointFlags::empty() },
            ..Endpoint::default()
        }
    }

    fn network_reference(&self) -> Option<NetworkRef> {
        self.network_id().map(NetworkRef::Id)
    }

    /// The HNS endpoints behind the endpoints in use: by the id that is remembered, by address, or made if they are of
    /// other nodes. Remote ones are counted.
    fn look_up(
        &mut self,
        port: &ServicePort,
        key: &PortKey,
        decisions: &Decisions,
        pass: &mut Pass<'_>,
    ) -> Members {
        let node_ip = *pass.setting.node.ips.get(self.family);
        let mut all = Vec::new();
        let mut leaves_cluster = false;
        for id in &decisions.used {
            let endpoint = port.endpoint(*id);
            let book = self.books.services.get_mut(key).expect("it is not applied yet");
            if book.target_port == 0 || pass.setting.behavior().internal_port == InternalPort::LastEndpoint {
                book.target_port = endpoint.port;
            }
            let at = id.0 as usize;
            let Some(known) = self.books.endpoints.get(key).and_then(|endpoints| endpoints.get(at)) else {
                continue;
            };
            let Some(address) = known.address.clone() else { continue };
            let remembered = known.counted.id.and_then(|id| pass.queried.endpoint_by_id(id));
            let found = remembered.or_else(|| pass.queried.endpoint(&address));
            let found = match found {
                Some(found) => found,
                None if endpoint.local => continue,
                None => {
                    let Some(found) = self.make_remote(&address, pass) else { continue };
                    found
                }
            };
            if self.is_overlay && !endpoint.local {
                let ip = address_ip(&address);
                let provider = ip.and_then(|ip| self.providers.of(ip));
                leaves_cluster |= provider.is_none_or(|provider| Some(provider) == ip);
            }
            let mut counted = found.counted();
            if found.is_remote {
                self.books.counts.add(found.id);
                counted.counts = Some(found.id);
            }
            let known = self.books.endpoints.get_mut(key).expect("it was just there");
            known[at].counted = counted;
            known[at].is_released = false;
            all.push(found);
        }
        let source_vip = match (self.is_overlay, leaves_cluster) {
            (false, _) => None,
            (true, true) => Some(Address::Ip(node_ip)),
            (true, false) => pass.setting.node.windows.source_vip.map(Address::Ip),
        };
        Members { all, source_vip }
    }

    /// Makes the endpoint of a pod on another node. On an overlay network the subnets of other nodes are read anew.
    fn make_remote(&mut self, address: &Address, pass: &mut Pass<'_>) -> Option<Found> {
        let ip = address_ip(address);
        let mut policies = Vec::new();
        if self.is_overlay {
            let network = pass.hns.network(pass.setting.network)?;
            self.keep_subnets(&network);
            let node_ip = *pass.setting.node.ips.get(self.family);
            policies.push(provider_address(ip.and_then(|ip| self.providers.of(ip)).unwrap_or(node_ip)));
        }
        let endpoint = Endpoint {
            network: self.network_reference(),
            policies,
            ip_configurations: configured(address.clone()),
            mac_address: Some(conjured_mac(address.to_string().parse().ok())),
            flags: EndpointFlags::REMOTE,
            ..Endpoint::default()
        };
        let made = pass.hns.create_endpoint(self.family, pass.setting.network, endpoint).ok()?;
        pass.queried.add_endpoint(&made);
        Found::of(&made)
    }

    /// Cluster IP, node port, external IPs, and each address of the load balancer with its health check. Where one
    /// cannot be made, the rest of the service port waits for the next sync.
    fn make_balancers(
        &mut self,
        making: &Making<'_>,
        members: &Members,
        decisions: &Decisions,
        pass: &mut Pass<'_>,
    ) -> Result<(), Failed> {
        let (port, setting) = (making.port, pass.setting);
        let windows = &setting.node.windows;
        let dsr = decisions.local_traffic_dsr;
        let preserve = decisions.preserve_destination;
        let available = decisions.available;
        let book = self.book(making.key);
        let target_port = book.target_port;
        let (mut cluster_ip, mut node_port) = (book.cluster_ip, book.node_port);
        let (mut external, mut ingress) = (book.external.clone(), book.ingress.clone());

        let shape = Shape::cluster_ip(port, target_port, windows.enable_dsr);
        let of_cluster_ip = members.references(decisions.internal_local);
        let made = self.serve(&mut cluster_ip, shape, of_cluster_ip, true, making, pass);
        self.book(making.key).cluster_ip = cluster_ip;
        made?;
        if let Some(frontend) = port.frontends_of(FrontendKind::NodePort).next() {
            let shape = Shape::node_port(frontend, target_port, dsr);
            let chosen = members.references(preserve || dsr);
            let made = self.serve(&mut node_port, shape, chosen, available, making, pass);
            self.book(making.key).node_port = node_port;
            made?;
        }
        for (at, (address, balancer)) in external.iter_mut().enumerate() {
            let shape = Shape::external_ip(port, address.clone(), target_port, dsr);
            let made = self.serve(balancer, shape, members.references(dsr), available, making, pass);
            self.book(making.key).external[at].1 = *balancer;
            made?;
        }
        for (at, of) in ingress.iter_mut().enumerate() {
            let shape = Shape::ingress(port, of.address.clone(), target_port, preserve, dsr);
            let chosen = members.references(preserve || dsr);
            let made = self.serve(&mut of.balancer, shape, chosen, true, making, pass);
            self.book(making.key).ingress[at].balancer = of.balancer;
            made?;
            if let Some(gateway) = pass.gateway.filter(|_| available) {
                let shape = Shape::health_check(port, of.address.clone(), windows.healthz_port, preserve);
                let root = vec![EndpointRef::Id(gateway.id)];
                let made = self.serve(&mut of.health_check, shape, root, true, making, pass);
                self.book(making.key).ingress[at].health_check = of.health_check;
                made?;
            }
        }
        Ok(())
    }

    fn book(&mut self, key: &PortKey) -> &mut super::books::Book {
        self.books.services.get_mut(key).expect("it is being applied")
    }

    /// Brings the load balancer of one frontend to what it should be: kept if HNS lists one like it, changed in place
    /// where that can be done, or else deleted and made anew; only deleted if it would have no members.
    fn serve(
        &mut self,
        held: &mut Option<Guid>,
        shape: Shape,
        members: Vec<EndpointRef>,
        is_made: bool,
        making: &Making<'_>,
        pass: &mut Pass<'_>,
    ) -> Result<(), Failed> {
        let is_health_check = shape.purpose == Purpose::HealthCheck;
        let is_empty = members.is_empty();
        let wanted = shape.balancer(making.port, members, making.source_vip.clone());
        let Some(key) = pass.queried.key_of(&wanted) else { return Ok(()) };
        if let Some(id) = held.filter(|_| self.modifies && !is_empty && !is_health_check) {
            if !is_made {
                return Ok(());
            }
            if let Some(known) = pass.queried.balancer(&key) {
                *held = Some(known);
                return Ok(());
            }
            match pass.hns.update_balancer(self.family, id, &wanted) {
                Ok(()) => {
                    pass.queried.add_balancer(key, id);
                    return Ok(());
                }
                Err(failed) if !failed.is_not_implemented => return Err(failed),
                Err(_) => self.modifies = false,
            }
        }
        if let Some(id) = held.filter(|_| making.is_optimized) {
            // 1.30 looks under a key with the source VIP in the place of the frontend's address, and so finds none.
            let is_found =
                !pass.setting.behavior().deletes_policy_lists && pass.queried.balancer(&key).is_some();
            if is_empty || !is_found {
                if pass.hns.delete_balancer(self.family, id).is_err() {
                    self.books.stale.insert(id);
                }
                *held = None;
            }
        }
        if is_empty || !is_made {
            return Ok(());
        }
        *held = Some(self.create_unless_there(key, &wanted, pass)?);
        Ok(())
    }

    fn create_unless_there(
        &self,
        key: BalancerKey,
        wanted: &LoadBalancer,
        pass: &mut Pass<'_>,
    ) -> Result<Guid, Failed> {
        if let Some(known) = pass.queried.balancer(&key) {
            return Ok(known);
        }
        let id = pass.hns.create_balancer(self.family, wanted)?;
        pass.queried.add_balancer(key, id);
        Ok(id)
    }
}

fn address_ip(address: &Address) -> Option<IpAddr> {
    match address {
        Address::Ip(ip) => Some(*ip),
        Address::Text(text) => text.parse().ok(),
    }
}
