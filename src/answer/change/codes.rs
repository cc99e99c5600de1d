//! What is wrong with what a node holds, in the words of all platforms.

use crate::diagnostics::codes;

codes! {
    MISSING "F1001" Error {
        title: "missing on the node",
        explanation: "The manifests ask for an object that the node does not have. Connections that need it fail or leave the node.",
    }

    STALE "F1002" Warning {
        title: "left over on the node",
        explanation: "The node has an object that no Service in the input needs. It takes connections that others should get, or none at all.",
    }

    CHANGED "F1003" Error {
        title: "present but different",
        explanation: "The node has the object with other members, ports or flags than the manifests ask for.",
    }

    DANGLING "F1004" Error {
        title: "refers to something that is not there",
        explanation: "A load balancer has a member that is no endpoint, or a rule leads to a chain that does not exist.",
    }

    UNREFERENCED "F1005" Warning {
        title: "unused object",
        explanation: "No load balancer uses the remote endpoint, or no rule leads to the chain. Left-over endpoints pile up, and stand in the way of a pod that gets their address.",
    }

    DUPLICATE "F1006" Error {
        title: "duplicate object",
        explanation: "Two objects answer to the same, or two endpoints have the same address. Which one wins is not defined.",
    }

    NOTHING_PRESENT "F1008" Error {
        title: "the node has nothing of what it should have",
        explanation: "None of the wanted objects is there: HNS has lost its state, kube-proxy does not run, or the tables were flushed.",
    }
}
