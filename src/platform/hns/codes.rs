//! What is found about HNS, and about nodes that it runs on.

use crate::diagnostics::codes;

codes! {
    NOT_STARTED "H0601" Error {
        title: "kube-proxy does not start with these settings",
        explanation: "On this Windows host kube-proxy exits at once. The message names the setting, feature gate or version of HNS. The plan shows what kube-proxy would create if it started.",
        advice: "correct the setting",
    }

    NETWORK_MISSING "H0602" Error {
        title: "the HNS network does not exist",
        explanation: "kube-proxy waits for the network forever. The CNI plugin creates networks.",
        advice: "compare the name with the output of Get-HnsNetwork",
    }

    ASSUMED "H0603" Note {
        title: "a fact about the Windows host is assumed",
        explanation: "The input does not contain the fact, so the usual value is assumed.",
        advice: "pass the flag that the message names",
    }

    STATE_UNKNOWN "H0604" Note {
        title: "the state of HNS is unknown",
        explanation: "The CNI plugin creates the endpoints of local pods, and only HNS has their ids. Without a dump, the plan refers to them as local:ADDRESS, and apply resolves the ids. Existing load balancers are unknown as well.",
        advice: "pass a dump of HNS with --dump",
    }

    FAMILY_UNSERVED "H0605" Warning {
        title: "an IP family is not served",
        explanation: "kube-proxy on Windows serves both families only if HNS supports dual stack (11.10 and later) and the network is not an overlay. Otherwise it serves only the family of the node's first address.",
        loss: true,
        causes: &["D0801"],
    }

    STATE_UNREADABLE "H0606" Warning {
        title: "part of a dump of HNS is unreadable",
        explanation: "The readable part is used.",
        advice: "pipe Get-HnsEndpoint, Get-HnsLoadBalancer and Get-HnsNetwork through ConvertTo-Json -Depth 20",
    }

    LOCAL_ENDPOINT_MISSING "H0607" Warning {
        title: "a local pod has no endpoint in the network",
        explanation: "kube-proxy looks up the HNS endpoint of each pod on its node and skips pods without one. Pods on the host network never have one.",
    }

    MIXED_PORTS "H0608" Error {
        title: "endpoints with different ports share a load balancer",
        explanation: "An HNS load balancer has one internal port. kube-proxy uses the port of the last endpoint (1.34 and later) or that of the Service, and all endpoints receive their connections there. The cause is a named target port that differs between pods.",
        advice: "give all pods of the Service the same port number",
        loss: true,
        causes: &["D0803"],
    }

    TARGET_PORT_OF_SERVICE "H0609" Warning {
        title: "the targetPort of the Service overrides the slices",
        explanation: "Up to 1.33 kube-proxy on Windows uses a numeric targetPort even if the slices contain another port.",
        advice: "make the targetPort and the ports of the pods equal",
    }

    UNREADY_USED "H0610" Warning {
        title: "endpoints that are not ready are used",
        explanation: "For a Service with a load balancer address, kube-proxy on Windows checks whether any endpoint is serving (any on this node, with externalTrafficPolicy Local). If none is, it uses all of them. On Linux, none is used.",
        advice: "keep a ready endpoint on each Windows node",
    }

    TERMINATING_UNUSED "H0611" Warning {
        title: "terminating endpoints are not used",
        explanation: "During a rollout, the last endpoints of a Service may be terminating and still serving. Linux keeps using them. Windows does so only for Services with a load balancer address.",
        advice: "keep more replicas than a rolling update terminates at a time; --semantics kubernetes plans to use them",
        loss: true,
        causes: &["D0805"],
    }

    HINTS_UNUSED "H0612" Warning {
        title: "topology hints have no effect on Windows",
        explanation: "kube-proxy on Windows uses all ready endpoints, whatever zones or nodes their hints name.",
        advice: "accept it; --semantics kubernetes plans with the hints, and --what-if windows-hints shows what kubernetes/kubernetes#137953 would change",
        loss: true,
        causes: &["D0806"],
    }

    NO_REJECT "H0613" Note {
        title: "no load balancer without endpoints",
        explanation: "On Linux, connections to a Service without endpoints are rejected. On Windows no rule matches the packets, so clients time out and packets may leave the node.",
        advice: "use short timeouts in clients, or keep an endpoint for the Service",
        loss: true,
        causes: &["D0816"],
    }

    NO_LOCAL_MEMBER "H0614" Warning {
        title: "the traffic policy requires a local endpoint, and there is none",
        explanation: "With policy Local, load balancers have local endpoints only. Without any, they are not created.",
        advice: "run an endpoint on each node, or use policy Cluster",
        loss: true,
        causes: &["D0817"],
    }

    SOURCE_RANGES_IGNORED "H0615" Warning {
        title: "source ranges are not enforced",
        explanation: "HNS load balancers cannot distinguish clients. loadBalancerSourceRanges has no effect on Windows nodes, and all clients are admitted.",
        advice: "restrict clients with a network policy or the provider's firewall",
        loss: true,
        causes: &["D0802"],
    }

    AFFINITY_TIMEOUT "H0616" Warning {
        title: "the session affinity timeout is not enforced",
        explanation: "kube-proxy requests session affinity, but HNS does not expose the affinity timeout.",
        advice: "accept it, or keep clients short-lived",
        loss: true,
        causes: &["D0811"],
    }

    AFFINITY_UNSUPPORTED "H0617" Warning {
        title: "HNS does not support session affinity",
        explanation: "Before HNS 12.0 (Windows Server 2022), load balancers cannot keep a client with its endpoint. kube-proxy requests it anyway.",
        advice: "use Windows Server 2022 or later",
        loss: true,
        causes: &["D0810"],
    }

    POLICY_IGNORED "H0618" Warning {
        title: "externalTrafficPolicy Local is not applied",
        explanation: "The policy requires direct server return (DSR). Without DSR in HNS, kube-proxy on Windows treats the policy as Cluster and logs nothing.",
        advice: "use a version of Windows with DSR, and enable enableDSR",
        loss: true,
        causes: &["D0807"],
    }

    SCTP "H0619" Warning {
        title: "SCTP support on Windows is undocumented",
        explanation: "kube-proxy sends protocol 132 to HNS. Windows does not document support for it.",
        advice: "serve the port from Linux nodes",
        loss: true,
        causes: &["D0820"],
    }

    PROVIDER_UNKNOWN "H0620" Warning {
        title: "an endpoint is in no subnet of another node",
        explanation: "On an overlay network, policies of the network (RemoteSubnetRoute) define the subnets of other nodes. An endpoint outside all of them is treated as a public address: its packets are sent to this node, and connections to all endpoints of the service port get the node's address as source.",
        advice: "check that the network has a route for the node of the endpoint",
    }

    ROOT_ENDPOINT_MISSING "H0621" Warning {
        title: "the endpoint of the host does not exist",
        explanation: "forwardHealthCheckVip creates load balancers that lead to the endpoint of the host, which kube-proxy finds by its name (rootHnsEndpointName, cbr0 by default).",
        advice: "compare the name with the output of Get-HnsEndpoint",
    }

    ADDRESS_OF_OTHERS "H0622" Warning {
        title: "a load balancer serves an address that should not be served",
        explanation: "Up to 1.32 the proxier of each family on Windows serves all external IPs and load balancer addresses of a Service, including those of the other family and those with ipMode Proxy.",
        advice: "upgrade kube-proxy to 1.33 or later",
    }

    FAMILIES_SHARE "H0623" Warning {
        title: "the node port of one family is missing",
        explanation: "Up to 1.32 kube-proxy on Windows does not distinguish the families of load balancers. If both node ports lead to the same endpoint of a dual-stack pod, the second one is never created.",
        advice: "upgrade kube-proxy to 1.33 or later",
    }

    SHARED "H0624" Note {
        title: "a load balancer has more than one owner",
        explanation: "kube-proxy adopts an existing load balancer with the same address, ports and endpoints. Ports of one Service share the load balancer of their health checks.",
    }

    FRONTEND_TAKEN "H0625" Error {
        title: "two Services claim the same address and port",
        explanation: "HNS supports one load balancer per address, port and protocol, and rejects a second one with 0x803B0013.",
        advice: "give one of the Services another address or port",
    }

    REMOTE_HIDES_LOCAL "H0626" Warning {
        title: "a remote endpoint has the address of a local pod",
        explanation: "The address belonged to a pod on another node and now belongs to a pod on this node. Up to 1.33 the stale endpoint may receive the pod's connections.",
        advice: "delete the remote endpoint",
    }

    MAC_SHARED "H0627" Warning {
        title: "two endpoints have the same MAC address",
        explanation: "kube-proxy derives the MAC address of a remote endpoint from the last four bytes of its IPv6 address.",
        advice: "give one of the pods another address",
    }

    FOREIGN_KEPT "H0628" Note {
        title: "a load balancer is not managed by any Service in the input",
        explanation: "HNS does not record who created a load balancer. A plan deletes only load balancers with an address and port of the input, those that an earlier plan created, and those with an id that only hnsplan assigns. All others are kept.",
    }

    LOCAL_IS_REMOTE "H0629" Warning {
        title: "HNS has a remote endpoint for a local pod",
        explanation: "The slice places the endpoint on this node, but HNS has a stale remote endpoint with its address. kube-proxy uses the stale one, and HNS may fail to create the endpoint of the pod.",
        advice: "delete the remote endpoint and restart the pod",
    }

    NO_PORT_MAPPINGS "H0630" Warning {
        title: "a load balancer has no port mapping",
        explanation: "HNS can be left with a load balancer that has no port mapping. kube-proxy up to 1.36 crashes when it lists one.",
        advice: "delete the load balancer",
    }

    STATE_NOT_TOLD "H0631" Error {
        title: "the plan depends on what the dump leaves out",
        explanation: "The dump does not contain a kind of object, or leaves out parts of one: it was cut, made without -Depth, or contains other objects only. What is not in it may be on the node, so nothing is created that may exist, and nothing is deleted that was read in part.",
        advice: "make the dump with the command that the message names",
    }

    POD_ELSEWHERE "H0632" Warning {
        title: "a local pod is on another network than kube-proxy",
        explanation: "kube-proxy looks for the endpoints of local pods on its own HNS network. The endpoint of this pod is on another one, so kube-proxy cannot serve it.",
        advice: "compare winkernel.networkName of kube-proxy with the network of the CNI plugin",
    }

    OTHER_PROXY "H0633" Warning {
        title: "another program serves Services on this node",
        explanation: "A network plugin or an eBPF data plane serves Services there by other means than HNS. What kube-proxy would create is not in force, and load balancers that HNS lacks are no fault. It is known by a transparent network without any load balancer (Antrea), or by the label kubernetes.azure.com/ebpf-dataplane of the Node.",
        advice: "look at the rules of that program",
    }

    V1_IPV6 "H0641" Warning {
        title: "the old API of HNS does not support IPv6",
        explanation: "Load balancers of the old schema (--hns-format v1) have no flag for IPv6. HCN has one.",
        advice: "use --hns-format v2",
        loss: true,
    }

    V1_AFFINITY "H0642" Warning {
        title: "the old API of HNS does not support session affinity",
        explanation: "The old schema (--hns-format v1) cannot express how connections are distributed, so each connection of a client may go to another endpoint.",
        advice: "use --hns-format v2",
        loss: true,
    }

    V1_EXTERNAL_VIP "H0643" Note {
        title: "the old API of HNS cannot mark external addresses",
        explanation: "kube-proxy marks node ports, external IPs and load balancer addresses as VipExternalIp. The old schema (--hns-format v1) has no such flag.",
        advice: "use --hns-format v2",
        loss: true,
    }

    V1_PRESERVE_DIP "H0644" Warning {
        title: "the old API of HNS cannot preserve the destination address",
        explanation: "The annotation preserve-destination requires the port flags UseMux and PreserveDip, which the old schema (--hns-format v1) does not have. Pods see their own address as destination.",
        advice: "use --hns-format v2",
        loss: true,
    }

    V1_IN_PLACE "H0645" Note {
        title: "the old API of HNS cannot change a load balancer",
        explanation: "The load balancer is deleted and created again, and its connections break. HCN changes it in place from HNS 15.5 on.",
        advice: "use --hns-format v2",
    }

    PORT_OF_ENDPOINT "H0646" Error {
        title: "an endpoint has taken the port of a Service",
        explanation: "The endpoint of a container has a PortMapping policy for a port of the node, as hostPort or a container runtime creates it. Connections to the port go to that container. HNS rejects a load balancer for the same port with 0x803B0013, whether kube-proxy or a plan creates it.",
        advice: "give the Service another node port, or remove the host port of the container",
    }

    HYPOTHETICAL "H0647" Note {
        title: "the rules of HNS are hypothetical",
        explanation: "With --what-if windows-hints, Services whose hints count on Linux get only the endpoints that the hints choose on Windows as well: the pull request kubernetes/kubernetes#137953 proposes so, and it is open. Nothing else of the pull request is followed, and no plan for a node is made of it.",
        advice: "use it to see what would change, and leave the flag out for what nodes do",
    }

    SOURCE_VIP_RESERVED "L0901" Error {
        title: "the source VIP is a reserved address",
        explanation: "The first address of a subnet names the subnet, the second one is its gateway, and the last one is for broadcasts. HNS rejects the endpoint of the source VIP with 0x803B002F, and kube-proxy does not complete its start.",
        advice: "reserve another address of the node's pod network",
    }

    SOURCE_VIP_OUTSIDE "L0902" Error {
        title: "the source VIP is outside of the node's pod network",
        explanation: "On an overlay network, the source VIP is an endpoint in the node's own subnet. HNS rejects one from another subnet with 0x803B002F or 0x803B001E, and replies to it would not return to the node.",
        advice: "give each node a source VIP of its own; a configuration that all nodes share cannot name it",
    }

    SOURCE_VIP_TAKEN "L0903" Error {
        title: "the source VIP is the address of a pod",
        explanation: "Only the network plugin can reserve the source VIP. If its address pool assigns the same address to a pod, replies to translated connections go to the pod.",
        advice: "exclude the address from the range of the plugin, or let the plugin choose the source VIP, like scripts for flannel do with a reservation of host-local",
    }

    SOURCE_VIP_UNUSED "L0904" Note {
        title: "the source VIP is not used on this network",
        explanation: "kube-proxy passes a source VIP to HNS on overlay networks only. On other networks HNS chooses the address of translated connections, regardless of winkernel.sourceVip.",
        advice: "remove it from the configuration",
    }

    HAIRPIN_BROKEN "L0905" Warning {
        title: "a pod may not reach itself through its Service",
        explanation: "On Windows Server 2019 (HNS 9), load balancers of an L2Bridge network without source VIP and DSR translate a pod's connection to itself to the address of the Service, and the connection breaks (kubernetes/community#8890). kube-proxy passes no source VIP on such networks.",
        advice: "use enableDSR with a network plugin that sets loopbackDSR, or a newer Windows",
    }

    NETWORK_TYPE_DIFFERS "L0906" Error {
        title: "the type of the HNS network differs from --network-type",
        explanation: "The type decides how kube-proxy programs HNS: overlay networks need a source VIP and provider addresses. kube-proxy reads the type from HNS.",
        advice: "omit --network-type when you pass a dump",
    }

    NODE_ADDRESS_UNKNOWN "L0907" Error {
        title: "the node's address is unknown, and the network is an overlay",
        explanation: "kube-proxy looks for the interface with the node's address and uses its MAC address for endpoints. With 0.0.0.0 or a loopback address it finds none and exits with 'could not find host mac address'.",
        advice: "add the Node object, or pass --bind-address with the node's address",
    }

    POD_PLACED_ELSEWHERE "L0909" Error {
        title: "a slice places a local pod on another node",
        explanation: "HNS has a local endpoint with the address, so the pod runs on this node, but its slice names another node. Either the node name is wrong, or the slice or the dump is outdated.",
        advice: "check --node, and take the slices and the dump at the same time",
    }

    VIP_IS_NODE_ADDRESS "L0910" Warning {
        title: "a Service has the address of a node",
        explanation: "A load balancer on the node's own address takes connections that are meant for the node, and HNS may claim the address: nodes have lost their management address that way.",
        advice: "let the cloud or MetalLB assign other addresses, and name no node in externalIPs",
    }

    HEALTH_PORT_SHARED "L0912" Warning {
        title: "health checks of load balancers use the port of kube-proxy's own health server",
        explanation: "With forwardHealthCheckVip kube-proxy creates a load balancer for health checks. Services without their own health check port (externalTrafficPolicy Cluster) use the port of kube-proxy's health server. On Windows Server 2019 that port is already in use, and HNS rejects the load balancer with 0x803B0013 (kubernetes/community#8883).",
        advice: "disable forwardHealthCheckVip on Windows Server 2019",
    }

    PORT_DYNAMIC "L0913" Warning {
        title: "node ports overlap with the dynamic ports",
        explanation: "Windows uses dynamic ports for outgoing connections, and HNS takes blocks of them for load balancers. If a port is in use, its node port cannot be programmed, or takes replies away from a connection.",
        advice: "separate --service-node-port-range from the dynamic ports: netsh interface ipv4 set dynamicport tcp start=FIRST num=COUNT",
    }

    PORT_EXCLUDED "L0914" Warning {
        title: "Windows has reserved a node port",
        explanation: "netsh interface ipv4 show excludedportrange tcp lists the TCP ranges that Hyper-V, HNS or an administrator reserved, some at each start; UDP has a list of its own. A node port in such a range may be rejected with 0x803B0013 or 10013.",
        advice: "give the Service another node port, or reserve its range at startup before other programs do",
    }

    PORT_BLOCKS_EXHAUSTED "L0915" Error {
        title: "there are not enough ports for the load balancers",
        explanation: "HNS takes a block of 64 consecutive dynamic ports for each load balancer without DSR. When no block is left, it rejects load balancers with 0xE (out of memory) or 0x803B0013, and random Services are missing on the node. Microsoft's log collector counts with the same block size; load balancers of all protocols are counted together, which is the worst case.",
        advice: "use enableDSR, which frees the blocks of cluster IPs, or widen the range: netsh interface ipv4 set dynamicport tcp start=FIRST num=COUNT",
    }

    PORT_BLOCKS_SCARCE "L0916" Warning {
        title: "load balancers use most of the dynamic ports",
        explanation: "HNS takes a block of 64 consecutive dynamic ports for each load balancer without DSR, and outgoing connections need ports of the same range. More than three quarters of the range are taken.",
        advice: "use enableDSR, which frees the blocks of cluster IPs, or widen the range: netsh interface ipv4 set dynamicport tcp start=FIRST num=COUNT",
    }

    TOO_MANY_ENDPOINTS "L0917" Warning {
        title: "a Service has more endpoints than Windows supports",
        explanation: "The Kubernetes documentation supports up to 1,024 endpoints for a Service on Windows nodes. With more, changes of load balancers may be slow or fail.",
        advice: "split the Service",
    }

    PROGRAMMING_TIME "L0919" Note {
        title: "programming HNS takes long",
        explanation: "kube-proxy programs HNS one object at a time. The estimate scales a report of 2,000 Services (kubernetes/kubernetes#109162), 22 minutes on Windows Server 2019 and 1 minute on 2022, to the load balancers that have to be created. It is an order of magnitude, not a guarantee. After a restart of kube-proxy, Services are missing on the node until programming is complete.",
    }

    TOO_MANY_MEMBERS "L0922" Error {
        title: "a load balancer without DSR has more than 64 members",
        explanation: "Without direct server return, HNS accepts at most 64 members in a load balancer, and rejects more with 0x57 and the text 'invalid number of destinations' (microsoft/Windows-Containers#93). The Service is missing on the node. kube-proxy uses DSR for cluster IPs with enableDSR, and for other addresses only if their traffic stays on the node.",
        advice: "use enableDSR, or split the Service",
    }

    HOST_NETWORK_ONLY "L0923" Warning {
        title: "the only endpoint of a Service is a host-network pod of this node",
        explanation: "On Windows Server 2019, pods of a node do not reach a Service whose only endpoint is a pod on the host network of the same node (kubernetes/kubernetes#126795).",
        advice: "run another endpoint on another node, or give the pod a network of its own",
    }

    BUILD_REGRESSION "L0924" Warning {
        title: "Services were reported to be broken in this build of Windows",
        explanation: "Public issues report that an update broke Services or the network of pods, and that a later one mended it. The message names the update, the reports, and which nodes are concerned.",
        advice: "install a later update",
    }

    NO_POD "L0926" Warning {
        title: "no pod is on this node, so packets from outside are lost",
        explanation: "While a Windows node has no pod endpoint, packets to node ports and external addresses and packets of the node itself are lost there (rule H30; projectcalico/calico#6830, #8569, rancher/rancher#20511). They work once a pod starts. A dump contains all pods; without one, only pods of Services are known.",
        advice: "run a pod on each Windows node, for example of a DaemonSet",
    }

    ROUTE_WRONG "L0927" Error {
        title: "the overlay network has no right route to the pods of another node",
        explanation: "Policies RemoteSubnetRoute of the HNS network name the node that has the pods of a subnet. Without a route, or with one to another address than that of the Node object, packets to these pods are lost, also those that a load balancer sends there.",
        advice: "restart the network plugin, which makes the routes, and compare its addresses with kubectl get nodes -o wide",
    }

    NAT_EXCEPTION_MISSING "L0928" Warning {
        title: "pods translate packets to addresses in the cluster",
        explanation: "The policy OutBoundNAT of an endpoint gives packets the address of the node, except for those to the networks in its list of exceptions. On an overlay network the list has to contain the networks of pods and of Services, or the packets do not reach them (Microsoft, common problems of Windows containers).",
        advice: "add them to the exceptions in the configuration of the network plugin",
    }

    FOREIGN "F1007" Note {
        title: "not managed by any Service in the input",
        explanation: "The node has a load balancer that no Service in the input explains. It is kept and does not count as a difference.",
    }

    REMOTE_IS_LOCAL "F1009" Error {
        title: "a remote endpoint has the address of a local pod",
        explanation: "A stale remote endpoint has the address of a pod on this node. HNS cannot create the endpoint of the pod, and traffic to the pod leaves the node.",
        advice: "delete the remote endpoint and restart the pod",
    }

    INCOMPLETE "F1010" Error {
        title: "incomplete object",
        explanation: "A load balancer has no port mappings. HNS leaves such load balancers behind when it fails halfway, and kube-proxy before 1.36 crashes when it lists them.",
        advice: "delete the load balancer",
    }

    DEGRADED "F1012" Error {
        title: "HNS reports a fault of an object",
        explanation: "HNS lists the object, and its State or its LastErrorCode shows that it does not work: connections through it are lost or take the wrong way, and kube-proxy does not notice. The message explains the code; hnsplan explain CODE tells more.",
        advice: "remove the object, so that kube-proxy makes it anew",
    }

    NETWORK_LOST "F1013" Error {
        title: "the network of an endpoint is gone",
        explanation: "The endpoint names a network that HNS does not have. That happens when a CNI plugin makes the network anew: it gets another id. kube-proxy looks for endpoints on its own network and does not see this one.",
        advice: "restart the pods of the node and kube-proxy",
    }

    POD_OFF_NETWORK "F1014" Error {
        title: "a local pod is on another network than kube-proxy",
        explanation: "kube-proxy looks for the endpoints of local pods on its own HNS network. The endpoint of this pod is on another one, so the pod gets no connections through Services on this node, and a Service without other endpoints gets no load balancer (kubernetes/kubernetes#101680).",
        advice: "compare winkernel.networkName of kube-proxy with the network of the CNI plugin",
    }

    SWITCH_RULES "F1015" Error {
        title: "rules of the virtual switch differ from HNS",
        explanation: "HNS turns each load balancer into rules of the virtual switch (VFP) at the ports of pods. The rules in the dump differ from its load balancers: a rule is missing, belongs to none, is a duplicate or has other members. Connections then time out or reach pods that are gone, although HNS looks right (microsoft/wcnscripts#22, #24).",
        advice: "restart the pod of the port, or the service hns, so that the rules are made anew",
    }

    SWITCH_PORT "F1016" Error {
        title: "a pod has no working port of the virtual switch",
        explanation: "Packets of a pod go through its port of the virtual switch (VFP). The switch blocks this one, or another port has the same MAC address, so that packets to one pod reach the other. Load balancers and their rules may be right all the same.",
        advice: "delete the pod, so that its network plugin makes the port anew",
    }

    UNUSED_ENDPOINT "G1103" Note {
        title: "unused remote endpoint",
        explanation: "Endpoints for pods of other nodes are used as members of load balancers only. kube-proxy also creates one for a Service whose traffic policy keeps traffic on the node, which is harmless. Otherwise it is left over from a deleted Service, or its load balancer is missing.",
    }

    NOT_THERE "A1205" Error {
        title: "the plan refers to objects that the node does not have",
        explanation: "A network or the endpoint of a local pod is gone or has another id: pods come and go, and CNI plugins recreate networks. HNS would reject an object that refers to it. The node was not changed.",
        advice: "create a new plan from the current state of the node",
    }

    OTHER_NETWORK "A1206" Error {
        title: "the plan is for a network of another type",
        explanation: "Remote endpoints of an overlay network have a provider address; those of other networks have none. HNS rejects the wrong kind, or packets are lost. The node was not changed.",
        advice: "create a new plan from the current state of the node, and check that --network-name names the network of the pods",
    }

    FEATURE_MISSING "A1207" Error {
        title: "HNS of the node is too old for the plan",
        explanation: "The plan requires a newer HNS: it changes load balancers in place or uses direct server return (DSR). The node was not changed.",
        advice: "create the plan on the node, or with the --hns-version that the message names",
    }
}
