//! What keeps any platform from changing a node.

use crate::diagnostics::codes;

codes! {
    NOT_ALLOWED "A1202" Error {
        title: "this process may not change the node",
        explanation: "The platform accepts changes from administrators only. The node was not changed.",
        advice: "run hnsplan in an elevated prompt, as SYSTEM in a HostProcess container (deploy/), or as root",
    }

    SERVICE_STOPPED "A1203" Error {
        title: "a required Windows service is not running",
        explanation: "HNS answers only while the service hns is running. Listeners of the port proxy accept connections only while iphlpsvc is running. The node was not changed.",
        advice: "start the service (Start-Service hns, Start-Service iphlpsvc) and run the same command again",
    }

    OTHER_WRITER "A1204" Error {
        title: "another program changes the same objects",
        explanation: "A running kube-proxy recreates missing objects and deletes unknown ones, at the latest at its next full sync. Changes would not last, and undo would find another state. The node was not changed.",
        advice: "stop kube-proxy for as long as the plan is in use, or pass --force",
    }
}
