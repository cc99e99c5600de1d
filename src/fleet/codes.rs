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
}
