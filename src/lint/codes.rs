//! What is known to go wrong on nodes of every platform.

use crate::diagnostics::codes;

codes! {
    NODE_NAME_UNKNOWN "L0908" Warning {
        title: "no endpoint and no Node has the node's name",
        explanation: "kube-proxy compares its node name with nodeName of endpoints, character by character. If hostnameOverride differs from the name that kubelet registered, no endpoint is local: pods of this node count as pods of other nodes, HNS gets remote endpoints with their addresses, and externalTrafficPolicy Local has no endpoints.",
        advice: "use the name that kubelet registered (kubectl get nodes)",
    }

    PORT_OF_NODE "L0911" Error {
        title: "a node port is a port of the node itself",
        explanation: "kubelet and kube-proxy listen on ports of the node. A load balancer on the same port takes their connections, or HNS rejects it with 0x803B0013.",
        advice: "give the Service another node port, and exclude such ports from --service-node-port-range of the API server",
    }

    GATE_REMOVED "L0918" Error {
        title: "a feature gate is set that this version does not have",
        explanation: "kube-proxy exits at once with 'unrecognized feature gate', and its pod restarts forever. Kubernetes removes a gate some releases after its feature can no longer be switched off, and a gate of a later release is not known either. Gates that hnsplan does not know are not checked.",
        advice: "remove the gate from the configuration before an upgrade",
    }

    EXTERNAL_IPS "L0925" Note {
        title: "external IPs of Services are deprecated",
        explanation: "Since 1.36 the API server warns of spec.externalIPs, and later versions may not serve them any more (kubernetes/kubernetes#137293).",
        advice: "use a Service of type LoadBalancer, or a gateway",
    }
}
