//! What is missing of an answer about many nodes.

use crate::diagnostics::codes;

codes! {
    NO_DUMP "R1401" Error {
        title: "no dump of the node",
        explanation: "The folder of dumps has neither a folder nor a file with the name of the node, so the rules of the node are not known.",
        advice: "collect the dump of the node, and name its folder or file after the node",
    }

    STRAY_DUMP "R1402" Warning {
        title: "dump without a node",
        explanation: "The folder of dumps has a folder or file that is named after no Node of the input. The node may be gone, or have another name.",
        advice: "add the Node to the input, rename the dump after its node, or delete it",
    }

    UNUSABLE_DUMP "R1403" Error {
        title: "the dump of the node cannot be used",
        explanation: "The dump could not be read, or is of another platform than those that are compared, so the rules of the node are not known.",
        advice: "collect the dump again",
    }

    NOT_COMPARED "R1404" Error {
        title: "the node could not be compared",
        explanation: "No Service of the input has rules on the node, or its dump leaves out what decides whether it is as it should be.",
        advice: "run the command for this node alone: it shows what is missing",
    }

    SHARE_MISSING "R1405" Error {
        title: "a share of the nodes is missing",
        explanation: "The nodes were divided among several runs, and the answer of one of them is not among those that were joined. Nothing is known of its nodes.",
        advice: "run the share again, and join all of them",
    }

    LOST "R1406" Error {
        title: "lost since the earlier dump",
        explanation: "The node had an object that a Service of the manifests needs, and has it no more. Connections that need it fail or leave the node.",
        advice: "look at what happened on the node between the dumps: a restart of kube-proxy or HNS, or another program that deleted it",
    }

    ALTERED "R1407" Warning {
        title: "changed since the earlier dump",
        explanation: "The node has the object with other members, ports or flags than before. Endpoints that came and went are a usual reason.",
        advice: "compare the later dump with the manifests: hnsplan diff --dumps",
    }

    NEW "R1408" Note {
        title: "new since the earlier dump",
        explanation: "The node has an object that it did not have before.",
        advice: "nothing, if a Service or a pod was added",
    }

    GONE "R1409" Note {
        title: "gone since the earlier dump, and of no Service",
        explanation: "The node had an object that no Service of the manifests is known to need, and has it no more.",
        advice: "nothing, if its Service or pod was deleted",
    }

    OTHER_RULES "R1410" Note {
        title: "other rules than the first node",
        explanation: "The object is not the same as on the first of the nodes: endpoints on the node, zone hints, traffic policies and addresses of the node decide about it.",
        advice: "compare two nodes: hnsplan compile --node for each of them",
    }

    TO_CREATE "R1411" Note {
        title: "would be created",
        explanation: "The node does not have the object, and a Service of the manifests needs it.",
        advice: "hnsplan plan --node for this node shows what it is",
    }

    TO_CHANGE "R1412" Note {
        title: "would be changed",
        explanation: "The node has the object, and it is not as the manifests want it.",
        advice: "hnsplan plan --node for this node shows what changes in it",
    }

    TO_DELETE "R1413" Note {
        title: "would be deleted",
        explanation: "The node has the object, and no Service of the manifests needs it.",
        advice: "hnsplan plan --node for this node shows what it is",
    }

    NOT_PLANNED "R1414" Error {
        title: "no plan for the node",
        explanation: "No plan can be made: the dump lacks what plans need, or the manifests want nothing of the node.",
        advice: "run hnsplan plan for this node alone: it shows what is missing",
    }

    UNDECIDED "R1415" Warning {
        title: "no packet to a Service is decided",
        explanation: "What decides about all packets to a service port is not known on one of the sides: a dump leaves it out, or the behaviour is not documented. It may differ, or be the same.",
        advice: "run the command for this node alone: it lists what is not known",
    }
}
