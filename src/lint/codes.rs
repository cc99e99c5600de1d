//! What is known to go wrong on nodes of every platform.

use crate::diagnostics::codes;

codes! {
    NODE_NAME_UNKNOWN "L0908" Warning {
        title: "no endpoint and no Node has the node's name",
        explanation: "kube-proxy compares its node name with nodeName of endpoints, letter by letter. If hostnameOverride is not the name that kubelet registered, no endpoint is local: pods of this node are taken for pods elsewhere, remote endpoints with their addresses are made in HNS, and externalTrafficPolicy Local has no endpoints.",
    }

    PORT_OF_NODE "L0911" Error {
        title: "a node port is a port of the node itself",
        explanation: "kubelet and kube-proxy listen on ports of the node. A load balancer on the same port takes their connections, or HNS refuses it with 0x803B0013. Give the Service another node port; --service-node-port-range of the API server should leave such ports out.",
    }

    GATE_REMOVED "L0918" Error {
        title: "a feature gate is set that this version does not know",
        explanation: "kube-proxy ends at once with 'unrecognized feature gate', and its pod restarts for ever. Gates are removed some releases after what they guard can no longer be switched off: take the gate out of the configuration before an upgrade. Gates that hnsplan does not know are not looked at.",
    }
}
