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

    CHANGED_SINCE "A1220" Error {
        title: "an object was changed since it was made",
        explanation: "The journal records what the run made. What is there now is something else, so another program or person changed it. Undo would delete work of others. The node was not changed.",
        advice: "find who changed it; pass --force to undo all the same, or --skip to leave these objects as they are",
    }

    IN_USE "A1221" Error {
        title: "others use an object that is to be deleted",
        explanation: "An endpoint is deleted only when no load balancer has it as a member, and a chain only when no rule leads to it. The node was not changed.",
        advice: "delete what uses the object first; hnsplan undo --skip leaves the object and undoes the rest",
    }

    TAKEN "A1222" Error {
        title: "another object has the place of one that is to be made",
        explanation: "HNS has one load balancer for an address and port, and one endpoint for an address. The object that is there is another one than the planned one. The node was not changed.",
        advice: "delete the object that is there if it is not needed; hnsplan undo --skip leaves it and undoes the rest",
    }
}
