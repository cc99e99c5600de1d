//! What two targets or versions differ in, in effect.

use crate::diagnostics::{Topic, codes};

codes! {
    DELIVERED "D0801" Error {
        title: "delivered on one side only",
        explanation: "A client that one side serves gets no answer on the other.",
        advice: "follow the packet with hnsplan trace on both sides",
    }

    SOURCE_RANGES "D0802" Error {
        title: "source ranges are enforced on one side only",
        explanation: "loadBalancerSourceRanges blocks a client on one side, and the other side admits it: there, the list protects nothing.",
        advice: "restrict clients with a network policy or the provider's firewall",
        topic: Topic::Clients,
    }

    PORTS "D0803" Error {
        title: "the same endpoints on different ports",
        explanation: "An HNS load balancer has one internal port for all members. If a named target port has different numbers in different pods, some connections fail.",
        advice: "give all pods of the Service the same port number",
    }

    NOT_READY "D0804" Warning {
        title: "one side uses endpoints that the other does not use",
        explanation: "kube-proxy on Windows passes all endpoints to a load balancer when it considers none of them serving, including those that are not ready. Connections to them may fail.",
        advice: "keep a ready endpoint on each Windows node, or use externalTrafficPolicy: Cluster",
    }

    TERMINATING "D0805" Warning {
        title: "terminating endpoints are used on one side only",
        explanation: "When no endpoint is ready, endpoints that are terminating but still serving keep a Service available. On Windows this applies to Services with a load balancer address only.",
        advice: "keep more replicas than a rolling update terminates at a time",
    }

    HINTS "D0806" Warning {
        title: "topology hints are followed on one side only",
        explanation: "Hints and trafficDistribution keep traffic in the zone or on the node. kube-proxy on Windows uses all ready endpoints, which costs time and money between zones. On Linux, versions differ in the hints that they follow.",
        advice: "accept it, or run the Windows clients in one zone with their endpoints",
    }

    LOCAL_POLICY "D0807" Warning {
        title: "externalTrafficPolicy: Local changes the endpoints of clients in the cluster",
        explanation: "On Linux, clients in the cluster reach all endpoints, since the policy is for clients outside of it. An HNS load balancer has only the endpoints of the node, and without any it does not exist.",
        advice: "let clients in the cluster use the cluster IP",
        topic: Topic::ExternalAddresses,
    }

    ENDPOINTS "D0808" Warning {
        title: "traffic goes to different endpoints",
        explanation: "A client may reach endpoints on one side that it never reaches on the other.",
        advice: "use hnsplan trace to see which endpoints are missing, and why",
    }

    SHARES "D0809" Note {
        title: "the same endpoints with different shares",
        explanation: "All endpoints get traffic on both sides, but not the same share of it.",
        advice: "accept it, or weight the endpoints by other means",
    }

    AFFINITY "D0810" Warning {
        title: "session affinity on one side only",
        explanation: "A client keeps its endpoint on one side; on the other, each connection may go to another endpoint.",
        advice: "do not rely on session affinity in clients of both platforms",
        topic: Topic::Affinity,
    }

    AFFINITY_TIMEOUT "D0811" Warning {
        title: "the session affinity timeout differs",
        explanation: "On Linux, kube-proxy's rules forget a client after timeoutSeconds. HNS does not expose the affinity timeout.",
        advice: "accept it, or keep clients short-lived",
        topic: Topic::Affinity,
    }

    OWN_NODE_PORT "D0812" Warning {
        title: "the node reaches its own node ports on one side only",
        explanation: "Whether processes of a node reach its own node ports depends on the platform. HNS: they do not, as node ports accept connections of other hosts only. iptables: they do, at 127.0.0.1 as well where kube-proxy has set route_localnet. nftables: at the addresses that nodePortAddresses names, by default the primary ones, and at no loopback address.",
        advice: "let processes of the node use the cluster IP",
        topic: Topic::NodePorts,
    }

    NODE_PORT_ADDRESSES "D0813" Warning {
        title: "nodePortAddresses is followed on one side only",
        explanation: "A node port answers at an address of the node on one side only: HNS uses all addresses, iptables those that nodePortAddresses names, and nftables, where it names none, the primary ones.",
        advice: "restrict node ports with the firewall of the node",
        topic: Topic::NodePorts,
    }

    MODE_PROXY "D0814" Warning {
        title: "a load balancer address with ipMode Proxy is served on one side only",
        explanation: "ipMode: Proxy requires traffic to go through the load balancer. Where the node serves the address, the load balancer's TLS and PROXY protocol are bypassed.",
        advice: "use a newer kube-proxy, or the cluster IP inside the cluster",
        topic: Topic::LoadBalancerAddresses,
    }

    UNKNOWN_FRONTEND "D0815" Note {
        title: "an address is served that no Service asks for",
        explanation: "One side serves an address that should not be served: a load balancer for health checks, one that is left over, or one for an address of the other family.",
        advice: "accept it, or delete what is left over",
    }

    REJECTED "D0816" Warning {
        title: "rejected on one side, unhandled or dropped on the other",
        explanation: "On Linux, kube-proxy refuses connections to a Service without endpoints, and in nftables mode those to other ports of cluster IPs as well. Where a side has no rule for them, as HNS has no load balancer, packets follow the routes of the node and may leave it, and the client times out.",
        advice: "use short timeouts in clients, or keep an endpoint for the Service",
        topic: Topic::Refusal,
    }

    DROPPED "D0817" Warning {
        title: "dropped on one side, unhandled on the other",
        explanation: "If a policy requires endpoints on the node and there are none, kube-proxy on Linux drops the packets. Where a side has no rule for them, as HNS has no load balancer, packets follow the routes of the node and may leave it.",
        advice: "use short timeouts in clients, or keep an endpoint on each node",
        topic: Topic::Refusal,
    }

    SOURCE "D0818" Note {
        title: "endpoints see different source addresses",
        explanation: "Logs of endpoints and network policies see the client's address on one side, and an address of the node on the other.",
        advice: "do not decide by the client's address on nodes of both platforms",
        topic: Topic::Source,
    }

    HOST_ENDPOINT "D0819" Warning {
        title: "an endpoint on the node's own address is used on one side only",
        explanation: "Pods on the host network have the address of their node. kube-proxy on Windows skips such a pod on its own node, unless HNS has an endpoint with that address, so clients on the node never reach it.",
        advice: "give the pods addresses of their own, or run them on other nodes",
    }

    PROTOCOL "D0820" Error {
        title: "UDP or SCTP is forwarded on one side only",
        explanation: "The other side cannot forward the protocol: the port proxy of Windows forwards TCP only.",
        advice: "serve the port from nodes of the other platform only",
    }

    STALE_FRONTEND "D0821" Warning {
        title: "a node still serves an address that no Service has",
        explanation: "The node serves an address and port that belong to no Service: a load balancer or a chain of a deleted Service, or a rule of another program. Clients that still use the address reach whichever pod has the endpoint's address now.",
        advice: "find it with hnsplan diff and delete it, or restart kube-proxy",
    }

    CHANGED_IN_RELEASE "D0822" Note {
        title: "a change of kube-proxy between the two versions causes the difference",
        explanation: "With this change alone, the older rules differ for the Service. The change is listed with the releases that have it first, and with the pull request behind it where that is known.",
        advice: "compare all changes with hnsplan explain version OLD --against NEW",
    }
}
