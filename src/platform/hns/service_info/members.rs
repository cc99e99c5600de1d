//! Each member of `serviceInfo` for one service port.

use super::made::{Made, Wanted};
use super::written::{self, slice_port};
use super::{Balancer, ExternalIp, Fate, Handle, IngressIp, Known, Provenance, Question, ServiceInfo};
use crate::ir::{FrontendKind, ServicePort};
use crate::manifest::{TargetPort, TrafficPolicy};
use crate::net::Family;
use crate::node::{InternalPort, WindowsSettings};
use crate::platform::hns::host::Host;
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::lower::{Decisions, Outcome};
use crate::platform::hns::model::{
    Address, Distribution, Guid, LoadBalancer, LoadBalancerFlags, NetworkRef, PortFlags, protocol_number,
};

/// All that the members of one service port follow from.
pub(super) struct Members<'m, 'c> {
    pub(super) question: Question<'c>,
    pub(super) manifest: &'m written::Service<'c>,
    pub(super) port: &'c ServicePort,
    /// Its position in `spec.ports`.
    pub(super) index: usize,
    /// Its position in the rule set.
    pub(super) owner: u32,
    pub(super) host: &'m Host<'c>,
    pub(super) made: &'m Made,
    pub(super) outcome: Outcome,
    pub(super) decisions: Decisions,
}

/// What a load balancer is for, as far as it matters for why there is none.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    ClusterIp,
    NodePort,
    ExternalIp,
    Ingress,
    HealthCheck,
}

impl<'c> Members<'_, 'c> {
    pub(super) fn service_info(&self) -> ServiceInfo<'c> {
        ServiceInfo {
            service: &self.port.id,
            protocol: self.port.protocol,
            family: self.port.family,
            frontend: self.frontend(),
            target_port: self.target_port(),
            external_ips: self.external_ips(),
            load_balancer_ingress_ips: self.load_balancer_ingress_ips(),
            hns_id: self.hns_id(),
            node_port_hns_id: self.node_port_hns_id(),
            policy_applied: self.policy_applied(),
            remote_endpoint: self.remote_endpoint(),
            hns: self.hns(),
            preserve_dip: self.preserve_dip(),
            local_traffic_dsr: self.local_traffic_dsr(),
            internal_traffic_local: self.internal_traffic_local(),
            win_proxy_optimization: self.win_proxy_optimization(),
        }
    }

    fn windows(&self) -> &'c WindowsSettings {
        &self.question.rules.node.windows
    }

    fn cluster_ip(&self) -> Option<Address> {
        self.port.cluster_ip().address.map(Address::Ip)
    }

    fn frontend(&self) -> String {
        let key = FrontendKey {
            vip: self.cluster_ip(),
            protocol: protocol_number(self.port.protocol),
            port: self.port.cluster_ip().port,
            ipv6: self.port.family == Family::Ipv6,
        };
        key.to_string()
    }

    /// A field of this port in `spec.ports`.
    fn port_field(&self, name: &str) -> Provenance {
        self.manifest.field(format!("spec.ports[{}].{name}", self.index))
    }

    fn annotation(&self, name: &str) -> Provenance {
        self.manifest.field(format!("metadata.annotations[\"{name}\"]"))
    }

    fn hns_version(&self) -> Provenance {
        let told = self.windows().hns_version.or(self.question.state.and_then(|state| state.hns_version));
        Provenance::Hns { version: self.host.features.version, assumed: told.is_none() }
    }

    fn network_type(&self) -> Provenance {
        let network = &self.host.network;
        let in_state = matches!(network.reference, NetworkRef::Id(_));
        let assumed = self.windows().network_type.is_none() && !in_state;
        Provenance::Network { type_: network.type_.clone(), assumed }
    }

    /// Which endpoint decides depends on the version (#132647); without one, the Service does.
    fn target_port(&self) -> Known<u16> {
        let used = &self.decisions.used;
        let decides = match self.question.rules.node.behavior.winkernel.internal_port {
            InternalPort::LastEndpoint => used.last(),
            InternalPort::Service if matches!(self.port.target_port, TargetPort::Name(_)) => used.first(),
            InternalPort::Service => None,
        };
        let of_slice = decides.and_then(|id| {
            let backend = self.port.endpoint(*id).backend;
            slice_port(self.question.sources, self.question.cluster, self.port, backend)
        });
        let value = self.decisions.internal_port;
        Known {
            value,
            from: vec![of_slice.unwrap_or_else(|| self.port_field("targetPort"))],
            effect: match value {
                0 => "No endpoint is in use that could say what the name stands for.".to_owned(),
                _ => format!("Load balancers hand their connections to port {value} of every endpoint."),
            },
        }
    }

    fn external_ips(&self) -> Known<Vec<ExternalIp>> {
        let of = |ip: &Address| {
            let from = self.manifest.element("spec.externalIPs", "", &ip.to_string());
            let effect = "Clients outside the cluster reach the Service at this address.";
            ExternalIp {
                ip: known(ip.clone(), [from], effect),
                hns_id: self.balancer(Use::ExternalIp, Some(ip), self.port.cluster_ip().port),
            }
        };
        let ips: Vec<ExternalIp> = self.decisions.external_ips.iter().map(of).collect();
        let effect = match ips.len() {
            0 => "No address outside the cluster leads to the Service by this list.",
            _ => "Each address has a load balancer of its own.",
        };
        known(ips, [self.manifest.field("spec.externalIPs")], effect)
    }

    fn load_balancer_ingress_ips(&self) -> Known<Vec<IngressIp>> {
        let of = |ip: &Address| {
            let from = self.manifest.element("status.loadBalancer.ingress", ".ip", &ip.to_string());
            let health = self.port.health_check_node_port.unwrap_or(self.windows().healthz_port);
            let effect = "Pods and the node reach the Service at the address of its load balancer directly.";
            IngressIp {
                ip: known(ip.clone(), [from], effect),
                hns_id: self.balancer(Use::Ingress, Some(ip), self.port.cluster_ip().port),
                health_check_hns_id: self.balancer(Use::HealthCheck, Some(ip), health),
            }
        };
        let ips: Vec<IngressIp> = self.decisions.load_balancer_ips.iter().map(of).collect();
        let effect = match ips.len() {
            0 => "Conditions serving and terminating are ignored: only ready endpoints are used.",
            _ => {
                "Each address has a load balancer of its own, and the endpoints are asked whether they end or serve."
            }
        };
        known(ips, [self.manifest.field("status.loadBalancer.ingress")], effect)
    }

    fn hns_id(&self) -> Known<Option<Balancer>> {
        self.balancer(Use::ClusterIp, self.cluster_ip().as_ref(), self.port.cluster_ip().port)
    }

    fn node_port_hns_id(&self) -> Known<Option<Balancer>> {
        match self.port.frontends_of(FrontendKind::NodePort).next() {
            Some(frontend) => self.balancer(Use::NodePort, None, frontend.port),
            None => known(None, [self.port_field("nodePort")], "The Service port has no node port."),
        }
    }

    /// A load balancer by what it answers to, or why there is none.
    fn balancer(&self, use_: Use, vip: Option<&Address>, port: u16) -> Known<Option<Balancer>> {
        let wanted = self.made.balancer(self.owner, vip, port);
        let named = wanted.and_then(Wanted::named);
        let mut from = vec![match use_ {
            Use::ClusterIp => self.manifest.one_of(["spec.clusterIPs", "spec.clusterIP"]),
            Use::NodePort => self.port_field("nodePort"),
            Use::ExternalIp | Use::Ingress => self.port_field("port"),
            Use::HealthCheck => Provenance::Setting("winkernel.forwardHealthCheckVip"),
        }];
        let effect = match (named, wanted) {
            (Some(balancer), Some(wanted)) => {
                from.push(match balancer.fate {
                    Fate::Made => Provenance::Plan,
                    Fate::Changed | Fate::Kept => Provenance::State,
                });
                let members = match (use_, wanted.balancer.endpoints.len()) {
                    (Use::HealthCheck, _) => "the node itself".to_owned(),
                    (_, 1) => "1 endpoint".to_owned(),
                    (_, count) => format!("{count} endpoints"),
                };
                work(&wanted.balancer, &members, balancer.fate)
            }
            _ => self.why_none(use_).to_owned(),
        };
        Known { value: named, from, effect }
    }

    fn why_none(&self, use_: Use) -> &'static str {
        let windows = self.windows();
        match self.outcome {
            Outcome::Unserved => return "No load balancer: kube-proxy does not serve this family here.",
            Outcome::WithoutMembers => return "No load balancer: no endpoint can be used.",
            Outcome::Refused | Outcome::Applied => {}
        }
        match use_ {
            Use::HealthCheck if !windows.forward_health_check_vip => {
                "Health checks get no load balancer: forwardHealthCheckVip is off."
            }
            Use::HealthCheck if self.host.root_endpoint.is_none() => {
                "Health checks get no load balancer: HNS has no endpoint named as rootHnsEndpointName says."
            }
            Use::NodePort | Use::ExternalIp | Use::HealthCheck if !self.decisions.available => {
                "No load balancer: no endpoint that counts takes new connections."
            }
            _ if self.outcome == Outcome::Refused => {
                "No load balancer: another Service has its address and port, and HNS refuses a second one."
            }
            _ => "No load balancer: it would use endpoints of this node only, and there is none.",
        }
    }

    fn policy_applied(&self) -> Known<bool> {
        let (value, effect) = match self.outcome {
            Outcome::Applied => (true, "Nothing is left to do until the Service or its endpoints change."),
            Outcome::Refused => {
                (false, "HNS refused a load balancer; kube-proxy tries again with every sync.")
            }
            Outcome::WithoutMembers => {
                (false, "There is nothing to apply; kube-proxy looks again with every sync.")
            }
            Outcome::Unserved => (false, "No proxier of this node looks at it."),
        };
        known(value, [Provenance::Endpoints], effect)
    }

    fn remote_endpoint(&self) -> Known<Option<Guid>> {
        let network = self.network_type();
        let id = self.made.service_vip(self.owner);
        let effect = match id {
            _ if !self.host.is_overlay() => "Only an overlay network needs an endpoint for the cluster IP.",
            Some(_) => {
                "The endpoint of the cluster IP. This service port made it; it is deleted with it, and made again."
            }
            None if self.outcome == Outcome::Unserved => "No proxier of this node looks at it.",
            None => {
                "The endpoint of the cluster IP was there when this service port came; another one owns it."
            }
        };
        let plan = id.map(|_| Provenance::Plan);
        Known { value: id, from: std::iter::once(network).chain(plan).collect(), effect: effect.to_owned() }
    }

    fn hns(&self) -> Known<Handle> {
        let network = &self.host.network;
        let handle = Handle {
            version: self.host.features.version,
            network: network.name.clone(),
            network_type: network.type_.clone(),
        };
        let features = &self.host.features;
        let has = [
            (features.dsr, "direct server return"),
            (features.session_affinity, "session affinity"),
            (features.dual_stack, "dual stack"),
            (features.modify_load_balancer, "changes in place"),
        ];
        let list = |wanted: bool| {
            let names: Vec<&str> =
                has.iter().filter(|(on, _)| *on == wanted).map(|(_, name)| *name).collect();
            names.join(", ")
        };
        let (can, cannot) = (list(true), list(false));
        let effect = match (&*can, &*cannot) {
            (can, "") => format!("The handle of HNS, which can do {can}."),
            ("", cannot) => format!("The handle of HNS, which lacks {cannot}."),
            (can, cannot) => format!("The handle of HNS, which can do {can}, and lacks {cannot}."),
        };
        let from =
            vec![Provenance::Setting("winkernel.networkName"), self.network_type(), self.hns_version()];
        Known { value: handle, from, effect }
    }

    fn preserve_dip(&self) -> Known<bool> {
        let value = self.decisions.preserve_destination;
        let asked = self.port.annotations.preserve_destination;
        let effect = if value {
            "Pods see the load balancer's address as destination (port flags 28, DSR). Its load balancers and the node port's use endpoints of this node only."
        } else if asked {
            "The annotation has no effect: this version of HNS has no direct server return."
        } else {
            "Pods see their own address as destination."
        };
        let from = [self.annotation("preserve-destination"), self.hns_version()];
        known(value, from.into_iter().take(if asked { 2 } else { 1 }), effect)
    }

    fn local_traffic_dsr(&self) -> Known<bool> {
        let value = self.decisions.local_traffic_dsr;
        let asked = self.port.external_policy == TrafficPolicy::Local;
        let effect = if value {
            "Node port, external IPs and load balancer addresses use endpoints of this node only, and clients keep their address, whatever enableDSR says."
        } else if asked {
            "The policy counts as Cluster: this version of HNS has no direct server return."
        } else {
            "Node port, external IPs and load balancer addresses use endpoints of all nodes."
        };
        let from = [self.manifest.field("spec.externalTrafficPolicy"), self.hns_version()];
        known(value, from.into_iter().take(if asked { 2 } else { 1 }), effect)
    }

    fn internal_traffic_local(&self) -> Known<bool> {
        let Decisions { internal_local: value, local_traffic_dsr, .. } = self.decisions;
        let effect = match (value, local_traffic_dsr) {
            (true, true) => "No load balancer uses an endpoint of another node.",
            (true, false) => "The cluster IP leads to endpoints of this node only.",
            (false, _) => "The cluster IP leads to endpoints of all nodes.",
        };
        known(value, [self.manifest.field("spec.internalTrafficPolicy")], effect)
    }

    fn win_proxy_optimization(&self) -> Known<bool> {
        let value = self.port.annotations.proxy_optimization;
        let effect = if value {
            "While endpoints change, load balancers stay; they are changed or replaced when the new ones are known."
        } else {
            "When endpoints change, all load balancers are deleted at once and made again."
        };
        known(value, [self.annotation("winProxyOptimization")], effect)
    }
}

fn known<T>(value: T, from: impl IntoIterator<Item = Provenance>, effect: &str) -> Known<T> {
    Known { value, from: from.into_iter().collect(), effect: effect.to_owned() }
}

/// What a load balancer does, in sentences.
fn work(balancer: &LoadBalancer, members: &str, fate: Fate) -> String {
    let frontend = match FrontendKey::of(balancer) {
        Some(FrontendKey { vip: None, port, .. }) => format!("Port {port} of every address of the node"),
        key => key.map(|key| key.to_string()).unwrap_or_default(),
    };
    let port = balancer.port_mappings.first().copied().unwrap_or_default();
    let source = balancer.source_vip.as_ref().map(|ip| format!(", with source address {ip}"));
    let mut text = format!(
        "{frontend} leads to port {} of {members}{}.",
        port.internal_port,
        source.unwrap_or_default()
    );
    let notes = [
        (balancer.flags.contains(LoadBalancerFlags::DSR), " Answers go straight to clients (DSR)."),
        (port.flags.contains(PortFlags::PRESERVE_DIP), " The destination address is kept."),
        (port.distribution == Distribution::SOURCE_IP, " A client stays with its endpoint."),
        (fate == Fate::Changed, " It is changed in place."),
        (fate == Fate::Kept, " It stays as it is."),
    ];
    text.extend(notes.into_iter().filter(|(applies, _)| *applies).map(|(_, note)| note));
    text
}
