//! What is found about iptables.

use crate::diagnostics::codes;

codes! {
    ADDRESS_REFUSED "I0501" Error {
        title: "iptables rejects this address",
        explanation: "kube-proxy writes the address as the slice spells it, and iptables-restore then rejects the whole input. The real kube-proxy fails in the same way.",
        advice: "correct the address in the slice",
    }

    WINDOWS_NODE "I0502" Warning {
        title: "iptables rules for a Windows node",
        explanation: "kube-proxy on Windows creates HNS load balancers, not iptables rules. These are the rules of a Linux node with the same name, zone and addresses, for comparison.",
    }

    PODS_NOT_RECOGNIZED "I0503" Note {
        title: "the network of the pods is not known",
        explanation: "kube-proxy replaces the source address of clients that are not pods of the cluster, and recognizes pods by clusterCIDR, a bridge or the names of interfaces. Without its configuration the rules are those of a kube-proxy without clusterCIDR, which replaces no source address of a cluster IP's client.",
        advice: "pass the configuration with --config, or the network with --cluster-cidr",
    }

    ODD "F1011" Note {
        title: "unusual, but written so by kube-proxy",
        explanation: "A chain that no rule jumps to, or a duplicate rule. The rules that kube-proxy writes for these manifests contain it as well, so the node is in the expected state.",
    }

    UNREACHABLE "G1101" Warning {
        title: "unreachable chain of kube-proxy",
        explanation: "No base chain leads to it through any number of jumps. Usually it is left over from a deleted Service or endpoint, and kube-proxy deletes it at its next full sync. If a Service needs it, the rule that should jump to it is missing.",
    }
}
