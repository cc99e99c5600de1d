//! What the numbers of HCN objects mean, for people who read a plan or a dump.

use super::model::{Distribution, EndpointFlags, LoadBalancerFlags, PortFlags};
use crate::answer::lexicon::{Meaning, Number, Parts};

/// A member of an HCN object whose number has a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NumberKind {
    /// `Flags` of a load balancer.
    LoadBalancer,
    /// `Flags` of a port mapping.
    Port,
    /// `Flags` of an endpoint.
    Endpoint,
    /// `DistributionType` of a port mapping.
    Distribution,
}

const fn meaning(number: u32, name: &'static str, effect: &'static str) -> Meaning {
    Meaning { number, name, effect }
}

const LOAD_BALANCER: &[Meaning] = &[
    meaning(
        LoadBalancerFlags::DSR.bits(),
        "EnableDirectServerReturn",
        "Replies bypass the load balancer, and endpoints see the client's address. kube-proxy: the cluster IP with enableDSR; all external addresses with externalTrafficPolicy Local; load balancer addresses with preserve-destination.",
    ),
    meaning(
        LoadBalancerFlags::IPV6.bits(),
        "IPv6",
        "The load balancer is for IPv6. kube-proxy: all load balancers of the IPv6 proxier except those of health checks.",
    ),
];

const PORT: &[Meaning] = &[
    meaning(
        PortFlags::ILB.bits(),
        "EnableInternalLoadBalancer",
        "An internal load balancer. kube-proxy never sets it.",
    ),
    meaning(
        PortFlags::LOCAL_ROUTED_VIP.bits(),
        "LocalRoutedVip",
        "The address is one of the node's own. kube-proxy: node ports.",
    ),
    meaning(
        PortFlags::USE_MUX.bits(),
        "UseMux",
        "For load balancers in front of the node; newer schemas call it unused. kube-proxy: with preserve-destination.",
    ),
    meaning(
        PortFlags::PRESERVE_DIP.bits(),
        "EnablePreserveDip",
        "The destination address is preserved, so the pod sees that of the load balancer. kube-proxy: load balancer addresses with the annotation preserve-destination.",
    ),
    meaning(
        PortFlags::VIP_EXTERNAL_IP.bits(),
        "IsVipExternalIp",
        "Clients come from outside the cluster. kube-proxy: node ports, external IPs, load balancer addresses.",
    ),
];

const ENDPOINT: &[Meaning] = &[
    meaning(
        EndpointFlags::REMOTE.bits(),
        "RemoteEndpoint",
        "The endpoint is a pod on another node. kube-proxy: every endpoint that it creates except that of the source VIP.",
    ),
    meaning(
        EndpointFlags::DISABLE_ICC.bits(),
        "DisableICC",
        "No traffic between the containers of the network. kube-proxy never sets it.",
    ),
    meaning(
        EndpointFlags::MIRRORING.bits(),
        "EnableMirroring",
        "Its packets are mirrored. kube-proxy never sets it.",
    ),
    meaning(
        EndpointFlags::LOW_METRIC.bits(),
        "EnableLowInterfaceMetric",
        "Its interface is preferred. kube-proxy never sets it.",
    ),
    meaning(
        EndpointFlags::OVERRIDE_DNS.bits(),
        "OverrideDNSServerOrder",
        "Its DNS servers come first. kube-proxy never sets it.",
    ),
    meaning(
        EndpointFlags::DHCP.bits(),
        "EnableDhcp",
        "It asks DHCP for its address. kube-proxy never sets it.",
    ),
];

const DISTRIBUTION: &[Meaning] = &[
    meaning(
        Distribution::TUPLE.0,
        "None",
        "Addresses, ports and protocol decide: each connection goes to an endpoint of its own. kube-proxy: Services without session affinity.",
    ),
    meaning(
        Distribution::SOURCE_IP_PROTOCOL.0,
        "SourceIPProtocol",
        "The client's address and the protocol decide. kube-proxy never sets it.",
    ),
    meaning(
        Distribution::SOURCE_IP.0,
        "SourceIP",
        "The client's address decides: a client keeps its endpoint. kube-proxy: sessionAffinity ClientIP, on HNS 12.0 and later.",
    ),
];

/// All members, in the order of [`NumberKind`].
pub static NUMBERS: [Number; 4] = [
    Number {
        name: "loadbalancer",
        title: "Flags of a load balancer",
        is_mask: true,
        meanings: LOAD_BALANCER,
    },
    Number { name: "port", title: "Flags of a port mapping", is_mask: true, meanings: PORT },
    Number { name: "endpoint", title: "Flags of an endpoint", is_mask: true, meanings: ENDPOINT },
    Number {
        name: "distribution",
        title: "DistributionType of a port mapping",
        is_mask: false,
        meanings: DISTRIBUTION,
    },
];

impl NumberKind {
    /// Its meanings.
    #[must_use]
    pub fn number(self) -> &'static Number {
        &NUMBERS[self as usize]
    }

    /// Takes a number apart: flags into bits, a distribution is one word.
    #[must_use]
    pub fn read(self, number: u32) -> Parts {
        self.number().parts(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kind: NumberKind, number: u32) -> (Vec<&'static str>, u32) {
        let reading = kind.read(number);
        (reading.meanings.iter().map(|meaning| meaning.name).collect(), reading.unknown)
    }

    #[test]
    fn numbers_are_taken_apart() {
        let both = vec!["EnableDirectServerReturn", "IPv6"];
        assert_eq!(names(NumberKind::LoadBalancer, 3), (both, 0));
        let preserved = vec!["UseMux", "EnablePreserveDip", "IsVipExternalIp"];
        assert_eq!(names(NumberKind::Port, 28), (preserved, 0));
        assert_eq!(names(NumberKind::Endpoint, 65), (vec!["RemoteEndpoint"], 64));
        assert_eq!(names(NumberKind::Distribution, 2), (vec!["SourceIP"], 0));
        assert_eq!(names(NumberKind::Distribution, 0), (vec!["None"], 0));
        assert_eq!(names(NumberKind::Distribution, 3), (vec![], 3));
        assert_eq!(names(NumberKind::Port, 0), (vec![], 0));
    }

    #[test]
    fn every_bit_of_the_model_has_a_meaning() {
        let all =
            |kind: NumberKind| kind.number().meanings.iter().fold(0, |all, meaning| all | meaning.number);
        assert_eq!(all(NumberKind::LoadBalancer), LoadBalancerFlags::all().bits());
        assert_eq!(all(NumberKind::Port), PortFlags::all().bits());
        assert_eq!(all(NumberKind::Endpoint), EndpointFlags::all().bits());
    }
}
