//! What is found about the node and its configuration.

use crate::diagnostics::codes;

codes! {
    NODE_NOT_FOUND "N0301" Warning {
        title: "the node is not in the input",
        explanation: "Its zone, addresses and pod CIDRs are unknown: zone hints are not used, and source ranges that contain the node's address are not recognized.",
        advice: "add the Node object to the input, or correct --node",
    }

    NODE_NOT_NAMED "N0302" Warning {
        title: "no node is named",
        explanation: "No endpoint counts as local.",
        advice: "name the node with --node",
    }

    NODE_CHOSEN "N0303" Note {
        title: "the only node of the input is used",
        explanation: "No node is named, and the input contains one.",
        advice: "name another node with --node",
    }

    CONFIG_INVALID "N0304" Error {
        title: "invalid kube-proxy setting",
        explanation: "kube-proxy does not start with it. A configuration with such a value is not read; where only the version or the system of the node refuses it, the message names what is used in its place.",
        advice: "correct the setting",
    }

    CONFIG_MODE "N0305" Warning {
        title: "the rules of the proxy mode are not modelled",
        explanation: "The rules of the mode are not modelled. Commands that choose their targets by the mode refuse to answer; for targets that are named with -t, the rules are those of these targets, and not what the node has.",
        advice: "use the configuration of a node in iptables or nftables mode, or name targets with -t",
    }

    INTERFACES_UNKNOWN "N0306" Warning {
        title: "the addresses of the node's interfaces are unknown",
        explanation: "nodePortAddresses selects addresses of the node's interfaces. The addresses of the Node object are used instead.",
        advice: "name them in the facts file (interfaceAddresses) or with --interface-address",
    }

    GATE_LOCKED "N0307" Warning {
        title: "a feature gate cannot be set in this version",
        explanation: "The gate is locked, or the version does not know it. The setting has no effect.",
        advice: "remove the gate from the configuration",
    }

    FACTS_INVALID "N0308" Error {
        title: "invalid node fact",
        explanation: "The fact is ignored.",
        advice: "correct the fact; docs/input.md describes the format of a facts file",
    }

    UNKNOWN_KEY "N0310" Warning {
        title: "unknown key in the configuration of kube-proxy",
        explanation: "kube-proxy logs that strict decoding failed, and starts without the key. Often it is misspelled: upper and lower case count.",
        advice: "correct the key, or remove it",
    }

    INTERFACE_TOO_LONG "N0311" Error {
        title: "the name of an interface is too long",
        explanation: "kube-proxy passes the name to iptables-restore, which refuses every rule set with an interface name of more than 15 bytes. No rule is ever written on such a node. The rules are compiled as kube-proxy passes them.",
        advice: "use the name of an interface that exists",
    }

    VERSION_OF_NODE "N0313" Note {
        title: "the node's own version of kube-proxy is used",
        explanation: "The Node object tells it (status.nodeInfo), and no flag names another. Releases differ in their rules, patch releases as well.",
        advice: "name another version with --kube-proxy-version",
    }

    VERSION_NEWER "N0314" Warning {
        title: "kube-proxy is newer than what is known here",
        explanation: "The rules are those of the newest version that is known. What changed since is missing.",
        advice: "look for a newer hnsplan, or compare with the rules of a node",
    }

    VERSION_UNKNOWN "N0315" Error {
        title: "the rules of the node's kube-proxy are not known",
        explanation: "The node runs a version that is too old, or tells none that can be read. The rules shown are those of the newest version that was recorded.",
        advice: "name the version that comes closest with --kube-proxy-version",
    }

    VERSION_AS "N0316" Note {
        title: "a minor version of kube-proxy means its newest known patch release",
        explanation: "Corrections are backported, so patch releases of one minor version have different rules. A version without a patch release means the newest one whose rules are known.",
        advice: "name the patch release, as in --kube-proxy-version 1.34.2",
    }

    VERSION_NOT_RECORDED "N0317" Note {
        title: "the rules of this version of kube-proxy were never recorded",
        explanation: "What a version changes was read in its pull requests, and no kube-proxy of it was run. The rules of the versions before it equal recordings.",
        advice: "compare with the rules of a node, with hnsplan diff",
    }

    SERVICE_CIDRS_DIFFER "N0318" Warning {
        title: "facts name other service networks than the ServiceCIDR objects",
        explanation: "kube-proxy reads the ServiceCIDR objects, and nothing else tells it the networks of cluster IPs. The fact serviceCIDRs is used only where the input has none of them.",
        advice: "remove serviceCIDRs from the facts file, or add the missing ServiceCIDR objects",
    }

    GATE_UNKNOWN "N0319" Warning {
        title: "unknown feature gate",
        explanation: "The name is close to that of a gate that acts on rules, and is none itself, or it sets many gates at once. kube-proxy does not start with a gate that it does not know. Without effect on the rules here.",
        advice: "correct the name of the gate, or name the gates one by one",
    }

    GATE_WITHOUT_EFFECT "N0320" Note {
        title: "a feature gate has no known effect on rules",
        explanation: "Only some gates of Kubernetes act on the rules of kube-proxy; `hnsplan explain version` lists them. Whether kube-proxy has such a gate is not checked.",
        advice: "nothing, if the gate is spelled correctly",
    }

    KNOWN_FAULT "L0930" Warning {
        title: "the node's kube-proxy has a known fault that Services of the input meet",
        explanation: "The release has a fault that a later one is without. `hnsplan explain version` lists the known faults of a release, those of Windows first, with evidence.",
        advice: "upgrade kube-proxy to the release that is named, or a later one",
    }
}
