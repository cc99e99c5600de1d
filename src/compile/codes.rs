//! What kube-proxy leaves out or decides by chance.

use crate::diagnostics::codes;

codes! {
    ENDPOINTS_CONTRADICT "M0214" Warning {
        title: "an endpoint is given twice with different conditions",
        explanation: "The same address and port stand in the slices of one Service with different readiness or node. kube-proxy keeps one of them; up to 1.35 which one may depend on chance.",
    }

    SERVICE_SKIPPED "K0401" Note {
        title: "a Service gets no rules",
        explanation: "kube-proxy passes over Services that are headless, of type ExternalName, labelled for another proxy, or without a cluster IP.",
    }

    SLICE_SKIPPED "K0402" Note {
        title: "an EndpointSlice is not read",
        explanation: "kube-proxy passes over slices of type FQDN and those with a label that hides them.",
    }

    HINTS_IGNORED "K0403" Note {
        title: "topology hints are not used",
        explanation: "Hints count only if every ready endpoint has one and one of them names this node's zone; in 1.30 the Service must have the annotation service.kubernetes.io/topology-mode as well.",
    }

    EXTERNAL_IPS_GATED "K0404" Warning {
        title: "external IPs are switched off",
        explanation: "The feature gate AllowServiceExternalIPs is off: no rule leads from an external IP to the Service.",
    }

    PROXY_MODE_INGRESS "K0405" Note {
        title: "a load balancer address with ipMode Proxy gets no rules",
        explanation: "Traffic to it leaves the node and comes back through the load balancer.",
    }

    OTHER_FAMILY "K0406" Note {
        title: "an address of a family that the Service does not have",
        explanation: "Each family has a proxier of its own, which serves the addresses of its family for Services with a cluster IP of that family. An external IP, load balancer address or source range of the other family is passed over.",
    }
}
