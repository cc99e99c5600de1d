//! What is found about iptables.

use crate::diagnostics::codes;

codes! {
    ADDRESS_REFUSED "I0501" Error {
        title: "iptables will refuse this address",
        explanation: "kube-proxy copies the address from the slice, and iptables-restore then refuses the whole text. This is what the real kube-proxy does; mend the slice.",
    }

    WINDOWS_NODE "I0502" Warning {
        title: "iptables rules for a Windows node",
        explanation: "kube-proxy on Windows makes HNS load balancers, not iptables rules. The rules shown are those that a Linux node of the same name, zone and addresses would have, to compare with.",
    }

    ODD "F1011" Note {
        title: "unusual, but written so by kube-proxy",
        explanation: "A chain that no rule leads to, or a duplicate rule. The rules that kube-proxy makes of the manifests have it as well: the node is as it should be.",
    }

    UNREACHABLE "G1101" Warning {
        title: "a chain of kube-proxy that no packet gets to",
        explanation: "No base chain leads to it, over any number of jumps. Mostly it is left over from a Service or an endpoint that is gone, and kube-proxy deletes it at its next full sync. If a Service needs it, what should lead there is missing.",
    }
}
