//! What is found about the port proxy of Windows.

use crate::diagnostics::codes;

codes! {
    UDP "S0701" Warning {
        title: "a UDP port is not forwarded",
        explanation: "The port proxy of Windows forwards TCP only. No rule is written for this port. Its traffic leaves the node, or is lost if the address is claimed for another port.",
        advice: "serve the port from nodes of another platform",
        loss: true,
        causes: &["D0820"],
    }

    SCTP "S0702" Warning {
        title: "an SCTP port is not forwarded",
        explanation: "The port proxy of Windows forwards TCP only. No rule is written for this port.",
        advice: "serve the port from nodes of another platform",
        loss: true,
        causes: &["D0820"],
    }

    PARTIAL_VIP "S0703" Warning {
        title: "an address is claimed, but not all its ports are served",
        explanation: "A port proxy listens only on addresses of the node, so the address is added to the node. From then on all traffic to it ends at the node, including that to ports which netsh cannot serve. The usual victim is DNS over UDP: pods of this node lose it even if another program served it before.",
        advice: "serve all ports of the address from nodes of another platform",
        loss: true,
    }

    ONE_ENDPOINT "S0704" Warning {
        title: "only one of several endpoints is used",
        explanation: "A listener connects to one address, without balancing, health checks or fail-over.",
        advice: "use --netsh-pick spread to let each node choose another endpoint, so that the cluster as a whole spreads its connections",
        loss: true,
        causes: &["D0808", "D0809"],
    }

    CLIENT_ADDRESS "S0705" Warning {
        title: "endpoints do not see the client's address",
        explanation: "A process on the node accepts the connection and opens another one, from an address of the node. Network policies and logs see the node, and externalTrafficPolicy Local does not preserve the client's address.",
        advice: "do not rely on the client's address",
        loss: true,
        causes: &["D0818"],
    }

    HEALTH_CHECK "S0706" Warning {
        title: "the health check port is not served",
        explanation: "kube-proxy answers the load balancer on healthCheckNodePort; the port proxy does not. The load balancer takes the node out of service.",
        advice: "use externalTrafficPolicy Cluster",
        loss: true,
    }

    SOURCE_RANGES "S0707" Warning {
        title: "source ranges depend on the firewall's settings",
        explanation: "A firewall rule admits the ranges. Other clients are blocked only if the profile blocks incoming connections by default, or by the additional rules of --netsh-block-complement. Connections of the node itself bypass the firewall.",
        advice: "check the default: netsh advfirewall show allprofiles firewallpolicy",
        loss: true,
        causes: &["D0802"],
    }

    REJECT "S0708" Warning {
        title: "connections without endpoints are not rejected",
        explanation: "kube-proxy on Linux rejects them at once. Without a listener they leave the node by its default route and time out. With --netsh-empty address they end at the node, and its firewall decides whether they are refused or ignored.",
        advice: "use short timeouts in clients, or keep an endpoint for the Service",
        loss: true,
        causes: &["D0816"],
    }

    LEGACY "S0709" Warning {
        title: "the commands alone forward nothing",
        explanation: "The legacy modes print the netsh commands of kube-proxy in userspace mode, whose own process forwarded the connections. Kubernetes 1.26 removed that mode. The scripts are for comparison with old nodes.",
        loss: true,
    }

    LEGACY_IPV6 "S0710" Warning {
        title: "an IPv6 address is not supported in a legacy mode",
        explanation: "The userspace kube-proxy of Windows served IPv4 only.",
        loss: true,
    }

    SHARED_SEGMENT "S0711" Warning {
        title: "other nodes may claim the same address",
        explanation: "The addresses of load balancers and external IPs are added to the interface. If another host of the same network segment has one, Windows detects the duplicate and uses neither.",
        advice: "claim each address on one node of a segment only",
    }

    WILDCARD "S0712" Warning {
        title: "a node port listens on all addresses",
        explanation: "The node's addresses are unknown, so the listener accepts connections on every address of the node, including those of Services.",
        advice: "pass --node-ip, or a Node object with addresses",
    }

    PORT_EXCLUDED "S0713" Warning {
        title: "Windows has reserved the port",
        explanation: "netsh interface ipv4 show excludedportrange lists ranges in which no program can listen; Hyper-V reserves some at each start. netsh accepts and lists the listener, but it never accepts connections.",
        advice: "give the Service another port, or free the range",
    }

    PORT_DYNAMIC "S0714" Warning {
        title: "outgoing connections may use the port",
        explanation: "Windows uses ports from 49152 on for outgoing connections, or those that dynamicPorts of the facts file names. If one of them has the port when the listener starts, the listener never accepts connections.",
        advice: "use a port outside the dynamic range",
    }

    PORT_SHADOWED "S0715" Warning {
        title: "two listeners on one port, one of them on all addresses",
        explanation: "Windows does not document which of the two gets a connection.",
        advice: "pass --node-ip, so that node ports listen on addresses of the node only",
    }

    AFFINITY "S0716" Note {
        title: "session affinity is a side effect",
        explanation: "All connections go to one endpoint, so a client keeps its endpoint. The timeout has no effect.",
    }

    HOSTNAME "S0717" Note {
        title: "the host name of a load balancer gets no rules",
        explanation: "Rules match addresses. An ingress with a host name only is skipped.",
    }

    STATIC "S0718" Note {
        title: "the rules do not follow changes",
        explanation: "netsh stores the rules, and no process watches Services and endpoints.",
        advice: "compile and replace the rules when they change",
    }

    PERSISTENCE "S0719" Note {
        title: "not all rules survive a restart",
        explanation: "Listeners and firewall rules are persistent. Addresses in the active store are not, and a listener without its address accepts no connections.",
        advice: "run the undo script and then the script again after every start",
    }

    LOOP "S0720" Error {
        title: "a listener would connect to itself",
        explanation: "Each connection would open another one until the node runs out of ports. This happens when an endpoint on the host network has the address and port of the listener. The listener is left out.",
        advice: "use another port for the Service or the pod",
    }

    CONFLICT "S0721" Error {
        title: "two service ports claim the same listener",
        explanation: "A listener connects to one endpoint, so an address and port can belong to one service port only. The first one by name keeps it.",
        advice: "give one of the Services another address or port",
    }

    ADDRESS_UNUSABLE "S0722" Error {
        title: "a node cannot claim the address",
        explanation: "The unspecified address, loopback, multicast and broadcast addresses cannot be added to an interface. No rule is written for it.",
        advice: "correct the address",
    }

    PROXY_PORTS "S0723" Error {
        title: "the range of proxy ports is exhausted",
        explanation: "Mode legacy-portproxy gives each TCP service port a port of the process behind it.",
        advice: "widen --proxy-port-range",
    }

    PORT_RESERVED "A1208" Error {
        title: "Windows has reserved a port that the plan listens on",
        explanation: "netsh accepts a listener on a reserved port without an error, but the listener never accepts connections. Hyper-V, WinNAT and HNS reserve port ranges, some at each start: netsh interface ipv4 show excludedportrange protocol=tcp lists them. The node was not changed.",
        advice: "give the Service another port, or free the range before Windows starts; --force continues anyway",
    }

    ADDRESS_ELSEWHERE "A1209" Error {
        title: "an address of the plan is on another interface",
        explanation: "Windows rejects an address that another of its interfaces has, and hnsplan did not add it there. The node was not changed.",
        advice: "name that interface with --interface, or remove the address from it",
    }
}
