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
        title: "a pod has a field of the wrong type",
        explanation: "Kubernetes defines the field with another type. The API server would refuse the pod; it is left out.",
        advice: "use the type that the message expects",
    }

    NO_NODE_FOR_PODS "C1308" Warning {
        title: "no node takes the pods of a workload",
        explanation: "nodeSelector, required node affinity, taints and the operating system exclude every node of the input, so the workload has no pods and its Services have no endpoints.",
        advice: "correct the selector or the tolerations, or add a node to the input",
    }
}
