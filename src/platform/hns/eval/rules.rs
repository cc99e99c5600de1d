//! What HNS does with packets, as far as that is known: one rule a row, with its source and how sure it is.
//!
//! Nothing here was tried on Windows. What was read says what objects mean; what becomes of packets is
//! mostly believed, and where even belief has no ground, the rule is an open question.

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
    FromOutsideInside,
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
const DOCUMENTED: &str = "Kubernetes documentation, Windows networking, limitations";

use Confidence::{Believed, Open, Read, Seen};

/// All rules, by id.
pub static RULES: [Ground; 29] = [
    row("H01", "A load balancer takes the packets to its address, protocol and external port.", HCN, Read),
    row(
        "H02",
        "One without an address and with LocalRoutedVip takes those to every address of the node.",
        "kube-proxy, winkernel: node ports have no VIP, nodePortAddresses do not count; HNS chooses the addresses",
        Believed,
    ),
    row("H03", "The node itself does not reach its own node ports.", DOCUMENTED, Read),
    row(
        "H04",
        "No load balancer takes packets to loopback addresses.",
        "kube-proxy, winkernel: no rule is made for them",
        Believed,
    ),
    row(
        "H05",
        "What no load balancer takes goes where it was sent, by the routes of the node.",
        "kube-proxy, winkernel: without usable endpoints there is no load balancer and nothing in its place",
        Believed,
    ),
    row(
        "H06",
        "Whether a load balancer takes packets of the node itself depends on the release of Windows.",
        "Kubernetes documentation, Windows networking: Service addresses from nodes come with a future release",
        Open,
    ),
    row(
        "H07",
        "A load balancer takes packets of the pods on its node, to external addresses as well.",
        "kubernetes/kubernetes#109780: pods are caught by the local load balancer of an ingress address",
        Seen,
    ),
    row(
        "H08",
        "A load balancer with IsVipExternalIp takes packets that come from outside the node.",
        HCN,
        Believed,
    ),
    row(
        "H09",
        "Whether a load balancer without IsVipExternalIp takes packets from outside the node.",
        "HCN schema 2.0 names the flag and does not say what lacking it means",
        Open,
    ),
    row(
        "H10",
        "Addresses, ports and protocol choose the member, each member as likely as any other.",
        "HCN schema 2.0, DistributionType 0; unverified: equal shares",
        Believed,
    ),
    row(
        "H11",
        "The source address chooses the member, each as likely as any other, and no time ends that.",
        "HCN schema 2.0, DistributionType 1 and 2; kube-proxy hands on no timeout; unverified: equal shares",
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
        "What HNS before 12.0 makes of a distribution by source address.",
        "kube-proxy, winkernel: it logs that affinity is not supported and sends DistributionType 2 all the same",
        Open,
    ),
    row("H14", "What a distribution means that the schema does not name.", HCN, Open),
    row(
        "H15",
        "With direct server return the endpoint sees the client's address and answers past the load balancer.",
        HCN,
        Read,
    ),
    row("H16", "Without it the endpoint sees the SourceVIP, if there is one.", WINKERNEL, Read),
    row(
        "H17",
        "Without direct server return and SourceVIP, HNS chooses an address of the node.",
        "kube-proxy, winkernel sends no SourceVIP but on overlay networks",
        Believed,
    ),
    row(
        "H18",
        "With EnablePreserveDip the endpoint sees the address that the client connected to.",
        "kube-proxy, winkernel: annotation preserve-destination; unverified: how HNS treats the port",
        Believed,
    ),
    row(
        "H19",
        "Whether a pod reaches itself with direct server return depends on the network plugin (loopbackDSR).",
        "containernetworking/plugins#593, kubernetes-sigs/sig-windows-tools#119",
        Open,
    ),
    row(
        "H20",
        "Whether a pod reaches itself without SourceVIP on HNS 9, where some builds take the VIP for it.",
        "kubernetes/community#8890, kubernetes/kubernetes#137455",
        Open,
    ),
    row("H21", "A member gets its packets on the internal port.", HCN, Read),
    row(
        "H22",
        "On an overlay network, packets to a remote endpoint are carried to its provider address.",
        "HCN schema 2.0, endpoint policy ProviderAddress; kube-proxy, winkernel",
        Read,
    ),
    row(
        "H23",
        "Where packets go to a member of which no usable address, or on an overlay no provider address, is known.",
        "the dump does not tell",
        Open,
    ),
    row(
        "H24",
        "Which ports a load balancer has whose ports are not shown.",
        "hnsdiag shows ports only with -d",
        Open,
    ),
    row(
        "H25",
        "How a load balancer of the old schema distributes packets, of which family it is, and whom it takes.",
        "the old schema has no such members",
        Open,
    ),
    row(
        "H26",
        "Which of several load balancers takes a packet that all of them answer to.",
        "HNS refuses the second one (0x803B0013), but dumps with both were reported",
        Open,
    ),
    row(
        "H27",
        "What a load balancer does whose address is not of the family of its flags.",
        "kubernetes/kubernetes#136240",
        Open,
    ),
    row(
        "H28",
        "Whether HNS balances SCTP.",
        "kube-proxy, winkernel sends protocol 132; Windows does not document it",
        Open,
    ),
    row(
        "H29",
        "What a load balancer does with flags, an address or a protocol that kube-proxy never sends.",
        "no source is known",
        Open,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_and_say_something() {
        assert_eq!(Rule::Unusual as usize + 1, RULES.len());
        for (at, rule) in RULES.iter().enumerate() {
            assert_eq!(rule.id, format!("H{:02}", at + 1));
            assert!(rule.sentence.ends_with('.') && !rule.source.is_empty(), "{}", rule.id);
        }
    }
}
