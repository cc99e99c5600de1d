//! What HNS does with packets, as far as that is known: one rule a row, with its source and how sure it is.
//!
//! Nothing here was tried on Windows. Sources define what objects mean; what HNS does with packets is mostly an
//! assumption, and without any ground for one the rule is an open question.

use crate::answer::verdict::{Confidence, Ground};

/// A rule, by the position of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    Frontend,
    NodePort,
    OwnNodePort,
    Loopback,
    NothingThere,
    FromNode,
    FromPod,
    FromOutside,
    RoutedFromOutside,
    Tuple,
    SourceIp,
    Remembered,
    AffinityUnsupported,
    OtherDistribution,
    DirectReturn,
    SourceVip,
    Masquerade,
    PreserveDip,
    HairpinDirectReturn,
    HairpinWithoutSourceVip,
    Member,
    Carried,
    UnknownMember,
    NoPorts,
    OldSchema,
    Twice,
    OtherFamily,
    Sctp,
    Unusual,
    OwnNodePortBefore,
    LoopsBack,
    NoLoopback,
    NoPod,
    PortOfEndpoint,
    NotTold,
    Degraded,
}

impl Rule {
    pub(super) fn ground(self) -> &'static Ground {
        &RULES[self as usize]
    }
}

const fn row(
    id: &'static str,
    sentence: &'static str,
    source: &'static str,
    confidence: Confidence,
) -> Ground {
    Ground { id, sentence, source, confidence }
}

const HCN: &str = "HCN schema 2.0, HostComputeLoadBalancer (Microsoft/hcsshim)";
const WINKERNEL: &str = "kube-proxy 1.30 to 1.36, winkernel";

use Confidence::{Believed, Open, Read, Seen};

/// All rules, by id.
pub static RULES: [Ground; 36] = [
    row("H01", "A load balancer matches packets to its address, protocol and external port.", HCN, Read),
    row(
        "H02",
        "A load balancer without an address and with LocalRoutedVip matches packets to every address of the node.",
        "kube-proxy, winkernel: node ports have no VIP and nodePortAddresses has no effect; HNS chooses the addresses",
        Believed,
    ),
    row(
        "H03",
        "The node does not reach its own node ports.",
        "Kubernetes documentation, Windows networking, limitations (kubernetes/kubernetes#62046); Microsoft contradicts \
         it: KB4571748 of August 2020 changed it",
        Believed,
    ),
    row(
        "H04",
        "No load balancer matches packets to loopback addresses.",
        "kube-proxy, winkernel: creates no rule for them",
        Believed,
    ),
    row(
        "H05",
        "A packet that no load balancer matches is routed unchanged by the node.",
        "kube-proxy, winkernel: creates nothing for a Service without usable endpoints",
        Believed,
    ),
    row(
        "H06",
        "It depends on the release of Windows whether a load balancer matches packets of the node itself.",
        "Kubernetes documentation, Windows networking: nodes reach Service addresses in a future release",
        Open,
    ),
    row(
        "H07",
        "A load balancer matches packets of the pods on its node, also those to external addresses.",
        "kubernetes/kubernetes#109780: the local load balancer of an ingress address takes packets of pods",
        Seen,
    ),
    row(
        "H08",
        "A load balancer for node ports or external addresses matches packets from outside the node.",
        "kubernetes/kubernetes#113742, #113842, microsoft/hcsshim#1560: IsVipExternalIp keeps connections when members \
         change, and does not select clients; before 1.26 kube-proxy did not set it",
        Seen,
    ),
    row(
        "H09",
        "A load balancer matches packets from outside that a route leads to the node, also those to cluster IPs.",
        "follows from H01: the load balancer does not ask who sends; unverified: packets that are routed to the node",
        Believed,
    ),
    row(
        "H10",
        "Addresses, ports and protocol select the member; all members are equally likely.",
        "HCN schema 2.0, DistributionType 0; unverified: equal shares",
        Believed,
    ),
    row(
        "H11",
        "The source address selects the member; all members are equally likely, and there is no timeout.",
        "HCN schema 2.0, DistributionType 1 and 2; kube-proxy passes no timeout; unverified: equal shares",
        Believed,
    ),
    row(
        "H12",
        "A client that was served before gets the same member while the members are the same.",
        "HCN schema 2.0, DistributionType 1 and 2",
        Believed,
    ),
    row(
        "H13",
        "It is unknown what HNS before 12.0 does with a distribution by source address.",
        "kube-proxy, winkernel: logs that affinity is not supported and sends DistributionType 2 anyway",
        Open,
    ),
    row("H14", "It is unknown what a DistributionType means that the schema does not define.", HCN, Open),
    row(
        "H15",
        "With direct server return (DSR), the endpoint sees the client's address and its replies bypass the load balancer.",
        HCN,
        Read,
    ),
    row(
        "H16",
        "Without direct server return, the endpoint sees the SourceVIP, if there is one.",
        WINKERNEL,
        Read,
    ),
    row(
        "H17",
        "Without direct server return and SourceVIP, the endpoint sees an address of the node that HNS chooses.",
        "kube-proxy, winkernel: sends a SourceVIP on overlay networks only",
        Believed,
    ),
    row(
        "H18",
        "With EnablePreserveDip, the endpoint sees the address that the client connected to.",
        "kube-proxy, winkernel: annotation preserve-destination; unverified: how HNS treats the port",
        Believed,
    ),
    row(
        "H19",
        "It depends on the network plugin (loopbackDSR) whether a pod reaches itself with direct server return, and \
         nothing tells the policies of its endpoint.",
        "containernetworking/plugins#593, kubernetes-sigs/sig-windows-tools#119",
        Open,
    ),
    row(
        "H20",
        "It is unknown whether a pod reaches itself without SourceVIP on HNS 9, where some builds use the VIP as source.",
        "kubernetes/community#8890, kubernetes/kubernetes#137455",
        Open,
    ),
    row("H21", "A member receives packets on the internal port.", HCN, Read),
    row(
        "H22",
        "On an overlay network, packets to a remote endpoint are sent to its provider address.",
        "HCN schema 2.0, endpoint policy ProviderAddress; kube-proxy, winkernel",
        Read,
    ),
    row(
        "H23",
        "It is unknown where packets to a member go if its address, or its provider address on an overlay, is unknown or unusable.",
        "the dump does not contain it",
        Open,
    ),
    row(
        "H24",
        "It is unknown which ports a load balancer has if the dump contains none.",
        "hnsdiag lists ports only with -d",
        Open,
    ),
    row(
        "H25",
        "It is unknown how a load balancer of the old schema distributes packets, which family it has, and which packets it matches.",
        "the old schema has no such members",
        Open,
    ),
    row(
        "H26",
        "It is unknown which of several matching load balancers takes a packet.",
        "HNS rejects the second one (0x803B0013), but dumps with both were reported",
        Open,
    ),
    row(
        "H27",
        "It is unknown what a load balancer does if its address and its flags are of different families.",
        "kubernetes/kubernetes#136240",
        Open,
    ),
    row(
        "H28",
        "It is unknown whether HNS balances SCTP.",
        "kube-proxy, winkernel: sends protocol 132; Windows does not document it",
        Open,
    ),
    row(
        "H29",
        "It is unknown what a load balancer does with flags, an address or a protocol that kube-proxy never sends.",
        "no known source",
        Open,
    ),
    row(
        "H30",
        "Before build 17763.1432 of Windows (KB4571748), the node does not reach its own node ports.",
        "Kubernetes documentation, Windows networking, limitations; Microsoft, KB4571748",
        Read,
    ),
    row(
        "H31",
        "With direct server return, a pod reaches itself if a policy OutBoundNAT of its endpoint has its own address \
         among its Destinations (loopbackDSR).",
        "projectcalico/calico#5522, kubernetes-sigs/sig-windows-tools#119, Azure/azure-container-networking#2597",
        Seen,
    ),
    row(
        "H32",
        "With direct server return, a pod does not reach itself if no policy OutBoundNAT of its endpoint has its own \
         address among its Destinations.",
        "projectcalico/calico#5522, kubernetes-sigs/sig-windows-tools#119, Azure/azure-container-networking#2597",
        Seen,
    ),
    row(
        "H33",
        "On a node without any pod endpoint, node ports and external addresses were seen to fail until a pod starts; \
         it is unknown on which releases.",
        "projectcalico/calico#6830, projectcalico/calico#8569, rancher/rancher#20511",
        Open,
    ),
    row(
        "H34",
        "A port of the node that a policy PortMapping of an endpoint takes leads to that endpoint; HNS rejects a load \
         balancer for it (0x803B0013).",
        "HCN schema 2.0, endpoint policy PortMapping; microsoft/Windows-Containers#360, microsoft/hcsshim#784",
        Seen,
    ),
    row(
        "H35",
        "It is unknown whether a load balancer matches a packet if the dump does not contain all load balancers.",
        "the dump does not contain it",
        Open,
    ),
    row(
        "H36",
        "It is unknown what a load balancer does that HNS reports as faulty.",
        "members State and Health.LastErrorCode of HNS objects; Windows-Containers#79, #618",
        Open,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_and_say_something() {
        assert_eq!(Rule::Degraded as usize + 1, RULES.len());
        for (at, rule) in RULES.iter().enumerate() {
            assert_eq!(rule.id, format!("H{:02}", at + 1));
            assert!(rule.sentence.ends_with('.') && !rule.source.is_empty(), "{}", rule.id);
        }
    }
}
