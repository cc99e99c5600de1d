//! What is found about the port proxy of Windows.

use crate::diagnostics::codes;

codes! {
    UDP "S0701" Warning {
        title: "a UDP port is lost",
        explanation: "The port proxy of Windows forwards TCP only. Nothing is written for this port; its traffic leaves the node, or is lost where the address is claimed for another port.",
        loss: true,
    }

    SCTP "S0702" Warning {
        title: "an SCTP port is lost",
        explanation: "The port proxy of Windows forwards TCP only. Nothing is written for this port.",
        loss: true,
    }

    PARTIAL_VIP "S0703" Warning {
        title: "an address is claimed, but not all its ports are served",
        explanation: "A port proxy listens only on an address that the node has, so the address is added. From then on everything to it ends at the node, also ports that netsh cannot serve. The usual victim is DNS over UDP: pods of this node lose it even if something else served it before.",
        loss: true,
    }

    ONE_ENDPOINT "S0704" Warning {
        title: "one endpoint of several is used",
        explanation: "A listener connects to one address. There is no balancing, no health check and no fail-over. --netsh-pick spread lets each node choose another endpoint, so that the cluster as a whole spreads.",
        loss: true,
    }

    CLIENT_ADDRESS "S0705" Warning {
        title: "endpoints do not see the client's address",
        explanation: "A process on the node accepts the connection and opens another one, from an address of the node. Network policies and logs see the node, and externalTrafficPolicy Local loses half of its purpose.",
        loss: true,
    }

    HEALTH_CHECK "S0706" Warning {
        title: "the health check port is not served",
        explanation: "kube-proxy answers the load balancer on healthCheckNodePort; netsh has nothing that answers. The load balancer will take the node out.",
        loss: true,
    }

    SOURCE_RANGES "S0707" Warning {
        title: "source ranges depend on the firewall's settings",
        explanation: "A rule allows the ranges. Others are kept out only if the profile blocks incoming connections by default, which netsh advfirewall show allprofiles firewallpolicy shows, or by the additional rules of --netsh-block-complement. Connections of the node itself do not pass the firewall.",
        loss: true,
    }

    REJECT "S0708" Warning {
        title: "connections without endpoints are not refused",
        explanation: "kube-proxy on Linux rejects them at once. Without a listener they leave the node by its default route and time out; with --netsh-empty address they end at the node, which refuses or ignores them as its firewall says.",
        loss: true,
    }

    LEGACY "S0709" Warning {
        title: "the commands alone forward nothing",
        explanation: "The legacy modes print what kube-proxy in userspace mode told netsh. Its own process did the forwarding; that mode was removed in 1.26. The scripts are for comparison with old nodes.",
        loss: true,
    }

    LEGACY_IPV6 "S0710" Warning {
        title: "an IPv6 address is lost in a legacy mode",
        explanation: "The userspace kube-proxy of Windows served IPv4 only.",
        loss: true,
    }

    SHARED_SEGMENT "S0711" Warning {
        title: "other nodes may claim the same address",
        explanation: "The addresses of load balancers and external IPs are added to the interface. Where another host of the same network segment has one, Windows detects the duplicate and uses neither.",
    }

    WILDCARD "S0712" Warning {
        title: "a node port listens on all addresses",
        explanation: "The node's addresses are not known, so the listener takes every address of the node, those of Services as well. Give --node-ip, or a Node object with addresses.",
    }

    PORT_EXCLUDED "S0713" Warning {
        title: "Windows has reserved the port",
        explanation: "netsh interface ipv4 show excludedportrange lists ranges in which no program can listen; Hyper-V reserves some at each start. netsh accepts the listener and shows it, but it never listens.",
    }

    PORT_DYNAMIC "S0714" Warning {
        title: "outgoing connections may hold the port",
        explanation: "Windows gives ports from 49152 on to outgoing connections, or those that dynamicPorts of the facts file names. If one has the port when the listener starts, it does not listen.",
    }

    PORT_SHADOWED "S0715" Warning {
        title: "two listeners on one port, one of them on all addresses",
        explanation: "Which of the two gets a connection is not documented.",
    }

    AFFINITY "S0716" Note {
        title: "session affinity holds by accident",
        explanation: "All connections go to one endpoint, so a client keeps its endpoint. The timeout has no meaning.",
    }

    HOSTNAME "S0717" Note {
        title: "a load balancer host name gets no rules",
        explanation: "Rules lead from addresses. An ingress that has only a host name is passed over.",
    }

    STATIC "S0718" Note {
        title: "the rules follow no change",
        explanation: "netsh only stores rules. Nothing watches Services and endpoints: compile and replace the rules when they change.",
    }

    PERSISTENCE "S0719" Note {
        title: "not all rules outlive a restart",
        explanation: "Listeners and firewall rules are kept. Addresses in the active store are not, and a listener without its address does not listen: run the script again at every start, after the undo script.",
    }

    LOOP "S0720" Error {
        title: "a listener would connect to itself",
        explanation: "Each connection would open another one until the node has no port left. This happens when an endpoint on the host network has the address and port of the listener. It is left out.",
    }

    CONFLICT "S0721" Error {
        title: "two service ports want the same listener",
        explanation: "A listener connects to one endpoint, so address and port can belong to one service port only. The first by name keeps it.",
    }

    ADDRESS_UNUSABLE "S0722" Error {
        title: "an address that no node can claim",
        explanation: "The unspecified address, loopback, multicast and broadcast addresses cannot be added to an interface. Nothing is written for it.",
    }

    PROXY_PORTS "S0723" Error {
        title: "the range of proxy ports is used up",
        explanation: "Mode legacy-portproxy gives each TCP service port a port of the process behind it. Widen --proxy-port-range.",
    }

    PORT_RESERVED "A1208" Error {
        title: "Windows has reserved a port that the plan wants to listen on",
        explanation: "netsh takes a listener on a reserved port without a word, and it never listens. Hyper-V, WinNAT and HNS reserve ranges, some anew at each start: netsh interface ipv4 show excludedportrange protocol=tcp lists them. Nothing was touched. Give the Service another port, or see that the range is free when Windows starts. --force goes on all the same.",
    }

    ADDRESS_ELSEWHERE "A1209" Error {
        title: "an address of the plan is on another interface",
        explanation: "Windows refuses an address that one of its interfaces has already, and another program added it. Nothing was touched. Name the interface that has it with --interface, or take the address away there.",
    }
}
