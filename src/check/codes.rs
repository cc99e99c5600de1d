//! What two targets or versions differ in, in effect.

use crate::diagnostics::{Topic, codes};

codes! {
    DELIVERED "D0801" Error {
        title: "delivered on one side only",
        explanation: "A client that is served on one side gets no answer on the other.",
        advice: "follow the packet with hnsplan trace on both sides",
    }

    SOURCE_RANGES "D0802" Error {
        title: "source ranges restrict on one side only",
        explanation: "loadBalancerSourceRanges keeps a client away on one side, and the other side serves it: there the list protects nothing.",
        advice: "restrict with a network policy or the provider's firewall instead",
        topic: Topic::Clients,
    }

    PORTS "D0803" Error {
        title: "the same endpoints, on other ports",
        explanation: "HNS has one internal port for all members of a load balancer. Where a named target port has other numbers in other pods, some of the connections fail.",
        advice: "give all pods of the Service one number for the port",
    }

    NOT_READY "D0804" Warning {
        title: "one side sends to endpoints that the other does not use",
        explanation: "kube-proxy on Windows passes all endpoints to a load balancer when it considers none of them serving, the ones that are not ready as well. Connections to them may fail.",
        advice: "keep a ready endpoint on each Windows node, or use externalTrafficPolicy: Cluster",
    }

    TERMINATING "D0805" Warning {
        title: "endpoints that are about to end serve on one side only",
        explanation: "When no endpoint is ready, those that terminate but still serve keep a Service alive. On Windows that is so for Services with a load balancer address only.",
        advice: "keep more replicas than a rolling update ends at a time",
    }

    HINTS "D0806" Warning {
        title: "one side follows topology hints, the other does not",
        explanation: "Hints and trafficDistribution keep traffic in the zone or on the node. kube-proxy on Windows uses all ready endpoints, which costs time and money between zones; on Linux, versions differ in the hints that they follow.",
        advice: "accept it, or run the Windows clients in one zone with their endpoints",
    }

    LOCAL_POLICY "D0807" Warning {
        title: "externalTrafficPolicy: Local changes who serves clients in the cluster",
        explanation: "iptables sends clients of the cluster to all endpoints, since the policy is for clients outside of it. A load balancer of HNS has only the endpoints of the node, and without any there is none.",
        advice: "let clients in the cluster use the cluster IP",
        topic: Topic::ExternalAddresses,
    }

    ENDPOINTS "D0808" Warning {
        title: "traffic goes to other endpoints",
        explanation: "A client may reach endpoints on one side that it never reaches on the other.",
        advice: "see with hnsplan trace which endpoints are missing, and why",
    }

    SHARES "D0809" Note {
        title: "the same endpoints, with other chances",
        explanation: "All endpoints get traffic on both sides, but not the same share of it.",
        advice: "accept it, or give endpoints equal weight by other means",
    }

    AFFINITY "D0810" Warning {
        title: "session affinity on one side only",
        explanation: "A client keeps its endpoint on one side, and each connection may go to another one on the other side.",
        advice: "do not rely on session affinity in clients of both platforms",
        topic: Topic::Affinity,
    }

    AFFINITY_TIMEOUT "D0811" Warning {
        title: "the affinity timeout is not the same",
        explanation: "iptables forgets a client when timeoutSeconds are over. HNS does not expose the timeout: how long a client keeps its endpoint is not documented.",
        advice: "accept it, or keep clients short-lived",
        topic: Topic::Affinity,
    }

    OWN_NODE_PORT "D0812" Warning {
        title: "the node reaches its own node ports on one side only",
        explanation: "On Windows, node ports take connections from others: no rule takes those to loopback addresses, nor those of the node to itself. On Linux, those to 127.0.0.1 depend on a switch of the kernel.",
        advice: "let processes of the node use the cluster IP",
        topic: Topic::NodePorts,
    }

    NODE_PORT_ADDRESSES "D0813" Warning {
        title: "nodePortAddresses is followed on one side only",
        explanation: "A node port answers on an address of the node that nodePortAddresses does not name: HNS takes all of them.",
        advice: "restrict node ports with the firewall of the node",
        topic: Topic::NodePorts,
    }

    MODE_PROXY "D0814" Warning {
        title: "a load balancer address of ipMode Proxy is taken on one side only",
        explanation: "ipMode: Proxy says that traffic has to go through the load balancer. Where the node takes it, the load balancer's TLS and PROXY protocol are passed by.",
        advice: "use a newer kube-proxy, or the cluster IP inside the cluster",
        topic: Topic::LoadBalancerAddresses,
    }

    UNKNOWN_FRONTEND "D0815" Note {
        title: "an address is served that belongs to no Service",
        explanation: "One side answers where no Service does: a load balancer for health checks, one that is left over, or one for an address of the other family.",
        advice: "accept it, or delete what is left over",
    }

    REJECTED "D0816" Warning {
        title: "rejected on one side, unhandled or dropped on the other",
        explanation: "A Service without endpoints refuses connections on Linux. HNS has no load balancer for it, so packets follow the routes of the node, may leave it, and the client waits until it gives up.",
        advice: "let clients give up early, or keep an endpoint for the Service",
        topic: Topic::Refusal,
    }

    DROPPED "D0817" Warning {
        title: "dropped on one side, unhandled on the other",
        explanation: "Where a policy wants endpoints of the node and there are none, iptables drops. HNS has no load balancer, so packets follow the routes of the node and may leave it.",
        advice: "let clients give up early, or keep an endpoint on each node",
        topic: Topic::Refusal,
    }

    SOURCE "D0818" Note {
        title: "endpoints see another source address",
        explanation: "What endpoints log, and what network policies decide by, is the client's address on one side and one of the node on the other.",
        advice: "do not decide by the client's address on nodes of both platforms",
        topic: Topic::Source,
    }

    HOST_ENDPOINT "D0819" Warning {
        title: "an endpoint on the node's own address serves on one side only",
        explanation: "Pods on the host network have the address of their node. kube-proxy on Windows passes over one on its own node, unless HNS has an endpoint with that address, so clients there never reach it.",
        advice: "run the pods with addresses of their own, or not on this node",
    }

    PROTOCOL "D0820" Error {
        title: "UDP or SCTP is forwarded on one side only",
        explanation: "The other side has nothing that forwards the protocol: the port proxy of Windows takes TCP connections only.",
        advice: "serve it from nodes of the other platform only",
    }

    STALE_FRONTEND "D0821" Warning {
        title: "a node still serves an address that no Service has",
        explanation: "What the node holds answers at an address and port that belong to no Service: a load balancer or a chain of a Service that is gone, or a rule of another program. Clients that remember the address get to whoever has the endpoint's address now.",
        advice: "see with hnsplan diff what is left over, and delete it, or start kube-proxy again",
    }
}
