//! What is wrong with rules as a graph, in the words of all platforms.

use crate::diagnostics::codes;

codes! {
    DANGLING "G1102" Error {
        title: "a reference to something that is not there",
        explanation: "A rule jumps to a chain that is in no dump, or an object of HNS names another one by an id that HNS does not have. Packets that go there are lost. If the dump is whole, the rules have to be made again.",
    }

    CYCLE "G1104" Error {
        title: "rules that lead back to themselves",
        explanation: "Chains that jump in a circle are refused by the kernel; a listener of the port proxy that connects to another listener and back keeps connections running for ever. Find the rule that closes the circle and take it out.",
    }
}
