//! What is found about the node and its configuration.

use crate::diagnostics::codes;

codes! {
    NODE_NOT_FOUND "N0301" Warning {
        title: "the node is not in the input",
        explanation: "Its zone, addresses and pod CIDRs are unknown: zone hints are not used, and source ranges that hold the node's address are not recognised.",
    }

    NODE_NOT_NAMED "N0302" Warning {
        title: "no node was named",
        explanation: "No endpoint counts as local. Name the node with --node.",
    }

    NODE_CHOSEN "N0303" Note {
        title: "the only node of the input is used",
        explanation: "Name another one with --node.",
    }

    CONFIG_INVALID "N0304" Error {
        title: "a kube-proxy setting is not valid",
        explanation: "kube-proxy would refuse to start with it. The default is used.",
    }

    CONFIG_MODE "N0305" Warning {
        title: "the configuration is for another proxy mode",
        explanation: "The rules shown are those of iptables mode; a node in this mode has others.",
    }

    INTERFACES_UNKNOWN "N0306" Warning {
        title: "the addresses of the node's interfaces are not known",
        explanation: "nodePortAddresses selects addresses of the node's interfaces. Name them in the facts file (interfaceAddresses) or with --interface-address; the addresses of the Node object are used instead.",
    }

    GATE_LOCKED "N0307" Warning {
        title: "a feature gate cannot be set in this version",
        explanation: "The gate is locked, or not known to the version. The setting has no effect.",
    }

    FACTS_INVALID "N0308" Error {
        title: "a node fact is not valid",
        explanation: "docs/input.md describes the format of a facts file. The fact is ignored.",
    }
}
