//! What the load balancers of a service port look like, whoever their members are.

use super::Purpose;
use crate::ir::{Frontend, ServicePort};
use crate::net::Family;
use crate::platform::hns::model::{
    Address, Distribution, EndpointRef, LoadBalancer, LoadBalancerFlags, PortFlags, PortMapping,
    protocol_number,
};

/// A load balancer without its members.
#[derive(Debug, Clone)]
pub(in crate::platform::hns) struct Shape {
    pub(in crate::platform::hns) purpose: Purpose,
    pub(in crate::platform::hns) vip: Option<Address>,
    pub(in crate::platform::hns) internal_port: u16,
    pub(in crate::platform::hns) external_port: u16,
    port_flags: PortFlags,
    dsr: bool,
}

impl Shape {
    /// That of the cluster IP; `dsr` is the setting of kube-proxy.
    pub(in crate::platform::hns) fn cluster_ip(port: &ServicePort, internal_port: u16, dsr: bool) -> Self {
        let frontend = port.cluster_ip();
        Self {
            purpose: Purpose::ClusterIp,
            vip: frontend.address.map(Address::Ip),
            internal_port,
            external_port: frontend.port,
            port_flags: PortFlags::empty(),
            dsr,
        }
    }

    /// That of the node port; `dsr` is whether only local endpoints get its connections.
    pub(in crate::platform::hns) fn node_port(node_port: &Frontend, internal_port: u16, dsr: bool) -> Self {
        Self {
            purpose: Purpose::NodePort,
            vip: None,
            internal_port,
            external_port: node_port.port,
            port_flags: PortFlags::LOCAL_ROUTED_VIP | PortFlags::VIP_EXTERNAL_IP,
            dsr,
        }
    }

    /// That of an external IP.
    pub(in crate::platform::hns) fn external_ip(
        port: &ServicePort,
        address: Address,
        internal_port: u16,
        dsr: bool,
    ) -> Self {
        Self {
            purpose: Purpose::ExternalIp,
            vip: Some(address),
            internal_port,
            external_port: port.cluster_ip().port,
            port_flags: PortFlags::VIP_EXTERNAL_IP,
            dsr,
        }
    }

    /// That of an address of the load balancer; `preserve` is the annotation `preserve-destination`.
    pub(in crate::platform::hns) fn ingress(
        port: &ServicePort,
        address: Address,
        internal_port: u16,
        preserve: bool,
        dsr: bool,
    ) -> Self {
        Self {
            purpose: Purpose::LoadBalancer,
            vip: Some(address),
            internal_port,
            external_port: port.cluster_ip().port,
            port_flags: PortFlags::VIP_EXTERNAL_IP | kept_destination(preserve),
            dsr: preserve || dsr,
        }
    }

    /// That of the health checks of an address: `<address>:<port of the health server>` leads to the host's endpoint
    /// (kube-proxy, all versions, with `forwardHealthCheckVip`). The protocol is that of the service port, even UDP.
    pub(in crate::platform::hns) fn health_check(
        port: &ServicePort,
        address: Address,
        healthz_port: u16,
        preserve: bool,
    ) -> Self {
        let number = port.health_check_node_port.unwrap_or(healthz_port);
        Self {
            purpose: Purpose::HealthCheck,
            vip: Some(address),
            internal_port: number,
            external_port: number,
            port_flags: kept_destination(preserve),
            dsr: false,
        }
    }

    /// The load balancer with members. Family and affinity count for all but those of health checks.
    pub(in crate::platform::hns) fn balancer(
        self,
        port: &ServicePort,
        members: Vec<EndpointRef>,
        source_vip: Option<Address>,
    ) -> LoadBalancer {
        let is_health_check = self.purpose == Purpose::HealthCheck;
        let mut flags = LoadBalancerFlags::empty();
        flags.set(LoadBalancerFlags::DSR, self.dsr);
        flags.set(LoadBalancerFlags::IPV6, port.family == Family::Ipv6 && !is_health_check);
        let affinity = port.affinity_seconds.is_some() && !is_health_check;
        LoadBalancer {
            endpoints: members,
            source_vip,
            frontend_vips: self.vip.into_iter().collect(),
            port_mappings: vec![PortMapping {
                protocol: protocol_number(port.protocol),
                internal_port: self.internal_port,
                external_port: self.external_port,
                distribution: if affinity { Distribution::SOURCE_IP } else { Distribution::TUPLE },
                flags: self.port_flags,
            }],
            flags,
            ..LoadBalancer::default()
        }
    }
}

fn kept_destination(preserve: bool) -> PortFlags {
    if preserve { PortFlags::USE_MUX | PortFlags::PRESERVE_DIP } else { PortFlags::empty() }
}
