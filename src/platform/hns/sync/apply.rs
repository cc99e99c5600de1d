//! The service ports that are not applied: their endpoints first, then their load balancers one by one.

use std::mem;
use std::net::IpAddr;

use super::books::{Book, Counted, EndpointBook};
use super::proxier::{Pass, Proxier, delete_balancers};
use super::queried::{BalancerKey, Found};
use super::stand_in::Failed;
use crate::ir::{FrontendKind, ServicePort};
use crate::node::InternalPort;
use crate::platform::hns::lower::candidates::remote_endpoint;
use crate::platform::hns::lower::made::{service_vip, source_vip};
use crate::platform::hns::lower::shape::Shape;
use crate::platform::hns::lower::{Decisions, Purpose};
use crate::platform::hns::model::{Address, Endpoint, EndpointRef, Guid, LoadBalancer};

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
    members: Members,
    decisions: Decisions,
}

/// Where the load balancer of a frontend is noted, what it should be, and whether it may be made now.
struct Frontend<'f> {
    held: &'f mut Option<Guid>,
    shape: Shape,
    members: Vec<EndpointRef>,
    is_made: bool,
}

impl Proxier {
    /// Applies what is not applied yet.
    pub(super) fn apply(&mut self, pass: &mut Pass<'_>) {
        let open = self.books.services.iter().filter(|(_, book)| !book.is_applied);
        for key in open.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            let Some(port) = pass.rules.port(&key.0, key.1, self.family) else { continue };
            let Some(book) = self.books.services.get_mut(&key) else { continue };
            let mut book = mem::take(book);
            let mut endpoints = self.books.endpoints.get_mut(&key).map(mem::take).unwrap_or_default();
            book.is_applied = self.apply_port(port, &mut book, &mut endpoints, pass) == Ok(true);
            self.books.services.insert(key.clone(), book);
            if !endpoints.is_empty() {
                self.books.endpoints.insert(key, endpoints);
            }
        }
    }

    /// Applies one service port. Whether it has any members.
    fn apply_port(
        &mut self,
        port: &ServicePort,
        book: &mut Book,
        endpoints: &mut [EndpointBook],
        pass: &mut Pass<'_>,
    ) -> Result<bool, Failed> {
        if self.is_overlay {
            self.make_vip_endpoint(port, book, pass)?;
        }
        let decisions = Decisions::about(port, pass.rules, &pass.setting.features);
        let members = self.look_up(port, book, endpoints, &decisions, pass);
        if members.all.is_empty() {
            if book.is_optimized {
                delete_balancers(self.family, book, &mut self.books.stale, pass.hns);
            }
            return Ok(false);
        }
        self.make_balancers(&Making { port, members, decisions }, book, pass)?;
        Ok(true)
    }

    /// The cluster IP has an endpoint of its own on an overlay network; whoever finds it missing makes it.
    fn make_vip_endpoint(
        &mut self,
        port: &ServicePort,
        book: &mut Book,
        pass: &mut Pass<'_>,
    ) -> Result<(), Failed> {
        let Some(ip) = port.cluster_ip().address else { return Ok(()) };
        if pass.queried.endpoint(&pass.hns.objects, &Address::Ip(ip)).is_some() {
            return Ok(());
        }
        let node_ip = *pass.setting.node.ips.get(self.family);
        let endpoint = service_vip(pass.network.clone(), ip, pass.setting.node, node_ip);
        let id = self.make_endpoint(endpoint, pass)?.id;
        self.books.counts.add(id);
        book.vip_endpoint = Some(Counted { id: Some(id), counts: Some(id) });
        Ok(())
    }

    /// Makes the endpoint of the source VIP on an overlay network, if it is missing.
    pub(super) fn make_source_vip(&self, pass: &mut Pass<'_>) -> Result<(), Failed> {
        let Some(ip) = pass.setting.node.windows.source_vip else { return Ok(()) };
        if pass.queried.endpoint(&pass.hns.objects, &Address::Ip(ip)).is_some() {
            return Ok(());
        }
        let endpoint = source_vip(pass.network.clone(), ip, pass.setting.node);
        self.make_endpoint(endpoint, pass).map(drop)
    }

    fn make_endpoint(&self, endpoint: Endpoint, pass: &mut Pass<'_>) -> Result<Found, Failed> {
        let made = pass.hns.create_endpoint(self.family, pass.setting.network, endpoint)?;
        pass.queried.add_endpoint(&made);
        Ok(Found::of(&made).expect("what was made has an id"))
    }

    /// The HNS endpoints behind the endpoints in use: by the id that is remembered, by address, or made if they are of
    /// other nodes. Remote ones are counted.
    fn look_up(
        &mut self,
        port: &ServicePort,
        book: &mut Book,
        endpoints: &mut [EndpointBook],
        decisions: &Decisions,
        pass: &mut Pass<'_>,
    ) -> Members {
        let mut all = Vec::new();
        let mut leaves_pods = false;
        for id in &decisions.used {
            let endpoint = port.endpoint(*id);
            if book.target_port == 0 || pass.setting.behavior().internal_port == InternalPort::LastEndpoint {
                book.target_port = endpoint.port;
            }
            let Some(known) = endpoints.get_mut(id.0 as usize) else { continue };
            let Some(address) = &known.address else { continue };
            let remembered =
                known.counted.id.and_then(|id| pass.queried.endpoint_by_id(&pass.hns.objects, id));
            let found = match remembered.or_else(|| pass.queried.endpoint(&pass.hns.objects, address)) {
                Some(found) => found,
                None if endpoint.local => continue,
                None => {
                    let Some(found) = self.make_remote(address, pass) else { continue };
                    found
                }
            };
            if self.is_overlay && !endpoint.local {
                leaves_pods |= address.value().is_none_or(|ip| self.providers.leaves_pods(ip));
            }
            known.counted = Counted { id: Some(found.id), counts: found.is_remote.then_some(found.id) };
            known.is_released = false;
            if found.is_remote {
                self.books.counts.add(found.id);
            }
            all.push(found);
        }
        let node = pass.setting.node;
        let source_vip = match (self.is_overlay, leaves_pods) {
            (false, _) => None,
            (true, true) => Some(Address::Ip(*node.ips.get(self.family))),
            (true, false) => node.windows.source_vip.map(Address::Ip),
        };
        Members { all, source_vip }
    }

    /// Makes the endpoint of a pod on another node. On an overlay network the subnets of other nodes are read anew.
    fn make_remote(&mut self, address: &Address, pass: &mut Pass<'_>) -> Option<Found> {
        let mut provider: Option<IpAddr> = None;
        if self.is_overlay {
            let network = pass.hns.network(pass.setting.network)?;
            self.keep_subnets(&network);
            let of_pod = address.value().and_then(|ip| self.providers.of(ip));
            provider = Some(of_pod.unwrap_or(*pass.setting.node.ips.get(self.family)));
        }
        let endpoint = remote_endpoint(pass.network.clone(), address.clone(), provider);
        self.make_endpoint(endpoint, pass).ok()
    }

    /// Cluster IP, node port, external IPs, and each address of the load balancer with its health check. Where one
    /// cannot be made, the rest of the service port waits for the next sync.
    fn make_balancers(
        &mut self,
        making: &Making<'_>,
        book: &mut Book,
        pass: &mut Pass<'_>,
    ) -> Result<(), Failed> {
        let Making { port, members, decisions } = making;
        let (setting, gateway) = (pass.setting, pass.gateway);
        let windows = &setting.node.windows;
        let (dsr, preserve) = (decisions.local_traffic_dsr, decisions.preserve_destination);
        let (is_optimized, target_port) = (book.is_optimized, book.target_port);
        let mut serve = |held, shape, members, is_made| {
            self.serve(Frontend { held, shape, members, is_made }, making, is_optimized, pass)
        };

        let shape = Shape::cluster_ip(port, target_port, windows.enable_dsr);
        serve(&mut book.cluster_ip, shape, members.references(decisions.internal_local), true)?;
        if let Some(frontend) = port.frontends_of(FrontendKind::NodePort).next() {
            let shape = Shape::node_port(frontend, target_port, dsr);
            serve(&mut book.node_port, shape, members.references(preserve || dsr), decisions.available)?;
        }
        for (address, balancer) in &mut book.external {
            let shape = Shape::external_ip(port, address.clone(), target_port, dsr);
            serve(balancer, shape, members.references(dsr), decisions.available)?;
        }
        for of in &mut book.ingress {
            let shape = Shape::ingress(port, of.address.clone(), target_port, preserve, dsr);
            serve(&mut of.balancer, shape, members.references(preserve || dsr), true)?;
            if let Some(gateway) = gateway.filter(|_| decisions.available) {
                let shape = Shape::health_check(port, of.address.clone(), windows.healthz_port, preserve);
                serve(&mut of.health_check, shape, vec![EndpointRef::Id(gateway.id)], true)?;
            }
        }
        Ok(())
    }

    /// Brings the load balancer of one frontend to what it should be: kept if HNS lists one like it, changed in place
    /// where that can be done, or else deleted and made anew; only deleted if it would have no members.
    fn serve(
        &mut self,
        frontend: Frontend<'_>,
        making: &Making<'_>,
        is_optimized: bool,
        pass: &mut Pass<'_>,
    ) -> Result<(), Failed> {
        let Frontend { held, shape, members, is_made } = frontend;
        let is_health_check = shape.purpose == Purpose::HealthCheck;
        let is_empty = members.is_empty();
        let wanted = shape.balancer(making.port, members, making.members.source_vip.clone());
        let key = pass.queried.key_of(&wanted).expect("a load balancer of kube-proxy has a port");
        if let Some(id) = held.filter(|_| self.modifies && !is_empty && !is_health_check) {
            if !is_made {
                return Ok(());
            }
            if let Some(known) = pass.queried.balancer(&pass.hns.objects, &key) {
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
        if let Some(id) = held.filter(|_| is_optimized) {
            // 1.30 looks under a key with the source VIP in the place of the frontend's address, and so finds none.
            let is_found = !pass.setting.behavior().deletes_policy_lists
                && pass.queried.balancer(&pass.hns.objects, &key).is_some();
            if is_empty || !is_found {
                if pass.hns.delete_balancer(self.family, id).is_err() {
                    self.books.stale.insert(id);
                }
                *held = None;
            }
        }
        if !is_empty && is_made {
            *held = Some(self.create_unless_there(key, &wanted, pass)?);
        }
        Ok(())
    }

    fn create_unless_there(
        &self,
        key: BalancerKey,
        wanted: &LoadBalancer,
        pass: &mut Pass<'_>,
    ) -> Result<Guid, Failed> {
        if let Some(known) = pass.queried.balancer(&pass.hns.objects, &key) {
            return Ok(known);
        }
        let id = pass.hns.create_balancer(self.family, wanted)?;
        pass.queried.add_balancer(key, id);
        Ok(id)
    }
}
