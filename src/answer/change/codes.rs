//! What is wrong with what a node holds, in the words of all platforms.

use crate::diagnostics::codes;

codes! {
    MISSING "F1001" Error {
        title: "missing on the node",
        explanation: "The manifests require an object that the node does not have. Connections that need it fail or leave the node.",
        advice: "run hnsplan apply, or let kube-proxy synchronize the node",
    }

    STALE "F1002" Warning {
        title: "left over on the node",
        explanation: "The node has an object of a Service that the manifests no longer contain. It receives connections that are meant for others, or none at all.",
        advice: "delete it: run hnsplan apply, or let kube-proxy synchronize the node",
    }

    CHANGED "F1003" Error {
        title: "present but different",
        explanation: "The node has the object with other members, ports or flags than the manifests require.",
        advice: "run hnsplan apply, or let kube-proxy synchronize the node",
    }

    DANGLING "F1004" Error {
        title: "reference to a missing object",
        explanation: "A load balancer has a member that is not an endpoint, or a rule jumps to a chain that does not exist. Packets that take this path are lost.",
        advice: "let kube-proxy write the rules again",
    }

    UNREFERENCED "F1005" Warning {
        title: "unused object",
        explanation: "No load balancer uses the remote endpoint, or no rule jumps to the chain. Unused endpoints accumulate and conflict with pods that get their address.",
        advice: "delete it",
    }

    DUPLICATE "F1006" Error {
        title: "duplicate object",
        explanation: "Two objects match the same traffic, or two endpoints have the same address. Which one takes effect is undefined.",
        advice: "delete the stale one of the two",
    }

    NOTHING_PRESENT "F1008" Error {
        title: "all expected objects are missing",
        explanation: "The node lost its rules, kube-proxy is not running, or the rules were deleted.",
        advice: "check that kube-proxy runs on the node, and restart it",
    }
}
