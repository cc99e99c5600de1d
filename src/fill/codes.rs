//! What a cluster would refuse, drop or leave open when it fills in what manifests leave out.

use crate::diagnostics::codes;

codes! {
    FAMILIES_REFUSED "C1301" Error {
        title: "the cluster cannot give the Service these IP families",
        explanation: "spec.ipFamilies, spec.ipFamilyPolicy and spec.clusterIPs have to agree with each other and with the service ranges of the cluster. The API server refuses the Service; it is left out.",
        advice: "correct the field, or name the ranges of the cluster with --service-cidr",
    }

    CLUSTER_IP_REFUSED "C1302" Error {
        title: "the cluster cannot give the Service this cluster IP",
        explanation: "A cluster IP has to be a free address of a service range: not that of the network, not the broadcast address, and of one Service only. The API server refuses the Service; it is left out.",
        advice: "remove clusterIP, or name the ranges of the cluster with --service-cidr",
    }

    NODE_PORT_REFUSED "C1303" Error {
        title: "the cluster cannot give the Service this node port",
        explanation: "A node port has to be a free port of the cluster's range. Only ports of one Service with the same number and different protocols share one. The API server refuses the Service; it is left out.",
        advice: "remove the number, or choose another",
    }

    RANGE_FULL "C1304" Error {
        title: "no address or port is left",
        explanation: "The input has more Services than the range has addresses or node ports. The API server refuses the Service; it is left out.",
        advice: "name a larger range",
    }

    STATUS_DROPPED "C1305" Note {
        title: "the status of a Service is ignored",
        explanation: "The status belongs to controllers. The API server drops the status of a Service that is created from a manifest, so an address of a load balancer that is written there has no effect.",
        advice: "remove the status",
    }

    SLICE_REFUSED "C1306" Warning {
        title: "the API server refuses a slice because of one address",
        explanation: "An address in a slice must not be a loopback, link-local or unspecified one. The API server refuses the whole slice, so that the other pods in it are not served either.",
        advice: "correct the address of the pod",
    }

    POD_UNREADABLE "C1307" Error {
        title: "a pod or a workload has a field of the wrong type",
        explanation: "Kubernetes defines the field with another type. The API server would refuse the object, so no pod is made of it. A common cause is a label whose value is a number or a truth value: it has to be quoted.",
        advice: "use the type that the message expects",
    }

    NO_NODE_FOR_PODS "C1308" Warning {
        title: "no node takes the pods of a workload",
        explanation: "nodeSelector, required node affinity, taints and the operating system exclude every node of the input, so the workload has no pods and its Services have no endpoints.",
        advice: "correct the selector or the tolerations, or add a node to the input",
    }

    ASSUMPTIONS_INVALID "C1309" Error {
        title: "invalid assumptions",
        explanation: "A document of the kind Assumptions has an unknown field or a value that is not allowed. Nothing is assumed from a document that is understood only in part.",
        advice: "correct the field; hnsplan schema assumptions prints the schema",
    }

    NODES_NOT_USED "C1310" Note {
        title: "the nodes of the assumptions are not used",
        explanation: "Nodes are assumed only where the input has none. What is in the input wins.",
        advice: "remove the nodes from the assumptions, or from the input",
    }

    LOAD_BALANCER_PENDING "C1311" Note {
        title: "the address of a load balancer is not known",
        explanation: "A controller outside of Kubernetes gives a Service of type LoadBalancer its address. The manifest asks for none that is understood, and no pool is assumed, so there are no rules for it.",
        advice: "name a pool under loadBalancers in the assumptions",
    }

    LOAD_BALANCER_HOSTNAME "C1312" Note {
        title: "the load balancer has a host name and no address",
        explanation: "Load balancers of AWS are reached by a host name. kube-proxy writes rules for addresses only, so clients inside the cluster leave it to reach the load balancer.",
        advice: "nothing to do",
    }

    LOAD_BALANCER_REFUSED "C1313" Warning {
        title: "an address for a load balancer cannot be used",
        explanation: "loadBalancerIP or an annotation asks for something that is no IP address, or for one of a family that the Service does not have. A controller ignores it or leaves the Service pending.",
        advice: "correct the address",
    }

    NO_POD_ADDRESS "C1314" Warning {
        title: "no address is left for a pod",
        explanation: "The pod network of the node has fewer addresses than pods were placed there. Pods without an address are in no EndpointSlice.",
        advice: "add nodes or a larger pod network: podCIDRs of the assumptions, or --pod-cidr",
    }

    NO_SUCH_WORKLOAD "C1315" Warning {
        title: "the assumptions are about a workload that is not there",
        explanation: "An entry under workloads of the assumptions names one that no manifest has and that no entry under pods makes, so it changes nothing. A name is that of the workload behind its namespace, as in shop/front.",
        advice: "correct the name, or remove the entry",
    }

    TOO_MANY_REPLICAS "C1316" Warning {
        title: "a workload has more replicas than are filled",
        explanation: "A workload gets 100,000 pods at most. The Services that select it have fewer endpoints than the manifest asks for.",
        advice: "correct spec.replicas",
    }

    NETWORKS_OVERLAP "C1317" Warning {
        title: "networks of pods and Services overlap",
        explanation: "An address of a pod may then be the cluster IP of a Service, or that of another pod. A cluster with such networks loses packets, and rules for it tell nothing.",
        advice: "choose networks that have no address in common: serviceCIDRs and podCIDRs of the assumptions, --service-cidr, --pod-cidr",
    }

    SELECTOR_MATCHES_NOTHING "C1320" Warning {
        title: "the selector of a Service matches no pod of the input",
        explanation: "Neither a pod nor a template of the namespace has all labels of the selector, so the Service has no endpoints. A Service whose endpoints are in the input, or that selects by labels which only a controller gives, is not reported.",
        advice: "correct the selector or the labels, or add the workload to the input",
    }

    NO_SUCH_PORT "C1321" Warning {
        title: "no container has the named port of a Service",
        explanation: "targetPort is a name, and the pods that the Service selects have no port with that name and protocol. The endpoint controller leaves the port out of their slices, so that connections to it are refused or dropped.",
        advice: "use a name that a container declares, or a number",
    }

    OTHER_PROTOCOL "C1322" Warning {
        title: "a container declares the port for another protocol",
        explanation: "The Service forwards one protocol, and the container declares its port for another one only. What listens there most probably does not answer.",
        advice: "make the protocols of both equal",
    }

    NODES_WITHOUT_POD "C1323" Note {
        title: "some nodes have no pod of a Service with the policy Local",
        explanation: "With externalTrafficPolicy: Local a node without a ready pod of the Service drops external traffic, and with internalTrafficPolicy: Local its pods do not reach the Service. Where the pods run follows from the nodes and the placement rules of the workload.",
        advice: "run a pod on each node that gets traffic, for example with a DaemonSet, or use the policy Cluster",
    }

    HOST_PORT_IS_NODE_PORT "C1324" Warning {
        title: "a pod uses the node port of a Service on its host",
        explanation: "kube-proxy takes the connections to a node port on every node, also those that are meant for the pod with that port on the host.",
        advice: "use another port for one of them",
    }

    PODS_OF_ONE_SYSTEM "C1325" Note {
        title: "nodes of another operating system have rules for a Service",
        explanation: "All pods of the Service run on one operating system, by their placement rules or by their nodes, and the cluster has nodes of another one. Clients there reach the Service under the rules of their own node: iptables on Linux, HNS on Windows. No pod of it is ever local to them, and what both platforms do differently is decided on the client's side.",
        advice: "compile for a node of each system, and let hnsplan check compare them",
    }
}
