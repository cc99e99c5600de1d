//! What kube-proxy on Windows decides about one service port before it looks at HNS, for those who want
//! to know why.

use super::Semantics;
use super::balancers::addresses;
use super::selection::{Rule, select};
use crate::ir::{EndpointId, FrontendKind, RuleSet, ServicePort};
use crate::platform::hns::features::Features;
use crate::platform::hns::model::Address;

/// The decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform::hns) struct Decisions {
    /// The endpoints in use, in the order of the service port.
    pub(in crate::platform::hns) used: Vec<EndpointId>,
    /// Whether node ports and external IPs may have load balancers.
    pub(in crate::platform::hns) available: bool,
    /// The port of the pods, 0 where nobody says it.
    pub(in crate::platform::hns) internal_port: u16,
    /// `externalTrafficPolicy: Local`, where HNS can keep the client's address.
    pub(in crate::platform::hns) local_traffic_dsr: bool,
    /// `internalTrafficPolicy: Local`
    pub(in crate::platform::hns) internal_local: bool,
    /// The annotation `preserve-destination`, where HNS can do it.
    pub(in crate::platform::hns) preserve_destination: bool,
    /// The external IPs that get load balancers.
    pub(in crate::platform::hns) external_ips: Vec<Address>,
    /// The addresses of the load balancer that get load balancers.
    pub(in crate::platform::hns) load_balancer_ips: Vec<Address>,
}

impl Decisions {
    /// The decisions about a service port.
    pub(in crate::platform::hns) fn about(port: &ServicePort, rules: &RuleSet, features: &Features) -> Self {
        let selection = select(port, rules, features, Semantics::KubeProxy);
        let Rule::Winkernel { internal_local, local_traffic_dsr, preserve_destination, .. } = selection.rule
        else {
            unreachable!("kube-proxy's semantics have kube-proxy's rule")
        };
        let addresses = |kind| addresses(port, kind, rules, Semantics::KubeProxy);
        Self {
            used: selection.used,
            available: selection.available,
            internal_port: selection.internal_port,
            local_traffic_dsr,
            internal_local,
            preserve_destination,
            external_ips: addresses(FrontendKind::ExternalIp),
            load_balancer_ips: addresses(FrontendKind::LoadBalancerIp),
        }
    }
}
