//! What is wrong with rules as a graph, in the words of all platforms.

use crate::diagnostics::codes;

codes! {
    DANGLING "G1102" Error {
        title: "reference to a missing object",
        explanation: "A rule jumps to a chain that no dump contains, or an object refers to another one by an unknown id. Packets that take this path are lost.",
        advice: "if the dump is complete, let kube-proxy write the rules again",
    }

    CYCLE "G1104" Error {
        title: "rules form a loop",
        explanation: "The kernel rejects chains that jump in a circle. Listeners of the port proxy that connect to each other keep opening connections forever.",
        advice: "remove the rule that closes the loop",
    }
}
