//! What is found about HNS, and about nodes that it runs on.

use crate::diagnostics::codes;

codes! {
    NOT_STARTED "H0601" Error {
        title: "kube-proxy does not start with these settings",
        explanation: "On this Windows host kube-proxy ends at once. The message says which setting, feature gate or version of HNS is missing. The plan shows what it would make if it started.",
    }

    NETWORK_MISSING "H0602" Error {
        title: "the HNS network is not there",
        explanation: "kube-proxy waits for the network with this name for ever. Networks are made by the CNI plugin; compare the name with Get-HnsNetwork.",
    }

    ASSUMED "H0603" Note {
        title: "a fact about the Windows host is assumed",
        explanation: "Neither the input nor a flag contains it, so the usual value is assumed. The message says which flag names another one.",
    }

    STATE_UNKNOWN "H0604" Note {
        title: "what HNS holds is not known",
        explanation: "The endpoints of local pods are made by the CNI plugin, and only HNS knows their ids. Without a dump they are written as local:ADDRESS and looked up when the plan is applied; load balancers that are there already are not known either.",
    }

    FAMILY_UNSERVED "H0605" Warning {
        title: "a family is not served",
        explanation: "kube-proxy on Windows serves both families only where HNS has dual stack (11.10 and later) and the network is no overlay. Otherwise it serves the family of the node's first address.",
        loss: true,
    }

    STATE_UNREADABLE "H0606" Warning {
        title: "part of a dump of HNS could not be read",
        explanation: "What could be read is used. Get-HnsEndpoint, Get-HnsLoadBalancer and Get-HnsNetwork should be piped through ConvertTo-Json -Depth 20.",
    }

    LOCAL_ENDPOINT_MISSING "H0607" Warning {
        title: "a local pod is no endpoint of the network",
        explanation: "kube-proxy looks up the endpoint of a pod on its own node and passes over one that it does not find. Pods with the node's own network never have one.",
    }

    MIXED_PORTS "H0608" Error {
        title: "endpoints with different ports share a load balancer",
        explanation: "A load balancer of HNS has one internal port. kube-proxy takes that of the last endpoint (1.34 and later) or that of the Service, and all endpoints get their connections there. Named target ports that differ between pod versions cause this.",
        loss: true,
    }

    TARGET_PORT_OF_SERVICE "H0609" Warning {
        title: "the Service's target port wins over the slices",
        explanation: "Up to 1.33 kube-proxy on Windows took a number in targetPort literally, even where the slices say otherwise.",
    }

    UNREADY_USED "H0610" Warning {
        title: "endpoints that are not ready are used",
        explanation: "For a Service with a load balancer address kube-proxy on Windows asks whether any endpoint serves (any on this node, with externalTrafficPolicy Local); if none does, it uses all of them. On Linux none is used.",
    }

    TERMINATING_UNUSED "H0611" Warning {
        title: "endpoints that end are not used",
        explanation: "While a Service rolls over, its last endpoints may be ending and still serving. Linux keeps using them. Windows does so for Services with a load balancer address only. --semantics kubernetes does it for all.",
        loss: true,
    }

    HINTS_UNUSED "H0612" Warning {
        title: "topology hints do not count on Windows",
        explanation: "kube-proxy on Windows uses all ready endpoints, whatever zones or nodes their hints name. --semantics kubernetes follows the hints.",
        loss: true,
    }

    NO_REJECT "H0613" Note {
        title: "without endpoints there is no load balancer",
        explanation: "On Linux connections to a Service without endpoints are rejected. On Windows nothing catches the packets, so clients wait for a time-out, and packets may leave the node.",
        loss: true,
    }

    NO_LOCAL_MEMBER "H0614" Warning {
        title: "no endpoint on this node, as the traffic policy wants",
        explanation: "With a policy of Local, load balancers have local endpoints only, and without any they are not made.",
        loss: true,
    }

    SOURCE_RANGES_IGNORED "H0615" Warning {
        title: "source ranges are not enforced",
        explanation: "Load balancers of HNS cannot tell clients apart. On Windows nodes loadBalancerSourceRanges has no effect.",
        loss: true,
    }

    AFFINITY_TIMEOUT "H0616" Warning {
        title: "the affinity timeout is not enforced",
        explanation: "kube-proxy tells HNS to keep a client with its endpoint, but not for how long.",
        loss: true,
    }

    AFFINITY_UNSUPPORTED "H0617" Warning {
        title: "HNS has no session affinity",
        explanation: "Before HNS 12.0 (Windows Server 2022) load balancers cannot keep a client with its endpoint. kube-proxy asks for it all the same.",
        loss: true,
    }

    POLICY_IGNORED "H0618" Warning {
        title: "externalTrafficPolicy Local is not kept",
        explanation: "It needs direct server return. Where HNS has none, kube-proxy on Windows treats the policy as Cluster and says nothing.",
        loss: true,
    }

    SCTP "H0619" Warning {
        title: "SCTP on Windows",
        explanation: "kube-proxy sends protocol 132 to HNS; Windows does not document support for it.",
        loss: true,
    }

    PROVIDER_UNKNOWN "H0620" Warning {
        title: "an endpoint lies in no subnet of another node",
        explanation: "On an overlay network the subnets of other nodes are policies of the network (RemoteSubnetRoute). An endpoint in none of them is taken for a public address: its packets are carried to this node, and connections to all endpoints of the service port get the node's address as source.",
    }

    ROOT_ENDPOINT_MISSING "H0621" Warning {
        title: "the host's endpoint is not there",
        explanation: "forwardHealthCheckVip makes load balancers that lead to the endpoint of the host, by its name (rootHnsEndpointName, cbr0).",
    }

    ADDRESS_OF_OTHERS "H0622" Warning {
        title: "an address that should not be served gets a load balancer",
        explanation: "Up to 1.32 each family's proxier on Windows served all external IPs and load balancer addresses of a Service, those of the other family and those with ipMode Proxy as well.",
    }

    FAMILIES_SHARE "H0623" Warning {
        title: "the node port of one family is missing",
        explanation: "Up to 1.32 kube-proxy on Windows did not tell the families of load balancers apart. Where both node ports lead to the same endpoint of a dual-stack pod, the second one was never made.",
    }

    SHARED "H0624" Note {
        title: "a load balancer has more than one owner",
        explanation: "kube-proxy adopts a load balancer with the same address, ports and endpoints. Ports of one Service share that of their health checks.",
    }

    FRONTEND_TAKEN "H0625" Error {
        title: "two Services want the same address and port",
        explanation: "HNS has one load balancer for an address, port and protocol, and refuses a second one with 0x803B0013.",
    }

    REMOTE_HIDES_LOCAL "H0626" Warning {
        title: "a remote endpoint has the address of a local pod",
        explanation: "An address that once belonged to a pod on another node is now that of a pod here. Up to 1.33 the left-over endpoint may get the pod's connections.",
    }

    MAC_SHARED "H0627" Warning {
        title: "two endpoints get the same MAC address",
        explanation: "kube-proxy makes up the MAC address of a remote endpoint from the last four bytes of its IPv6 address.",
    }

    FOREIGN_KEPT "H0628" Note {
        title: "a load balancer that belongs to no Service of the input",
        explanation: "HNS does not record who made a load balancer. A plan deletes only what answers to an address and port of the input, what an earlier plan made, or what has an id that only hnsplan gives. Everything else is left alone.",
    }

    LOCAL_IS_REMOTE "H0629" Warning {
        title: "a pod of this node is remote for HNS",
        explanation: "The slice says that the endpoint is on this node, but HNS has a remote endpoint with its address, left over from a pod elsewhere. kube-proxy uses that one, and the pod's own endpoint may fail to come up.",
    }

    NO_PORT_MAPPINGS "H0630" Warning {
        title: "a load balancer without a port",
        explanation: "HNS can be left with a load balancer that has no port mapping. Versions of kube-proxy up to 1.36 crash when they list it.",
    }

    V1_IPV6 "H0641" Warning {
        title: "the old API of HNS cannot say IPv6",
        explanation: "A load balancer of the old schema (--hns-format v1) has no mark for IPv6. HCN has one.",
        loss: true,
    }

    V1_AFFINITY "H0642" Warning {
        title: "the old API of HNS has no session affinity",
        explanation: "How connections are distributed cannot be said in the old schema (--hns-format v1), so each connection of a client may go to another endpoint.",
        loss: true,
    }

    V1_EXTERNAL_VIP "H0643" Note {
        title: "the old API of HNS cannot mark addresses for outside clients",
        explanation: "kube-proxy marks node ports, external IPs and load balancer addresses as VipExternalIp. The old schema (--hns-format v1) has no such mark.",
        loss: true,
    }

    V1_PRESERVE_DIP "H0644" Warning {
        title: "the old API of HNS cannot keep the destination address",
        explanation: "The annotation preserve-destination needs the port flags UseMux and PreserveDip, which the old schema (--hns-format v1) does not have. Pods see their own address as destination.",
        loss: true,
    }

    V1_IN_PLACE "H0645" Note {
        title: "the old API of HNS cannot change a load balancer",
        explanation: "It is deleted and made again, and connections through it break. HCN changes it in place from HNS 15.5 on.",
    }

    SOURCE_VIP_RESERVED "L0901" Error {
        title: "the source VIP is an address that no endpoint can have",
        explanation: "The first address of a subnet names the subnet, the second one is its gateway, and the last one is for broadcasts. HNS refuses the endpoint of the source VIP with 0x803B002F, and kube-proxy does not get beyond its start. Reserve another address of the node's pod network for it.",
    }

    SOURCE_VIP_OUTSIDE "L0902" Error {
        title: "the source VIP lies outside of the node's pod network",
        explanation: "On an overlay network the source VIP is an endpoint of the node's own subnet. HNS refuses one from elsewhere with 0x803B002F, and answers to it would find no way back to the node. Each node needs a source VIP of its own: a configuration that all nodes share cannot name it.",
    }

    SOURCE_VIP_TAKEN "L0903" Error {
        title: "the source VIP is the address of a pod",
        explanation: "Only the network plugin can reserve the source VIP. If its address pool gives the same address to a pod, answers to translated connections go to the pod. Take the address out of the range of the plugin, or let the plugin choose the source VIP, as scripts for flannel do with a reservation of host-local.",
    }

    SOURCE_VIP_UNUSED "L0904" Note {
        title: "the source VIP is not used on this network",
        explanation: "kube-proxy gives HNS a source VIP on overlay networks only. On all others HNS chooses the address of translated connections by itself, whatever winkernel.sourceVip says.",
    }

    HAIRPIN_BROKEN "L0905" Warning {
        title: "a pod may not reach itself through its Service",
        explanation: "On Windows Server 2019 (HNS 9) load balancers of an L2Bridge network that have no source VIP and no DSR translate a pod's connection to itself to the address of the Service, and it breaks (kubernetes/community#8890). kube-proxy sends no source VIP there. enableDSR avoids it, with a network plugin that sets loopbackDSR; so does a newer Windows.",
    }

    NETWORK_TYPE_DIFFERS "L0906" Error {
        title: "the HNS network has another type than was said",
        explanation: "The type decides how kube-proxy programs everything: overlay networks need a source VIP and provider addresses. kube-proxy asks HNS, and so should the plan: leave --network-type out where a dump is given.",
    }

    NODE_ADDRESS_UNKNOWN "L0907" Error {
        title: "the node's address is not known, and the network is an overlay",
        explanation: "kube-proxy looks for the interface that has the node's address, to give its MAC address to endpoints. With 0.0.0.0 or a loopback address there is none: it ends with 'could not find host mac address'. Add the Node object, or --bind-address with the node's address.",
    }

    POD_PLACED_ELSEWHERE "L0909" Error {
        title: "a pod of this node belongs to another node, by its slice",
        explanation: "HNS has a local endpoint with the address, so the pod runs here, but its slice names another node. Either the node name is wrong, or the address was another node's pod a moment ago and the slice or the dump is old.",
    }

    VIP_IS_NODE_ADDRESS "L0910" Warning {
        title: "a Service has the address of a node",
        explanation: "A load balancer on the node's own address takes connections that are meant for the node, and HNS may make the address its own: nodes have lost their management address that way. Let the cloud or MetalLB hand out other addresses, and name no node in externalIPs.",
    }

    HEALTH_PORT_SHARED "L0912" Warning {
        title: "health checks of load balancers use the port of kube-proxy's own health server",
        explanation: "With forwardHealthCheckVip kube-proxy makes a load balancer for health checks. Services without a port of their own for it (externalTrafficPolicy Cluster) use that of kube-proxy's health server. On Windows Server 2019 the port is taken then, and HNS refuses with 0x803B0013 (kubernetes/community#8883). Leave forwardHealthCheckVip off there.",
    }

    PORT_DYNAMIC "L0913" Warning {
        title: "node ports lie among the dynamic ports",
        explanation: "Windows gives dynamic ports to outgoing connections, and HNS takes blocks of them for load balancers. Where one is in use, a node port cannot be programmed, or takes answers away from a connection. Keep --service-node-port-range and the dynamic ports apart: netsh interface ipv4 set dynamicport tcp start=... num=...",
    }

    PORT_EXCLUDED "L0914" Warning {
        title: "Windows has reserved a node port",
        explanation: "netsh interface ipv4 show excludedportrange tcp lists ranges that Hyper-V, HNS or an administrator has taken, some anew at each start. A node port among them may be refused with 0x803B0013 or 10013. Give the Service another node port, or reserve its range at startup before others do.",
    }

    PORT_BLOCKS_EXHAUSTED "L0915" Error {
        title: "there are not enough ports for the load balancers",
        explanation: "HNS takes a block of 64 consecutive dynamic ports for each load balancer without DSR. When none is left, it refuses more of them with 0xE (out of memory) or 0x803B0013, and Services are missing on the node at random. enableDSR frees those of cluster IPs; netsh interface ipv4 set dynamicport tcp start=... num=... widens the range. The size of a block is what Microsoft's log collector counts with; load balancers of all protocols are counted together, which is the worst case.",
    }

    PORT_BLOCKS_SCARCE "L0916" Warning {
        title: "load balancers take most of the dynamic ports",
        explanation: "HNS takes a block of 64 consecutive dynamic ports for each load balancer without DSR, and outgoing connections need ports of the same range. More than three quarters are taken. enableDSR frees those of cluster IPs; netsh interface ipv4 set dynamicport tcp start=... num=... widens the range.",
    }

    TOO_MANY_ENDPOINTS "L0917" Warning {
        title: "a Service has more endpoints than Windows supports",
        explanation: "The Kubernetes documentation supports up to 1,024 endpoints for a Service on Windows nodes. Beyond that, load balancers may be slow to change or fail.",
    }

    PROGRAMMING_TIME "L0919" Note {
        title: "programming HNS takes long",
        explanation: "kube-proxy asks HNS for one object after the other. The time is that of a report of 2,000 Services (kubernetes/kubernetes#109162), 22 minutes on Windows Server 2019 and 1 minute on 2022, for the load balancers that are to be made: an order of magnitude and no promise. Until it is over, Services are missing on the node after a restart of kube-proxy.",
    }

    FOREIGN "F1007" Note {
        title: "not managed by any Service in the input",
        explanation: "The node has a load balancer that no Service of the input explains. It is left alone, and no difference.",
    }

    REMOTE_IS_LOCAL "F1009" Error {
        title: "remote in HNS, and a pod of this node",
        explanation: "A left-over remote endpoint has the address of a pod of this node. Its own endpoint cannot be made, and traffic for it leaves the node.",
    }

    INCOMPLETE "F1010" Error {
        title: "incomplete object",
        explanation: "A load balancer has no port mappings. HNS leaves such ones behind when it fails half-way, and kube-proxy before 1.36 crashes when it lists them.",
    }

    UNUSED_ENDPOINT "G1103" Note {
        title: "a remote endpoint of HNS that no load balancer uses",
        explanation: "Endpoints for pods of other nodes are of use as members of load balancers alone. kube-proxy makes one also for a Service whose policy keeps traffic on the node, and there it is in order. Otherwise it is left over from a Service that is gone, or the load balancer that needs it is missing.",
    }

    NOT_THERE "A1205" Error {
        title: "the plan refers to what the node does not hold",
        explanation: "A network, or the endpoint of a local pod, is gone or has another id: pods come and go, and CNI plugins make networks anew. HNS would refuse the object that refers to it. Nothing was touched. Make the plan again from what the node holds now.",
    }

    OTHER_NETWORK "A1206" Error {
        title: "the plan is for a network of another type",
        explanation: "Remote endpoints of an overlay have a provider address, and those of other networks have none; HNS refuses one in the place of the other, or packets get lost. Nothing was touched. Make the plan again from what the node holds now, and see that --network-name names the network of the pods.",
    }

    FEATURE_MISSING "A1207" Error {
        title: "HNS of the node is too old for the plan",
        explanation: "The plan was made for a newer HNS: it changes load balancers in place, or wants direct server return. Nothing was touched. Make the plan again on the node, or with the --hns-version that the message names.",
    }
}
