//! What is found about nftables.

use crate::diagnostics::codes;

codes! {
    ADDRESS_REFUSED "I0521" Error {
        title: "nft rejects this address",
        explanation: "kube-proxy writes the address as the slice has it, and nft then rejects the whole transaction, so that no rule of the family changes. The real kube-proxy fails in the same way. Up to 1.30, octets with leading zeros are accepted and read as octal: another address than kube-proxy means.",
        advice: "correct the address in the slice",
    }

    WINDOWS_NODE "I0522" Warning {
        title: "nftables rules for a Windows node",
        explanation: "kube-proxy on Windows creates HNS load balancers, not nftables rules. These are the rules of a Linux node with the same name, zone and addresses, for comparison.",
    }

    PODS_NOT_RECOGNIZED "I0523" Note {
        title: "the network of the pods is not known to the nftables rules",
        explanation: "kube-proxy replaces the source address of clients that are not pods of the cluster, and recognizes pods by clusterCIDR, a bridge or the names of interfaces. Without its configuration the rules are those of a kube-proxy without clusterCIDR, which replaces no source address of a cluster IP's client.",
        advice: "pass the configuration with --config, or the network with --cluster-cidr",
    }

    COMMENT_TOO_LONG "I0524" Error {
        title: "nft rejects the comment with this service port's name",
        explanation: "A service port without endpoints is named in a comment, and nft takes comments of at most 128 bytes. Up to 1.36, kube-proxy writes longer ones, so that every transaction of the family fails until the Service has endpoints or is gone.",
        advice: "give the Service, its namespace or its port a shorter name",
    }

    CONTESTED "I0525" Warning {
        title: "two service ports claim one address and port",
        explanation: "A map of nftables has one verdict for an address, protocol and port. The service port that kube-proxy processes last gets the traffic; its order is random and may change with every sync. In iptables mode the first rule wins.",
        advice: "give each Service an address or node port of its own",
    }

    INTERFACE_BY_NUMBER "I0526" Error {
        title: "nft needs the interface to exist",
        explanation: "This version compares the number of the pods' interface, which nft looks up when rules are loaded. Without the interface, and with the first letters of a name in any case, it rejects the whole transaction. Later releases compare the name.",
        advice: "upgrade kube-proxy to 1.33.6, 1.34.2 or 1.35, or detect local traffic by clusterCIDR",
    }

    SERVICE_NETWORKS_UNKNOWN "I0527" Note {
        title: "the networks of cluster IPs are not known",
        explanation: "From 1.33 on, kube-proxy drops packets to addresses of these networks that no Service has. Without the networks that rule is left out.",
        advice: "add the ServiceCIDR objects (kubectl get servicecidrs -o yaml) to the input, or name them as serviceCIDRs in a facts file",
    }

    LOCALHOST_SERVED "I0528" Note {
        title: "kube-proxy itself serves node ports of TCP on loopback addresses",
        explanation: "With the gate KubeProxyNFTablesLocalhostNodePorts (1.37) and a loopback network in nodePortAddresses, kube-proxy listens on 127.0.0.1 or ::1 and forwards connections to endpoints. No rule is about them, so that packets to these ports are shown as not handled by rules.",
        advice: "connect to the address of the node where that is possible: connections that kube-proxy forwards are slower",
    }

    OTHER_RELEASE "I0529" Warning {
        title: "the tables of the node are of another release of kube-proxy",
        explanation: "Releases differ in their chains and rules: a chain sets the mark up to 1.35, source ranges have chains of their own since 1.33.6 and 1.34.1, their elements have comments in 1.30 only, rules compare cluster IPs without ports since 1.34, and a service port with one endpoint has no map since 1.37. Compared with rules of another release, each of these differences looks like one of the node.",
        advice: "name the version of the node's kube-proxy with --kube-proxy-version",
    }

    MIGRATION_NODE_PORTS "L0931" Warning {
        title: "node ports answer at fewer addresses in nftables mode",
        explanation: "Without nodePortAddresses, kube-proxy in nftables mode serves node ports at the node's primary address of each family only. In iptables and ipvs mode every address of the node serves them.",
        advice: "set nodePortAddresses to what clients use before the change",
    }

    MIGRATION_LOCALHOST "L0932" Warning {
        title: "node ports no longer answer on loopback addresses",
        explanation: "In iptables mode, processes on a node reach node ports at 127.0.0.1. In nftables mode they are refused. From 1.37 on the gate KubeProxyNFTablesLocalhostNodePorts, which is off by default, lets kube-proxy serve those of TCP itself where nodePortAddresses contains a loopback network.",
        advice: "connect to the address of the node",
    }

    MIGRATION_SOURCE_RANGES "L0933" Note {
        title: "source ranges hold for a Service without endpoints",
        explanation: "In nftables mode, packets from outside of loadBalancerSourceRanges are dropped before anything else is looked at. In iptables mode, a Service without endpoints refuses every client.",
    }

    MIGRATION_HEALTH_CHECK "L0934" Note {
        title: "no rule accepts the health check node port",
        explanation: "In iptables mode, kube-proxy accepts packets to healthCheckNodePort. In nftables mode it does not, and a firewall of the host that drops them makes load balancers take the node for unhealthy.",
        advice: "open the port in the firewall of the nodes",
    }

    MIGRATION_OTHER_PORTS "L0935" Note {
        title: "other ports of cluster IPs are refused",
        explanation: "In nftables mode, packets to a cluster IP and a port that no Service has there are rejected, ping as well. In iptables mode they leave the node; in ipvs mode the node itself gets them.",
    }

    MIGRATION_UNALLOCATED "L0936" Note {
        title: "unallocated cluster IPs are dropped",
        explanation: "From 1.33 on, kube-proxy in nftables mode drops packets to addresses of the Service networks that no Service has. In other modes they leave the node.",
    }

    MIGRATION_SETTINGS "L0937" Warning {
        title: "a setting is not taken over",
        explanation: "nftables mode reads the block nftables of the configuration, and nothing of the blocks iptables and ipvs. The flag --masquerade-all sets both.",
        advice: "set it in the block nftables as well",
    }

    MIGRATION_REQUIREMENTS "L0938" Note {
        title: "what nftables mode needs on a node",
        explanation: "kube-proxy refuses to start on a kernel before 5.13 and with an nft before 1.0.1. The environment variable KUBE_PROXY_NFTABLES_SKIP_KERNEL_VERSION_CHECK skips the test of the kernel.",
        advice: "check the kernel and nft of every node before the change",
    }

    MIGRATION_FIREWALLS "L0939" Note {
        title: "kube-proxy accepts no packets in nftables mode",
        explanation: "In iptables mode, KUBE-FORWARD accepts marked packets and established connections. In nftables mode nothing is accepted, so that a chain with a drop policy in another table, such as that of Docker or firewalld, drops traffic of Services.",
        advice: "accept forwarded packets in the firewall itself",
    }

    MIGRATION_INVALID "L0940" Note {
        title: "invalid packets are not dropped",
        explanation: "In iptables mode, KUBE-FORWARD drops packets that connection tracking takes for invalid, which may otherwise reset long-lived connections on kernels before 6.1.",
    }

    MIGRATION_IPVS_ADDRESSES "L0941" Warning {
        title: "addresses of Services leave the node's interfaces",
        explanation: "In ipvs mode, every address of a Service is bound to the interface kube-ipvs0 of every node: the node answers pings to it, processes that listen on all addresses are reached through it, and it answers ARP unless strictARP is set. In nftables mode no address is bound.",
        advice: "check what relies on these addresses: pings, BGP speakers, processes of the nodes",
    }

    MIGRATION_IPVS_SCHEDULERS "L0942" Warning {
        title: "schedulers of ipvs have no effect",
        explanation: "In nftables mode each connection goes to an endpoint at random. Schedulers such as rr, lc and sh, and the timeouts of the block ipvs, are gone.",
    }

    MIGRATION_DATES "L0943" Note {
        title: "when modes of kube-proxy come and go",
        explanation: "nftables mode is alpha since 1.29, beta since 1.31 and stable since 1.33 (KEP-3866). ipvs mode is deprecated since 1.35. Planned are: nftables as the default in 1.40 (KEP-5343, provisional), ipvs off by default in 1.40 and removed in 1.43 (KEP-5495).",
    }

    UNREACHABLE "G1105" Warning {
        title: "unreachable chain of a Service",
        explanation: "No base chain leads to it through any number of rules and elements. Usually it is left over from a deleted Service or endpoint: kube-proxy empties such chains at once and deletes them later.",
    }
}
