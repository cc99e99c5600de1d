//! What keeps any platform from changing a node.

use crate::diagnostics::codes;

codes! {
    NOT_ALLOWED "A1202" Error {
        title: "this process may not change the node",
        explanation: "HNS, netsh and iptables take orders from administrators only. Nothing was touched. Run hnsplan in an elevated prompt, as SYSTEM in a HostProcess container (deploy/), or as root.",
    }

    SERVICE_STOPPED "A1203" Error {
        title: "a service of Windows that is needed does not run",
        explanation: "HNS answers only while the service hns runs, and listeners of netsh listen only while iphlpsvc does: without it they are shown and accept no connections. Nothing was touched. Start it (Start-Service hns, Start-Service iphlpsvc), and run the same command again.",
    }

    OTHER_WRITER "A1204" Error {
        title: "another program changes the same objects",
        explanation: "A kube-proxy that runs on the node makes what is missing again and deletes what it does not know, at the latest at its next full sync. What apply did would not last, and undo would find something else. Stop it for as long as the plan is to last. --force goes on all the same.",
    }
}
