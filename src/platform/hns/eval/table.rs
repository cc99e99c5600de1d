//! What HNS does with packets, as far as that is known: one rule a row, with its source and how sure it is.
//!
//! Nothing here was tried on Windows. Sources define what objects mean; what HNS does with packets is mostly an
//! assumption, and without any ground for one the rule is an open question. A rule that depends on the release of
//! Windows has a row for each answer; [`super::releases`] finds the one for a node.

use crate::answer::verdict::{Confidence, Ground};

const fn row(
    id: &'static str,
    sentence: &'static str,
    source: &'static str,
    confidence: Confidence,
) -> Ground {
    Ground { id, holds: None, sentence, source, confidence }
}

/// What a rule says of some releases.
const fn of(
    id: &'static str,
    holds: &'static str,
    sentence: &'static str,
    source: &'static str,
    confidence: Confidence,
) -> Ground {
    Ground { id, holds: Some(holds), sentence, source, confidence }
}

const HCN: &str = "HCN schema 2.0, HostComputeLoadBalancer (Microsoft/hcsshim)";
const NODE_DOCUMENTED: &str = "Kubernetes documentation, Windows networking, limitations (kubernetes/kubernetes#62046); Microsoft, \
     KB4571748";
const NODE_CONTRADICTED: &str = "Microsoft, KB4571748 and common problems of Windows containers (rancher/rancher#29411); Kubernetes' page on \
     debugging contradicts it";
const NODE_EXPECTED: &str = "networkhealth.ps1 of microsoft/SDN demands rules for the node's own packets; Microsoft's tests; \
     kubernetes/kubernetes#104562; one run on AKS of July 2023 failed in part";
const DSR_DEFAULT: &str = "kubernetes/enhancements, KEP-5100: direct server return is the default there";
const NODE_UNKNOWN: &str = "no known source";
const BEFORE: &str = "Windows Server 2019 before 17763.1432";
const OF_DSR: &str = "Windows Server 2019 from 17763.1432 on, with direct server return";
const UNSEEN: &str =
    "Windows Server 2019 from 17763.1432 on, without direct server return, and releases up to 20348";
const NOT_TOLD: &str = "where the release is not known";
const BY_SWITCH: &str = "where a dump has the rules of the virtual switch at the port of the host";
const HOST_PORT: &str =
    "networkhealth.ps1 of microsoft/SDN demands them; names of rules in projectcalico/calico#7305, #8569";
const NO_POD: &str = "projectcalico/calico#6830, projectcalico/calico#8569, rancher/rancher#20511; Microsoft, common problems of \
     Windows containers";
const LOOPBACK: &str =
    "projectcalico/calico#5522, kubernetes-sigs/sig-windows-tools#119, Azure/azure-container-networking#2597";

use Confidence::{Believed, Open, Read, Seen};

/// All rules, by id.
pub static RULES: [Ground; 63] = [
    row("H01", "A load balancer matches packets to its address, protocol and external port.", HCN, Read),
    row(
        "H02",
        "A load balancer without an address and with LocalRoutedVip matches packets to every address of the node.",
        "kube-proxy, winkernel: node ports have no VIP and nodePortAddresses has no effect; HNS chooses the addresses",
        Believed,
    ),
    of("H03", BEFORE, "The node does not reach its own node ports.", NODE_DOCUMENTED, Read),
    of("H03", OF_DSR, "The node reaches its own node ports.", NODE_CONTRADICTED, Believed),
    of("H03", "Windows Server 2022", "The node reaches its own node ports.", NODE_EXPECTED, Believed),
    of("H03", "Windows Server 2025", "The node reaches its own node ports.", DSR_DEFAULT, Believed),
    of("H03", UNSEEN, "It is unknown whether the node reaches its own node ports.", NODE_UNKNOWN, Open),
    of(
        "H03",
        NOT_TOLD,
        "It depends on the release of Windows whether the node reaches its own node ports; --windows-release decides it.",
        NODE_DOCUMENTED,
        Open,
    ),
    of(
        "H03",
        BY_SWITCH,
        "The node reaches its own node ports if they have rules there (LB_HOST).",
        HOST_PORT,
        Seen,
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
    of("H06", BEFORE, "No load balancer matches packets of the node itself.", NODE_DOCUMENTED, Read),
    of("H06", OF_DSR, "A load balancer matches packets of the node itself.", NODE_CONTRADICTED, Believed),
    of(
        "H06",
        "Windows Server 2022, IPv4",
        "A load balancer matches packets of the node itself.",
        NODE_EXPECTED,
        Believed,
    ),
    of(
        "H06",
        "Windows Server 2022 before 20348.1850, IPv6",
        "No load balancer matches packets of the node itself.",
        "follows from the switch HnsNodeToClusterIpv6, which came with the update of July 2023",
        Believed,
    ),
    of(
        "H06",
        "Windows Server 2022 from 20348.1850 on, IPv6",
        "A load balancer matches packets of the node itself; HnsNodeToClusterIpv6, which AKS sets, switches it on.",
        "Azure/AgentBaker, settings of Windows: a switch among the fixes of July 2023; unverified: nodes without the switch",
        Believed,
    ),
    of(
        "H06",
        "Windows Server 2025",
        "A load balancer matches packets of the node itself.",
        DSR_DEFAULT,
        Believed,
    ),
    of(
        "H06",
        UNSEEN,
        "It is unknown whether a load balancer matches packets of the node itself.",
        NODE_UNKNOWN,
        Open,
    ),
    of(
        "H06",
        NOT_TOLD,
        "It depends on the release of Windows whether a load balancer matches packets of the node itself; \
         --windows-release decides it.",
        "Kubernetes documentation, Windows networking: nodes reach Service addresses in a future release",
        Open,
    ),
    of(
        "H06",
        BY_SWITCH,
        "A load balancer matches packets of the node itself if it has a rule there (LB_HOST, SLB_GROUP_LB).",
        HOST_PORT,
        Seen,
    ),
    row(
        "H07",
        "A load balancer matches packets of the pods on its node, also those to external addresses.",
        "kubernetes/kubernetes#109780: the local load balancer of an ingress address takes packets of pods",
        Seen,
    ),
    of(
        "H08",
        "Windows Server 2019",
        "A load balancer for node ports or external addresses matches packets from outside the node.",
        "Kubernetes documentation, Windows networking; kubernetes/kubernetes#113742, #113842, microsoft/hcsshim#1560: \
         IsVipExternalIp keeps connections when members change, and does not select clients",
        Read,
    ),
    of(
        "H08",
        "Windows Server 2022 and later",
        "A load balancer for node ports or external addresses matches packets from outside the node.",
        "tests of kubernetes/kubernetes and cluster-api-provider-azure: functioning NodePort service; \
         kubernetes/kubernetes#113742, #113842, microsoft/hcsshim#1560: IsVipExternalIp does not select clients",
        Seen,
    ),
    of(
        "H08",
        NOT_TOLD,
        "A load balancer for node ports or external addresses matches packets from outside the node, on each release as \
         far as it was looked at.",
        "the rows of the releases; as sure as the least sure of them",
        Seen,
    ),
    of(
        "H08",
        BY_SWITCH,
        "A load balancer for node ports or external addresses matches packets from outside the node if it has a rule \
         there (SLB_GROUP_HAIRPIN).",
        HOST_PORT,
        Seen,
    ),
    of(
        "H09",
        "Windows Server 2022",
        "A load balancer matches packets from outside that a route leads to the node, also those to cluster IPs.",
        "projectcalico/calico#7875: addresses that were announced by BGP were served",
        Seen,
    ),
    of(
        "H09",
        "all other releases",
        "A load balancer matches packets from outside that a route leads to the node, also those to cluster IPs.",
        "kubernetes/kubernetes#75561, networkhealth.ps1 of microsoft/SDN: rules on the port of the host turn them back to \
         the node; unverified: packets that are routed to the node",
        Believed,
    ),
    of(
        "H09",
        NOT_TOLD,
        "A load balancer matches packets from outside that a route leads to the node, also those to cluster IPs, on each \
         release as far as it is known.",
        "the rows of the releases; as sure as the least sure of them",
        Believed,
    ),
    of(
        "H09",
        BY_SWITCH,
        "A load balancer matches packets from outside that a route leads to the node if it has a rule there \
         (SLB_GROUP_HAIRPIN).",
        HOST_PORT,
        Seen,
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
        "kube-proxy 1.30 to 1.36, winkernel; seen on Windows Server 2019: kubernetes/kubernetes#79359",
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
        "It depends on the network plugin (loopbackDSR) whether a pod reaches itself with direct server return; \
         --loopback-dsr, --network-plugin, or the policies of its endpoint in a dump decide it.",
        "containernetworking/plugins#593, kubernetes-sigs/sig-windows-tools#119",
        Open,
    ),
    row(
        "H20",
        "It is unknown whether a pod reaches itself without SourceVIP on HNS 9, where some builds use the VIP as source.",
        "kubernetes/community#8890, kubernetes/kubernetes#137455; kubernetes/kubernetes#79359: a rule Block_LoopBack drops what \
         comes from the VIP and goes to it",
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
    of(
        "H30",
        "node ports, external addresses and the node's own packets",
        "On a node without any pod endpoint, packets to load balancers are lost until a pod starts.",
        NO_POD,
        Seen,
    ),
    of(
        "H30",
        "cluster IPs, from outside",
        "On a node without any pod endpoint, packets to load balancers are lost until a pod starts.",
        "follows from what was seen of node ports and external addresses",
        Believed,
    ),
    row(
        "H31",
        "With direct server return, a pod reaches itself if a policy OutBoundNAT of its endpoint has its own address \
         among its Destinations (loopbackDSR).",
        LOOPBACK,
        Seen,
    ),
    row(
        "H32",
        "With direct server return, a pod does not reach itself if no policy OutBoundNAT of its endpoint has its own \
         address among its Destinations.",
        LOOPBACK,
        Seen,
    ),
    row(
        "H33",
        "Azure CNI from 1.4.16 on and Calico from 3.22 on write that policy for IPv4, and older versions do not.",
        "projectcalico/calico#5522 (windows_loopback_DSR), Azure/azure-container-networking; containernetworking/plugins#331, #613",
        Read,
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
    row(
        "H37",
        "It is unknown what becomes of packets to Services where another program serves them in place of kube-proxy.",
        "antrea-io/antrea#7720, a transparent network with Open vSwitch; Azure/AKS#4540, microsoft/retina#1488, eBPF",
        Open,
    ),
    row(
        "H38",
        "With IsVipExternalIp, open connections survive while a load balancer is deleted and created again.",
        "kubernetes/kubernetes#113742, #113842, microsoft/hcsshim#1560: the flag keeps connections when members change; \
         unverified: the time without a load balancer",
        Believed,
    ),
    row(
        "H39",
        "It is unknown what becomes of open connections while a load balancer without IsVipExternalIp is deleted and \
         created again.",
        "no known source",
        Open,
    ),
    row(
        "H40",
        "A packet meets the rules of the virtual switch at the port of its sender: where a dump has them, they decide, and \
         not the load balancers of HNS.",
        "microsoft/wcnscripts#22, #24: rules that are stale or missing while HNS looks right",
        Seen,
    ),
    row(
        "H41",
        "With direct server return, a rule OUTBOUNDNAT of the virtual switch for the own address of a pod decides whether \
         it reaches itself, where a dump has the rules at its port.",
        "follows from the policy OutBoundNAT (H31, H32), which becomes such a rule",
        Believed,
    ),
    row(
        "H42",
        "It is unknown which rules of the virtual switch a packet meets if ports have different ones, or a dump has them \
         in part.",
        "the dump does not contain it",
        Open,
    ),
];
